//! Reservations: value that is set aside until it is drawn.

use std::sync::Arc;
use std::time::Instant;

use asker::{ContentDigest, Errand, KeptBatch};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::{Issued, Outcome};
use indicia::Amount;
use module::protocol::Packed;
use serde::Deserialize;
use store::{Ended, RequestKind, ReservationId, ReservationOutcome, StoredReservation};

use crate::accounts::Known;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::{Page, json};
use crate::public::batch::Batch;
use crate::public::batches;
use crate::sign_in::Depth;
use crate::signed::{Signed, SignedFields};

/// Largest content of such a request in bytes.
const MOST: usize = 1024;
/// Longest time for which a reservation may be held from now on, in seconds.
const LONGEST: u64 = 366 * 86_400;

/// A reservation and what it was asked for with.
struct Reserved {
    stored: StoredReservation,
    /// Nothing if something of it was erased.
    digest: Option<ContentDigest>,
}

/// List what is held.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/reservations",
    tag = "reservations",
    params(("account" = String, Path, description = "Name of the account")),
    security(("token" = [])),
    responses(
        (status = 200, description = "All that are held", body = Page<Batch>),
    ),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    let page = app.desk.read(move |books| {
        let mut items = Vec::new();
        for held in books.held_reservations(account.id)? {
            if let Some((stored, _)) = books.reservation(account.id, held.id)? {
                items.push(Batch::of_stored(&account, &stored));
            }
        }
        Ok(Page { items, next: None })
    });
    json(StatusCode::OK, &page.await?)
}

/// Issue what is held.
///
/// The content is `{"content_digest":"sha-256=:…:"}` with the `Content-Digest` of the request that reserved it.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/reservations/{reservation}/draw",
    tag = "reservations",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("reservation" = u64, Path, description = "Number of the reservation"),
        SignedFields,
    ),
    request_body(content = Vec<u8>, content_type = "application/json"),
    responses(
        (status = 201, description = "Issued", body = Batch),
    ),
)]
pub(crate) async fn draw(
    State(app): State<Arc<App>>,
    Path((account, reservation)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (signed, number) = read(&app, &account, &reservation, request).await?;
    let reserved = reserved(&app, &signed, number).await?;
    if signed.key != reserved.stored.key {
        let detail = "Idempotency-Key is to be the key of the request that reserved it";
        return Err(Problem::new(Kind::KeyReused, detail));
    }
    // The engine can't tell a forged proof from a good one, and a refused draw would lose what is held.
    let Some(digest) = reserved.digest else {
        let detail = "it was carried out, and holders' data of it was erased since, so that nobody can tell what it was of";
        return Err(Problem::new(Kind::Erased, detail));
    };
    by_its_user(&app, &signed, &reserved, Errand::Draw { reservation: number, reserved: digest }).await?;
    let (began, left) = (Instant::now(), signed.left());
    let (account, key) = (Arc::clone(&signed.account), signed.key.clone());
    if let ReservationOutcome::Done { first_number } = reserved.stored.outcome {
        return again(&app, &account, reserved.stored, first_number).await;
    }
    let ticket = app.engine.draw(account.name.clone(), ReservationId(number), signed.proof)?;
    batches::outcome(&app, &account, &key, ticket, began, left).await
}

/// The answer to a draw that was carried out before.
async fn again(
    app: &Arc<App>,
    account: &Arc<Known>,
    stored: StoredReservation,
    first_number: u64,
) -> Result<Response, Problem> {
    let account = Arc::clone(account);
    let answer = app.desk.read(move |books| {
        let mut packs = Vec::new();
        books.segments(account.id, first_number, u64::from(stored.count), &mut |segment| {
            let bytes = segment.bytes.to_vec().into();
            packs.push(Packed { first_number: segment.first, count: segment.count, bytes });
            Ok(())
        })?;
        let issued = Issued {
            account: account.id,
            reservation: stored.id,
            key: stored.key.clone(),
            first_number,
            count: stored.count,
            asked: stored.wanted_count,
            value: Amount::saturating(stored.value, account.denomination),
            packs: packs.into(),
        };
        let batch = Batch::of_outcome(&account, Outcome::Issued(issued), stored.key.as_str())?;
        json(StatusCode::CREATED, &batch)
    });
    answer.await
}

/// Give what is held back.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/reservations/{reservation}/release",
    tag = "reservations",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("reservation" = u64, Path, description = "Number of the reservation"),
        SignedFields,
    ),
    responses(
        (status = 200, description = "Released, now or before", body = Batch),
    ),
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    Path((account, reservation)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (signed, number) = read(&app, &account, &reservation, request).await?;
    let found = reserved(&app, &signed, number).await?;
    by_its_user(&app, &signed, &found, Errand::Release { reservation: number }).await?;
    if !matches!(found.stored.outcome, ReservationOutcome::Ended { how: Ended::Released, .. }) {
        let name = signed.account.name.clone();
        app.desk.ask(move |engine| Ok(engine.release(name, ReservationId(number))?)).await?;
    }
    as_it_is(&app, &signed, number).await
}

