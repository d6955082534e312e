//! `mintage holder`

use clap::Subcommand;
use engine::Belonging;
use indicia::{Item, Serial};
use module::order::{Erasure, OrderAction};
use module::serials::{Serials, SerialsError};
use serde::Serialize;
use store::{Account, Books};

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::office::{Office, find_account};
use crate::output;

use super::void::named;

#[derive(Debug, Subcommand)]
pub(crate) enum HolderCommand {
    /// Say what the books have of somebody: indicia, and what was asked for and not issued.
    #[command(after_help = "Example: mintage holder find --account depot-7 --holder 'Zoë Müller'")]
    Find(WhoseArgs),
    /// Erase from the books who the holders of indicia are, by an order signed with the provider's key.
    #[command(
        after_help = "Example: mintage holder erase --account depot-7 --holder 'Zoë Müller' --reason 'asked for on 3 May'\n\n\
        Names, references, and the salts of the digests in the indicia are erased; what is on paper stays as good as it is, and isn't \
        printed again. The reason stays on record: don't name anybody in it."
    )]
    Erase {
        /// Serials as printed, of one account; or name holder or reference.
        #[arg(
            value_name = "SERIAL|FIRST..LAST",
            required_unless_present = "account",
            conflicts_with = "account"
        )]
        serials: Vec<String>,
        /// Name of the account, with holder or reference.
        #[arg(long, requires = "whose")]
        account: Option<String>,
        /// All that is made out to this holder, letter by letter as it was asked for.
        #[arg(long, requires = "account", group = "whose")]
        holder: Option<String>,
        /// All that has this reference.
        #[arg(long, requires = "account", group = "whose")]
        reference: Option<String>,
        /// Why, for the books.
        #[arg(long)]
        reason: String,
    },
}

/// Whose data, in which account.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WhoseArgs {
    /// Name of the account.
    #[arg(long)]
    account: String,
    /// All that is made out to this holder, letter by letter as it was asked for.
    #[arg(long, required_unless_present = "reference", conflicts_with = "reference")]
    holder: Option<String>,
    /// All that has this reference.
    #[arg(long)]
    reference: Option<String>,
}

#[derive(Serialize)]
struct Found {
    account: String,
    serials: Vec<String>,
    /// Requests by which something was asked for that wasn't issued.
    requests: Vec<u64>,
}

#[derive(Serialize)]
struct ErasedReport {
    account: String,
    indicia: usize,
    requests: usize,
}

pub(crate) fn run(args: &Args, command: &HolderCommand) -> Result<(), Failure> {
    match command {
        HolderCommand::Find(whose) => {
            let reader = DataFolder::open(&args.dir)?.books()?.reader()?;
            let account = find_account(&reader, &whose.account)?;
            show(args, &account, &find(&*reader, &account, whose)?)
        }
        HolderCommand::Erase { serials, account, holder, reference, reason } => {
            let whose = account.clone().map(|account| {
                let (holder, reference) = (holder.clone(), reference.clone());
                WhoseArgs { account, holder, reference }
            });
            erase(args, serials, whose.as_ref(), reason)
        }
    }
}

fn find(books: &dyn Books, account: &Account, whose: &WhoseArgs) -> Result<Belonging, Failure> {
    let is_his = |item: &Item| match (&whose.holder, &whose.reference) {
        (Some(holder), _) => item.holder.as_ref() == Some(holder),
        (None, reference) => reference.is_some() && item.reference == *reference,
    };
    Ok(engine::belonging(books, account, is_his)?)
}

fn show(args: &Args, account: &Account, found: &Belonging) -> Result<(), Failure> {
    let serial = |number: &u64| Serial::new(account.device, *number).map(|serial| serial.to_string());
    let serials: Result<Vec<_>, _> = found.numbers.iter().map(serial).collect();
    let serials = serials.map_err(|error| Failure::Said(error.to_string()))?;
    if args.json {
        let requests = found.requests.clone();
        output::json(&Found { account: account.name.to_string(), serials, requests });
    } else if serials.is_empty() && found.requests.is_empty() {
        println!("The books have nothing of that in {}.", account.name);
    } else {
        serials.iter().for_each(|serial| println!("{serial}"));
        found.requests.iter().for_each(|request| println!("request {request}, not issued"));
    }
    Ok(())
}

fn erase(args: &Args, texts: &[String], whose: Option<&WhoseArgs>, reason: &str) -> Result<(), Failure> {
    let office = Office::open(args)?;
    let (account, found) = match whose {
        Some(whose) => {
            let account = office.account(&whose.account)?;
            let found = find(&*office.reader, &account, whose)?;
            (account, found)
        }
        None => {
            let (device, serials) = named(texts)?;
            let account = office.reader.account_by_device(device)?;
            let account =
                account.ok_or_else(|| Failure::Said(format!("no account's serials begin with {device}")))?;
            (account, Belonging { numbers: serials.numbers().collect(), requests: Vec::new() })
        }
    };
    let (indicia, requests) = (found.numbers.len(), found.requests.len());
    for erasure in orders(&found).map_err(|error| Failure::Said(error.to_string()))? {
        office.order(&account, OrderAction::Erase(erasure), reason, None)?;
    }
    let name = account.name.to_string();
    if args.json {
        output::json(&ErasedReport { account: name, indicia, requests });
    } else if indicia == 0 && requests == 0 {
        println!("The books have nothing of that in {name}: nothing was erased.");
    } else {
        println!(
            "Erased in {name}: the holders' data of {indicia} indicia, and what {requests} requests asked for in vain."
        );
    }
    Ok(())
}

/// As many orders as it takes: one names so many numbers at most, and in so many pieces.
fn orders(found: &Belonging) -> Result<Vec<Erasure>, SerialsError> {
    let pieces = |numbers: &[u64]| {
        let pieces = numbers.chunks(Serials::MOST_RUNS);
        pieces.map(|piece| Serials::new(piece.iter().copied())).collect::<Result<Vec<_>, _>>()
    };
    let serials = pieces(&found.numbers)?.into_iter();
    let serials = serials.map(|serials| Erasure { serials: Some(serials), requests: None });
    let requests = pieces(&found.requests)?.into_iter();
    let requests = requests.map(|requests| Erasure { serials: None, requests: Some(requests) });
    Ok(serials.chain(requests).collect())
}
