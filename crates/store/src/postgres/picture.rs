//! What a commit meets in the books: as much of them as its checks need, read at once, and kept up as it is checked.

use std::collections::{HashMap, HashSet};

use indicia::{DeviceId, UnixTime};
use tokio_postgres::Row;

use super::connection::{Call, Value};
use super::erasing;
use super::print_checks::{self, PrintPicture};
use super::row::{flag, get, small, unsigned, unsigned_or_none};
use super::usage_reads::{self, read_usage};
use crate::codes::int;
use crate::commit::{Commit, Usage};
use crate::error::StoreError;
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::names::AccountName;
use crate::step::Standing;

/// An account's device and transactions.
#[derive(Debug, Clone)]
pub(super) struct AccountState {
    pub(super) standing: Standing,
    pub(super) open: Option<OpenState>,
    pub(super) is_locked: bool,
    /// Of the last closed transaction.
    pub(super) last_ordinal: Option<u64>,
}

/// An open transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenState {
    pub(super) ordinal: Ordinal,
    pub(super) at: UnixTime,
    pub(super) requests: u64,
}

/// A reservation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RequestState {
    pub(super) is_held: bool,
    pub(super) ordinal: Option<Ordinal>,
    pub(super) is_ended: bool,
}

/// An indicium that is to become something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct SerialState {
    pub(super) is_issued: bool,
    pub(super) usage: Usage,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) accounts: HashMap<AccountId, AccountState>,
    pub(super) requests: HashMap<(AccountId, ReservationId), RequestState>,
    pub(super) serials: HashMap<(AccountId, u64), SerialState>,
    /// Redemptions that are stored, of those that the commit is about, and whether they were taken back.
    pub(super) redemptions: HashMap<(AccountId, u64, u32), bool>,
    /// Keys of redemptions that are taken, of those in the commit.
    pub(super) redemption_keys: HashSet<(AccountId, String, String)>,
    /// Ids, names and devices of accounts that a new one could meet.
    pub(super) taken: Vec<(AccountId, AccountName, DeviceId)>,
    pub(super) prints: PrintPicture,
    /// Lengths of runs of indicia, of those of which something is erased.
    pub(super) segments: HashMap<(AccountId, u64), u32>,
}

const ACCOUNTS: &str = "SELECT named.account, d.sequence, d.ascending, d.next_number, o.ordinal, o.at, o.requests,
        l.account IS NOT NULL, (SELECT max(ordinal) FROM transactions t WHERE t.account = named.account), d.events, d.voided
    FROM unnest($1::bigint[]) AS named (account) JOIN devices d ON d.account = named.account
    LEFT JOIN open_transactions o ON o.account = named.account LEFT JOIN locks l ON l.account = named.account";

const REQUESTS: &str = "SELECT named.account, named.reservation, h.reservation IS NOT NULL,
        coalesce(d.ordinal, r.ordinal), e.reservation IS NOT NULL
    FROM unnest($1::bigint[], $2::bigint[]) AS named (account, reservation)
    JOIN reservations r ON r.account = named.account AND r.reservation = named.reservation
    LEFT JOIN held h ON h.account = named.account AND h.reservation = named.reservation
    LEFT JOIN draws d ON d.account = named.account AND d.reservation = named.reservation
    LEFT JOIN endings e ON e.account = named.account AND e.reservation = named.reservation";

const REDEMPTIONS: &str = "SELECT r.account, r.number, r.place, v.place IS NOT NULL
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS named (account, number, place)
    JOIN redemptions r ON r.account = named.account AND r.number = named.number AND r.place = named.place
    LEFT JOIN reversals v ON v.account = r.account AND v.number = r.number AND v.place = r.place";

const REDEMPTION_KEYS: &str = "SELECT r.account, r.who, r.key
    FROM unnest($1::bigint[], $2::text[], $3::text[]) AS named (account, who, key)
    JOIN redemptions r ON r.account = named.account AND r.who = named.who AND r.key = named.key";

