//! `mintage user …`: who may use an account, changed by its owner, whose key is in the data folder.

use asker::{Change, Credential, KeyId, Personal, Role, Secret};
use base64::Engine as _;
use clap::Subcommand;
use engine::ChangeRequest;
use indicia::Amount;
use module::protocol::Inspected;
use zeroize::Zeroizing;

use crate::args::{Args, public_key};
use crate::failure::Failure;
use crate::office::{Office, parse};
use crate::output;
use crate::user::OWNER;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Show who may use an account, by which keys, and for how much.
    #[command(after_help = "Example: mintage user list theatre")]
    List {
        /// The account.
        account: String,
    },
    /// Add a user, with a key if one is named.
    #[command(after_help = "Example: mintage user add theatre ada --key HEX")]
    Add {
        /// The account.
        account: String,
        /// The name.
        name: String,
        /// customer or owner.
        #[arg(long, default_value = "customer", value_parser = role)]
        role: Role,
        /// The Ed25519 public key, as `mintage key new` shows it.
        #[arg(long, value_name = "HEX", value_parser = public_key)]
        key: Option<[u8; 32]>,
    },
    /// Invite a user to set a password: shows the secret of the invitation, once.
    #[command(after_help = "Example: mintage user invite theatre ada --hours 24")]
    Invite {
        /// The account.
        account: String,
        /// The user.
        name: String,
        /// For how many hours, 744 at most.
        #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=744))]
        hours: u16,
    },
    /// Remove a user and all keys of his.
    Remove {
        /// The account.
        account: String,
        /// The name.
        name: String,
    },
    /// Add a key of a user.
    AddKey {
        /// The account.
        account: String,
        /// The user.
        name: String,
        /// The Ed25519 public key.
        #[arg(value_name = "HEX", value_parser = public_key)]
        key: [u8; 32],
    },
    /// Remove a key of a user.
    RemoveKey {
        /// The account.
        account: String,
        /// The user.
        name: String,
        /// The key's id, as `mintage user list` shows it.
        #[arg(value_name = "ID", value_parser = key_id)]
        key: KeyId,
    },
    /// Set what may be issued; what isn't named has no limit.
    #[command(after_help = "Example: mintage user limit theatre --item 50.00 --day 1000.00")]
    Limit {
        /// The account.
        account: String,
        /// Largest amount of one item.
        #[arg(long, value_name = "AMOUNT")]
        item: Option<String>,
        /// Largest total of one day (UTC).
        #[arg(long, value_name = "AMOUNT")]
        day: Option<String>,
        /// Most that somebody who signed in with a password takes at once without a passkey.
        #[arg(long, value_name = "AMOUNT")]
        passkey_above: Option<String>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::of(text).ok_or_else(|| "the role is customer or owner".into())
}

fn key_id(text: &str) -> Result<KeyId, String> {
    text.parse().map_err(|()| "a key's id is 16 hexadecimal digits".into())
}

pub(crate) fn run(args: &Args, command: UserCommand) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let account = match command {
        UserCommand::List { account } => account,
        UserCommand::Add { account, name, role, key } => {
            let user: asker::UserName = parse(&name)?;
            change(&office, &account, Change::AddUser { name: user.clone(), role })?;
            if let Some(ed25519) = key {
                change(&office, &account, Change::AddKey { user, ed25519 })?;
            }
            account
        }
        UserCommand::Invite { account, name, hours } => return invite(args, &office, &account, &name, hours),
        UserCommand::Remove { account, name } => {
            change(&office, &account, Change::RemoveUser { name: parse(&name)? })?;
            account
        }
        UserCommand::AddKey { account, name, key } => {
            change(&office, &account, Change::AddKey { user: parse(&name)?, ed25519: key })?;
            account
        }
        UserCommand::RemoveKey { account, name, key } => {
            change(&office, &account, Change::RemoveKey { user: parse(&name)?, key })?;
            account
        }
        UserCommand::Limit { account, item, day, passkey_above } => {
            let denomination = office.account(&account)?.denomination;
            let units = |text: Option<String>| match text {
                Some(text) => Amount::parse(&text, denomination)
                    .map(|amount| Some(amount.units()))
                    .map_err(|error| Failure::Said(format!("{text:?} can't be used as an amount: {error}"))),
                None => Ok(None),
            };
            let (per_item, per_day, passkey_above) = (units(item)?, units(day)?, units(passkey_above)?);
            change(&office, &account, Change::SetLimits { per_item, per_day, passkey_above })?;
            account
        }
    };
    show(args, &office, &account)
}

