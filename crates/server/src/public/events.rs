//! What is on record of an account: every change and every refusal, in one chain that its device record holds the end of.

use std::sync::Arc;

use asker::Change;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use indicia::{Amount, Denomination, UnixTime};
use module::appointment::StaffChange;
use module::event::{Event as Kept, EventChain, PersonalChange, What};
use module::order::Erasure;
use module::refusals_seen::{RefusalCount, RefusalsSeen};
use module::serials::Serials;
use module::staff::Member;
use serde::{Deserialize, Serialize};
use store::{AccountId, StoredEvent};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::public::users::inspected;
use crate::sign_in::{Depth, is_masked};

/// Events on a page.
const PAGE: u64 = 100;

/// Something that happened to the account's device.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccountEvent {
    /// Its number: 1, 2, 3, without gaps.
    pub(crate) number: u64,
    /// When.
    pub(crate) at: String,
    /// Who: a user's name, or provider or officers by name; for a refusal, who is said to have asked.
    pub(crate) who: String,
    /// Under which idempotency key it was asked, if under one.
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    /// `opened`, `funded`, `refunded`, `voided`, `state`, `changed`, `personal`, `signed-in`, `staff`, `refused` or `refusals-seen`.
    pub(crate) kind: &'static str,
    /// What happened, in a sentence.
    pub(crate) detail: String,
    /// The event as it is chained: deterministic CBOR in hexadecimal digits.
    event: String,
}

/// A page of what is on record, and where the chain of all of it ends.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Events {
    /// What is on the page.
    items: Vec<AccountEvent>,
    /// What to ask for as `cursor` to go on; none after the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Events in the chain that the device record holds the end of.
    count: u64,
    /// That end, in hexadecimal digits, as the crypto module says.
    head: String,
}

/// Where a list goes on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What the page before named as `next`.
    cursor: Option<u64>,
}

/// List what is on record of the account, the first first.
///
/// Whoever computes SHA-256 of (32 zero bytes, first event), of (that, second event) and so on comes to the head that
/// the account's device record holds: `head`.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/events",
    tag = "events",
    params(("account" = String, Path, description = "Name of the account"), Which),
    security(("token" = [])),
    responses((status = 200, description = "A page", body = Events)),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    // First the end of the chain, so that the page goes at least as far.
    let chain = inspected(&app, &account).await?.events;
    let mut page = Events::read(&app, account.id, Some(account.denomination), chain, &which).await?;
    if is_masked(&app.sign_ins, &headers)? {
        page.items = page.items.into_iter().map(AccountEvent::masked).collect();
    }
    json(StatusCode::OK, &page)
}

impl Events {
    /// A page of the events of an account, or of the staff.
    pub(crate) async fn read(
        app: &App,
        account: AccountId,
        denomination: Option<Denomination>,
        chain: EventChain,
        which: &Which,
    ) -> Result<Self, Problem> {
        let after = which.cursor.unwrap_or(0);
        let items = app.desk.read(move |books| {
            let mut items = Vec::new();
            books.events(account, after, PAGE, &mut |StoredEvent { number, bytes }| {
                items.push(AccountEvent::of(number, bytes, denomination));
                Ok(())
            })?;
            Ok(items)
        });
        let items = items.await?;
        let next = items.last().filter(|_| items.len() as u64 == PAGE).map(|last| last.number.to_string());
        let head = base16ct::lower::encode_string(&chain.head);
        Ok(Self { items, next, count: chain.count, head })
    }
}

impl AccountEvent {
    pub(crate) fn of(number: u64, bytes: &[u8], denomination: Option<Denomination>) -> Self {
        let event = base16ct::lower::encode_string(bytes);
        match Kept::decode(bytes) {
            Ok(Kept { at, who, key, what, .. }) => {
                let (kind, detail) = said(&what, denomination);
                let at = UnixTime(at).to_string();
                Self { number, at, who, idempotency_key: key, kind, detail, event }
            }
            // The audit finds it; a list isn't to end there.
            Err(error) => {
                let detail = format!("it can't be read: {error}");
                Self {
                    number,
                    at: String::new(),
                    who: String::new(),
                    idempotency_key: None,
                    kind: "damaged",
                    detail,
                    event,
                }
            }
        }
    }

    /// Without names of people and keys of theirs.
    pub(crate) fn masked(self) -> Self {
        Self {
            who: masked(&self.who),
            idempotency_key: None,
            detail: String::new(),
            event: String::new(),
            ..self
        }
    }
}

/// A name of which only the beginning is shown.
pub(crate) fn masked(name: &str) -> String {
    let mut masked: String = name.chars().take(1).collect();
    masked.push('…');
    masked
}