const TAKEN: &str = "SELECT account, name, device FROM accounts WHERE account = ANY($1) OR name = ANY($2) OR device = ANY($3)";

/// Adds to a picture what a row says.
pub(super) type AddRow = fn(&mut Picture, &Row) -> Result<(), StoreError>;

impl Picture {
    /// The picture that the answers to all questions make.
    pub(super) fn of(what: &[AddRow], answers: &[Vec<Row>]) -> Result<Self, StoreError> {
        let mut picture = Self::default();
        for (add, rows) in what.iter().zip(answers) {
            rows.iter().try_for_each(|row| add(&mut picture, row))?;
        }
        Ok(picture)
    }
}

/// What is asked of the books before a commit.
#[derive(Default)]
pub(super) struct Questions<'a> {
    pub(super) calls: Vec<Call<'a>>,
    /// What becomes of each call's rows.
    pub(super) what: Vec<AddRow>,
}

impl<'a> Questions<'a> {
    pub(super) fn about(commit: &'a Commit) -> Result<Self, StoreError> {
        let mut questions = Self::default();
        let mut accounts: Vec<i64> = accounts_of(commit).map(|account| i64::from(account.0)).collect();
        accounts.sort_unstable();
        accounts.dedup();
        if !accounts.is_empty() {
            questions.ask(ACCOUNTS, vec![Box::new(accounts)], add_account);
        }
        let mut requests = Vec::new();
        for (account, reservation) in requests_of(commit) {
            requests.push((i64::from(account.0), int("a reservation", reservation.0)?));
        }
        questions.ask_pairs(REQUESTS, requests, add_request);
        let mut serials = Vec::new();
        for status in &commit.statuses {
            serials.push((i64::from(status.account.0), int("a serial number", status.number)?));
        }
        questions.ask_pairs(usage_reads::USAGES, serials, add_serial);
        questions.ask_about_redemptions(commit)?;
        if !commit.accounts.is_empty() {
            let ids: Vec<i64> = commit.accounts.iter().map(|new| i64::from(new.id.0)).collect();
            let names: Vec<&str> = commit.accounts.iter().map(|new| new.name.as_str()).collect();
            let devices: Vec<i64> = commit.accounts.iter().map(|new| i64::from(new.device.0)).collect();
            questions.ask(TAKEN, vec![Box::new(ids), Box::new(names), Box::new(devices)], add_taken);
        }
        print_checks::ask(commit, &mut questions)?;
        erasing::ask(commit, &mut questions)?;
        Ok(questions)
    }

