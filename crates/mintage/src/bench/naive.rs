//! What one would build instead: a service over HTTP that sells each ticket in a transaction of its own, with the
//! balance's row locked.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::signature::Ed25519KeyPair;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use scratch_postgres::Server;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio_postgres::{Client, NoTls, Statement};

use crate::bench::callers::{self, Answered};
use crate::failure::Failure;

/// Connections to the database at one time, as such a service's pool has.
const POOL: usize = 16;
/// Requests written for each second: what is more isn't measured.
const REQUESTS_A_SECOND: usize = 10_000;
const SCHEMA: &str = "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
    INSERT INTO accounts VALUES (1, 1000000000000);
    CREATE TABLE tickets (serial bigserial PRIMARY KEY, account int NOT NULL, payload text NOT NULL, signature bytea NOT NULL)";
const REQUEST: &str = "POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n\
    {\"holder\":\"Holder\"}";

/// Asks such a service for tickets over so many connections, as the server is asked.
pub(crate) fn sell(postgres: &Server, connections: usize, seconds: u64) -> Result<Answered, Failure> {
    let database = postgres.create_database();
    postgres.sql(&database, SCHEMA);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    let at = serve(&runtime, &postgres.url(&database))?;
    let requests = REQUESTS_A_SECOND * usize::try_from(seconds).unwrap_or(1);
    callers::call(at, connections, vec![REQUEST.into(); requests], Duration::from_secs(seconds))
}

/// Begins to serve, as long as the runtime is there.
fn serve(runtime: &Runtime, url: &str) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    let sellers = runtime.block_on(async {
        let mut sellers = Vec::new();
        for _ in 0..POOL {
            sellers.push(Seller::connect(url).await.map_err(failed)?);
        }
        Ok::<_, Failure>(sellers)
    })?;
    let shop = Arc::new(Shop {
        // any 32 bytes are a seed
        key: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(failed)?,
        free: Semaphore::new(sellers.len()),
        sellers: Mutex::new(sellers),
    });
    let router = Router::new().route("/tickets", post(ticket)).with_state(shop);
    runtime.spawn(async move { axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await });
    Ok(at)
}

struct Shop {
    key: Ed25519KeyPair,
    free: Semaphore,
    sellers: Mutex<Vec<Seller>>,
}

#[derive(Deserialize)]
struct Wanted {
    holder: String,
}

#[derive(Serialize)]
struct Ticket {
    serial: i64,
    payload: String,
    signature: String,
}

async fn ticket(
    State(shop): State<Arc<Shop>>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Ticket>), StatusCode> {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    let _place = shop.free.acquire().await.map_err(|_| unavailable)?;
    let sellers = || shop.sellers.lock().unwrap_or_else(PoisonError::into_inner);
    let mut seller = sellers().pop().ok_or(unavailable)?;
    let sold = seller.sell(&shop.key, &wanted.holder).await;
    sellers().push(seller);
    sold.map(|ticket| (StatusCode::CREATED, Json(ticket))).map_err(|_| unavailable)
}

/// A connection to the database, and what it prepared.
struct Seller {
    client: Client,
    balance: Statement,
    debit: Statement,
    ticket: Statement,
}

impl Seller {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let insert = "INSERT INTO tickets (account, payload, signature) VALUES (1, $1, $2) RETURNING serial";
        Ok(Self {
            balance: client.prepare("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE").await?,
            debit: client.prepare("UPDATE accounts SET balance = $1 WHERE id = 1").await?,
            ticket: client.prepare(insert).await?,
            client,
        })
    }

    async fn sell(&mut self, key: &Ed25519KeyPair, holder: &str) -> Result<Ticket, tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let balance: i64 = transaction.query_one(&self.balance, &[]).await?.get(0);
        let payload = format!("{{\"kind\":\"ticket\",\"amount\":4200,\"holder\":\"{holder}\"}}");
        let signature = key.sign(payload.as_bytes());
        transaction.execute(&self.debit, &[&(balance - 4200)]).await?;
        let serial = transaction.query_one(&self.ticket, &[&payload, &signature.as_ref()]).await?.get(0);
        transaction.commit().await?;
        Ok(Ticket { serial, payload, signature: STANDARD.encode(signature) })
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Said(format!("the naive service failed: {error}"))
}
