//! A connection that is used by one thread, which waits for each answer.
//!
//! The client is asynchronous underneath, on a runtime that runs only while somebody waits: so the statements of a commit
//! can be sent together and are answered in one go, without a thread that would have to be woken for it.

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, SimpleQueryMessage, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::trouble::Trouble;
use super::url::DatabaseUrl;
use crate::error::StoreError;

/// A value that a statement is given.
pub(super) type Value<'a> = Box<dyn ToSql + Sync + 'a>;

/// A statement with its values.
pub(super) struct Call<'a> {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value<'a>>,
}

/// See the module's documentation.
pub(super) struct Connection {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl Connection {
    /// Connects, within this time.
    pub(super) fn open(url: &DatabaseUrl, limit: Duration) -> Result<Self, Trouble> {
        let no_runtime = |error: std::io::Error| StoreError::Database(error.to_string());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(no_runtime)?;
        let opened = runtime.block_on(async { timeout(limit, connect(&url.config())).await });
        let client = opened.map_err(|_| Trouble::Lost("no answer".into()))??;
        Ok(Self { client, statements: Mutex::default(), runtime: Some(runtime) })
    }

    /// Runs what has neither values nor rows.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Trouble> {
        Ok(self.wait(self.client.batch_execute(sql))?)
    }

    /// The number of the server's process that answers, after a statement that comes before the question. Nothing is prepared
    /// for it.
    pub(super) fn process(&self, before: &str, limit: Duration) -> Result<i32, Trouble> {
        let sql = format!("{before} SELECT pg_backend_pid()");
        let answer = self.wait(async { timeout(limit, self.client.simple_query(&sql)).await });
        let answer = answer.map_err(|_| Trouble::Lost("no answer".into()))??;
        let number = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        Ok(number.ok_or_else(|| StoreError::Damaged("nothing says which process answers".into()))?)
    }

    pub(super) fn rows(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Trouble> {
        self.wait(async { Ok(self.client.query(&self.statement(sql).await?, values).await?) })
    }

    pub(super) fn row(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Hands rows out as they come: no more of them are in memory than fit into a few messages.
    pub(super) fn each_row(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), Trouble> {
        let values = values.iter().copied();
        let rows = self.wait(async {
            Ok::<_, Trouble>(self.client.query_raw(&self.statement(sql).await?, values).await?)
        })?;
        let mut rows = pin!(rows);
        while let Some(row) = self.wait(rows.try_next())? {
            each(&row)?;
        }
        Ok(())
    }

    /// Sends all of these at once and then waits for all their answers: each one's rows, or the first failure, in whose
    /// transaction the server then does nothing more.
    pub(super) fn together(&self, calls: &[Call<'_>]) -> Result<Vec<Vec<Row>>, Trouble> {
        self.wait(async {
            let mut prepared = Vec::with_capacity(calls.len());
            for call in calls {
                prepared.push(self.statement(call.sql).await?);
            }
            let answers = calls.iter().zip(&prepared).map(|(call, statement)| async move {
                let values = call.values.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync));
                self.client.query_raw(statement, values).await?.try_collect().await
            });
            let answers = join_all(answers).await;
            Ok(answers.into_iter().collect::<Result<_, tokio_postgres::Error>>()?)
        })
    }

    /// A statement, kept ready from its first use on.
    async fn statement(&self, sql: &'static str) -> Result<Statement, Trouble> {
        let kept = || self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = kept().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        kept().insert(sql, statement.clone());
        Ok(statement)
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("only dropping takes it").block_on(future)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // It has no threads to wait for, and may be dropped on one of another runtime.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

async fn connect(config: &Config) -> Result<Client, Trouble> {
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await?;
        // How it ends is told to whoever waits for an answer.
        tokio::spawn(async { drop(connection.await) });
        return Ok(client);
    }
    let (client, connection) = config.connect(tls()?).await?;
    tokio::spawn(async { drop(connection.await) });
    Ok(client)
}

/// The server's certificate must be for its name, and from an authority that this machine trusts; a file with another is
/// named by `SSL_CERT_FILE`.
fn tls() -> Result<MakeRustlsConnect, Trouble> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let reason = "this machine trusts no certificate authority; name a file with one by SSL_CERT_FILE";
        return Err(StoreError::Database(reason.into()).into());
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| StoreError::Database(error.to_string()))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}