    fn ask_about_redemptions(&mut self, commit: &'a Commit) -> Result<(), StoreError> {
        let new = &commit.redemptions;
        let made = new.iter().map(|made| (made.account, made.number, made.place));
        let reversed = commit.reversals.iter().map(|gone| (gone.account, gone.number, gone.place));
        let (mut accounts, mut numbers, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (account, number, place) in made.chain(reversed) {
            accounts.push(i64::from(account.0));
            numbers.push(int("a serial number", number)?);
            places.push(i64::from(place));
        }
        if !accounts.is_empty() {
            let values: Vec<Value<'a>> = vec![Box::new(accounts), Box::new(numbers), Box::new(places)];
            self.ask(REDEMPTIONS, values, add_redemption);
        }
        if !new.is_empty() {
            let accounts: Vec<i64> = new.iter().map(|made| i64::from(made.account.0)).collect();
            let who: Vec<&str> = new.iter().map(|made| made.by.as_str()).collect();
            let keys: Vec<&str> = new.iter().map(|made| made.key.as_str()).collect();
            let values: Vec<Value<'a>> = vec![Box::new(accounts), Box::new(who), Box::new(keys)];
            self.ask(REDEMPTION_KEYS, values, add_redemption_key);
        }
        Ok(())
    }

    /// Asks about pairs of an account and a number of it, each once.
    pub(super) fn ask_pairs(&mut self, sql: &'static str, mut pairs: Vec<(i64, i64)>, what: AddRow) {
        pairs.sort_unstable();
        pairs.dedup();
        if !pairs.is_empty() {
            let (accounts, numbers): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            self.ask(sql, vec![Box::new(accounts), Box::new(numbers)], what);
        }
    }

    pub(super) fn ask(&mut self, sql: &'static str, values: Vec<Value<'a>>, what: AddRow) {
        self.calls.push(Call { sql, values });
        self.what.push(what);
    }
}

/// The accounts whose devices or transactions a commit is about.
fn accounts_of(commit: &Commit) -> impl Iterator<Item = AccountId> {
    let finished = commit.finished.iter().map(|finished| finished.account);
    let voided = commit.voided.iter().map(|voided| voided.account);
    let planned = commit.plans.iter().map(|plan| plan.account);
    let held = commit.reservations.iter().filter(|new| new.plan.is_none()).map(|new| new.account);
    let locked = commit.locks.iter().map(|lock| lock.account);
    let printed = commit.prints.iter().map(|print| print.account);
    let erased = commit.erasures.iter().map(|erasure| erasure.account);
    finished.chain(voided).chain(planned).chain(held).chain(locked).chain(printed).chain(erased)
}

/// The stored reservations that a commit is about.
fn requests_of(commit: &Commit) -> impl Iterator<Item = (AccountId, ReservationId)> {
    let extended = commit.extensions.iter().map(|(account, reservation, _)| (*account, *reservation));
    let refused = commit
        .finished
        .iter()
        .flat_map(|finished| finished.refused.iter().map(|refused| (finished.account, refused.reservation)));
    let drawn = commit.draws.iter().map(|draw| (draw.account, draw.reservation));
    let ended = commit.endings.iter().map(|ending| (ending.account, ending.reservation));
    let erased = commit
        .erasures
        .iter()
        .flat_map(|erasure| erasure.requests.iter().map(|left| (erasure.account, left.reservation)));
    extended.chain(refused).chain(drawn).chain(ended).chain(erased)
}

fn account(row: &Row) -> Result<AccountId, StoreError> {
    super::row::account(row, 0)
}

fn add_account(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let standing = Standing {
        sequence: unsigned(row, 1)?,
        ascending: unsigned(row, 2)?,
        voided: unsigned(row, 10)?,
        next_number: unsigned(row, 3)?,
        events: unsigned(row, 9)?,
    };
    let open = match unsigned_or_none(row, 4)? {
        Some(ordinal) => Some(OpenState {
            ordinal: Ordinal(ordinal),
            at: UnixTime(unsigned(row, 5)?),
            requests: unsigned(row, 6)?,
        }),
        None => None,
    };
    let (is_locked, last_ordinal) = (flag(row, 7)?, unsigned_or_none(row, 8)?);
    picture.accounts.insert(account(row)?, AccountState { standing, open, is_locked, last_ordinal });
    Ok(())
}

fn add_request(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let state = RequestState {
        is_held: flag(row, 2)?,
        ordinal: unsigned_or_none(row, 3)?.map(Ordinal),
        is_ended: flag(row, 4)?,
    };
    picture.requests.insert((account(row)?, ReservationId(unsigned(row, 1)?)), state);
    Ok(())
}

fn add_serial(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let state = SerialState { is_issued: flag(row, 6)?, usage: read_usage(row)? };
    picture.serials.insert((super::row::account(row, 4)?, unsigned(row, 5)?), state);
    Ok(())
}

fn add_redemption(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let which = (account(row)?, unsigned(row, 1)?, small(row, 2)?);
    picture.redemptions.insert(which, flag(row, 3)?);
    Ok(())
}

fn add_redemption_key(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    picture.redemption_keys.insert((account(row)?, get(row, 1)?, get(row, 2)?));
    Ok(())
}

fn add_taken(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let (name, device) = (super::row::parsed(row, 1)?, super::row::device(row, 2)?);
    picture.taken.push((account(row)?, name, device));
    Ok(())
}
