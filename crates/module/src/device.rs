//! The device as a state machine: one record and one transaction in, the next record and what to sign out.
//!
//! No clock, no entropy, no I/O: the same input gives the same output, which recovery rests on. Every
//! change of value in Mintage, issue, fund, refund and void alike, is [`Device::apply`].

use std::ops::Range;

use asker::{
    Asked, BatchOptions, Change, ChangeAsked, Checker, KeyId, OnInsufficient, Personal, Proof, Statement,
};
use indicia::{Claims, DeviceId, HolderDigest, Item, ItemList, Serial, TemplateId, UnixTime};
use password::ServerKey;

use crate::event::What;
use crate::order::{Order, OrderAction};
use crate::record::{Action, AskerKey, DayUse, Device, DeviceState, MAX_UNITS, Passing};
use crate::refusal::Refusal;
use crate::salts::HolderSalts;
use crate::serials::Serials;
use crate::signing_in::{AskedBy, SignInStep, Told};
use crate::staff::Staff;
use crate::transaction::{Drawn, MAX_ITEMS, Request, Transaction};

const SECONDS_PER_DAY: u64 = 86_400;

/// A batch that was debited and waits for its signatures: everything that its indicia say follows from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// Whose indicia they are.
    pub device: DeviceId,
    /// Number of the first serial.
    pub first_number: u64,
    /// Units debited.
    pub value: u64,
    /// The date of all of them.
    pub at: UnixTime,
    /// The items.
    pub list: ItemList,
    /// Whether the certificate travels inside.
    pub embeds_certificate: bool,
    /// Ascending and descending register before the first, in units.
    pub before: (u64, u64),
}

/// What all indicia of a device have in common.
pub(crate) struct Imprint<'a> {
    issuer: &'a str,
    salts: HolderSalts,
}

impl<'a> Imprint<'a> {
    /// From the issuer's name and the device's secret for holders.
    pub(crate) fn new(issuer: &'a str, holder: &[u8; 32]) -> Self {
        Self { issuer, salts: HolderSalts::new(holder) }
    }
}

impl Debit {
    /// How many indicia.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.items.len()
    }

    /// Units debited at these places of the batch, from 0.
    pub(crate) fn units(&self, places: &Range<usize>) -> u64 {
        self.list.items[places.clone()].iter().map(|item| item.amount.units()).sum()
    }

    /// The claims of the indicia at these places, one after the other; so many units were debited at those before.
    pub(crate) fn claims<'a>(
        &'a self,
        places: Range<usize>,
        spent: u64,
        imprint: &'a Imprint<'_>,
    ) -> impl Iterator<Item = Claims<'a>> {
        let items = &self.list.items[places.clone()];
        // The batch was debited, so that neither register passes its bounds on the way.
        let (mut ascending, mut descending) = (self.before.0 + spent, self.before.1 - spent);
        (self.first_number + places.start as u64..).zip(items).map(move |(number, item)| {
            ascending += item.amount.units();
            descending -= item.amount.units();
            let serial = Serial::new(self.device, number).expect("debiting checked the last number");
            claims(item, serial, self.at, imprint, (ascending, descending))
        })
    }
}

/// What a device's step needs beside the device.
struct Step<'a> {
    at: UnixTime,
    staff: &'a Staff,
    passwords: &'a ServerKey,
    checkers: Checkers,
    /// What is to be put on record.
    events: Vec<Vec<u8>>,
}

/// The keys that a step has met, ready for more of their signatures, and where they are among the device's.
#[derive(Default)]
struct Checkers(Vec<(usize, Checker)>);

