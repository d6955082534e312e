//! Whether a connection is to a process of the server's that is ours as long as it lasts.
//!
//! A pooler like pgbouncer may give each transaction another one. The writer's lock would then be left behind in a process that
//! somebody else is given next, who would have it too; and so would be what connections are set to.

use super::connection::Connection;
use super::trouble::Trouble;
use super::url::DatabaseUrl;
use crate::error::StoreError;

/// How often is looked. Others that use the pool at the same time can make one look miss what it looks for.
const LOOKS: usize = 16;

/// Refuses a pooler that isn't in session mode. Nothing is set, locked or prepared before, since that would stay behind.
pub(super) fn refuse(connection: &Connection, url: &DatabaseUrl) -> Result<(), Trouble> {
    let patience = url.patience();
    let ours = connection.process("", patience)?;
    // Readers will need connections beside the writer's anyway.
    let missing = |trouble| match trouble {
        Trouble::Lost(reason) => {
            let reason = format!("a second connection beside the first isn't to be had: {reason}");
            StoreError::CannotOpen { place: url.clone().into(), reason }.into()
        }
        trouble => trouble,
    };
    let other = Connection::open(url, patience).map_err(missing)?;
    for _ in 0..LOOKS {
        // In a transaction, so that it keeps the process that it is given: the one that was ours, if there is any choice.
        let theirs = other.process("BEGIN;", patience).map_err(missing)?;
        if theirs == ours || connection.process("", patience)? != ours {
            return Err(StoreError::Pooled(url.clone().into()).into());
        }
        other.process("ROLLBACK;", patience)?;
    }
    Ok(())
}
