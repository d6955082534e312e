//! Reading the books, whatever they are kept in.

use std::fmt::Debug;

use asker::IdempotencyKey;
use indicia::{Denomination, DeviceId, Status, UnixTime};

use crate::commit::{RequestKind, Usage};
use crate::error::StoreError;
use crate::ids::{AccountId, ReservationId};
use crate::names::AccountName;
use crate::prints::{StoredPrint, StoredPrinter};
use crate::rows::{
    Account, AccountSummary, DaySpending, DenominationTotals, NextIds, OpenReservation, OpenTransaction,
    StoredEvent, StoredRedemption, StoredReservation, StoredSegment, StoredStatus, StoredTransaction,
    UsePlace,
};

/// A connection of one's own to read the books with, beside whoever writes.
pub type Reader = Box<dyn Books>;

/// What a reading comes to.
type Read = Result<(), StoreError>;

/// Reads the books. Each call sees everything that was committed before it, unless it is one of
/// [`Books::at_one_moment`].
///
/// # Errors
/// All calls: [`StoreError::Damaged`] when what is stored can't be right, [`StoreError::Unreachable`] and others.
#[allow(clippy::missing_errors_doc)] // they are all the same, and stand above
pub trait Books: Debug + Send {
    /// Reads several things as they were at one moment; [`consistently`](trait.Books.html#method.consistently) is the
    /// same for any result. It should be short: meanwhile nothing old can be cleared away.
    fn at_one_moment(&self, read: &mut dyn FnMut() -> Read) -> Read;

    /// An account by its name.
    fn account_by_name(&self, name: &AccountName) -> Result<Option<Account>, StoreError>;

    /// An account by its id.
    fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// The account that a device belongs to.
    fn account_by_device(&self, device: DeviceId) -> Result<Option<Account>, StoreError>;

    /// All accounts, in the order of their ids.
    fn accounts(&self) -> Result<Vec<AccountSummary>, StoreError>;

    /// The accounts with a held reservation or an open transaction, in the order of their ids.
    fn accounts_with_open_requests(&self) -> Result<Vec<Account>, StoreError>;

    /// The least account id after all that are used; an error also if there is none left.
    fn next_account(&self) -> Result<AccountId, StoreError>;

    /// The reservations that requests were made under these keys, and what became of them, in any order.
    fn reservations_by_keys(
        &self,
        keys: &[(AccountId, &IdempotencyKey)],
    ) -> Result<Vec<StoredReservation>, StoreError>;

    /// At most so many of the account's requests of these kinds, and what became of them: those with the greatest ids, of
    /// all or of those before one; the greatest first.
    fn requests(
        &self,
        account: AccountId,
        kinds: &[RequestKind],
        before: Option<ReservationId>,
        most: u32,
    ) -> Result<Vec<StoredReservation>, StoreError>;

    /// A reservation, what became of it, and the whole request.
    fn reservation(
        &self,
        account: AccountId,
        id: ReservationId,
    ) -> Result<Option<(StoredReservation, Vec<u8>)>, StoreError>;

    /// The account's open transaction with its requests, in order.
    fn open_transaction(&self, account: AccountId) -> Result<Option<OpenTransaction>, StoreError>;

    /// The account's held reservations, in the order of their ids.
    fn held_reservations(&self, account: AccountId) -> Result<Vec<OpenReservation>, StoreError>;

    /// The account's least unused ids.
    fn next_ids(&self, account: AccountId) -> Result<NextIds, StoreError>;

    /// Hands out the segments that hold any of `count` serial numbers from `first` on, in order. The first and last may
    /// begin before and end after them. Whatever `each` fails with ends the reading.
    fn segments(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredSegment<'_>) -> Read,
    ) -> Read;

    /// Hands out an account's closed transactions in order. Whatever `each` fails with ends the reading.
    fn transactions(&self, account: AccountId, each: &mut dyn FnMut(StoredTransaction) -> Read) -> Read;

    /// What the account's transactions debited from the beginning of a day on, by days of UTC; days without any aren't among
    /// them. It reads no older transactions.
    fn spending(&self, account: AccountId, since: UnixTime) -> Result<Vec<DaySpending>, StoreError>;

    /// The date of the account's last transaction, closed or open.
    fn last_transaction_at(&self, account: AccountId) -> Result<Option<UnixTime>, StoreError>;

