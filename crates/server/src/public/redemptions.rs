//! Redemptions: indicia are used at a gate or a counter, by the operator's stewards; the provider takes a use back.

use std::sync::Arc;

use api::{Redemption, Reversed, Shown, body::read_json, idempotency_key, past, said};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::{EngineError, Outcome, RedeemRequest, ReverseRequest};
use indicia::{
    Claims, Indicium, PresentationError, Presented, Reason, Segment, Serial, Showing, Terms, UnixTime, Use,
    Used, Verdict, text, verify_together,
};
use module::staff::{Member, StaffRole};
use serde::Deserialize;
use store::{AccountId, Reader, StoredRedemption};

use crate::accounts::account_of_device;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::sign_in;
use crate::trust::Signed;

/// Bytes of a request at most.
const MOST: usize = 16 * 1024;

/// Why a redemption is taken back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// For whoever reads the record.
    reason: String,
}

/// An indicium that is genuine or in the books, as far as a redemption needs to know it.
pub(crate) struct Found {
    account: AccountId,
    pub(super) serial: Serial,
    pub(super) terms: Terms,
    showing: Showing,
}

/// Redeem an indicium, whole or in part. For stewards.
///
/// The same steward's same key is the same redemption, and is answered as it was.
#[utoipa::path(
    post,
    path = "/v1/redemptions",
    tag = "redemption",
    params(
        ("Idempotency-Key" = String, Header, description = "A string in quotes: the same gives the same answer"),
    ),
    security(("token" = [])),
    request_body(content = Shown),
    responses((status = 201, description = "Redeemed, now or before", body = Redemption)),
)]
pub(crate) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let steward = member(&app, &parts.headers, StaffRole::Steward)?;
    let key = idempotency_key(&parts.headers)?;
    let asked: Shown = read_json(&parts.headers, body, MOST).await?;
    let gate = said("gate", &asked.gate)?;
    let (now, by) = (app.now(), steward.name.to_string());
    let used_at = asked.used_at.as_deref().map(|text| past(text, now)).transpose()?;
    let entrance = asked.entrance()?;
    let found = match (&asked.indicium, &asked.serial) {
        (Some(indicium), None) => genuine(&app, indicium, now).await?,
        (None, Some(serial)) => {
            let (serial, showing) = (serial.clone(), asked.showing_of_serial());
            let found = app.desk.read(move |books| find_serial(books, &serial)).await?;
            Found { showing, ..found }
        }
        _ => return Err(Problem::new(Kind::Malformed, "either an indicium or a serial is redeemed")),
    };
    let Found { account, serial, terms, showing } = found;
    let amount = asked.part(serial, &terms)?;
    let (at, is_offline) = (used_at.unwrap_or(now), used_at.is_some());
    let request = RedeemRequest {
        account,
        serial,
        terms: terms.clone(),
        amount,
        way: asked.way(),
        by,
        key,
        gate,
        entrance,
        is_countersigned: asked.countersigned,
        showing,
        at,
        is_offline,
    };
    let redeemed = match app.engine.redeem(request)?.await {
        Err(error) => return Err(refused(&app, account, error).await),
        Ok(outcome) => made(outcome)?,
    };
    json(StatusCode::CREATED, &shown(serial, &terms, redeemed))
}

/// List the redemptions of an indicium, the first first. For all of the staff.
#[utoipa::path(
    get,
    path = "/v1/redemptions/{serial}",
    tag = "redemption",
    params(("serial" = String, Path, description = "The serial as printed")),
    security(("token" = [])),
    responses((status = 200, description = "All of them", body = Vec<Redemption>)),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(serial): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff(&app, &headers)?;
    let all = app.desk.read(move |books| {
        let found = find_serial(books, &serial)?;
        let all = redemptions(books, found.account, found.serial)?;
        let all = all.into_iter().map(|one| shown(found.serial, &found.terms, one));
        Ok(all.collect::<Vec<_>>())
    });
    json(StatusCode::OK, &all.await?)
}

