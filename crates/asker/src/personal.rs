//! How people come to sign in, and to agree: invitations, passwords, second factors, passkeys.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};

use crate::credential::KeyId;
use crate::passkey::{PasskeyRegistration, RelyingParty};

/// Longest message of a browser to the module, in bytes.
const MAX_MESSAGE: usize = 512;
/// Longest origin of a page, in bytes: scheme, name and port.
const MAX_ORIGIN: usize = 270;
/// Longest part of a registration, in bytes: the longest id of a passkey and all else leave room.
const MAX_PART: usize = 1_536;
/// Longest time for which somebody may be invited, in hours: a month.
const MAX_HOURS: u16 = 31 * 24;

/// What is asked about one user's way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Personal {
    /// Whoever has this key may set the user's password, once, for so long: a link carries its secret.
    #[n(0)]
    Invite {
        /// The Ed25519 public key.
        #[cbor(n(0), with = "minicbor::bytes")]
        ed25519: [u8; 32],
        /// For how long.
        #[n(1)]
        hours: u16,
    },
    /// The module is to answer the first message by which a browser sets a password.
    #[n(1)]
    BeginPassword(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// The user has the password of which a browser makes this message. All sessions but the one that asks end.
    #[n(2)]
    SetPassword(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// Signing in takes a code of an authenticator app from now on, whose secret follows from the session's key and the
    /// challenge that this request names. This is such a code.
    #[n(3)]
    SetSecondFactor(#[n(0)] String),
    /// No code is needed any more.
    #[n(4)]
    DropSecondFactor,
    /// The user has a passkey more, which was made for [`crate::Passkey::challenge_of_session`] of the session that asks.
    #[n(5)]
    AddPasskey {
        /// Where its pages are: [`RelyingParty::new`].
        #[n(0)]
        origin: String,
        /// What the browser handed over.
        #[n(1)]
        registration: PasskeyRegistration,
    },
    /// The user has a passkey less: the one of this name.
    #[n(6)]
    RemovePasskey(#[n(0)] KeyId),
}

impl Personal {
    /// The path of its request, below the user's.
    pub(crate) fn place(&self) -> Cow<'static, str> {
        let place = match self {
            Self::Invite { .. } => "invitation",
            Self::BeginPassword(_) => "password/begin",
            Self::SetPassword(_) => "password",
            Self::SetSecondFactor(_) => "second-factor",
            Self::DropSecondFactor => "second-factor/remove",
            Self::AddPasskey { .. } => "passkeys",
            Self::RemovePasskey(passkey) => return format!("passkeys/{passkey}/remove").into(),
        };
        place.into()
    }

    /// The content of its request; see [`crate::Change::content`].
    pub(crate) fn content(&self) -> String {
        match self {
            Self::Invite { ed25519, hours } => {
                format!(r#"{{"ed25519":"{}","hours":{hours}}}"#, crate::change::hex(ed25519))
            }
            Self::BeginPassword(message) | Self::SetPassword(message) => {
                format!(r#"{{"message":"{}"}}"#, URL_SAFE_NO_PAD.encode(message))
            }
            Self::SetSecondFactor(code) => format!(r#"{{"code":"{code}"}}"#),
            Self::DropSecondFactor | Self::RemovePasskey(_) => String::new(),
            Self::AddPasskey { origin, registration: PasskeyRegistration { client_data, attestation } } => {
                let [attestation, client_data] =
                    [attestation, client_data].map(|part| URL_SAFE_NO_PAD.encode(part));
                // What can be an origin has no character that JSON would write in another way.
                format!(
                    r#"{{"attestation":"{attestation}","client_data":"{client_data}","origin":"{origin}"}}"#
                )
            }
        }
    }

    /// Whether there can be such a request.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Invite { hours, .. } if !(1..=MAX_HOURS).contains(hours) => {
                Err("somebody is invited for 1 to 744 hours")
            }
            Self::BeginPassword(message) | Self::SetPassword(message) if message.len() > MAX_MESSAGE => {
                Err("the message is longer than any")
            }
            Self::SetSecondFactor(code)
                if code.is_empty() || code.len() > 8 || !code.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Err("a code has digits only")
            }
            Self::AddPasskey { origin, .. }
                if origin.len() > MAX_ORIGIN || RelyingParty::new(origin).is_none() =>
            {
                Err("passkeys are for pages of https, or of http://localhost, named by scheme, host and port")
            }
            Self::AddPasskey { registration: PasskeyRegistration { client_data, attestation }, .. }
                if client_data.len() > MAX_PART || attestation.len() > MAX_PART =>
            {
                Err("the registration is longer than any")
            }
            _ => Ok(()),
        }
    }
}