/// Whose holders' data was erased.
fn erased(erasure: &Erasure) -> String {
    let of =
        |what: &str, numbers: &Option<Serials>| numbers.as_ref().map(|numbers| format!("{what} {numbers}"));
    let of =
        [of("serial numbers", &erasure.serials), of("what wasn't issued of requests", &erasure.requests)];
    let of: Vec<String> = of.into_iter().flatten().collect();
    format!("the holders' data and references were erased of {}", of.join(", and "))
}

/// The kind of an event and a sentence about it.
fn said(what: &What, denomination: Option<Denomination>) -> (&'static str, String) {
    let amount = |units: &u64| match denomination {
        Some(denomination) => Amount::saturating(*units, denomination).to_string(),
        None => format!("{units} units"),
    };
    let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    match what {
        What::Opened(owners) => ("opened", format!("the account was opened for {owners}")),
        What::Funded { units, reason } => ("funded", format!("{} came in{}", amount(units), because(reason))),
        What::Refunded { units, reason } => {
            ("refunded", format!("{} was given back{}", amount(units), because(reason)))
        }
        What::Voided { units, serials, reason } => {
            let (number, amount) = (serials.count(), amount(units));
            let indicia = if number == 1 { "indicium" } else { "indicia" };
            let detail = format!("{number} {indicia} became void, and {amount} came back{}", because(reason));
            ("voided", format!("{detail}: serial numbers {serials}"))
        }
        What::Erased { erasure, reason } => ("erased", format!("{}{}", erased(erasure), because(reason))),
        What::Became { state, reason } => {
            ("state", format!("the account became {}{}", state.name(), because(reason)))
        }
        What::Changed(change) => ("changed", changed(change, &amount)),
        What::StaffMade(members) => {
            let members: Vec<String> = members.iter().map(member).collect();
            ("staff", format!("the staff is {}", members.join(", ")))
        }
        What::StaffChanged { change: StaffChange::Appoint(new), reason } => {
            ("staff", format!("{} was appointed{}", member(new), because(reason)))
        }
        What::StaffChanged { change: StaffChange::Dismiss(name), reason } => {
            ("staff", format!("{name} was dismissed{}", because(reason)))
        }
        What::SignedIn(key) => ("signed-in", format!("a session began, with the key {key}")),
        What::Personal { user, how } => {
            let how = match how {
                PersonalChange::Invited => "was invited to set a password",
                PersonalChange::PasswordSet => "set a password",
                PersonalChange::SecondFactorSet => "signs in with a second factor from now on",
                PersonalChange::SecondFactorDropped => "signs in without a second factor from now on",
                PersonalChange::PasskeyAdded => "has a passkey more",
                PersonalChange::PasskeyRemoved(passkey) => {
                    return ("personal", format!("{user} hasn't the passkey {passkey} any more"));
                }
                PersonalChange::LetBackIn(reason) => {
                    let detail =
                        format!("{user} may set a password anew, without second factor and passkeys");
                    return ("personal", detail + &because(reason));
                }
            };
            ("personal", format!("{user} {how}"))
        }
        What::RefusalsSeen(seen) => ("refusals-seen", refusals_seen(seen)),
        What::Refused { asked, why } => ("refused", format!("to {asked} was refused: {why}")),
    }
}

/// The server's word.
fn refusals_seen(seen: &RefusalsSeen) -> String {
    let counts = seen.counts.iter().map(|RefusalCount { why, account, user, count }| {
        let account = account.as_ref().map(|account| format!(" in account {account}")).unwrap_or_default();
        let user = user.as_ref().map(|user| format!(" by a key of {user}")).unwrap_or_default();
        format!("{count} {why}{account}{user}")
    });
    let (since, until) = (UnixTime(seen.since), UnixTime(seen.until));
    let counts: Vec<String> = counts.collect();
    format!("from {since} to {until} the server refused, without any transaction: {}", counts.join(", "))
}

fn member(member: &Member) -> String {
    format!("{} ({})", member.name, member.role.name())
}

fn changed(change: &Change, amount: &dyn Fn(&u64) -> String) -> String {
    match change {
        Change::AddUser { name, role } => format!("{name} became a user, with the role {}", role.name()),
        Change::RemoveUser { name } => format!("{name} is no user any more"),
        Change::AddKey { user, .. } => {
            let key = change.new_key().map(|key| key.key_id().to_string()).unwrap_or_default();
            format!("{user} has the key {key}")
        }
        Change::RemoveKey { user, key } => format!("{user} hasn't the key {key} any more"),
        Change::SetLimits { per_item, per_day, passkey_above } => {
            let bound = |units: &Option<u64>| units.as_ref().map_or_else(|| "any amount".to_owned(), amount);
            let mut said = format!("an item may cost {}, a day {}", bound(per_item), bound(per_day));
            if let Some(above) = passkey_above {
                said += &format!(", and sessions take more than {} only with a passkey", amount(above));
            }
            said
        }
        // Those are put on record as what they came to.
        Change::Personal { user, .. } => format!("{user} signs in another way"),
    }
}
