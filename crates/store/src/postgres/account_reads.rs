//! Reading accounts with their devices.

use std::collections::HashMap;

use indicia::DeviceId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::row::{account as account_id, device, get, moment, parsed, unsigned};
use super::session::Session;
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
pub(super) fn account_by_name(session: &Session, name: &AccountName) -> Result<Option<Account>, StoreError> {
    one_account(session, account_query!("WHERE a.name = $1"), &name.as_str())
}

/// An account by its id.
pub(super) fn account(session: &Session, id: AccountId) -> Result<Option<Account>, StoreError> {
    one_account(session, account_query!("WHERE a.account = $1"), &i64::from(id.0))
}

/// The account that a device belongs to.
pub(super) fn account_by_device(session: &Session, device: DeviceId) -> Result<Option<Account>, StoreError> {
    one_account(session, account_query!("WHERE a.device = $1"), &i64::from(device.0))
}

fn one_account(
    session: &Session,
    sql: &'static str,
    by: &(dyn ToSql + Sync),
) -> Result<Option<Account>, StoreError> {
    session.row(sql, &[by])?.as_ref().map(read_account).transpose()
}

/// All accounts, in the order of their ids.
pub(super) fn accounts(session: &Session) -> Result<Vec<AccountSummary>, StoreError> {
    session.at_one_moment(|| {
        let reserved = reserved_values(session)?;
        let rows = session.rows(account_query!("ORDER BY a.account"), &[])?;
        rows.iter().map(|row| read_summary(row, &reserved)).collect()
    })
}

/// The accounts with a held reservation or an open transaction, in the order of their ids.
pub(super) fn accounts_with_open_requests(session: &Session) -> Result<Vec<Account>, StoreError> {
    let sql = account_query!(
        "WHERE a.account IN (SELECT account FROM held UNION SELECT account FROM open_transactions)
         ORDER BY a.account"
    );
    session.rows(sql, &[])?.iter().map(read_account).collect()
}

/// The least account id after all that are used.
pub(super) fn next_account(session: &Session) -> Result<AccountId, StoreError> {
    let row = session.row("SELECT coalesce(max(account), 0) + 1 FROM accounts", &[])?;
    let next: i64 = row.map_or(Ok(1), |row| get(&row, 0))?;
    let damaged = |_| StoreError::Damaged(format!("no account id follows {next}"));
    u32::try_from(next).map(AccountId).map_err(damaged)
}

/// Reads everything there is, so that the server meets whatever it can't read; it checks its pages itself.
pub(super) fn find_damage(session: &Session) -> Result<Vec<String>, StoreError> {
    const READ_ALL: [&str; 12] = [
        "SELECT count(accounts::text) FROM accounts",
        "SELECT count(md5(record)) FROM devices",
        "SELECT count(md5(body)) FROM reservations",
        "SELECT count(md5(bytes)) FROM segments",
        "SELECT count(md5(proof)) FROM draws",
        "SELECT count(transactions::text) FROM transactions",
        "SELECT count(endings::text) FROM endings",
        "SELECT count(statuses::text) FROM statuses",
        "SELECT count(held::text) FROM held",
        "SELECT count(md5(event)) FROM events",
        "SELECT count(redemptions::text) FROM redemptions",
        "SELECT count(reversals::text) FROM reversals",
    ];
    let mut damage = Vec::new();
    for sql in READ_ALL {
        match session.rows(sql, &[]) {
            Err(error @ StoreError::Unreachable { .. }) => return Err(error),
            Err(error) => damage.push(error.to_string()),
            Ok(_) => {}
        }
    }
    Ok(damage)
}

/// What open reservations have set aside, of the accounts that have some.
fn reserved_values(session: &Session) -> Result<HashMap<AccountId, u64>, StoreError> {
    let rows = session.rows(
        "SELECT r.account, r.value FROM held h
             JOIN reservations r ON r.account = h.account AND r.reservation = h.reservation
         UNION ALL SELECT r.account, r.value FROM open_transactions o
             JOIN draws d ON d.account = o.account AND d.ordinal = o.ordinal
             JOIN reservations r ON r.account = d.account AND r.reservation = d.reservation
         UNION ALL SELECT r.account, r.value FROM open_transactions o
             JOIN reservations r ON r.account = o.account AND r.reservation >= o.first_reservation
                 AND r.ordinal = o.ordinal",
        &[],
    )?;
    let mut reserved = HashMap::new();
    for row in &rows {
        let sum: &mut u64 = reserved.entry(account_id(row, 0)?).or_default();
        *sum = sum.saturating_add(unsigned(row, 1)?);
    }
    Ok(reserved)
}

fn read_account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: account_id(row, 0)?,
        name: parsed(row, 1)?,
        denomination: parsed(row, 2)?,
        device: device(row, 3)?,
        created: moment(row, 4)?,
        sequence: unsigned(row, 5)?,
        ascending: unsigned(row, 6)?,
        descending: unsigned(row, 7)?,
        funded: unsigned(row, 8)?,
        refunded: unsigned(row, 9)?,
        issued: unsigned(row, 10)?,
        locked: get(row, 11)?,
        voided: unsigned(row, 12)?,
        next_number: unsigned(row, 13)?,
        record: get(row, 14)?,
    })
}

fn read_summary(row: &Row, reserved: &HashMap<AccountId, u64>) -> Result<AccountSummary, StoreError> {
    let id = account_id(row, 0)?;
    Ok(AccountSummary {
        id,
        name: parsed(row, 1)?,
        denomination: parsed(row, 2)?,
        device: device(row, 3)?,
        created: moment(row, 4)?,
        sequence: unsigned(row, 5)?,
        ascending: unsigned(row, 6)?,
        descending: unsigned(row, 7)?,
        funded: unsigned(row, 8)?,
        refunded: unsigned(row, 9)?,
        issued: unsigned(row, 10)?,
        reserved: reserved.get(&id).copied().unwrap_or(0),
        locked: get(row, 11)?,
        voided: unsigned(row, 12)?,
    })
}

/// Hands out at most so many events of an account, in order, from the one after a number on.
pub(super) fn events(
    session: &Session,
    account: AccountId,
    after: u64,
    most: u64,
    each: &mut dyn FnMut(StoredEvent<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    session.each_row(
        "SELECT number, event FROM events WHERE account = $1 AND number > $2 ORDER BY number LIMIT $3",
        &[&i64::from(account.0), &bound(after), &bound(most)],
        &mut |row| {
            let event: &[u8] =
                row.try_get(1).map_err(|error| StoreError::Damaged(super::trouble::reason(&error)))?;
            each(StoredEvent { number: unsigned(row, 0)?, bytes: event })
        },
    )
}
