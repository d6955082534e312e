//! Uses as the gate has them.

use asker::IdempotencyKey;
use indicia::{Amount, Serial, Showing, Terms, UnixTime, Wanted, Way};
use sha2::{Digest, Sha256};

/// A use that one of the gate's scanners asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Who asks.
    pub(crate) steward: String,
    /// What he calls it.
    pub(crate) key: IdempotencyKey,
    pub(crate) serial: Serial,
    /// What the indicium says that was shown, and is genuine. Where a serial was typed only the server knows.
    pub(crate) genuine: Option<Genuine>,
    /// How much, as it was asked for.
    pub(crate) amount: Option<String>,
    /// How many uses, as it was asked for.
    pub(crate) uses: Option<u32>,
    /// Which way its holder goes.
    pub(crate) way: Way,
    /// Where, as the server is told.
    pub(crate) gate: String,
    /// At which entrance, if that is named.
    pub(crate) entrance: Option<String>,
    /// Whether its holder signed it again before the steward.
    pub(crate) is_countersigned: bool,
    /// How it was shown.
    pub(crate) showing: Showing,
    /// When it came; or when it was made, if it was.
    pub(crate) at: UnixTime,
    /// Whether the scanner made it already, when it couldn't ask the gate.
    pub(crate) is_past: bool,
}

/// What a genuine indicium says.
#[derive(Debug, Clone)]
pub(crate) struct Genuine {
    pub(crate) terms: Terms,
    pub(crate) issued_at: UnixTime,
    /// How much of it is asked for.
    pub(crate) amount: Option<Amount>,
}

impl Asked {
    /// The use, of what is genuine.
    pub(crate) fn wanted(&self, genuine: &Genuine) -> Wanted<'_> {
        let entrance = self.entrance.as_deref();
        let Self { way, at, showing, is_countersigned, .. } = *self;
        Wanted { amount: genuine.amount, way, at, entrance, showing, is_countersigned, is_past: false }
    }

    /// The same. What was seen live when it was asked before, and no answer came, needn't be live still.
    pub(crate) fn as_seen(&self, before: Option<&Kept>) -> Self {
        let showing =
            if before.is_some_and(|before| before.is_seen_live) { Showing::Vouched } else { self.showing };
        Self { showing, ..self.clone() }
    }

    /// Whether it is tied to a device, and that was seen to show it live.
    pub(crate) fn is_seen_live(&self) -> bool {
        let is_tied = self.genuine.as_ref().is_some_and(|genuine| genuine.terms.is_tied);
        is_tied && self.showing.check_live(self.at).is_ok()
    }

    /// Tells a repetition from another use under the same key.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let amount = match &self.genuine {
            Some(genuine) => genuine.amount.map(|amount| amount.number()),
            None => self.amount.clone(),
        };
        // What a number of uses comes to is known of what is genuine.
        let uses = self.uses.filter(|_| self.genuine.is_none()).map(|uses| uses.to_string());
        let parts = [self.serial.to_string(), amount.unwrap_or_default(), self.gate.clone()];
        let mut hash = Sha256::new();
        let way = (self.way == Way::Out).then(|| "out".to_owned());
        for part in parts.into_iter().chain(uses).chain(way) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// What became of a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It was passed on, and no answer was heard: it may have been made.
    Asked,
    /// The gate decided alone, and the server hasn't heard of it.
    Alone,
    /// The server has it on record.
    Settled,
    /// The server said no, and nothing was given.
    Refused,
    /// The gate gave it alone, and the server doesn't put it on record.
    Disputed,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Asked, Self::Alone, Self::Settled, Self::Refused, Self::Disputed];

    /// As it is kept.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::Alone => 1,
            Self::Settled => 2,
            Self::Refused => 3,
            Self::Disputed => 4,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether the server has to be told, or asked again.
    pub(crate) fn is_untold(self) -> bool {
        matches!(self, Self::Asked | Self::Alone)
    }
}

/// What the server said of a use: the later one has all in it that the server knew of the indicium then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Heard {
    /// Which of the indicium's redemptions it is.
    pub(crate) place: u32,
    /// Units left after it.
    pub(crate) left: u64,
    /// How many were outside after it.
    pub(crate) outside: u32,
}

/// A use that the gate keeps.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) steward: String,
    pub(crate) key: String,
    pub(crate) digest: [u8; 32],
    pub(crate) serial: Serial,
    pub(crate) amount: Option<String>,
    pub(crate) uses: Option<u32>,
    pub(crate) way: Way,
    pub(crate) gate: String,
    pub(crate) entrance: Option<String>,
    pub(crate) is_countersigned: bool,
    /// Whether its holder's device was seen to show it live.
    pub(crate) is_seen_live: bool,
    pub(crate) at: UnixTime,
    pub(crate) state: State,
    /// Units that were given; none where only the server knows.
    pub(crate) given: Option<u64>,
    /// What the server said it came to.
    pub(crate) heard: Option<Heard>,
    /// What whoever asked was answered.
    pub(crate) answer: Option<String>,
    /// What the server said.
    pub(crate) said: Option<String>,
}
