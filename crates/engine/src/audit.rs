//! The audit: every invariant recomputed from what is stored, without believing any total that is stored beside it.

use std::collections::BTreeMap;

use indicia::{Claims, Indicium, Segment, SegmentError, TrustBundle};
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
#[derive(Debug, Default)]
struct Sums {
    indicia: u64,
    value: u64,
    next_number: u64,
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
        let sums = one.indicia(&mut on_indicium)?;
        one.totals(last.as_ref(), &sums);
        one.reservations(&sums)?;
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

    /// Every indicium is read, verified and added up: invariants 2 and 3.
    fn indicia(&mut self, on_indicium: &mut impl FnMut(u64)) -> Result<Sums, EngineError> {
        let mut sums = Sums::default();
        let mut faults = Vec::new();
        let before = self.report.indicia;
        let (account, bundle) = (self.account, self.bundle);
        self.reader.segments(account.id, 0, u64::MAX, |segment| {
            let counted = sums.indicia;
            let read = Segment::new(segment.bytes).each(|number, bytes| {
                faults.extend(check_indicium(account, bundle, number, &bytes, &mut sums));
                sums.indicia += 1;
                Ok::<_, SegmentError>(())
            });
            if let Err(error) = read {
                faults.push(format!("the indicia from number {}: {error}", segment.first));
            } else if sums.indicia - counted != u64::from(segment.count) {
                faults.push(format!(
                    "the row from number {} doesn't hold as many indicia as it says",
                    segment.first
                ));
            }
            on_indicium(before + sums.indicia);
            Ok::<_, StoreError>(())
        })?;
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

    /// Each reservation came to exactly one end: invariants 3 and 6.
    fn reservations(&mut self, sums: &Sums) -> Result<(), EngineError> {
        let (mut count, mut value, mut open) = (0, 0, 0_u64);
        let next = self.reader.next_ids(self.account.id)?.reservation.0;
        for id in 1..next {
            let Some((stored, _)) = self.reader.reservation(self.account.id, ReservationId(id))? else {
                continue;
            };
            self.report.reservations += 1;
            match stored.outcome {
                ReservationOutcome::Done { .. } if stored.kind == RequestKind::Issue => {
                    count += u64::from(stored.count);
                    value += stored.value;
                }
                ReservationOutcome::Held | ReservationOutcome::Open => {
                    open = open.saturating_add(stored.value);
                }
                _ => {}
            }
        }
        if (count, value) != (sums.indicia, sums.value) {
            self.fault(format_args!(
                "its finished batches come to {count} indicia and {value} units, its indicia to {} and {}",
                sums.indicia, sums.value
            ));
        }
        if open > self.account.descending {
            self.fault("more is reserved than there is");
        }
        Ok(())
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

fn check_indicium(
    account: &Account,
    bundle: &TrustBundle,
    number: u64,
    bytes: &[u8],
    sums: &mut Sums,
) -> Option<String> {
    let indicium = match Indicium::decode(bytes) {
        Ok(indicium) => indicium,
        Err(error) => return Some(format!("indicium {number}: {error}")),
    };
    let claims = indicium.claims();
    let fault =
        check_claims(account, claims, number, sums).or_else(|| match bundle.device(indicium.key_id()) {
            None => Some("its key isn't certified".to_owned()),
            Some(certificate) => {
                indicium.verify_signature(&certificate.key).err().map(|error| error.to_string())
            }
        });
    sums.value = sums.value.saturating_add(claims.amount.units());
    sums.next_number = number + 1;
    fault.map(|fault| format!("indicium {number}: {fault}"))
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
