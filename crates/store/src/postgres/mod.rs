//! The books in a database of PostgreSQL.

mod account_reads;
mod books;
mod checking;
mod connection;
mod erasing;
mod fence;
mod password;
mod picture;
mod pooling;
mod print_checks;
mod print_reads;
mod print_writes;
mod request_reads;
mod row;
mod schema;
mod segment_reads;
mod session;
mod store;
mod trouble;
mod url;
mod usage_reads;
mod writing;

pub(crate) use books::PostgresBooks;
pub(crate) use store::PostgresStore;
pub use url::{DatabaseUrl, DatabaseUrlError};
