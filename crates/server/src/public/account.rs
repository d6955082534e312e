//! An account as its users see it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use indicia::Amount;
use serde::Serialize;
use store::{Account as Stored, Reader};

use crate::app::App;
use crate::problem::Problem;
use crate::public::answer::tagged;
use crate::sign_in::Depth;

/// An account. Amounts are texts, so that no program rounds them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Account {
    /// Its name.
    account: String,
    /// What its serials begin with.
    serials: String,
    /// Currency and decimal places of all amounts.
    denomination: String,
    /// Value ever issued.
    ascending: String,
    /// Value available, what is reserved among it.
    descending: String,
    /// Value ever funded.
    funded: String,
    /// Value ever refunded.
    refunded: String,
    /// Value that came back since its indicia became void.
    voided: String,
    /// What open reservations have set aside.
    reserved: String,
    /// What a batch can take.
    unreserved: String,
    /// Transactions of its device.
    transactions: u64,
    /// Indicia ever issued.
    issued: u64,
    /// Why it is locked, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<String>,
}

impl Account {
    /// What the books say of an account.
    pub(crate) fn of(account: &Stored, reserved: u64) -> Self {
        let amount = |units| Amount::saturating(units, account.denomination).number();
        Self {
            account: account.name.to_string(),
            serials: account.device.to_string(),
            denomination: account.denomination.to_string(),
            ascending: amount(account.ascending),
            descending: amount(account.descending),
            funded: amount(account.funded),
            refunded: amount(account.refunded),
            voided: amount(account.voided),
            reserved: amount(reserved),
            unreserved: amount(account.descending.saturating_sub(reserved)),
            transactions: account.sequence,
            issued: account.issued,
            locked: account.locked.clone(),
        }
    }

    /// Changes whenever anything of it does.
    fn tag(&self) -> String {
        format!("{}-{}-{}", self.transactions, self.reserved, u8::from(self.locked.is_some()))
    }
}

/// All accounts.
pub(crate) async fn all(app: &App) -> Result<Vec<Account>, Problem> {
    let all = app.desk.read(|books| {
        let mut accounts = Vec::new();
        for summary in books.accounts()? {
            if let Some(account) = books.account(summary.id)? {
                accounts.push(Account::of(&account, summary.reserved));
            }
        }
        Ok(accounts)
    });
    all.await
}

/// What an account's open reservations have set aside.
pub(crate) fn reserved(books: &Reader, account: &Stored) -> Result<u64, Problem> {
    let held = books.held_reservations(account.id)?;
    let open = books.open_transaction(account.id)?.map(|open| open.reservations).unwrap_or_default();
    Ok(held.iter().chain(&open).fold(0, |sum, one| sum.saturating_add(one.value)))
}

/// Show the account.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}",
    tag = "accounts",
    params(("account" = String, Path, description = "Name of the account")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The account", body = Account),
        (status = 304, description = "It is as If-None-Match says"),
    ),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = app.read(&headers, &account, Depth::State).await?.id;
    let account = app.desk.read(move |books| {
        let account = books.account(id)?.ok_or_else(|| Problem::internal(&"an account is gone"))?;
        let reserved = reserved(books, &account)?;
        Ok(Account::of(&account, reserved))
    });
    let account = account.await?;
    tagged(&headers, &account.tag(), &account)
}
