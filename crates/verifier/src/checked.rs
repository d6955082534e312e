//! What a code says, if it is genuine.

use std::fmt;

use indicia::{
    Details, Entering, GoodRoots, HolderDigest, HolderMatch, Indicium, Presented, Reason, Serial, Terms,
    TrustBundle, UnixTime, Verdict, verify_many,
};

/// Whether something is a genuine indicium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It is.
    Genuine,
    /// It isn't.
    NotGenuine,
    /// The bundle isn't enough to tell.
    CannotTell,
    /// It is, and lets nobody in yet.
    TooEarly,
    /// It is, and lets nobody in any more.
    TooLate,
    /// It is, and isn't shown live by the device to which it is tied.
    NotLive,
}

impl Judgement {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::NotGenuine => "not genuine",
            Self::CannotTell => "can't tell",
            Self::TooEarly => "too early to enter",
            Self::TooLate => "too late to enter",
            Self::NotLive => "not live",
        }
    }

    /// Whether it was issued by this issuer, is unchanged, and valid, also where it lets nobody in at this moment or like this.
    #[must_use]
    pub fn is_genuine(self) -> bool {
        matches!(self, Self::Genuine | Self::TooEarly | Self::TooLate | Self::NotLive)
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was found of one code. What an indicium says is said only of a genuine one.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Whether it is genuine.
    pub judgement: Judgement,
    /// Why it isn't, or why that can't be told.
    pub reason: Option<String>,
    /// Its serial.
    pub serial: Option<Serial>,
    /// Its kind.
    pub kind: Option<String>,
    /// What it is worth.
    pub amount: Option<String>,
    /// What it says of its uses.
    pub terms: Option<Terms>,
    /// When it was issued.
    pub issued_at: Option<UnixTime>,
    /// When it ends.
    pub expires: Option<UnixTime>,
    /// The tie to whom it is made out to, if it is to anybody.
    pub holder: Option<HolderDigest>,
    /// What else it says.
    pub details: Details<'static>,
}

impl Checked {
    /// Checks the bytes of what may be an indicium, or a device's presentation of one, against a bundle at a time; roots are
    /// remembered from one to the next.
    #[must_use]
    pub fn new(bytes: &[u8], bundle: &TrustBundle, now: UnixTime, roots: &mut GoodRoots) -> Self {
        match Presented::read(bytes) {
            Ok(shown) => Self::of(&shown, verify_many(shown.indicium(), bundle, now, roots), now),
            Err(error) => Self::not_an_indicium(error.to_string()),
        }
    }

    /// The same for whoever has the books: they say whether an indicium was issued whose key is revoked.
    ///
    /// # Errors
    /// Where the books can't be asked.
    pub fn by_books<E>(
        bytes: &[u8],
        bundle: &TrustBundle,
        now: UnixTime,
        roots: &mut GoodRoots,
        was_issued: impl FnOnce(&Indicium<'_>) -> Result<bool, E>,
    ) -> Result<Self, E> {
        let shown = match Presented::read(bytes) {
            Ok(shown) => shown,
            Err(error) => return Ok(Self::not_an_indicium(error.to_string())),
        };
        let bytes = shown.indicium();
        let verdict = verify_many(bytes, bundle, now, roots);
        let (Verdict::CannotTell(Reason::KeyRevoked), Ok(indicium)) = (&verdict, Indicium::decode(bytes))
        else {
            return Ok(Self::of(&shown, verdict, now));
        };
        let is_there = was_issued(&indicium)?;
        let (genuine, not_issued) = (Verdict::Genuine, Verdict::NotGenuine(Reason::NotIssued));
        Ok(Self::of(&shown, if is_there { genuine(Box::new(indicium)) } else { not_issued }, now))
    }

    fn of(shown: &Presented<'_>, verdict: Verdict<'_>, now: UnixTime) -> Self {
        match verdict {
            Verdict::NotGenuine(reason) => Self::without(Judgement::NotGenuine, reason.to_string()),
            Verdict::CannotTell(reason) => Self::without(Judgement::CannotTell, reason.to_string()),
            Verdict::Genuine(indicium) => {
                let claims = indicium.claims();
                let showing = match shown.showing(claims) {
                    Ok(showing) => showing,
                    Err(error) => return Self::not_an_indicium(error.to_string()),
                };
                let terms = Terms::of(claims);
                let live = terms.check_live(showing, now);
                let judgement = match terms.entry.at(now) {
                    _ if live.is_err() => Judgement::NotLive,
                    Entering::Open => Judgement::Genuine,
                    Entering::TooEarly(_) => Judgement::TooEarly,
                    Entering::TooLate(_) => Judgement::TooLate,
                };
                let why_not = live.and_then(|()| terms.check_entry(now)).err();
                Self {
                    judgement,
                    reason: why_not.map(|why| format!("it {why}")),
                    serial: Some(claims.serial),
                    kind: Some(claims.kind.to_string()),
                    amount: Some(claims.amount.to_string()),
                    terms: Some(terms),
                    issued_at: Some(claims.issued_at),
                    expires: claims.expires,
                    holder: claims.holder,
                    details: claims.details.clone(),
                }
            }
        }
    }

    /// Something that doesn't even have an indicium's bytes, and why.
    #[must_use]
    pub fn not_an_indicium(reason: String) -> Self {
        Self::without(Judgement::NotGenuine, reason)
    }

    /// Whether it is made out to somebody who is said to hold it. Nothing is said of what isn't genuine.
    #[must_use]
    pub fn is_held_by(&self, holder: &str) -> Option<HolderMatch> {
        self.judgement.is_genuine().then(|| HolderMatch::of(self.holder.as_ref(), holder))
    }

    fn without(judgement: Judgement, reason: String) -> Self {
        Self {
            judgement,
            reason: Some(reason),
            serial: None,
            kind: None,
            amount: None,
            terms: None,
            issued_at: None,
            expires: None,
            holder: None,
            details: Details::default(),
        }
    }
}
