//! One account as it must be: a plain model that is told every answer, and finds it right or fails.

use std::collections::{BTreeMap, BTreeSet};

use engine::{EngineError, Issued, NotVoidable, Outcome};
use indicia::{DeviceId, Indicium, Segment, SegmentError};
use module::refusal::Refusal;
use store::{AccountId, Books, ReservationId, ReservationOutcome};

use crate::asks::{Ask, Batch, Change, Pending};
use crate::support::{Answer, clock};
use crate::users::{Users, secret};

/// A reservation that its owner hasn't used yet.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) key: String,
    pub(crate) batch: Batch,
    pub(crate) count: usize,
    pub(crate) value: u64,
    pub(crate) expires: u64,
    /// Whether it was drawn on and the outcome isn't known.
    pub(crate) is_drawn: bool,
}

/// What a request came to, for ever unless it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    Issued { reservation: ReservationId, first: u64, indicia: Vec<Vec<u8>> },
    Ordered(ReservationId),
    Changed(ReservationId),
    Held(ReservationId),
    Closed(EngineError),
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) id: AccountId,
    pub(crate) funded: u64,
    pub(crate) refunded: u64,
    pub(crate) issued: u64,
    pub(crate) voided: u64,
    pub(crate) last_order: u64,
    pub(crate) held: BTreeMap<ReservationId, Held>,
    pub(crate) known: BTreeMap<String, (Ask, Known)>,
    /// Price and bytes of every indicium that somebody was given, by serial number.
    pub(crate) indicia: BTreeMap<u64, (u64, Vec<u8>)>,
    /// Those of them that are void.
    pub(crate) void: BTreeSet<u64>,
    /// Who may use it: one of these, and only one as soon as it was looked at.
    pub(crate) users: Vec<Users>,
    reservations: BTreeSet<ReservationId>,
    pub(crate) pending: Vec<Pending>,
}

impl Account {
    pub(crate) fn new(name: String, id: AccountId) -> Self {
        Self {
            name,
            id,
            funded: 0,
            refunded: 0,
            issued: 0,
            voided: 0,
            last_order: 0,
            held: BTreeMap::new(),
            known: BTreeMap::new(),
            indicia: BTreeMap::new(),
            void: BTreeSet::new(),
            users: vec![Users::default()],
            reservations: BTreeSet::new(),
            pending: Vec::new(),
        }
    }

    /// What nobody has reserved, apart from what is pending; less than nothing while funds are pending.
    pub(crate) fn unreserved(&self) -> i128 {
        let held: u64 = self.held.values().map(|held| held.value).sum();
        i128::from(self.funded + self.voided) - i128::from(self.refunded + self.issued + held)
    }

    /// Takes a request down before it is sent.
    pub(crate) fn begin(&mut self, key: &str, ask: Ask) -> &mut Pending {
        let taken: u64 = self.pending.iter().map(|other| other.ask.most_taken()).sum();
        let given: u64 = self.pending.iter().map(|other| other.ask.most_given()).sum();
        let unreserved = self.unreserved();
        let mut is_contested = false;
        let mut seen = self.users.clone();
        let changes = self.pending.iter().map(|other| &other.ask).chain([&ask]);
        let after: Vec<_> = changes.flat_map(|change| self.after(change)).collect();
        seen.extend(after.iter().cloned());
        for other in &mut self.pending {
            other.seen.extend(after.iter().cloned());
            if other.key == key {
                (other.is_contested, is_contested) = (true, true);
            }
            other.low -= i128::from(ask.most_taken());
            other.high += i128::from(ask.most_given());
        }
        self.pending.push(Pending {
            key: key.to_owned(),
            ask,
            low: unreserved - i128::from(taken),
            high: unreserved + i128::from(given),
            seen,
            is_contested,
            is_repeated: false,
            awaited: None,
        });
        self.pending.last_mut().expect("it was just put there")
    }

    /// What the users may be once this is carried out.
    fn after(&self, ask: &Ask) -> Vec<Users> {
        let Ask::Users { by, change } = ask else { return Vec::new() };
        let mut after = self.users.clone();
        after.retain_mut(|users| change_of(users, by, change).is_ok());
        after
    }

    /// Whether the module may have answered to a batch, or to one under the same key, that it refuses it, or these prices of it not.
    fn may_come_to(
        &self,
        pending: &Pending,
        batch: &Batch,
        prices: &[u64],
        refused: Option<&EngineError>,
    ) -> bool {
        let same = self.pending.iter().filter(|other| other.key == pending.key);
        let mut seen = same.chain([pending]).flat_map(|pending| &pending.seen);
        seen.any(|users| users.refusal(batch, prices).map(EngineError::Refused).as_ref() == refused)
    }

