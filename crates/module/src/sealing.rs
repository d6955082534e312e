//! Sealing: one master key, keys derived from it for each purpose, and AES-256-GCM-SIV (RFC 8452).
//!
//! GCM-SIV forgives a repeated nonce, and with a given nonce it is deterministic: the same record is sealed to the
//! same bytes, which replay and the registers' digests rest on.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, digest, hkdf, rand};
use password::ServerKey;
use thiserror::Error;
use zeroize::Zeroizing;

/// What was sealed doesn't open: another key, another place, or a changed byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it was changed, or sealed under another key or for another place")]
pub struct SealError;

/// SHA-256 of something.
#[derive(Debug, Clone, Copy, Eq)]
pub struct Digest(pub [u8; 32]);

/// The first half of a [`Digest`]: 128 bits are plenty against a second preimage, and a register has a million of them.
#[derive(Debug, Clone, Copy, Eq, Default)]
pub struct ShortDigest(pub [u8; 16]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Its first half.
    #[must_use]
    pub fn short(&self) -> ShortDigest {
        let mut out = [0; 16];
        out.copy_from_slice(&self.0[..16]);
        ShortDigest(out)
    }
}

impl PartialEq for Digest {
    /// Takes the same time for any answer.
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl PartialEq for ShortDigest {
    /// Takes the same time for any answer.
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

/// What a derived key is for. No two purposes have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Device records.
    Records,
    /// The register file.
    Registers,
    /// The keystore's contents.
    Keystore,
    /// The anchor.
    Anchor,
    /// The list of the staff.
    Staff,
    /// People's passwords.
    Passwords,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Records => b"mintage/1/records",
            Self::Registers => b"mintage/1/registers",
            Self::Keystore => b"mintage/1/keystore",
            Self::Anchor => b"mintage/1/anchor",
            Self::Staff => b"mintage/1/staff",
            Self::Passwords => b"mintage/1/passwords",
        }
    }
}

/// The key above all others: in locked memory, wiped when dropped, never printed.
pub struct MasterKey {
    bytes: Box<Zeroizing<[u8; 32]>>,
    /// Held for as long as the key; `None` where the system refuses to lock memory.
    _locked: Option<region::LockGuard>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealError`] when the system has no randomness.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice()).map_err(|_| SealError)?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Takes a key that was unwrapped.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let bytes = Box::new(Zeroizing::new(*bytes));
        let locked = region::lock(bytes.as_ptr(), bytes.len()).ok();
        Self { bytes, _locked: locked }
    }

    /// The key itself, to be wrapped.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Whether its memory is kept out of swap.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self._locked.is_some()
    }

    /// The key for a purpose: HKDF-SHA-256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> SealingKey {
        SealingKey::new(&self.derive_for(&[purpose.label()]))
    }

    /// The key for a purpose and one certain thing, as a file with an id of its own.
    #[must_use]
    pub fn derive_bound(&self, purpose: Purpose, context: &[u8]) -> SealingKey {
        SealingKey::new(&self.derive_for(&[purpose.label(), context]))
    }

    /// What all password files of the module are made with. It follows from the master key, so that there is one in a
    /// keystore that was made before there were passwords.
    #[must_use]
    pub fn password_key(&self) -> ServerKey {
        ServerKey::derive(&self.derive_for(&[Purpose::Passwords.label()]))
    }

    fn derive_for(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let pseudo_random = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(self.bytes.as_slice());
        pseudo_random
            .expand(info, hkdf::HKDF_SHA256)
            .and_then(|material| material.fill(key.as_mut_slice()))
            .expect("HKDF-SHA-256 gives 32 bytes for any info");
        key
    }
}

/// An AES-256-GCM-SIV key.
pub struct SealingKey(LessSafeKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

impl SealingKey {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes).expect("an AES-256 key has 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Seals: ciphertext and tag. The same input gives the same output.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plaintext.len() + 16);
        sealed.extend_from_slice(plaintext);
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed)
            .expect("GCM-SIV seals anything below 64 GiB");
        sealed
    }

    /// Opens what [`SealingKey::seal`] made with the same nonce and associated data.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, nonce: [u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| SealError)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }
}
