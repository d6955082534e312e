//! A connection that only reads. What it reads of requests, and of segments, is in files of their own.

use std::collections::HashMap;
use std::path::Path;

use indicia::{Denomination, DeviceId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use crate::column::{moment, parsed, unsigned};
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::names::AccountName;
use crate::rows::{Account, AccountSummary, DenominationTotals};
use crate::schema;
use crate::store::set_up_any;

/// Reads the books, beside whoever writes. Each call sees everything that was committed before it.
#[derive(Debug)]
pub struct Reader {
    pub(crate) connection: Connection,
}

macro_rules! account_query {
    ($condition:literal) => {
        concat!(
            "SELECT a.account, a.name, a.denomination, a.device, a.created, d.sequence, d.ascending, d.descending,
             d.funded, d.refunded, d.issued, l.reason, d.next_number, d.record
             FROM accounts a JOIN devices d ON d.account = a.account LEFT JOIN locks l ON l.account = a.account ",
            $condition
        )
    };
}

impl Reader {
    /// Opens a store for reading.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`], [`StoreError::NotAStore`], [`StoreError::NewerVersion`],
    /// [`StoreError::OlderVersion`] and others.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let cannot = |error: rusqlite::Error| StoreError::CannotOpen {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
        set_up_any(&connection)?;
        let (found, known) = (schema::version(&connection, path)?, schema::known_version());
        if found < known {
            return Err(StoreError::OlderVersion { found, known });
        }
        Ok(Self { connection })
    }

    /// Reads several things as they were at one moment. As long as it lasts, the write-ahead log can only grow.
    ///
    /// # Errors
    /// Whatever `read` comes to, and [`StoreError::Busy`] and others.
    pub fn consistently<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if !self.connection.is_autocommit() {
            return read(self);
        }
        // Ends when it goes out of scope: there is nothing to commit.
        let _moment = self.connection.unchecked_transaction()?;
        read(self)
    }

    /// An account by its name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn account_by_name(&self, name: &AccountName) -> Result<Option<Account>, StoreError> {
        self.one_account(account_query!("WHERE a.name = ?1"), &name.as_str())
    }

    /// An account by its id.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.one_account(account_query!("WHERE a.account = ?1"), &id)
    }

    /// The account that a device belongs to.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn account_by_device(&self, device: DeviceId) -> Result<Option<Account>, StoreError> {
        self.one_account(account_query!("WHERE a.device = ?1"), &device.0)
    }

    fn one_account(&self, sql: &str, by: &dyn rusqlite::ToSql) -> Result<Option<Account>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row([by], read_account).optional()?)
    }

    /// All accounts, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn accounts(&self) -> Result<Vec<AccountSummary>, StoreError> {
        self.consistently(|reader| {
            let reserved = reader.reserved_values()?;
            let mut statement = reader.connection.prepare_cached(account_query!("ORDER BY a.account"))?;
            let rows = statement.query_map([], |row| read_summary(row, &reserved))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Sums over all accounts, for each denomination, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn totals(&self) -> Result<Vec<DenominationTotals>, StoreError> {
        let mut totals: Vec<DenominationTotals> = Vec::new();
        for account in self.accounts()? {
            let denomination = account.denomination;
            let place = totals.iter().position(|total| total.denomination == denomination);
            let place = place.unwrap_or_else(|| {
                totals.push(no_totals(denomination));
                totals.len() - 1
            });
            add_to(&mut totals[place], &account);
        }
        totals.sort_by_key(|total| total.denomination.to_string());
        Ok(totals)
    }

    /// The accounts with a held reservation or an open transaction, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn accounts_with_open_requests(&self) -> Result<Vec<Account>, StoreError> {
        let mut statement = self.connection.prepare_cached(account_query!(
            "WHERE a.account IN (SELECT account FROM held UNION SELECT account FROM open_transactions)
             ORDER BY a.account"
        ))?;
        let rows = statement.query_map([], read_account)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The least account id after all that are used.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others; also if there is none left.
    pub fn next_account(&self) -> Result<AccountId, StoreError> {
        let next: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(account), 0) + 1 FROM accounts")?
            .query_row([], |row| row.get(0))?;
        let damaged = |_| StoreError::Damaged(format!("no account id follows {next}"));
        u32::try_from(next).map(AccountId).map_err(damaged)
    }

    /// Looks through the whole file for damage and says what is found: nothing, if all is well. Slow: it reads all.
    ///
    /// # Errors
    /// [`StoreError`] when that can't even be done.
    pub fn find_damage(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check")?;
        let lines: Vec<String> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// What open reservations have set aside, of the accounts that have some.
    fn reserved_values(&self) -> Result<HashMap<AccountId, u64>, StoreError> {
        let mut statement = self.connection.prepare_cached(
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
        next_number: unsigned(row, 12)?,
        record: row.get(13)?,
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
    })
}

fn no_totals(denomination: Denomination) -> DenominationTotals {
    DenominationTotals {
        denomination,
        accounts: 0,
        issued: 0,
        ascending: 0,
        descending: 0,
        funded: 0,
        refunded: 0,
        reserved: 0,
    }
}

/// Fewer than 2^32 accounts of less than 2^63 each: nothing here comes near its type's bounds but `issued`.
fn add_to(total: &mut DenominationTotals, account: &AccountSummary) {
    total.accounts += 1;
    total.issued = total.issued.saturating_add(account.issued);
    total.ascending += u128::from(account.ascending);
    total.descending += u128::from(account.descending);
    total.funded += u128::from(account.funded);
    total.refunded += u128::from(account.refunded);
    total.reserved += u128::from(account.reserved);
}
