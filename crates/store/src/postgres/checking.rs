//! Checks a commit against the picture of what is stored, in the order in which its parts are applied. The first that
//! doesn't fit fails the whole.

use std::collections::HashMap;

use indicia::UnixTime;

use super::picture::{AccountState, OpenState, Picture, RequestState};
use super::{erasing, print_checks};
use crate::commit::{
    Commit, Ended, Ending, FinishedTransaction, NewAccount, Redemption, Reversal, StatusChange,
};
use crate::error::{Conflict, StoreError};
use crate::ids::{AccountId, Ordinal, ReservationId};
use crate::step::Standing;

/// What is written of a commit beside what stands in it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Dates of the transactions that are closed: of those finished, and then of those voided.
    pub(super) closed_at: Vec<UnixTime>,
    /// Endings of refused requests, in the order of the commit.
    pub(super) refusals: Vec<Ending>,
    /// Places of the draws and of the planned reservations in their transactions, in the order of the commit.
    pub(super) draw_places: Vec<u32>,
    pub(super) reservation_places: Vec<u32>,
    /// Of each plan: its requests, and the least id of those that weren't drawn.
    pub(super) begun: Vec<(u32, Option<ReservationId>)>,
    /// Held reservations that are held no more.
    pub(super) unheld: Vec<(AccountId, ReservationId)>,
    /// Numbers of the events: of those of new accounts, and then of those of finished transactions.
    pub(super) events: Vec<(AccountId, u64)>,
}

/// Checks all of it.
pub(super) fn check(commit: &Commit, picture: &mut Picture) -> Result<Outcome, StoreError> {
    let mut check = Check { picture, outcome: Outcome::default(), voided: HashMap::new() };
    commit.accounts.iter().try_for_each(|new| check.add_account(new))?;
    for (account, reservation, _) in &commit.extensions {
        if !check.request(*account, *reservation).is_held {
            return Err(Conflict::NotHeld(*account, *reservation).into());
        }
    }
    commit.finished.iter().try_for_each(|finished| check.finish(finished))?;
    for voided in &commit.voided {
        let open = check.close(voided.account, voided.ordinal)?;
        check.voided.insert((voided.account, voided.ordinal), open.requests);
    }
    check.plans(commit)?;
    commit.endings.iter().try_for_each(|ending| check.end(ending))?;
    if let Some(((account, ordinal), missing)) = check.voided.iter().find(|(_, missing)| **missing > 0) {
        return Err(Conflict::EndingsMissing(*account, *ordinal, *missing).into());
    }
    commit.locks.iter().try_for_each(|lock| check.account(lock.account).map(|_| ()))?;
    commit.statuses.iter().try_for_each(|status| check.change_status(commit, status))?;
    commit.redemptions.iter().try_for_each(|redemption| check.add_redemption(redemption))?;
    commit.reversals.iter().try_for_each(|reversal| check.add_reversal(reversal))?;
    print_checks::check(commit, check.picture)?;
    erasing::check(commit, check.picture)?;
    Ok(check.outcome)
}

struct Check<'a> {
    picture: &'a mut Picture,
    outcome: Outcome,
    /// Transactions that are voided, with how many of their reservations still need an ending.
    voided: HashMap<(AccountId, Ordinal), u64>,
}

/// A plan that is being put together: which of the commit's it is.
struct Begun {
    ordinal: Ordinal,
    plan: usize,
}

