//! A second factor that is set up: its secret follows from a session's key, so that it is shown here and never sent.

use std::fmt::Write as _;

use asker::{Change, Personal};
use fast_qr::ECL;
use fast_qr::qr::QRBuilder;
use password::{SecondFactor, Who};
use thiserror::Error;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::change::Asked;

/// Light modules around the symbol (ISO/IEC 18004).
const QUIET: usize = 4;

/// Why none can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum SetUpError {
    /// No key, or no challenge.
    #[error("this browser's session can't be used; sign in again")]
    Session,
    /// The names are longer than any.
    #[error("the names are too long for a QR code; type the secret")]
    TooLong,
}

/// What an authenticator app is shown, and the change that says that it knows it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct NewSecondFactor {
    account: String,
    user: String,
    factor: SecondFactor,
}

#[wasm_bindgen]
impl NewSecondFactor {
    /// The one that a session sets with its next request: its key, and the challenge that the request will name.
    ///
    /// # Errors
    /// No key or no challenge.
    #[wasm_bindgen(constructor)]
    pub fn new(account: String, user: String, key: &[u8], challenge: &str) -> Result<Self, JsError> {
        Ok(Self::of(account, user, key, challenge)?)
    }

    /// The secret, for typing.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn secret(&self) -> String {
        self.factor.typed()
    }

    /// The secret as a link that an app on this device opens.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn uri(&self) -> String {
        self.factor.uri(&Who { account: &self.account, user: &self.user })
    }

    /// The secret as a QR code, drawn as SVG.
    ///
    /// # Errors
    /// The names are too long.
    pub fn drawing(&self) -> Result<String, JsError> {
        Ok(drawing(&self.uri())?)
    }

    /// The change, by a code of the app, at a time in seconds since 1970.
    ///
    /// A wrong one is found here: the module would answer it with the next challenge, and with that the secret would be another.
    ///
    /// # Errors
    /// The code is wrong.
    pub fn confirm(&self, code: &str, now: f64) -> Result<Asked, JsError> {
        self.factor.clone().take(code, crate::signer::seconds(now))?;
        let what = Personal::SetSecondFactor(code.to_owned());
        Ok((&Change::Personal { user: self.user.parse()?, what }).into())
    }
}

impl NewSecondFactor {
    fn of(account: String, user: String, key: &[u8], challenge: &str) -> Result<Self, SetUpError> {
        let key = key.try_into().map_err(|_| SetUpError::Session)?;
        let challenge = challenge.parse().map_err(|_| SetUpError::Session)?;
        Ok(Self { account, user, factor: SecondFactor::of_session(key, challenge) })
    }
}

/// A code may be asked for no more.
///
/// # Errors
/// No such name is possible.
#[wasm_bindgen(js_name = dropSecondFactor)]
pub fn drop_second_factor(user: &str) -> Result<Asked, JsError> {
    Ok((&Change::Personal { user: user.parse()?, what: Personal::DropSecondFactor }).into())
}

/// A QR code as one path, dark on light however the page is coloured: readers want it so.
fn drawing(text: &str) -> Result<String, SetUpError> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| SetUpError::TooLong)?;
    let mut path = String::new();
    for row in 0..code.size {
        for (column, _) in code[row].iter().enumerate().filter(|(_, module)| module.value()) {
            // Writing to a string can't fail.
            let _ = write!(path, "M{} {}h1v1h-1z", column + QUIET, row + QUIET);
        }
    }
    let side = code.size + 2 * QUIET;
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="white" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_shown_the_secret_that_the_module_will_know() {
        let of = |key: &[u8], challenge| NewSecondFactor::of("a".into(), "ida".into(), key, challenge);
        let shown = of(&[7; 32], "18446744073709551615").unwrap();
        let known = SecondFactor::of_session(&[7; 32], u64::MAX);
        assert_eq!(shown.uri(), known.uri(&Who { account: "a", user: "ida" }));
        assert_eq!(shown.secret(), known.typed());
        assert_eq!(of(&[7; 31], "1").unwrap_err(), SetUpError::Session);
        assert_eq!(of(&[7; 32], "-1").unwrap_err(), SetUpError::Session);
    }

    #[test]
    fn a_drawing_has_the_modules_of_the_symbol() {
        let drawn = drawing("otpauth://totp/Mintage:a").unwrap();
        let code = QRBuilder::new("otpauth://totp/Mintage:a").ecl(ECL::M).build().unwrap();
        let dark = (0..code.size).flat_map(|row| code[row].iter()).filter(|module| module.value()).count();
        assert_eq!(drawn.matches("h1v1h-1z").count(), dark);
        assert!(drawn.contains("M4 4h1v1h-1z"), "the corner of its first finder");
        assert_eq!(drawing(&"x".repeat(5_000)), Err(SetUpError::TooLong));
    }
}
