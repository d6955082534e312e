//! Where the books are: a file, or a database server.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::books::Reader;
use crate::error::StoreError;
use crate::mark::Mark;
use crate::postgres::{self, DatabaseUrl};
use crate::sqlite;
use crate::store::Store;

/// Where the books are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite. Files with this name and `-wal`, `-shm` and `-lock` behind it belong to it.
    Sqlite(PathBuf),
    /// A database of PostgreSQL, in which the schema `mintage` is ours.
    Postgres(DatabaseUrl),
}

impl Place {
    /// Makes an empty store where nothing is yet, and opens it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is something already, [`StoreError::InUse`], [`StoreError::DiskFull`] and others.
    pub fn create(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::SqliteStore::create(path)?),
            Self::Postgres(url) => Box::new(postgres::PostgresStore::create(url, None)?),
        })
    }

    /// The same under a mark: in a database, a store that was made under this very mark and has no account yet is made anew.
    /// Files are their maker's to clear away.
    ///
    /// # Errors
    /// As [`Place::create`].
    pub fn create_marked(&self, mark: &Mark) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::Sqlite(_) => self.create(),
            Self::Postgres(url) => Ok(Box::new(postgres::PostgresStore::create(url, Some(mark))?)),
        }
    }

    /// Opens a store for writing, bringing one of an earlier version to today's.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`], [`StoreError::NotAStore`], [`StoreError::InUse`], [`StoreError::Damaged`] and
    /// others.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::SqliteStore::open(path)?),
            Self::Postgres(url) => Box::new(postgres::PostgresStore::open(url)?),
        })
    }

    /// Opens a store for reading.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`], [`StoreError::NotAStore`], [`StoreError::NewerVersion`],
    /// [`StoreError::OlderVersion`] and others.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::SqliteBooks::open(path)?),
            Self::Postgres(url) => Box::new(postgres::PostgresBooks::open(url)?),
        })
    }
}

/// Never with a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

impl From<DatabaseUrl> for Place {
    fn from(url: DatabaseUrl) -> Self {
        Self::Postgres(url)
    }
}
