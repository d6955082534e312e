//! The HTTP server: it carries what is asked to the engine, and shows what the books say.
//!
//! Who asks is proven to the module, not here: of a signed request the server only reads which key made it, and hands the
//! proof on. What it decides itself is who may read, and how much anybody may ask. It knows no keys and no SQL.

mod accounts;
mod app;
mod challenge;
mod console;
mod desk;
mod front;
mod limits;
mod metrics;
mod papers;
mod passkey_field;
mod private;
mod problem;
mod proxies;
mod public;
mod refusals;
mod settings;
mod sign_in;
mod sign_ups;
mod signed;
mod statuses;
mod stopping;
mod together;
mod trust;

pub use api::TlsFiles;
pub use app::{Office, SignStatus};
pub use front::TRACED;
pub use proxies::{ProxiesError, TrustedProxies};
pub use settings::Settings;
pub use stopping::{ServeError, serve};