/// The secret is the user's alone: it is shown here and kept nowhere.
fn invite(args: &Args, office: &Office, account: &str, name: &str, hours: u16) -> Result<(), Failure> {
    let user: asker::UserName = parse(name)?;
    let mut seed = Zeroizing::new([0; 32]);
    let random = aws_lc_rs::rand::fill(seed.as_mut_slice());
    random.map_err(|_| Failure::Said("the system has no randomness".into()))?;
    let Credential::Ed25519(ed25519) = Secret::ed25519(&seed).credential() else {
        return Err(Failure::Said("an Ed25519 key has a public half".into()));
    };
    change(office, account, Change::Personal { user, what: Personal::Invite { ed25519, hours } })?;
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(*seed);
    if args.json {
        output::json(
            &serde_json::json!({ "account": account, "user": name, "hours": hours, "invitation": secret }),
        );
    } else {
        output::sheet([("invitation", secret), ("hours", hours.to_string())]);
        println!("Whoever has it can set {name}'s password, once.");
    }
    Ok(())
}

/// Carries out what the owner asks, by the key in the folder.
fn change(office: &Office, account: &str, change: Change) -> Result<(), Failure> {
    let account = office.account(account)?;
    let (key, asker) = (engine::new_key(), office.asker(&account.name, OWNER)?);
    let asked = asker.change(&key, change);
    let request = ChangeRequest { account: account.name, user: OWNER.into(), key, asked };
    office.engine.change(request)?.wait()?;
    Ok(())
}

fn show(args: &Args, office: &Office, account: &str) -> Result<(), Failure> {
    let account = office.account(account)?;
    let Inspected { users, keys, limits, .. } = office.engine.module().inspect(&account.record)?;
    let keys = |name: &str| -> Vec<String> {
        keys.iter().filter(|(user, _)| user == name).map(|(_, key)| key.to_string()).collect()
    };
    let limit =
        |units: u64| (units < Amount::MAX_UNITS).then(|| Amount::saturating(units, account.denomination));
    let (item, day) = (limit(limits.per_item), limit(limits.per_day));
    let passkey_above = limits.passkey_above.map(|units| Amount::saturating(units, account.denomination));
    if args.json {
        let user = |user: &module::record::User| serde_json::json!({ "name": user.name, "role": user.role.name(), "keys": keys(&user.name) });
        output::json(&serde_json::json!({
            "account": account.name.as_str(),
            "users": users.iter().map(user).collect::<Vec<_>>(),
            "limit_item": item.map(|amount| amount.number()), "limit_day": day.map(|amount| amount.number()),
            "passkey_above": passkey_above.map(|amount| amount.number()),
        }));
        return Ok(());
    }
    let row = |user: &module::record::User| {
        vec![user.name.clone(), user.role.name().to_owned(), keys(&user.name).join(" ")]
    };
    output::table(&["user", "role", "keys"], users.iter().map(row));
    let said =
        |limit: Option<Amount>| limit.map_or_else(|| "any amount".to_owned(), |amount| amount.to_string());
    println!("An item may cost {}, a day {}.", said(item), said(day));
    if let Some(above) = passkey_above {
        println!("Sessions take more than {above} at once only with a passkey.");
    }
    Ok(())
}