    /// So much came into everybody's reach, at the latest now.
    fn free(&mut self, value: u64) {
        for pending in &mut self.pending {
            pending.high += i128::from(value);
        }
    }

    /// Ends a reservation that was held, with no indicia.
    pub(crate) fn close_held(&mut self, reservation: ReservationId, reason: EngineError) {
        let held = self.held.remove(&reservation).expect("a held reservation");
        self.known.insert(held.key, (Ask::Batch(held.batch), Known::Closed(reason)));
        self.free(held.value);
    }

    /// Judges the answer to a request. False if the engine stopped: then it is pending again.
    pub(crate) fn hear(&mut self, mut pending: Pending, answer: Answer, reader: &dyn Books) -> bool {
        // Indicia make it long.
        let at: String = format!("{}, {pending:?}, {answer:?}", self.name).chars().take(700).collect();
        match (self.known.get(&pending.key).cloned(), answer) {
            (_, Err(EngineError::Stopped(_))) => {
                pending.awaited = None;
                self.pending.push(pending);
                return false;
            }
            (_, Err(EngineError::InProgress)) => assert!(pending.is_contested, "nobody works on it: {at}"),
            (Some((other, _)), Err(EngineError::KeyReused(_))) => {
                assert!(!other.is_same(&pending.ask), "it is the same request: {at}");
            }
            (None, Err(EngineError::KeyReused(_))) => assert!(pending.is_contested, "its key is free: {at}"),
            (Some((other, known)), answer) => {
                assert!(other.is_same(&pending.ask), "its key belongs to another request: {at}");
                self.repeat(&pending, &known, answer, &at);
            }
            (None, answer) => self.first_answer(&pending, answer, reader, &at),
        }
        true
    }

    /// The same request again, or a draw on it.
    fn repeat(&mut self, pending: &Pending, known: &Known, answer: Answer, at: &str) {
        match (known, answer) {
            (Known::Held(reservation), answer) => self.hear_held(pending, *reservation, answer, at),
            (Known::Issued { .. }, Ok(Outcome::Issued(issued))) => assert_eq!(facts(&issued), *known, "{at}"),
            (Known::Ordered(before), Ok(Outcome::Ordered { reservation })) => {
                assert_eq!(*before, reservation, "{at}");
            }
            (Known::Changed(before), Ok(Outcome::Changed { reservation })) => {
                assert_eq!(*before, reservation, "{at}");
            }
            (Known::Closed(reason), answer) => {
                assert_eq!(closed(&answer).as_ref(), Some(reason), "{at}");
            }
            _ => panic!("another answer than before: {at}"),
        }
    }

    fn hear_held(&mut self, pending: &Pending, reservation: ReservationId, answer: Answer, at: &str) {
        let held = self.held.get_mut(&reservation).expect("what is known as held is held");
        match answer {
            Ok(Outcome::Held { reservation: same, count, value }) => {
                assert_eq!(
                    (same, count as usize, value.units()),
                    (reservation, held.count, held.value),
                    "{at}"
                );
                if matches!(pending.ask, Ask::Draw { .. }) {
                    assert!(pending.is_repeated, "a draw gives indicia: {at}");
                    held.is_drawn = false;
                }
            }
            Ok(Outcome::Issued(issued)) => {
                assert!(held.is_drawn, "nobody has drawn on it: {at}");
                let held = self.held.remove(&reservation).expect("it is there");
                let prices = &held.batch.prices[..held.count];
                assert!(self.may_come_to(pending, &held.batch, prices, None), "he may not: {at}");
                assert_eq!((issued.reservation, issued.count as usize), (reservation, held.count), "{at}");
                self.issue(&pending.key, &held.batch, &issued, at);
            }
            answer => {
                let held = held.clone();
                let reason = closed(&answer).unwrap_or_else(|| panic!("no end of a reservation: {at}"));
                assert!(held.is_drawn, "what is held can't fail: {at}");
                let prices = &held.batch.prices[..held.count];
                assert!(self.may_come_to(pending, &held.batch, prices, Some(&reason)), "he may: {at}");
                self.close_held(reservation, reason);
            }
        }
    }

