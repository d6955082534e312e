//! How a gate stands, read from its folder, whether it runs or not.

use std::path::Path;

use api::{DoubleUse, Redemption};
use serde::Serialize;

use crate::books::Books;
use crate::error::GateError;
use crate::trust::Trust;
use crate::uses::State;

/// What a gate has done, and what is left to do.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of when the newest status snapshot is; nothing before the first.
    pub snapshot_at: Option<String>,
    /// Until when indicia can be checked by the trust bundle.
    pub bundle_expires: Option<String>,
    /// Whose it is: id of the root key.
    pub root: Option<String>,
    /// Uses that the server has on record.
    pub settled: u64,
    /// Uses that the gate decided alone, and the server hasn't heard of.
    pub untold: u64,
    /// Uses that were asked for, and of which the server's answer was lost.
    pub unknown: u64,
    /// Uses that the server has on record as more than there was: each with what else was made of the same indicium.
    pub double_uses: Vec<DoubleUse>,
    /// Uses that the gate gave alone, and the server doesn't put on record.
    pub disputed: Vec<Disputed>,
}

/// A use that the server doesn't put on record.
#[derive(Debug, Serialize)]
pub struct Disputed {
    /// What the gate answered.
    pub r#use: Option<Redemption>,
    /// What the server said.
    pub problem: Option<serde_json::Value>,
}

/// Reads how a gate stands.
///
/// # Errors
/// [`GateError::Books`].
pub fn report(folder: &Path) -> Result<Report, GateError> {
    let books = Books::look(folder)?;
    let trust = Trust::kept(&books)?;
    let disputed = books.disputed()?.into_iter().map(|kept| Disputed {
        r#use: kept.answer.and_then(|answer| serde_json::from_str(&answer).ok()),
        problem: kept.said.and_then(|said| serde_json::from_str(&said).ok()),
    });
    Ok(Report {
        snapshot_at: trust.as_ref().map(|trust| trust.snapshot.says.at().to_string()),
        bundle_expires: trust.as_ref().map(|trust| trust.bundle.says.expires().to_string()),
        root: trust.as_ref().map(|trust| trust.bundle.says.root().key_id().to_string()),
        settled: books.count(State::Settled)?,
        untold: books.count(State::Alone)?,
        unknown: books.count(State::Asked)?,
        double_uses: double_uses(&books)?,
        disputed: disputed.collect(),
    })
}

/// The double uses that a gate knows of.
pub(crate) fn double_uses(books: &Books) -> Result<Vec<DoubleUse>, GateError> {
    let read = |(said, others): (String, String)| {
        let r#use = serde_json::from_str(&said).ok()?;
        Some(DoubleUse { r#use, others: serde_json::from_str(&others).unwrap_or_default() })
    };
    Ok(books.double_uses()?.into_iter().filter_map(read).collect())
}
