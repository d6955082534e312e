//! The line to the server: what is asked over it, within a time, and whether an answer is the server's at all.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use api::{Kind, Redemption, Shown, StaffSession};
use asker::{ContentDigest, Proof, Secret, StaffErrand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::sync::watch;
use ureq::http::{Request, header};

use crate::desk::{Said, Unheard, Upstream};

/// How long what is large may take, once the server answers.
const LARGE: Duration = Duration::from_secs(60);
/// How long the server may take until it does: it may have to make a snapshot first.
const MADE: Duration = Duration::from_secs(10);
/// Bytes of an answer at most: a status snapshot is the largest.
const MOST: u64 = 64 * 1024 * 1024;

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) tag: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Where the server is, and who the gate is there.
pub(crate) struct Link {
    agent: ureq::Agent,
    server: String,
    secret: Secret,
    patience: Duration,
    token: Mutex<Option<String>>,
    last_nonce: AtomicU64,
    /// Why the server can't be reached, if it can't.
    down: watch::Sender<Option<String>>,
}

/// A request, before it is known who asks.
pub(crate) struct Question<'a> {
    pub(crate) method: &'static str,
    /// With its query.
    pub(crate) path: &'a str,
    pub(crate) fields: &'a [(&'static str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// A problem as the server says it.
#[derive(Deserialize)]
struct ServersProblem {
    #[serde(rename = "type")]
    kind: String,
    detail: String,
}

impl Link {
    pub(crate) fn new(server: &str, secret: Secret, patience: Duration) -> Self {
        Self {
            agent: api::agent(patience),
            server: server.trim_end_matches('/').to_owned(),
            secret,
            patience,
            token: Mutex::default(),
            last_nonce: AtomicU64::new(0),
            down: watch::Sender::new(Some("it wasn't asked yet".into())),
        }
    }

    /// Why the server can't be reached, if it can't.
    pub(crate) fn down(&self) -> watch::Receiver<Option<String>> {
        self.down.subscribe()
    }

    /// The server was heard.
    pub(crate) fn rise(&self) {
        let rose = self.down.send_if_modified(|down| down.take().is_some());
        if rose {
            tracing::info!(server = self.server, "the server is reached");
        }
    }

    fn fall(&self, why: &str) {
        let fell = self.down.send_if_modified(|down| {
            let was_up = down.is_none();
            *down = Some(why.to_owned());
            was_up
        });
        if fell {
            tracing::warn!(why, "cut off from the server: this gate decides alone");
        }
    }

    /// Fetches what may be large. That it isn't had in time doesn't mean that the server can't be reached. It blocks.
    pub(crate) fn fetch(&self, question: &Question<'_>) -> Result<Reply, Unheard> {
        self.send(question, None, Instant::now() + LARGE)
    }

