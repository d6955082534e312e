//! The gate's own file: its uses, durable before anybody hears of them, and what it fetched from the server.

pub(crate) mod opening;

use std::path::PathBuf;

use indicia::{Serial, UnixTime, Way};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::error::GateError;
use crate::uses::{Asked, Heard, Kept, State};

/// Bytes that were fetched from the server, and what it calls this version of them.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tag: String,
}

/// The file, open for writing.
pub(crate) struct Books {
    connection: Connection,
    path: PathBuf,
}

/// What the file couldn't do.
type Done<T> = Result<T, GateError>;

const COLUMNS: &str = "steward, key, digest, serial, amount, gate, at, state, given, place, remains, answer, said, uses, entrance,
     countersigned, leaves, outside, seen_live";

impl Books {
    /// The one transaction function: all of what is done in it is durable when it returns, or nothing.
    fn write<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Done<T> {
        let path = &self.path;
        let failed =
            |error: rusqlite::Error| GateError::Books { path: path.clone(), reason: error.to_string() };
        let transaction = self.connection.transaction().map_err(failed)?;
        let done = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Done<T> {
        let failed =
            |error: rusqlite::Error| GateError::Books { path: self.path.clone(), reason: error.to_string() };
        work(&self.connection).map_err(failed)
    }

    /// The use that a steward calls so.
    pub(crate) fn by_key(&self, steward: &str, key: &str) -> Done<Option<Kept>> {
        let query = format!("SELECT {COLUMNS} FROM uses WHERE steward = ?1 AND key = ?2");
        self.read(|connection| {
            connection.prepare_cached(&query)?.query_row(params![steward, key], kept).optional()
        })
    }

    /// A use of this number.
    pub(crate) fn by_id(&self, id: i64) -> Done<Option<Kept>> {
        let query = format!("SELECT {COLUMNS} FROM uses WHERE id = ?1");
        self.read(|connection| connection.prepare_cached(&query)?.query_row([id], kept).optional())
    }

    /// All uses of an indicium, the first first.
    pub(crate) fn of_serial(&self, serial: Serial) -> Done<Vec<Kept>> {
        let query = format!("SELECT {COLUMNS} FROM uses WHERE serial = ?1 ORDER BY id");
        self.read(|connection| {
            connection.prepare_cached(&query)?.query_map([serial.to_bytes()], kept)?.collect()
        })
    }

    /// The uses that the server has to be told of, or asked about again, in the order in which they came; at most so many,
    /// after this one.
    pub(crate) fn untold(&self, after: i64, most: u32) -> Done<Vec<(i64, Serial)>> {
        let query = "SELECT id, serial FROM uses WHERE state < 2 AND id > ?1 ORDER BY id LIMIT ?2";
        let row = |row: &Row<'_>| Ok((row.get(0)?, serial(row, 1)?));
        self.read(|connection| {
            connection.prepare_cached(query)?.query_map(params![after, most], row)?.collect()
        })
    }

    /// The double uses, with what else was made of the same indicium: both as the server says them.
    pub(crate) fn double_uses(&self) -> Done<Vec<(String, String)>> {
        let query = "SELECT said, others FROM uses WHERE others IS NOT NULL ORDER BY id";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.read(|connection| connection.prepare_cached(query)?.query_map([], row)?.collect())
    }

    /// Double uses of which it isn't known yet what else was made.
    pub(crate) fn doubles_alone(&self) -> Done<Vec<(i64, Serial)>> {
        let query = "SELECT id, serial FROM uses WHERE others = '' ORDER BY id";
        let row = |row: &Row<'_>| Ok((row.get(0)?, serial(row, 1)?));
        self.read(|connection| connection.prepare_cached(query)?.query_map([], row)?.collect())
    }

    /// How many uses there are in each state.
    pub(crate) fn count(&self, state: State) -> Done<u64> {
        let query = "SELECT count(*) FROM uses WHERE state = ?1";
        let count: i64 =
            self.read(|connection| connection.query_row(query, [state.code()], |row| row.get(0)))?;
        Ok(count.unsigned_abs())
    }

    /// The uses that the server doesn't put on record.
    pub(crate) fn disputed(&self) -> Done<Vec<Kept>> {
        let query = format!("SELECT {COLUMNS} FROM uses WHERE state = 4 ORDER BY id");
        self.read(|connection| connection.prepare_cached(&query)?.query_map([], kept)?.collect())
    }

    /// Puts a use down that is passed on, or passed on again, and returns its number; none, if its key is another use's.
    pub(crate) fn ask(&mut self, asked: &Asked, given: Option<u64>) -> Done<Option<i64>> {
        self.put(asked, State::Asked, asked.amount.as_deref(), asked.uses, given, None)
    }

    /// Puts a use down that the gate decided alone, with what whoever asked is answered. Of what was asked for without an
    /// amount the server is told the one that is named.
    pub(crate) fn decide(
        &mut self,
        asked: &Asked,
        amount: Option<&str>,
        given: u64,
        answer: &str,
    ) -> Done<Option<i64>> {
        self.put(asked, State::Alone, amount, None, Some(given), Some(answer))
    }

    /// Puts a use down that a scanner made alone, and returns its number; none, if its key is another use's.
    pub(crate) fn take_over(&mut self, asked: &Asked) -> Done<Option<i64>> {
        self.put(asked, State::Alone, asked.amount.as_deref(), asked.uses, None, None)
    }

    /// Under a key there is one use: what was refused gives way, and what was asked for becomes what it is now.
    fn put(
        &mut self,
        asked: &Asked,
        state: State,
        amount: Option<&str>,
        uses: Option<u32>,
        given: Option<u64>,
        answer: Option<&str>,
    ) -> Done<Option<i64>> {
        let query = "INSERT INTO uses (steward, key, digest, serial, amount, uses, gate, entrance, countersigned,
                 leaves, seen_live, at, state, given, answer)
             VALUES (:steward, :key, :digest, :serial, :amount, :uses, :gate, :entrance, :countersigned,
                 :leaves, :seen_live, :at, :state, :given, :answer)
             ON CONFLICT (steward, key) DO UPDATE SET digest = :digest, serial = :serial, amount = :amount, uses = :uses,
                 gate = :gate, entrance = :entrance, countersigned = :countersigned, leaves = :leaves,
                 seen_live = :seen_live, at = :at, state = :state, given = :given, answer = :answer, said = NULL
                 WHERE uses.state = 3 OR (uses.state = 0 AND uses.digest = :digest)
             RETURNING id";
        self.write(|connection| {
            let row = named_params! {
                ":steward": asked.steward, ":key": asked.key.as_str(), ":digest": asked.digest(),
                ":serial": asked.serial.to_bytes(), ":amount": amount, ":uses": uses,
                ":gate": asked.gate, ":entrance": asked.entrance, ":countersigned": asked.is_countersigned,
                ":leaves": asked.way == Way::Out, ":seen_live": asked.is_seen_live(),
                ":at": column(asked.at.0), ":state": state.code(), ":given": given.map(column), ":answer": answer,
            };
            connection.prepare_cached(query)?.query_row(row, |row| row.get(0)).optional()
        })
    }

