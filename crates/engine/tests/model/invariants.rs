//! What the store must say at any moment, and what it must say when nothing is pending.

use std::collections::{BTreeMap, BTreeSet};

use engine::SecureModule;
use indicia::{Indicium, Segment, Status};
use store::{Books, StoreError};

use crate::account::Account;

impl Account {
    /// Invariants 1 to 3 and 6 as far as they hold in the midst of everything.
    pub(crate) fn check_moment(&self, reader: &dyn Books) {
        let at = &self.name;
        let checked = reader.consistently(|reader| {
            let stored = reader.account(self.id)?.expect("the account");
            assert_eq!(stored.locked, None, "account {at}");
            let total = stored.ascending - stored.voided + stored.descending;
            assert_eq!(total, stored.funded - stored.refunded, "account {at}: conservation");
            let indicia = self.read_indicia(reader)?;
            let worth: u64 = indicia.values().map(|(amount, _)| amount).sum();
            assert_eq!(worth, stored.ascending, "account {at}: no value without a debit");
            assert_eq!(indicia.len() as u64, stored.issued, "account {at}");
            let void = self.read_void(reader)?;
            let back: u64 = void.iter().map(|number| indicia[number].0).sum();
            assert_eq!(back, stored.voided, "account {at}: what came back is what is void");
            for (number, given) in &self.indicia {
                assert_eq!(indicia.get(number), Some(given), "account {at}: serial {number} was given out");
            }
            let open = reader.open_transaction(self.id)?.map(|open| open.reservations).unwrap_or_default();
            let held = reader.held_reservations(self.id)?;
            let reserved: u64 = open.iter().chain(&held).map(|reservation| reservation.value).sum();
            assert!(reserved <= stored.descending, "account {at}: more is reserved than there is");
            Ok(())
        });
        checked.expect("the store");
    }

    /// All of it, once everything is answered but what waits for value.
    pub(crate) fn check_exactly(&self, reader: &dyn Books) {
        let at = &self.name;
        let checked = reader.consistently(|reader| {
            let stored = reader.account(self.id)?.expect("the account");
            let descending = self.funded - self.refunded - (self.issued - self.voided);
            assert_eq!(
                (stored.funded, stored.refunded, stored.ascending, stored.voided, stored.descending),
                (self.funded, self.refunded, self.issued, self.voided, descending),
                "account {at}"
            );
            assert_eq!(self.read_indicia(reader)?, self.indicia, "account {at}: no indicium but those given");
            assert_eq!(
                self.read_void(reader)?,
                self.void,
                "account {at}: nothing is void but what was ordered"
            );
            assert_eq!(reader.open_transaction(self.id)?, None, "account {at}");
            let held: Vec<_> = reader
                .held_reservations(self.id)?
                .into_iter()
                .map(|held| (held.id, held.count as usize, held.value, held.expires.map_or(0, |at| at.0)))
                .collect();
            let expected: Vec<_> =
                self.held.iter().map(|(id, held)| (*id, held.count, held.value, held.expires)).collect();
            assert_eq!(held, expected, "account {at}: what is held");
            Ok(())
        });
        checked.expect("the store");
    }

    /// Whoever may use the device by its record may do so by the model, once everything is answered but what waits for value.
    pub(crate) fn check_users(&mut self, reader: &dyn Books, module: &dyn SecureModule) {
        let record = reader.account(self.id).expect("the store").expect("the account").record;
        let device = module.inspect(&record).expect("a record");
        let was = self.users.clone();
        self.users.retain(|users| users.is_as(&device));
        assert!(!self.users.is_empty(), "account {}: {was:?} aren't the users of {device:?}", self.name);
    }

    /// Numbers of what is void.
    fn read_void(&self, reader: &dyn Books) -> Result<BTreeSet<u64>, StoreError> {
        let dead = reader.statuses(self.id, 0, u64::MAX)?;
        assert!(
            dead.iter().all(|one| one.usage.status == Status::Void),
            "account {}: nothing is redeemed",
            self.name
        );
        Ok(dead.into_iter().map(|one| one.number).collect())
    }

    /// Price and bytes by serial number; a number that stands there twice fails.
    fn read_indicia(&self, reader: &dyn Books) -> Result<BTreeMap<u64, (u64, Vec<u8>)>, StoreError> {
        let mut indicia = BTreeMap::new();
        reader.segments(self.id, 0, u64::MAX, &mut |segment| {
            let read = Segment::new(segment.bytes).each(|number, bytes| {
                let amount = Indicium::decode(&bytes).expect("an indicium").claims().amount.units();
                let before = indicia.insert(number, (amount, bytes));
                assert_eq!(before, None, "account {}: serial {number} twice", self.name);
                Ok::<_, indicia::SegmentError>(())
            });
            read.expect("packs");
            Ok(())
        })?;
        Ok(indicia)
    }
}
