//! `mintage account …`

use indicia::{Amount, Denomination};
use module::order::OrderAction;
use module::record::{DeviceState, Limits};
use serde::Serialize;
use store::{Account, AccountSummary, IdempotencyKey, Reader};

use crate::args::{AccountCommand, Args, OrderArgs};
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::office::{BUNDLE_DAYS, Office, find_account, parse};
use crate::opening::Opening;
use crate::output;

const DAY: u64 = 86_400;

pub(crate) fn run(args: &Args, command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Create {
            name,
            currency,
            fund,
            origin,
            algorithm,
            limit_item,
            limit_day,
            key_days,
        } => {
            let denomination: Denomination = parse(&currency)?;
            let limit = |text: Option<String>| -> Result<u64, Failure> {
                Ok(text
                    .map(|text| amount(&text, denomination))
                    .transpose()?
                    .map_or(Amount::MAX_UNITS, Amount::units))
            };
            let opening = Opening {
                algorithm: algorithm.into(),
                origin,
                limits: Limits { per_item: limit(limit_item)?, per_day: limit(limit_day)?, ..Limits::NONE },
                key_seconds: key_days.saturating_mul(DAY),
                ..Opening::new(parse(&name)?, denomination)
            };
            let fund = fund.map(|text| amount(&text, denomination)).transpose()?;
            create(args, opening, fund)
        }
        AccountCommand::List => list(args),
        AccountCommand::Show { name } => show(args, &name),
        AccountCommand::Fund(order) => value_order(args, &order, OrderAction::Fund),
        AccountCommand::Refund(order) => value_order(args, &order, OrderAction::Refund),
        AccountCommand::Suspend { name } => become_state(args, &name, DeviceState::Suspended),
        AccountCommand::Resume { name } => become_state(args, &name, DeviceState::Active),
        AccountCommand::Revoke { name } => become_state(args, &name, DeviceState::Revoked),
    }
}

fn amount(text: &str, denomination: Denomination) -> Result<Amount, Failure> {
    let amount = Amount::parse(text, denomination)
        .map_err(|error| Failure::Said(format!("{text:?} can't be used as an amount: {error}")))?;
    if amount.units() == 0 { Err(Failure::Said("the amount is zero".into())) } else { Ok(amount) }
}

fn create(args: &Args, opening: Opening, fund: Option<Amount>) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let name = opening.name.to_string();
    office.create_account(opening)?;
    office.renew_bundle(BUNDLE_DAYS)?;
    if let Some(fund) = fund {
        office.order(&office.account(&name)?, OrderAction::Fund(fund), "first funds", None)?;
    }
    say(&office.account(&name)?, &office.reader, args.json)
}

fn value_order(args: &Args, order: &OrderArgs, action: fn(Amount) -> OrderAction) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let account = office.account(&order.name)?;
    let amount = amount(&order.amount, account.denomination)?;
    let key: Option<IdempotencyKey> = order.idempotency_key.as_deref().map(parse).transpose()?;
    office.order(&account, action(amount), &order.reason, key)?;
    say(&office.account(&order.name)?, &office.reader, args.json)
}

fn become_state(args: &Args, name: &str, state: DeviceState) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let account = office.account(name)?;
    office.order(&account, OrderAction::Become(state), "", None)?;
    if state == DeviceState::Revoked {
        office.renew_bundle(BUNDLE_DAYS)?;
    }
    say(&office.account(name)?, &office.reader, args.json)
}

/// An account as it is shown. Amounts are texts, so that no program rounds them.
#[derive(Serialize)]
struct Shown {
    account: String,
    serials: String,
    denomination: String,
    ascending: String,
    descending: String,
    control_total: String,
    funded: String,
    refunded: String,
    voided: String,
    reserved: String,
    unreserved: String,
    transactions: u64,
    issued: u64,
    locked: Option<String>,
}

impl Shown {
    fn new(account: &AccountSummary) -> Self {
        let amount = |units| Amount::saturating(units, account.denomination).number();
        Self {
            account: account.name.to_string(),
            serials: account.device.to_string(),
            denomination: account.denomination.to_string(),
            ascending: amount(account.ascending),
            descending: amount(account.descending),
            control_total: amount(account.ascending - account.voided + account.descending),
            funded: amount(account.funded),
            refunded: amount(account.refunded),
            voided: amount(account.voided),
            reserved: amount(account.reserved),
            unreserved: amount(account.descending.saturating_sub(account.reserved)),
            transactions: account.sequence,
            issued: account.issued,
            locked: account.locked.clone(),
        }
    }
}

fn reader(args: &Args) -> Result<Reader, Failure> {
    Ok(DataFolder::open(&args.dir)?.books()?.reader()?)
}

fn list(args: &Args) -> Result<(), Failure> {
    let accounts: Vec<Shown> = reader(args)?.accounts()?.iter().map(Shown::new).collect();
    if args.json {
        output::json(&accounts);
        return Ok(());
    }
    let row = |shown: Shown| {
        let state = if shown.locked.is_some() { "locked" } else { "" };
        vec![
            shown.account,
            shown.denomination,
            shown.issued.to_string(),
            shown.ascending,
            shown.descending,
            shown.unreserved,
            state.to_owned(),
        ]
    };
    output::table(
        &["account", "in", "issued", "spent", "left", "unreserved", "state"],
        accounts.into_iter().map(row),
    );
    Ok(())
}

fn show(args: &Args, name: &str) -> Result<(), Failure> {
    let reader = reader(args)?;
    say(&find_account(&reader, name)?, &reader, args.json)
}

fn say(account: &Account, reader: &Reader, as_json: bool) -> Result<(), Failure> {
    let summaries = reader.accounts()?;
    let Some(shown) = summaries.iter().find(|summary| summary.id == account.id).map(Shown::new) else {
        return Ok(());
    };
    if as_json {
        output::json(&shown);
        return Ok(());
    }
    let mut rows = vec![
        ("account", shown.account),
        ("serials begin with", shown.serials),
        ("denomination", shown.denomination),
        ("spent (ascending)", shown.ascending),
        ("left (descending)", shown.descending),
        ("control total", shown.control_total),
        ("funded", shown.funded),
        ("refunded", shown.refunded),
        ("voided", shown.voided),
        ("reserved", shown.reserved),
        ("unreserved", shown.unreserved),
        ("transactions", shown.transactions.to_string()),
        ("indicia issued", shown.issued.to_string()),
    ];
    rows.extend(shown.locked.map(|reason| ("locked", reason)));
    output::sheet(rows);
    Ok(())
}
