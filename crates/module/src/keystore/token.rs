//! The master key wrapped inside a PKCS#11 token: an AES key that was made there and can't leave it.
//!
//! The token is used while the module starts, before the sandbox, and let go of again.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::KeystoreError;
use super::wrapping::Wrapping;
use crate::sealing::MasterKey;
use crate::signing::KeyFault;

const TAG_BITS: u64 = 128;
const IV: usize = 12;
/// Bound to what is wrapped.
const AAD: &[u8] = b"mintage/1/master";

/// Makes a key in the token and wraps a master key by it.
pub(super) fn wrap(
    master: &MasterKey,
    library: &str,
    label: &str,
    pin: &str,
) -> Result<(Wrapping, Vec<u8>), KeystoreError> {
    let mut random = [0_u8; IV + 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| KeyFault::NoRandomness)?;
    let (iv, name) = random.split_at(IV);
    let key_label: String =
        ["mintage-".to_owned()].into_iter().chain(name.iter().map(|byte| format!("{byte:02x}"))).collect();
    let wrapped = in_session(library, label, pin, |session| {
        let key = session.generate_key(
            &Mechanism::AesKeyGen,
            &[
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Encrypt(true),
                Attribute::Decrypt(true),
                Attribute::ValueLen(32.into()),
                Attribute::Label(key_label.clone().into_bytes()),
            ],
        )?;
        let mut iv = iv.to_vec();
        let parameters = GcmParams::new(&mut iv, AAD, TAG_BITS.into())?;
        session.encrypt(&Mechanism::AesGcm(parameters), key, master.expose())
    })?;
    Ok((Wrapping::Token { key_label, iv: iv.to_vec().into() }, wrapped))
}

/// Unwraps a master key by the token's key with this label.
pub(super) fn unwrap(
    key_label: &str,
    iv: &[u8],
    wrapped: &[u8],
    library: &str,
    label: &str,
    pin: &str,
) -> Result<MasterKey, KeystoreError> {
    let found = in_session(library, label, pin, |session| {
        let Some(key) = find_key(session, key_label)? else { return Ok(None) };
        let mut iv = iv.to_vec();
        let parameters = GcmParams::new(&mut iv, AAD, TAG_BITS.into())?;
        session.decrypt(&Mechanism::AesGcm(parameters), key, wrapped).map(|plain| Some(Zeroizing::new(plain)))
    })?;
    let plain = found.ok_or_else(|| KeystoreError::Token(format!("it has no key labelled {key_label}")))?;
    let bytes: &[u8; 32] =
        plain.as_slice().try_into().map_err(|_| KeystoreError::Damaged("the wrapped key".into()))?;
    Ok(MasterKey::from_bytes(bytes))
}

fn find_key(session: &Session, key_label: &str) -> Result<Option<ObjectHandle>, CryptokiError> {
    let wanted = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Label(key_label.as_bytes().to_vec())];
    Ok(session.find_objects(&wanted)?.first().copied())
}

/// Opens the library, finds the token, logs in, and lets go of everything afterwards.
fn in_session<T>(
    library: &str,
    label: &str,
    pin: &str,
    work: impl FnOnce(&Session) -> Result<T, CryptokiError>,
) -> Result<T, KeystoreError> {
    let token = |error: CryptokiError| match error {
        CryptokiError::Pkcs11(RvError::PinIncorrect, _) => KeystoreError::WrongPin,
        CryptokiError::Pkcs11(RvError::PinLocked, _) => {
            KeystoreError::Token("its PIN is locked after too many wrong ones".into())
        }
        other => KeystoreError::Token(other.to_string()),
    };
    let context = Pkcs11::new(library).map_err(token)?;
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(token)?;
    let slots = context.get_slots_with_token().map_err(token)?;
    let has_label = |slot: &&cryptoki::slot::Slot| {
        context.get_token_info(**slot).is_ok_and(|info| info.label().trim_end() == label)
    };
    let slot = slots.iter().find(has_label).copied();
    let slot = slot.ok_or_else(|| KeystoreError::Token(format!("no token is labelled {label}")))?;
    let done = {
        let session = context.open_rw_session(slot).map_err(token)?;
        session.login(UserType::User, Some(&AuthPin::new(pin.to_owned().into()))).map_err(token)?;
        work(&session).map_err(token)
    };
    context.finalize().map_err(token)?;
    done
}
