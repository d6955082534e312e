//! The payloads of full snapshots and deltas: `{iss, iat, [base, result,] statuses[, revoked keys]}`, where the statuses are
//! an array of `[device, runs, …]` in the order of devices.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::claims::Label;
use crate::revoked::RevokedKeys;
use crate::serial::DeviceId;
use crate::status::delta::Link;
use crate::status::runs::Runs;
use crate::status::{StatusDelta, StatusError, StatusSnapshot};
use crate::strict;
use crate::time::UnixTime;
use crate::wire;

/// A payload of either form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusClaims {
    /// All that isn't live.
    Full(StatusSnapshot),
    /// What has changed since another snapshot.
    Delta(StatusDelta),
}

impl StatusClaims {
    /// Reads a payload strictly: it is what the result encodes to.
    ///
    /// # Errors
    /// [`StatusError`], never about a signature.
    pub fn decode(payload: &[u8]) -> Result<Self, StatusError> {
        if payload.len() > StatusSnapshot::MOST_BYTES {
            return Err(StatusError::TooLong(payload.len()));
        }
        strict::check(payload)?;
        let mut decoder = Decoder::new(payload);
        let wrong = StatusError::Claim;
        let (mut issuer, mut at, mut base, mut result, mut statuses) = (None, None, None, None, None);
        let mut revoked = RevokedKeys::default();
        for _ in 0..decoder.map().ok().flatten().ok_or(wrong(0))? {
            let label = decoder.i64().map_err(|_| wrong(0))?;
            let bad = |_| StatusError::Claim(label);
            match label {
                Label::ISS => issuer = Some(decoder.str().map_err(bad)?.to_owned()),
                Label::IAT => at = Some(UnixTime(decoder.u64().map_err(bad)?)),
                Label::STATUS_BASE => base = Some(digest(&mut decoder, label)?),
                Label::STATUS_RESULT => result = Some(digest(&mut decoder, label)?),
                Label::STATUSES => {
                    statuses = Some(decoder.clone());
                    decoder.skip().map_err(bad)?;
                }
                Label::REVOKED_KEYS => {
                    revoked = RevokedKeys::decode(&mut decoder).ok_or(wrong(label))?;
                }
                _ => return Err(wrong(label)),
            }
        }
        let issuer = issuer.ok_or(wrong(Label::ISS))?;
        let at = at.ok_or(wrong(Label::IAT))?;
        let mut statuses = statuses.ok_or(wrong(Label::STATUSES))?;
        match (base, result) {
            (None, None) => {
                Ok(Self::Full(StatusSnapshot { issuer, at, devices: devices(&mut statuses)?, revoked }))
            }
            (Some(base), Some(result)) => {
                let (link, devices) = (Link { base, result }, devices(&mut statuses)?);
                Ok(Self::Delta(StatusDelta { issuer, at, link, devices, revoked }))
            }
            (None, _) => Err(wrong(Label::STATUS_BASE)),
            (_, None) => Err(wrong(Label::STATUS_RESULT)),
        }
    }

    /// Name of the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match self {
            Self::Full(snapshot) => &snapshot.issuer,
            Self::Delta(delta) => &delta.issuer,
        }
    }

    /// All that happened before this is in it.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        match self {
            Self::Full(snapshot) => snapshot.at,
            Self::Delta(delta) => delta.at,
        }
    }

    /// The payload, as it was read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Full(snapshot) => snapshot.encode(),
            Self::Delta(delta) => delta.encode(),
        }
    }
}

pub(super) fn encode<const SETS: usize>(
    issuer: &str,
    at: UnixTime,
    link: Option<&Link>,
    devices: &BTreeMap<DeviceId, [Runs; SETS]>,
    revoked: &RevokedKeys,
) -> Vec<u8> {
    wire::build(|cbor| {
        cbor.map(if link.is_some() { 5 } else { 3 } + revoked.entries())?;
        cbor.i64(Label::ISS)?.str(issuer)?.i64(Label::IAT)?.u64(at.0)?;
        if let Some(Link { base, result }) = link {
            cbor.i64(Label::STATUS_BASE)?.bytes(base)?.i64(Label::STATUS_RESULT)?.bytes(result)?;
        }
        cbor.i64(Label::STATUSES)?.array(devices.len() as u64)?;
        for (device, sets) in devices {
            cbor.array(1 + SETS as u64)?.u32(device.0)?;
            sets.iter().try_for_each(|runs| cbor.bytes(&runs.encode()).map(drop))?;
        }
        revoked.encode(cbor)
    })
}

fn digest(decoder: &mut Decoder<'_>, label: i64) -> Result<[u8; 32], StatusError> {
    let bytes = decoder.bytes().ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(StatusError::Claim(label))
}

/// Devices in their order, each with something, and no number in two of its sets.
fn devices<const SETS: usize>(
    decoder: &mut Decoder<'_>,
) -> Result<BTreeMap<DeviceId, [Runs; SETS]>, StatusError>
where
    [Runs; SETS]: Default,
{
    let wrong = StatusError::Claim(Label::STATUSES);
    let bad = |_| StatusError::Claim(Label::STATUSES);
    let mut devices: BTreeMap<DeviceId, [Runs; SETS]> = BTreeMap::new();
    for _ in 0..decoder.array().map_err(bad)?.unwrap_or(0) {
        if decoder.array().map_err(bad)? != Some(1 + SETS as u64) {
            return Err(wrong);
        }
        let device = DeviceId(decoder.u32().map_err(bad)?);
        let (mut sets, mut seen) = (<[Runs; SETS]>::default(), Runs::default());
        for runs in &mut sets {
            *runs = Runs::decode(decoder.bytes().map_err(bad)?).ok_or(wrong.clone())?;
            if seen.has_any_of(runs) {
                return Err(wrong);
            }
            seen = seen.or(runs);
        }
        if seen.is_empty() || devices.last_key_value().is_some_and(|(last, _)| *last >= device) {
            return Err(wrong);
        }
        devices.insert(device, sets);
    }
    Ok(devices)
}
