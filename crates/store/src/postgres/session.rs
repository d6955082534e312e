//! A connection that is made again when it is lost.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::Connection;
use super::fence::{self, Epoch};
use super::pooling;
use super::schema;
use super::trouble::Trouble;
use super::url::DatabaseUrl;
use crate::error::StoreError;

/// Between two attempts to reach a server that is away.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the last attempt may take, and any after it.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);
/// How often what was undone for no fault of its own is tried again at once.
pub(super) const ATTEMPTS: u32 = 5;

/// What every connection is set to. A stronger setting of the server's own stays.
const SET_UP: &str = "SET search_path = mintage; SET client_min_messages = warning; SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0; SET default_transaction_isolation = 'read committed'; SET jit = off";
/// What a writer's connection is set to besides: a commit is durable when it is answered, and waits for nobody else's lock
/// for ever. Its statements look things up by their keys; what the server knows of sizes is old in a growing table, so
/// that it must not choose another way, nor plan anew each time.
const SET_UP_WRITER: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
    SET lock_timeout = '5s'; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// Whose connection it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Reader,
    Writer(Epoch),
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Session {
    url: DatabaseUrl,
    role: Role,
    connection: RefCell<Option<Arc<Connection>>>,
    /// Everything is read at one moment, which would be another on another connection.
    is_moment: Cell<bool>,
    /// Since when the server has been away, as far as that was noticed.
    away_since: Cell<Option<Instant>>,
    /// How many commits the server had made when the writer's connection was made last.
    commits: Cell<u64>,
}

impl Session {
    /// Connects for reading.
    pub(super) fn reader(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let connection = first(url)?;
        set_up_reader(&connection, url).map_err(Trouble::into_error)?;
        Ok(Self::new(url, Role::Reader, connection, 0))
    }

    /// Connects for writing. `prepare` makes or migrates what is to be written to, alone with the database.
    pub(super) fn writer(
        url: &DatabaseUrl,
        prepare: impl FnOnce(&Connection) -> Result<(), Trouble>,
    ) -> Result<Self, StoreError> {
        let connection = first(url)?;
        let prepared = pooling::refuse(&connection, url)
            .and_then(|()| set_up_writer(&connection))
            .and_then(|()| fence::lock(&connection, url))
            .and_then(|()| prepare(&connection))
            .and_then(|()| fence::take(&connection));
        let (epoch, commits) = prepared.map_err(Trouble::into_error)?;
        Ok(Self::new(url, Role::Writer(epoch), connection, commits))
    }

    fn new(url: &DatabaseUrl, role: Role, connection: Connection, commits: u64) -> Self {
        let connection = RefCell::new(Some(Arc::new(connection)));
        let (is_moment, away_since, commits) = (Cell::new(false), Cell::new(None), Cell::new(commits));
        Self { url: url.clone(), role, connection, is_moment, away_since, commits }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// How many commits the server had made when the writer's connection was made last.
    pub(super) fn commits(&self) -> u64 {
        self.commits.get()
    }

    /// The connection, made again if it was lost, for as long as a server that is away is waited for.
    pub(super) fn connection(&self) -> Result<Arc<Connection>, StoreError> {
        if let Some(connection) = &*self.connection.borrow() {
            return Ok(Arc::clone(connection));
        }
        let since = self.away_since.get().unwrap_or_else(Instant::now);
        self.away_since.set(Some(since));
        loop {
            // Once it was waited for long enough, each further call tries once.
            let left = self.patience().saturating_sub(since.elapsed()).max(LAST_ATTEMPT);
            match Connection::open(&self.url, left).and_then(|connection| self.resume(connection)) {
                Ok(connection) => {
                    self.away_since.set(None);
                    return Ok(connection);
                }
                Err(Trouble::Lost(_)) if since.elapsed() + PAUSE < self.patience() => thread::sleep(PAUSE),
                Err(Trouble::Lost(reason)) => return Err(self.unreachable(reason)),
                Err(trouble) => return Err(trouble.into_error()),
            }
        }
    }

    /// For how long a server that is away is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.url.patience()
    }

