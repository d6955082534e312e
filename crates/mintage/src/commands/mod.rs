//! One file for each command.

mod account;
mod audit;
mod bundle;
mod decode;
mod doctor;
mod encode;
mod gate;
mod holder;
mod issue;
mod key;
mod layouts;
mod pass;
mod print;
mod printer;
mod quickstart;
mod serve;
mod show;
mod sign;
mod staff;
mod status;
mod template;
mod user;
mod verify;
mod void;

use std::process::ExitCode;

pub(crate) use encode::EncodeCommand;
pub(crate) use gate::GateCommand;
pub(crate) use holder::HolderCommand;
pub(crate) use key::KeyCommand;
use module::process::ProcessError;
use module::protocol::ModulePaths;

pub(crate) use pass::PassCommand;
pub(crate) use print::PrintArgs;
pub(crate) use printer::PrinterCommand;
pub(crate) use sign::SignCommand;
pub(crate) use staff::StaffCommand;
pub(crate) use template::TemplateCommand;
pub(crate) use user::UserCommand;

use crate::args::{Args, BenchCommand, Command};
use crate::failure::Failure;
use crate::office::{NewOffice, Office};
use crate::{bench, output};

/// Runs what was typed.
pub(crate) fn run(mut args: Args) -> Result<ExitCode, Failure> {
    // The command is taken out, so that the rest can be lent to it.
    let command = std::mem::replace(&mut args.command, Command::Audit);
    match command {
        Command::Quickstart => quickstart::run(&args),
        Command::Init { issuer, anchor, database_url, token, staff } => {
            let (anchor, token) = (anchor.as_deref(), token.as_ref());
            init(
                &args,
                &NewOffice {
                    issuer: &issuer,
                    anchor,
                    database_url: database_url.as_ref(),
                    token,
                    staff: &staff,
                },
            )
        }
        Command::Account(command) => account::run(&args, command),
        Command::User(command) => user::run(&args, command),
        Command::Staff(command) => staff::run(&args, command),
        Command::Template(command) => template::run(&args, &command),
        Command::Key(command) => key::run(&args, &command),
        Command::Sign(command) => sign::run(&args, command),
        Command::Issue(issue) => issue::run(&args, &issue),
        Command::Print(print) => print::run(&args, &print),
        Command::Printer(command) => printer::run(&args, command),
        Command::Layouts { command } => layouts::run(&args, command),
        Command::Show { serial, png, svg } => show::run(&args, &serial, png.as_deref(), svg.as_deref()),
        Command::Verify(asked) => return Ok(verify::run(&args, &asked)),
        Command::Decode { what } => decode::run(&args, &what),
        Command::Pass(command) => pass::run(&args, command),
        Command::Void(void) => void::run(&args, &void),
        Command::Holder(command) => holder::run(&args, &command),
        Command::Encode(command) => encode::run(&args, command),
        Command::Bundle(command) => bundle::run(&args, &command),
        Command::Status(command) => status::run(&args, &command),
        Command::Audit => audit::run(&args),
        Command::Doctor { config } => doctor::run(&args, config.as_deref()),
        Command::Serve(given) => serve::run(&args, given),
        Command::Config(given) => serve::show(&args, given),
        Command::Gate(command) => gate::run(&args, command),
        Command::Module { folder, anchor } => return serve_module(&ModulePaths { folder, anchor }),
        Command::Bench(BenchCommand::Issue { seconds, growth }) => bench::run(&args, seconds, growth),
        Command::Bench(BenchCommand::Http { seconds }) => bench::http::run(&args, seconds),
        Command::Bench(BenchCommand::Redeem { seconds }) => bench::redeem::run(&args, seconds),
        Command::Bench(BenchCommand::Verify { seconds }) => bench::verify::run(&args, seconds),
        Command::Bench(BenchCommand::Print { labels, python }) => bench::print::run(&args, labels, python),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn serve_module(paths: &ModulePaths) -> Result<ExitCode, Failure> {
    match module::process::serve(paths) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The engine has it and says it.
        Err(ProcessError::Start(_)) => Ok(ExitCode::FAILURE),
        Err(error) => Err(error.into()),
    }
}

fn init(args: &Args, new: &NewOffice<'_>) -> Result<(), Failure> {
    let office = Office::init(args, new)?;
    let folder = office.folder.path().display().to_string();
    let module = office.module();
    if args.json {
        output::json(
            &serde_json::json!({ "dir": folder, "issuer": module.issuer, "root": root_id(&module.root) }),
        );
    } else {
        println!("Made {folder} for issuer {}, root key {}.", module.issuer, root_id(&module.root));
        if new.anchor.is_none() {
            println!(
                "The anchor lies in the same folder; `--anchor` puts it on another disk, where it protects more."
            );
        }
        println!("Next: mintage account create NAME --currency EUR/2 --fund 1000.00 --dir {folder}");
    }
    Ok(())
}

/// The id of a root key.
pub(crate) fn root_id(cose_key: &[u8]) -> String {
    indicia::PublicKey::from_cose_key(cose_key)
        .map_or_else(|_| "unreadable".into(), |key| key.key_id().to_string())
}
