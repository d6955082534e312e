//! What the server says that it refused without any transaction: summed up, and put on record of the staff.
//!
//! It is the server's word. The module counts nothing itself, and can't tell whether something was left out or made up; but once
//! it is in the chain, nobody takes it back.

use minicbor::{Decode, Encode};

/// Most entries of one report.
pub const MOST_ENTRIES: usize = 128;
/// Longest text in an entry, in bytes: no name of an account or user is longer.
const LONGEST: usize = 128;

/// Refusals of some time, summed up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RefusalsSeen {
    /// Since when, seconds since 1970.
    #[n(0)]
    pub since: u64,
    /// Until when.
    #[n(1)]
    pub until: u64,
    /// How many of each sort.
    #[n(2)]
    pub counts: Vec<RefusalCount>,
}

/// Refusals of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RefusalCount {
    /// Why was refused, as the server names its problems.
    #[n(0)]
    pub why: String,
    /// About which account, where it is known and exists. Of the others, and of those for which there was no more room, only why is
    /// said.
    #[n(1)]
    pub account: Option<String>,
    /// Whose key of that account was named, if one was. It needn't be he who asked.
    #[n(2)]
    pub user: Option<String>,
    /// How many.
    #[n(3)]
    pub count: u64,
}

impl RefusalsSeen {
    /// Whether it is small enough to be kept, and says something.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let texts = |count: &RefusalCount| {
            let all = [Some(&count.why), count.account.as_ref(), count.user.as_ref()];
            all.into_iter().flatten().all(|text| (1..=LONGEST).contains(&text.len()))
        };
        if self.since > self.until {
            return Err("its time ends before it begins");
        }
        if self.counts.is_empty() || self.counts.len() > MOST_ENTRIES {
            return Err("it has no entry, or too many");
        }
        if !self.counts.iter().all(|count| count.count > 0 && texts(count)) {
            return Err("an entry counts nothing, or has a text that is empty or too long");
        }
        Ok(())
    }
}
