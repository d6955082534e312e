//! Applies what is printed, and on which printers.

use std::ops::Range;

use indicia::Status;
use rusqlite::{Connection, OptionalExtension, params};

use super::applying::{check_account, new, one};
use super::column::unsigned;
use crate::codes::{Coded, bound, int, time};
use crate::error::{Conflict, StoreError};
use crate::ids::AccountId;
use crate::prints::{MOST_PIECE, NewPrint, PrintNews, PrintOutcome, PrinterChange, StoredPrinter};

/// A print begins, if all of it is issued and good, and none of it was printed before unless it is a reprint.
pub(super) fn begin(connection: &Connection, print: &NewPrint) -> Result<(), StoreError> {
    let NewPrint { account, number, .. } = *print;
    check_account(connection, account)?;
    let exists = || Conflict::PrintExists(account, number);
    if !print.is_in_order() {
        return Err(exists().into());
    }
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(print) FROM prints WHERE account = ?1")?
        .query_row([account], |row| row.get(0))?;
    let column = int("a print", number)?;
    if last.is_some_and(|last| column <= last) {
        return Err(exists().into());
    }
    for run in &print.runs {
        check_run(connection, print, run)?;
    }
    let inserted = connection
        .prepare_cached("INSERT INTO prints VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, 0, '', ?7)")?
        .execute(params![
            account,
            column,
            print.by,
            print.printer,
            print.job_name,
            print.reprint,
            time(print.at)
        ]);
    new(inserted, exists)?;
    for piece in print.pieces() {
        let (first, count) = (int("a serial number", piece.start)?, piece.end - piece.start);
        connection.prepare_cached("INSERT INTO printed VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            account,
            first,
            column,
            int("a count", count)?
        ])?;
    }
    Ok(())
}

fn check_run(connection: &Connection, print: &NewPrint, run: &Range<u64>) -> Result<(), StoreError> {
    let NewPrint { account, .. } = *print;
    let (first, past) = (int("a serial number", run.start)?, int("a serial number", run.end)?);
    let issued: i64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(min(first + count, ?3) - max(first, ?2)), 0) FROM segments
             WHERE account = ?1 AND first < ?3 AND first + count > ?2 AND first >= coalesce(
                 (SELECT max(first) FROM segments WHERE account = ?1 AND first <= ?2), 0)",
        )?
        .query_row(params![account, first, past], |row| row.get(0))?;
    if issued != past - first {
        return Err(Conflict::NotAllIssued(account, run.start, run.end - 1).into());
    }
    let dead = connection
        .prepare_cached(
            "SELECT number FROM statuses WHERE account = ?1 AND number >= ?2 AND number < ?3 AND status IN (?4, ?5)
             ORDER BY number LIMIT 1",
        )?
        .query_row(params![account, first, past, Status::Void.code(), Status::Redeemed.code()], |row| unsigned(row, 0))
        .optional()?;
    if let Some(number) = dead {
        return Err(Conflict::NotPrintable(account, number).into());
    }
    if print.reprint.is_some() {
        return Ok(());
    }
    match printed_before(connection, account, run)? {
        Some(before) => Err(Conflict::PrintedBefore(account, run.start, run.end - 1, before).into()),
        None => Ok(()),
    }
}

/// The first print that holds any number of a run, unless it surely never was on paper.
fn printed_before(
    connection: &Connection,
    account: AccountId,
    run: &Range<u64>,
) -> Result<Option<u64>, StoreError> {
    let found: Option<i64> = connection
        .prepare_cached(
            "SELECT min(p.print) FROM printed r JOIN prints p ON p.account = r.account AND p.print = r.print
             WHERE r.account = ?1 AND r.first > ?2 AND r.first < ?3 AND r.first + r.count > ?4 AND p.outcome <> ?5",
        )?
        .query_row(
            params![
                account,
                bound(run.start) - bound(MOST_PIECE),
                bound(run.end),
                bound(run.start),
                PrintOutcome::NotSent.code()
            ],
            |row| row.get(0),
        )?;
    Ok(found.and_then(|print| u64::try_from(print).ok()))
}

/// Something is heard of a print that isn't over.
pub(super) fn hear(connection: &Connection, news: &PrintNews) -> Result<(), StoreError> {
    let PrintNews { account, number, .. } = *news;
    let changed = connection
        .prepare_cached(
            "UPDATE prints SET job = coalesce(?3, job), outcome = ?4, said = ?5, heard = ?6
             WHERE account = ?1 AND print = ?2 AND outcome = 0",
        )?
        .execute(params![
            account,
            int("a print", number)?,
            news.job,
            news.outcome.code(),
            news.said,
            time(news.at)
        ])?;
    one(changed, || Conflict::NoOpenPrint(account, number))
}

pub(super) fn change_printer(connection: &Connection, change: &PrinterChange) -> Result<(), StoreError> {
    match change {
        PrinterChange::Keep(StoredPrinter { name, settings }) => connection
            .prepare_cached("INSERT OR REPLACE INTO printers VALUES (?1, ?2)")?
            .execute(params![name, settings])?,
        PrinterChange::Remove(name) => {
            connection.prepare_cached("DELETE FROM printers WHERE name = ?1")?.execute([name])?
        }
    };
    Ok(())
}
