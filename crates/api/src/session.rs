//! What somebody of the staff is told who signs in.

use serde::{Deserialize, Serialize};

/// A token of the staff.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StaffSession {
    /// For `Authorization: Bearer`.
    pub token: String,
    /// Whose it is.
    pub name: String,
    /// `officer`, `auditor`, `support` or `steward`.
    pub role: String,
    /// When it ends.
    pub expires: String,
}
