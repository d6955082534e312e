//! What is shown at a gate, read and checked before anything is asked about it.

use api::{Kind, Problem, Shown, past, said};
use asker::IdempotencyKey;
use indicia::{
    Indicium, Presented, Reason, Serial, Showing, Terms, TrustBundle, UnixTime, Verdict, text, verify,
};

use crate::sign_in::Steward;
use crate::uses::{Asked, Genuine};

/// Reads what a steward shows at a gate of this name.
pub(crate) fn read(
    shown: Shown,
    steward: &Steward,
    key: IdempotencyKey,
    gate: &str,
    bundle: &TrustBundle,
    at: UnixTime,
) -> Result<Asked, Problem> {
    let used_at = shown.used_at.as_deref().map(|text| past(text, at)).transpose()?;
    let place = said("gate", &shown.gate)?;
    // As the server knows it: which machine, where at the site, and who.
    let gate = said("gate", &format!("{gate}: {place} ({})", steward.name))?;
    let entrance = shown.entrance()?;
    shown.check_part()?;
    let way = shown.way();
    let (serial, genuine, showing) = match (&shown.indicium, &shown.serial) {
        (Some(indicium), None) => {
            let (serial, genuine, showing) = genuine(indicium, bundle, at)?;
            let amount = shown.part(serial, &genuine.terms)?;
            (serial, Some(Genuine { amount, ..genuine }), showing)
        }
        (None, Some(serial)) => (printed(serial)?, None, Showing::Bare),
        _ => return Err(Problem::new(Kind::Malformed, "either an indicium or a serial is redeemed")),
    };
    let (steward, amount, uses) = (steward.name.to_string(), shown.amount, shown.uses);
    let (is_past, at) = (used_at.is_some(), used_at.unwrap_or(at));
    let is_countersigned = shown.countersigned;
    Ok(Asked {
        steward,
        key,
        serial,
        genuine,
        amount,
        uses,
        way,
        gate,
        entrance,
        showing,
        is_countersigned,
        at,
        is_past,
    })
}

/// A serial as it is printed.
pub(crate) fn printed(serial: &str) -> Result<Serial, Problem> {
    let unknown = |error| Problem::new(Kind::UnknownIndicium, format!("{serial:?} is no serial: {error}"));
    serial.trim().parse().map_err(unknown)
}

/// What is genuine: nothing else is asked about, so that nobody can make the serial of another's indicium count as used.
fn genuine(
    indicium: &str,
    bundle: &TrustBundle,
    at: UnixTime,
) -> Result<(Serial, Genuine, Showing), Problem> {
    let not_genuine = |reason: String| Problem::new(Kind::NotGenuine, reason);
    let bytes = text::from_text(indicium.trim()).map_err(|error| not_genuine(error.to_string()))?;
    let shown = Presented::read(&bytes).map_err(|error| not_genuine(error.to_string()))?;
    match verify(shown.indicium(), bundle, at) {
        Verdict::Genuine(indicium) => says(&shown, &indicium),
        // The server says so, or how it was redeemed under this very key while it was valid.
        Verdict::NotGenuine(Reason::Expired(_) | Reason::NotYetValid(_)) => {
            let indicium =
                Indicium::decode(shown.indicium()).map_err(|error| not_genuine(error.to_string()))?;
            says(&shown, &indicium)
        }
        // Only serials go to the server from here, so that what a revoked key signed is redeemed there alone.
        Verdict::CannotTell(
            reason @ (Reason::UnknownKey { .. } | Reason::BundleExpired(_) | Reason::KeyRevoked),
        ) => Err(Problem::new(Kind::CutOff, format!("whether it is genuine can't be told here: {reason}"))),
        Verdict::NotGenuine(reason) | Verdict::CannotTell(reason) => Err(not_genuine(reason.to_string())),
    }
}

fn says(shown: &Presented<'_>, indicium: &Indicium<'_>) -> Result<(Serial, Genuine, Showing), Problem> {
    let claims = indicium.claims();
    let showing = shown.showing(claims);
    let showing = showing.map_err(|error| Problem::new(Kind::NotGenuine, error.to_string()))?;
    let genuine = Genuine { terms: Terms::of(claims), issued_at: claims.issued_at, amount: None };
    Ok((claims.serial, genuine, showing))
}