impl Checkers {
    /// A user's key by its name.
    fn find<'a>(
        &'a mut self,
        askers: &'a mut [AskerKey],
        user: &str,
        key: KeyId,
    ) -> Option<(&'a mut AskerKey, &'a mut Checker)> {
        let is_it = |asker: &AskerKey, checker: &Checker| asker.user == user && checker.key_id() == key;
        let known = self.0.iter().position(|(place, checker)| is_it(&askers[*place], checker));
        let known = known.or_else(|| {
            let of_user = askers.iter().enumerate().filter(|(_, asker)| asker.user == user);
            let mut made = of_user.map(|(place, asker)| (place, Checker::new(&asker.credential)));
            self.0.push(made.find(|(_, checker)| checker.key_id() == key)?);
            Some(self.0.len() - 1)
        })?;
        let (place, checker) = &mut self.0[known];
        Some((&mut askers[*place], checker))
    }
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Debited; to be signed.
    Debited(Debit),
    /// An order was carried out.
    Ordered,
    /// Users, keys or limits were changed.
    Changed,
    /// A person's browser is told something.
    Told(Told),
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
    /// What is put on record: [`crate::event::Event`]s as they are kept.
    pub events: Vec<Vec<u8>>,
}

impl Device {
    /// Makes one step: every request is carried out or refused by itself, in order. The staff's keys sign orders; the module's
    /// key for passwords signs people in.
    #[must_use]
    pub fn apply(mut self, transaction: &Transaction<'_>, staff: &Staff, passwords: &ServerKey) -> Applied {
        let at = transaction.at();
        self.sequence += 1;
        self.last_transaction = at;
        let mut step = Step { at, staff, passwords, checkers: Checkers::default(), events: Vec::new() };
        let account = self.account.clone();
        let mut carry_out = |(place, request): (usize, &Request<'_>)| {
            self.carry_out(request, place, &account, &mut step).unwrap_or_else(|refusal| {
                self.put_refusal_on_record(request, &refusal, &mut step);
                Outcome::Refused(refusal)
            })
        };
        let outcomes = transaction.requests().iter().enumerate().map(&mut carry_out).collect();
        Applied { device: self, outcomes, events: step.events }
    }

    fn carry_out(
        &mut self,
        request: &Request<'_>,
        place: usize,
        account: &str,
        step: &mut Step<'_>,
    ) -> Result<Outcome, Refusal> {
        match *request {
            Request::Issue { user, first_number, count, key, asked, drawn } => {
                let asked = Asked::decode(asked).map_err(no_items)?;
                let of_draw;
                let (statement, proof) = match drawn {
                    None => (asked.statement(account, key).map_err(no_items)?, &asked.proof),
                    Some(Drawn { reservation, proof }) => {
                        of_draw = Proof::decode(proof).map_err(not_proven)?;
                        let statement = asked.draw_statement(account, reservation, key);
                        (statement.map_err(no_items)?, &of_draw)
                    }
                };
                let by = self.check_asker(user, &statement, proof, false, step)?;
                self.may_issue(step.at)?;
                let list = list_of(&asked, count, drawn.is_some())?;
                let (value, today) = self.check_batch(&list, first_number, step.at)?;
                self.agree_to_value(user, by, value)?;
                Ok(Outcome::Debited(self.debit(list, value, today, first_number, step.at)))
            }
            Request::Order { order } => {
                let (order, who) =
                    Order::open(order, step.staff).map_err(|error| Refusal::Order(error.to_string()))?;
                self.follow(&order)?;
                let what = What::ordered(order.action, order.reason);
                step.events.push(self.events.add(step.at.0, who, None, what));
                Ok(Outcome::Ordered)
            }
            Request::Change { user, key, asked } => {
                let asked = ChangeAsked::decode(asked).map_err(not_proven)?;
                let statement = asked.change.statement(account, key);
                let by =
                    self.check_asker(user, &statement, &asked.proof, sets_password(&asked.change), step)?;
                let told = self.change(user, &asked.change, by, step.passwords, step.at.0)?;
                // The keys have other places now.
                step.checkers = Checkers::default();
                if let Some(what) = What::changed(asked.change) {
                    step.events.push(self.events.add(step.at.0, user.into(), Some(key.into()), what));
                }
                Ok(told.map_or(Outcome::Changed, Outcome::Told))
            }
            Request::SignIn { user, step: bytes } => {
                let asked = SignInStep::decode(bytes)?;
                let told = self.sign_in(user, &asked, place, step.passwords, step.at.0)?;
                if let Told::SignedIn(session) = &told {
                    step.checkers = Checkers::default();
                    let what = What::SignedIn(session.key);
                    step.events.push(self.events.add(step.at.0, user.into(), None, what));
                }
                Ok(Outcome::Told(told))
            }
        }
    }

