//! Where a use is decided: by the server where it can be heard, or else by the gate alone. All of it blocks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use api::{Kind, Problem, Redemption, Shown};
use asker::IdempotencyKey;
use indicia::{Amount, NotRedeemable, Serial, Status, StatusSnapshot, Used, Way};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::books::Books;
use crate::deciding::{Known, No, same_everywhere};
use crate::error::GateError;
use crate::uses::{Asked, Genuine, Heard, Kept, State};

/// What the server said of a use.
pub(crate) enum Said {
    /// It is on record.
    Made { redemption: Box<Redemption>, said: String },
    /// It isn't, and why.
    Not { kind: Kind, detail: String, said: String },
}

/// Why nothing was heard of a use.
#[derive(Debug, Clone)]
pub(crate) enum Unheard {
    /// No answer came.
    Lost { why: String, may_have_arrived: bool },
    /// The server doesn't let this gate ask.
    Refused(String),
}

/// Where uses are passed on to.
pub(crate) trait Upstream: Send + Sync {
    /// Whether it was heard the last time.
    fn is_up(&self) -> bool;

    /// Asks for a use, or tells of one, under a key that makes it the same use however often it is asked.
    fn redeem(&self, key: &str, shown: &Shown) -> Result<Said, Unheard>;
}

/// Books, line and snapshot together. Of each indicium one use at a time is worked on here: see [`crate::turns`].
pub(crate) struct Desk<U> {
    books: Mutex<Books>,
    upstream: U,
    snapshot: RwLock<Arc<StatusSnapshot>>,
    /// By which this gate's keys differ from those of all others.
    id: Vec<u8>,
}

/// The gate has to decide by itself.
struct Alone {
    why: String,
    /// Whether the server may have made this very use before, or only now.
    may_be_made: bool,
}

