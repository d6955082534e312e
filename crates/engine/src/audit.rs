//! The audit: every invariant recomputed from what is stored, without believing any total that is stored beside it.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec;

use indicia::{Claims, Indicium, Segment, SegmentError, TrustBundle};
use rayon::prelude::*;
use store::{
    Account, FinishedFacts, Reader, RequestKind, ReservationId, ReservationOutcome, StoreError,
    TransactionOutcome,
};

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
    /// Reservations followed to their end.
    pub reservations: u64,
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

/// What has been added up of one account.
#[derive(Debug)]
struct Sums {
    indicia: u64,
    value: u64,
    next_number: u64,
    batches: Peekable<vec::IntoIter<Batch>>,
}

/// Audits all accounts. `on_indicium` hears how many indicia were read so far.
///
/// # Errors
/// [`EngineError`] when the store or the module can't be asked; what is wrong in them is in the report.
pub fn audit(
    reader: &Reader,
    module: &dyn SecureModule,
    bundle: &TrustBundle,
    mut on_indicium: impl FnMut(u64),
) -> Result<AuditReport, EngineError> {
    let mut report = AuditReport::default();
    report.faults.extend(reader.find_damage()?.into_iter().map(|damage| format!("the store: {damage}")));
    for summary in reader.accounts()? {
        let Some(account) = reader.account(summary.id)? else { continue };
        let mut one = AccountAudit { reader, bundle, account: &account, report: &mut report };
        let last = one.transactions()?;
        let batches = one.reservations()?;
        let sums = one.indicia(batches, &mut on_indicium)?;
        one.totals(last.as_ref(), &sums);
        one.record(module);
        report.accounts += 1;
    }
    Ok(report)
}

struct AccountAudit<'a> {
    reader: &'a Reader,
    bundle: &'a TrustBundle,
    account: &'a Account,
    report: &'a mut AuditReport,
}

