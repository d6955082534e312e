//! The `mintage` command: what an operator and its customers type.

mod args;
mod bench;
mod commands;
mod failure;
mod folder;
mod labels;
mod office;
mod output;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let json = args.json;
    match commands::run(args) {
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure, json);
            failure.exit_code()
        }
    }
}