    fn first_answer(&mut self, pending: &Pending, answer: Answer, reader: &dyn Books, at: &str) {
        match &pending.ask {
            Ask::Batch(batch) => self.hear_batch(pending, batch, answer, reader, at),
            Ask::Order { number, change, .. } => self.hear_order(pending, *number, change, &answer, at),
            Ask::Users { by, change } => self.hear_change(pending, by, change, &answer, at),
            Ask::Draw { .. } => panic!("it is held: {at}"),
        }
    }

    fn hear_batch(&mut self, pending: &Pending, batch: &Batch, answer: Answer, reader: &dyn Books, at: &str) {
        match answer {
            Ok(Outcome::Issued(issued)) => {
                assert!(batch.hold_seconds.is_none(), "{at}");
                let prices = &batch.prices[..issued.count as usize];
                assert!(self.may_come_to(pending, batch, prices, None), "he may not: {at}");
                check_fit(pending, batch, issued.count as usize, issued.value.units(), at);
                assert!(self.reservations.insert(issued.reservation), "its reservation was another's: {at}");
                self.issue(&pending.key, batch, &issued, at);
            }
            Ok(Outcome::Held { reservation, count, value }) => {
                assert!(batch.hold_seconds.is_some(), "{at}");
                check_fit(pending, batch, count as usize, value.units(), at);
                assert!(self.reservations.insert(reservation), "its reservation was another's: {at}");
                let stored = reader.reservation(self.id, reservation).expect("the store").expect("stored").0;
                let held = Held {
                    key: pending.key.clone(),
                    batch: batch.clone(),
                    count: count as usize,
                    value: value.units(),
                    expires: stored.expires.expect("what is held expires").0,
                    is_drawn: false,
                };
                self.held.insert(reservation, held);
                self.learn(pending, Known::Held(reservation));
            }
            Err(EngineError::Insufficient { asked, unreserved, .. }) => {
                let (asked, unreserved) = (asked.units(), i128::from(unreserved.units()));
                assert!(!batch.waits() && asked == batch.total(), "{at}");
                let wanted = if batch.is_partial() { batch.prices[0] } else { asked };
                assert!(i128::from(wanted) > unreserved, "it fits: {at}");
                assert!((pending.low..=pending.high).contains(&unreserved), "not what is unreserved: {at}");
            }
            Err(EngineError::WaitedTooLong { .. }) => {
                assert!(batch.waits() && i128::from(batch.total()) > pending.low, "it fits: {at}");
            }
            answer => {
                assert!(batch.hold_seconds.is_none(), "{at}");
                let reason = closed(&answer).unwrap_or_else(|| panic!("no refusal: {at}"));
                assert!(self.may_come_to(pending, batch, &batch.prices, Some(&reason)), "he may: {at}");
                self.users.iter_mut().for_each(|users| users.saw(batch));
                self.learn(pending, Known::Closed(reason));
            }
        }
    }

    fn hear_order(&mut self, pending: &Pending, number: u64, change: &Change, answer: &Answer, at: &str) {
        let is_next = number == self.last_order + 1;
        match answer {
            Ok(Outcome::Ordered { reservation }) => {
                assert!(is_next, "an order counts once: {at}");
                assert!(self.reservations.insert(*reservation), "its reservation was another's: {at}");
                self.last_order = number;
                match change {
                    Change::Fund(units) => self.funded += units,
                    Change::Refund(units) => {
                        assert!(i128::from(*units) <= pending.high, "more than there is: {at}");
                        self.refunded += units;
                    }
                    Change::Void { units, serials } => {
                        let mut numbers = serials.numbers();
                        assert!(numbers.all(|number| self.void.insert(number)), "it was void: {at}");
                        self.voided += units;
                    }
                }
                self.learn(pending, Known::Ordered(*reservation));
            }
            Err(EngineError::Insufficient { asked, unreserved, .. }) => {
                assert!(matches!(change, Change::Refund(units) if *units == asked.units()), "{at}");
                assert!(asked.units() > unreserved.units(), "it fits: {at}");
                let unreserved = i128::from(unreserved.units());
                assert!((pending.low..=pending.high).contains(&unreserved), "not what is unreserved: {at}");
            }
            Err(EngineError::NotVoidable { serial, why: NotVoidable::Void }) => {
                let named =
                    matches!(change, Change::Void { serials, .. } if serials.contains(serial.number()));
                assert!(named && self.void.contains(&serial.number()), "it is live: {at}");
            }
            answer => {
                assert!(!is_next, "it is the next order: {at}");
                let reason = closed(answer).unwrap_or_else(|| panic!("no refusal: {at}"));
                self.learn(pending, Known::Closed(reason));
            }
        }
    }

