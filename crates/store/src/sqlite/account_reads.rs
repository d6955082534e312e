//! Reading accounts with their devices.

use std::collections::HashMap;

use indicia::DeviceId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::books::consistently;
use super::column::{moment, parsed, unsigned};
use crate::codes::bound;
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::names::AccountName;
use crate::rows::{Account, AccountSummary, StoredEvent};

macro_rules! account_query {
    ($condition:literal) => {
        concat!(
            "SELECT a.account, a.name, a.denomination, a.device, a.created, d.sequence, d.ascending, d.descending,
             d.funded, d.refunded, d.issued, l.reason, d.voided, d.next_number, d.record
             FROM accounts a JOIN devices d ON d.account = a.account LEFT JOIN locks l ON l.account = a.account ",
            $condition
        )
    };
}

/// An account by its name.
pub(super) fn account_by_name(
    connection: &Connection,
    name: &AccountName,
) -> Result<Option<Account>, StoreError> {
    one_account(connection, account_query!("WHERE a.name = ?1"), &name.as_str())
}

/// An account by its id.
pub(super) fn account(connection: &Connection, id: AccountId) -> Result<Option<Account>, StoreError> {
    one_account(connection, account_query!("WHERE a.account = ?1"), &id)
}

/// The account that a device belongs to.
pub(super) fn account_by_device(
    connection: &Connection,
    device: DeviceId,
) -> Result<Option<Account>, StoreError> {
    one_account(connection, account_query!("WHERE a.device = ?1"), &device.0)
}

fn one_account(
    connection: &Connection,
    sql: &str,
    by: &dyn rusqlite::ToSql,
) -> Result<Option<Account>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row([by], read_account).optional()?)
}

/// All accounts, in the order of their ids.
pub(super) fn accounts(connection: &Connection) -> Result<Vec<AccountSummary>, StoreError> {
    consistently(connection, || {
        let reserved = reserved_values(connection)?;
        let mut statement = connection.prepare_cached(account_query!("ORDER BY a.account"))?;
        let rows = statement.query_map([], |row| read_summary(row, &reserved))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    })
}

/// The accounts with a held reservation or an open transaction, in the order of their ids.
pub(super) fn accounts_with_open_requests(connection: &Connection) -> Result<Vec<Account>, StoreError> {
    let mut statement = connection.prepare_cached(account_query!(
        "WHERE a.account IN (SELECT account FROM held UNION SELECT account FROM open_transactions)
         ORDER BY a.account"
    ))?;
    let rows = statement.query_map([], read_account)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The least account id after all that are used.
pub(super) fn next_account(connection: &Connection) -> Result<AccountId, StoreError> {
    let next: i64 = connection
        .prepare_cached("SELECT coalesce(max(account), 0) + 1 FROM accounts")?
        .query_row([], |row| row.get(0))?;
    let damaged = |_| StoreError::Damaged(format!("no account id follows {next}"));
    u32::try_from(next).map(AccountId).map_err(damaged)
}

/// Looks through the whole file for damage and says what is found: nothing, if all is well. Slow: it reads all.
pub(super) fn find_damage(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// What open reservations have set aside, of the accounts that have some.
fn reserved_values(connection: &Connection) -> Result<HashMap<AccountId, u64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT r.account, r.value FROM held h
             JOIN reservations r ON r.account = h.account AND r.reservation = h.reservation
         UNION ALL SELECT r.account, r.value FROM open_transactions o
             JOIN draws d ON d.account = o.account AND d.ordinal = o.ordinal
             JOIN reservations r ON r.account = d.account AND r.reservation = d.reservation
         UNION ALL SELECT r.account, r.value FROM open_transactions o
             JOIN reservations r ON r.account = o.account AND r.reservation >= o.first_reservation
                 AND r.ordinal = o.ordinal",
    )?;
    let mut rows = statement.query([])?;
    let mut reserved = HashMap::new();
    while let Some(row) = rows.next()? {
        let sum: &mut u64 = reserved.entry(row.get(0)?).or_default();
        *sum = sum.saturating_add(unsigned(row, 1)?);
    }
    Ok(reserved)
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: parsed(row, 1)?,
        denomination: parsed(row, 2)?,
        device: DeviceId(row.get(3)?),
        created: moment(row, 4)?,
        sequence: unsigned(row, 5)?,
        ascending: unsigned(row, 6)?,
        descending: unsigned(row, 7)?,
        funded: unsigned(row, 8)?,
        refunded: unsigned(row, 9)?,
        issued: unsigned(row, 10)?,
        locked: row.get(11)?,
        voided: unsigned(row, 12)?,
        next_number: unsigned(row, 13)?,
        record: row.get(14)?,
    })
}

fn read_summary(row: &Row<'_>, reserved: &HashMap<AccountId, u64>) -> rusqlite::Result<AccountSummary> {
    let id = row.get(0)?;
    Ok(AccountSummary {
        id,
        name: parsed(row, 1)?,
        denomination: parsed(row, 2)?,
        device: DeviceId(row.get(3)?),
        created: moment(row, 4)?,
        sequence: unsigned(row, 5)?,
        ascending: unsigned(row, 6)?,
        descending: unsigned(row, 7)?,
        funded: unsigned(row, 8)?,
        refunded: unsigned(row, 9)?,
        issued: unsigned(row, 10)?,
        reserved: reserved.get(&id).copied().unwrap_or(0),
        locked: row.get(11)?,
        voided: unsigned(row, 12)?,
    })
}

/// Hands out at most so many events of an account, in order, from the one after a number on.
pub(super) fn events(
    connection: &Connection,
    account: AccountId,
    after: u64,
    most: u64,
    each: &mut dyn FnMut(StoredEvent<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, event FROM events WHERE account = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
    )?;
    let mut rows = statement.query(params![account, bound(after), bound(most)])?;
    while let Some(row) = rows.next()? {
        let event = row.get_ref(1)?.as_blob().map_err(|error| StoreError::Damaged(error.to_string()))?;
        each(StoredEvent { number: unsigned(row, 0)?, bytes: event })?;
    }
    Ok(())
}
