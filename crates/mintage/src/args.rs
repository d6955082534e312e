//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use module::staff::{Member, StaffRole};
use store::DatabaseUrl;

use crate::commands::{
    EncodeCommand, GateCommand, HolderCommand, KeyCommand, PassCommand, PrintArgs, PrinterCommand,
    SignCommand, StaffCommand, TemplateCommand, UserCommand,
};
use crate::config::Given;
use crate::folder::TokenPlace;
use crate::printing::{LayoutsCommand, PrintingArgs};

/// Issues value-bearing indicia (postage, tickets, coupons, vouchers, traveller's cheques, scrip): each one signed,
/// and debited from a prepaid account inside a crypto module.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example: mintage quickstart --dir demo")]
pub(crate) struct Args {
    /// Folder with all data.
    #[arg(long, global = true, default_value = "./mintage-data")]
    pub(crate) dir: PathBuf,
    /// Say everything as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// File with the module's passphrase, instead of the one that `init` made.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// File with the provider's passphrase, instead of the one that `init` made.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) provider_passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is to be verified, and by what.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Text that begins with `VBI:`, of an indicium or as a device shows it, a file, or - for standard input.
    #[arg(value_name = "TEXT|FILE", allow_hyphen_values = true)]
    pub(crate) what: String,
    /// The trust bundle; by default the one of the data folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Trust this root key only: its id, or its COSE_Key, in hex.
    #[arg(long, value_name = "HEX")]
    pub(crate) root: Option<String>,
    /// A status snapshot, signed by the same root: a full one, and then, each with a --status of its own, what has changed
    /// after it, in order.
    #[arg(long, value_name = "FILE")]
    pub(crate) status: Vec<PathBuf>,
    /// Compare who it is made out to, as printed on the label letter by letter, with the salted digest inside.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) holder: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set everything up, issue two sample batches, print them, read them back, verify them.
    #[command(after_help = "Example: mintage quickstart --dir demo")]
    Quickstart,
    /// Make a data folder: a crypto module, an issuer, a provider.
    #[command(
        after_help = "Example: mintage init --issuer 'City Transit' --anchor /mnt/other-disk/anchor\n\n\
        With a token (a build with the feature pkcs11): mintage init --issuer 'City Transit' \
        --token-library /usr/lib/softhsm/libsofthsm2.so --token-label mintage --token-pin-file pin\n\n\
        With PostgreSQL: mintage init --issuer 'City Transit' --database-url postgres://mintage@db.example/mintage"
    )]
    Init {
        /// Name of the issuer, 1 to 40 bytes: it is in every indicium.
        #[arg(long)]
        issuer: String,
        /// Where to keep the anchor of the module's registers: best on another disk.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// Keep the books in this PostgreSQL database instead of a file: postgres://USER@HOST/DATABASE. The password is
        /// best left out: it is also taken from PGPASSWORD or ~/.pgpass, then and always.
        #[arg(long, value_name = "URL")]
        database_url: Option<DatabaseUrl>,
        #[command(flatten)]
        token: Option<TokenPlace>,
        /// Somebody of the staff, by the public key that `mintage key new` showed: ROLE:NAME=HEX, where the role is provider,
        /// officer, auditor, support or steward. Where no provider is named, or no officer, `init` makes their keys in the folder.
        #[arg(long, value_name = "ROLE:NAME=HEX", value_parser = member)]
        staff: Vec<Member>,
    },
    /// Make, show, fund and refund accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Show and change who may use an account, and for how much.
    #[command(subcommand)]
    User(UserCommand),
    /// Show and change the operator's people: providers, officers, auditors, support.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Show, check and put into use what may be issued: templates, which a provider signs.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Make and show keys of the operator's people.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Sign papers of the operator's people, wherever their keys are: openings, orders, appointments.
    #[command(subcommand)]
    Sign(SignCommand),
    /// Issue a batch from a file of items, and print it.
    #[command(
        after_help = "Example: mintage issue --account theatre --items tickets.csv --out tickets.pdf\n\n\
        Columns (CSV with a header, or JSON lines with these keys): kind (postage, ticket, coupon, voucher, cheque, \
        scrip) or template, amount, currency, holder, reference, valid_from, valid_until, weight_g, service, uses, event, \
        seat, entrance, enter_from, enter_until, mailed, origin, destination, reentry, barcode, key."
    )]
    Issue(IssueArgs),
    /// Print what was issued on a printer that is known by name. It is on record before it is on paper, and printed again only by
    /// those who say so.
    #[command(after_help = "Example: mintage print --printer desk theatre/12\n\n\
        mintage print --printer desk 0000000001-000000000017-53 --reprint --reason 'smeared'\n\n\
        Ends with 0 once the printer says that all is on paper. What is void or redeemed isn't printed.")]
    Print(PrintArgs),
    /// Make printers known, ask them, and see what became of what they were given.
    #[command(subcommand)]
    Printer(PrinterCommand),
    /// List what can be printed on: sheets of labels by maker's number, labels, envelopes, tickets, receipts, cards.
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Example: mintage layouts --json\n\nmintage layouts test-page --layout L7160 --out page.pdf"
    )]
    Layouts {
        #[command(subcommand)]
        command: Option<LayoutsCommand>,
    },
    /// Show one indicium by its serial.
    #[command(after_help = "Example: mintage show 0000000001-000000000017-53 --png symbol.png")]
    Show {
        /// The serial as printed.
        serial: String,
        /// Write its symbol as a PNG picture.
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
        /// Write its symbol as an SVG picture.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Check an indicium: its text, or a file with text, bytes, a picture or a PDF.
    #[command(after_help = "Example: mintage verify tickets.pdf\n\n\
        mintage verify tickets.pdf --bundle bundle.cbor --status status.cbor --status since.cbor\n\n\
        Ends with 0 if all are genuine and none is known to be used up or void, 1 if one isn't, 2 if it can't be told. \
        Whether one is used up or void is said by the status snapshot, if one is given; else by the books of the data \
        folder; with another bundle and no snapshot by nobody. Of what was issued after the snapshot was made it says nothing, \
        so that it can't be told. With --holder it also ends with 1 if one isn't made out to him. What is tied to its holder's \
        device is `not live`, which ends with 1, unless it is as the device shows it now (docs/passes.md).")]
    Verify(VerifyArgs),
    /// Say whose format something is, and what it says: ours, and other people's. Nothing of it is checked.
    #[command(
        after_help = "Example: mintage decode 'M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100'\n\n\
        Of a picture (PNG, JPEG) or PDF each symbol is explained; of a text each line, if the first is \
        something by itself; any other file as a whole. A text that isn't anything as it stands is read as bytes, if it is \
        all hexadecimal digits and spaces. Ends with 0 if everything is of a known format, else with 1. Whether something is genuine, `mintage verify` says."
    )]
    Decode {
        /// Text, hexadecimal digits, a file, or - for standard input.
        #[arg(value_name = "TEXT|FILE", allow_hyphen_values = true)]
        what: String,
    },
    /// What is tied to a holder's device: the device's key, and what the device shows instead of the indicium itself.
    #[command(subcommand)]
    Pass(PassCommand),
    /// Make indicia void, and put what they were worth back into their account, by an order signed with the provider's key.
    #[command(after_help = "Example: mintage void 0000000001-000000000017-53 --reason misprint\n\n\
        A run of serials is written FIRST..LAST. All of them become void, or none.")]
    Void(VoidArgs),
    /// What the books have of holders, and how it is erased.
    #[command(subcommand)]
    Holder(HolderCommand),
    /// Make posts' barcodes of items, one on each line of standard input: bars or text, or `error: …`, on a line each.
    #[command(
        subcommand,
        after_help = "Example: mintage encode imb < letters.csv > bars.txt\n\n\
        A line that can't be made into a barcode is answered by what is wrong with it, and the next one is read. Ends with 0 if \
        all lines were read."
    )]
    Encode(EncodeCommand),
    /// Trust bundles, for verifiers.
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Status snapshots, for verifiers: what is used, used up or void, as of a time.
    #[command(subcommand)]
    Status(StatusCommand),
    /// Recompute every invariant from the data alone.
    #[command(after_help = "Example: mintage audit --json")]
    Audit,
    /// Say what state everything is in: store, module, sandbox, keys, and the machine.
    #[command(after_help = "Example: mintage doctor --config /etc/mintage/mintage.toml")]
    Doctor {
        /// File with the settings of the server that runs here [default: mintage.toml in the data folder, if there is one].
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Serve customers over HTTP until told to end.
    #[command(
        after_help = "Example: mintage serve --listen 0.0.0.0:443 --tls-certificate fullchain.pem --tls-key key.pem\n\n\
        Each setting can be given by a flag, by the environment (MINTAGE_LISTEN for --listen), or by a file (TOML, \
        listen = \"0.0.0.0:443\"); `mintage config` says what applies."
    )]
    Serve(ServeArgs),
    /// Show what `serve` would be told by flags, environment and file, and which of them says it.
    #[command(after_help = "Example: MINTAGE_LOG=debug mintage config")]
    Config(ServeArgs),
    /// Serve the scanners of a site from its own machine, also while it is cut off from the server.
    #[command(subcommand)]
    Gate(GateCommand),
    /// The crypto module's process: started by every command that needs it, with a socket as its standard input.
    #[command(after_help = "Example, to see what it can reach: mintage doctor")]
    Module {
        /// Its own folder.
        #[arg(long)]
        folder: PathBuf,
        /// The anchor of its registers.
        #[arg(long)]
        anchor: PathBuf,
    },
    /// Measure, with a baseline in the same run.
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// File with settings [default: mintage.toml in the data folder, if there is one].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) given: Given,
}

