//! A connection that reads, and what it reads.

use std::path::Path;

use asker::IdempotencyKey;
use indicia::{DeviceId, Status, UnixTime};
use rusqlite::{Connection, OpenFlags};

use super::store::set_up_any;
use super::{account_reads, print_reads, request_reads, schema, segment_reads, usage_reads};
use crate::books::Books;
use crate::commit::{RequestKind, Usage};
use crate::error::StoreError;
use crate::ids::{AccountId, ReservationId};
use crate::names::AccountName;
use crate::prints::{StoredPrint, StoredPrinter};
use crate::rows::{
    Account, AccountSummary, DaySpending, NextIds, OpenReservation, OpenTransaction, StoredEvent,
    StoredRedemption, StoredReservation, StoredSegment, StoredStatus, StoredTransaction, UsePlace,
};

/// Reads the books, beside whoever writes.
#[derive(Debug)]
pub(crate) struct SqliteBooks {
    pub(super) connection: Connection,
}

impl SqliteBooks {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let cannot =
            |error: rusqlite::Error| StoreError::CannotOpen { place: path.into(), reason: error.to_string() };
        let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
        set_up_any(&connection)?;
        let (found, known) = (schema::version(&connection, path)?, schema::known_version());
        if found < known {
            return Err(StoreError::OlderVersion { found, known });
        }
        Ok(Self { connection })
    }
}

/// Reads several things as they were at one moment. As long as it lasts, the write-ahead log can only grow.
pub(super) fn consistently<T>(
    connection: &Connection,
    read: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if !connection.is_autocommit() {
        return read();
    }
    // Ends when it goes out of scope: there is nothing to commit.
    let _moment = connection.unchecked_transaction()?;
    read()
}

impl Books for SqliteBooks {
    fn at_one_moment(&self, read: &mut dyn FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        consistently(&self.connection, read)
    }

    fn account_by_name(&self, name: &AccountName) -> Result<Option<Account>, StoreError> {
        account_reads::account_by_name(&self.connection, name)
    }

    fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        account_reads::account(&self.connection, id)
    }

    fn account_by_device(&self, device: DeviceId) -> Result<Option<Account>, StoreError> {
        account_reads::account_by_device(&self.connection, device)
    }

    fn accounts(&self) -> Result<Vec<AccountSummary>, StoreError> {
        account_reads::accounts(&self.connection)
    }

    fn accounts_with_open_requests(&self) -> Result<Vec<Account>, StoreError> {
        account_reads::accounts_with_open_requests(&self.connection)
    }

    fn next_account(&self) -> Result<AccountId, StoreError> {
        account_reads::next_account(&self.connection)
    }

    fn reservations_by_keys(
        &self,
        keys: &[(AccountId, &IdempotencyKey)],
    ) -> Result<Vec<StoredReservation>, StoreError> {
        request_reads::reservations_by_keys(&self.connection, keys)
    }

    fn requests(
        &self,
        account: AccountId,
        kinds: &[RequestKind],
        before: Option<ReservationId>,
        most: u32,
    ) -> Result<Vec<StoredReservation>, StoreError> {
        request_reads::requests(&self.connection, account, kinds, before, most)
    }

    fn reservation(
        &self,
        account: AccountId,
        id: ReservationId,
    ) -> Result<Option<(StoredReservation, Vec<u8>)>, StoreError> {
        request_reads::reservation(&self.connection, account, id)
    }

    fn open_transaction(&self, account: AccountId) -> Result<Option<OpenTransaction>, StoreError> {
        request_reads::open_transaction(&self.connection, account)
    }

    fn held_reservations(&self, account: AccountId) -> Result<Vec<OpenReservation>, StoreError> {
        request_reads::held_reservations(&self.connection, account)
    }

    fn next_ids(&self, account: AccountId) -> Result<NextIds, StoreError> {
        request_reads::next_ids(&self.connection, account)
    }

    fn segments(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredSegment<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        segment_reads::segments(&self.connection, account, first, count, each)
    }

    fn transactions(
        &self,
        account: AccountId,
        each: &mut dyn FnMut(StoredTransaction) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        segment_reads::transactions(&self.connection, account, each)
    }

    fn spending(&self, account: AccountId, since: UnixTime) -> Result<Vec<DaySpending>, StoreError> {
        segment_reads::spending(&self.connection, account, since)
    }

    fn last_transaction_at(&self, account: AccountId) -> Result<Option<UnixTime>, StoreError> {
        segment_reads::last_transaction_at(&self.connection, account)
    }

    fn events(
        &self,
        account: AccountId,
        after: u64,
        most: u64,
        each: &mut dyn FnMut(StoredEvent<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        account_reads::events(&self.connection, account, after, most, each)
    }

    fn statuses(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredStatus>, StoreError> {
        usage_reads::statuses(&self.connection, account, first, count)
    }

    fn dead(
        &self,
        account: AccountId,
        first: u64,
        most: u64,
        expired_before: UnixTime,
    ) -> Result<Vec<(u64, Status)>, StoreError> {
        usage_reads::dead(&self.connection, account, first, most, expired_before)
    }

    fn usages(&self, indicia: &[(AccountId, u64)]) -> Result<Vec<(AccountId, u64, Usage)>, StoreError> {
        usage_reads::usages(&self.connection, indicia)
    }

    fn redemptions_by_keys(
        &self,
        keys: &[(AccountId, &str, &IdempotencyKey)],
    ) -> Result<Vec<StoredRedemption>, StoreError> {
        usage_reads::redemptions_by_keys(&self.connection, keys)
    }

    fn redemptions(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        usage_reads::redemptions(&self.connection, account, first, count, each)
    }

    fn double_uses(
        &self,
        after: UsePlace,
        most: u64,
        each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        usage_reads::double_uses(&self.connection, after, most, each)
    }

    fn prints_of(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::prints_of(&self.connection, account, first, count)
    }

    fn prints(
        &self,
        account: AccountId,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::prints(&self.connection, account, before, most)
    }

    fn open_prints(&self, most: u32) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::open_prints(&self.connection, most)
    }

    fn printers(&self) -> Result<Vec<StoredPrinter>, StoreError> {
        print_reads::printers(&self.connection)
    }

    fn find_damage(&self) -> Result<Vec<String>, StoreError> {
        account_reads::find_damage(&self.connection)
    }
}
