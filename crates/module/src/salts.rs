//! The salts of holder digests: made from a secret of the device and the serial, so that a replay makes them again.

use aws_lc_rs::hmac;
use indicia::Serial;

/// Makes the salt for each serial of one device.
pub(crate) struct HolderSalts(hmac::Key);

impl HolderSalts {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The first half of HMAC-SHA-256 over the serial.
    pub(crate) fn salt(&self, serial: Serial) -> [u8; 16] {
        let tag = hmac::sign(&self.0, &serial.to_bytes());
        let mut salt = [0; 16];
        salt.copy_from_slice(&tag.as_ref()[..16]);
        salt
    }
}
