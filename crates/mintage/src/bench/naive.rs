//! What one would build instead: a service over HTTP that sells each ticket in a transaction of its own, with the
//! balance's row locked, and that takes each ticket in a transaction of its own, with the ticket's row locked.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
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

use crate::bench::callers::Load;
use crate::failure::Failure;

/// Connections to the database at one time, as such a service's pool has.
const POOL: usize = 16;
/// Requests written for each second: what is more isn't measured.
const REQUESTS_A_SECOND: usize = 10_000;
const SCANS_A_SECOND: usize = 20_000;
const SCHEMA: &str = "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
    INSERT INTO accounts VALUES (1, 1000000000000);
    CREATE TABLE tickets (serial bigserial PRIMARY KEY, account int NOT NULL, payload text NOT NULL, signature bytea NOT NULL,
        redeemed boolean NOT NULL DEFAULT false);
    CREATE TABLE scans (serial bigint PRIMARY KEY, gate text NOT NULL, at timestamptz NOT NULL DEFAULT now())";
const REQUEST: &str = "POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n\
    {\"holder\":\"Holder\"}";

/// The server of PostgreSQL that is measured.
pub(crate) fn postgres() -> Result<Server, Failure> {
    let programs = Server::programs().ok_or_else(|| {
        Failure::Said("PostgreSQL isn't installed; on Debian: apt-get install postgresql".into())
    })?;
    Ok(Server::start_from(programs))
}

/// Such a service, and what it is asked.
pub(crate) struct Naive {
    /// Serves as long as it is there.
    _runtime: Runtime,
    pub(crate) load: Load,
}

/// A service that is asked for tickets over so many connections, as the server is.
pub(crate) fn sell(postgres: &Server, connections: usize, seconds: u64) -> Result<Naive, Failure> {
    let database = postgres.create_database();
    postgres.sql(&database, SCHEMA);
    let requests = REQUESTS_A_SECOND * usize::try_from(seconds).unwrap_or(1);
    Naive::start(&postgres.url(&database), connections, vec![REQUEST.into(); requests])
}

/// A service that is shown tickets that it sold, each once.
pub(crate) fn scan(postgres: &Server, connections: usize, seconds: u64) -> Result<Naive, Failure> {
    let database = postgres.create_database();
    postgres.sql(&database, SCHEMA);
    let count = SCANS_A_SECOND * usize::try_from(seconds).unwrap_or(1);
    let payload = payload("Holder");
    let signature = STANDARD.encode(key()?.sign(payload.as_bytes()));
    postgres.sql(
        &database,
        &format!(
            "INSERT INTO tickets (account, payload, signature)
             SELECT 1, '{payload}', decode('{signature}', 'base64') FROM generate_series(1, {count}); ANALYZE tickets"
        ),
    );
    let request = |serial: usize| {
        let shown = Shown {
            serial: serial as i64,
            payload: payload.clone(),
            signature: signature.clone(),
            gate: "North 3".into(),
        };
        let content = serde_json::to_string(&shown).unwrap_or_default(); // numbers and texts always can be written
        format!(
            "POST /scans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{content}",
            content.len()
        )
    };
    let requests = (1..=count).map(|serial| request(serial).into_bytes()).collect();
    Naive::start(&postgres.url(&database), connections, requests)
}

impl Naive {
    fn start(url: &str, connections: usize, requests: Vec<Vec<u8>>) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
        let at = serve(&runtime, url)?;
        Ok(Self { _runtime: runtime, load: Load::new(at, connections, requests) })
    }

    /// Requests carried out in a second.
    pub(crate) fn per_s(self) -> Result<f64, Failure> {
        let answered = self.load.end();
        if answered.rejects > 0 {
            return Err(failed(format!("it refused {} requests", answered.rejects)));
        }
        Ok(answered.per_s())
    }
}

fn key() -> Result<Ed25519KeyPair, Failure> {
    // any 32 bytes are a seed
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(failed)
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
    let shop =
        Arc::new(Shop { key: key()?, free: Semaphore::new(sellers.len()), sellers: Mutex::new(sellers) });
    let router =
        Router::new().route("/tickets", post(ticket)).route("/scans", post(scanned)).with_state(shop);
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

/// A ticket that is shown at a gate.
#[derive(Serialize, Deserialize)]
struct Shown {
    serial: i64,
    payload: String,
    signature: String,
    gate: String,
}

async fn ticket(
    State(shop): State<Arc<Shop>>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Ticket>), StatusCode> {
    let _place = shop.free.acquire().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let mut seller = shop.take()?;
    let sold = seller.sell(&shop.key, &wanted.holder).await;
    shop.put_back(seller);
    sold.map(|ticket| (StatusCode::CREATED, Json(ticket))).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

async fn scanned(
    State(shop): State<Arc<Shop>>,
    Json(shown): Json<Shown>,
) -> Result<(StatusCode, Json<Shown>), StatusCode> {
    let signature = STANDARD.decode(&shown.signature).map_err(|_| StatusCode::BAD_REQUEST)?;
    let key = UnparsedPublicKey::new(&ED25519, shop.key.public_key());
    key.verify(shown.payload.as_bytes(), &signature).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let _place = shop.free.acquire().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let mut seller = shop.take()?;
    let taken = seller.scan(shown.serial, &shown.gate).await;
    shop.put_back(seller);
    match taken {
        Ok(true) => Ok((StatusCode::CREATED, Json(shown))),
        Ok(false) => Err(StatusCode::CONFLICT),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

impl Shop {
    fn take(&self) -> Result<Seller, StatusCode> {
        let mut sellers = self.sellers.lock().unwrap_or_else(PoisonError::into_inner);
        sellers.pop().ok_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn put_back(&self, seller: Seller) {
        self.sellers.lock().unwrap_or_else(PoisonError::into_inner).push(seller);
    }
}

/// A connection to the database, and what it prepared.
struct Seller {
    client: Client,
    balance: Statement,
    debit: Statement,
    ticket: Statement,
    is_redeemed: Statement,
    redeem: Statement,
    add_scan: Statement,
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
            is_redeemed: client.prepare("SELECT redeemed FROM tickets WHERE serial = $1 FOR UPDATE").await?,
            redeem: client.prepare("UPDATE tickets SET redeemed = true WHERE serial = $1").await?,
            add_scan: client.prepare("INSERT INTO scans (serial, gate) VALUES ($1, $2)").await?,
            client,
        })
    }

    async fn sell(&mut self, key: &Ed25519KeyPair, holder: &str) -> Result<Ticket, tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let balance: i64 = transaction.query_one(&self.balance, &[]).await?.get(0);
        let payload = payload(holder);
        let signature = key.sign(payload.as_bytes());
        transaction.execute(&self.debit, &[&(balance - 4200)]).await?;
        let serial = transaction.query_one(&self.ticket, &[&payload, &signature.as_ref()]).await?.get(0);
        transaction.commit().await?;
        Ok(Ticket { serial, payload, signature: STANDARD.encode(signature) })
    }

    /// Whether it wasn't redeemed before.
    async fn scan(&mut self, serial: i64, gate: &str) -> Result<bool, tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let found = transaction.query_opt(&self.is_redeemed, &[&serial]).await?;
        if found.is_none_or(|row| row.get(0)) {
            return Ok(false);
        }
        transaction.execute(&self.redeem, &[&serial]).await?;
        transaction.execute(&self.add_scan, &[&serial, &gate]).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn payload(holder: &str) -> String {
    format!("{{\"kind\":\"ticket\",\"amount\":4200,\"holder\":\"{holder}\"}}")
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Said(format!("the naive service failed: {error}"))
}
