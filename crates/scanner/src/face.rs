//! What JavaScript calls. Answers are JSON, since they go on from a worker to the page.

use indicia::{Serial, UnixTime, Way};
use serde::Serialize;
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::knowledge::Use;
use crate::post::Post;
use crate::taking::{Desk, Part, Taking};

/// What isn't as it should be of what the page hands over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum CallError {
    /// No serial.
    #[error("no serial: {0}")]
    Serial(#[from] indicia::SerialError),
    /// No amount.
    #[error("what this scanner noted of a redemption can't be read")]
    Amount,
}

/// A scanner.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Scanner(Desk);

/// How something is taken, beyond how much of it.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As most is.
    Plainly,
    /// Its holder has signed it again before the steward.
    Countersigned,
    /// Its holder leaves, to come in again.
    Leaves,
}

/// What a scanner knows, and as of when.
#[derive(Debug, Serialize)]
struct Standing {
    issuer: Option<String>,
    bundle_made: Option<String>,
    bundle_expires: Option<String>,
    statuses_at: Option<String>,
    /// Names the snapshot to the server: SHA-256 in hexadecimal digits.
    statuses_digest: Option<String>,
}

#[wasm_bindgen]
impl Scanner {
    /// One that knows nothing.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says at which entrance it stands, if at any, and for how many hours a snapshot is gone by without a network, if not for
    /// ever.
    #[wasm_bindgen(js_name = standAt)]
    pub fn stand_at(&mut self, entrance: Option<String>, most_hours: Option<u32>) {
        let entrance = entrance.filter(|entrance| !entrance.trim().is_empty());
        self.0.knowledge.post = Post { entrance, most_hours };
    }

    /// Takes a trust bundle.
    ///
    /// # Errors
    /// It is none, or is of another root than the one before.
    #[wasm_bindgen(js_name = takeBundle)]
    pub fn take_bundle(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        Ok(self.0.knowledge.take_bundle(bytes)?)
    }

    /// Takes a status snapshot, or what has changed since the one before.
    ///
    /// # Errors
    /// It is none, or builds on another one.
    #[wasm_bindgen(js_name = takeStatuses)]
    pub fn take_statuses(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        Ok(self.0.knowledge.take_statuses(bytes)?)
    }

    /// The status snapshot, to be kept.
    #[must_use]
    pub fn statuses(&self) -> Option<Vec<u8>> {
        self.0.knowledge.statuses.as_ref().map(indicia::StatusSnapshot::encode)
    }

    /// Takes what was kept of [`Scanner::statuses`].
    ///
    /// # Errors
    /// It isn't that.
    #[wasm_bindgen(js_name = restoreStatuses)]
    pub fn restore_statuses(&mut self, payload: &[u8]) -> Result<(), JsError> {
        Ok(self.0.knowledge.restore_statuses(payload)?)
    }

    /// What it knows, and as of when.
    #[must_use]
    pub fn standing(&self) -> String {
        let (bundle, statuses) = (&self.0.knowledge.bundle, &self.0.knowledge.statuses);
        let hex = |digest: [u8; 32]| digest.iter().map(|byte| format!("{byte:02x}")).collect();
        json(&Standing {
            issuer: bundle.as_ref().map(|bundle| bundle.issuer().to_owned()),
            bundle_made: bundle.as_ref().map(|bundle| bundle.issued_at().to_string()),
            bundle_expires: bundle.as_ref().map(|bundle| bundle.expires().to_string()),
            statuses_at: statuses.as_ref().map(|statuses| statuses.at().to_string()),
            statuses_digest: statuses.as_ref().map(|statuses| hex(statuses.digest())),
        })
    }

    /// Judges all symbols of a frame, of four bytes a pixel: red, green, blue, and one that counts for nothing; at a time in
    /// seconds since 1970.
    ///
    /// # Errors
    /// The frame has another number of pixels.
    pub fn look(&mut self, width: usize, height: usize, rgba: &[u8], now: f64) -> Result<String, JsError> {
        let pixels = rgba.chunks_exact(4).map(luminance).collect();
        let found = scan::read_frame(width, height, pixels)?;
        let contents: Vec<&[u8]> = found.iter().map(|one| one.content.as_slice()).collect();
        Ok(json(&self.0.judge_frame(&contents, time(now))))
    }

    /// Judges a text, or a serial.
    pub fn read(&mut self, text: &str, now: f64) -> String {
        json(&[self.0.judge_text(text, time(now))])
    }

    /// Notes a redemption that was made here: what was left, as an amount with all its decimal places, how many were outside, and
    /// since when the server knows of it.
    ///
    /// # Errors
    /// No serial, or no amount.
    #[wasm_bindgen(js_name = noteUse)]
    pub fn note_use(
        &mut self,
        serial: &str,
        left: &str,
        outside: u32,
        at: f64,
        gate: String,
        settled: Option<f64>,
    ) -> Result<(), JsError> {
        let serial: Serial = serial.parse().map_err(CallError::Serial)?;
        // The digits of an amount are its units.
        let digits: String = left.chars().filter(char::is_ascii_digit).collect();
        let left = digits.parse().map_err(|_| CallError::Amount)?;
        let made = Use { left, outside, at: time(at), gate, settled: settled.map(time) };
        self.0.knowledge.note(serial, made);
        Ok(())
    }

    /// Takes an amount or a number of uses of an indicium that was judged here; if neither is said, one of several uses, or else
    /// all that is left, or whose holder is inside.
    ///
    /// # Errors
    /// It can't be taken; says why.
    #[allow(clippy::needless_pass_by_value)] // what comes from JavaScript is owned
    pub fn take(
        &mut self,
        serial: &str,
        amount: Option<String>,
        uses: Option<u32>,
        how: How,
        at: f64,
        gate: String,
    ) -> Result<String, JsError> {
        let serial: Serial = serial.parse().map_err(CallError::Serial)?;
        let amount = amount.as_deref().map(Part::Amount);
        let part = uses.map(Part::Uses).or(amount).unwrap_or_default();
        let way = if how == How::Leaves { Way::Out } else { Way::In };
        let taking = Taking { part, way, is_countersigned: how == How::Countersigned };
        Ok(json(&self.0.take(serial, taking, time(at), gate)?))
    }

    /// Whether an indicium that was judged here is made out to somebody: `matches`, `differs`, `made out to nobody`.
    #[must_use]
    pub fn holder(&self, serial: &str, holder: &str) -> Option<String> {
        let said = self.0.is_held_by(serial.parse().ok()?, holder)?;
        Some(said.name().to_owned())
    }
}

/// ITU-R BT.601, in integers.
fn luminance(pixel: &[u8]) -> u8 {
    let weigh = |channel: usize, weight: u16| u16::from(pixel[channel]) * weight;
    // the weights come to 256, so the quotient is a byte
    u8::try_from((weigh(0, 77) + weigh(1, 150) + weigh(2, 29)) / 256).unwrap_or(u8::MAX)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them")
}

fn time(seconds_since_1970: f64) -> UnixTime {
    UnixTime(seconds(seconds_since_1970))
}

/// JavaScript's numbers have 53 bits, which is enough for seconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // floats saturate
pub(crate) fn seconds(number: f64) -> u64 {
    number as u64
}
