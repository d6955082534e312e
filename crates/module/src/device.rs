//! The device as a state machine: one record and one transaction in, the next record and what to sign out.
//!
//! No clock, no entropy, no I/O: the same input gives the same output, which recovery rests on. Every
//! change of value in Mintage, issue, fund and refund alike, is [`Device::apply`].

use indicia::{Claims, HolderDigest, Item, ItemList, ProofForm, PublicKey, Serial, TemplateId, UnixTime};

use crate::order::{Order, OrderAction};
use crate::record::{Action, DayUse, Device, DeviceState, MAX_UNITS};
use crate::refusal::Refusal;
use crate::salts::HolderSalts;
use crate::transaction::{MAX_ITEMS, Request, Transaction};

const SECONDS_PER_DAY: u64 = 86_400;

/// What the module knows beside the record: the same for every device.
#[derive(Debug, Clone, Copy)]
pub struct Authorities<'a> {
    /// Name of the issuer, as printed in every indicium.
    pub issuer: &'a str,
    /// Key that signs funding orders.
    pub provider: &'a PublicKey,
}

/// Payloads that were debited and wait for their signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// Number of the first serial.
    pub first_number: u64,
    /// Units debited.
    pub value: u64,
    /// One signature each, or one for many.
    pub proof: ProofForm,
    /// Whether the certificate travels inside.
    pub embeds_certificate: bool,
    /// The encoded claims, one after the other.
    bytes: Vec<u8>,
    /// Where each one ends in `bytes`.
    ends: Vec<usize>,
}

impl Debit {
    /// A debit of nothing over payloads that are given.
    #[cfg(test)]
    pub(crate) fn of_payloads(first_number: u64, proof: ProofForm, payloads: &[&[u8]]) -> Self {
        let ends = payloads.iter().scan(0, |end, payload| {
            *end += payload.len();
            Some(*end)
        });
        let ends = ends.collect();
        Self { first_number, value: 0, proof, embeds_certificate: false, bytes: payloads.concat(), ends }
    }

    /// How many indicia.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The encoded claims of the indicium at a place of the batch, from 0.
    ///
    /// # Panics
    /// At a place of [`Debit::count`] or more, like indexing.
    #[must_use]
    pub fn payload(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.bytes[start..self.ends[place]]
    }
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Debited; to be signed.
    Debited(Debit),
    /// An order was carried out.
    Ordered(OrderAction),
    /// Nothing was done.
    Refused(Refusal),
}

/// A device after a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its next record.
    pub device: Device,
    /// One for each request, in order.
    pub outcomes: Vec<Outcome>,
}

impl Device {
    /// Makes one step: every request is carried out or refused by itself, in order.
    #[must_use]
    pub fn apply(mut self, transaction: &Transaction<'_>, authorities: Authorities<'_>) -> Applied {
        let at = transaction.at();
        self.sequence += 1;
        self.last_transaction = at;
        let outcomes = transaction
            .requests()
            .iter()
            .map(|request| self.carry_out(request, at, authorities).unwrap_or_else(Outcome::Refused))
            .collect();
        Applied { device: self, outcomes }
    }

    fn carry_out(
        &mut self,
        request: &Request<'_>,
        at: UnixTime,
        authorities: Authorities<'_>,
    ) -> Result<Outcome, Refusal> {
        match *request {
            Request::Issue { user, first_number, items } => {
                let list = ItemList::decode(items).map_err(|error| Refusal::Items(error.to_string()))?;
                self.may_issue(user, at)?;
                self.debit(&list, first_number, at, authorities.issuer).map(Outcome::Debited)
            }
            Request::Order { order } => {
                let order = Order::open(order, authorities.provider)
                    .map_err(|error| Refusal::Order(error.to_string()))?;
                self.follow(&order).map(Outcome::Ordered)
            }
        }
    }

    fn may_issue(&self, user: &str, at: UnixTime) -> Result<(), Refusal> {
        if !self.users.iter().any(|known| known.name == user) {
            return Err(Refusal::NotAuthorised { user: user.to_owned() });
        }
        self.allow(Action::Issue, "issue")?;
        if at > self.key_expires { Err(Refusal::KeyExpired) } else { Ok(()) }
    }

    fn allow(&self, action: Action, verb: &str) -> Result<(), Refusal> {
        if self.state.allows(action) {
            return Ok(());
        }
        Err(Refusal::State { state: self.state.name().to_owned(), action: verb.to_owned() })
    }

    /// Checks the whole batch before it changes anything, so that a refusal leaves no trace.
    fn debit(
        &mut self,
        list: &ItemList,
        first_number: u64,
        at: UnixTime,
        issuer: &str,
    ) -> Result<Debit, Refusal> {
        let (value, today) = self.check_batch(list, first_number, at)?;
        let before = self.registers;
        // `check_batch` saw that none of these passes its bounds.
        self.registers.ascending += value;
        self.registers.descending -= value;
        self.next_number = first_number + list.items.len() as u64;
        self.today = today;

        let salts = HolderSalts::new(&self.secrets.holder);
        let mut bytes = Vec::with_capacity(list.items.len() * 112);
        let mut ends = Vec::with_capacity(list.items.len());
        let (mut ascending, mut descending) = (before.ascending, before.descending);
        for (number, item) in (first_number..).zip(&list.items) {
            ascending += item.amount.units();
            descending -= item.amount.units();
            let serial = Serial::new(self.id, number).map_err(|_| Refusal::Overflow)?;
            claims(item, serial, at, issuer, &salts, (ascending, descending)).encode_into(&mut bytes);
            ends.push(bytes.len());
        }
        Ok(Debit {
            first_number,
            value,
            proof: list.proof,
            embeds_certificate: list.items.iter().any(|item| item.template.embeds_certificate),
            bytes,
            ends,
        })
    }