/// How long to hold from now on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hold {
    /// Seconds.
    hold: u64,
}

/// Hold for longer: until so many seconds from now.
///
/// The content is `{"hold":SECONDS}`, without spaces.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/reservations/{reservation}/extend",
    tag = "reservations",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("reservation" = u64, Path, description = "Number of the reservation"),
        SignedFields,
    ),
    request_body(content = Hold, content_type = "application/json"),
    responses(
        (status = 200, description = "Held for longer", body = Batch),
    ),
)]
pub(crate) async fn extend(
    State(app): State<Arc<App>>,
    Path((account, reservation)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (signed, number) = read(&app, &account, &reservation, request).await?;
    let found = reserved(&app, &signed, number).await?;
    let hold: Hold = serde_json::from_slice(&signed.content)
        .map_err(|error| Problem::new(Kind::Malformed, format!("the content can't be read: {error}")))?;
    if hold.hold > LONGEST {
        let detail = format!("{} seconds are more than a reservation may be held ({LONGEST})", hold.hold);
        return Err(Problem::new(Kind::Malformed, detail));
    }
    by_its_user(&app, &signed, &found, Errand::Extend { reservation: number, seconds: hold.hold }).await?;
    let name = signed.account.name.clone();
    let extended = app.desk.ask(move |engine| Ok(engine.extend(name, ReservationId(number), hold.hold)?));
    extended.await?;
    as_it_is(&app, &signed, number).await
}

async fn read(
    app: &Arc<App>,
    account: &str,
    reservation: &str,
    request: Request,
) -> Result<(Signed, u64), Problem> {
    let number = reservation.parse().map_err(|_| unknown())?;
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return Err(Problem::new(Kind::Malformed, "this path takes no query"));
    }
    Ok((Signed::read(app, account, &parts, body, MOST).await?, number))
}

async fn reserved(app: &App, signed: &Signed, number: u64) -> Result<Reserved, Problem> {
    let id = signed.account.id;
    let found = app.desk.read(move |books| {
        let found = books.reservation(id, ReservationId(number))?;
        let (stored, body) =
            found.filter(|(stored, _)| stored.kind == RequestKind::Issue).ok_or_else(unknown)?;
        let kept = KeptBatch::decode(&body).map_err(|error| Problem::internal(&error))?;
        let digest = match kept {
            KeptBatch::Whole(asked) => {
                Some(asked.content_digest().map_err(|error| Problem::internal(&error))?)
            }
            KeptBatch::Remnant(_) => None,
        };
        Ok(Reserved { stored, digest })
    });
    found.await
}

/// Whoever reserved it may do so, and nobody else.
async fn by_its_user(app: &App, signed: &Signed, reserved: &Reserved, errand: Errand) -> Result<(), Problem> {
    let value = if matches!(errand, Errand::Draw { .. }) { reserved.stored.value } else { 0 };
    if signed.check(app, errand, value).await? == reserved.stored.user {
        return Ok(());
    }
    Err(Problem::new(Kind::NotAllowed, "the reservation is another user's"))
}

async fn as_it_is(app: &App, signed: &Signed, number: u64) -> Result<Response, Problem> {
    let stored = reserved(app, signed, number).await?.stored;
    let mut response = json(StatusCode::OK, &Batch::of_stored(&signed.account, &stored))?;
    Signed::say_left(signed.left(), &mut response);
    Ok(response)
}

fn unknown() -> Problem {
    Problem::new(Kind::UnknownReservation, "the account has no such reservation")
}
