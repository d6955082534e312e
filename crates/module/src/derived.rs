//! What a device makes up for people who sign in: made from a secret of the device and what it is for, so that a replay
//! makes it again.

use asker::KeyId;
use aws_lc_rs::hmac;

/// Makes it for one device.
pub(crate) struct Derived(hmac::Key);

impl Derived {
    /// From the device's secret for holders. The salts made from it are of serials, which have 12 bytes; what is made here is
    /// of more.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// What a session's key must name in its next request, after it has made so many.
    pub(crate) fn challenge(&self, key: KeyId, made: u64) -> u64 {
        let (key, made) = (key.to_string(), made.to_be_bytes());
        let [a, b, c, d, e, f, g, h, ..] = self.make(&[b"mintage/1/challenge", key.as_bytes(), &made]);
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The randomness of one answer to a sign-in: the device's transaction, the request's place in it, and the message.
    pub(crate) fn sign_in_seed(&self, sequence: u64, place: usize, message: &[u8]) -> [u8; 32] {
        let place = (place as u64).to_be_bytes();
        self.make(&[b"mintage/1/sign-in", &sequence.to_be_bytes(), &place, message])
    }

    /// All parts but the last have one length each.
    fn make(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut made = [0; 32];
        made.copy_from_slice(context.sign().as_ref());
        made
    }
}

#[cfg(test)]
mod tests {
    use asker::Secret;

    use super::*;

    #[test]
    fn each_is_another_and_comes_again() {
        let key = |byte| Secret::hmac([byte; 32]).credential().key_id();
        let [one, two] = [Derived::new(&[1; 32]), Derived::new(&[2; 32])];
        assert_eq!(one.challenge(key(1), 7), one.challenge(key(1), 7));
        assert_ne!(one.challenge(key(1), 7), one.challenge(key(1), 8));
        assert_ne!(one.challenge(key(1), 7), one.challenge(key(2), 7));
        assert_ne!(one.challenge(key(1), 7), two.challenge(key(1), 7));
        assert_eq!(one.sign_in_seed(7, 0, b"m"), one.sign_in_seed(7, 0, b"m"));
        for (sequence, place, message) in [(8, 0, "m"), (7, 1, "m"), (7, 0, "n")] {
            assert_ne!(one.sign_in_seed(7, 0, b"m"), one.sign_in_seed(sequence, place, message.as_bytes()));
        }
        assert_ne!(one.sign_in_seed(7, 0, b"m"), two.sign_in_seed(7, 0, b"m"));
    }
}
