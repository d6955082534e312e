//! The configuration of OPAQUE (RFC 9807, section 7).

use opaque_ke::{CipherSuite, Ristretto255, TripleDh};
use sha2_opaque::Sha512;

use crate::stretching::Stretching;

/// ristretto255, SHA-512, 3DH, Argon2id.
pub(crate) struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Stretching;
}

/// What every exchange is bound to beside who signs in: the application and its version of this protocol.
pub(crate) const CONTEXT: &[u8] = b"Mintage sign-in 1";
