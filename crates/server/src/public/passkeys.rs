//! Passkeys of users: signed changes like others of how people sign in.

use std::sync::Arc;

use asker::{KeyId, PasskeyRegistration, Personal};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indicia::UnixTime;
use module::protocol::PasskeyShown;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::problem::Problem;
use crate::public::personal::personal;
use crate::public::users::{Changed, change, malformed, parsed};
use crate::signed::SignedFields;

/// A passkey that was made for a user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    /// `response.attestationObject` in base64url without padding. No attestation is asked for.
    attestation: String,
    /// `response.clientDataJSON` likewise.
    client_data: String,
    /// Where the page is that it was made on: `https://mint.example`. The passkey counts there and nowhere else.
    origin: String,
}

/// A passkey of a user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UserPasskey {
    /// What it is called here: 16 hexadecimal digits.
    passkey: String,
    /// Its authenticator's name for it, for `allowCredentials`: base64url without padding.
    id: String,
    /// The pages that it is used on.
    origin: String,
    /// When it was added.
    added: String,
}

impl UserPasskey {
    pub(crate) fn of(shown: &PasskeyShown) -> Self {
        Self {
            passkey: shown.name.to_string(),
            id: URL_SAFE_NO_PAD.encode(&*shown.id),
            origin: shown.origin.clone(),
            added: UnixTime(shown.added).to_string(),
        }
    }
}

/// Add a passkey of one's own, signed by a session that began within 15 minutes; if there is one already, with Mintage-Passkey.
///
/// The content is exactly `{"attestation":"…","client_data":"…","origin":"…"}`, without spaces. The passkey is made for the
/// challenge SHA-256(`mintage/1/passkey`, the session's key id in hexadecimal digits, the request's nonce in 8 bytes, the
/// greatest first), for ES256 or EdDSA, with user verification and without attestation; its site is the page's host.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/passkeys",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        SignedFields,
    ),
    request_body(content = NewPasskey),
    responses((status = 201, description = "Added, now or before", body = Changed)),
)]
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Path((account, user)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |content| {
        let NewPasskey { attestation, client_data, origin } = parsed(content)?;
        let bytes = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text);
            bytes.map_err(|_| malformed("a part of the registration is no base64url without padding"))
        };
        let registration =
            PasskeyRegistration { client_data: bytes(&client_data)?, attestation: bytes(&attestation)? };
        personal(&user, Personal::AddPasskey { origin, registration })
    })
    .await
}

/// Remove a passkey. An owner may, and everybody his own; a session does so with Mintage-Passkey.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/users/{user}/passkeys/{passkey}/remove",
    tag = "users",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("user" = String, Path, description = "Name of the user"),
        ("passkey" = String, Path, description = "What the passkey is called"),
        SignedFields,
    ),
    responses((status = 201, description = "Removed, now or before", body = Changed)),
)]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Path((account, user, passkey)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    change(&app, &account, request, |_| {
        let passkey: KeyId =
            passkey.parse().map_err(|()| malformed("a passkey's name is 16 hexadecimal digits"))?;
        personal(&user, Personal::RemovePasskey(passkey))
    })
    .await
}
