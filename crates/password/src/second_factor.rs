//! Codes of an authenticator app beside the password: TOTP (RFC 6238).

use std::fmt;

use hkdf::Hkdf;
use minicbor::{Decode, Encode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use thiserror::Error;
use totp_rs::{Builder, Secret, Totp};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::who::Who;

/// Seconds for which a code is shown (section 5.2 recommends 30).
const STEP: u64 = 30;
/// How many digits a code has.
const DIGITS: usize = 6;
/// How many steps an app's clock may be off, either way (section 5.2).
const SKEW: u64 = 1;

/// The secret that an authenticator app shares, and the last of its codes that was used. The codes are of six digits, by
/// HMAC with SHA-1, every 30 seconds: what every app knows.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub struct SecondFactor {
    /// 160 bits, as long as the hash (RFC 4226, section 4).
    #[cbor(n(0), with = "minicbor::bytes")]
    secret: [u8; 20],
    /// The earliest step whose code may still be used.
    #[n(1)]
    next: u64,
}

/// Why a code doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodeError {
    /// No six digits.
    #[error("a code has {DIGITS} digits")]
    Form,
    /// Wrong, too old, or used.
    #[error("the code is wrong, or was used; wait for the next one")]
    Wrong,
}

impl SecondFactor {
    /// One that no code was used of. The secret must be random.
    #[must_use]
    pub fn new(secret: [u8; 20]) -> Self {
        Self { secret, next: 0 }
    }

    /// The one that follows from a session's key and a challenge of it: browser and module both know it, and whatever is
    /// between them never sees it.
    #[must_use]
    pub fn of_session(key: &[u8; 32], challenge: u64) -> Self {
        let mut secret = [0; 20];
        Hkdf::<Sha256>::new(Some(&challenge.to_be_bytes()), key)
            .expand(b"Mintage second factor 1", &mut secret)
            .expect("20 bytes are within HKDF's 255 blocks");
        Self::new(secret)
    }

    /// Uses a code, now in seconds since 1970: neither it nor one from before it counts again (section 5.2).
    ///
    /// # Errors
    /// [`CodeError`], with nothing changed.
    pub fn take(&mut self, code: &str, now: u64) -> Result<(), CodeError> {
        if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CodeError::Form);
        }
        let totp = self.totp();
        let step = now / STEP;
        let mut steps = step.saturating_sub(SKEW).max(self.next)..=step.saturating_add(SKEW);
        let used = steps.find(|step| totp.check(code, step.saturating_mul(STEP)).is_some());
        self.next = used.ok_or(CodeError::Wrong)?.saturating_add(1);
        Ok(())
    }

    /// What an app reads, mostly as a QR code: the key URI format of Google Authenticator. A secret.
    #[must_use]
    pub fn uri(&self, who: &Who<'_>) -> String {
        let name = |name| utf8_percent_encode(name, NON_ALPHANUMERIC);
        format!(
            "otpauth://totp/Mintage:{}%2F{}?secret={}&issuer=Mintage",
            name(who.account),
            name(who.user),
            Secret::new_stack(self.secret).to_base32()
        )
    }

    /// The secret as whoever can't scan it types it into an app: Base32, in groups of four.
    #[must_use]
    pub fn typed(&self) -> String {
        let text = Secret::new_stack(self.secret).to_base32().to_string();
        let groups = text.as_bytes().chunks(4).map(|group| group.iter().copied().map(char::from).collect());
        groups.collect::<Vec<String>>().join(" ")
    }

    fn totp(&self) -> Totp {
        let built = Builder::new().with_secret(Secret::new_stack(self.secret)).with_skew(0).build();
        built.expect("six digits, 30 seconds and 160 bits are what RFC 6238 has")
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactor")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6238, appendix B, whose codes have eight digits: the last six.
    #[test]
    fn the_standards_codes() {
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(SecondFactor::new(*b"12345678901234567890").take(code, time), Ok(()), "{time}");
        }
    }

    #[test]
    fn a_code_counts_once_and_for_a_while() {
        let new = || SecondFactor::new(*b"12345678901234567890");
        // shown from 1,111,111,080 to 1,111,111,109
        let code = "081804";
        let good: Vec<_> =
            (1_111_111_000..1_111_111_200).filter(|now| new().take(code, *now).is_ok()).collect();
        assert_eq!((good[0], good[good.len() - 1], good.len()), (1_111_111_050, 1_111_111_139, 90));

        let mut used = new();
        assert_eq!(used.take("050471", 1_111_111_109), Ok(()));
        assert_eq!(used.take("050471", 1_111_111_111), Err(CodeError::Wrong));
        // the code before it doesn't count any more either, though it was never used
        assert_eq!(used.take(code, 1_111_111_111), Err(CodeError::Wrong));
        for text in ["", "05047", "0504711", " 50471", "+50471", "05047١", "50 471"] {
            assert_eq!(used.take(text, 1_111_111_111), Err(CodeError::Form), "{text}");
        }
    }

    #[test]
    fn a_session_gives_one_for_each_challenge() {
        let of = SecondFactor::of_session;
        assert_eq!(of(&[1; 32], 7), of(&[1; 32], 7));
        assert!(of(&[1; 32], 7) != of(&[1; 32], 8) && of(&[1; 32], 7) != of(&[2; 32], 7));
    }

    #[test]
    fn an_app_can_read_it() {
        let who = Who { account: "har bour", user: "ida@b.c" };
        assert_eq!(
            SecondFactor::new(*b"12345678901234567890").uri(&who),
            "otpauth://totp/Mintage:har%20bour%2Fida%40b%2Ec?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mintage"
        );
        assert_eq!(
            SecondFactor::new(*b"12345678901234567890").typed(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }

    proptest! {
        #[test]
        fn any_time_will_do(now: u64, code in "[0-9]{6}", secret: [u8; 20]) {
            let mut factor = SecondFactor::new(secret);
            let before = factor.clone();
            if factor.take(&code, now).is_err() {
                prop_assert_eq!(&factor, &before);
            } else {
                prop_assert!(factor.take(&code, now).is_err());
            }
            prop_assert_eq!(minicbor::decode::<SecondFactor>(&minicbor::to_vec(&factor).unwrap()).unwrap(), factor);
        }
    }
}
