//! The keys of askers, and what checks their signatures.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What an asker signs with.
pub enum Secret {
    /// A key that whoever checks has too.
    Hmac(Zeroizing<[u8; 32]>),
    /// A key of the asker alone.
    Ed25519(Box<SigningKey>),
}

/// What checks an asker's signatures.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub enum Credential {
    /// The asker's key itself: whoever sees it can ask.
    #[n(0)]
    Hmac(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
    /// The asker's public key.
    #[n(1)]
    Ed25519(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

/// How an asker signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Algorithm {
    /// HMAC with SHA-256 (RFC 9421, section 3.3.3).
    #[n(0)]
    HmacSha256,
    /// Ed25519 (RFC 9421, section 3.3.6).
    #[n(1)]
    Ed25519,
}

/// Names a key: 16 hexadecimal digits in lower case, the beginning of a SHA-256 over algorithm and key; of a passkey, over
/// `passkey` and its authenticator's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct KeyId(#[cbor(n(0), with = "minicbor::bytes")] [u8; 8]);

impl Algorithm {
    /// Its name in the registry of RFC 9421, section 6.2.2.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The algorithm of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::HmacSha256, Self::Ed25519].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl Secret {
    /// A key for HMAC with SHA-256. The bytes must be random.
    #[must_use]
    pub fn hmac(bytes: [u8; 32]) -> Self {
        Self::Hmac(Zeroizing::new(bytes))
    }

    /// A key for Ed25519 from its seed (RFC 8032, section 5.1.5). The bytes must be random.
    #[must_use]
    pub fn ed25519(seed: &[u8; 32]) -> Self {
        Self::Ed25519(Box::new(SigningKey::from_bytes(seed)))
    }

    /// What checks the signatures of this key.
    #[must_use]
    pub fn credential(&self) -> Credential {
        match self {
            Self::Hmac(key) => Credential::Hmac(**key),
            Self::Ed25519(key) => Credential::Ed25519(key.verifying_key().to_bytes()),
        }
    }

    pub(crate) fn sign(&self, base: &[u8]) -> Vec<u8> {
        match self {
            Self::Hmac(key) => hmac(key.as_slice()).chain_update(base).finalize().into_bytes().to_vec(),
            Self::Ed25519(key) => key.sign(base).to_vec(),
        }
    }
}

impl Credential {
    /// How its signatures are made.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::HmacSha256,
            Self::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let (Self::Hmac(key) | Self::Ed25519(key)) = self;
        KeyId::of(self.algorithm().name(), key)
    }
}

/// The state that every message under this key begins with.
pub(crate) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.credential().key_id())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} {})", self.algorithm().name(), self.key_id())
    }
}

impl KeyId {
    /// The name of a key of this kind.
    pub(crate) fn of(kind: &str, key: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(kind).chain_update(key).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for KeyId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let id = u64::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| ())?;
        // One key, one name: no sign, no capital letters, no missing digits.
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// RFC 9421, appendix B.2.5.
    #[test]
    fn the_standards_hmac_signature() {
        let base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\
                    \"content-type\": application/json\n\
                    \"@signature-params\": (\"date\" \"@authority\" \"content-type\")\
                    ;created=1618884473;keyid=\"test-shared-secret\"";
        let key = unhex(
            "bb3bc97c1e2edcdd09cb84fb359ef930355cafccd24c89de749b6481cbb8e985\
             b85c1cb33498f105db635247493c1b5b9878480e2ea9725f23b1ab2395332d0d",
        );
        let signature = unhex("a71710c3a1b7023b4c0508f0a3c5f39197ff6f0b392de95b68c939ac6206b44f");
        assert_eq!(hmac(&key).chain_update(base).finalize().into_bytes().to_vec(), signature);
    }

    /// RFC 9421, appendix B.2.6, with the key of appendix B.1.4.
    #[test]
    fn the_standards_ed25519_signature() {
        let base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\
                    \"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n\
                    \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
                    \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
        let seed = unhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5");
        let secret = Secret::ed25519(&seed.try_into().unwrap());
        let signature = secret.sign(base.as_bytes());
        let expected = unhex(
            "c2a700a9b9982768e2da095f00c691cb882bb98627c769c414dd8737a8eb9c39\
             d008ad6ed3619bd38bfd10383050f8aee00d30eafb90bf9948a7958fa412910b",
        );
        assert_eq!(signature, expected);
    }

    #[test]
    fn a_key_has_one_name() {
        let id = Secret::hmac([7; 32]).credential().key_id();
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        for other in ["", "+000000000000000", &text[1..], &text.to_uppercase(), &format!("0{text}")] {
            assert!(other == text || other.parse::<KeyId>().is_err(), "{other}");
        }
        assert_ne!(id, Credential::Ed25519([7; 32]).key_id());
    }
}
