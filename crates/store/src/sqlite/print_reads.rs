//! Reading what was printed, and the printers.

use rusqlite::{Connection, Row, params};

use super::column::{coded, moment, unsigned};
use crate::codes::bound;
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::prints::{MOST_PIECE, NewPrint, StoredPrint, StoredPrinter, join};

macro_rules! print_query {
    ($rest:literal) => {
        concat!(
            "SELECT p.account, p.print, p.who, p.printer, p.job_name, p.reprint, p.at, p.job, p.outcome, p.said, p.heard
             FROM prints p ",
            $rest
        )
    };
}

/// The prints that hold any of `count` serial numbers from `first` on, in order.
pub(super) fn prints_of(
    connection: &Connection,
    account: AccountId,
    first: u64,
    count: u64,
) -> Result<Vec<StoredPrint>, StoreError> {
    let sql = print_query!(
        "WHERE p.account = ?1 AND p.print IN (SELECT r.print FROM printed r
             WHERE r.account = ?1 AND r.first > ?2 AND r.first < ?3 AND r.first + r.count > ?4)
         ORDER BY p.print"
    );
    let past = first.saturating_add(count);
    let by = params![account, bound(first) - bound(MOST_PIECE), bound(past), bound(first)];
    read(connection, sql, by)
}

/// At most so many of an account's prints, those with the greatest numbers first.
pub(super) fn prints(
    connection: &Connection,
    account: AccountId,
    before: Option<u64>,
    most: u32,
) -> Result<Vec<StoredPrint>, StoreError> {
    let sql = print_query!("WHERE p.account = ?1 AND p.print < ?2 ORDER BY p.print DESC LIMIT ?3");
    read(connection, sql, params![account, before.map_or(i64::MAX, bound), most])
}

/// At most so many prints that aren't over, in order.
pub(super) fn open_prints(connection: &Connection, most: u32) -> Result<Vec<StoredPrint>, StoreError> {
    read(connection, print_query!("WHERE p.outcome = 0 ORDER BY p.account, p.print LIMIT ?1"), params![most])
}

fn read(
    connection: &Connection,
    sql: &'static str,
    by: &[&dyn rusqlite::ToSql],
) -> Result<Vec<StoredPrint>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found: Vec<StoredPrint> =
        statement.query_map(by, read_print)?.collect::<rusqlite::Result<_>>()?;
    let mut pieces = connection.prepare_cached(
        "SELECT first, count FROM printed WHERE account = ?1 AND print = ?2 ORDER BY first",
    )?;
    for StoredPrint { print, .. } in &mut found {
        let of = pieces.query_map(params![print.account, bound(print.number)], |row| {
            let (first, count) = (unsigned(row, 0)?, unsigned(row, 1)?);
            Ok(first..first.saturating_add(count))
        })?;
        print.runs = join(of.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// A print without its runs.
fn read_print(row: &Row<'_>) -> rusqlite::Result<StoredPrint> {
    let print = NewPrint {
        account: row.get(0)?,
        number: unsigned(row, 1)?,
        runs: Vec::new(),
        by: row.get(2)?,
        printer: row.get(3)?,
        job_name: row.get(4)?,
        reprint: row.get(5)?,
        at: moment(row, 6)?,
    };
    let (job, outcome) = (row.get(7)?, coded(row, 8)?);
    Ok(StoredPrint { print, job, outcome, said: row.get(9)?, heard: moment(row, 10)? })
}

/// All printers, by name.
pub(super) fn printers(connection: &Connection) -> Result<Vec<StoredPrinter>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT name, settings FROM printers ORDER BY name")?;
    let rows = statement
        .query_map([], |row| Ok(StoredPrinter { name: row.get(0)?, settings: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}
