//! Who may read what, for an hour after a signed request said so.

use std::sync::Arc;

use axum::http::HeaderMap;
use module::staff::{Member, StaffRole};

use crate::accounts::Known;
use crate::problem::Problem;

/// All who are signed in.
pub(crate) type SignIns = api::SignIns<Reader>;

/// Who reads.
#[derive(Clone)]
pub(crate) enum Reader {
    /// A user of this account, by name.
    User(Arc<Known>, Arc<str>),
    /// Somebody of the operator's staff.
    Staff(Member),
}

impl Reader {
    /// Whether he isn't to see who people are.
    pub(crate) fn is_masked(&self) -> bool {
        matches!(self, Self::Staff(member) if member.role == StaffRole::Support)
    }
}

/// How much of an account is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// How it stands and what happened.
    State,
    /// Indicia, which are worth what they say.
    Indicia,
}

/// Whether somebody of the staff may read accounts so far.
pub(crate) fn staff_reads(role: StaffRole, depth: Depth) -> bool {
    match role {
        StaffRole::Officer | StaffRole::Auditor => true,
        StaffRole::Support => depth == Depth::State,
        StaffRole::Provider | StaffRole::Steward => false,
    }
}

/// Whether whoever reads isn't to see who people are.
pub(crate) fn is_masked(sign_ins: &SignIns, headers: &HeaderMap) -> Result<bool, Problem> {
    Ok(sign_ins.reader(headers)?.is_masked())
}

/// Ends every token of a user, who or whose key was removed, or who has another password. One that goes on signs in again.
pub(crate) fn end_all(sign_ins: &SignIns, account: &Arc<Known>, user: &str) {
    let is_his = |reader: &Reader| matches!(reader, Reader::User(known, name) if Arc::ptr_eq(known, account) && **name == *user);
    sign_ins.retain(|reader| !is_his(reader));
}

/// Ends the tokens of whoever isn't of the staff any more, or has another role or key.
pub(crate) fn end_staff_but(sign_ins: &SignIns, staff: &[Member]) {
    sign_ins.retain(|reader| !matches!(reader, Reader::Staff(member) if !staff.contains(member)));
}