    /// The batch's value and the day's new total, if every check is passed.
    fn check_batch(
        &self,
        list: &ItemList,
        first_number: u64,
        at: UnixTime,
    ) -> Result<(u64, DayUse), Refusal> {
        let count = list.items.len();
        if count == 0 || count > MAX_ITEMS {
            return Err(Refusal::Items(format!("it has {count} items; 1 to {MAX_ITEMS} are possible")));
        }
        if list.denomination != self.denomination {
            return Err(Refusal::Denomination {
                batch: list.denomination.to_string(),
                device: self.denomination.to_string(),
            });
        }
        if first_number < self.next_number {
            return Err(Refusal::Serials { first: first_number, next: self.next_number });
        }
        let last = first_number.checked_add(count as u64 - 1).ok_or(Refusal::Overflow)?;
        Serial::new(self.id, last).map_err(|_| Refusal::Overflow)?;

        let mut value: u64 = 0;
        for (place, item) in list.items.iter().enumerate() {
            let units = item.amount.units();
            if units > self.limits.per_item {
                let limit = self.limits.per_item;
                return Err(Refusal::ItemLimit { item: place as u64 + 1, units, limit });
            }
            value = value.checked_add(units).ok_or(Refusal::Overflow)?;
        }
        let available = self.registers.descending;
        if value > available {
            return Err(Refusal::Funds { asked: value, available });
        }
        if value > MAX_UNITS - self.registers.ascending {
            return Err(Refusal::Overflow);
        }
        Ok((value, self.use_of_day(value, at)?))
    }

    fn use_of_day(&self, value: u64, at: UnixTime) -> Result<DayUse, Refusal> {
        let day = at.0 / SECONDS_PER_DAY;
        let used = if self.today.day == day { self.today.value } else { 0 };
        let left = self.limits.per_day.saturating_sub(used);
        if value > left {
            return Err(Refusal::DayLimit { asked: value, left });
        }
        Ok(DayUse { day, value: used + value })
    }

    /// Carries out an order of the provider: the only way by which value comes in or goes out unissued.
    fn follow(&mut self, order: &Order) -> Result<OrderAction, Refusal> {
        if order.device != self.id {
            return Err(Refusal::Order("it is for another device".into()));
        }
        if order.number != self.last_order + 1 {
            let next = self.last_order + 1;
            return Err(Refusal::Order(format!("it has number {}, the next is {next}", order.number)));
        }
        match order.action {
            OrderAction::Fund(amount) => {
                self.allow(Action::Fund, "take funds")?;
                let units = self.units_of(amount)?;
                let funded = self.registers.funded.checked_add(units).filter(|funded| *funded <= MAX_UNITS);
                self.registers.funded = funded.ok_or(Refusal::Overflow)?;
                // descending ≤ funded, so this can't pass the bound that was just checked
                self.registers.descending += units;
                if self.state == DeviceState::New {
                    self.state = DeviceState::Active;
                }
            }
            OrderAction::Refund(amount) => {
                self.allow(Action::Refund, "refund")?;
                let units = self.units_of(amount)?;
                let available = self.registers.descending;
                let left = available.checked_sub(units);
                self.registers.descending = left.ok_or(Refusal::Funds { asked: units, available })?;
                // refunded ≤ funded, since only what is left of the funds can be refunded
                self.registers.refunded += units;
            }
            OrderAction::Become(state) => {
                self.allow(Action::Become(state), &format!("become {}", state.name()))?;
                self.state = state;
            }
        }
        self.last_order = order.number;
        Ok(order.action)
    }

    fn units_of(&self, amount: indicia::Amount) -> Result<u64, Refusal> {
        if amount.denomination() != self.denomination {
            return Err(Refusal::Denomination {
                batch: amount.denomination().to_string(),
                device: self.denomination.to_string(),
            });
        }
        Ok(amount.units())
    }
}

fn claims<'a>(
    item: &'a Item,
    serial: Serial,
    at: UnixTime,
    issuer: &'a str,
    salts: &HolderSalts,
    (ascending, descending): (u64, u64),
) -> Claims<'a> {
    let template = item.template;
    Claims {
        issuer: issuer.into(),
        serial,
        issued_at: at,
        not_before: item.not_before,
        expires: item.expires,
        kind: template.kind,
        amount: item.amount,
        template: TemplateId(template.id.0),
        holder: item.holder.as_ref().map(|holder| HolderDigest::new(salts.salt(serial), holder)),
        registers: template.kind.shows_registers().then_some((ascending, descending)),
        weight_grams: item.weight_grams,
        service: item.service.as_deref().map(Into::into),
    }
}
