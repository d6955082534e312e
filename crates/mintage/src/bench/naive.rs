//! What one would build instead: a transaction for each ticket, with the balance's row locked.

use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::Ed25519KeyPair;
use scratch_postgres::Server;
use tokio::runtime::Builder;
use tokio_postgres::{Client, NoTls, Statement};

use crate::bench::load::rate;
use crate::failure::Failure;

/// Connections at one time, as such a service's pool has.
const CONNECTIONS: usize = 16;
const SCHEMA: &str = "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
    INSERT INTO accounts VALUES (1, 1000000000000);
    CREATE TABLE tickets (serial bigserial PRIMARY KEY, account int NOT NULL, payload text NOT NULL, signature bytea NOT NULL)";

/// Tickets a second.
pub(crate) fn tickets_per_s(server: &Server, seconds: u64) -> Result<f64, Failure> {
    let database = server.create_database();
    server.sql(&database, SCHEMA);
    let (url, limit) = (server.url(&database), Duration::from_secs(seconds));
    let began = Instant::now();
    let sold = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| sell(&url, limit))).collect();
        threads.into_iter().try_fold(0, |sum, thread| {
            let sold = thread.join().unwrap_or_else(|_| Err(Failure::Said("a seller panicked".into())))?;
            Ok::<u64, Failure>(sum + sold)
        })
    })?;
    Ok(rate(sold, began))
}

fn sell(url: &str, limit: Duration) -> Result<u64, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(failed)?;
        tokio::spawn(connection);
        // any 32 bytes are a seed
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(failed)?;
        let statements = Statements::prepare(&client).await.map_err(failed)?;
        let (began, mut sold) = (Instant::now(), 0);
        while began.elapsed() < limit {
            sell_one(&mut client, &statements, &key, sold).await.map_err(failed)?;
            sold += 1;
        }
        Ok(sold)
    })
}

/// What a connection prepares once.
struct Statements {
    balance: Statement,
    debit: Statement,
    ticket: Statement,
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            balance: client.prepare("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE").await?,
            debit: client.prepare("UPDATE accounts SET balance = $1 WHERE id = 1").await?,
            ticket: client
                .prepare("INSERT INTO tickets (account, payload, signature) VALUES (1, $1, $2)")
                .await?,
        })
    }
}

async fn sell_one(
    client: &mut Client,
    statements: &Statements,
    key: &Ed25519KeyPair,
    number: u64,
) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let balance: i64 = transaction.query_one(&statements.balance, &[]).await?.get(0);
    let payload = format!("{{\"kind\":\"ticket\",\"amount\":4200,\"holder\":\"Holder number {number}\"}}");
    let signature = key.sign(payload.as_bytes());
    transaction.execute(&statements.debit, &[&(balance - 4200)]).await?;
    transaction.execute(&statements.ticket, &[&payload, &signature.as_ref()]).await?;
    transaction.commit().await
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Said(format!("the naive service failed: {error}"))
}
