//! What those have in common who are asked over HTTP as `docs/api.md` says, the server and the gates: connections, fields,
//! contents, problems, sign-in, and the scanner's page.
//!
//! It knows no books, no engine and no keys but public ones.

mod agent;
mod answer;
pub mod body;
mod encryption;
mod fields;
mod finding;
mod kind;
mod listener;
mod problem;
mod redemption;
mod scanner;
mod session;
mod sign_ins;

pub use agent::agent;
pub use answer::{json, same_tag};
pub use encryption::{Encryption, TlsFiles};
pub use fields::{check_digest, idempotency_key, missing, one, proof};
pub use finding::{Held, Verification, Verifying};
pub use kind::Kind;
pub use listener::{Front, ListenError, Listener, bind, check_plain};
pub use problem::{FaultBody, Problem, ProblemBody};
pub use redemption::{DoubleUse, DoubleUses, Redemption, Reversed, Shown, past, said};
pub use scanner::{asset, for_pages, scanner};
pub use session::StaffSession;
pub use sign_ins::{SignIns, TOKEN_SECONDS};
