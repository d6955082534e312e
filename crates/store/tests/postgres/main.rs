//! The store's suite over PostgreSQL, and what else can happen with a server.

#![allow(clippy::unwrap_used)] // a test fails by it

mod crash;
mod faults;
mod ledger;
mod opening;
mod pooler;
mod proxy;
#[macro_use]
#[path = "../suite/mod.rs"]
mod suite;
mod tls;

use std::sync::OnceLock;

use scratch_postgres::{Durability, Server};
use store::Place;
use suite::{Fixture, flow, guards, model, prints};

/// The server of all tests that don't kill it.
fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(Durability::None)).as_ref()
}

/// A database of its own, removed when the test ends.
struct Database {
    server: &'static Server,
    name: String,
}

impl Database {
    fn new() -> Option<Self> {
        let server = server()?;
        Some(Self { server, name: server.create_database() })
    }

    fn place(&self) -> Place {
        place(&self.server.url(&self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.drop_database(&self.name);
    }
}

fn place(url: &str) -> Place {
    Place::Postgres(url.parse().unwrap())
}

fn postgres() -> Option<Fixture> {
    let database = Database::new()?;
    let store = database.place().create().unwrap();
    Some(Fixture { reader: store.reader().unwrap(), store, _kept: Box::new(database) })
}

whole_suite!(postgres);