    /// Asks the server as the gate's steward, within the time that the gate has for it: who isn't answered is cut off. It
    /// blocks.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<Reply, Unheard> {
        self.heard(self.ask_as_steward(question))
    }

    /// Whoever isn't answered is cut off.
    fn heard<T>(&self, heard: Result<T, Unheard>) -> Result<T, Unheard> {
        if let Err(Unheard::Lost { why, .. }) = &heard {
            self.fall(why);
        }
        heard
    }

    fn ask_as_steward(&self, question: &Question<'_>) -> Result<Reply, Unheard> {
        let until = Instant::now() + self.patience;
        let known = self.lock_token().clone();
        let token = match known {
            Some(token) => token,
            None => self.sign_in(until)?,
        };
        let reply = self.send(question, Some(&token), until)?;
        if reply.status != 401 {
            return Ok(reply);
        }
        // An hour has passed, or the server has started again.
        let token = self.sign_in(until)?;
        let reply = self.send(question, Some(&token), until)?;
        if reply.status == 401 { Err(refused(&reply)) } else { Ok(reply) }
    }

    fn sign_in(&self, until: Instant) -> Result<String, Unheard> {
        *self.lock_token() = None;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let next = |last: u64| Some(nanoseconds.max(last + 1));
        let last = self.last_nonce.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap_or_default();
        let nonce = nanoseconds.max(last + 1);
        let key = format!("gate {nonce}");
        let proof = Proof::sign(&self.secret, &StaffErrand::SignIn.statement(&key), since.as_secs(), nonce);
        let (digest, input) = (ContentDigest::of(b"").to_string(), format!("sig={}", proof.params.to_text()));
        let signature = format!("sig=:{}:", STANDARD.encode(&*proof.signature));
        let key = format!("\"{key}\"");
        let fields = [
            ("Idempotency-Key", key.as_str()),
            ("Content-Digest", &digest),
            ("Signature-Input", &input),
            ("Signature", &signature),
        ];
        let question = Question { method: "POST", path: "/v1/staff/sessions", fields: &fields, body: b"" };
        let reply = self.send(&question, None, until)?;
        if reply.status != 201 {
            return Err(refused(&reply));
        }
        let session: StaffSession =
            serde_json::from_slice(&reply.body).map_err(|_| not_the_server(&reply))?;
        if session.role != "steward" {
            return Err(Unheard::Refused(format!("{} is no steward, but {}", session.name, session.role)));
        }
        *self.lock_token() = Some(session.token.clone());
        Ok(session.token)
    }

    /// Sends one request. What isn't the server's answer, or says that the server can't answer, is none.
    fn send(&self, question: &Question<'_>, token: Option<&str>, until: Instant) -> Result<Reply, Unheard> {
        let mut request =
            Request::builder().method(question.method).uri(format!("{}{}", self.server, question.path));
        for (name, value) in question.fields {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(question.body.to_vec());
        let request = request.map_err(|error| lost(error.to_string(), false))?;
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left))
            .timeout_connect(Some(left.min(self.patience)))
            .timeout_recv_response(Some(left.min(MADE)))
            .build();
        let failed = |error: ureq::Error| lost(error.to_string(), may_have_arrived(&error));
        let mut response = self.agent.run(request).map_err(failed)?;
        let field =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (media_type, tag) = (field(header::CONTENT_TYPE).unwrap_or_default(), field(header::ETAG));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        let body = body.map_err(|error| lost(error.to_string(), true))?;
        let reply = Reply { status, media_type, tag, body };
        let can_answer = status < 500 && !matches!(status, 408 | 425 | 429);
        let is_known = ["application/json", "application/problem+json", "application/cose"]
            .iter()
            .any(|known| reply.media_type.starts_with(known));
        if can_answer && (is_known || status == 304) { Ok(reply) } else { Err(not_the_server(&reply)) }
    }

    fn lock_token(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upstream for Link {
    fn is_up(&self) -> bool {
        self.down.borrow().is_none()
    }

    fn redeem(&self, key: &str, shown: &Shown) -> Result<Said, Unheard> {
        self.heard(self.redeem_there(key, shown))
    }
}

impl Link {
    fn redeem_there(&self, key: &str, shown: &Shown) -> Result<Said, Unheard> {
        let body = serde_json::to_vec(shown).unwrap_or_default(); // texts can always be written
        let key = format!("\"{key}\"");
        let fields = [("Idempotency-Key", key.as_str()), ("Content-Type", "application/json")];
        let reply = self.ask_as_steward(&Question {
            method: "POST",
            path: "/v1/redemptions",
            fields: &fields,
            body: &body,
        })?;
        if reply.status == 403 {
            return Err(refused(&reply));
        }
        let said = String::from_utf8(reply.body.clone()).map_err(|_| not_the_server(&reply))?;
        if reply.status == 201 {
            let redemption: Redemption = serde_json::from_str(&said).map_err(|_| not_the_server(&reply))?;
            let is_of_this = shown.serial.as_ref() == Some(&redemption.serial);
            return if is_of_this {
                Ok(Said::Made { redemption: Box::new(redemption), said })
            } else {
                Err(not_the_server(&reply))
            };
        }
        let (kind, detail) = problem(&reply).ok_or_else(|| not_the_server(&reply))?;
        match kind {
            // Then it says something else in a moment.
            Kind::InProgress => Err(lost(detail, true)),
            _ => Ok(Said::Not { kind, detail, said }),
        }
    }
}

/// The sort and detail of a problem that the server told.
fn problem(reply: &Reply) -> Option<(Kind, String)> {
    let problem: ServersProblem = serde_json::from_slice(&reply.body).ok()?;
    let kind = Kind::by_slug(problem.kind.strip_prefix("/problems/")?)?;
    (kind.status().as_u16() == reply.status).then_some((kind, problem.detail))
}

fn refused(reply: &Reply) -> Unheard {
    let said = problem(reply).map_or_else(|| format!("status {}", reply.status), |(_, detail)| detail);
    tracing::error!(said, "the server doesn't take this gate's requests");
    Unheard::Refused(said)
}

/// Whether the server may have got what was sent.
fn may_have_arrived(error: &ureq::Error) -> bool {
    use ureq::{Error, Timeout};
    match error {
        Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_) => false,
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => false,
        Error::Io(error) => !matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable
        ),
        _ => true,
    }
}

/// What was answered is an error of the server, or of something in between.
fn not_the_server(reply: &Reply) -> Unheard {
    let Reply { status, media_type, .. } = reply;
    lost(format!("it was answered with status {status} and {media_type:?}"), true)
}

fn lost(why: String, may_have_arrived: bool) -> Unheard {
    Unheard::Lost { why, may_have_arrived }
}
