//! `mintage staff …`: the operator's people, changed by two officers whose keys are in the data folder.

use clap::Subcommand;
use engine::SecureModule;
use module::appointment::StaffChange;
use module::staff::Member;

use crate::args::{Args, member};
use crate::failure::Failure;
use crate::office::{Office, parse};
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Show who is of the staff.
    #[command(after_help = "Example: mintage staff list")]
    List,
    /// Appoint somebody.
    #[command(after_help = "Example: mintage staff appoint auditor:eve=HEX --reason 'from October on'")]
    Appoint {
        /// Whom, by the public key that `mintage key new` showed; the role is provider, officer, auditor, support or steward.
        #[arg(value_name = "ROLE:NAME=HEX", value_parser = member)]
        member: Member,
        /// Why, for the record.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Dismiss somebody.
    Dismiss {
        /// Whom.
        name: String,
        /// Why, for the record.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub(crate) fn run(args: &Args, command: StaffCommand) -> Result<(), Failure> {
    let office = Office::open(args)?;
    match command {
        StaffCommand::List => {}
        StaffCommand::Appoint { member, reason } => {
            office.appoint(StaffChange::Appoint(member), &reason)?;
        }
        StaffCommand::Dismiss { name, reason } => {
            office.appoint(StaffChange::Dismiss(parse(&name)?), &reason)?;
        }
    }
    let list = office.host().staff()?;
    let public = |member: &Member| base16ct::lower::encode_string(&member.key);
    if args.json {
        let member = |member: &Member| {
            serde_json::json!({
                "name": member.name.as_str(), "role": member.role.name(), "ed25519": public(member),
                "key": member.key_id().to_string(),
            })
        };
        output::json(&serde_json::json!({
            "next": list.number + 1, "members": list.members.iter().map(member).collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    let row = |member: &Member| vec![member.name.to_string(), member.role.name().to_owned(), public(member)];
    output::table(&["name", "role", "public key"], list.members.iter().map(row));
    Ok(())
}
