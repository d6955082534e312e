//! What ends a command, as one clear sentence.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use thiserror::Error;

/// Why a command didn't do what was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] crate::folder::FolderError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The module's process.
    #[error(transparent)]
    Module(#[from] module::client::ClientError),
    /// The module itself.
    #[error(transparent)]
    Process(#[from] module::process::ProcessError),
    /// A key file.
    #[error(transparent)]
    Keystore(#[from] module::keystore::KeystoreError),
    /// The items file.
    #[error("{path} has faults, and nothing was issued:\n{faults}")]
    Items {
        /// The file.
        path: String,
        /// All that is wrong with it.
        faults: items::Faults,
    },
    /// A template's document.
    #[error("{path} has faults, and isn't used:\n{faults}")]
    Template {
        /// The file.
        path: String,
        /// All that is wrong with it.
        faults: items::Faults,
    },
    /// Issued and safe, but not on paper.
    #[error(
        "{count} indicia were issued, but not printed: {reason}; the same command with --idempotency-key {key} prints them without issuing again"
    )]
    NotPrinted {
        /// How many.
        count: u32,
        /// The request's key.
        key: String,
        /// Why.
        reason: Box<Failure>,
    },
    /// Labels that can't be drawn.
    #[error(transparent)]
    Print(#[from] print::PrintError),
    /// What isn't printed.
    #[error(transparent)]
    NotOnRecord(#[from] engine::PrintError),
    /// Printers in the local network.
    #[error(transparent)]
    Discovery(#[from] printer::DiscoveryError),
    /// A printer.
    #[error(transparent)]
    Printer(#[from] printer::PrinterError),
    /// Labels.
    #[error(transparent)]
    Paper(#[from] paper::PaperError),
    /// Reading symbols.
    #[error(transparent)]
    Scan(#[from] scan::ScanError),
    /// A trust bundle.
    #[error(transparent)]
    Bundle(#[from] indicia::BundleError),
    /// A status snapshot.
    #[error(transparent)]
    Status(#[from] engine::SnapshotError),
    /// Stored indicia.
    #[error(transparent)]
    Segment(#[from] indicia::SegmentError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] server::ServeError),
    /// A gate.
    #[error(transparent)]
    Gate(#[from] gate::GateError),
    /// A file.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Something else that the person can mend.
    #[error("{0}")]
    Said(String),
    /// The thing that was asked about isn't as it must be; it was said already.
    #[error("")]
    Unclean,
}

impl Failure {
    /// A file that can't be read or written.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |error| Self::Io { path: path.to_owned(), error }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(1)
    }
}