    /// The server has a use on record, and said so. Whoever asked hears that, unless he was answered already. A double use is
    /// marked as one.
    pub(crate) fn settle(
        &mut self,
        id: i64,
        given: u64,
        heard: Heard,
        said: &str,
        is_double: bool,
    ) -> Done<()> {
        let query =
            "UPDATE uses SET state = 2, given = coalesce(given, ?2), place = ?3, remains = ?4, said = ?5,
                 answer = coalesce(answer, ?5), others = ?6, outside = ?7 WHERE id = ?1";
        let Heard { place, left, outside } = heard;
        let others = is_double.then_some("");
        self.write(|connection| {
            let row = params![id, column(given), place, column(left), said, others, outside];
            connection.prepare_cached(query)?.execute(row).map(drop)
        })
    }

    /// The server said no to a use. What was given alone all the same is disputed.
    pub(crate) fn refuse(&mut self, id: i64, said: &str) -> Done<()> {
        let query = "UPDATE uses SET state = CASE state WHEN 1 THEN 4 ELSE 3 END, said = ?2 WHERE id = ?1";
        self.write(|connection| connection.prepare_cached(query)?.execute(params![id, said]).map(drop))
    }

    /// Forgets a use that was put down, and for certain never left.
    pub(crate) fn forget(&mut self, id: i64) -> Done<()> {
        let query = "DELETE FROM uses WHERE id = ?1 AND state = 0";
        self.write(|connection| connection.prepare_cached(query)?.execute([id]).map(drop))
    }

    /// What else was made of the indicium of a double use.
    pub(crate) fn keep_others(&mut self, id: i64, others: &str) -> Done<()> {
        let query = "UPDATE uses SET others = ?2 WHERE id = ?1";
        self.write(|connection| connection.prepare_cached(query)?.execute(params![id, others]).map(drop))
    }

    /// What was fetched of this name.
    pub(crate) fn fetched(&self, name: &str) -> Done<Option<Fetched>> {
        let query = "SELECT bytes, tag FROM kept WHERE name = ?1";
        let row = |row: &Row<'_>| Ok(Fetched { bytes: row.get(0)?, tag: row.get(1)? });
        self.read(|connection| connection.query_row(query, [name], row).optional())
    }

    /// Keeps what was fetched in the place of what was there.
    pub(crate) fn keep(&mut self, name: &str, fetched: &Fetched) -> Done<()> {
        let query = "INSERT OR REPLACE INTO kept VALUES (?1, ?2, ?3)";
        self.write(|connection| {
            connection.execute(query, params![name, fetched.bytes, fetched.tag]).map(drop)
        })
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let code: u8 = row.get(7)?;
    let out_of_range = rusqlite::Error::IntegralValueOutOfRange(7, i64::from(code));
    let (place, left): (Option<u32>, Option<u64>) = (row.get(9)?, number(row, 10)?);
    let outside = row.get::<_, Option<u32>>(17)?.unwrap_or(0);
    let way = if row.get(16)? { Way::Out } else { Way::In };
    Ok(Kept {
        steward: row.get(0)?,
        key: row.get(1)?,
        digest: row.get(2)?,
        serial: serial(row, 3)?,
        amount: row.get(4)?,
        gate: row.get(5)?,
        at: UnixTime(number(row, 6)?.unwrap_or_default()),
        state: State::of_code(code).ok_or(out_of_range)?,
        given: number(row, 8)?,
        heard: place.zip(left).map(|(place, left)| Heard { place, left, outside }),
        answer: row.get(11)?,
        said: row.get(12)?,
        uses: row.get(13)?,
        entrance: row.get(14)?,
        is_countersigned: row.get(15)?,
        way,
        is_seen_live: row.get(18)?,
    })
}

fn serial(row: &Row<'_>, column: usize) -> rusqlite::Result<Serial> {
    let damaged =
        |_| rusqlite::Error::InvalidColumnType(column, "serial".into(), rusqlite::types::Type::Blob);
    Serial::from_bytes(row.get(column)?).map_err(damaged)
}

/// A column's number, which is never negative.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    let number: Option<i64> = row.get(column)?;
    let negative = |number| rusqlite::Error::IntegralValueOutOfRange(column, number);
    number.map(|number| u64::try_from(number).map_err(|_| negative(number))).transpose()
}

/// Times and units are below 2^63.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