impl Check<'_> {
    fn account(&mut self, account: AccountId) -> Result<&mut AccountState, Conflict> {
        self.picture.accounts.get_mut(&account).ok_or(Conflict::NoAccount(account))
    }

    /// One that isn't stored is as good as one without any property.
    fn request(&mut self, account: AccountId, reservation: ReservationId) -> &mut RequestState {
        self.picture.requests.entry((account, reservation)).or_default()
    }

    /// Numbers events, after so many.
    fn add_events(&mut self, account: AccountId, after: u64, events: &[Vec<u8>]) {
        let numbers = (after + 1..).take(events.len());
        self.outcome.events.extend(numbers.map(|number| (account, number)));
    }

    fn add_account(&mut self, new: &NewAccount) -> Result<(), Conflict> {
        let taken = &mut self.picture.taken;
        if taken.iter().any(|(id, ..)| *id == new.id) {
            return Err(Conflict::AccountExists(new.id));
        }
        if taken.iter().any(|(_, name, _)| *name == new.name) {
            return Err(Conflict::NameTaken(new.name.clone()));
        }
        if taken.iter().any(|(_, _, device)| *device == new.device) {
            return Err(Conflict::DeviceTaken(new.device));
        }
        taken.push((new.id, new.name.clone(), new.device));
        self.add_events(new.id, 0, &new.events);
        let events = new.events.len() as u64;
        let standing = Standing { sequence: 0, ascending: 0, voided: 0, next_number: 1, events };
        let state = AccountState { standing, open: None, is_locked: false, last_ordinal: None };
        self.picture.accounts.insert(new.id, state);
        Ok(())
    }

    /// Takes an account's open transaction away.
    fn close(&mut self, account: AccountId, ordinal: Ordinal) -> Result<OpenState, Conflict> {
        let not_open = Conflict::NotOpen(account, ordinal);
        let Some(state) = self.picture.accounts.get_mut(&account) else { return Err(not_open) };
        let open = state.open.take_if(|open| open.ordinal == ordinal).ok_or(not_open)?;
        state.last_ordinal = state.last_ordinal.max(Some(ordinal.0));
        self.outcome.closed_at.push(open.at);
        Ok(open)
    }

    fn finish(&mut self, finished: &FinishedTransaction) -> Result<(), Conflict> {
        let FinishedTransaction { account, ordinal, .. } = *finished;
        let open = self.close(account, ordinal)?;
        let standing = &mut self.account(account)?.standing;
        standing.check_step(finished)?;
        let before = standing.events;
        *standing = Standing {
            sequence: finished.sequence,
            ascending: finished.ascending,
            voided: finished.voided,
            next_number: finished.next_number,
            events: before + finished.events.len() as u64,
        };
        self.add_events(account, before, &finished.events);
        for refused in &finished.refused {
            let reservation = refused.reservation;
            let request = self.request(account, reservation);
            if request.ordinal != Some(ordinal) {
                return Err(Conflict::NotOfTransaction(account, reservation, ordinal));
            }
            if std::mem::replace(&mut request.is_ended, true) {
                return Err(Conflict::EndedAlready(account, reservation));
            }
            let (how, reason, at) = (Ended::Refused, refused.reason.clone(), open.at);
            self.outcome.refusals.push(Ending { account, reservation, how, reason, at });
        }
        Ok(())
    }

    fn plans(&mut self, commit: &Commit) -> Result<(), Conflict> {
        let mut begun = HashMap::with_capacity(commit.plans.len());
        for (place, plan) in commit.plans.iter().enumerate() {
            let state = self.account(plan.account)?;
            if state.is_locked {
                return Err(Conflict::Locked(plan.account));
            }
            if state.last_ordinal >= Some(plan.ordinal.0) {
                return Err(Conflict::OrdinalUsed(plan.account, plan.ordinal));
            }
            let one = Begun { ordinal: plan.ordinal, plan: place };
            if state.open.is_some() || begun.insert(plan.account, one).is_some() {
                return Err(Conflict::TransactionOpen(plan.account));
            }
            self.outcome.begun.push((0, None));
        }
        for draw in &commit.draws {
            let (account, reservation) = (draw.account, draw.reservation);
            let (place, _) = self.take_place(&begun, account, reservation, draw.plan.ordinal)?;
            self.outcome.draw_places.push(place);
            if !self.unhold(account, reservation) {
                return Err(Conflict::NotHeld(account, reservation));
            }
            self.request(account, reservation).ordinal = Some(draw.plan.ordinal);
        }
        for new in &commit.reservations {
            let mut state = RequestState { is_held: true, ..RequestState::default() };
            if let Some(plan) = new.plan {
                state = RequestState { ordinal: Some(plan.ordinal), ..RequestState::default() };
                let (place, first) = self.take_place(&begun, new.account, new.id, plan.ordinal)?;
                *first = Some(first.map_or(new.id, |first| first.min(new.id)));
                self.outcome.reservation_places.push(place);
            } else {
                self.account(new.account)?;
            }
            // Only what the commit names besides is in the picture; all others meet the table's own keys.
            let before = self.picture.requests.get_mut(&(new.account, new.id));
            if let Some(before) = before {
                *before = state;
            } else if new.plan.is_none() {
                self.picture.requests.insert((new.account, new.id), state);
            }
        }
        Ok(())
    }

    /// Takes the next place in the transaction that a request is planned for.
    fn take_place(
        &mut self,
        begun: &HashMap<AccountId, Begun>,
        account: AccountId,
        reservation: ReservationId,
        ordinal: Ordinal,
    ) -> Result<(u32, &mut Option<ReservationId>), Conflict> {
        let plan = begun.get(&account).filter(|begun| begun.ordinal == ordinal);
        let plan = plan.and_then(|begun| self.outcome.begun.get_mut(begun.plan));
        let (requests, first) = plan.ok_or(Conflict::PlanMissing(account, reservation, ordinal))?;
        *requests += 1;
        Ok((*requests - 1, first))
    }

    /// Takes a reservation off those held; false if it isn't one of them.
    fn unhold(&mut self, account: AccountId, reservation: ReservationId) -> bool {
        let is_held = std::mem::take(&mut self.request(account, reservation).is_held);
        if is_held {
            self.outcome.unheld.push((account, reservation));
        }
        is_held
    }

    /// Ends a reservation that is held, or whose transaction is being voided.
    fn end(&mut self, ending: &Ending) -> Result<(), Conflict> {
        let Ending { account, reservation, .. } = *ending;
        let is_unheld = self.unhold(account, reservation);
        let request = *self.request(account, reservation);
        let missing = request.ordinal.and_then(|ordinal| self.voided.get_mut(&(account, ordinal)));
        let may_end = is_unheld || missing.is_some();
        if request.is_ended {
            return Err(Conflict::EndedAlready(account, reservation));
        }
        if !may_end {
            return Err(Conflict::CannotEnd(account, reservation));
        }
        if let Some(missing) = missing.filter(|_| !is_unheld) {
            // Each request has one ending at most, so this never goes below zero.
            *missing = missing.saturating_sub(1);
        }
        self.request(account, reservation).is_ended = true;
        Ok(())
    }

    fn change_status(&mut self, commit: &Commit, change: &StatusChange) -> Result<(), Conflict> {
        let (account, number) = (change.account, change.number);
        let state = self.picture.serials.get_mut(&(account, number));
        let state = state.ok_or(Conflict::NotIssued(account, number))?;
        let holds = |segment: &crate::commit::Segment| {
            number.checked_sub(segment.first).is_some_and(|place| place < u64::from(segment.count))
        };
        let mut issued_now = commit.finished.iter().filter(|finished| finished.account == account);
        if !state.is_issued && !issued_now.any(|finished| finished.segments.iter().any(holds)) {
            return Err(Conflict::NotIssued(account, number));
        }
        if state.usage != change.from {
            return Err(Conflict::UsedSince(account, number));
        }
        state.usage = change.to;
        Ok(())
    }

    fn add_redemption(&mut self, redemption: &Redemption) -> Result<(), Conflict> {
        let Redemption { account, number, place, .. } = *redemption;
        let key = (account, redemption.by.clone(), redemption.key.as_str().to_owned());
        let is_new = self.picture.redemption_keys.insert(key);
        if !is_new || self.picture.redemptions.insert((account, number, place), false).is_some() {
            return Err(Conflict::RedemptionExists(account, number, place));
        }
        Ok(())
    }

    fn add_reversal(&mut self, reversal: &Reversal) -> Result<(), Conflict> {
        let Reversal { account, number, place, .. } = *reversal;
        let found = self.picture.redemptions.get_mut(&(account, number, place));
        let is_reversed = found.is_none_or(|is_reversed| std::mem::replace(is_reversed, true));
        if is_reversed { Err(Conflict::NotReversible(account, number, place)) } else { Ok(()) }
    }
}
