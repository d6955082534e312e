//! The one writer of the books, whatever they are kept in.

use std::fmt::Debug;

use crate::books::{Books, Reader};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::place::Place;

/// The books, open for writing: by one thread of one process at a time.
pub trait Store: Debug + Send {
    /// Where they are.
    fn place(&self) -> &Place;

    /// Reads on the writer's own connection: the cheapest way to read between two commits.
    fn books(&self) -> &dyn Books;

    /// From here to the next commit, [`Store::books`] is read at one moment: many small reads then needn't each look
    /// whether something was written. Nothing is changed by it, so that it can't fail: the reads say what is wrong.
    fn hold_still(&self);

    /// A connection of one's own for reading; it sees what is committed, at once.
    ///
    /// # Errors
    /// As [`Place::reader`].
    fn reader(&self) -> Result<Reader, StoreError> {
        self.place().reader()
    }

    /// Makes a set of changes durable, all or nothing; a commit that changes nothing only ends what
    /// [`Store::hold_still`] began.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] for a change that doesn't fit what is stored, [`StoreError::DiskFull`],
    /// [`StoreError::Unreachable`] and others. Nothing was changed then. After [`StoreError::Disk`],
    /// [`StoreError::Uncertain`] and [`StoreError::Deposed`] that isn't certain, and every later commit is
    /// [`StoreError::Suspended`].
    fn commit(&mut self, commit: &Commit) -> Result<(), StoreError>;
}