/// Reads ROLE:NAME=HEX.
pub(crate) fn member(text: &str) -> Result<Member, String> {
    let form = || "it is written ROLE:NAME=HEX".to_owned();
    let (role, rest) = text.split_once(':').ok_or_else(form)?;
    let (name, key) = rest.split_once('=').ok_or_else(form)?;
    let role = StaffRole::of(role).ok_or("the role is provider, officer, auditor, support or steward")?;
    let name = name.parse().map_err(|error: asker::UserNameError| error.to_string())?;
    Ok(Member { name, role, key: public_key(key)? })
}

/// Reads an Ed25519 public key in hex.
pub(crate) fn public_key(text: &str) -> Result<[u8; 32], String> {
    let mut key = [0; 32];
    match base16ct::mixed::decode(text, &mut key) {
        Ok(decoded) if decoded.len() == 32 => Ok(key),
        _ => Err("a public key is 64 hexadecimal digits".into()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account with a device of its own.
    #[command(after_help = "Example: mintage account create theatre --currency EUR/2 --fund 5000.00")]
    Create {
        /// Its name.
        name: String,
        /// Currency and decimal places: EUR/2, USD/3 (mills), JPY/0.
        #[arg(long, value_name = "CODE/PLACES")]
        currency: String,
        /// Fund it at once.
        #[arg(long, allow_negative_numbers = true, value_name = "AMOUNT")]
        fund: Option<String>,
        /// Where it is licensed: a postcode, a venue, a depot.
        #[arg(long, default_value = "")]
        origin: String,
        /// Algorithm of its indicium key.
        #[arg(long, value_enum, default_value_t = AlgorithmArg::Eddsa)]
        algorithm: AlgorithmArg,
        /// Largest amount of one item.
        #[arg(long, allow_negative_numbers = true, value_name = "AMOUNT")]
        limit_item: Option<String>,
        /// Largest total of one day (UTC).
        #[arg(long, allow_negative_numbers = true, value_name = "AMOUNT")]
        limit_day: Option<String>,
        /// Days for which its indicium key is used.
        #[arg(long, default_value_t = 1095)]
        key_days: u64,
    },
    /// List all accounts.
    List,
    /// Show one account.
    Show {
        /// Its name.
        name: String,
    },
    /// Put value in, by an order signed with the provider's key.
    #[command(after_help = "Example: mintage account fund theatre 1000.00 --reason 'transfer 4711'")]
    Fund(OrderArgs),
    /// Take value out, by an order signed with the provider's key.
    Refund(OrderArgs),
    /// Pause issuing from an account, by an order signed with two officers' keys.
    Suspend {
        /// Its name.
        name: String,
    },
    /// Let a suspended or locked account issue again, by an order signed with two officers' keys.
    Resume {
        /// Its name.
        name: String,
    },
    /// Close an account for ever because its key may be in wrong hands, by an order signed with two officers' keys: what the
    /// key has signed is told from forgeries by the books alone.
    Revoke {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct OrderArgs {
    /// Name of the account.
    pub(crate) name: String,
    /// How much, as 1000.00.
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: String,
    /// Why, for the books.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// The same key gives the same answer for ever.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VoidArgs {
    /// Serials as printed, of one account.
    #[arg(required = true, value_name = "SERIAL|FIRST..LAST")]
    pub(crate) serials: Vec<String>,
    /// Why, for the books.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// The same key gives the same answer for ever.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IssueArgs {
    /// Name of the account.
    #[arg(long)]
    pub(crate) account: String,
    /// File of items, .csv or .jsonl.
    #[arg(long, value_name = "FILE")]
    pub(crate) items: PathBuf,
    /// Write labels.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) printing: PrintingArgs,
    /// The same key and items give the same answer for ever.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// What to do when not enough is unreserved.
    #[arg(long, value_enum, default_value_t = InsufficientArg::Reject)]
    pub(crate) on_insufficient: InsufficientArg,
    /// Longest wait for `--on-insufficient wait`, in seconds.
    #[arg(long, default_value_t = 60)]
    pub(crate) wait_seconds: u64,
    /// A signature in each indicium, or one for the batch with a proof in each.
    #[arg(long, value_enum, default_value_t = ProofArg::Signature)]
    pub(crate) proof: ProofArg,
    /// Who asks: a user of the account.
    #[arg(long, default_value = "owner")]
    pub(crate) user: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AlgorithmArg {
    /// Ed25519.
    Eddsa,
    /// ECDSA on P-256.
    Es256,
}

impl From<AlgorithmArg> for indicia::Algorithm {
    fn from(named: AlgorithmArg) -> Self {
        match named {
            AlgorithmArg::Eddsa => Self::EdDsa,
            AlgorithmArg::Es256 => Self::Es256,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InsufficientArg {
    /// Refuse the whole batch.
    Reject,
    /// Issue as many whole items as fit, in order.
    Partial,
    /// Wait until enough is free.
    Wait,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ProofArg {
    /// A signature each.
    Signature,
    /// One signature for the batch, and a COSE Receipt in each.
    Batch,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Sign a new trust bundle over all accounts.
    #[command(after_help = "Example: mintage bundle export --out bundle.cbor --days 30")]
    Export {
        /// Where to; by default into the data folder.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Days for which it is valid.
        #[arg(long, default_value_t = 365)]
        days: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StatusCommand {
    /// Sign a snapshot of all accounts, or what has changed since an earlier one.
    #[command(after_help = "Example: mintage status export --out status.cbor\n\
        mintage status export --since status.cbor --out since.cbor\n\n\
        What has changed since a snapshot can be used with exactly that one.")]
    Export {
        /// Where to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The earlier snapshot: a full one, and then, each with a --since of its own, what has changed after it, in order.
        #[arg(long, value_name = "FILE")]
        since: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Issuing, through engine, module and store, against bare signing.
    #[command(after_help = "Example: cargo run --release -- bench issue --json")]
    Issue {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Indicia stored for the growth figure.
        #[arg(long, default_value_t = 10_000_000)]
        growth: u64,
    },
    /// The server under load over HTTP, every proof checked in the module, against a naive service on PostgreSQL.
    ///
    /// Needs PostgreSQL's programs; starts a server of its own in a temporary folder.
    #[command(after_help = "Example: cargo run --release -- bench http --json")]
    Http {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Redemptions over HTTP, every signature checked, against a naive service on PostgreSQL.
    ///
    /// Needs PostgreSQL's programs; starts a server of its own in a temporary folder.
    #[command(after_help = "Example: cargo run --release -- bench redeem --json")]
    Redeem {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Verification without a network on one core, against bare Ed25519 verification.
    #[command(after_help = "Example: cargo run --release -- bench verify --json")]
    Verify {
        /// Seconds for all figures together.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Printing sheets of labels, against ReportLab with zxing-cpp's symbols.
    ///
    /// Needs a Python with PyPI's reportlab, zxing-cpp and pillow, such as `cargo xtask test` sets up.
    #[command(
        after_help = "Example: cargo run --release -- bench print --python target/peers/bin/python --json"
    )]
    Print {
        /// Labels of a file.
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
        labels: u32,
        /// The Python [default: what MINTAGE_PEER_PYTHON names, or else python3].
        #[arg(long, value_name = "FILE")]
        python: Option<PathBuf>,
    },
}
