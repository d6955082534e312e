//! `mintage sign …`: papers of the operator's people, signed wherever the key is; no data folder is needed.

use std::io::Write;
use std::path::PathBuf;

use asker::{Credential, Role};
use clap::Subcommand;
use indicia::{Amount, Denomination, DeviceId};
use module::appointment::{Appointment, StaffChange};
use module::order::{Erasure, Order, OrderAction};
use module::paper::{self, Paper};
use module::record::{DeviceState, Limits};
use module::serials::Serials;
use module::signing::SigningKey;
use module::staff::Member;

use crate::args::{AlgorithmArg, Args, member, public_key};
use crate::commands::key::KeyFile;
use crate::commands::{template, void};
use crate::failure::Failure;
use crate::office::{now, parse};
use crate::opening::Opening;
use crate::output;

const DAY: u64 = 86_400;

#[derive(Debug, Subcommand)]
pub(crate) enum SignCommand {
    /// Open an account: by a provider.
    #[command(after_help = "Example: mintage sign opening provider.key --key-passphrase-file p --number 3 \
        --account theatre --currency EUR/2 --owner ada=HEX --out theatre.opening")]
    Opening(OpeningArgs),
    /// Fund an account: by a provider.
    #[command(
        after_help = "Example: mintage sign fund provider.key --key-passphrase-file p --device 3 --order 1 \
        --currency EUR/2 --amount 1000.00 --reason 'transfer 4711' --out fund.order"
    )]
    Fund(ValueArgs),
    /// Give value of an account back: by a provider.
    Refund(ValueArgs),
    /// Make indicia void and put what is left of them back into their account: by a provider.
    #[command(
        after_help = "Example: mintage sign void provider.key --key-passphrase-file p --device 1 --order 2 \
        --currency EUR/2 --amount 12.50 --serial 0000000001-000000000017-53 --reason misprint --out void.order"
    )]
    Void(VoidArgs),
    /// Order that the holders' data of indicia is erased from the books: a provider.
    Erase(EraseArgs),
    /// Change the state of an account's device: by two officers, each of whom signs, see `join`.
    #[command(
        after_help = "Example: mintage sign state ann.key --key-passphrase-file p --device 3 --order 2 \
        --state suspended --at 1800000000 --out ann.order"
    )]
    State(StateArgs),
    /// Let a user set a password anew who can't sign in any more: by two officers.
    #[command(
        after_help = "Example: mintage sign invite ann.key --key-passphrase-file p --device 3 --order 2 --user ada \
        --key HEX --at 1800000000 --out ann.order"
    )]
    Invite(InviteArgs),
    /// Appoint somebody of the staff: by two officers.
    Appoint(AppointArgs),
    /// Dismiss somebody of the staff: by two officers.
    Dismiss(DismissArgs),
    /// Sign a template's document, so that it may be put into use: by a provider.
    #[command(
        after_help = "Example: mintage sign template provider.key --key-passphrase-file p --document ticket.toml \
        --out ticket.template"
    )]
    Template(TemplateArgs),
    /// Put the papers of several over the same together.
    #[command(after_help = "Example: mintage sign join ann.order ben.order --out suspend.order")]
    Join {
        /// Their papers.
        #[arg(required = true, num_args = 2.., value_name = "FILE")]
        papers: Vec<PathBuf>,
        /// Where to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// What every paper has.
#[derive(Debug, clap::Args)]
pub(crate) struct PaperArgs {
    #[command(flatten)]
    key: KeyFile,
    /// Where to.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Its date in seconds since 1970, which must be the same for all who sign [default: now].
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
    /// Why, for the books.
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TemplateArgs {
    #[command(flatten)]
    key: KeyFile,
    /// The document, in TOML: it is checked first.
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// Where to.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OpeningArgs {
    #[command(flatten)]
    paper: PaperArgs,
    /// The number that the next account will have: `GET /openings/next` of the private listener.
    #[arg(long)]
    number: u32,
    /// Its name.
    #[arg(long)]
    account: String,
    /// Currency and decimal places: EUR/2, USD/3 (mills), JPY/0.
    #[arg(long, value_name = "CODE/PLACES")]
    currency: String,
    /// Its owner, by the public key that stands for him.
    #[arg(long, value_name = "NAME=HEX")]
    owner: String,
    /// Where it is licensed: a postcode, a venue, a depot.
    #[arg(long, default_value = "")]
    origin: String,
    /// Algorithm of its indicium key.
    #[arg(long, value_enum, default_value_t = AlgorithmArg::Eddsa)]
    algorithm: AlgorithmArg,
    /// Largest amount of one item.
    #[arg(long, value_name = "AMOUNT")]
    limit_item: Option<String>,
    /// Largest total of one day (UTC).
    #[arg(long, value_name = "AMOUNT")]
    limit_day: Option<String>,
    /// Days for which its indicium key is used.
    #[arg(long, default_value_t = 1095)]
    key_days: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OrderPlace {
    /// Number of the account's device: `GET /accounts/NAME` of the private listener.
    #[arg(long)]
    device: u32,
    /// The number that the next order for it must have, from the same place.
    #[arg(long)]
    order: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ValueArgs {
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    place: OrderPlace,
    /// Currency and decimal places of the account.
    #[arg(long, value_name = "CODE/PLACES")]
    currency: String,
    /// How much, as 1000.00.
    #[arg(long)]
    amount: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VoidArgs {
    #[command(flatten)]
    value: ValueArgs,
    /// Which, by their serials; a run of them is written FIRST..LAST. Of all of them together the amount is left.
    #[arg(long = "serial", required = true, value_name = "SERIAL|FIRST..LAST")]
    serials: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct EraseArgs {
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    place: OrderPlace,
    /// Which, by their serials; a run of them is written FIRST..LAST.
    #[arg(long = "serial", required_unless_present = "requests", value_name = "SERIAL|FIRST..LAST")]
    serials: Vec<String>,
    /// Numbers of requests: what they asked for and wasn't issued.
    #[arg(long = "request", value_name = "NUMBER")]
    requests: Vec<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StateArgs {
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    place: OrderPlace,
    /// active, suspended, locked, retired or revoked.
    #[arg(long, value_parser = state)]
    state: DeviceState,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InviteArgs {
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    place: OrderPlace,
    /// Who.
    #[arg(long)]
    user: String,
    /// The public key of the secret that the user is given.
    #[arg(long, value_name = "HEX", value_parser = public_key)]
    key: [u8; 32],
    /// For how many hours.
    #[arg(long, default_value_t = 72)]
    hours: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AppointArgs {
    #[command(flatten)]
    paper: PaperArgs,
    /// The number that the next appointment must have: `GET /staff` of the private listener.
    #[arg(long)]
    number: u64,
    /// Whom: provider, officer, auditor, support or steward.
    #[arg(long, value_name = "ROLE:NAME=HEX", value_parser = member)]
    member: Member,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DismissArgs {
    #[command(flatten)]
    paper: PaperArgs,
    /// The number that the next appointment must have: `GET /staff` of the private listener.
    #[arg(long)]
    number: u64,
    /// Whom.
    #[arg(long)]
    name: String,
}

fn state(text: &str) -> Result<DeviceState, String> {
    use DeviceState::{Active, Locked, Retired, Revoked, Suspended};
    let states = [Active, Suspended, Locked, Retired, Revoked];
    let found = states.into_iter().find(|state| state.name() == text);
    found.ok_or_else(|| "the state is active, suspended, locked, retired or revoked".into())
}

pub(crate) fn run(args: &Args, command: SignCommand) -> Result<(), Failure> {
    match command {
        SignCommand::Opening(opening) => self::opening(args, opening),
        SignCommand::Fund(value) => value_order(args, &value, OrderAction::Fund),
        SignCommand::Refund(value) => value_order(args, &value, OrderAction::Refund),
        SignCommand::Void(VoidArgs { value, serials }) => void_order(args, &value, &serials),
        SignCommand::Erase(erase) => erase_order(args, &erase),
        SignCommand::State(StateArgs { paper, place, state }) => {
            order(args, &paper, &place, OrderAction::Become(state))
        }
        SignCommand::Invite(InviteArgs { paper, place, user, key, hours }) => {
            order(args, &paper, &place, OrderAction::Invite { user: parse(&user)?, ed25519: key, hours })
        }
        SignCommand::Appoint(AppointArgs { paper, number, member }) => {
            appointment(args, &paper, number, StaffChange::Appoint(member))
        }
        SignCommand::Dismiss(DismissArgs { paper, number, name }) => {
            appointment(args, &paper, number, StaffChange::Dismiss(parse(&name)?))
        }
        SignCommand::Template(TemplateArgs { key, document, out }) => {
            let (document, _) = template::read(&document)?;
            write(args, &out, &module::template::sign(&document, key.open()?.signing()))
        }
        SignCommand::Join { papers, out } => join(args, &papers, &out),
    }
}

impl PaperArgs {
    fn at(&self) -> u64 {
        self.at.unwrap_or_else(|| now().0)
    }

    fn write(&self, args: &Args, sign: impl Fn(&SigningKey) -> Vec<u8>) -> Result<(), Failure> {
        write(args, &self.out, &sign(self.key.open()?.signing()))
    }
}

/// A file that wasn't there: a paper that somebody signed isn't to be lost by a slip.
fn write(args: &Args, out: &PathBuf, paper: &[u8]) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create_new(true).open(out).and_then(|mut file| file.write_all(paper));
    written.map_err(Failure::io(out))?;
    if args.json {
        output::json(&serde_json::json!({ "file": out, "bytes": paper.len() }));
    } else {
        println!("Signed: {} ({} bytes).", out.display(), paper.len());
    }
    Ok(())
}

fn opening(args: &Args, opening: OpeningArgs) -> Result<(), Failure> {
    let denomination: Denomination = parse(&opening.currency)?;
    let limit = |text: &Option<String>| match text {
        Some(text) => Ok(amount(text, denomination)?.units()),
        None => Ok::<_, Failure>(Amount::MAX_UNITS),
    };
    let form = || Failure::Said("the owner is written NAME=HEX".into());
    let (owner, key) = opening.owner.split_once('=').ok_or_else(form)?;
    let key = public_key(key).map_err(Failure::Said)?;
    let plan = Opening {
        algorithm: opening.algorithm.into(),
        origin: opening.origin,
        limits: Limits {
            per_item: limit(&opening.limit_item)?,
            per_day: limit(&opening.limit_day)?,
            ..Limits::NONE
        },
        key_seconds: opening.key_days.saturating_mul(DAY),
        users: vec![(owner.to_owned(), Role::Owner, Credential::Ed25519(key))],
        ..Opening::new(parse(&opening.account)?, denomination)
    };
    let device = plan.device(opening.number, indicia::UnixTime(opening.paper.at()));
    opening.paper.write(args, |provider| device.sign(provider))
}

fn value_order(args: &Args, value: &ValueArgs, action: fn(Amount) -> OrderAction) -> Result<(), Failure> {
    let amount = amount(&value.amount, parse(&value.currency)?)?;
    order(args, &value.paper, &value.place, action(amount))
}

fn void_order(args: &Args, value: &ValueArgs, serials: &[String]) -> Result<(), Failure> {
    let amount = amount(&value.amount, parse(&value.currency)?)?;
    let (device, serials) = void::named(serials)?;
    if device.0 != value.place.device {
        return Err(Failure::Said(format!("these serials are those of device {}", device.0)));
    }
    order(args, &value.paper, &value.place, OrderAction::Void { amount, serials })
}

fn erase_order(args: &Args, erase: &EraseArgs) -> Result<(), Failure> {
    let EraseArgs { paper, place, serials, requests } = erase;
    let serials = match serials.as_slice() {
        [] => None,
        named => {
            let (device, serials) = void::named(named)?;
            if device.0 != place.device {
                return Err(Failure::Said(format!("these serials are those of device {}", device.0)));
            }
            Some(serials)
        }
    };
    let requests = (!requests.is_empty()).then(|| Serials::new(requests.iter().copied())).transpose();
    let requests = requests.map_err(|error| Failure::Said(format!("this can't be ordered: {error}")))?;
    order(args, paper, place, OrderAction::Erase(Erasure { serials, requests }))
}

fn order(args: &Args, paper: &PaperArgs, place: &OrderPlace, action: OrderAction) -> Result<(), Failure> {
    let (device, at) = (DeviceId(place.device), indicia::UnixTime(paper.at()));
    let order = Order { device, number: place.order, action, at, reason: paper.reason.clone() };
    paper.write(args, |key| order.sign(key))
}

fn appointment(args: &Args, paper: &PaperArgs, number: u64, change: StaffChange) -> Result<(), Failure> {
    let appointment = Appointment::new(number, change, paper.at(), paper.reason.clone());
    paper.write(args, |officer| appointment.sign(officer))
}

fn join(args: &Args, papers: &[PathBuf], out: &PathBuf) -> Result<(), Failure> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(Failure::io(path));
    let joined = paper::join(&papers.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    Paper::read(&joined).map_err(|error| Failure::Said(format!("these can't be joined: {error}")))?;
    write(args, out, &joined)
}

fn amount(text: &str, denomination: Denomination) -> Result<Amount, Failure> {
    let amount = Amount::parse(text, denomination);
    amount.map_err(|error| Failure::Said(format!("{text:?} can't be used as an amount: {error}")))
}
