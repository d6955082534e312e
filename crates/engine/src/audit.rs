//! The audit: every invariant recomputed from what is stored, without believing any total that is stored beside it.

mod steps;
mod sums;
mod uses;
mod voids;

use std::collections::{BTreeMap, BTreeSet};

use indicia::{Segment, SegmentError, Status, TrustBundle};
use module::event::{Event, EventChain};
use module::order::{Order, OrderAction};
use module::record::Registers;
use module::serials::Serials;
use rayon::prelude::*;
use store::{
    Account, AccountId, Books, FinishedFacts, Ordinal, RequestKind, ReservationId, ReservationOutcome,
    StoreError, StoredEvent, TransactionOutcome,
};

use self::steps::{Moves, check_step};
use self::sums::{Batch, Checked, Sums};
use self::uses::Uses;
use self::voids::Voids;
use crate::error::EngineError;
use crate::host::SecureModule;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Accounts looked at.
    pub accounts: u64,
    /// Transactions recomputed.
    pub transactions: u64,
    /// Indicia read, and their signatures verified.
    pub indicia: u64,
    /// Of them, those that are void.
    pub void: u64,
    /// Redemptions followed, those that were taken back among them.
    pub redemptions: u64,
    /// Reservations followed to their end.
    pub reservations: u64,
    /// Events read, each in its chain.
    pub events: u64,
    /// Value issued, by denomination, in units.
    pub issued: BTreeMap<String, u128>,
    /// Everything that isn't as it must be, a sentence each.
    pub faults: Vec<String>,
}

impl AuditReport {
    /// Whether the books balance to the last indicium.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Audits all accounts. `on_indicium` hears how many indicia were read so far.
///
/// # Errors
/// [`EngineError`] when the store or the module can't be asked; what is wrong in them is in the report.
pub fn audit(
    reader: &dyn Books,
    module: &dyn SecureModule,
    bundle: &TrustBundle,
    mut on_indicium: impl FnMut(u64),
) -> Result<AuditReport, EngineError> {
    let mut report = AuditReport::default();
    report.faults.extend(reader.find_damage()?.into_iter().map(|damage| format!("the store: {damage}")));
    for summary in reader.accounts()? {
        let Some(account) = reader.account(summary.id)? else { continue };
        let mut one = AccountAudit { reader, bundle, account: &account, report: &mut report };
        let asked = one.reservations()?;
        let last = one.transactions(&asked.moves)?;
        let (voids, uses) = one.happened(asked.voids)?;
        let sums = Sums::new(asked.batches, voids, uses, asked.erased);
        let sums = one.indicia(sums, &mut on_indicium)?;
        one.totals(last.as_ref(), &sums);
        let events = one.events()?;
        one.record(module, events);
        report.accounts += 1;
    }
    staff(reader, module, &mut report)?;
    Ok(report)
}

/// What is on record of the staff is what the module has the chain of.
fn staff(reader: &dyn Books, module: &dyn SecureModule, report: &mut AuditReport) -> Result<(), EngineError> {
    let list = module.staff().map_err(|error| EngineError::Module(error.to_string()))?;
    let (chain, faults) = follow(reader, AccountId::STAFF)?;
    report.events += chain.count;
    report.faults.extend(faults.into_iter().map(|fault| format!("the staff: {fault}")));
    if chain != list.events {
        let (found, known) = (chain.count, list.events.count);
        report.faults.push(format!(
            "the staff: its {found} events aren't the {known} that the module has the chain of"
        ));
    }
    Ok(())
}

/// Where the chain of the events of an account ends; which of them can't be read or haven't the number of their place.
fn follow(reader: &dyn Books, account: AccountId) -> Result<(EventChain, Vec<String>), EngineError> {
    let (mut chain, mut faults) = (EventChain::default(), Vec::new());
    reader.events(account, 0, u64::MAX, &mut |StoredEvent { number, bytes }| {
        chain.follow(bytes);
        match Event::decode(bytes) {
            Ok(event) if event.number == number && number == chain.count => {}
            Ok(event) => faults.push(format!("event {} stands at place {number}", event.number)),
            Err(error) => faults.push(format!("event {number} can't be read: {error}")),
        }
        Ok(())
    })?;
    Ok((chain, faults))
}

struct AccountAudit<'a> {
    reader: &'a dyn Books,
    bundle: &'a TrustBundle,
    account: &'a Account,
    report: &'a mut AuditReport,
}

