//! How indicia are used: whole or in part, once each, and how a use is taken back.
//!
//! What an indicium is worth, when and where it lets in and how it is used never change, and are said by whoever asks, who has
//! read them from the indicium or from the books. How far it is used is looked up by the engine's one writer, for all uses of a
//! round together, and what it becomes is in the same commit as the use itself. So of any number of scanners that ask at once,
//! one finds it live.

use std::collections::HashMap;

use indicia::{Amount, NotRedeemable, UnixTime, Use, Wanted, Way};
use sha2::{Digest, Sha256};
use store::{
    AccountId, Books, Commit, IdempotencyKey, Redemption, Reversal, Reversed, StatusChange, StoreError,
    StoredRedemption, Usage,
};

use crate::command::Command;
use crate::error::EngineError;
use crate::request::{Outcome, RedeemRequest, Reply, ReverseRequest};
use crate::worker::{Round, Worker};

/// What the books say of the indicia that are used in a round, kept up with what the round makes of them.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Of those that were ever issued.
    usages: HashMap<(AccountId, u64), Usage>,
    made: HashMap<(AccountId, String, IdempotencyKey), StoredRedemption>,
    /// Why the books couldn't be asked.
    failed: Option<EngineError>,
}

impl Uses {
    /// Asks the books, together, about all indicia that these commands use; the round has changed so much already.
    pub(crate) fn look_up(&mut self, commands: &[Command], books: &dyn Books, commit: &Commit) {
        self.failed = self.ask(commands, books, commit).err().map(EngineError::from);
    }