    fn put_refusal_on_record(&mut self, request: &Request<'_>, why: &Refusal, step: &mut Step<'_>) {
        let (who, key, asked) = match *request {
            Request::Issue { user, key, .. } => (user, Some(key), "issue"),
            Request::Order { .. } => ("somebody of the staff", None, "carry out an order"),
            Request::Change { user, key, .. } => (user, Some(key), "change users or limits"),
            Request::SignIn { user, .. } => (user, None, "sign in"),
        };
        let what = What::Refused { asked: asked.into(), why: why.clone() };
        step.events.push(self.events.add(step.at.0, who.into(), key.map(Into::into), what));
    }

    /// Whether this user asks for this, once. What was asked is used up from then on, whatever comes of it: whoever was
    /// refused isn't to find it carried out later.
    fn check_asker<'a>(
        &mut self,
        user: &str,
        statement: &'a Statement<'a>,
        proof: &'a Proof,
        sets_password: bool,
        step: &mut Step<'_>,
    ) -> Result<AskedBy<'a>, Refusal> {
        if !self.users.iter().any(|known| known.name == user) {
            return Err(Refusal::NotAuthorised { user: user.to_owned() });
        }
        let params = &proof.params;
        let Some((asker, checker)) = step.checkers.find(&mut self.askers, user, params.key()) else {
            return Err(Refusal::UnknownKey { user: user.to_owned(), key: params.key().to_string() });
        };
        let checked = checker.check(statement, proof);
        let by = AskedBy { statement, proof, is_session: asker.is_session() };
        match asker.passing {
            Some(Passing::Session { .. }) => {
                let used = self.use_session(by, checked.is_ok(), step.at.0);
                if matches!(used, Err(Refusal::SessionEnded(_))) {
                    // The keys have other places now.
                    step.checkers = Checkers::default();
                }
                used?;
                return params.check_time(step.at.0).map_err(not_proven).map(|()| by);
            }
            Some(Passing::Invitation { .. }) if !sets_password => {
                return Err(not_proven("this key is an invitation, which only sets a password"));
            }
            Some(Passing::Invitation { expires }) if step.at.0 > expires => {
                return Err(not_proven("the invitation is over; ask for another one"));
            }
            Some(Passing::Invitation { .. }) | None => {}
        }
        checked.map_err(not_proven)?;
        params.check_time(step.at.0).map_err(not_proven)?;
        asker.nonces.take(params.nonce()).map_err(not_proven)?;
        Ok(by)
    }

    fn may_issue(&self, at: UnixTime) -> Result<(), Refusal> {
        self.allow(Action::Issue, "issue")?;
        if at > self.key_expires { Err(Refusal::KeyExpired) } else { Ok(()) }
    }

    pub(crate) fn allow(&self, action: Action, verb: &str) -> Result<(), Refusal> {
        if self.state.allows(action) {
            return Ok(());
        }
        Err(Refusal::State { state: self.state.name().to_owned(), action: verb.to_owned() })
    }

    /// Debits a batch of so much value that was checked as a whole, so that a refusal leaves no trace.
    fn debit(&mut self, list: ItemList, value: u64, today: DayUse, first_number: u64, at: UnixTime) -> Debit {
        let before = self.registers;
        // `check_batch` saw that none of these passes its bounds.
        self.registers.ascending += value;
        self.registers.descending -= value;
        self.next_number = first_number + list.items.len() as u64;
        self.today = today;

        Debit {
            device: self.id,
            first_number,
            value,
            at,
            embeds_certificate: list.items.iter().any(|item| item.template.embeds_certificate),
            list,
            before: (before.ascending, before.descending),
        }
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

    /// Carries out an order: the only way by which value comes in or goes out unissued.
    fn follow(&mut self, order: &Order) -> Result<(), Refusal> {
        if order.device != self.id {
            return Err(Refusal::Order("it is for another device".into()));
        }
        if order.number != self.last_order + 1 {
            let next = self.last_order + 1;
            return Err(Refusal::Order(format!("it has number {}, the next is {next}", order.number)));
        }
        match &order.action {
            OrderAction::Fund(amount) => {
                self.allow(Action::Fund, "take funds")?;
                let units = self.units_of(*amount)?;
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
                let units = self.units_of(*amount)?;
                let available = self.registers.descending;
                let left = available.checked_sub(units);
                self.registers.descending = left.ok_or(Refusal::Funds { asked: units, available })?;
                // refunded ≤ funded, since only what is left of the funds can be refunded
                self.registers.refunded += units;
            }
            OrderAction::Void { amount, serials } => {
                self.allow(Action::Void, "make indicia void")?;
                let units = self.units_of(*amount)?;
                self.check_issued(serials)?;
                // Which of them are void already is in the books; here it is seen to that no more comes back than was issued.
                let left = self.registers.ascending - self.registers.voided;
                if units > left {
                    return Err(Refusal::Void { asked: units, left });
                }
                self.registers.voided += units;
                // What isn't issued or is void is part of the funds, so this can't pass their bound.
                self.registers.descending += units;
            }
            // By law in whatever state the device is: its record has nothing of holders, and no value moves.
            OrderAction::Erase(erasure) => {
                erasure.serials.iter().try_for_each(|serials| self.check_issued(serials))?;
            }
            OrderAction::Become(state) => {
                self.allow(Action::Become(*state), &format!("become {}", state.name()))?;
                self.state = *state;
            }
            OrderAction::Invite { user, ed25519, hours } => {
                self.allow(Action::Administer, "let a user back in")?;
                self.let_back_in(user, ed25519, *hours, order.at.0)?;
            }
        }
        self.last_order = order.number;
        Ok(())
    }

    /// Whether numbers beyond any that were given out are among these.
    fn check_issued(&self, serials: &Serials) -> Result<(), Refusal> {
        if serials.last() < self.next_number {
            return Ok(());
        }
        let serial = Serial::new(self.id, serials.last()).map_err(|_| Refusal::Overflow)?;
        Err(Refusal::NeverIssued(serial.to_string()))
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

/// The first items of what is asked for; all of them, unless the asker takes fewer too.
fn list_of(asked: &Asked<'_>, count: u32, is_drawn: bool) -> Result<ItemList, Refusal> {
    let mut list = ItemList::decode(asked.items).map_err(no_items)?;
    let options = BatchOptions::from_query(asked.query).map_err(no_items)?;
    if options.hold_seconds.is_some() && !is_drawn {
        return Err(not_proven("the batch was only to be reserved, and isn't drawn"));
    }
    let (count, wanted) = (count as usize, list.items.len());
    if count > wanted || (count < wanted && options.on_insufficient != OnInsufficient::Partial) {
        return Err(Refusal::Items(format!("{wanted} items are asked for, not {count}")));
    }
    list.items.truncate(count);
    Ok(list)
}

/// Whether it is what an invitation is for.
fn sets_password(change: &Change) -> bool {
    matches!(change, Change::Personal { what: Personal::BeginPassword(_) | Personal::SetPassword(_), .. })
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn no_items(reason: impl ToString) -> Refusal {
    Refusal::Items(reason.to_string())
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn not_proven(reason: impl ToString) -> Refusal {
    Refusal::NotProven(reason.to_string())
}

fn claims<'a>(
    item: &'a Item,
    serial: Serial,
    at: UnixTime,
    imprint: &'a Imprint<'_>,
    (ascending, descending): (u64, u64),
) -> Claims<'a> {
    let template = item.template;
    Claims {
        issuer: imprint.issuer.into(),
        serial,
        issued_at: at,
        not_before: item.not_before,
        expires: item.expires,
        kind: template.kind,
        amount: item.amount,
        template: TemplateId(template.id.0),
        holder: item.holder.as_ref().map(|holder| HolderDigest::new(imprint.salts.salt(serial), holder)),
        registers: template.kind.shows_registers().then_some((ascending, descending)),
        weight_grams: item.weight_grams,
        service: item.service.as_deref().map(Into::into),
        details: item.details.borrowed(),
    }
}