impl AccountAudit<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        self.report.faults.push(format!("account {}: {what}", self.account.name));
    }

    /// Each finished transaction follows from the one before: invariants 1 and 5.
    fn transactions(&mut self) -> Result<Option<FinishedFacts>, EngineError> {
        let mut faults = Vec::new();
        let mut count = 0;
        let mut last: Option<FinishedFacts> = None;
        self.reader.transactions(self.account.id, |transaction| {
            if let TransactionOutcome::Finished(facts) = transaction.outcome {
                count += 1;
                faults.extend(check_step(last.as_ref(), &facts));
                last = Some(*facts);
            }
            Ok(())
        })?;
        self.report.transactions += count;
        faults.into_iter().for_each(|fault| self.fault(fault));
        Ok(last)
    }

    /// Every indicium is read, verified and added up, and belongs to one finished batch: invariants 2 and 3.
    fn indicia(
        &mut self,
        batches: Vec<Batch>,
        on_indicium: &mut impl FnMut(u64),
    ) -> Result<Sums, EngineError> {
        let mut sums = Sums::new(batches);
        let mut faults = Vec::new();
        let before = self.report.indicia;
        let (account, bundle) = (self.account, self.bundle);
        self.reader.segments(account.id, 0, u64::MAX, |segment| {
            let mut indicia = Vec::with_capacity(segment.count as usize);
            let read = Segment::new(segment.bytes).each(|number, bytes| {
                indicia.push((number, bytes));
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
            // Verifying takes nearly all of an audit's time; adding up goes in order.
            let read: Vec<_> = indicia.par_iter().map(|(_, bytes)| Checked::new(bundle, bytes)).collect();
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

    /// The registers that are shown are those of the last transaction, and the ascending one is what was issued.
    fn totals(&mut self, last: Option<&FinishedFacts>, sums: &Sums) {
        let account = self.account;
        if sums.value != account.ascending {
            self.fault(format_args!(
                "its indicia are worth {} units, its ascending register says {}",
                sums.value, account.ascending
            ));
        }
        let shown =
            (account.sequence, account.ascending, account.descending, account.funded, account.refunded);
        let stored = last.map_or((0, 0, 0, 0, 0), |facts| {
            (facts.sequence, facts.ascending, facts.descending, facts.funded, facts.refunded)
        });
        if shown != stored {
            self.fault("the registers that are shown aren't those of its last transaction");
        }
    }

    /// Each reservation came to exactly one end, and nothing is reserved that isn't there: invariant 6. Returns the
    /// finished batches in the order of their serials.
    fn reservations(&mut self) -> Result<Vec<Batch>, EngineError> {
        let (mut batches, mut open) = (Vec::new(), 0_u64);
        let next = self.reader.next_ids(self.account.id)?.reservation.0;
        for id in 1..next {
            let Some((stored, _)) = self.reader.reservation(self.account.id, ReservationId(id))? else {
                continue;
            };
            self.report.reservations += 1;
            match stored.outcome {
                ReservationOutcome::Done { first_number } if stored.kind == RequestKind::Issue => {
                    batches.push(Batch { id, next: first_number, left: stored.count, value: stored.value });
                }
                ReservationOutcome::Held | ReservationOutcome::Open => {
                    open = open.saturating_add(stored.value);
                }
                _ => {}
            }
        }
        if open > self.account.descending {
            self.fault("more is reserved than there is");
        }
        batches.sort_by_key(|batch| batch.next);
        Ok(batches)
    }

    /// The device record is the one that the module remembers, and says the same.
    fn record(&mut self, module: &dyn SecureModule) {
        let account = self.account;
        let inspected = match module.inspect(&account.record) {
            Ok(inspected) => inspected,
            Err(error) => return self.fault(format_args!("its device record: {error}")),
        };
        if let Some(fault) = inspected.fault {
            self.fault(fault);
        }
        let registers = inspected.registers;
        let inside = (
            inspected.sequence,
            registers.ascending,
            registers.descending,
            registers.funded,
            registers.refunded,
        );
        if inside
            != (account.sequence, account.ascending, account.descending, account.funded, account.refunded)
        {
            self.fault("the registers that are shown aren't those inside its device record");
        }
        if let Some(reason) = &account.locked {
            self.fault(format_args!("it is locked: {reason}"));
        }
    }
}

fn check_step(before: Option<&FinishedFacts>, after: &FinishedFacts) -> Vec<String> {
    let mut faults = Vec::new();
    let (sequence, ascending) = before.map_or((0, 0), |facts| (facts.sequence, facts.ascending));
    let at = after.sequence;
    if at != sequence + 1 {
        faults.push(format!("transaction {at} follows transaction {sequence}"));
    }
    if ascending.checked_add(after.value) != Some(after.ascending) {
        faults.push(format!("the ascending register at transaction {at} didn't grow by what was issued"));
    }
    let held = u128::from(after.ascending) + u128::from(after.descending) + u128::from(after.refunded);
    if held != u128::from(after.funded) {
        faults.push(format!("at transaction {at}, ascending + descending isn't funded − refunded"));
    }
    faults
}

/// A finished batch, and what of it hasn't been met among the indicia.
#[derive(Debug)]
struct Batch {
    id: u64,
    /// The next serial number.
    next: u64,
    /// Indicia.
    left: u32,
    /// Units.
    value: u64,
}

impl Batch {
    fn short(&self) -> String {
        let Batch { id, left, value, .. } = self;
        format!("of reservation {id}, {left} indicia and {value} units are missing")
    }
}

/// What an indicium says, and what is wrong with it in itself.
struct Checked<'a> {
    claims: Option<Claims<'a>>,
    fault: Option<String>,
}

impl<'a> Checked<'a> {
    fn new(bundle: &TrustBundle, bytes: &'a [u8]) -> Self {
        let indicium = match Indicium::decode(bytes) {
            Ok(indicium) => indicium,
            Err(error) => return Self { claims: None, fault: Some(error.to_string()) },
        };
        let fault = match bundle.device(indicium.key_id()) {
            None => Some("its key isn't certified".to_owned()),
            Some(certificate) => {
                indicium.verify_signature(&certificate.key).err().map(|error| error.to_string())
            }
        };
        Self { claims: Some(indicium.claims().clone()), fault }
    }
}

impl Sums {
    fn new(batches: Vec<Batch>) -> Self {
        Self { indicia: 0, value: 0, next_number: 0, batches: batches.into_iter().peekable() }
    }

    /// Adds the indicium that stands at a number, and says what is wrong with it.
    fn add(&mut self, account: &Account, number: u64, checked: Checked<'_>) -> Vec<String> {
        let mut faults: Vec<String> = checked.fault.into_iter().collect();
        if let Some(claims) = checked.claims {
            faults.extend(check_claims(account, &claims, number, self));
            faults.extend(self.count_to_batch(number, claims.amount.units()));
            self.value = self.value.saturating_add(claims.amount.units());
        }
        self.indicia += 1;
        self.next_number = number + 1;
        faults.into_iter().map(|fault| format!("indicium {number}: {fault}")).collect()
    }

    fn count_to_batch(&mut self, number: u64, units: u64) -> Option<String> {
        let Some(batch) = self.batches.peek_mut().filter(|batch| batch.next == number && batch.left > 0)
        else {
            return Some("no finished batch asked for it".to_owned());
        };
        batch.next += 1;
        batch.left -= 1;
        let is_too_much = units > batch.value;
        batch.value = batch.value.saturating_sub(units);
        if batch.left > 0 && !is_too_much {
            return None;
        }
        let batch = if batch.left == 0 { self.batches.next()? } else { return None };
        (is_too_much || batch.value > 0)
            .then(|| format!("it ends reservation {}, which doesn't come to what was reserved", batch.id))
    }
}

fn check_claims(account: &Account, claims: &Claims<'_>, number: u64, sums: &Sums) -> Option<String> {
    if claims.serial.device() != account.device || claims.serial.number() != number {
        return Some("it has another serial than its place".to_owned());
    }
    if number < sums.next_number {
        return Some("its number stands there twice".to_owned());
    }
    if claims.amount.denomination() != account.denomination {
        return Some("it is in another denomination than its account".to_owned());
    }
    let ascending = sums.value.checked_add(claims.amount.units());
    match claims.registers {
        Some((printed, _)) if Some(printed) != ascending => {
            Some("its printed ascending register isn't what was issued up to it".to_owned())
        }
        _ => None,
    }
}
