//! JSON lines: one object a line, with the columns' names as keys.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::columns::Column;
use crate::fault::{Fault, Problem};
use crate::rows::{Row, Rows};

pub(crate) fn read(text: &str, rows: &mut Rows) {
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        if !rows.begin() {
            return;
        }
        take_text(line, number, rows);
    }
}

/// Takes the text of one item.
pub(crate) fn take_text(text: &str, number: u64, rows: &mut Rows) {
    match serde_json::from_str::<Object<'_>>(text) {
        Ok(object) => take(&object, number, rows),
        Err(error) => rows.fault(Fault::row(number, Problem::Json(reason(&error)))),
    }
}

/// What the reader says, with its place in the line; every line is its first.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{what}, at byte {}", error.column())
}

/// The members of an object in order, repetitions and all.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

fn take(object: &Object<'_>, number: u64, rows: &mut Rows) {
    let mut row = Row::new(number);
    let mut seen = Vec::new();
    let mut is_whole = true;
    for (key, value) in &object.0 {
        let problem = match Column::from_name(key) {
            Some(column) if seen.contains(&column) => Problem::DuplicateColumn,
            Some(column) => {
                seen.push(column);
                match text_of(column, value) {
                    Ok(text) => {
                        row.set(column, text);
                        continue;
                    }
                    Err(problem) => problem,
                }
            }
            None => Problem::UnknownColumn { known: Column::all_names(), nearest: Column::nearest(key) },
        };
        is_whole = false;
        rows.fault(Fault::at(number, key, value.get(), problem));
    }
    if is_whole {
        rows.take(&row);
    }
}

/// A string's text; of amounts, weights and numbers of uses also a number's literal text, which never becomes a float.
fn text_of(column: Column, value: &RawValue) -> Result<Cow<'_, str>, Problem> {
    let literal = value.get();
    let (takes_numbers, takes_flags) = (column.takes_numbers(), column.takes_flags());
    let expected = match (takes_numbers, takes_flags) {
        (true, _) => "string or number",
        (_, true) => "string, true or false",
        _ => "string",
    };
    match literal.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(literal)
            .map(Cow::Owned)
            .map_err(|_| Problem::JsonType { expected }),
        Some(b'n') => Ok(Cow::Borrowed("")),
        Some(b'-' | b'0'..=b'9') if takes_numbers => Ok(Cow::Borrowed(literal)),
        Some(b't' | b'f') if takes_flags => Ok(Cow::Borrowed(literal)),
        _ => Err(Problem::JsonType { expected }),
    }
}
