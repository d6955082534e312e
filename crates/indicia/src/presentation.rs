//! What a holder's device shows: an indicium that is tied to its key, signed anew every few seconds.
//!
//! It is a COSE_Sign1 whose payload is the indicium. Its protected header has the algorithm and, as CWT claims (RFC 9597), the time.
//! What is signed has [`AAD`] as external data, so that no other signature of the same key passes for one.

use minicbor::Decoder;
use thiserror::Error;

use crate::algorithm::Algorithm;
use crate::claims::{Claims, Label};
use crate::header;
use crate::holder_key::HolderKey;
use crate::indicium::MAX_INDICIUM;
use crate::sign1::{Sign1, SignError, SignerHeader};
use crate::time::UnixTime;
use crate::wire;

/// How long a device shows the same presentation, in seconds.
pub const STEP: u64 = 15;
/// How far the clocks of a device and of whoever checks may be apart, in seconds.
pub const CLOCKS: u64 = 30;
/// For how long a presentation lives, in seconds: it is shown for a step, by a clock that may be slow.
pub const LIFETIME: u64 = STEP + CLOCKS;

/// The external data of what is signed.
const AAD: &[u8] = b"mintage-presentation";
/// Bytes that a presentation has more than its indicium, at most.
const MOST_AROUND: usize = 128;

/// Why bytes are no presentation, or one that mustn't be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PresentationError {
    /// More bytes than any has.
    #[error("the presentation has {0} bytes, more than any")]
    TooLarge(usize),
    /// The COSE_Sign1, or its signature.
    #[error("the presentation is wrong: {0}")]
    Sign1(#[from] SignError),
    /// Another header than algorithm and time.
    #[error("the presentation's header isn't its algorithm and its time")]
    Header,
    /// The indicium is tied to no key.
    #[error("it is presented by a device, and is tied to none")]
    NotTied,
}

/// A presentation that was read strictly. Nothing of it is verified yet, nor of the indicium in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation<'a> {
    at: UnixTime,
    indicium: &'a [u8],
    signed: Sign1<'a>,
}

impl<'a> Presentation<'a> {
    /// Whether bytes begin as presentations do, and as indicia don't: they name their key.
    #[must_use]
    pub fn is_begun_in(bytes: &[u8]) -> bool {
        let begins = || {
            let mut decoder = Decoder::new(bytes);
            let is_sign1 =
                decoder.tag().ok()? == crate::sign1::COSE_SIGN1 && decoder.array().ok()? == Some(4);
            let mut header = Decoder::new(decoder.bytes().ok()?);
            let first = (header.map().ok()?, header.i64().ok()?, header.i64().ok()?, header.i64().ok()?);
            let is_header =
                first == (Some(2), header::ALG, Algorithm::EdDsa.cose_id().into(), header::CWT_CLAIMS);
            Some(is_sign1 && is_header)
        };
        begins().unwrap_or(false)
    }

    /// Reads a presentation that is all there is in these bytes.
    ///
    /// # Errors
    /// [`PresentationError`], never about the signature itself.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, PresentationError> {
        if bytes.len() > MAX_INDICIUM + MOST_AROUND {
            return Err(PresentationError::TooLarge(bytes.len()));
        }
        let signed = Sign1::decode(bytes)?;
        signed.allow_unprotected(&[])?;
        let indicium = signed.payload()?;
        let at = time_in(signed.protected()).ok_or(PresentationError::Header)?;
        if header(at).as_bytes() != signed.protected() {
            return Err(PresentationError::Header);
        }
        Ok(Self { at, indicium, signed })
    }

    /// When it was made, by its device's clock.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        self.at
    }

    /// The bytes of the indicium.
    #[must_use]
    pub fn indicium(&self) -> &'a [u8] {
        self.indicium
    }

    /// Verifies the device's signature.
    ///
    /// # Errors
    /// [`PresentationError::Sign1`].
    pub fn verify(&self, key: HolderKey) -> Result<(), PresentationError> {
        let key = key.public().map_err(SignError::from)?;
        Ok(self.signed.verify_beside(AAD, &key)?)
    }
}

/// What a device's key signs to present an indicium at a time.
#[must_use]
pub fn to_be_signed(indicium: &[u8], at: UnixTime) -> Vec<u8> {
    let mut message = Vec::with_capacity(indicium.len() + MOST_AROUND);
    header(at).to_be_signed_beside(AAD, indicium, &mut message);
    message
}

