//! What is to be said of a symbol or text, to whoever stands at a gate.

use std::hash::{DefaultHasher, Hash, Hasher};

use indicia::recognise::{Recognised, recognise};
use indicia::{
    Amount, Claims, Entering, Indicium, Presented, Reason, Serial, Showing, Status, StatusSnapshot, Template,
    Terms, UnixTime, Used, Verdict, text, verify_many,
};
use serde::Serialize;

use crate::knowledge::{Knowledge, Use};

/// What it comes to, as it is seen from afar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// To be taken.
    Good,
    /// To be looked at.
    Wait,
    /// Not to be taken.
    Bad,
    /// Not ours.
    Other,
}

/// What was found of one symbol or text. What an indicium says is said only where its signature is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The same for the same symbol, another for another: of what is to be taken, its serial, also where a device shows it anew.
    pub key: String,
    /// In a colour.
    pub colour: Colour,
    /// In a word or three.
    pub word: &'static str,
    /// In a sentence.
    pub reason: String,
    /// What of that can't be known without a network; nothing where it makes no difference.
    pub unknown: Option<String>,
    /// Whether it is genuine: `genuine`, `not genuine`, `can't tell`, or `somebody else's`.
    pub verdict: &'static str,
    /// What the snapshot says of a genuine one: `live`, `redeemed in part`, `redeemed`, `void`; `unknown` where it was issued
    /// after the snapshot.
    pub status: Option<&'static str>,
    /// Its text as the server takes it, or what its holder's device showed of it.
    pub text: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub says: Option<Says>,
}

/// What an indicium says, and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Says {
    /// Its serial as printed.
    pub serial: String,
    /// What it is.
    pub title: &'static str,
    /// What it is worth.
    pub amount: String,
    /// How much of that is left, as far as this scanner knows.
    pub left: String,
    /// Whether it is used in part.
    pub is_used_in_part: bool,
    /// Whether its holder has to sign it again.
    pub is_countersigned: bool,
    /// How many of its uses are left, as far as this scanner knows, if it is for several.
    pub uses_left: Option<u32>,
    /// Whether whoever leaves may come in again.
    pub reentry: bool,
    /// How many left who may come in again, as far as this scanner knows.
    pub outside: u32,
    /// What it lets in to.
    pub event: Option<String>,
    /// Where one sits there.
    pub seat: Option<String>,
    /// By which entrance it lets in.
    pub entrance: Option<String>,
    /// Class of service, seat, or the like.
    pub service: Option<String>,
    /// When it was issued.
    pub issued_at: String,
    /// From when on it is valid.
    pub not_before: Option<String>,
    /// Until when it is valid.
    pub expires: Option<String>,
    /// Whether it is made out to somebody.
    pub has_holder: bool,
}

/// What a gate makes of it.
struct Standing {
    colour: Colour,
    word: &'static str,
    reason: String,
    unknown: Option<String>,
}

const fn standing(colour: Colour, word: &'static str, reason: String) -> Standing {
    Standing { colour, word, reason, unknown: None }
}

/// What our own is called by [`recognise`].
const OURS: [&str; 2] = ["mintage", "mintage-presentation"];
/// What [`Finding::status`] is of an indicium that was issued after the snapshot.
const UNKNOWN: &str = "unknown";

impl Finding {
    fn new(content: &[u8], verdict: &'static str, standing: Standing) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let Standing { colour, word, reason, unknown } = standing;
        Self {
            key: format!("{:016x}", hasher.finish()),
            colour,
            word,
            reason,
            unknown,
            verdict,
            status: None,
            text: None,
            says: None,
        }
    }
}

