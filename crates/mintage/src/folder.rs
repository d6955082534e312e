//! The data folder: where everything lies, and who may use it.
//!
//! | path | what |
//! | --- | --- |
//! | `mintage.db` | the store |
//! | `module/` | the module's own folder: keystore and registers |
//! | `anchor` | the registers' anchor; best moved to another disk at `init` |
//! | `anchor-path` | where the anchor is, if elsewhere |
//! | `provider.key` | the provider's key, wrapped |
//! | `secrets/` | passphrases that `init` made, if none were given |
//! | `bundle.cbor` | the newest trust bundle |
//! | `lock` | held by whoever uses the folder |

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use module::protocol::ModulePaths;
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a data folder can't be used.
#[derive(Debug, Error)]
pub(crate) enum FolderError {
    /// None there.
    #[error("there is no Mintage data in {}; make it with `mintage init`, or name another folder by --dir", .0.display())]
    Missing(PathBuf),
    /// There already.
    #[error("there is Mintage data in {} already", .0.display())]
    Exists(PathBuf),
    /// An `init` that was cut off, or a folder without its database.
    #[error(
        "{} holds keys but no database, from an init that was cut off or a folder that lost it; move it away first",
        .0.display()
    )]
    Unfinished(PathBuf),
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
        if folder.store().exists() { Ok(folder) } else { Err(FolderError::Missing(path.to_owned())) }
    }

    /// A folder that isn't there yet, or is empty of Mintage data.
    pub(crate) fn create(path: &Path) -> Result<Self, FolderError> {
        let folder = Self(path.to_owned());
        if folder.store().exists() {
            return Err(FolderError::Exists(path.to_owned()));
        }
        if folder.provider_key().exists() || folder.module().exists() {
            return Err(FolderError::Unfinished(path.to_owned()));
        }
        for made in [path.to_owned(), folder.module(), folder.secrets()] {
            let result = DirBuilder::new().recursive(true).mode(0o700).create(&made);
            result.map_err(|error| FolderError::Io { path: made, error })?;
        }
        Ok(folder)
    }

    /// What is in a folder; nothing where there is none.
    pub(crate) fn entries(path: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// Takes back what was made in the folder since these were its entries. What can't be removed stays: whoever comes
    /// next is told of it.
    pub(crate) fn undo(&self, before: &[PathBuf]) {
        for made in Self::entries(&self.0).iter().filter(|entry| !before.contains(entry)) {
            let _ = if made.is_dir() { std::fs::remove_dir_all(made) } else { std::fs::remove_file(made) };
        }
        let _ = std::fs::remove_dir(&self.0); // if nothing else is in it
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

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("mintage.db")
    }

    pub(crate) fn module(&self) -> PathBuf {
        self.0.join("module")
    }

    pub(crate) fn provider_key(&self) -> PathBuf {
        self.0.join("provider.key")
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.0.join("bundle.cbor")
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

    /// A passphrase: from the file that was named, or the one that `init` made under this name.
    pub(crate) fn passphrase(
        &self,
        name: &str,
        file: Option<&Path>,
    ) -> Result<Zeroizing<String>, FolderError> {
        let path = file.map_or_else(|| self.secrets().join(name), Path::to_owned);
        let text = std::fs::read_to_string(&path).map(Zeroizing::new);
        let text = text.map_err(|error| FolderError::Io { path, error })?;
        Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Makes a random passphrase of 160 bits and keeps it under a name, unless a file was named.
    pub(crate) fn make_passphrase(&self, name: &str, file: Option<&Path>) -> Result<(), FolderError> {
        if file.is_some() {
            return Ok(());
        }
        let path = self.secrets().join(name);
        let mut random = Zeroizing::new([0_u8; 20]);
        aws_lc_rs::rand::fill(random.as_mut_slice())
            .map_err(|_| FolderError::Io { path: path.clone(), error: io::Error::other("no randomness") })?;
        let hex: Zeroizing<String> =
            Zeroizing::new(random.iter().map(|byte| format!("{byte:02x}")).collect());
        self.write_private(&path, hex.as_bytes())
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
