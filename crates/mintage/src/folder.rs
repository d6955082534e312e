//! The data folder: where everything lies, and who may use it.
//!
//! | path | what |
//! | --- | --- |
//! | `mintage.db` | the store, if it is a file |
//! | `database-url` | where the store is, if in PostgreSQL |
//! | `module/` | the module's own folder: keystore and registers |
//! | `anchor` | the registers' anchor; best moved to another disk at `init` |
//! | `anchor-path` | where the anchor is, if elsewhere |
//! | `provider.key`, `officer-1.key`, `officer-2.key` | keys of the staff, wrapped, if `init` made them |
//! | `secrets/` | passphrases that `init` made, if none were given |
//! | `token.json` | which PKCS#11 token wraps the module's master key, if one does |
//! | `unfinished` | there only while `init` works, with its mark: a folder with it holds nothing of value yet |
//! | `bundle.cbor` | the newest trust bundle |
//! | `sign-ups.json` | requests for accounts, where people may ask |
//! | `lock` | held by whoever uses the folder |

mod beginning;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use module::protocol::{ModulePaths, Secret};
use serde::{Deserialize, Serialize};
use store::{AccountName, DatabaseUrl, DatabaseUrlError, Place};
use thiserror::Error;
use zeroize::Zeroizing;

pub(crate) use beginning::Beginning;

/// Why a data folder can't be used.
#[derive(Debug, Error)]
pub(crate) enum FolderError {
    /// None there.
    #[error("there is no Mintage data in {}; make it with `mintage init`, or name another folder by --dir", .0.display())]
    Missing(PathBuf),
    /// There already.
    #[error("there is Mintage data in {} already", .0.display())]
    Exists(PathBuf),
    /// The store is gone, other parts aren't.
    #[error("{} has parts of Mintage data but no store; put the store back, or name another folder by --dir", .0.display())]
    StoreMissing(PathBuf),
    /// The token's description.
    #[error("{} can't be read as a token's description ({reason})", path.display())]
    Token {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The database's URL.
    #[error("{}: {error}", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: DatabaseUrlError,
    },
    /// Nobody who can ask.
    #[error("{user:?} isn't a user of the account {account}, or the key isn't in {}", secrets.display())]
    NoKey {
        /// Of which account.
        account: String,
        /// Who.
        user: String,
        /// Where it was looked for.
        secrets: PathBuf,
    },
    /// A user's key.
    #[error("{} isn't a key of 64 hexadecimal digits", .0.display())]
    Key(PathBuf),
    /// Somebody else.
    #[error("another mintage process uses {}; wait for it to end", .0.display())]
    InUse(PathBuf),
    /// A file.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// A data folder.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder(PathBuf);

/// The right to use a data folder, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct FolderLock(#[allow(dead_code)] File);

impl DataFolder {
    /// The folder at a path, made by `init` before.
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        if folder.has_store() && !folder.unfinished().exists() {
            return Ok(folder);
        }
        let has_parts = folder.module().exists() && !folder.unfinished().exists();
        Err(if has_parts { FolderError::StoreMissing } else { FolderError::Missing }(path.to_owned()))
    }

    /// Takes the folder for this process alone.
    pub(crate) fn lock(&self) -> Result<FolderLock, FolderError> {
        let path = self.0.join("lock");
        let io = |error| FolderError::Io { path: path.clone(), error };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock(file)),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn store_file(&self) -> PathBuf {
        self.0.join("mintage.db")
    }

    fn database_url(&self) -> PathBuf {
        self.0.join("database-url")
    }

    fn has_store(&self) -> bool {
        self.store_file().exists() || self.database_url().exists()
    }

    /// Where the books are.
    pub(crate) fn books(&self) -> Result<Place, FolderError> {
        let path = self.database_url();
        if !path.exists() {
            return Ok(Place::Sqlite(self.store_file()));
        }
        let url = read_secret(path.clone())?;
        url.parse().map(Place::Postgres).map_err(|error| FolderError::Database { path, error })
    }

    pub(crate) fn module(&self) -> PathBuf {
        self.0.join("module")
    }

    /// The key of somebody of the staff, if it was made here.
    pub(crate) fn person_key(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.key"))
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.0.join("bundle.cbor")
    }

    /// Where the operator's own template of a name is kept, if he has one.
    pub(crate) fn template(&self, name: &str) -> PathBuf {
        self.0.join("templates").join(name).with_extension("template")
    }

    /// Where requests for accounts are kept.
    pub(crate) fn sign_ups(&self) -> PathBuf {
        self.0.join("sign-ups.json")
    }

    fn unfinished(&self) -> PathBuf {
        self.0.join("unfinished")
    }

    fn token(&self) -> PathBuf {
        self.0.join("token.json")
    }

    fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }

    fn anchor_path(&self) -> PathBuf {
        self.0.join("anchor-path")
    }

    /// Where the module's files are.
    pub(crate) fn module_paths(&self) -> ModulePaths {
        let elsewhere =
            std::fs::read_to_string(self.anchor_path()).ok().map(|path| PathBuf::from(path.trim_end()));
        ModulePaths { folder: self.module(), anchor: elsewhere.unwrap_or_else(|| self.0.join("anchor")) }
    }

    /// Remembers an anchor that is elsewhere.
    pub(crate) fn set_anchor(&self, anchor: &Path) -> Result<(), FolderError> {
        let io = |error| FolderError::Io { path: anchor.to_owned(), error };
        let absolute = std::path::absolute(anchor).map_err(io)?;
        self.write_private(&self.anchor_path(), absolute.as_os_str().as_encoded_bytes())
    }

    /// Remembers the database with the books. Its URL may have a password in it.
    pub(crate) fn set_database(&self, url: &DatabaseUrl) -> Result<(), FolderError> {
        self.write_private(&self.database_url(), url.secret_text().as_bytes())
    }

    /// Remembers the token that wraps the module's master key.
    pub(crate) fn set_token(&self, token: &TokenPlace) -> Result<(), FolderError> {
        let io = |error| FolderError::Io { path: token.pin_file.clone(), error };
        let pin_file = std::path::absolute(&token.pin_file).map_err(io)?;
        let token = TokenPlace { pin_file, ..token.clone() };
        let text = serde_json::to_vec_pretty(&token);
        let text =
            text.map_err(|error| FolderError::Token { path: self.token(), reason: error.to_string() })?;
        self.write_private(&self.token(), &text)
    }

    /// What opens the module's keystore: the token's PIN if a token was chosen at `init`, a passphrase otherwise.
    pub(crate) fn module_secret(&self, passphrase_file: Option<&Path>) -> Result<Secret, FolderError> {
        let path = self.token();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let passphrase = self.passphrase("module-passphrase", passphrase_file)?;
                return Ok(Secret::Passphrase(passphrase.to_string()));
            }
            Err(error) => return Err(FolderError::Io { path, error }),
        };
        let token: TokenPlace = serde_json::from_slice(&text)
            .map_err(|error| FolderError::Token { path, reason: error.to_string() })?;
        let pin = read_secret(token.pin_file)?;
        Ok(Secret::Token { library: token.library, label: token.label, pin: pin.to_string() })
    }

    /// A passphrase: from the file that was named, the credential of this name, or the one that `init` made under it.
    pub(crate) fn passphrase(
        &self,
        name: &str,
        file: Option<&Path>,
    ) -> Result<Zeroizing<String>, FolderError> {
        let given = file.map(Path::to_owned).or_else(|| credential(name));
        read_secret(given.unwrap_or_else(|| self.secrets().join(name)))
    }

    /// Makes a random passphrase and keeps it under a name, unless one is given.
    pub(crate) fn make_passphrase(&self, name: &str, file: Option<&Path>) -> Result<(), FolderError> {
        if file.is_some() || credential(name).is_some() { Ok(()) } else { self.make_random(name) }
    }

    /// Keeps 256 random bits under a name.
    fn make_random(&self, name: &str) -> Result<(), FolderError> {
        let path = self.secrets().join(name);
        let mut random = Zeroizing::new([0_u8; 32]);
        aws_lc_rs::rand::fill(random.as_mut_slice())
            .map_err(|_| FolderError::Io { path: path.clone(), error: io::Error::other("no randomness") })?;
        let hex = Zeroizing::new(base16ct::lower::encode_string(random.as_slice()));
        self.write_private(&path, hex.as_bytes())
    }

    /// The key by which a user asks an account, or a new one if none is kept here yet.
    pub(crate) fn make_asker_key(
        &self,
        account: &AccountName,
        user: &str,
    ) -> Result<asker::Secret, FolderError> {
        let name = asker_key_name(account, user);
        if !self.secrets().join(&name).exists() {
            self.make_random(&name)?;
        }
        self.asker_key(account, user)
    }

    /// The key by which a user asks an account.
    pub(crate) fn asker_key(&self, account: &AccountName, user: &str) -> Result<asker::Secret, FolderError> {
        let no_key = || FolderError::NoKey {
            account: account.to_string(),
            user: user.to_owned(),
            secrets: self.secrets(),
        };
        // A user's name can be anything, a file's not.
        let file = user.parse::<AccountName>().map_err(|_| no_key())?;
        let path = self.secrets().join(asker_key_name(account, file.as_str()));
        if !path.exists() {
            return Err(no_key());
        }
        let text = read_secret(path.clone())?;
        let mut key = Zeroizing::new([0_u8; 32]);
        base16ct::lower::decode(text.as_bytes(), key.as_mut_slice())
            .ok()
            .filter(|key| key.len() == 32)
            .ok_or(FolderError::Key(path))?;
        Ok(asker::Secret::hmac(*key))
    }

    /// Writes a file for its owner only, whole or not at all.
    pub(crate) fn write_private(&self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        let temporary = path.with_extension("new");
        let written = (|| {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&temporary, path)
        })();
        written.map_err(|error| FolderError::Io { path: path.to_owned(), error })
    }
}

/// A PKCS#11 token that wraps a master key.
#[derive(Debug, Clone, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenPlace {
    /// Library of a PKCS#11 token, whose key then wraps the module's master key instead of a passphrase.
    #[arg(id = "token-library", long = "token-library", value_name = "LIBRARY.so", required = false)]
    library: String,
    /// Label of the token.
    #[arg(id = "token-label", long = "token-label", value_name = "LABEL", required = false)]
    label: String,
    /// File with the token's user PIN.
    #[arg(id = "token-pin-file", long = "token-pin-file", value_name = "FILE", required = false)]
    pin_file: PathBuf,
}

fn asker_key_name(account: &AccountName, user: &str) -> String {
    // No name of an account has a `+`, so that no two files have one name.
    format!("asker-{account}+{user}")
}

/// The credential that a service manager gives this process under a name (systemd's `LoadCredential=`).
fn credential(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(name);
    // One that is there but can't be read isn't passed over: the error says so.
    (!matches!(path.try_exists(), Ok(false))).then_some(path)
}

/// The first line of a file.
pub(crate) fn read_secret(path: PathBuf) -> Result<Zeroizing<String>, FolderError> {
    let text = std::fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.map_err(|error| FolderError::Io { path, error })?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
