//! `mintage pass …`: the holder's side of what is tied to a device: its key, and what it shows.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Subcommand;
use indicia::presentation::{LIFETIME, STEP, assemble, to_be_signed};
use indicia::{Indicium, Presented, UnixTime, text};
use module::keystore::PersonKey;
use print::{Matrix, SymbolContent};
use tempfile::NamedTempFile;

use super::key::{self, KeyCommand, KeyFile};
use super::verify;
use crate::args::Args;
use crate::failure::Failure;
use crate::{office, output};

#[derive(Debug, Subcommand)]
pub(crate) enum PassCommand {
    /// Make a key for a device and show its public half: items that are ordered with it are shown by this device alone.
    #[command(after_help = "Example: mintage pass new phone.key --key-passphrase-file phone.passphrase")]
    New(KeyFile),
    /// Show an indicium that is tied to a device's key, as of now: the text of its symbol, which is good for 45 seconds.
    #[command(
        after_help = "Example: mintage pass show ticket.txt --key phone.key --key-passphrase-file phone.passphrase --watch"
    )]
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The indicium: text that begins with `VBI:`, a file with text, bytes, a picture or a PDF of one, or - for standard input.
    #[arg(value_name = "TEXT|FILE", allow_hyphen_values = true)]
    indicium: String,
    /// The key's file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File with the passphrase that wraps it.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: PathBuf,
    /// Write the symbol as a PNG picture.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the symbol as an SVG picture.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw the symbol in the terminal, and anew every 15 seconds, until told to end; pictures are written anew as well.
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(args: &Args, command: PassCommand) -> Result<(), Failure> {
    match command {
        PassCommand::New(file) => key::run(args, &KeyCommand::New(file)),
        PassCommand::Show(asked) => show(args, asked),
    }
}

fn show(args: &Args, asked: ShowArgs) -> Result<(), Failure> {
    let ShowArgs { indicium, key, key_passphrase_file, png, svg, watch } = asked;
    let pass = Pass { key: key::open(&key, key_passphrase_file)?, indicium: read(&indicium, args.json)? };
    pass.check()?;
    loop {
        let now = office::now();
        let shown = text::to_text(&pass.present(now));
        let symbol = Matrix::of(&SymbolContent::Qr(shown.clone()))?;
        if let Some(path) = &png {
            replace(path, &print::png(&symbol, 8)?)?;
        }
        if let Some(path) = &svg {
            replace(path, print::svg(&symbol).as_bytes())?;
        }
        if args.json {
            let until = UnixTime(now.0 + LIFETIME).to_string();
            output::json(&serde_json::json!({ "text": shown, "at": now.to_string(), "until": until }));
        } else if watch {
            draw(&symbol).map_err(Failure::io(Path::new("standard output")))?;
        } else {
            println!("{shown}");
        }
        if !watch {
            return Ok(());
        }
        thread::sleep(Duration::from_secs(STEP));
    }
}

/// An indicium on a device.
struct Pass {
    key: PersonKey,
    indicium: Vec<u8>,
}

impl Pass {
    /// Whether the indicium is tied to this key.
    fn check(&self) -> Result<(), Failure> {
        let read = Indicium::decode(&self.indicium).map_err(|error| Failure::Said(error.to_string()))?;
        match read.claims().details.key {
            Some(key) if *key.as_bytes() == self.key.public() => Ok(()),
            Some(other) => Err(Failure::Said(format!("it is tied to another key, {other}"))),
            None => Err(Failure::Said("it is tied to no key, and is shown as it is".into())),
        }
    }

    fn present(&self, at: UnixTime) -> Vec<u8> {
        let signature = self.key.signing().sign(&to_be_signed(&self.indicium, at));
        assemble(&self.indicium, at, &signature)
    }
}

/// The one indicium that is there, also out of what a device shows of it.
fn read(what: &str, as_json: bool) -> Result<Vec<u8>, Failure> {
    let mut found = verify::find(what, as_json)?;
    let (Some((_, only)), true) = (found.pop(), found.is_empty()) else {
        return Err(Failure::Said(format!(
            "one indicium is shown, and in {what} there is another number of them"
        )));
    };
    let bytes = only.map_err(Failure::Said)?;
    let shown = Presented::read(&bytes).map_err(|error| Failure::Said(error.to_string()))?;
    Ok(shown.indicium().to_vec())
}

/// Puts a picture in the place of the one before, so that nobody sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(Failure::io(path))
}

/// Draws dark on light, whatever the terminal's colours are, in the place of the symbol before.
fn draw(symbol: &Matrix) -> std::io::Result<()> {
    const CLEAR: &str = "\x1b[2J\x1b[H";
    const DARK_ON_LIGHT: &str = "\x1b[38;5;16;48;5;231m";
    const OWN_COLOURS: &str = "\x1b[0m";
    let mut out = std::io::stdout().lock();
    write!(out, "{CLEAR}")?;
    for line in print::blocks(symbol).lines() {
        writeln!(out, "{DARK_ON_LIGHT}{line}{OWN_COLOURS}")?;
    }
    out.flush()
}
