//! `mintage key …`: keys of the operator's people, each in a file of its own, wrapped by a passphrase.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use module::keystore::PersonKey;

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::read_secret;
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an Ed25519 key and show its public half.
    #[command(after_help = "Example: mintage key new ann.key --key-passphrase-file ann.passphrase")]
    New(KeyFile),
    /// Show the public half of a key.
    #[command(after_help = "Example: mintage key show ann.key --key-passphrase-file ann.passphrase")]
    Show(KeyFile),
}

/// A person's key.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyFile {
    /// The key's file.
    #[arg(value_name = "KEYFILE")]
    file: PathBuf,
    /// File with the passphrase that wraps it, 12 characters or more.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: PathBuf,
}

impl KeyFile {
    pub(crate) fn open(&self) -> Result<PersonKey, Failure> {
        open(&self.file, self.key_passphrase_file.clone())
    }
}

/// Opens a key's file by the passphrase in another.
pub(crate) fn open(file: &Path, passphrase_file: PathBuf) -> Result<PersonKey, Failure> {
    Ok(PersonKey::open(file, &read_secret(passphrase_file)?)?)
}

pub(crate) fn run(args: &Args, command: &KeyCommand) -> Result<(), Failure> {
    let (key, file): (_, &Path) = match command {
        KeyCommand::New(new) => {
            (PersonKey::create(&new.file, &read_secret(new.key_passphrase_file.clone())?)?, &new.file)
        }
        KeyCommand::Show(known) => (known.open()?, &known.file),
    };
    let public = base16ct::lower::encode_string(&key.public());
    let id = key.asker().credential().key_id().to_string();
    if args.json {
        output::json(&serde_json::json!({ "file": file, "ed25519": public, "key": id }));
    } else {
        output::sheet([("file", file.display().to_string()), ("public key", public), ("key id", id)]);
    }
    Ok(())
}
