//! The messages between browser and module. Each has one form of one length; anything else is none.

use std::fmt;

use minicbor::encode::{self, Write};
use minicbor::{Decode, Decoder, Encode, Encoder, decode};
use opaque_ke::{CredentialFinalization, CredentialRequest, CredentialResponse, RegistrationUpload};

use crate::error::PasswordError;
use crate::suite::Suite;

macro_rules! message {
    ($(#[$doc:meta])* $name:ident($inner:ty), $length:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub(crate) $inner);

        impl $name {
            /// How many bytes it has.
            pub const LENGTH: usize = $length;

            /// Reads it.
            ///
            /// # Errors
            /// [`PasswordError::Message`].
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, PasswordError> {
                if bytes.len() != Self::LENGTH {
                    return Err(PasswordError::Message($what));
                }
                <$inner>::deserialize(bytes).map(Self).map_err(|_| PasswordError::Message($what))
            }

            /// Its bytes.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; $length] {
                let mut bytes = [0; $length];
                bytes.copy_from_slice(&self.0.serialize());
                bytes
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl Eq for $name {}

        // What is inside may be worth keeping to oneself.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                encoder.bytes(&self.to_bytes())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                Self::from_bytes(decoder.bytes()?).map_err(decode::Error::message)
            }
        }
    };
}

message! {
    /// Browser to module: a password is to be set (RFC 9807, section 5.1).
    RegistrationRequest(opaque_ke::RegistrationRequest<Suite>), 32, "request to set a password"
}
message! {
    /// Module to browser: the answer to that.
    RegistrationResponse(opaque_ke::RegistrationResponse<Suite>), 64, "answer to a request to set a password"
}
message! {
    /// Browser to module: what to keep of a password. A secret: whoever sees it on its way knows as much as the module keeps.
    Registration(RegistrationUpload<Suite>), 192, "record of a password"
}
message! {
    /// Browser to module, KE1: somebody wants to sign in (RFC 9807, section 6.3).
    SignInRequest(CredentialRequest<Suite>), 96, "request to sign in"
}
message! {
    /// Module to browser, KE2: from here on the browser knows whether the password is right.
    SignInResponse(CredentialResponse<Suite>), 320, "answer to a request to sign in"
}
message! {
    /// Browser to module, KE3: from here on the module knows it too.
    SignInFinish(CredentialFinalization<Suite>), 64, "end of a sign-in"
}
