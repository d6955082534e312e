//! What the web console's pages do themselves, as WebAssembly: requests are put together for signing by the code that also
//! checks them.
//!
//! Keys stay where the browser's own cryptography keeps them. Of a key this only names it; it makes the text to be signed,
//! and the page has that signed under a key which nobody can read out of the browser, this code included.

mod change;
mod key;
mod password;
mod second_factor;
mod signer;

pub use self::password::{SetPassword, SignIn, SignedIn};
pub use change::{
    Asked, add_passkey, add_user, invite, passkey_challenge, remove_key, remove_passkey, remove_user,
    set_limits,
};
pub use key::{key_id, public_half, public_key_id};
pub use second_factor::{NewSecondFactor, drop_second_factor};
pub use signer::{Draft, Signer};
