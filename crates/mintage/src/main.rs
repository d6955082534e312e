//! The `mintage` command: what an operator and its customers type.

mod args;
mod bench;
mod commands;
mod failure;
mod folder;
mod labels;
mod office;
mod output;
mod user;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return output::usage(&error),
    };
    let json = args.json;
    match commands::run(args) {
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure, json);
            failure.exit_code()
        }
    }
}
