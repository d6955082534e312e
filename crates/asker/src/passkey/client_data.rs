//! What the browser says of where and what for a passkey was used. No JSON is parsed: what it must begin with is written
//! and compared (section 5.8.1.2, the limited verification algorithm).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::PasskeyError;
use super::relying_party::RelyingParty;

/// What a passkey is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// It is made.
    Create,
    /// It signs.
    Get,
}

/// Whether it was used for this, on a page of the site that is in no other site's.
pub(super) fn check(
    client_data: &[u8],
    ceremony: Ceremony,
    challenge: &[u8; 32],
    party: &RelyingParty,
) -> Result<(), PasskeyError> {
    let ceremony = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    // None of these has a character that JSON would write in another way.
    let expected = format!(
        r#"{{"type":"{ceremony}","challenge":"{}","origin":"{}","crossOrigin":false"#,
        URL_SAFE_NO_PAD.encode(challenge),
        party.origin(),
    );
    let rest = client_data.strip_prefix(expected.as_bytes()).ok_or(PasskeyError::ClientData)?;
    // Anything may follow, but only as a member of its own.
    if rest == b"}" || rest.starts_with(b",") { Ok(()) } else { Err(PasskeyError::ClientData) }
}
