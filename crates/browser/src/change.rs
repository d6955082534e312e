//! Changes of an account's users, keys, passkeys and limits, written as they are signed.

use asker::{Change, KeyId, Passkey, PasskeyRegistration, Personal, Role, UserName};
use indicia::{Amount, Denomination};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::signer::SignerError;

/// A change: what to post, and where below the account's path.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where.
    pub place: String,
    /// What.
    pub content: String,
}

impl From<&Change> for Asked {
    fn from(change: &Change) -> Self {
        Self { place: change.place(), content: change.content() }
    }
}

/// Somebody more may use the account, as `owner` or `customer`.
///
/// # Errors
/// No such name or role is possible.
#[wasm_bindgen(js_name = addUser)]
pub fn add_user(name: &str, role: &str) -> Result<Asked, JsError> {
    let role = Role::of(role).ok_or_else(|| JsError::new("a role is owner or customer"))?;
    Ok((&Change::AddUser { name: name.parse()?, role }).into())
}

/// Somebody may not use the account any more.
///
/// # Errors
/// No such name is possible.
#[wasm_bindgen(js_name = removeUser)]
pub fn remove_user(name: &str) -> Result<Asked, JsError> {
    Ok((&Change::RemoveUser { name: name.parse()? }).into())
}

/// A user may set a password for so many hours, by the secret of this Ed25519 public key in hexadecimal digits.
///
/// # Errors
/// No such name, key or time is possible.
#[wasm_bindgen]
pub fn invite(user: &str, ed25519: &str, hours: u16) -> Result<Asked, JsError> {
    let user: UserName = user.parse()?;
    let ed25519 = unhex(ed25519).ok_or_else(|| JsError::new("a public key has 64 hexadecimal digits"))?;
    let change = Change::Personal { user, what: Personal::Invite { ed25519, hours } };
    change.check().map_err(|why| JsError::new(&why))?;
    Ok((&change).into())
}

/// A user has a key less: the one of this id.
///
/// # Errors
/// No such name or id is possible.
#[wasm_bindgen(js_name = removeKey)]
pub fn remove_key(user: &str, key: &str) -> Result<Asked, JsError> {
    let key: KeyId = key.parse().map_err(|()| JsError::new("a key's id has 16 hexadecimal digits"))?;
    Ok((&Change::RemoveKey { user: user.parse()?, key }).into())
}

/// What a passkey is to be made for that the session with this key adds by a request with this nonce, in decimal digits.
///
/// # Errors
/// No name of a key, or no number below 2^64.
#[wasm_bindgen(js_name = passkeyChallenge)]
pub fn passkey_challenge(key: &str, nonce: &str) -> Result<Vec<u8>, JsError> {
    let key: KeyId = key.parse().map_err(|()| SignerError::Session)?;
    let nonce = nonce.parse().map_err(|_| SignerError::Nonce)?;
    Ok(Passkey::challenge_of_session(key, nonce).to_vec())
}

/// A user has a passkey more, which was made on a page of this origin: what the browser hands over of it.
///
/// # Errors
/// No such name or origin is possible.
#[wasm_bindgen(js_name = addPasskey)]
pub fn add_passkey(
    user: &str,
    origin: String,
    client_data: Vec<u8>,
    attestation: Vec<u8>,
) -> Result<Asked, JsError> {
    let registration = PasskeyRegistration { client_data, attestation };
    let what = Personal::AddPasskey { origin, registration };
    let change = Change::Personal { user: user.parse()?, what };
    change.check().map_err(|why| JsError::new(&why))?;
    Ok((&change).into())
}

/// A user has a passkey less: the one of this name.
///
/// # Errors
/// No such name is possible.
#[wasm_bindgen(js_name = removePasskey)]
pub fn remove_passkey(user: &str, passkey: &str) -> Result<Asked, JsError> {
    let passkey = passkey.parse().map_err(|()| JsError::new("a passkey's name has 16 hexadecimal digits"))?;
    Ok((&Change::Personal { user: user.parse()?, what: Personal::RemovePasskey(passkey) }).into())
}

/// Other limits, as amounts of a denomination; an empty one is none.
///
/// # Errors
/// No such amount or denomination is possible.
#[wasm_bindgen(js_name = setLimits)]
pub fn set_limits(
    per_item: &str,
    per_day: &str,
    passkey_above: &str,
    denomination: &str,
) -> Result<Asked, JsError> {
    let denomination: Denomination = denomination.parse()?;
    let units = |text: &str| match text.trim() {
        "" => Ok(None),
        text => Amount::parse(text, denomination).map(|amount| Some(amount.units())),
    };
    let (per_item, per_day, passkey_above) = (units(per_item)?, units(per_day)?, units(passkey_above)?);
    Ok((&Change::SetLimits { per_item, per_day, passkey_above }).into())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.trim().as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Errors are JavaScript's and can't be made here; what is good is written as the module will check it.
    #[test]
    fn changes_are_written_as_they_are_checked() {
        let key = "0b".repeat(32);
        let invited = invite("ada", &key.to_uppercase(), 48).unwrap_or_else(|_| panic!("an invitation"));
        let what = Personal::Invite { ed25519: [11; 32], hours: 48 };
        assert_eq!(invited, (&Change::Personal { user: "ada".parse().unwrap(), what }).into());
        let limits = set_limits("12.5", "", "100", "EUR/2").unwrap_or_else(|_| panic!("limits"));
        let expected = r#"{"passkey_above":"10000","per_item":"1250"}"#;
        assert_eq!((limits.place.as_str(), limits.content.as_str()), ("limits", expected));
        let user = add_user("ada", "customer").unwrap_or_else(|_| panic!("a user"));
        assert_eq!(user.content, r#"{"name":"ada","role":"customer"}"#);
        for bad in ["", &key[1..], &format!("{key}0"), &key.replace('b', "g"), &"é".repeat(32)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