    /// Hands out at most so many of an account's events, in order, from the one after a number on. Whatever `each` fails with
    /// ends the reading.
    fn events(
        &self,
        account: AccountId,
        after: u64,
        most: u64,
        each: &mut dyn FnMut(StoredEvent<'_>) -> Read,
    ) -> Read;

    /// Those of `count` serial numbers from `first` on to which something happened, in order.
    fn statuses(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredStatus>, StoreError>;

    /// At most so many of an account's indicia that aren't live, from a serial number on, in order; but none that is known to
    /// have expired before a time.
    fn dead(
        &self,
        account: AccountId,
        first: u64,
        most: u64,
        expired_before: UnixTime,
    ) -> Result<Vec<(u64, Status)>, StoreError>;

    /// How far indicia of any accounts are used, of those that were ever issued; in any order.
    fn usages(&self, indicia: &[(AccountId, u64)]) -> Result<Vec<(AccountId, u64, Usage)>, StoreError>;

    /// The redemptions that these people made under these keys, in any order.
    fn redemptions_by_keys(
        &self,
        keys: &[(AccountId, &str, &IdempotencyKey)],
    ) -> Result<Vec<StoredRedemption>, StoreError>;

    /// Hands out the redemptions of `count` serial numbers from `first` on, in the order of numbers and places. Whatever
    /// `each` fails with ends the reading.
    fn redemptions(
        &self,
        account: AccountId,
        first: u64,
        count: u64,
        each: &mut dyn FnMut(StoredRedemption) -> Read,
    ) -> Read;

    /// Hands out at most so many of the redemptions for which more was given than was left, in the order of accounts, numbers and
    /// places, from the one after a place on. Whatever `each` fails with ends the reading.
    fn double_uses(&self, after: UsePlace, most: u64, each: &mut dyn FnMut(StoredRedemption) -> Read)
    -> Read;

    /// The prints that hold any of `count` serial numbers from `first` on, in order.
    fn prints_of(&self, account: AccountId, first: u64, count: u64) -> Result<Vec<StoredPrint>, StoreError>;

    /// At most so many of an account's prints: those with the greatest numbers, of all or of those before one; the greatest
    /// first.
    fn prints(
        &self,
        account: AccountId,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<StoredPrint>, StoreError>;

    /// At most so many of all accounts' prints that aren't over, in the order of accounts and numbers.
    fn open_prints(&self, most: u32) -> Result<Vec<StoredPrint>, StoreError>;

    /// All printers that are known by name, in the order of their names.
    fn printers(&self) -> Result<Vec<StoredPrinter>, StoreError>;

    /// Looks through everything for damage and says what is found: nothing, if all is well. Slow: it reads all.
    fn find_damage(&self) -> Result<Vec<String>, StoreError>;
}

impl dyn Books + '_ {
    /// Reads several things as they were at one moment.
    ///
    /// # Errors
    /// Whatever `read` comes to, and [`StoreError::Busy`] and others.
    pub fn consistently<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (mut read, mut result) = (Some(read), None);
        self.at_one_moment(&mut || {
            if let Some(read) = read.take() {
                result = Some(read(self)?);
            }
            Ok(())
        })?;
        result.ok_or_else(|| StoreError::Database("nothing was read".into()))
    }

    /// The reservation that a request was made under this key, and what became of it.
    ///
    /// # Errors
    /// As all reading.
    pub fn reservation_by_key(
        &self,
        account: AccountId,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReservation>, StoreError> {
        Ok(self.reservations_by_keys(&[(account, key)])?.pop())
    }

    /// Lets `read` look at the segment that holds a serial number; none if it was never issued.
    ///
    /// # Errors
    /// As all reading.
    pub fn segment_of<T>(
        &self,
        account: AccountId,
        number: u64,
        read: impl FnOnce(StoredSegment<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let (mut read, mut found) = (Some(read), None);
        self.segments(account, number, 1, &mut |segment| {
            found = read.take().map(|read| read(segment));
            Ok(())
        })?;
        Ok(found)
    }

    /// Sums over all accounts, for each denomination, in the order of their names.
    ///
    /// # Errors
    /// As all reading.
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
        voided: 0,
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
    total.voided += u128::from(account.voided);
    total.reserved += u128::from(account.reserved);
}
