//! Power-on self-tests: a known answer for every algorithm that the module uses. One failure, and it doesn't start.

use aws_lc_rs::{digest, hkdf, hmac, rand};
use indicia::Algorithm;
use thiserror::Error;

use crate::sealing::SealingKey;
use crate::signing::SigningKey;

/// An algorithm that gives wrong answers on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the self-test of {algorithm} failed; this machine or build computes wrongly, and the module stays shut"
)]
pub struct SelfTestFailure {
    /// Which one.
    pub algorithm: &'static str,
}

type Test = (&'static str, fn() -> Option<bool>);

const TESTS: [Test; 8] = [
    ("SHA-256", sha256),
    ("HMAC-SHA-256", hmac_sha256),
    ("HKDF-SHA-256", hkdf_sha256),
    ("AES-256-GCM-SIV", aes_gcm_siv),
    ("Argon2id", argon2id),
    ("Ed25519", ed25519),
    ("ECDSA P-256", p256),
    ("random numbers", random),
];

/// Runs them all.
///
/// # Errors
/// The first that failed.
pub fn run() -> Result<(), SelfTestFailure> {
    run_all(&TESTS)
}

fn run_all(tests: &[Test]) -> Result<(), SelfTestFailure> {
    for (algorithm, test) in tests {
        if test() != Some(true) {
            return Err(SelfTestFailure { algorithm });
        }
    }
    Ok(())
}

/// FIPS 180-4, "abc".
fn sha256() -> Option<bool> {
    let expected = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];
    Some(digest::digest(&digest::SHA256, b"abc").as_ref() == expected)
}

/// RFC 4231, test case 2.
fn hmac_sha256() -> Option<bool> {
    let expected = [
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a,
        0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    ];
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
    Some(hmac::sign(&key, b"what do ya want for nothing?").as_ref() == expected)
}

/// RFC 5869, test case 3 (no salt, no info), its first 32 bytes.
fn hkdf_sha256() -> Option<bool> {
    let expected = [
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8,
        0xa1, 0x1f, 0x5c, 0x5e, 0xe1, 0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d,
    ];
    let mut out = [0; 32];
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&[0x0b; 22]);
    key.expand(&[], hkdf::HKDF_SHA256).ok()?.fill(&mut out).ok()?;
    Some(out == expected)
}

/// RFC 8452, appendix C.2: key 01 00…, nonce 03 00…, plaintext 01 00…(8 bytes).
fn aes_gcm_siv() -> Option<bool> {
    let (mut key, mut nonce) = ([0; 32], [0; 12]);
    key[0] = 1;
    nonce[0] = 3;
    let sealing = SealingKey::new(&key);
    let plaintext = [1, 0, 0, 0, 0, 0, 0, 0];
    let expected = [
        0xc2, 0xef, 0x32, 0x8e, 0x5c, 0x71, 0xc8, 0x3b, 0x84, 0x31, 0x22, 0x13, 0x0f, 0x73, 0x64, 0xb7, 0x61,
        0xe0, 0xb9, 0x74, 0x27, 0xe3, 0xdf, 0x28,
    ];
    let sealed = sealing.seal(nonce, &[], &plaintext);
    let opened = sealing.open(nonce, &[], &sealed).ok()?;
    let mut changed = sealed.clone();
    changed[0] ^= 1;
    Some(sealed == expected && *opened == plaintext && sealing.open(nonce, &[], &changed).is_err())
}

/// RFC 9106, section 5.3.
fn argon2id() -> Option<bool> {
    let expected = [
        0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0,
        0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
    ];
    let params = argon2::ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(argon2::AssociatedData::new(&[4; 12]).ok()?)
        .output_len(32)
        .build()
        .ok()?;
    let argon =
        argon2::Argon2::new_with_secret(&[3; 8], argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .ok()?;
    let mut out = [0; 32];
    argon.hash_password_into(&[1; 32], &[2; 16], &mut out).ok()?;
    Some(out == expected)
}

/// RFC 8032, section 7.1, test 2.
fn ed25519() -> Option<bool> {
    let secret = [
        0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b,
        0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb,
    ];
    let expected = [
        0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2,
        0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a,
        0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e,
        0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00,
    ];
    let key = SigningKey::from_secret(Algorithm::EdDsa, &secret).ok()?;
    let signature = key.sign(&[0x72]);
    Some(signature == expected && verifies(&key, &[0x72], &signature))
}

/// Sign and verify; the verifier is another implementation, and it refuses a changed message.
fn p256() -> Option<bool> {
    let mut secret = [0; 32];
    secret[31] = 1; // its public key is the curve's base point, which `from_secret` checks
    let key = SigningKey::from_secret(Algorithm::Es256, &secret).ok()?;
    let signature = key.sign(b"self-test");
    Some(verifies(&key, b"self-test", &signature))
}

fn verifies(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let other = [message, b"!"].concat();
    key.public().verify(message, signature).is_ok() && key.public().verify(&other, signature).is_err()
}

/// Two draws that are neither equal nor all zero.
fn random() -> Option<bool> {
    let (mut first, mut second) = ([0; 32], [0; 32]);
    rand::fill(&mut first).ok()?;
    rand::fill(&mut second).ok()?;
    Some(first != second && first != [0; 32] && second != [0; 32])
}

#[cfg(test)]
mod tests {
    use super::{SelfTestFailure, TESTS, run, run_all};

    #[test]
    fn this_machine_passes() {
        assert_eq!(run(), Ok(()));
    }

    #[test]
    fn one_wrong_answer_is_named() {
        for place in 0..TESTS.len() {
            let mut tests = TESTS;
            tests[place].1 = || Some(false);
            assert_eq!(run_all(&tests), Err(SelfTestFailure { algorithm: TESTS[place].0 }));
        }
    }
}
