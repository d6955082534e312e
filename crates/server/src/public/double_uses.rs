//! Double uses: gates without a network gave more for an indicium than was left of it.

use std::sync::Arc;

use api::{DoubleUse, DoubleUses};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use store::{AccountId, Reader, StoredRedemption, UsePlace};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::answer::json;
use crate::public::redemptions::{find, redemptions, shown, staff};

/// Double uses on a page.
const PAGE: u64 = 200;

/// Where a list goes on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What the page before named as `next`.
    cursor: Option<String>,
}

/// List the uses without a network for which more was given than was left, in the order of serials. For all of the staff.
#[utoipa::path(
    get,
    path = "/v1/double-uses",
    tag = "redemption",
    params(Which),
    security(("token" = [])),
    responses((status = 200, description = "A page", body = DoubleUses)),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Problem> {
    staff(&app, &headers)?;
    let Query(which) = which.map_err(|error| Problem::new(Kind::Malformed, error.body_text()))?;
    let after = which.cursor.map_or(Some(UsePlace::START), |cursor| use_place(&cursor));
    let after = after.ok_or_else(|| Problem::new(Kind::Malformed, "no page ended with this cursor"))?;
    let page = app.desk.read(move |books| {
        let mut doubles = Vec::new();
        books.double_uses(after, PAGE, &mut |stored| {
            doubles.push(stored);
            Ok(())
        })?;
        let last = doubles.last().filter(|_| doubles.len() as u64 == PAGE).map(|last| &last.redemption);
        let next = last.map(|last| format!("{}-{}-{}", last.account, last.number, last.place));
        let items = doubles.into_iter().map(|double| read(books, double));
        Ok(DoubleUses { items: items.collect::<Result<_, Problem>>()?, next })
    });
    json(StatusCode::OK, &page.await?)
}

/// What a cursor says.
fn use_place(cursor: &str) -> Option<UsePlace> {
    let mut parts = cursor.split('-');
    let place = UsePlace(
        AccountId(parts.next()?.parse().ok()?),
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    parts.next().is_none().then_some(place)
}

fn read(books: &Reader, double: StoredRedemption) -> Result<DoubleUse, Problem> {
    let UsePlace(account, number, place) = {
        let made = &double.redemption;
        UsePlace(made.account, made.number, made.place)
    };
    let found =
        find(books, account, number)?.ok_or_else(|| Problem::internal(&"what was used was never issued"))?;
    let shown = |one| shown(found.serial, &found.terms, one);
    let others = redemptions(books, account, found.serial)?;
    let others = others.into_iter().filter(|one| one.redemption.place != place).map(shown).collect();
    Ok(DoubleUse { r#use: shown(double), others })
}