    /// Only one change is under way, so that what comes of it follows from what the users are.
    fn hear_change(
        &mut self,
        pending: &Pending,
        by: &str,
        change: &asker::Change,
        answer: &Answer,
        at: &str,
    ) {
        let refused = match answer {
            Ok(Outcome::Changed { .. }) => None,
            answer => Some(closed(answer).unwrap_or_else(|| panic!("no refusal: {at}"))),
        };
        let was = self.users.clone();
        self.users
            .retain_mut(|users| change_of(users, by, change).err().map(EngineError::Refused) == refused);
        assert!(!self.users.is_empty(), "not what comes of it with {was:?}: {at}");
        let known = match (answer, refused) {
            (Ok(Outcome::Changed { reservation }), _) => {
                assert!(self.reservations.insert(*reservation), "its reservation was another's: {at}");
                Known::Changed(*reservation)
            }
            (_, refused) => Known::Closed(refused.expect("it was refused")),
        };
        self.learn(pending, known);
    }

    fn learn(&mut self, pending: &Pending, known: Known) {
        self.known.insert(pending.key.clone(), (pending.ask.clone(), known));
    }

    /// Somebody was given indicia: new serials, and the prices that were asked for.
    fn issue(&mut self, key: &str, batch: &Batch, issued: &Issued, at: &str) {
        let known = facts(issued);
        let Known::Issued { first, indicia, .. } = &known else { panic!("{at}") };
        assert_eq!(issued.asked as usize, batch.prices.len(), "{at}");
        assert_eq!(indicia.len(), issued.count as usize, "{at}");
        for ((number, bytes), price) in (*first..).zip(indicia).zip(&batch.prices) {
            let indicium = Indicium::decode(bytes).expect("an indicium");
            let (serial, amount) = (indicium.claims().serial, indicium.claims().amount.units());
            assert_eq!((serial.device(), serial.number()), (DeviceId(self.id.0), number), "{at}");
            assert_eq!(amount, *price, "{at}");
            let before = self.indicia.insert(number, (amount, bytes.clone()));
            assert_eq!(before, None, "serial {number} was given out before: {at}");
            self.issued += amount;
        }
        self.known.insert(key.to_owned(), (Ask::Batch(batch.clone()), known));
    }
}

fn change_of(users: &mut Users, by: &str, change: &asker::Change) -> Result<(), Refusal> {
    users.change(by, secret(by).credential().key_id(), change, clock::now().0)
}

/// What fits is what was reserved: everything, or of a partial batch the longest run of whole items.
fn check_fit(pending: &Pending, batch: &Batch, count: usize, value: u64, at: &str) {
    assert_eq!(value, batch.prices.iter().take(count).sum::<u64>(), "{at}");
    assert!(i128::from(value) <= pending.high, "more than was unreserved: {at}");
    if let Some(next) = batch.prices.get(count) {
        assert!(count > 0 && batch.is_partial(), "whole batches: {at}");
        assert!(i128::from(value + next) > pending.low, "one more would have fitted: {at}");
    }
}

/// Why a request came to nothing for ever, if the answer says so.
pub(crate) fn closed(answer: &Answer) -> Option<EngineError> {
    match answer {
        Err(error @ (EngineError::Refused(_) | EngineError::Closed(_))) => Some(error.clone()),
        _ => None,
    }
}

/// What must never change of an answer. The store's packs may hold neighbours, which are left out.
fn facts(issued: &Issued) -> Known {
    let range = issued.first_number..issued.first_number + u64::from(issued.count);
    let mut indicia = Vec::new();
    for pack in issued.packs.iter() {
        let read = Segment::new(&pack.bytes).each(|number, bytes| {
            if range.contains(&number) {
                indicia.push(bytes);
            }
            Ok::<_, SegmentError>(())
        });
        read.expect("a pack");
    }
    Known::Issued { reservation: issued.reservation, first: issued.first_number, indicia }
}

/// Why the store says that a reservation came to nothing, if it did.
pub(crate) fn ended(
    reader: &dyn Books,
    account: AccountId,
    reservation: ReservationId,
) -> Option<EngineError> {
    let stored = reader.reservation(account, reservation).expect("the store").expect("a reservation").0;
    match stored.outcome {
        ReservationOutcome::Ended { refusal: Some(refusal), .. } => {
            Some(EngineError::Refused(Refusal::decode(&refusal).expect("a refusal")))
        }
        ReservationOutcome::Ended { reason, .. } => Some(EngineError::Closed(reason)),
        _ => None,
    }
}
