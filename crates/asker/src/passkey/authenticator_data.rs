//! What the authenticator says itself (section 6.1).

use minicbor::Decoder;
use minicbor::data::Type;
use sha2::{Digest, Sha256};

use super::PasskeyError;
use super::client_data::Ceremony;
use super::public_key::PublicKey;
use super::relying_party::RelyingParty;

/// Somebody was there.
const PRESENT: u8 = 1;
/// Somebody was verified.
const VERIFIED: u8 = 1 << 2;
/// The passkey may be on several devices.
const MAY_BE_BACKED_UP: u8 = 1 << 3;
/// It is.
const IS_BACKED_UP: u8 = 1 << 4;
/// A passkey is in it.
const HAS_PASSKEY: u8 = 1 << 6;
/// Extensions follow.
const HAS_EXTENSIONS: u8 = 1 << 7;

pub(super) struct AuthenticatorData<'a> {
    party: &'a [u8; 32],
    flags: u8,
    pub(super) count: u32,
    pub(super) made: Option<Made<'a>>,
}

/// A passkey that was made (section 6.5.1).
pub(super) struct Made<'a> {
    pub(super) id: &'a [u8],
    pub(super) key: PublicKey,
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn parse(bytes: &'a [u8], ceremony: Ceremony) -> Result<Self, PasskeyError> {
        let short = PasskeyError::Form("it is too short");
        let (party, rest) = bytes.split_first_chunk::<32>().ok_or(short)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(short)?;
        let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(short)?;
        let made = if flags & HAS_PASSKEY != 0 {
            if ceremony == Ceremony::Get {
                return Err(PasskeyError::Form("a passkey is made where one is used"));
            }
            let (_model, after) = rest.split_first_chunk::<16>().ok_or(short)?;
            let (length, after) = after.split_first_chunk::<2>().ok_or(short)?;
            let (id, after) = after.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(short)?;
            let (key, length) = PublicKey::parse(after)?;
            rest = &after[length..];
            Some(Made { id, key })
        } else {
            None
        };
        let is_whole = if flags & HAS_EXTENSIONS == 0 { rest.is_empty() } else { is_map(rest) };
        if !is_whole {
            return Err(PasskeyError::Form("more or less follows than it says"));
        }
        if flags & IS_BACKED_UP != 0 && flags & MAY_BE_BACKED_UP == 0 {
            return Err(PasskeyError::Form("a passkey is backed up that can't be"));
        }
        Ok(Self { party, flags, count: u32::from_be_bytes(*count), made })
    }

    /// Whether it is for this site, and of somebody who was there and was verified.
    pub(super) fn check(&self, party: &RelyingParty) -> Result<(), PasskeyError> {
        if self.party[..] != Sha256::digest(party.id())[..] {
            Err(PasskeyError::Party)
        } else if self.flags & PRESENT == 0 {
            Err(PasskeyError::NotPresent)
        } else if self.flags & VERIFIED == 0 {
            Err(PasskeyError::NotVerified)
        } else {
            Ok(())
        }
    }
}

/// Whether this is one map and nothing else.
fn is_map(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(bytes);
    let is_map = matches!(decoder.datatype(), Ok(Type::Map | Type::MapIndef));
    is_map && decoder.skip().is_ok() && decoder.position() == bytes.len()
}
