//! From one row's texts to an item, collecting faults on the way.

use std::collections::HashMap;

use indicia::{
    Amount, Barcode, Day, Denomination, Details, EntryWindow, HolderKey, Item, ItemError, Kind, Template,
    UnixTime,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::MAX_ITEMS;
use crate::columns::Column;
use crate::fault::{Fault, Faults, MAX_FAULTS, Problem, is_invisible, said};

const MOST_GRAMS: u32 = 1_000_000;

/// The texts of one row by column; an empty text stands for nothing.
#[derive(Debug, Default)]
pub(crate) struct Row<'a> {
    pub(crate) number: u64,
    values: [Option<std::borrow::Cow<'a, str>>; Column::ALL.len()],
}

impl<'a> Row<'a> {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    pub(crate) fn set(&mut self, column: Column, value: std::borrow::Cow<'a, str>) {
        if !value.is_empty() {
            self.values[column as usize] = Some(value);
        }
    }

    fn get(&self, column: Column) -> Option<&str> {
        self.values[column as usize].as_deref()
    }
}

/// Collects items and faults.
pub(crate) struct Rows {
    denomination: Denomination,
    items: Vec<Item>,
    seen: u64,
    total: Option<Amount>,
    /// Whether something in the file isn't UTF-8; it is read as U+FFFD, and was said.
    is_lossy: bool,
    /// Columns that the whole file lacks: said once, not for every row.
    lacking: Vec<Column>,
    /// The template of the first item.
    first: Option<&'static Template>,
    references: HashMap<String, u64>,
    faults: Faults,
}

impl Rows {
    pub(crate) fn new(denomination: Denomination) -> Self {
        Self {
            denomination,
            items: Vec::new(),
            seen: 0,
            total: Some(Amount::saturating(0, denomination)),
            is_lossy: false,
            lacking: Vec::new(),
            first: None,
            references: HashMap::new(),
            faults: Faults { faults: Vec::new(), more: 0 },
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.faults.faults.len() < MAX_FAULTS {
            self.faults.faults.push(fault);
        } else {
            self.faults.more += 1;
        }
    }

    /// Says of a column that must be there that it isn't.
    pub(crate) fn lacks(&mut self, column: Column) {
        self.lacking.push(column);
        self.fault(Fault::column(1, column.name(), Problem::MissingColumn));
    }

    /// Checks one line of a file that isn't UTF-8 as a whole.
    pub(crate) fn check_utf8(&mut self, line: &[u8], number: u64) {
        if let Err(error) = std::str::from_utf8(line) {
            self.is_lossy = true;
            self.fault(Fault::row(number, Problem::NotUtf8 { byte: error.valid_up_to() + 1 }));
        }
    }

    /// Counts a row that couldn't even be taken apart: false when there are too many.
    pub(crate) fn begin(&mut self) -> bool {
        self.seen += 1;
        if self.seen <= MAX_ITEMS as u64 {
            return true;
        }
        self.fault(Fault::file(Problem::TooManyItems { most: MAX_ITEMS }));
        false
    }

    /// Takes a row: an item, or a fault for everything that is wrong with it.
    pub(crate) fn take(&mut self, row: &Row<'_>) {
        let before = self.faults.faults.len() + self.faults.more;
        let template = self.template(row);
        if let Some(template) = template {
            self.same_sort(row, template);
        }
        let amount = self.amount(row);
        self.currency(row);
        let holder = self.text(row, Column::Holder);
        let reference = self.text(row, Column::Reference);
        let service = self.text(row, Column::Service);
        let not_before = self.time(row, Column::ValidFrom, false);
        let expires = self.time(row, Column::ValidUntil, true);
        let weight_grams = self.weight(row);
        let details = self.details(row);
        if let Some(reference) = &reference {
            self.reference(row, reference);
        }
        let (Some(template), Some(amount)) = (template, amount) else { return };
        let item =
            Item { template, amount, holder, reference, not_before, expires, weight_grams, service, details };
        if let Err(error) = item.check() {
            self.item_fault(row, &error);
        }
        self.total = self.total.and_then(|total| total.checked_add(amount).ok());
        if self.faults.faults.len() + self.faults.more == before {
            self.items.push(item);
        }
    }

    pub(crate) fn finish(mut self) -> Result<Vec<Item>, Faults> {
        if self.seen == 0 && self.faults.faults.is_empty() {
            self.fault(Fault::file(Problem::NoItems));
        }
        if self.total.is_none() {
            self.fault(Fault::file(Problem::TotalTooLarge));
        }
        // Rows that aren't UTF-8 were found before all others.
        self.faults.faults.sort_by_key(|fault| fault.row);
        if self.faults.faults.is_empty() { Ok(self.items) } else { Err(self.faults) }
    }

    fn missing(&mut self, row: &Row<'_>, column: Column) {
        if !self.lacking.contains(&column) {
            self.fault_at(row, column, Problem::Missing);
        }
    }

    fn fault_at(&mut self, row: &Row<'_>, column: Column, problem: Problem) {
        let value = row.get(column).unwrap_or_default();
        if !self.is_lossy || !value.contains(char::REPLACEMENT_CHARACTER) {
            self.fault(Fault::at(row.number, column.name(), value, problem));
        }
    }

    fn template(&mut self, row: &Row<'_>) -> Option<&'static Template> {
        let kind = match row.get(Column::Kind).map(str::parse::<Kind>) {
            Some(Ok(kind)) => Some(kind),
            Some(Err(())) => {
                self.fault_at(row, Column::Kind, Problem::Kind);
                return None;
            }
            None => None,
        };
        let Some(name) = row.get(Column::Template) else {
            if kind.is_none() {
                self.missing(row, Column::Kind);
            }
            return kind.map(Template::for_kind);
        };
        let Some(template) = Template::by_name(name) else {
            self.fault_at(row, Column::Template, Problem::no_template());
            return None;
        };
        match kind {
            Some(kind) if kind != template.kind => {
                let problem = Problem::TemplateKind { template: template.kind.name(), kind: kind.name() };
                self.fault_at(row, Column::Template, problem);
                None
            }
            _ => Some(template),
        }
    }

    /// Items whose certificates travel along are packed apart from all others.
    fn same_sort(&mut self, row: &Row<'_>, template: &'static Template) {
        let first = *self.first.get_or_insert(template);
        if first.embeds_certificate != template.embeds_certificate {
            let column = if row.get(Column::Template).is_some() { Column::Template } else { Column::Kind };
            self.fault_at(row, column, Problem::MixedTemplates { first: first.name, other: template.name });
        }
    }

    fn amount(&mut self, row: &Row<'_>) -> Option<Amount> {
        let Some(text) = row.get(Column::Amount) else {
            self.missing(row, Column::Amount);
            return None;
        };
        match Amount::parse(text.trim(), self.denomination) {
            Ok(amount) if amount.units() == 0 => {
                self.fault_at(row, Column::Amount, Problem::Amount(ItemError::Zero.to_string()));
                None
            }
            Ok(amount) => Some(amount),
            Err(error) => {
                self.fault_at(row, Column::Amount, Problem::Amount(error.to_string()));
                None
            }
        }
    }

    fn currency(&mut self, row: &Row<'_>) {
        let Some(code) = row.get(Column::Currency) else { return };
        let own = self.denomination.code();
        if code == own {
            return;
        }
        let problem = match Denomination::new(code, 0) {
            Ok(_) => Problem::OtherCurrency(own.to_owned()),
            Err(_) => Problem::UnknownCurrency(own.to_owned()),
        };
        self.fault_at(row, Column::Currency, problem);
    }

    fn text(&mut self, row: &Row<'_>, column: Column) -> Option<String> {
        let text = row.get(column)?;
        if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
            self.fault_at(row, column, Problem::Invisible(character.into()));
            return None;
        }
        Some(text.to_owned())
    }

    fn reference(&mut self, row: &Row<'_>, reference: &str) {
        match self.references.get(reference) {
            Some(first) => {
                let first = *first;
                self.fault_at(row, Column::Reference, Problem::DuplicateReference { first });
            }
            None => drop(self.references.insert(reference.to_owned(), row.number)),
        }
    }

    fn time(&mut self, row: &Row<'_>, column: Column, end_of_day: bool) -> Option<UnixTime> {
        let text = row.get(column)?;
        let time = read_time(text.trim(), end_of_day);
        if time.is_none() {
            self.fault_at(row, column, Problem::Date);
        }
        time
    }

    fn weight(&mut self, row: &Row<'_>) -> Option<u32> {
        let text = row.get(Column::Weight)?.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let weight = text.parse().ok().filter(|weight| digits && (1..=MOST_GRAMS).contains(weight));
        if weight.is_none() {
            self.fault_at(row, Column::Weight, Problem::Weight);
        }
        weight
    }

    fn details(&mut self, row: &Row<'_>) -> Details<'static> {
        let [event, seat, entrance, origin, destination] =
            [Column::Event, Column::Seat, Column::Entrance, Column::Origin, Column::Destination]
                .map(|column| self.text(row, column).map(Into::into));
        let entry = EntryWindow {
            from: self.time(row, Column::EnterFrom, false),
            until: self.time(row, Column::EnterUntil, true),
        };
        let (uses, mailed, key) = (self.uses(row), self.day(row, Column::Mailed), self.key(row));
        let (reentry, barcode) = (self.flag(row, Column::Reentry), self.barcode(row));
        Details { uses, event, seat, entrance, entry, mailed, origin, destination, reentry, barcode, key }
    }

    /// What isn't said isn't so.
    fn flag(&mut self, row: &Row<'_>, column: Column) -> bool {
        let Some(text) = row.get(column) else { return false };
        match text.trim().to_ascii_lowercase().as_str() {
            "yes" | "true" => true,
            "no" | "false" => false,
            _ => {
                self.fault_at(row, column, Problem::Flag);
                false
            }
        }
    }

    fn uses(&mut self, row: &Row<'_>) -> Option<u32> {
        let text = row.get(Column::Uses)?.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let uses = text.parse().ok().filter(|_| digits);
        if uses.is_none() {
            self.fault_at(row, Column::Uses, Problem::Uses);
        }
        uses
    }

    fn day(&mut self, row: &Row<'_>, column: Column) -> Option<Day> {
        let day = row.get(column)?.trim().parse().ok();
        if day.is_none() {
            self.fault_at(row, column, Problem::Day);
        }
        day
    }

    fn key(&mut self, row: &Row<'_>) -> Option<HolderKey> {
        let key = row.get(Column::Key)?.trim().parse().ok();
        if key.is_none() {
            self.fault_at(row, Column::Key, Problem::Key);
        }
        key
    }

    fn barcode(&mut self, row: &Row<'_>) -> Option<Barcode> {
        match row.get(Column::Barcode)?.trim().parse::<Barcode>() {
            Ok(barcode) => Some(barcode),
            Err(error) => {
                self.fault_at(row, Column::Barcode, Problem::Barcode(said(&error.to_string())));
                None
            }
        }
    }

    fn item_fault(&mut self, row: &Row<'_>, error: &ItemError) {
        self.fault_at(row, Column::of_rule(error), Problem::Item(error.to_string()));
    }
}

/// A point in time, or a day in UTC: its start, or for an end the start of the day after.
pub(crate) fn read_time(text: &str, end_of_day: bool) -> Option<UnixTime> {
    let timestamp = if let Ok(timestamp) = text.parse::<Timestamp>() {
        timestamp
    } else {
        let is_date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: Date = is_date.then(|| text.parse().ok())??;
        let date = if end_of_day { date.checked_add(Span::new().days(1)).ok()? } else { date };
        TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?
    };
    u64::try_from(timestamp.as_second()).ok().map(UnixTime)
}
