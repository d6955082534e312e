//! CSV: RFC 4180 with a header row, columns in any order.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use crate::columns::Column;
use crate::fault::{Fault, Problem};
use crate::rows::{Row, Rows};

pub(crate) fn read(text: &str, rows: &mut Rows) {
    if let Some(row) = stray_quote(text) {
        rows.fault(Fault::row(row, Problem::Quotes));
        return;
    }
    let mut reader = ReaderBuilder::new().has_headers(true).flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            rows.fault(Fault::row(1, Problem::Json(error.to_string())));
            return;
        }
    };
    let columns = read_header(&header, rows);
    let mut lines = Lines::new(text);
    let mut record = StringRecord::new();
    while let Ok(true) = reader.read_record(&mut record) {
        let start = record.position().map_or(0, csv::Position::byte);
        let number = lines.of(start);
        if !rows.begin() {
            return;
        }
        if record.len() != columns.len() {
            let (found, expected) = (record.len(), columns.len());
            rows.fault(Fault::row(number, Problem::Ragged { found, expected }));
            continue;
        }
        let mut row = Row::new(number);
        for (column, value) in columns.iter().zip(&record) {
            if let Some(column) = column {
                row.set(*column, Cow::Borrowed(value));
            }
        }
        rows.take(&row);
    }
}

/// The columns in their order; `None` for one that isn't read, so that the others still are.
fn read_header(header: &StringRecord, rows: &mut Rows) -> Vec<Option<Column>> {
    let mut columns = Vec::new();
    for name in header {
        match Column::from_name(name.trim()) {
            Some(column) if columns.contains(&Some(column)) => {
                rows.fault(Fault::at(1, name, name, Problem::DuplicateColumn));
                columns.push(None);
            }
            Some(column) => columns.push(Some(column)),
            None => {
                let nearest = Column::nearest(name);
                let problem = Problem::UnknownColumn { known: Column::all_names(), nearest };
                rows.fault(Fault::at(1, name, name, problem));
                columns.push(None);
            }
        }
    }
    if !columns.contains(&Some(Column::Kind)) && !columns.contains(&Some(Column::Template)) {
        rows.lacks(Column::Kind);
    }
    if !columns.contains(&Some(Column::Amount)) {
        rows.lacks(Column::Amount);
    }
    columns
}

/// Line numbers of ascending places in a text.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), place: 0, line: 1 }
    }

    /// The line, from 1, of the first character at or behind a place that isn't a line break.
    pub(crate) fn of(&mut self, place: u64) -> u64 {
        let place = usize::try_from(place).unwrap_or(usize::MAX).min(self.bytes.len());
        let blank = self.bytes[place..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let place = place + blank;
        let passed = &self.bytes[self.place.min(place)..place];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.place = place;
        self.line
    }
}

/// The line of a quotation mark that RFC 4180 doesn't allow, which the reader would let pass.
fn stray_quote(text: &str) -> Option<u64> {
    #[derive(PartialEq)]
    enum State {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let (mut state, mut line, mut opened) = (State::Start, 1, 1);
    for byte in text.bytes() {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Closed, b'"') | (State::Quoted, _) => State::Quoted,
            (_, b',' | b'\n' | b'\r') => State::Start,
            (State::Start, b'"') => {
                opened = line;
                State::Quoted
            }
            (State::Plain, b'"') | (State::Closed, _) => return Some(line),
            (State::Start | State::Plain, _) => State::Plain,
        };
        line += u64::from(byte == b'\n');
    }
    (state == State::Quoted).then_some(opened)
}