impl<U: Upstream> Desk<U> {
    pub(crate) fn new(books: Books, upstream: U, snapshot: StatusSnapshot) -> Result<Self, GateError> {
        let id = books.fetched("gate")?.map(|gate| gate.bytes).unwrap_or_default();
        Ok(Self { books: Mutex::new(books), upstream, snapshot: RwLock::new(Arc::new(snapshot)), id })
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn upstream(&self) -> &U {
        &self.upstream
    }

    /// What is known of uses elsewhere.
    pub(crate) fn snapshot(&self) -> Arc<StatusSnapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn renew(&self, snapshot: StatusSnapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// Lets an indicium be used, once for each key, and returns the answer, which is the same for ever.
    pub(crate) fn redeem(&self, asked: &Asked) -> Result<String, Problem> {
        let before = self.books().by_key(&asked.steward, asked.key.as_str()).map_err(GateError::said)?;
        // Under a key that was refused nothing was done: it is free.
        let before = before.filter(|before| before.state != State::Refused);
        if asked.is_past {
            return self.take_over(asked, before);
        }
        if let Some(before) = &before {
            // What was told as done isn't asked for.
            let was_told = before.state == State::Alone && before.answer.is_none();
            if was_told || before.digest != asked.digest() {
                return Err(reused(&asked.key));
            }
            if let Some(answer) = &before.answer {
                return Ok(answer.clone());
            }
        }
        let asked = &asked.as_seen(before.as_ref());
        if let Some(why) = never(asked) {
            let detail = format!("{} {why}; nothing was redeemed", asked.serial);
            return Err(Problem::new(kind_of(&why), detail));
        }
        match self.pass_on(asked, before.is_some())? {
            Ok(answer) => Ok(answer),
            Err(alone) => self.decide(asked, &alone),
        }
    }

    /// Puts down what a scanner did when it couldn't ask, whatever was left: the server is told now or later.
    fn take_over(&self, asked: &Asked, before: Option<Kept>) -> Result<String, Problem> {
        if let Some(before) = before {
            let answer = before.answer.as_deref();
            if before.digest != asked.digest() && !answer.is_some_and(|answer| took_all(asked, answer)) {
                return Err(reused(&asked.key));
            }
            if let Some(answer) = before.answer {
                return Ok(answer);
            }
            // What was passed on, and not heard of, was made as is told now. All else was told before.
            if before.state != State::Asked {
                return taken_over(asked);
            }
        }
        let put = self.books().take_over(asked).map_err(GateError::said)?;
        let id = put.ok_or_else(|| reused(&asked.key))?;
        if self.upstream.is_up()
            && let Err(unheard) = self.tell(id)
        {
            tracing::info!(?unheard, serial = %asked.serial, "the server is told of a scanner's use later");
        }
        let told = self.books().by_id(id).map_err(GateError::said)?.and_then(|kept| kept.answer);
        told.map_or_else(|| taken_over(asked), Ok)
    }

    /// Lets the server decide, if that is possible.
    fn pass_on(&self, asked: &Asked, was_asked: bool) -> Result<Result<String, Alone>, Problem> {
        let alone = |why: &str, may_be_made| Ok(Err(Alone { why: why.to_owned(), may_be_made }));
        if !self.upstream.is_up() {
            return alone("the server can't be reached", was_asked);
        }
        // What the server doesn't know of an indicium it can't count.
        let uses = self.books().of_serial(asked.serial).map_err(GateError::said)?;
        if uses.iter().any(|one| one.state.is_untold() && !is_same(one, asked)) {
            return alone("the server hasn't been told of all uses yet", was_asked);
        }
        let given = asked.genuine.as_ref().and_then(same_everywhere).map(Amount::units);
        let id =
            self.books().ask(asked, given).map_err(GateError::said)?.ok_or_else(|| reused(&asked.key))?;
        let shown = Shown {
            indicium: None,
            serial: Some(asked.serial.to_string()),
            amount: asked.amount.clone(),
            uses: asked.uses,
            leaves: asked.way == Way::Out,
            gate: asked.gate.clone(),
            entrance: asked.entrance.clone(),
            countersigned: asked.is_countersigned,
            seen_live: asked.is_seen_live(),
            used_at: None,
        };
        let heard = self.upstream.redeem(&self.key(&asked.steward, asked.key.as_str()), &shown);
        if !was_asked
            && matches!(heard, Err(Unheard::Refused(_) | Unheard::Lost { may_have_arrived: false, .. }))
        {
            self.books().forget(id).map_err(GateError::said)?;
        }
        match heard {
            Ok(Said::Made { redemption, said }) => {
                self.settle(id, &redemption, &said)?;
                Ok(Ok(said))
            }
            Ok(Said::Not { kind, detail, said }) => {
                self.books().refuse(id, &said).map_err(GateError::said)?;
                Err(Problem::new(kind, detail))
            }
            Err(Unheard::Refused(detail)) => Err(Problem::new(
                Kind::GateRefused,
                format!("the server doesn't let this gate ask: {detail}"),
            )),
            Err(Unheard::Lost { why, may_have_arrived }) => {
                alone(&format!("the server can't be reached: {why}"), was_asked || may_have_arrived)
            }
        }
    }

    /// Decides by what is known here.
    fn decide(&self, asked: &Asked, alone: &Alone) -> Result<String, Problem> {
        let Alone { why, may_be_made } = alone;
        let unknown = |reason: &str| {
            let detail = format!(
                "{why}; whether it redeemed {} for this request isn't known, and {reason}",
                asked.serial
            );
            Problem::new(Kind::OutcomeUnknown, detail)
        };
        let Some(genuine) = &asked.genuine else {
            let reason = "what a typed serial stands for the server alone knows";
            let cut_off = || Problem::new(Kind::CutOff, format!("{why}, and {reason}; show the indicium"));
            return Err(if *may_be_made { unknown(reason) } else { cut_off() });
        };
        let (uses, snapshot) =
            (self.books().of_serial(asked.serial).map_err(GateError::said)?, self.snapshot());
        let others: Vec<Kept> = uses.into_iter().filter(|one| !is_same(one, asked)).collect();
        let elsewhere = snapshot.status(asked.serial, genuine.issued_at);
        let known = Known { elsewhere, as_of: snapshot.at(), uses: &others };
        let used = match known.decide(asked, genuine) {
            Ok(used) => used,
            Err(no) if *may_be_made => return Err(unknown(&format!("by what is known here it {no}"))),
            Err(no) => return Err(not_redeemable(asked.serial, &no, why, &others)),
        };
        let worth = genuine.terms.worth;
        // Whoever leaves, and whoever comes in again, moves what was used before.
        let given = used.given();
        let is_all = given == worth.units();
        if *may_be_made && same_everywhere(genuine).is_none_or(|amount| amount.units() != given) {
            return Err(unknown(
                "how much the server took neither; ask for an amount under a new key once it is",
            ));
        }
        let answer = Redemption {
            gate: asked.gate.clone(),
            by: asked.steward.clone(),
            at: asked.at.to_string(),
            alone: Some(format!("{why}; what was used elsewhere is known as of {}", snapshot.at())),
            ..Redemption::new(asked.serial, &genuine.terms, &used)
        };
        let answer = serde_json::to_string(&answer).map_err(|error| Problem::internal(&error))?;
        let is_named = !is_all || genuine.terms.uses.is_some();
        let rest = is_named.then(|| Amount::saturating(given, worth.denomination()).number());
        let amount = asked.amount.as_ref().or(rest.as_ref());
        let put = self
            .books()
            .decide(asked, amount.map(String::as_str), given, &answer)
            .map_err(GateError::said)?;
        put.map(|_| answer).ok_or_else(|| reused(&asked.key))
    }

    /// Tells the server of a use that it hasn't heard of, or asks it again.
    pub(crate) fn tell(&self, id: i64) -> Result<(), Unheard> {
        let kept = self.books().by_id(id).map_err(|error| lost(&error))?;
        let Some(kept) = kept.filter(|kept| kept.state.is_untold()) else { return Ok(()) };
        let was_given = kept.state == State::Alone;
        let shown = Shown {
            indicium: None,
            serial: Some(kept.serial.to_string()),
            amount: kept.amount.clone(),
            uses: kept.uses,
            leaves: kept.way == Way::Out,
            gate: kept.gate.clone(),
            entrance: kept.entrance.clone(),
            countersigned: kept.is_countersigned,
            seen_live: kept.is_seen_live,
            used_at: was_given.then(|| kept.at.to_string()),
        };
        match self.upstream.redeem(&self.key(&kept.steward, &kept.key), &shown)? {
            Said::Made { redemption, said } => {
                self.settle(id, &redemption, &said).map_err(|problem| lost(&problem))?;
                if let Some(excess) = &redemption.excess {
                    tracing::error!(serial = %kept.serial, excess, gate = kept.gate, "a double use");
                }
            }
            Said::Not { kind, detail, .. } if was_given && !is_final(kind) => {
                tracing::error!(serial = %kept.serial, detail, "the server doesn't put a use on record now");
            }
            Said::Not { detail, said, .. } => {
                tracing::error!(serial = %kept.serial, was_given, detail, "the server doesn't put a use on record");
                self.books().refuse(id, &said).map_err(|error| lost(&error))?;
            }
        }
        Ok(())
    }

    /// What is known of a genuine indicium.
    pub(crate) fn status(&self, serial: Serial, genuine: &Genuine) -> Result<Status, GateError> {
        let (uses, snapshot) = (self.books().of_serial(serial)?, self.snapshot());
        let elsewhere = snapshot.status(serial, genuine.issued_at);
        let known = Known { elsewhere, as_of: snapshot.at(), uses: &uses };
        Ok(known.used(&genuine.terms).map_or(Status::RedeemedInPart, |used| used.status))
    }

    fn settle(&self, id: i64, redemption: &Redemption, said: &str) -> Result<(), Problem> {
        let units =
            |text: &str| units(text).ok_or_else(|| Problem::internal(&format!("the server took {text:?}")));
        let taken = units(&redemption.amount)? + redemption.excess.as_deref().map_or(Ok(0), units)?;
        let heard = Heard {
            place: redemption.redemption.unwrap_or(1),
            left: units(&redemption.left)?,
            outside: redemption.outside.unwrap_or(0),
        };
        self.books().settle(id, taken, heard, said, redemption.excess.is_some()).map_err(GateError::said)
    }

    /// What the server knows a use by: the same for ever, and no other gate's.
    pub(crate) fn key(&self, steward: &str, key: &str) -> String {
        let mut hash = Sha256::new();
        for part in [&self.id, steward.as_bytes(), key.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        base16ct::lower::encode_string(&hash.finalize()[..20])
    }
}

/// What a gate says of a use that it tells the server of: what that takes of the indicium the server knows.
#[derive(Serialize)]
struct TakenOver<'a> {
    serial: String,
    gate: &'a str,
    by: &'a str,
    at: String,
}

fn taken_over(asked: &Asked) -> Result<String, Problem> {
    let Asked { serial, gate, steward, at, .. } = asked;
    let said = TakenOver { serial: serial.to_string(), gate, by: steward, at: at.to_string() };
    serde_json::to_string(&said).map_err(|error| Problem::internal(&error))
}

/// Whether who asked for all that was left, and never heard the answer, took as much.
fn took_all(asked: &Asked, answer: &str) -> bool {
    let made: Option<Redemption> = serde_json::from_str(answer).ok();
    let (amount, gate) = (asked.amount.as_deref(), &asked.gate);
    made.is_some_and(|made| {
        made.serial == asked.serial.to_string()
            && made.gate == *gate
            && (made.came_again.is_some() || made.amount.split(' ').next() == amount)
    })
}

fn is_same(kept: &Kept, asked: &Asked) -> bool {
    kept.steward == asked.steward && kept.key == asked.key.as_str()
}

/// Why it couldn't be used like that even if it never had been: nothing of that kind is ever on its way. Its dates are for
/// whoever decides; whether it is shown live is seen here alone.
fn never(asked: &Asked) -> Option<NotRedeemable> {
    let genuine = asked.genuine.as_ref()?;
    // Whoever comes in could be the first, and whoever leaves the last of all.
    let (status, units) = match asked.way {
        Way::In => (Status::Live, 0),
        Way::Out => (Status::Redeemed, genuine.terms.worth.units()),
    };
    let used = Used { status, units, outside: 0 };
    genuine.terms.at_any_time().redeem(used, &asked.wanted(genuine)).err()
}

/// Units of an amount as it is shown, with all its decimal places.
fn units(shown: &str) -> Option<u64> {
    let number = shown.split(' ').next()?;
    number.chars().filter(|character| *character != '.').collect::<String>().parse().ok()
}

/// Whether asking again later would come to the same.
fn is_final(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NotRedeemable | Kind::NotLive | Kind::NotGenuine | Kind::UnknownIndicium | Kind::KeyReused
    )
}

/// What sort of problem it is.
fn kind_of(why: &NotRedeemable) -> Kind {
    if matches!(why, NotRedeemable::NotLive(_)) { Kind::NotLive } else { Kind::NotRedeemable }
}

fn not_redeemable(serial: Serial, no: &No, why: &str, uses: &[Kept]) -> Problem {
    if matches!(no, No::InPartElsewhere) {
        return Problem::new(Kind::CutOff, format!("{why}, and {serial} {no}; nothing was redeemed"));
    }
    let given = |one: &&Kept| matches!(one.state, State::Alone | State::Settled | State::Disputed);
    let last = uses.iter().rfind(given).map(|last| format!("; last at {}, {}", last.gate, last.at));
    let detail = format!("{serial} {no}; nothing was redeemed{}", last.unwrap_or_default());
    Problem::new(Kind::NotRedeemable, detail)
}

fn reused(key: &IdempotencyKey) -> Problem {
    let detail =
        format!("the idempotency key {key} was used for another request; take a new key for a new request");
    Problem::new(Kind::KeyReused, detail)
}

fn lost(error: &dyn std::fmt::Display) -> Unheard {
    Unheard::Lost { why: error.to_string(), may_have_arrived: true }
}
