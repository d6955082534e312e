//! Adding up indicia, and following each finished batch to its last one.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec;

use indicia::{Claims, Erased, Indicium, Kept, TrustBundle};
use store::Account;

use super::uses::Uses;
use super::voids::Voids;

/// What has been added up of one account.
#[derive(Debug)]
pub(super) struct Sums {
    pub(super) indicia: u64,
    pub(super) value: u64,
    next_number: u64,
    pub(super) batches: Peekable<vec::IntoIter<Batch>>,
    pub(super) voids: Voids,
    pub(super) uses: Uses,
    /// Numbers of those whose holders' data was erased by an order.
    erased: BTreeSet<u64>,
}

/// A finished batch, and what of it hasn't been met among the indicia.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: u64,
    /// The next serial number.
    pub(super) next: u64,
    /// Indicia.
    pub(super) left: u32,
    /// Units.
    pub(super) value: u64,
}

impl Batch {
    pub(super) fn short(&self) -> String {
        let Batch { id, left, value, .. } = self;
        format!("of reservation {id}, {left} indicia and {value} units are missing")
    }
}

/// What an indicium says, and what is wrong with it in itself.
pub(super) struct Checked<'a> {
    claims: Option<Claims<'a>>,
    is_erased: bool,
    fault: Option<String>,
}

impl<'a> Checked<'a> {
    pub(super) fn new(bundle: &TrustBundle, kept: &'a Kept) -> Self {
        let bytes = match kept {
            Kept::Whole(bytes) => bytes,
            Kept::Erased(erased) => return Self::of_erased(bundle, erased),
        };
        let indicium = match Indicium::decode(bytes) {
            Ok(indicium) => indicium,
            Err(error) => return Self { claims: None, is_erased: false, fault: Some(error.to_string()) },
        };
        let fault = match bundle.device(indicium.key_id()) {
            None => Some("its key isn't certified".to_owned()),
            Some(certificate) => {
                indicium.verify_signature(&certificate.key).err().map(|error| error.to_string())
            }
        };
        Self { claims: Some(indicium.claims().clone()), is_erased: false, fault }
    }

    /// Of what was signed together with others, the hash of what was signed is still one of those; what was signed by itself is only
    /// known to be of a key that is certified.
    fn of_erased(bundle: &TrustBundle, erased: &Erased) -> Self {
        let (claims, key) = match erased.read() {
            Ok(read) => read,
            Err(error) => return Self { claims: None, is_erased: true, fault: Some(error.to_string()) },
        };
        let fault = match bundle.device(key) {
            None => Some("its key isn't certified".to_owned()),
            Some(certificate) => {
                erased.verify_signature(&certificate.key).err().map(|error| error.to_string())
            }
        };
        Self { claims: Some(claims), is_erased: true, fault }
    }
}

impl Sums {
    pub(super) fn new(batches: Vec<Batch>, voids: Voids, uses: Uses, erased: BTreeSet<u64>) -> Self {
        let batches = batches.into_iter().peekable();
        Self { indicia: 0, value: 0, next_number: 0, batches, voids, uses, erased }
    }

    /// Adds the indicium that stands at a number, and says what is wrong with it.
    pub(super) fn add(&mut self, account: &Account, number: u64, checked: Checked<'_>) -> Vec<String> {
        let mut faults: Vec<String> = checked.fault.into_iter().collect();
        if let Some(claims) = checked.claims {
            faults.extend(check_claims(account, &claims, number, self));
            let is_to_be = self.erased.contains(&number) && claims.holder.is_some();
            faults.extend(match (is_to_be, checked.is_erased) {
                (true, false) => Some("its holder's data is there, and was to be erased".to_owned()),
                (false, true) => Some("its holder's data was erased, and no order said so".to_owned()),
                _ => None,
            });
            faults.extend(self.count_to_batch(number, claims.amount.units()));
            self.value = self.value.saturating_add(claims.amount.units());
            let (used, fault) = self.uses.meet(number, claims.amount.units());
            faults.extend(fault);
            self.voids.meet(number, claims.amount.units().saturating_sub(used));
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