    /// What is said when it was waited for long enough.
    pub(super) fn unreachable(&self, reason: String) -> StoreError {
        let (place, seconds) = (self.url.clone().into(), self.patience().as_secs());
        StoreError::Unreachable { place, seconds, reason }
    }

    /// Takes a new connection into use.
    fn resume(&self, connection: Connection) -> Result<Arc<Connection>, Trouble> {
        match self.role {
            Role::Reader => set_up_reader(&connection, &self.url)?,
            Role::Writer(epoch) => {
                set_up_writer(&connection)?;
                self.commits.set(fence::retake(&connection, &self.url, epoch)?);
            }
        }
        let connection = Arc::new(connection);
        *self.connection.borrow_mut() = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Gives a lost connection up.
    pub(super) fn forget(&self) {
        *self.connection.borrow_mut() = None;
    }

    /// Reads over the connection, and again over another if it is lost; `may_repeat` says whether that is still allowed.
    fn reading<T>(
        &self,
        mut read: impl FnMut(&Connection) -> Result<T, Trouble>,
        may_repeat: impl Fn() -> bool,
    ) -> Result<T, StoreError> {
        let mut attempts = 0;
        loop {
            let trouble = match read(&*self.connection()?) {
                Ok(read) => return Ok(read),
                Err(trouble) => trouble,
            };
            if matches!(trouble, Trouble::Lost(_)) {
                self.forget();
            }
            attempts += 1;
            let is_passing = matches!(trouble, Trouble::Lost(_) | Trouble::Again(_));
            if !is_passing || attempts >= ATTEMPTS || self.is_moment.get() || !may_repeat() {
                return Err(trouble.into_error());
            }
        }
    }

    pub(super) fn rows(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        self.reading(|connection| connection.rows(sql, values), || true)
    }

    pub(super) fn row(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Hands rows out as they come. Once one was handed out, nothing is read again.
    pub(super) fn each_row(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let has_begun = Cell::new(false);
        let mut each = |row: &Row| {
            has_begun.set(true);
            each(row)
        };
        self.reading(|connection| connection.each_row(sql, values, &mut each), || !has_begun.get())
    }

    /// Reads several things as they were at one moment.
    pub(super) fn at_one_moment<T>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.is_moment.get() {
            return read();
        }
        self.reading(
            |connection| connection.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            || true,
        )?;
        self.is_moment.set(true);
        let result = read();
        self.is_moment.set(false);
        // There is nothing to keep; a connection on which that fails is made again.
        if self.connection.borrow().as_ref().is_some_and(|connection| connection.batch("ROLLBACK").is_err()) {
            self.forget();
        }
        result
    }
}

/// The first connection: a server that isn't there isn't waited for, unless it is just starting.
fn first(url: &DatabaseUrl) -> Result<Connection, StoreError> {
    let start = Instant::now();
    loop {
        let left = url.patience().saturating_sub(start.elapsed());
        match Connection::open(url, left) {
            Ok(connection) => return Ok(connection),
            Err(Trouble::Lost(reason)) if reason.contains(STARTING) && left > PAUSE => thread::sleep(PAUSE),
            Err(Trouble::Lost(reason)) => {
                return Err(StoreError::CannotOpen { place: url.clone().into(), reason });
            }
            Err(trouble) => return Err(trouble.into_error()),
        }
    }
}

/// `cannot_connect_now`
const STARTING: &str = "(57P03)";

fn set_up_reader(connection: &Connection, url: &DatabaseUrl) -> Result<(), Trouble> {
    connection.batch(SET_UP)?;
    let (found, known) = (schema::version(connection, url)?, schema::known_version());
    if found < known { Err(StoreError::OlderVersion { found, known }.into()) } else { Ok(()) }
}

fn set_up_writer(connection: &Connection) -> Result<(), Trouble> {
    connection.batch(SET_UP)?;
    connection.batch(SET_UP_WRITER)
}
