//! Makes each guess at a password expensive, for whoever got hold of the module's key.

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::errors::InternalError;
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::ksf::Ksf;

/// Argon2id in the browser (RFC 9106), by default with 64 MiB, 3 passes and 4 lanes, its second recommended choice (section 4):
/// what a phone's browser has to spare, and a second or two of its time. RFC 9807's own choice of 2 GiB is beyond that.
///
/// The salt is 16 zeros, as in RFC 9807, section 7: the input is the output of an oblivious function under a key of this
/// user's, and so is salted already.
pub(crate) struct Stretching {
    /// KiB.
    memory: u32,
}

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
const SALT: [u8; 16] = [0; 16];

impl Default for Stretching {
    fn default() -> Self {
        Self { memory: MEMORY_KIB }
    }
}

impl Stretching {
    /// As little as Argon2id takes, for tests that guess hundreds of times.
    #[cfg(any(test, feature = "light-stretching"))]
    pub(crate) fn light() -> Self {
        Self { memory: 8 * LANES }
    }
}

impl Ksf for Stretching {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let params = Params::new(self.memory, PASSES, LANES, Some(input.len()));
        let params = params.map_err(|_| InternalError::KsfError)?;
        let mut output = GenericArray::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&input, &SALT, &mut output)
            .map_err(|_| InternalError::KsfError)?;
        Ok(output)
    }
}