/// Take a redemption back, once. For providers.
#[utoipa::path(
    put,
    path = "/v1/redemptions/{serial}/{redemption}/reversal",
    tag = "redemption",
    params(
        ("serial" = String, Path, description = "The serial as printed"),
        ("redemption" = u32, Path, description = "Which of its redemptions"),
    ),
    security(("token" = [])),
    request_body(content = Why),
    responses((status = 200, description = "Taken back, now or before by this very request", body = Redemption)),
)]
pub(crate) async fn reverse(
    State(app): State<Arc<App>>,
    Path((serial, place)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let provider = member(&app, &parts.headers, StaffRole::Provider)?;
    let Why { reason } = read_json(&parts.headers, body, MOST).await?;
    let reason = said("reason", &reason)?;
    let found = app.desk.read(move |books| find_serial(books, &serial)).await?;
    let unknown = || Problem::new(Kind::UnknownRedemption, "redemptions are numbered from 1");
    let place: u32 = place.parse().map_err(|_| unknown())?;
    let (account, serial, by) = (found.account, found.serial, provider.name.to_string());
    let terms = found.terms.clone();
    let request = ReverseRequest { account, serial, terms, place, by, reason };
    let reversed = made(app.engine.reverse(request)?.await?)?;
    json(StatusCode::OK, &shown(serial, &found.terms, reversed))
}

/// A use as it is shown.
pub(super) fn shown(serial: Serial, terms: &Terms, stored: StoredRedemption) -> Redemption {
    let StoredRedemption { redemption: made, reversed } = stored;
    let store::Redemption { value, used: units, excess, moved, outside, .. } = made;
    let to = Used { status: terms.status(units, outside), units, outside };
    Redemption {
        redemption: Some(made.place),
        gate: made.gate,
        by: made.by,
        at: made.at.to_string(),
        reversed: reversed.map(|reversed| {
            let store::Reversed { by, reason, at } = reversed;
            Reversed { by, reason, at: at.to_string() }
        }),
        ..Redemption::new(serial, terms, &Use { to, value, excess, moved })
    }
}

/// Refuses whoever isn't of the staff.
pub(super) fn staff(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    match app.sign_ins.reader(headers)? {
        sign_in::Reader::Staff(_) => Ok(()),
        sign_in::Reader::User(..) => Err(Problem::new(Kind::NotAllowed, "this is for the operator's staff")),
    }
}

/// Whoever of the staff has this role.
fn member(app: &App, headers: &HeaderMap, role: StaffRole) -> Result<Member, Problem> {
    match app.sign_ins.reader(headers)? {
        sign_in::Reader::Staff(member) if member.role == role => Ok(member),
        _ => Err(Problem::new(Kind::NotAllowed, format!("this is for the role {}", role.name()))),
    }
}

/// What is shown, if it is genuine. All that blocks is done at the desk; hardly ever is there anything.
async fn genuine(app: &Arc<App>, indicium: &str, at: UnixTime) -> Result<Found, Problem> {
    let not_genuine = |error: text::TextError| Problem::new(Kind::NotGenuine, error.to_string());
    let bytes = text::from_text(indicium.trim()).map_err(not_genuine)?;
    let trust = match app.trust.ready() {
        Some(trust) => trust,
        None => {
            let office = Arc::clone(app);
            app.desk.read(move |_| office.trust.current()).await?
        }
    };
    let judged = app.shown.ask(ToJudge { bytes, trust, at }, judge).await;
    match judged.ok_or_else(|| Problem::internal(&"an indicium wasn't judged"))?? {
        Judged::Found(found) => Ok(found),
        Judged::InBooks(bytes) => app.desk.read(move |books| in_books(books, &bytes)).await,
    }
}

/// Something that is shown, and by what it is judged.
pub(crate) struct ToJudge {
    bytes: Vec<u8>,
    trust: Arc<Signed>,
    at: UnixTime,
}

/// What is said of something that is shown.
pub(crate) enum Judged {
    /// It is genuine.
    Found(Found),
    /// Only the books can tell.
    InBooks(Vec<u8>),
}

/// What is shown at one moment, all of it: together what is judged by the same bundle at the same time.
fn judge(all: Vec<ToJudge>) -> Vec<Result<Judged, Problem>> {
    let is_alike = |one: &ToJudge, next: &ToJudge| Arc::ptr_eq(&one.trust, &next.trust) && one.at == next.at;
    let judged: Vec<_> = all.chunk_by(is_alike).flat_map(judge_alike).collect();
    let or_by_books = |(judged, shown): (Result<Option<Found>, Problem>, ToJudge)| {
        Ok(judged?.map_or(Judged::InBooks(shown.bytes), Judged::Found))
    };
    judged.into_iter().zip(all).map(or_by_books).collect()
}

fn judge_alike(alike: &[ToJudge]) -> Vec<Result<Option<Found>, Problem>> {
    let [first, ..] = alike else { return Vec::new() };
    let shown: Vec<_> = alike.iter().map(|one| Presented::read(&one.bytes)).collect();
    let indicia: Vec<_> = shown.iter().flatten().map(Presented::indicium).collect();
    let mut verdicts = verify_together(&indicia, &first.trust.opened, first.at).into_iter();
    let judged = shown.iter().map(|shown| match shown {
        // There is a verdict for each that could be read.
        Ok(shown) => verdicts.next().map_or(Ok(None), |verdict| judged(shown, verdict)),
        Err(error) => Err(Problem::new(Kind::NotGenuine, error.to_string())),
    });
    judged.collect()
}

/// What is shown, if it is genuine; nothing, if only the books can tell.
fn judged(shown: &Presented<'_>, verdict: Verdict<'_>) -> Result<Option<Found>, Problem> {
    let not_genuine = |reason: &dyn ToString| Problem::new(Kind::NotGenuine, reason.to_string());
    match verdict {
        Verdict::Genuine(indicium) => Found::new(shown, &indicium).map(Some),
        Verdict::CannotTell(Reason::KeyRevoked) => Ok(None),
        // The engine says so, or how it was redeemed under this very key while it was valid.
        Verdict::NotGenuine(Reason::Expired(_) | Reason::NotYetValid(_)) => decoded(shown).map(Some),
        Verdict::NotGenuine(reason) | Verdict::CannotTell(reason) => Err(not_genuine(&reason)),
    }
}

/// An indicium whose key is revoked, if the books have it.
fn in_books(books: &Reader, bytes: &[u8]) -> Result<Found, Problem> {
    let shown = Presented::read(bytes).map_err(|error| Problem::internal(&error))?;
    let indicium = Indicium::decode(shown.indicium()).map_err(|error| Problem::internal(&error))?;
    let is_there = engine::was_issued(&**books, &indicium)?;
    let not_issued = || Problem::new(Kind::NotGenuine, Reason::NotIssued.to_string());
    if is_there { Found::new(&shown, &indicium) } else { Err(not_issued()) }
}

fn find_serial(books: &Reader, serial: &str) -> Result<Found, Problem> {
    let unknown = || Problem::new(Kind::UnknownIndicium, "no indicium with this serial was issued here");
    let serial: Serial = serial.trim().parse().map_err(|_| unknown())?;
    let (account, number) = (account_of_device(serial.device()), serial.number());
    find(books, account, number)?.ok_or_else(unknown)
}

/// What was issued under a number.
pub(super) fn find(books: &Reader, account: AccountId, number: u64) -> Result<Option<Found>, Problem> {
    let found = books.segment_of(account, number, |segment| Segment::new(segment.bytes).get_kept(number))?;
    let kept = found.transpose().map_err(|error| Problem::internal(&error))?.flatten();
    let claims = kept.map(|kept| kept.claims()).transpose().map_err(|error| Problem::internal(&error))?;
    Ok(claims.map(|claims| Found::of(&claims)))
}

/// What an indicium says whose signature was checked.
fn decoded(shown: &Presented<'_>) -> Result<Found, Problem> {
    let indicium = Indicium::decode(shown.indicium()).map_err(|error| Problem::internal(&error))?;
    Found::new(shown, &indicium)
}

impl Found {
    /// What is genuine, and shown like this.
    fn new(shown: &Presented<'_>, indicium: &Indicium<'_>) -> Result<Self, Problem> {
        let claims = indicium.claims();
        let by_another = |error: PresentationError| Problem::new(Kind::NotGenuine, error.to_string());
        Ok(Self { showing: shown.showing(claims).map_err(by_another)?, ..Self::of(claims) })
    }

    fn of(claims: &Claims<'_>) -> Self {
        Self {
            account: account_of_device(claims.serial.device()),
            serial: claims.serial,
            terms: Terms::of(claims),
            showing: Showing::Bare,
        }
    }
}

pub(super) fn redemptions(
    books: &Reader,
    account: AccountId,
    serial: Serial,
) -> Result<Vec<StoredRedemption>, Problem> {
    let mut all = Vec::new();
    books.redemptions(account, serial.number(), 1, &mut |stored| {
        all.push(stored);
        Ok(())
    })?;
    Ok(all)
}

fn made(outcome: Outcome) -> Result<StoredRedemption, Problem> {
    match outcome {
        Outcome::Redeemed(made) => Ok(*made),
        _ => Err(Problem::internal(&"a redemption came to something else")),
    }
}

/// The problem, and where the indicium was redeemed before: that is what a steward has to say to whoever stands before him.
async fn refused(app: &App, account: AccountId, error: EngineError) -> Problem {
    let serial = match &error {
        EngineError::NotRedeemable { serial, why } if why.is_from_use() => *serial,
        _ => return error.into(),
    };
    let before = app.desk.read(move |books| redemptions(books, account, serial)).await.unwrap_or_default();
    let counts = before.into_iter().rfind(|one| one.reversed.is_none());
    let Some(StoredRedemption { redemption: last, .. }) = counts else { return error.into() };
    let detail = format!("{error}; last at {} by {}, {}", last.gate, last.by, last.at);
    Problem::new(Kind::NotRedeemable, detail)
}
