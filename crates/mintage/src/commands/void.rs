//! `mintage void`

use indicia::{DeviceId, Serial};
use module::order::OrderAction;
use module::serials::Serials;
use serde::Serialize;
use store::IdempotencyKey;

use crate::args::{Args, VoidArgs};
use crate::failure::Failure;
use crate::office::{Office, parse};
use crate::output;

#[derive(Serialize)]
struct Voided {
    account: String,
    count: u64,
    /// What came back.
    amount: String,
    /// What is left now.
    descending: String,
}

pub(crate) fn run(args: &Args, void: &VoidArgs) -> Result<(), Failure> {
    let (device, serials) = named(&void.serials)?;
    let key: Option<IdempotencyKey> = void.idempotency_key.as_deref().map(parse).transpose()?;
    let office = Office::open(args)?;
    let account = office.reader.account_by_device(device)?;
    let account =
        account.ok_or_else(|| Failure::Said(format!("no account's serials begin with {device}")))?;
    let amount = engine::rest(&*office.reader, &account, &serials)?;
    let count = serials.count();
    office.order(&account, OrderAction::Void { amount, serials }, &void.reason, key)?;
    let account = office.account(account.name.as_str())?;
    let left = indicia::Amount::saturating(account.descending, account.denomination);
    let name = account.name.to_string();
    if args.json {
        let (amount, descending) = (amount.number(), left.number());
        output::json(&Voided { account: name, count, amount, descending });
    } else {
        let indicia = if count == 1 { "indicium is" } else { "indicia are" };
        println!("{count} {indicia} void: {amount} came back to {name}, where {left} is left now.");
    }
    Ok(())
}

/// The serials that were typed, one by one or as FIRST..LAST, and the device whose they all are.
pub(crate) fn named(texts: &[String]) -> Result<(DeviceId, Serials), Failure> {
    let serial = |text: &str| -> Result<Serial, Failure> {
        text.parse().map_err(|error| Failure::Said(format!("{text:?} is no serial: {error}")))
    };
    let mut runs = Vec::with_capacity(texts.len());
    for text in texts {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (first, last) = (serial(first)?, serial(last)?);
        if first > last {
            return Err(Failure::Said(format!("{text:?} ends before it begins")));
        }
        runs.push((first, last));
    }
    let device = runs.first().map(|(first, _)| first.device()).unwrap_or(DeviceId(0));
    let is_other = |serial: &&Serial| serial.device() != device;
    if let Some(other) = runs.iter().flat_map(|(first, last)| [first, last]).find(is_other) {
        let reason =
            format!("{other} isn't of the same account as the first: order for each account by itself");
        return Err(Failure::Said(reason));
    }
    let numbers = runs.iter().flat_map(|(first, last)| first.number()..=last.number());
    let serials = Serials::new(numbers);
    Ok((device, serials.map_err(|error| Failure::Said(format!("this can't be ordered: {error}")))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(device: u32, number: u64) -> String {
        Serial::new(DeviceId(device), number).expect("a serial").to_string()
    }

    #[test]
    fn serials_are_named_one_by_one_or_as_a_run() {
        let run = format!("{}..{}", of(7, 3), of(7, 5));
        let (device, serials) = named(&[of(7, 9), run]).expect("serials");
        assert_eq!((device, serials.to_string()), (DeviceId(7), "3–5, 9".into()));
    }

    #[test]
    fn what_cannot_be_one_order_is_named() {
        let wrong = [
            (vec![of(7, 9), of(8, 1)], of(8, 1)),
            (vec![format!("{}..{}", of(7, 1), of(8, 1))], of(8, 1)),
            (vec![format!("{}..{}", of(7, 2), of(7, 1))], "ends before".into()),
            (vec![of(7, 1), of(7, 1)], "twice".into()),
            (vec!["seven".into()], "is no serial".into()),
            (vec![format!("{}..{}", of(7, 1), of(7, 999_999_999_999))], "more than 10000".into()),
        ];
        for (texts, part) in wrong {
            let said = named(&texts).expect_err("no order").to_string();
            assert!(said.contains(&part), "{said}");
        }
    }
}