impl AccountAudit<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        self.report.faults.push(format!("account {}: {what}", self.account.name));
    }

    /// Each finished transaction follows from the one before and what was asked of it: invariants 1 and 5.
    fn transactions(
        &mut self,
        moves: &BTreeMap<Ordinal, Moves>,
    ) -> Result<Option<FinishedFacts>, EngineError> {
        let mut faults = Vec::new();
        let mut count = 0;
        let mut last: Option<FinishedFacts> = None;
        self.reader.transactions(self.account.id, &mut |transaction| {
            if let TransactionOutcome::Finished(facts) = transaction.outcome {
                count += 1;
                let moves = moves.get(&transaction.ordinal).copied().unwrap_or_default();
                faults.extend(check_step(last.as_ref(), &facts, moves));
                last = Some(*facts);
            }
            Ok(())
        })?;
        self.report.transactions += count;
        faults.into_iter().for_each(|fault| self.fault(fault));
        Ok(last)
    }

    /// Every indicium is read, verified and added up, and belongs to one finished batch: invariants 2 and 3.
    fn indicia(&mut self, mut sums: Sums, on_indicium: &mut impl FnMut(u64)) -> Result<Sums, EngineError> {
        let mut faults = Vec::new();
        let before = self.report.indicia;
        let (account, bundle) = (self.account, self.bundle);
        self.reader.segments(account.id, 0, u64::MAX, &mut |segment| {
            let mut indicia = Vec::with_capacity(segment.count as usize);
            let read = Segment::new(segment.bytes).each_kept(|number, kept| {
                indicia.push((number, kept));
                Ok::<_, SegmentError>(())
            });
            if let Err(error) = read {
                faults.push(format!("the indicia from number {}: {error}", segment.first));
            } else if indicia.len() != segment.count as usize {
                faults.push(format!(
                    "the row from number {} doesn't hold as many indicia as it says",
                    segment.first
                ));
            }
            if indicia.first().is_some_and(|(number, _)| *number != segment.first) {
                faults.push(format!("the row from number {} begins with another number", segment.first));
            }
            // Verifying takes nearly all of an audit's time; adding up goes in order.
            let read: Vec<_> = indicia.par_iter().map(|(_, kept)| Checked::new(bundle, kept)).collect();
            for ((number, _), checked) in indicia.iter().zip(read) {
                faults.extend(sums.add(account, *number, checked));
            }
            on_indicium(before + sums.indicia);
            Ok::<_, StoreError>(())
        })?;
        faults.extend(sums.batches.by_ref().map(|batch| batch.short()));
        self.report.indicia += sums.indicia;
        let denomination = account.denomination.to_string();
        *self.report.issued.entry(denomination).or_default() += u128::from(sums.value);
        faults.into_iter().for_each(|fault| self.fault(fault));
        Ok(sums)
    }

    /// What is void in the books became so by an order, once: as with the value that came back, of which `totals` takes the sum.
    /// What is used was used by redemptions.
    fn happened(&mut self, mut voids: Voids) -> Result<(Voids, Uses), EngineError> {
        let statuses = self.reader.statuses(self.account.id, 0, u64::MAX)?;
        let void = statuses.iter().filter(|one| one.usage.status == Status::Void).map(|one| one.number);
        let void: BTreeSet<u64> = void.collect();
        self.report.void += void.len() as u64;
        voids.compare(void).into_iter().for_each(|fault| self.fault(fault));
        let (mut uses, mut faults) = (Uses::new(&statuses), Vec::new());
        self.reader.redemptions(self.account.id, 0, u64::MAX, &mut |stored| {
            self.report.redemptions += 1;
            faults.extend(uses.follow(&stored));
            Ok(())
        })?;
        faults.extend(uses.compare());
        faults.into_iter().for_each(|fault| self.fault(fault));
        Ok((voids, uses))
    }

    /// The registers that are shown are those of the last transaction, and the ascending one is what was issued.
    fn totals(&mut self, last: Option<&FinishedFacts>, sums: &Sums) {
        let account = self.account;
        if sums.value != account.ascending {
            self.fault(format_args!(
                "its indicia are worth {} units, its ascending register says {}",
                sums.value, account.ascending
            ));
        }
        let unmet = sums.voids.end(account.voided).into_iter().chain(sums.uses.end());
        unmet.for_each(|fault| self.fault(fault));
        let stored = last.map_or_else(Default::default, |facts| {
            let FinishedFacts { sequence, ascending, descending, funded, refunded, voided, .. } = *facts;
            (sequence, Registers { ascending, descending, funded, refunded, voided })
        });
        if shown(account) != stored {
            self.fault("the registers that are shown aren't those of its last transaction");
        }
    }

    /// Each reservation came to exactly one end, and nothing is reserved that isn't there: invariant 6.
    fn reservations(&mut self) -> Result<AskedFor, EngineError> {
        let (mut asked, mut open) = (AskedFor::default(), 0_u64);
        let next = self.reader.next_ids(self.account.id)?.reservation.0;
        for id in 1..next {
            let Some((stored, body)) = self.reader.reservation(self.account.id, ReservationId(id))? else {
                continue;
            };
            self.report.reservations += 1;
            match (&stored.outcome, stored.plan) {
                (ReservationOutcome::Done { .. }, Some(plan)) => {
                    let moves = asked.moves.entry(plan.ordinal).or_default();
                    match stored.kind {
                        RequestKind::Issue => {
                            moves.issued += u128::from(stored.value);
                            asked.batches.push(Batch {
                                id,
                                next: plan.first_number,
                                left: stored.count,
                                value: stored.value,
                            });
                        }
                        RequestKind::Change | RequestKind::SignIn => {}
                        RequestKind::Fund
                        | RequestKind::Refund
                        | RequestKind::Void
                        | RequestKind::Erase
                        | RequestKind::State => match Order::read(&body) {
                            Ok(order) => {
                                moves.follow(&order.action);
                                if let OrderAction::Erase(erasure) = &order.action {
                                    let serials = erasure.serials.iter();
                                    asked.erased.extend(serials.flat_map(Serials::numbers));
                                }
                                let twice = asked.voids.follow(&order);
                                twice.into_iter().for_each(|fault| self.fault(fault));
                            }
                            Err(error) => {
                                self.fault(format_args!("the order of reservation {id}: {error}"));
                            }
                        },
                    }
                }
                (ReservationOutcome::Held | ReservationOutcome::Open, _) => {
                    open = open.saturating_add(stored.value);
                }
                _ => {}
            }
        }
        if open > self.account.descending {
            self.fault("more is reserved than there is");
        }
        asked.batches.sort_by_key(|batch| batch.next);
        Ok(asked)
    }

    /// Every event can be read and has the number of its place; where their chain ends.
    fn events(&mut self) -> Result<EventChain, EngineError> {
        let (chain, faults) = follow(self.reader, self.account.id)?;
        self.report.events += chain.count;
        faults.into_iter().for_each(|fault| self.fault(fault));
        Ok(chain)
    }

    /// The device record is the one that the module remembers, and says the same.
    fn record(&mut self, module: &dyn SecureModule, events: EventChain) {
        let account = self.account;
        let inspected = match module.inspect(&account.record) {
            Ok(inspected) => inspected,
            Err(error) => return self.fault(format_args!("its device record: {error}")),
        };
        if let Some(fault) = inspected.fault {
            self.fault(fault);
        }
        if (inspected.sequence, inspected.registers) != shown(account) {
            self.fault("the registers that are shown aren't those inside its device record");
        }
        if inspected.events != events {
            self.fault(format_args!(
                "its {} events aren't the {} that its device record has the chain of",
                events.count, inspected.events.count
            ));
        }
        if let Some(reason) = &account.locked {
            self.fault(format_args!("it is locked: {reason}"));
        }
    }
}

/// What the finished requests of an account asked for.
#[derive(Debug, Default)]
struct AskedFor {
    /// In the order of their serials.
    batches: Vec<Batch>,
    moves: BTreeMap<Ordinal, Moves>,
    voids: Voids,
    /// Numbers of those whose holders' data was erased.
    erased: BTreeSet<u64>,
}

/// How far an account's device has come, and its registers, as they are shown.
fn shown(account: &Account) -> (u64, Registers) {
    let Account { sequence, ascending, descending, funded, refunded, voided, .. } = *account;
    (sequence, Registers { ascending, descending, funded, refunded, voided })
}
