//! HTTP/1.1 by hand: so that a test can send what no library would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than anything takes that isn't stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(60);

/// A kept-alive connection, over TCP or something on top of it.
pub(crate) struct Connection<S: Read = TcpStream>(BufReader<S>);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        stream.set_read_timeout(Some(STUCK)).expect("an option");
        Self::over(stream)
    }
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Why nothing at all can be asked.
    pub(crate) fn refusal(&mut self) -> String {
        let asked = self.0.get_mut().write_all(&head("GET", "/", &[], 0));
        let answered = asked.and_then(|()| self.0.read_line(&mut String::new()));
        answered.expect_err("it was answered").to_string()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("written");
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        self.write(&head(method, path, fields, body.len()));
        self.write(body);
        self.answer().expect("an answer")
    }

    /// The same; none if the connection ends first.
    pub(crate) fn try_ask(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let whole = [head(method, path, fields, body.len()), body.to_vec()].concat();
        self.0.get_mut().write_all(&whole).ok()?;
        self.answer()
    }

    /// Reads an answer; none if the connection ends before it.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let mut answer = self.answer_head()?;
        if answer.field("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                answer.body.extend(chunk);
            }
        } else if let Some(length) = answer.field("content-length") {
            answer.body = self.bytes(length.parse().expect("a length"))?;
        }
        Some(answer)
    }

    /// Reads what comes before an answer's content.
    pub(crate) fn answer_head(&mut self) -> Option<Answer> {
        let status = self.line()?.split(' ').nth(1)?.parse().expect("a status");
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Some(Answer { status, fields, body: Vec::new() })
    }

    /// The next part of an answer that comes in parts; none at its end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line()?, 16).expect("a length");
        let chunk = self.bytes(length)?;
        self.line()?;
        (length > 0).then_some(chunk)
    }

    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).unwrap_or(0);
        (count > 0).then(|| line.trim_end().to_owned())
    }

    fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// A request's head.
pub(crate) fn head(method: &str, path: &str, fields: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {length}\r\n");
    if !fields.iter().any(|(name, _)| *name == "Host") {
        head += "Host: test\r\n";
    }
    for (name, value) in fields {
        head += &format!("{name}: {value}\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// One request on a connection of its own.
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    Connection::to(address).ask(method, path, fields, body)
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {text}", self.status))
    }

    /// It was done.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// It wasn't done, for this reason.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, problem: &str) -> Self {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status, status, "{text}");
        assert_eq!(self.field("content-type"), Some("application/problem+json"), "{text}");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{problem}"), "{text}");
        assert_eq!(body["status"], status, "{text}");
        self
    }
}
