//! What keeps a gate from its work, in sentences for the person who began it.

use std::io;
use std::path::PathBuf;

use api::{Kind, Problem};
use thiserror::Error;

/// Why a gate doesn't run.
#[derive(Debug, Error)]
pub enum GateError {
    /// Nothing can be listened at.
    #[error(transparent)]
    Listen(#[from] api::ListenError),
    /// Its own file.
    #[error("the gate's file {} can't be used: {reason}", path.display())]
    Books {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another gate runs on the same folder.
    #[error("another gate runs on {}; each has a folder of its own", .0.display())]
    InUse(PathBuf),
    /// It never spoke with the server.
    #[error("a new gate needs the server once, for what it checks indicia by: {0}")]
    NoTrust(String),
    /// Another operator's.
    #[error("the trust bundle is signed by root {found}, not by {expected}")]
    OtherRoot {
        /// By which it is.
        found: String,
        /// By which it should be.
        expected: String,
    },
    /// The system gives no threads, signals or randomness.
    #[error("the gate can't start: {0}")]
    System(#[from] io::Error),
}

impl GateError {
    /// What a scanner is told when the gate's own file fails: nothing can be decided then.
    pub(crate) fn said(self) -> Problem {
        tracing::error!(error = %self, "the gate's file failed");
        let detail = "the gate's file can't be used at this moment; nothing that was answered is lost";
        Problem::new(Kind::StoreFailed, detail)
    }
}