    fn ask(&mut self, commands: &[Command], books: &dyn Books, commit: &Commit) -> Result<(), StoreError> {
        let (mut indicia, mut keys) = (Vec::new(), Vec::new());
        for command in commands {
            match command {
                Command::Redeem { request, .. } => {
                    indicia.push((request.account, request.serial.number()));
                    keys.push((request.account, request.by.as_str(), &request.key));
                }
                Command::Reverse { request, .. } => indicia.push((request.account, request.serial.number())),
                _ => {}
            }
        }
        if indicia.is_empty() {
            return Ok(());
        }
        let stored = books.usages(&indicia)?;
        self.usages = stored.into_iter().map(|(account, number, usage)| ((account, number), usage)).collect();
        let changed = commit.statuses.iter().map(|change| ((change.account, change.number), change.to));
        self.usages.extend(changed);
        if !keys.is_empty() {
            for stored in books.redemptions_by_keys(&keys)? {
                let made = &stored.redemption;
                self.made.insert((made.account, made.by.clone(), made.key.clone()), stored);
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), EngineError> {
        self.failed.clone().map_or(Ok(()), Err)
    }
}

impl Worker {
    /// Takes a use of an indicium into the round.
    pub(crate) fn redeem(
        &mut self,
        request: &RedeemRequest,
        reply: Reply,
        uses: &mut Uses,
        round: &mut Round,
    ) {
        let redeemed = self.redeemed(request, uses, round);
        round.answers.push((reply, redeemed.map(|made| Outcome::Redeemed(Box::new(made)))));
    }

    fn redeemed(
        &mut self,
        request: &RedeemRequest,
        uses: &mut Uses,
        round: &mut Round,
    ) -> Result<StoredRedemption, EngineError> {
        uses.check()?;
        let (account, number) = (request.account, request.serial.number());
        let key = (account, request.by.clone(), request.key.clone());
        if let Some(made) = uses.made.get(&key) {
            let is_same = is_repetition(request, &made.redemption);
            return is_same.then(|| made.clone()).ok_or(EngineError::KeyReused(request.key.to_string()));
        }
        let not_redeemable = |why| EngineError::NotRedeemable { serial: request.serial, why };
        if self.books.get(&account).is_some_and(|book| book.becoming_void.contains_key(&number)) {
            return Err(not_redeemable(NotRedeemable::BecomingVoid));
        }
        let from = uses.usages.get(&(account, number)).copied();
        let from = from.ok_or(not_redeemable(NotRedeemable::NeverIssued))?;
        let wanted = Wanted {
            amount: request.amount,
            way: request.way,
            at: request.at,
            entrance: request.entrance.as_deref(),
            showing: request.showing,
            is_countersigned: request.is_countersigned,
            is_past: request.is_offline,
        };
        let Use { to, value, excess, moved } =
            request.terms.redeem(from.into(), &wanted).map_err(not_redeemable)?;
        let to = Usage::new(to, from.redemptions.saturating_add(1));
        let redemption = Redemption {
            account,
            number,
            place: to.redemptions,
            by: request.by.clone(),
            key: request.key.clone(),
            request_digest: digest(request),
            value,
            used: to.used,
            excess,
            moved,
            outside: to.outside,
            gate: request.gate.clone(),
            at: request.at,
            received: (self.clock)(),
        };
        uses.usages.insert((account, number), to);
        let twice = if excess > 0 { ", without a network, beyond what was left" } else { "" };
        let what = match request.way {
            Way::In => "redeemed",
            Way::Out => "let out",
        };
        let reason = format!("{what} at {} by {}{twice}", request.gate, request.by);
        let (at, expires) = (request.at, request.terms.expires);
        round.commit.statuses.push(StatusChange { account, number, from, to, at, reason, expires });
        round.commit.redemptions.push(redemption.clone());
        let made = StoredRedemption { redemption, reversed: None };
        uses.made.insert(key, made.clone());
        Ok(made)
    }

    /// Takes back a use of an indicium with the round.
    pub(crate) fn reverse(
        &mut self,
        request: &ReverseRequest,
        reply: Reply,
        uses: &mut Uses,
        round: &mut Round,
    ) {
        let reversed = self.reversed(request, uses, round);
        round.answers.push((reply, reversed.map(|made| Outcome::Redeemed(Box::new(made)))));
    }

    fn reversed(
        &mut self,
        request: &ReverseRequest,
        uses: &mut Uses,
        round: &mut Round,
    ) -> Result<StoredRedemption, EngineError> {
        uses.check()?;
        let ReverseRequest { account, serial, place, .. } = *request;
        let number = serial.number();
        let mut found = None;
        self.store.books().redemptions(account, number, 1, &mut |stored| {
            if stored.redemption.place == place {
                found = Some(stored);
            }
            Ok(())
        })?;
        let mut stored = found.ok_or(EngineError::UnknownRedemption { serial, place })?;
        let now_gone = round
            .commit
            .reversals
            .iter()
            .find(|gone| (gone.account, gone.number, gone.place) == (account, number, place));
        if let Some(gone) = now_gone {
            stored.reversed =
                Some(Reversed { by: gone.by.clone(), reason: gone.reason.clone(), at: gone.at });
        }
        if let Some(reversed) = &stored.reversed {
            let by = reversed.by.clone();
            let is_same = by == request.by && reversed.reason == request.reason;
            return is_same.then_some(stored).ok_or(EngineError::ReversedAlready { serial, place, by });
        }
        // What has a redemption was issued.
        let from = uses.usages.get(&(account, number)).copied().unwrap_or_default();
        let Redemption { value, moved, .. } = stored.redemption;
        let is_something = value > 0 || moved != 0;
        let not_reversible = |why| EngineError::NotReversible { serial, place, why };
        if is_something
            && self.books.get(&account).is_some_and(|book| book.becoming_void.contains_key(&number))
        {
            return Err(not_reversible(NotRedeemable::BecomingVoid));
        }
        let taken_back = request.terms.take_back(from.into(), value, moved).map_err(not_reversible)?;
        let (to, at) = (Usage::new(taken_back, from.redemptions), (self.clock)());
        uses.usages.insert((account, number), to);
        let reason = format!("redemption {place} was taken back by {}: {}", request.by, request.reason);
        // It is kept from the redemption.
        let expires = None;
        round.commit.statuses.push(StatusChange { account, number, from, to, at, reason, expires });
        let (by, reason) = (request.by.clone(), request.reason.clone());
        stored.reversed = Some(Reversed { by: by.clone(), reason: reason.clone(), at });
        round.commit.reversals.push(Reversal { account, number, place, by, reason, at });
        Ok(stored)
    }
}

/// Whether a use is the one that was made under its key. Whoever asked, never heard the answer and then decided alone tells
/// the same use later, with its time; and if he asked for all that was left, with how much he took that for.
fn is_repetition(request: &RedeemRequest, made: &Redemption) -> bool {
    let is_asked = |amount| digest_of(request, amount, None) == made.request_digest;
    let given = made.value.saturating_add(made.moved.unsigned_abs());
    let is_all = request.amount.is_some_and(|amount| amount.units() == given);
    digest(request) == made.request_digest
        || request.is_offline && (is_asked(request.amount) || is_all && is_asked(None))
}

/// Tells a repetition from another use under the same key.
fn digest(request: &RedeemRequest) -> [u8; 32] {
    // What is asked now is the same later; what was done offline has its time.
    digest_of(request, request.amount, request.is_offline.then_some(request.at))
}

fn digest_of(request: &RedeemRequest, amount: Option<Amount>, offline_at: Option<UnixTime>) -> [u8; 32] {
    let amount = amount.map(|amount| amount.to_string()).unwrap_or_default();
    let offline_at = offline_at.map(|at| at.0.to_string());
    let mut hash = Sha256::new();
    let way = (request.way == Way::Out).then(|| "out".to_owned());
    let parts = [request.serial.to_string(), amount, request.gate.clone()];
    for part in parts.into_iter().chain(offline_at).chain(way) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