/// The presentation of an indicium at a time, with the signature over [`to_be_signed`].
#[must_use]
pub fn assemble(indicium: &[u8], at: UnixTime, signature: &[u8; 64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(indicium.len() + MOST_AROUND);
    header(at).assemble(indicium, signature, None, &mut bytes);
    bytes
}

fn header(at: UnixTime) -> SignerHeader {
    let protected = wire::build(|cbor| {
        cbor.map(2)?.i64(header::ALG)?.i8(Algorithm::EdDsa.cose_id())?;
        cbor.i64(header::CWT_CLAIMS)?.map(1)?.i64(Label::IAT)?.u64(at.0)?;
        Ok(())
    });
    SignerHeader::from_bytes(&protected)
}

/// The time in the one header that there is; what else may be in it, is compared.
fn time_in(protected: &[u8]) -> Option<UnixTime> {
    let mut decoder = Decoder::new(protected);
    decoder.map().ok()?;
    for _ in 0..3 {
        decoder.i64().ok()?;
    }
    decoder.map().ok()?;
    decoder.i64().ok()?;
    decoder.u64().ok().map(UnixTime)
}

/// What somebody shows: an indicium as it was issued, or a device's presentation of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented<'a> {
    /// The bytes of what may be an indicium: they may have been copied from anywhere.
    Bare(&'a [u8]),
    /// A presentation.
    ByDevice(Box<Presentation<'a>>),
}

impl<'a> Presented<'a> {
    /// Reads what is shown.
    ///
    /// # Errors
    /// [`PresentationError`] for what begins as a presentation and is none. Whether anything else is an indicium isn't looked at.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PresentationError> {
        if Presentation::is_begun_in(bytes) {
            Presentation::decode(bytes).map(|read| Self::ByDevice(Box::new(read)))
        } else {
            Ok(Self::Bare(bytes))
        }
    }

    /// The bytes of what may be an indicium.
    #[must_use]
    pub fn indicium(&self) -> &'a [u8] {
        match self {
            Self::Bare(bytes) => bytes,
            Self::ByDevice(presentation) => presentation.indicium(),
        }
    }

    /// How an indicium with these claims is shown, whose own signature was verified.
    ///
    /// # Errors
    /// [`PresentationError`] where another device presents it than the one to which it is tied.
    pub fn showing(&self, claims: &Claims<'_>) -> Result<Showing, PresentationError> {
        match (self, claims.details.key) {
            (Self::Bare(_), _) => Ok(Showing::Bare),
            (Self::ByDevice(_), None) => Err(PresentationError::NotTied),
            (Self::ByDevice(presentation), Some(key)) => {
                presentation.verify(key)?;
                Ok(Showing::ByDevice(presentation.at()))
            }
        }
    }
}

/// How an indicium was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// As it was issued, on paper or on a picture of it; or its serial alone.
    Bare,
    /// By the device to which it is tied, which signed at this time by its clock.
    ByDevice(UnixTime),
    /// Whoever tells of it saw that it was live.
    Vouched,
}

/// Why what is tied to a device isn't shown live by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotLive {
    /// A copy.
    #[error("is tied to its holder's device, and isn't shown by it: this is a copy")]
    Copy,
    /// Of a while ago.
    #[error(
        "was shown by its holder's device at {0}, and such a code lives for {LIFETIME} seconds: this is a copy of it"
    )]
    Past(UnixTime),
    /// Of a time to come.
    #[error("is shown by its holder's device as of {0}, which is yet to come: one of the clocks is wrong")]
    Future(UnixTime),
}

impl Showing {
    /// Whether what is tied to a device is shown live at a time.
    ///
    /// # Errors
    /// [`NotLive`].
    pub fn check_live(self, now: UnixTime) -> Result<(), NotLive> {
        match self {
            Self::Vouched => Ok(()),
            Self::Bare => Err(NotLive::Copy),
            Self::ByDevice(at) if at.0 > now.0.saturating_add(CLOCKS) => Err(NotLive::Future(at)),
            Self::ByDevice(at) if now.0 > at.0.saturating_add(LIFETIME) => Err(NotLive::Past(at)),
            Self::ByDevice(_) => Ok(()),
        }
    }
}
