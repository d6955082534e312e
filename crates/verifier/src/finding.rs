//! What is said of one code.

use indicia::{HolderMatch, TrustBundle};
use serde::Serialize;

use crate::checked::{Checked, Judgement};
use crate::details::ItemDetails;
use crate::standing::Standing;

/// What was found of one code, as it is said. What an indicium says is said only of a genuine one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Whether it is to be taken: genuine, letting in now, shown live if it is tied to a device, not used up or void as far as that was looked
    /// for, and made out to the holder if one was named. Nothing if that can't be told.
    pub valid: Option<bool>,
    /// Page of a PDF, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// genuine, not genuine, or can't tell; of a genuine one that lets nobody in at this moment, too early to enter, or too
    /// late to enter; of one that is tied to its holder's device, and isn't shown live by it, not live.
    pub verdict: &'static str,
    /// What the books or a status snapshot say of a genuine one: live, redeemed in part, redeemed, void; unknown if it was
    /// issued after the snapshot, or the books don't have it; nothing if neither was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Of when that is, if a snapshot says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_as_of: Option<String>,
    /// When the trust bundle was made.
    pub bundle_made: String,
    /// Why it isn't to be taken, or why that can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its serial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<String>,
    /// From when on it is valid no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether it is made out to somebody.
    pub has_holder: bool,
    /// Whether it is made out to the holder that was named: matches, differs, made out to nobody; nothing if none was, or it
    /// isn't genuine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<&'static str>,
    /// What else it says.
    #[serde(flatten)]
    pub details: ItemDetails,
    /// How many of its uses are left, if it is for several and the books say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses_left: Option<u32>,
    /// How many left with it who may come in again, if any did and the books say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<u32>,
}

impl Finding {
    /// Puts together what was found by a bundle, what is known of its use, and whether somebody holds it who is said to.
    #[must_use]
    pub fn new(
        page: Option<usize>,
        checked: Checked,
        standing: Standing,
        bundle: &TrustBundle,
        holder: Option<&str>,
    ) -> Self {
        let holder = holder.and_then(|holder| checked.is_held_by(holder));
        let terms = checked.terms.as_ref().filter(|_| standing.is_good() == Some(true));
        let known = terms.zip(standing.used());
        let uses_left = known.and_then(|(terms, used)| terms.uses_left(used.units));
        let outside = known.map(|(terms, used)| terms.uses_in(used.outside));
        Self {
            valid: is_valid(checked.judgement, standing, holder),
            page,
            verdict: checked.judgement.name(),
            status: standing.name(),
            status_as_of: standing.as_of().map(|at| at.to_string()),
            bundle_made: bundle.issued_at().to_string(),
            reason: checked.reason,
            serial: checked.serial.map(|serial| serial.to_string()),
            kind: checked.kind,
            amount: checked.amount,
            issued_at: checked.issued_at.map(|time| time.to_string()),
            expires: checked.expires.map(|time| time.to_string()),
            has_holder: checked.holder.is_some(),
            holder: holder.map(HolderMatch::name),
            details: ItemDetails::from(&checked.details),
            uses_left: uses_left.map(|uses| uses.left),
            outside: outside.filter(|outside| *outside > 0),
        }
    }
}

/// What speaks against it outweighs what can't be told.
fn is_valid(judgement: Judgement, standing: Standing, holder: Option<HolderMatch>) -> Option<bool> {
    let genuine = match judgement {
        Judgement::Genuine => Some(true),
        Judgement::NotGenuine | Judgement::TooEarly | Judgement::TooLate | Judgement::NotLive => Some(false),
        Judgement::CannotTell => None,
    };
    let held = Some(holder.is_none_or(|holder| holder == HolderMatch::Matches));
    let all = [genuine, standing.is_good(), held];
    if all.contains(&Some(false)) { Some(false) } else { (!all.contains(&None)).then_some(true) }
}

#[cfg(test)]
mod tests {
    use indicia::{Status, UnixTime, Used};

    use super::*;

    #[test]
    fn what_speaks_against_it_outweighs_what_cant_be_told() {
        use HolderMatch::{Bearer, Differs, Matches};
        let (genuine, false_, unclear) = (Judgement::Genuine, Judgement::NotGenuine, Judgement::CannotTell);
        let as_of = |status| Standing::AsOf(UnixTime(1), status);
        let (unsaid, later, void) = (Standing::Unsaid, as_of(None), as_of(Some(Status::Void)));
        let now = |status| Standing::Now(Some(Used { status, units: 1, outside: 0 }));
        let part = now(Status::RedeemedInPart);
        for (judgement, standing, holder, valid) in [
            (genuine, unsaid, None, Some(true)),
            (genuine, part, Some(Matches), Some(true)),
            (genuine, later, None, None),
            (genuine, later, Some(Differs), Some(false)),
            (genuine, part, Some(Bearer), Some(false)),
            (genuine, void, Some(Matches), Some(false)),
            (genuine, now(Status::Redeemed), None, Some(false)),
            (genuine, Standing::Now(None), None, None),
            (false_, unsaid, None, Some(false)),
            (unclear, unsaid, None, None),
            (Judgement::TooEarly, part, Some(Matches), Some(false)),
            (Judgement::TooLate, later, None, Some(false)),
            (Judgement::NotLive, part, Some(Matches), Some(false)),
        ] {
            assert_eq!(is_valid(judgement, standing, holder), valid, "{judgement}, {standing:?}, {holder:?}");
        }
    }
}
