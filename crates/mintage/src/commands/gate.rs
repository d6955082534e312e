//! `mintage gate …`: the one authority for a site's scanners, also while the site is cut off.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use gate::{Report, Settings, Steward};
use module::keystore::PersonKey;
use server::TlsFiles;
use tracing_subscriber::filter::Targets;

use crate::args::{Args, public_key};
use crate::config::LogFormat;
use crate::failure::Failure;
use crate::folder::read_secret;
use crate::{office, output, telemetry};

#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// Serve a site's scanners until told to end: by the server while it can be reached, and alone while it can't.
    #[command(
        after_help = "Example: mintage gate serve --server https://mintage.example --key stadium.key --key-passphrase-file \
        stadium.passphrase --data /var/lib/mintage-gate --gate Stadium --steward gil=… --listen 0.0.0.0:8745 \
        --tls-certificate gate.pem --tls-key gate-key.pem"
    )]
    Serve(Box<Serve>),
    /// Show what a gate has done, what it has to tell the server, and which uses were double.
    #[command(after_help = "Example: mintage gate status --data /var/lib/mintage-gate --json")]
    Status {
        /// The gate's folder.
        #[arg(long, value_name = "FOLDER")]
        data: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// URL of the server.
    #[arg(long, value_name = "URL")]
    server: String,
    /// The key of the gate's own steward at the server, made by `mintage key new`.
    #[arg(long, value_name = "KEYFILE")]
    key: PathBuf,
    /// File with the passphrase that wraps it.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: PathBuf,
    /// The gate's own folder: made where it isn't there.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// What the gate is called: the server's record names it.
    #[arg(long, value_name = "NAME")]
    gate: String,
    /// Somebody who may redeem here, by the public key that `mintage key new` showed.
    #[arg(long, value_name = "NAME=HEX", value_parser = steward, required = true)]
    steward: Vec<Steward>,
    /// Where scanners ask.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8745")]
    listen: SocketAddr,
    /// File with the certificate that encrypts that, and those that signed it (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Listen without encryption where other machines reach it.
    #[arg(long)]
    allow_plain: bool,
    /// Id of the root key that must have signed what indicia are checked by; by default whoever the server is the first time.
    #[arg(long, value_name = "HEX")]
    root: Option<String>,
    /// Milliseconds that the server may take for an answer, before the gate decides alone: less than the two seconds that scanners wait for
    /// the gate.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_500, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    patience: u64,
    /// What is logged: error, warn, info, debug.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: Targets,
    /// How it is logged.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogFormat::Pretty)]
    log_format: LogFormat,
}

/// Reads NAME=HEX.
fn steward(text: &str) -> Result<Steward, String> {
    let (name, key) = text.split_once('=').ok_or("it is written NAME=HEX")?;
    let name = name.parse().map_err(|error: asker::UserNameError| error.to_string())?;
    Ok(Steward { name, key: public_key(key)? })
}

pub(crate) fn run(args: &Args, command: GateCommand) -> Result<(), Failure> {
    match command {
        GateCommand::Serve(given) => serve(args, *given),
        GateCommand::Status { data } => {
            show(args, &gate::report(&data)?);
            Ok(())
        }
    }
}

fn serve(args: &Args, given: Serve) -> Result<(), Failure> {
    if let Some(twice) = twice(&given.steward) {
        return Err(Failure::Said(format!("two stewards have the name or the key of {}", twice.name)));
    }
    let key = PersonKey::open(&given.key, &read_secret(given.key_passphrase_file)?)?;
    telemetry::log(given.log, given.log_format);
    let tls = given.tls_certificate.zip(given.tls_key);
    let settings = Settings {
        name: given.gate,
        server: given.server,
        secret: key.asker(),
        folder: given.data,
        listen: given.listen,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        allow_plain: given.allow_plain,
        stewards: given.steward,
        root: given.root,
        patience: Duration::from_millis(given.patience),
        clock: office::now,
    };
    let as_json = args.json;
    gate::serve(settings, |at| {
        super::serve::tell_service_manager();
        if as_json {
            println!("{}", serde_json::json!({ "listen": at }));
        } else {
            eprintln!("Serving scanners at {at}. Ctrl-C ends it in order.");
        }
    })?;
    Ok(())
}

/// The first whose name or key somebody before him has.
fn twice(stewards: &[Steward]) -> Option<&Steward> {
    let is_same = |one: &Steward, other: &Steward| one.name == other.name || one.key == other.key;
    let mut places = stewards.iter().enumerate();
    places
        .find(|(place, one)| stewards[..*place].iter().any(|before| is_same(before, one)))
        .map(|(_, one)| one)
}

fn show(args: &Args, report: &Report) {
    if args.json {
        return output::json(report);
    }
    let never = || "never".to_owned();
    output::sheet([
        ("status snapshot of", report.snapshot_at.clone().unwrap_or_else(never)),
        ("bundle expires", report.bundle_expires.clone().unwrap_or_else(never)),
        ("root", report.root.clone().unwrap_or_default()),
        ("uses at the server", report.settled.to_string()),
        ("uses to be told", report.untold.to_string()),
        ("uses of unknown outcome", report.unknown.to_string()),
        ("double uses", report.double_uses.len().to_string()),
        ("uses in dispute", report.disputed.len().to_string()),
    ]);
    let uses =
        report.double_uses.iter().flat_map(|double| std::iter::once(&double.r#use).chain(&double.others));
    let rows: Vec<_> = uses
        .map(|one| {
            let excess = one.excess.clone().unwrap_or_default();
            vec![
                one.serial.clone(),
                one.at.clone(),
                one.gate.clone(),
                one.by.clone(),
                one.amount.clone(),
                excess,
            ]
        })
        .collect();
    if !rows.is_empty() {
        output::table(&["double use of", "at", "gate", "by", "took", "beyond what was left"], rows);
    }
}
