//! A data folder while `init` makes it.
//!
//! It is begun under a mark, which is in its file `unfinished` before anything else is there, and goes into all that is made
//! elsewhere: a database's schema, an anchor on another disk. So an `init` that was killed at any point can be run again: what
//! has the mark is its own, and everything else is somebody's.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use module::registers::ANCHOR_BYTES;
use store::Mark;

use super::{DataFolder, FolderError, FolderLock, ignore_missing};

/// What `init` works on until it has finished.
#[derive(Debug)]
pub(crate) struct Beginning {
    folder: DataFolder,
    mark: Mark,
}

impl Beginning {
    /// A folder that isn't there yet, has no Mintage data, or only what an interrupted `init` left behind.
    pub(crate) fn of(path: &Path) -> Result<(Self, FolderLock), FolderError> {
        let folder = DataFolder(path.to_owned());
        folder.refuse_what_is_there()?;
        make_folder(path.to_owned())?;
        let lock = folder.lock()?;
        // Another `init` may have ended before the lock was ours.
        folder.refuse_what_is_there()?;
        let note = folder.unfinished();
        let beginning = match std::fs::read_to_string(&note) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self { mark: new_mark(path)?, folder },
            Err(error) => return Err(FolderError::Io { path: note, error }),
            Ok(text) => {
                folder.clear()?;
                // One without a mark is of an earlier version of the program.
                let mark = text.parse().or_else(|_| new_mark(path))?;
                Self { mark, folder }
            }
        };
        beginning.folder.write_private(&note, beginning.mark.to_string().as_bytes())?;
        let synced = File::open(path).and_then(|folder| folder.sync_all());
        synced.map_err(|error| FolderError::Io { path: path.to_owned(), error })?;
        make_folder(beginning.folder.module())?;
        make_folder(beginning.folder.secrets())?;
        Ok((beginning, lock))
    }

    pub(crate) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// What is put into all that is made outside of the folder.
    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Puts a blank anchor, with the mark behind it, where the module's is to be. One that is there is another module's, unless
    /// it has the mark, or nothing in it.
    pub(crate) fn place_anchor(&self, anchor: &Path) -> Result<(), FolderError> {
        self.folder.set_anchor(anchor)?;
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        match std::fs::read(anchor) {
            Ok(found) if found.is_empty() || self.is_ours(&found) => options.truncate(true),
            _ => options.create_new(true),
        };
        let placed = options.open(anchor).and_then(|mut file| {
            file.write_all(&[0; ANCHOR_BYTES])?;
            file.write_all(self.mark.to_string().as_bytes())?;
            file.sync_all()
        });
        placed.map_err(|error| FolderError::Io { path: anchor.to_owned(), error })
    }

    fn is_ours(&self, anchor: &[u8]) -> bool {
        anchor.get(ANCHOR_BYTES..) == Some(self.mark.to_string().as_bytes())
    }

    /// Says that everything is there. From here on nobody knows the mark any more.
    pub(crate) fn finish(&self) -> Result<(), FolderError> {
        let path = self.folder.unfinished();
        let finished = std::fs::remove_file(&path).and_then(|()| File::open(&self.folder.0)?.sync_all());
        finished.map_err(|error| FolderError::Io { path, error })
    }

    /// Takes back what a failed `init` made. What can't be removed stays, for the next one to clear away.
    pub(crate) fn undo(&self, anchor: Option<&Path>) {
        // A database may have a schema with the mark, by which the next `init` goes on with it.
        let needs_mark = self.folder.database_url().exists();
        if let Some(anchor) = anchor
            && std::fs::read(anchor).is_ok_and(|found| self.is_ours(&found))
        {
            let _ = std::fs::remove_file(anchor); // the next one knows it by its mark
        }
        if self.folder.clear().is_err() || needs_mark {
            return;
        }
        for file in [self.folder.0.join("lock"), self.folder.unfinished()] {
            let _ = std::fs::remove_file(file); // it may not have been made yet
        }
        let _ = std::fs::remove_dir(&self.folder.0); // if nothing else is in it
    }
}

impl DataFolder {
    /// Says what is here, unless it is nothing of ours, or what an interrupted `init` left behind.
    fn refuse_what_is_there(&self) -> Result<(), FolderError> {
        let path = self.0.clone();
        if self.unfinished().exists() {
            Ok(())
        } else if self.has_store() {
            Err(FolderError::Exists(path))
        } else if self.module().exists() {
            Err(FolderError::StoreMissing(path))
        } else {
            Ok(())
        }
    }

    /// Removes what an interrupted `init` made here.
    fn clear(&self) -> Result<(), FolderError> {
        let files = [
            "anchor",
            "anchor-path",
            "provider.key",
            "officer-1.key",
            "officer-2.key",
            "token.json",
            "bundle.cbor",
            "mintage.db",
            "mintage.db-lock",
            "database-url",
        ];
        for file in
            files.into_iter().flat_map(|file| ["", "-wal", "-shm", "-new"].map(|end| format!("{file}{end}")))
        {
            ignore_missing(std::fs::remove_file(self.0.join(&file)))
                .map_err(|error| FolderError::Io { path: self.0.join(file), error })?;
        }
        for folder in [self.module(), self.secrets()] {
            ignore_missing(std::fs::remove_dir_all(&folder))
                .map_err(|error| FolderError::Io { path: folder, error })?;
        }
        Ok(())
    }
}

fn make_folder(path: PathBuf) -> Result<(), FolderError> {
    let result = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    result.map_err(|error| FolderError::Io { path, error })
}

fn new_mark(folder: &Path) -> Result<Mark, FolderError> {
    let mut random = [0; 16];
    let no_randomness =
        || FolderError::Io { path: folder.to_owned(), error: io::Error::other("no randomness") };
    aws_lc_rs::rand::fill(&mut random).map_err(|_| no_randomness())?;
    base16ct::lower::encode_string(&random).parse().map_err(|_| no_randomness())
}