impl Knowledge {
    /// Judges a symbol's content, or a text, at a time; and returns the indicium, where it is one to be redeemed, and how it is shown.
    pub fn judge(&mut self, content: &[u8], now: UnixTime) -> (Finding, Option<(Claims<'static>, Showing)>) {
        match recognise(content) {
            Some(found) if !OURS.contains(&found.scheme) => (others(content, found), None),
            None => (nothing_known(content), None),
            Some(_) => match read(content) {
                Ok(bytes) => self.judge_ours(content, &bytes, now),
                Err(error) => (not_genuine(content, &error), None),
            },
        }
    }

    /// Judges a serial that was typed: there is no signature in it.
    #[must_use]
    pub fn judge_serial(&self, serial: Serial) -> Finding {
        let status = self.statuses.as_ref().and_then(|statuses| statuses.status(serial, UnixTime(u64::MAX)));
        let said = self.dead(serial, status).unwrap_or_else(|| {
            let reason =
                "A serial alone shows no signature: only the server knows whether it was ever issued.";
            standing(Colour::Wait, "Can't tell", reason.to_owned())
        });
        Finding {
            key: serial.to_string(),
            status: status.map(Status::name),
            ..Finding::new(serial.to_string().as_bytes(), "can't tell", said)
        }
    }

    fn judge_ours(
        &mut self,
        content: &[u8],
        bytes: &[u8],
        now: UnixTime,
    ) -> (Finding, Option<(Claims<'static>, Showing)>) {
        let cannot_tell = |reason: String| {
            Finding::new(content, "can't tell", standing(Colour::Wait, "Can't tell", reason))
        };
        let Some(bundle) = &self.bundle else {
            let reason = "This scanner has no trust bundle yet: connect it to the network once.";
            return (cannot_tell(reason.to_owned()), None);
        };
        let shown = match Presented::read(bytes) {
            Ok(shown) => shown,
            Err(error) => return (not_genuine(content, &error), None),
        };
        let (verdict, said) = match verify_many(shown.indicium(), bundle, now, &mut self.roots) {
            Verdict::Genuine(_) => ("genuine", None),
            Verdict::CannotTell(reason) => return (cannot_tell(sentence(&reason)), None),
            // Its signature was checked before that.
            Verdict::NotGenuine(reason @ Reason::Expired(_)) => {
                ("genuine", Some(standing(Colour::Bad, "Expired", sentence(&reason))))
            }
            Verdict::NotGenuine(reason @ Reason::NotYetValid(_)) => {
                ("genuine", Some(standing(Colour::Bad, "Not valid yet", sentence(&reason))))
            }
            Verdict::NotGenuine(reason @ Reason::Future(_)) => {
                let reason = format!("{} Is this device's clock right?", sentence(&reason));
                ("can't tell", Some(standing(Colour::Wait, "Can't tell", reason)))
            }
            Verdict::NotGenuine(reason) => return (not_genuine(content, &reason), None),
        };
        let claims = match Indicium::decode(shown.indicium()) {
            Ok(indicium) => indicium.claims().clone(),
            Err(error) => return (cannot_tell(sentence(&error)), None), // it was decoded before
        };
        let showing = match shown.showing(&claims) {
            Ok(showing) => showing,
            Err(error) => return (not_genuine(content, &error), None),
        };
        let serial = claims.serial;
        let status = self.statuses.as_ref().map(|statuses| statuses.status(serial, claims.issued_at));
        let terms = Terms::of(&claims);
        let used = self.used(serial, &terms, status.flatten());
        let copy = copied(&claims, showing, now);
        let is_copy = copy.is_some();
        let said = said
            .or_else(|| (used.outside == 0).then(|| self.dead(serial, status.flatten())).flatten())
            .or(copy)
            .or_else(|| closed(&claims, now))
            .or_else(|| self.elsewhere(&claims))
            .unwrap_or_else(|| self.alive(&claims, used, status.flatten(), now));
        let found = Finding::new(content, verdict, said);
        let finding = Finding {
            // Beside a copy the device itself may be shown.
            key: if is_copy { found.key } else { serial.to_string() },
            status: status.map(|status| status.map_or(UNKNOWN, Status::name)),
            text: Some(text::to_text(bytes)),
            says: Some(self.says(&claims, status.flatten())),
            ..found
        };
        (finding, Some((claims, showing)))
    }

    /// What is said of one of which nothing is left.
    fn dead(&self, serial: Serial, status: Option<Status>) -> Option<Standing> {
        if let Some(Use { left: 0, at, gate, .. }) = self.made(serial, status) {
            let reason = format!("This scanner has redeemed it already: at {gate}, {at}.");
            return Some(standing(Colour::Bad, "Used already", reason));
        }
        let as_of = self.statuses.as_ref().map_or(UnixTime(0), StatusSnapshot::at);
        match status? {
            Status::Redeemed => {
                let reason = format!("It was redeemed before {as_of}.");
                Some(standing(Colour::Bad, "Used already", reason))
            }
            Status::Void => {
                let reason = format!("It became void before {as_of}, and its value went back.");
                Some(standing(Colour::Bad, "Void", reason))
            }
            Status::Live | Status::RedeemedInPart => None,
        }
    }

    /// What is said of one that lets in elsewhere.
    fn elsewhere(&self, claims: &Claims<'_>) -> Option<Standing> {
        let why = Terms::of(claims).check_entrance(self.post.entrance.as_deref()).err()?;
        Some(standing(Colour::Bad, "Other entrance", format!("It {why}.")))
    }

    /// What is said of one that is good for something.
    fn alive(&self, claims: &Claims<'_>, used: Used, status: Option<Status>, now: UnixTime) -> Standing {
        let Some(statuses) = &self.statuses else {
            let reason = "It is genuine. Whether it was used before can't be told: this scanner has no status snapshot yet.";
            return standing(Colour::Wait, "Genuine", reason.to_owned());
        };
        let as_of = statuses.at();
        if let Err(too_old) = self.check_age(now) {
            let reason = format!("It is genuine, but {too_old}: whether it was used since can't be told.");
            return standing(Colour::Wait, "Can't tell", reason);
        }
        let unknown =
            Some(format!("Whether it was used elsewhere since {as_of} can't be told without the network."));
        match status {
            _ if used.outside > 0 => {
                let reason = "It is genuine, and somebody left with it who may come in again.";
                Standing { unknown, ..standing(Colour::Good, "Comes in again", reason.to_owned()) }
            }
            Some(Status::RedeemedInPart) => {
                let reason = format!(
                    "It was used in part before {as_of}: how much is left is known to the server only."
                );
                Standing { unknown, ..standing(Colour::Wait, "Used in part", reason) }
            }
            None => {
                let issued = claims.issued_at;
                let reason = format!("It is genuine, and was issued at {issued}, after the status snapshot.");
                let unknown =
                    Some("Whether it was used elsewhere since can't be told without the network.".to_owned());
                Standing { unknown, ..standing(Colour::Good, "Valid", reason) }
            }
            Some(_) => {
                let reason = format!("It is genuine, and was unused as of {as_of}.");
                Standing { unknown, ..standing(Colour::Good, "Valid", reason) }
            }
        }
    }

    /// How far an indicium is used, as far as is known here.
    pub(crate) fn used(&self, serial: Serial, terms: &Terms, status: Option<Status>) -> Used {
        let made = self.made(serial, status);
        let as_of = self.statuses.as_ref().map_or(UnixTime(0), StatusSnapshot::at);
        let is_later = made.is_some_and(|made| made.settled.is_none_or(|settled| settled >= as_of));
        // Of what is over nothing comes later, unless whoever left may come in again.
        let is_open = |used: &Used| used.status != Status::Void && terms.reentry && is_later;
        let by_snapshot = status.filter(|status| *status != Status::Live);
        let by_snapshot = by_snapshot.and_then(|status| terms.used_by(status)).filter(|used| !is_open(used));
        let by_itself = || {
            let made = made?;
            let units = terms.worth.units().saturating_sub(made.left);
            let share = terms.share().map_or(0, Amount::units);
            let outside = share.saturating_mul(made.outside.into()).min(units);
            Some(Used { status: terms.status(units, outside), units, outside })
        };
        by_snapshot.or_else(by_itself).unwrap_or_default()
    }

    fn says(&self, claims: &Claims<'_>, status: Option<Status>) -> Says {
        let (template, terms) = (Template::of_claims(claims), Terms::of(claims));
        let details = &claims.details;
        let used = self.used(claims.serial, &terms, status);
        let left = Amount::saturating(claims.amount.units() - used.units, claims.amount.denomination());
        Says {
            serial: claims.serial.to_string(),
            title: template.title,
            amount: claims.amount.to_string(),
            left: left.to_string(),
            is_used_in_part: terms.is_used_in_part(),
            is_countersigned: terms.is_countersigned,
            uses_left: terms.uses_left(used.units).map(|uses| uses.left),
            reentry: terms.reentry,
            outside: terms.uses_in(used.outside),
            event: details.event.as_deref().map(str::to_owned),
            seat: details.seat.as_deref().map(str::to_owned),
            entrance: details.entrance.as_deref().map(str::to_owned),
            service: claims.service.as_ref().map(ToString::to_string),
            issued_at: claims.issued_at.to_string(),
            not_before: claims.not_before.map(|time| time.to_string()),
            expires: claims.expires.map(|time| time.to_string()),
            has_holder: claims.holder.is_some(),
        }
    }
}

/// What is said of one that is tied to its holder's device, and isn't shown live by it.
fn copied(claims: &Claims<'_>, showing: Showing, now: UnixTime) -> Option<Standing> {
    let why = Terms::of(claims).check_live(showing, now).err()?;
    Some(standing(Colour::Bad, "Not live", format!("It {why}.")))
}

/// What is said of one that lets nobody in at a time.
fn closed(claims: &Claims<'_>, now: UnixTime) -> Option<Standing> {
    let terms = Terms::of(claims);
    let word = match terms.entry.at(now) {
        Entering::Open => return None,
        Entering::TooEarly(_) => "Too early to enter",
        Entering::TooLate(_) => "Too late to enter",
    };
    let why = terms.check_entry(now).err()?;
    Some(standing(Colour::Bad, word, format!("It {why}.")))
}

fn not_genuine(content: &[u8], error: &impl ToString) -> Finding {
    Finding::new(content, "not genuine", standing(Colour::Bad, "Not genuine", sentence(error)))
}

/// The bytes of an indicium in either form, or of what its holder's device shows.
fn read(content: &[u8]) -> Result<Vec<u8>, text::TextError> {
    match std::str::from_utf8(content) {
        Ok(line) if line.starts_with(text::PREFIX) => text::from_text(line),
        _ => Ok(content.to_vec()),
    }
}

fn others(content: &[u8], found: Recognised) -> Finding {
    let Recognised { title, remarks, .. } = found;
    let remark = remarks.first().map(|remark| format!(": {remark}")).unwrap_or_default();
    let reason = format!("This is somebody else's: {title}{remark}.");
    Finding::new(content, "somebody else's", standing(Colour::Other, "Not ours", reason))
}

fn nothing_known(content: &[u8]) -> Finding {
    let reason = "This is no indicium, and nothing else that is known here.";
    Finding::new(content, "not genuine", standing(Colour::Other, "Not ours", reason.to_owned()))
}

/// An error as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}
