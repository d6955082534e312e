//! The one writer of the books in PostgreSQL.
//!
//! A commit is a transaction of two messages and two answers. The first takes the right to write and asks for what the
//! commit's checks need; they are made here, so that what doesn't fit is named. The second writes, and commits. What it
//! has to wait for is the disk, and never another's lock: nobody else writes.

use std::collections::HashSet;
use std::time::Instant;

use super::books::PostgresBooks;
use super::checking::{Outcome, check};
use super::connection::{Call, Connection};
use super::fence;
use super::picture::{Picture, Questions};
use super::schema;
use super::session::{ATTEMPTS, Role, Session};
use super::trouble::Trouble;
use super::url::DatabaseUrl;
use super::writing::statements;
use crate::books::Books;
use crate::codes::int;
use crate::commit::Commit;
use crate::error::{Conflict, StoreError};
use crate::mark::Mark;
use crate::place::Place;
use crate::store::Store;

/// The books in a database, open for writing.
#[derive(Debug)]
pub(crate) struct PostgresStore {
    books: PostgresBooks,
    place: Place,
    /// How many commits were made; the next one's number is one more.
    commits: u64,
    /// What failed: from then on only opening again shows what is durable.
    failed: Option<String>,
}

/// How far a commit got before it failed.
enum Failure {
    /// It was certainly not made, and isn't on its way.
    Before(Trouble),
    /// It may have been made.
    During(Trouble),
}

impl PostgresStore {
    pub(crate) fn create(url: &DatabaseUrl, mark: Option<&Mark>) -> Result<Self, StoreError> {
        Ok(Self::new(url, Session::writer(url, |connection| schema::create(connection, url, mark))?))
    }

    pub(crate) fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self::new(url, Session::writer(url, |connection| schema::bring_to_today(connection, url))?))
    }

    fn new(url: &DatabaseUrl, session: Session) -> Self {
        let commits = session.commits();
        Self { books: PostgresBooks::new(session), place: url.clone().into(), commits, failed: None }
    }

    /// Makes a commit, over as many connections as it takes.
    fn write(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let number = self.commits + 1;
        let (mut attempts, mut may_be_made, mut lost_at) = (0, false, None);
        loop {
            let session = &self.books.session;
            let connection = session.connection().map_err(|error| uncertain(may_be_made, error))?;
            // A new connection knows how many commits were made before it.
            if std::mem::take(&mut may_be_made) && session.commits() == number {
                break;
            }
            let trouble = match self.attempt(&connection, commit, number) {
                Ok(()) => break,
                Err(Failure::Before(trouble)) => trouble,
                Err(Failure::During(trouble)) => {
                    may_be_made = matches!(trouble, Trouble::Lost(_));
                    trouble
                }
            };
            attempts += 1;
            match trouble {
                Trouble::Lost(reason) => {
                    session.forget();
                    let since = lost_at.get_or_insert_with(Instant::now);
                    if since.elapsed() >= session.patience() {
                        // It comes back again and again, and never for long enough.
                        return Err(uncertain(may_be_made, session.unreachable(reason)));
                    }
                }
                Trouble::Again(_) if attempts < ATTEMPTS => {}
                Trouble::NotUnique(constraint) => return Err(self.which_is_taken(commit, constraint)),
                trouble => return Err(trouble.into_error()),
            }
        }
        self.commits = number;
        Ok(())
    }

    /// Makes a commit over this connection.
    fn attempt(&self, connection: &Connection, commit: &Commit, number: u64) -> Result<(), Failure> {
        let checked = self.checked(connection, commit, number);
        let (picture, outcome) = checked.map_err(|trouble| {
            if !matches!(trouble, Trouble::Lost(_)) && connection.batch("ROLLBACK").is_err() {
                self.books.session.forget();
            }
            Failure::Before(trouble)
        })?;
        let calls = statements(commit, &picture, &outcome);
        let mut calls = calls.map_err(|error| {
            if connection.batch("ROLLBACK").is_err() {
                self.books.session.forget();
            }
            Failure::Before(error.into())
        })?;
        calls.push(Call { sql: "COMMIT", values: Vec::new() });
        // Whatever fails of them, the server commits nothing.
        connection.together(&calls).map(|_| ()).map_err(Failure::During)
    }

    /// Begins the transaction, and checks the commit against what it meets.
    fn checked(
        &self,
        connection: &Connection,
        commit: &Commit,
        number: u64,
    ) -> Result<(Picture, Outcome), Trouble> {
        let Role::Writer(epoch) = self.books.session.role() else {
            return Err(StoreError::ReadOnly.into());
        };
        let Questions { calls: asked, what } = Questions::about(commit)?;
        let mut calls = vec![
            Call { sql: "BEGIN", values: Vec::new() },
            fence::claim(epoch, int("a number of commits", number)?),
        ];
        calls.extend(asked);
        let answers = connection.together(&calls)?;
        let [_, claimed, answers @ ..] = answers.as_slice() else {
            return Err(StoreError::Damaged("fewer answers than questions".into()).into());
        };
        if claimed.is_empty() {
            return Err(StoreError::Deposed(self.place.clone()).into());
        }
        let mut picture = Picture::of(&what, answers)?;
        let outcome = check(commit, &mut picture)?;
        Ok((picture, outcome))
    }

    /// Whether it is an id or a key that isn't new, after the server has refused one of them.
    fn which_is_taken(&self, commit: &Commit, constraint: String) -> StoreError {
        let find = || -> Result<Option<Conflict>, StoreError> {
            let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
            for new in &commit.reservations {
                let (account, key) = (new.account, new.key.clone());
                if !ids.insert((account, new.id)) || self.books.reservation(account, new.id)?.is_some() {
                    return Ok(Some(Conflict::ReservationExists(account, new.id)));
                }
                let is_known = self.books.reservations_by_keys(&[(account, &key)])?.pop().is_some();
                if is_known || !keys.insert((account, key.clone())) {
                    return Ok(Some(Conflict::KeyTaken(account, key)));
                }
            }
            Ok(None)
        };
        match find() {
            Ok(Some(conflict)) => conflict.into(),
            Ok(None) => Trouble::NotUnique(constraint).into_error(),
            Err(error) => error,
        }
    }
}

/// What is said when it couldn't be found out what became of a commit.
fn uncertain(may_be_made: bool, error: StoreError) -> StoreError {
    match error {
        StoreError::Unreachable { place, reason, .. } if may_be_made => {
            StoreError::Uncertain { place, reason }
        }
        error => error,
    }
}

impl Store for PostgresStore {
    fn place(&self) -> &Place {
        &self.place
    }

    fn books(&self) -> &dyn Books {
        &self.books
    }

    /// Nobody else writes, so that nothing moves between two commits anyway.
    fn hold_still(&self) {}

    fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let result = match &self.failed {
            _ if commit.is_empty() => Ok(()),
            Some(reason) => Err(StoreError::Suspended(reason.clone())),
            None => self.write(commit),
        };
        if let Err(error @ (StoreError::Disk(_) | StoreError::Uncertain { .. } | StoreError::Deposed(_))) =
            &result
        {
            self.failed = Some(error.to_string());
        }
        result
    }
}
