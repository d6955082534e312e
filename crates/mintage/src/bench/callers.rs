//! Callers over HTTP: each keeps a connection, and asks again as soon as it is answered.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};
use std::vec::IntoIter;

use asker::ContentDigest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::IssueRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::failure::Failure;

/// Fields of an answer at most.
const MOST_FIELDS: usize = 32;
/// How long the callers rest before they look what was answered. They would have machines of their own, and here take as
/// little as possible of the one that they share with the server: woken for each answer, they would stop its work as often.
const REST: Duration = Duration::from_micros(100);

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    /// How long each request took that was carried out.
    pub(crate) times: Vec<Duration>,
    /// How many were answered by anything else.
    pub(crate) rejects: u64,
    /// From the first question to the last answer, without the time in which something else was asked.
    pub(crate) took: Duration,
}

impl Answered {
    /// The time within which so large a part of the requests was carried out, in milliseconds.
    pub(crate) fn percentile_ms(&mut self, part: f64) -> f64 {
        self.times.sort_unstable();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // a place
        let place = (self.times.len() as f64 * part) as usize;
        self.times.get(place.min(self.times.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64) * 1e3
    }

    /// Requests carried out in a second.
    pub(crate) fn per_s(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // a rate
        let count = self.times.len() as f64;
        count / self.took.as_secs_f64()
    }
}

/// A signed request as it is sent, written before the time is taken: clients do that on machines of their own.
pub(crate) fn written(request: &IssueRequest) -> Vec<u8> {
    let IssueRequest { account, key, query, items, proof, .. } = request;
    let mark = if query.is_empty() { "" } else { "?" };
    let mut bytes = format!(
        "POST /v1/accounts/{account}/batches{mark}{query} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/cbor\r\nContent-Length: {}\r\nIdempotency-Key: \"{}\"\r\nContent-Digest: {}\r\n\
         Signature-Input: sig={}\r\nSignature: sig=:{}:\r\n\r\n",
        items.len(),
        key.as_str(),
        ContentDigest::of(items),
        proof.params.to_text(),
        STANDARD.encode(&*proof.signature),
    )
    .into_bytes();
    bytes.extend_from_slice(items);
    bytes
}

/// What one service is asked, and how it has answered so far.
pub(crate) struct Load {
    at: SocketAddr,
    connections: usize,
    requests: Rc<RefCell<IntoIter<Vec<u8>>>>,
    answered: Answered,
}

impl Load {
    /// Requests that are sent in their order over so many connections. Whichever connection is free takes the next one: so
    /// nonces stay nearly in order.
    pub(crate) fn new(at: SocketAddr, connections: usize, requests: Vec<Vec<u8>>) -> Self {
        let requests = Rc::new(RefCell::new(requests.into_iter()));
        Self { at, connections, requests, answered: Answered::default() }
    }

    /// Goes on where it was, until the requests or the time are over.
    pub(crate) fn go_on(&mut self, limit: Duration) -> Result<(), Failure> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        LocalSet::new().block_on(&runtime, async {
            let began = Instant::now();
            let rests = tokio::task::spawn_local(rest());
            let caller = || one(self.at, Rc::clone(&self.requests), began, limit);
            let callers: Vec<_> = (0..self.connections).map(|_| tokio::task::spawn_local(caller())).collect();
            for caller in callers {
                let answered = caller.await.map_err(failed)?.map_err(failed)?;
                self.answered.times.extend(answered.times);
                self.answered.rejects += answered.rejects;
            }
            self.answered.took += began.elapsed();
            rests.abort();
            Ok(())
        })
    }

    /// What came back.
    pub(crate) fn end(self) -> Answered {
        self.answered
    }
}

/// Asks two services by turns, a second each, so often: a machine that is slower for a while is so for both.
pub(crate) fn by_turns(one: &mut Load, other: &mut Load, turns: u64) -> Result<(), Failure> {
    const TURN: Duration = Duration::from_secs(1);
    for _ in 0..turns {
        one.go_on(TURN)?;
        other.go_on(TURN)?;
    }
    Ok(())
}

/// Asks one thing, which must be done, and returns the content of the answer.
pub(crate) fn ask(at: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let asked = runtime.block_on(async {
        let mut stream = TcpStream::connect(at).await?;
        stream.write_all(request).await?;
        let mut buffer = Vec::new();
        let answered = answer(&mut stream, &mut buffer).await?;
        Ok::<_, std::io::Error>((answered, buffer))
    });
    let (answered, buffer) = asked.map_err(failed)?;
    if answered.status != 201 {
        return Err(failed(format!("it was answered {}", answered.status)));
    }
    Ok(buffer[answered.head..].to_vec())
}

/// Whenever all callers wait, rests before it is looked for answers.
async fn rest() {
    loop {
        tokio::task::yield_now().await;
        thread::sleep(REST);
    }
}

async fn one(
    at: SocketAddr,
    requests: Rc<RefCell<IntoIter<Vec<u8>>>>,
    began: Instant,
    limit: Duration,
) -> std::io::Result<Answered> {
    let mut stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut answered = Answered::default();
    while began.elapsed() < limit {
        let Some(request) = requests.borrow_mut().next() else { break };
        let asked = Instant::now();
        stream.write_all(&request).await?;
        if answer(&mut stream, &mut buffer).await?.status == 201 {
            answered.times.push(asked.elapsed());
        } else {
            answered.rejects += 1;
        }
    }
    Ok(answered)
}

/// An answer that was read.
struct Answer {
    status: u16,
    /// Bytes before its content.
    head: usize,
}

/// Reads an answer whose length is said before it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Answer> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut head = httparse::Response::new(&mut fields);
        let Ok(httparse::Status::Complete(length)) = head.parse(buffer) else { continue };
        let status = head.code.unwrap_or(0);
        let content = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
        let content = content.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
        let whole = length + content.unwrap_or(0_usize);
        while buffer.len() < whole {
            if stream.read_buf(buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        return Ok(Answer { status, head: length });
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Said(format!("a caller failed: {error}"))
}
