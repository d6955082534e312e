//! What a sign-in gives.

use std::fmt;

use asker::{Credential, Secret};
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

/// A key that only browser and module know: requests of the session are proved under it, by HMAC with SHA-256.
pub struct SessionKey(Zeroizing<[u8; 32]>);

impl SessionKey {
    /// From the session key of OPAQUE, which is never used itself.
    pub(crate) fn derive(exchanged: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha512>::new(None, exchanged)
            .expand(b"Mintage session key 1", key.as_mut_slice())
            .expect("32 bytes are within HKDF's 255 blocks");
        Self(key)
    }

    /// What the browser signs requests with.
    #[must_use]
    pub fn secret(&self) -> Secret {
        Secret::hmac(*self.0)
    }

    /// What the module checks them with.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential::Hmac(*self.0)
    }

    /// The key itself, for a browser to keep while a session lasts.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.credential().key_id())
    }
}
