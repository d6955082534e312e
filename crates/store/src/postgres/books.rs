//! A connection that reads, and what it reads.

use asker::IdempotencyKey;
use indicia::{DeviceId, Status, UnixTime};

use super::session::Session;
use super::url::DatabaseUrl;
use super::{account_reads, print_reads, request_reads, segment_reads, usage_reads};
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

/// Reads the books: beside the writer, or between its commits.
#[derive(Debug)]
pub(crate) struct PostgresBooks {
    pub(super) session: Session,
}

impl PostgresBooks {
    pub(crate) fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self::new(Session::reader(url)?))
    }

    pub(super) fn new(session: Session) -> Self {
        Self { session }
    }
}

impl Books for PostgresBooks {
    fn at_one_moment(&self, read: &mut dyn FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.session.at_one_moment(read)
    }

    fn account_by_name(&self, name: &AccountName) -> Result<Option<Account>, StoreError> {
        account_reads::account_by_name(&self.session, name)
    }

    fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        account_reads::account(&self.session, id)
    }

    fn account_by_device(&self, device: DeviceId) -> Result<Option<Account>, StoreError> {
        account_reads::account_by_device(&self.session, device)
    }

    fn accounts(&self) -> Result<Vec<AccountSummary>, StoreError> {
        account_reads::accounts(&self.session)
    }

    fn accounts_with_open_requests(&self) -> Result<Vec<Account>, StoreError> {
        account_reads::accounts_with_open_requests(&self.session)
    }

    fn next_account(&self) -> Result<AccountId, StoreError> {
        account_reads::next_account(&self.session)
    }

    fn reservations_by_keys(
        &self,
        keys: &[(AccountId, &IdempotencyKey)],
    ) -> Result<Vec<StoredReservation>, StoreError> {
        request_reads::reservations_by_keys(&self.session, keys)
    }

    fn requests(
        &self,
        account: AccountId,
        kinds: &[RequestKind],
        before: Option<ReservationId>,
        most: u32,
    ) -> Result<Vec<StoredReservation>, StoreError> {
        request_reads::requests(&self.session, account, kinds, before, most)
    }

    fn reservation(
        &self,
        account: AccountId,
        id: ReservationId,
    ) -> Result<Option<(StoredReservation, Vec<u8>)>, StoreError> {
        request_reads::reservation(&self.session, account, id)
    }

    fn open_transaction(&self, account: AccountId) -> Result<Option<OpenTransaction>, StoreError> {
        request_reads::open_transaction(&self.session, account)
    }

    fn held_reservations(&self, account: AccountId) -> Result<Vec<OpenReservation>, StoreError> {
        request_reads::held_reservations(&self.session, account)
    }

    fn next_ids(&self, account: AccountId) -> Result<NextIds, StoreError> {
        request_reads::next_ids(&self.session, account)
    }

    fn segments(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredSegment<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        segment_reads::segments(&self.session, account, first, count, each)
    }

    fn transactions(
        &self,
        account: AccountId,
        each: &mut dyn FnMut(StoredTransaction) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        segment_reads::transactions(&self.session, account, each)
    }

    fn spending(&self, account: AccountId, since: UnixTime) -> Result<Vec<DaySpending>, StoreError> {
        segment_reads::spending(&self.session, account, since)
    }

    fn last_transaction_at(&self, account: AccountId) -> Result<Option<UnixTime>, StoreError> {
        segment_reads::last_transaction_at(&self.session, account)
    }

    fn events(
        &self,
        account: AccountId,
        after: u64,
        most: u64,
        each: &mut dyn FnMut(StoredEvent<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        account_reads::events(&self.session, account, after, most, each)
    }

    fn statuses(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredStatus>, StoreError> {
        usage_reads::statuses(&self.session, account, first, count)
    }

    fn dead(
        &self,
        account: AccountId,
        first: u64,
        most: u64,
        expired_before: UnixTime,
    ) -> Result<Vec<(u64, Status)>, StoreError> {
        usage_reads::dead(&self.session, account, first, most, expired_before)
    }

    fn usages(&self, indicia: &[(AccountId, u64)]) -> Result<Vec<(AccountId, u64, Usage)>, StoreError> {
        usage_reads::usages(&self.session, indicia)
    }

    fn redemptions_by_keys(
        &self,
        keys: &[(AccountId, &str, &IdempotencyKey)],
    ) -> Result<Vec<StoredRedemption>, StoreError> {
        usage_reads::redemptions_by_keys(&self.session, keys)
    }

    fn redemptions(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        usage_reads::redemptions(&self.session, account, first, count, each)
    }

    fn double_uses(
        &self,
        after: UsePlace,
        most: u64,
        each: &mut dyn FnMut(StoredRedemption) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        usage_reads::double_uses(&self.session, after, most, each)
    }

    fn prints_of(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::prints_of(&self.session, account, first, count)
    }

    fn prints(
        &self,
        account: AccountId,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::prints(&self.session, account, before, most)
    }

    fn open_prints(&self, most: u32) -> Result<Vec<StoredPrint>, StoreError> {
        print_reads::open_prints(&self.session, most)
    }

    fn printers(&self) -> Result<Vec<StoredPrinter>, StoreError> {
        print_reads::printers(&self.session)
    }

    fn find_damage(&self) -> Result<Vec<String>, StoreError> {
        account_reads::find_damage(&self.session)
    }
}
