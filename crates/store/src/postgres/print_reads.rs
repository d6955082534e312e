//! Reading what was printed, and the printers.

use std::collections::HashMap;
use std::ops::Range;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::row::{account as account_id, coded, get, moment, small, unsigned, unsigned_or_none};
use super::session::Session;
use crate::codes::{Coded, bound};
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::prints::{MOST_PIECE, NewPrint, PrintOutcome, StoredPrint, StoredPrinter, join};

macro_rules! print_query {
    ($rest:literal) => {
        concat!(
            "SELECT p.account, p.print, p.who, p.printer, p.job_name, p.reprint, p.at, p.job, p.outcome, p.said, p.heard
             FROM prints p ",
            $rest
        )
    };
}

const PIECES: &str = "SELECT r.account, r.print, r.first, r.count
    FROM unnest($1::bigint[], $2::bigint[]) AS named (account, print)
    JOIN printed r ON r.account = named.account AND r.print = named.print ORDER BY r.account, r.print, r.first";

/// The prints that hold any of `count` serial numbers from `first` on, in order.
pub(super) fn prints_of(
    session: &Session,
    account: AccountId,
    first: u64,
    count: u64,
) -> Result<Vec<StoredPrint>, StoreError> {
    let sql = print_query!(
        "WHERE p.account = $1 AND p.print IN (SELECT r.print FROM printed r
             WHERE r.account = $1 AND r.first > $2 AND r.first < $3 AND r.first + r.count > $4)
         ORDER BY p.print"
    );
    let (from, past) = (bound(first) - bound(MOST_PIECE), bound(first.saturating_add(count)));
    read(session, sql, &[&i64::from(account.0), &from, &past, &bound(first)])
}

/// At most so many of an account's prints, those with the greatest numbers first.
pub(super) fn prints(
    session: &Session,
    account: AccountId,
    before: Option<u64>,
    most: u32,
) -> Result<Vec<StoredPrint>, StoreError> {
    let sql = print_query!("WHERE p.account = $1 AND p.print < $2 ORDER BY p.print DESC LIMIT $3");
    let before = before.map_or(i64::MAX, bound);
    read(session, sql, &[&i64::from(account.0), &before, &i64::from(most)])
}

/// At most so many prints that aren't over, in order.
pub(super) fn open_prints(session: &Session, most: u32) -> Result<Vec<StoredPrint>, StoreError> {
    let sql = print_query!("WHERE p.outcome = 0 ORDER BY p.account, p.print LIMIT $1");
    read(session, sql, &[&i64::from(most)])
}

fn read(
    session: &Session,
    sql: &'static str,
    by: &[&(dyn ToSql + Sync)],
) -> Result<Vec<StoredPrint>, StoreError> {
    let mut found: Vec<StoredPrint> =
        session.rows(sql, by)?.iter().map(read_print).collect::<Result<_, _>>()?;
    let (accounts, prints): (Vec<i64>, Vec<i64>) =
        found.iter().map(|found| (i64::from(found.print.account.0), bound(found.print.number))).unzip();
    let mut pieces: HashMap<(AccountId, u64), Vec<Range<u64>>> = HashMap::new();
    for row in session.rows(PIECES, &[&accounts, &prints])? {
        let (first, count) = (unsigned(&row, 2)?, unsigned(&row, 3)?);
        let of = (account_id(&row, 0)?, unsigned(&row, 1)?);
        pieces.entry(of).or_default().push(first..first.saturating_add(count));
    }
    for StoredPrint { print, .. } in &mut found {
        print.runs = join(pieces.remove(&(print.account, print.number)).unwrap_or_default());
    }
    Ok(found)
}

/// A print without its runs.
fn read_print(row: &Row) -> Result<StoredPrint, StoreError> {
    let print = NewPrint {
        account: account_id(row, 0)?,
        number: unsigned(row, 1)?,
        runs: Vec::new(),
        by: get(row, 2)?,
        printer: get(row, 3)?,
        job_name: get(row, 4)?,
        reprint: get(row, 5)?,
        at: moment(row, 6)?,
    };
    let job = unsigned_or_none(row, 7)?.map(|_| small(row, 7)).transpose()?;
    let outcome = coded(row, 8, PrintOutcome::from_code)?;
    Ok(StoredPrint { print, job, outcome, said: get(row, 9)?, heard: moment(row, 10)? })
}

/// All printers, by name.
pub(super) fn printers(session: &Session) -> Result<Vec<StoredPrinter>, StoreError> {
    let rows = session.rows("SELECT name, settings FROM printers ORDER BY name", &[])?;
    rows.iter().map(|row| Ok(StoredPrinter { name: get(row, 0)?, settings: get(row, 1)? })).collect()
}
