//! Signed requests (RFC 9421): read from their fields, and handed on with the proof unchanged.

use std::sync::Arc;

use api::{body::announced, check_digest, idempotency_key, missing, one, proof};
use asker::{ContentDigest, Errand, IdempotencyKey, Proof};
use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use module::protocol::Question;
use tokio::sync::OwnedSemaphorePermit;

use crate::accounts::Known;
use crate::app::App;
use crate::limits::Left;
use crate::passkey_field;
use crate::problem::{Kind, Problem};

/// A request with its proof. Whether the proof proves anything is the module's to say.
pub(crate) struct Signed {
    pub(crate) account: Arc<Known>,
    /// Whose key is said to have made it.
    pub(crate) user: Arc<str>,
    pub(crate) key: IdempotencyKey,
    pub(crate) proof: Proof,
    pub(crate) content: Vec<u8>,
    left: Left,
    /// Kept until it is answered.
    pub(crate) place: OwnedSemaphorePermit,
}

/// Bytes of a content that count for one request.
const WEIGHT: usize = 32 * 1024;

/// A place for a content of so many bytes, before it is read: all that is under way is held in memory.
pub(crate) fn place(app: &App, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
    let weight = bytes.div_ceil(WEIGHT).clamp(1, app.settings.waiting);
    let weight = u32::try_from(weight).unwrap_or(u32::MAX);
    Arc::clone(&app.waiting).try_acquire_many_owned(weight).map_err(|_| {
        Problem::new(Kind::Overloaded, "more requests are under way than the server takes; nothing was done")
    })
}

impl Signed {
    /// Reads a request of at most so many bytes. What can be refused for its fields alone is, before its content is read.
    pub(crate) async fn read(
        app: &App,
        account: &str,
        parts: &Parts,
        body: Body,
        most: usize,
    ) -> Result<Self, Problem> {
        let headers = &parts.headers;
        let key = idempotency_key(headers)?;
        let passkey = passkey_field::read(headers)?;
        let proof = Proof { passkey, ..proof(headers)? };
        one(headers, "content-digest")?.ok_or_else(|| missing("Content-Digest"))?;
        let (account, user) = app.accounts.user(account, proof.params.key()).await?;
        let left = app.limits.key(proof.params.key())?;
        let place = place(app, announced(headers).unwrap_or(most).min(most))?;
        let content = api::body::read(headers, body, most).await?;
        check_digest(headers, &ContentDigest::of(&content))?;
        Ok(Self { account, user, key, proof, content, left, place })
    }

    /// Says in an answer how often the key may still ask.
    pub(crate) fn say_left<T>(left: Left, response: &mut Response<T>) {
        response.extensions_mut().insert(left);
    }

    pub(crate) fn left(&self) -> Left {
        self.left
    }

    /// Lets the module say who asks for an errand, once: the proof must be of these minutes, and new. A draw is of so many units.
    pub(crate) async fn check(&self, app: &App, errand: Errand, value: u64) -> Result<String, Problem> {
        if self.content != errand.content().as_bytes() {
            let detail = format!("the content is to be {:?}, and nothing else", errand.content());
            return Err(Problem::new(Kind::Malformed, detail));
        }
        let (id, at) = (self.account.id, app.now());
        let (key, proof) = (self.key.clone(), self.proof.clone());
        let account = app.desk.read(move |books| Ok(books.account(id)?)).await?;
        let account = account.ok_or_else(|| Problem::internal(&"an account is gone"))?;
        let said = app.desk.ask(move |engine| {
            let record = account.record.as_slice().into();
            let question = Question { record, errand, idempotency_key: key.as_str(), proof, at: at.0, value };
            Ok(engine.module().who_asks(question)?)
        });
        let asker = said.await??;
        if asker.by_session {
            app.sign_ins.use_up_of_session(&self.proof, at)?;
        } else {
            app.sign_ins.use_up(&self.proof.params, at)?;
        }
        Ok(asker.user)
    }
}

/// The fields of a signed request, for the document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // it is only described
pub(crate) struct SignedFields {
    /// A string in quotes: the same, with the same request, gives the same answer for ever.
    #[param(rename = "Idempotency-Key", example = "\"order 4711\"")]
    idempotency_key: String,
    /// SHA-256 of the content (RFC 9530), as `sha-256=:base64:`.
    #[param(rename = "Content-Digest")]
    content_digest: String,
    /// What is signed, when, by which key (RFC 9421, section 4.1): "@method" "@path" "@query" "content-digest" and
    /// "idempotency-key", with created, keyid and nonce.
    #[param(rename = "Signature-Input")]
    signature_input: String,
    /// The signature (RFC 9421, section 4.2).
    #[param(rename = "Signature")]
    signature: String,
    /// Of a person's session, where its account asks for it: the user's passkey, used for the challenge SHA-256(what the
    /// signature is over). A dictionary (RFC 9651) of id, client-data, authenticator-data and signature, each as `:base64:`.
    #[param(rename = "Mintage-Passkey")]
    passkey: Option<String>,
}
