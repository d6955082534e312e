//! What is asked of a server without any transaction: it does this once the module has said who asks.

use minicbor::{Decode, Encode};

use crate::content_digest::ContentDigest;
use crate::statement::Statement;

/// A signed request that changes no device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Errand {
    /// Read an account for a while.
    #[n(0)]
    SignIn,
    /// Give a held reservation's value back.
    #[n(1)]
    Release {
        /// Which.
        #[n(0)]
        reservation: u64,
    },
    /// Hold a reservation until so many seconds from now.
    #[n(2)]
    Extend {
        /// Which.
        #[n(0)]
        reservation: u64,
        /// How long.
        #[n(1)]
        seconds: u64,
    },
    /// Issue what is held: to be carried out by a transaction, which checks it again and then for good.
    #[n(3)]
    Draw {
        /// Which.
        #[n(0)]
        reservation: u64,
        /// Digest of the content that it was reserved with.
        #[n(1)]
        reserved: ContentDigest,
    },
}

impl Errand {
    /// The content of its request. There is no other way to write it.
    #[must_use]
    pub fn content(&self) -> String {
        match self {
            Self::SignIn | Self::Release { .. } => String::new(),
            Self::Extend { seconds, .. } => format!(r#"{{"hold":{seconds}}}"#),
            Self::Draw { reserved, .. } => reserved.drawing(),
        }
    }

    /// What a proof is to be of.
    #[must_use]
    pub fn statement<'a>(&self, account: &'a str, idempotency_key: &'a str) -> Statement<'a> {
        let place = match self {
            Self::SignIn => "sessions".to_owned(),
            Self::Release { reservation } => format!("reservations/{reservation}/release"),
            Self::Extend { reservation, .. } => format!("reservations/{reservation}/extend"),
            Self::Draw { reservation, reserved } => {
                return Statement::draw(account, *reservation, idempotency_key, *reserved);
            }
        };
        Statement::errand(account, place, idempotency_key, ContentDigest::of(self.content().as_bytes()))
    }
}

/// A signed request of somebody of the operator's staff, which changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StaffErrand {
    /// Read for a while.
    #[n(0)]
    SignIn,
}

impl StaffErrand {
    /// What a proof is to be of.
    #[must_use]
    pub fn statement<'a>(&self, idempotency_key: &'a str) -> Statement<'a> {
        match self {
            Self::SignIn => Statement::of_staff("sessions", idempotency_key, ContentDigest::of(b"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checker, Proof, Secret};

    #[test]
    fn a_proof_is_of_one_errand() {
        let secret = Secret::hmac([7; 32]);
        let reserved = ContentDigest::of(b"items");
        let errands = [
            Errand::SignIn,
            Errand::Release { reservation: 1 },
            Errand::Release { reservation: 2 },
            Errand::Extend { reservation: 1, seconds: 9 },
            Errand::Extend { reservation: 1, seconds: 10 },
            Errand::Draw { reservation: 1, reserved },
        ];
        for signed in &errands {
            let proof = Proof::sign(&secret, &signed.statement("a", "k"), 1, 1);
            for checked in &errands {
                let holds =
                    Checker::new(&secret.credential()).check(&checked.statement("a", "k"), &proof).is_ok();
                assert_eq!(holds, signed == checked, "{signed:?} {checked:?}");
            }
            assert!(Checker::new(&secret.credential()).check(&signed.statement("b", "k"), &proof).is_err());
        }
        let drawn = Errand::Draw { reservation: 1, reserved };
        assert_eq!(drawn.statement("a", "k"), Statement::draw("a", 1, "k", reserved));
    }
}
