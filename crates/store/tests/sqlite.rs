//! The store's suite, run over SQLite.

#![allow(clippy::unwrap_used)] // a test fails by it

#[macro_use]
mod suite;

use store::Place;
use suite::{Fixture, flow, guards, model, prints};

fn sqlite() -> Option<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let store = Place::Sqlite(folder.path().join("books.db")).create().unwrap();
    Some(Fixture { reader: store.reader().unwrap(), store, _kept: Box::new(folder) })
}

whole_suite!(sqlite);
