//! What the server says of its work: its log, and the traces that it sends to a collector.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use prost::Message;
use support::Folder;
use support::served::{Customer, Server, tickets};

/// A collector that hands on what is posted to it: the request line, and the content.
struct Collector {
    address: SocketAddr,
    posts: Receiver<(String, Vec<u8>)>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (sender, posts) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let sender = sender.clone();
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream.expect("a connection"));
                    // The test may be over before the connection is.
                    while let Some(post) = post(&mut stream) {
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                        if sender.send(post).is_err() || stream.get_mut().write_all(answer).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, posts }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span so far, and the name of the service that they are of.
    fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for (line, content) in self.posts.try_iter() {
            assert_eq!(line, "POST /v1/traces HTTP/1.1");
            let request = ExportTraceServiceRequest::decode(content.as_slice()).expect("spans");
            for of_resource in request.resource_spans {
                let resource = of_resource.resource.expect("a resource");
                assert_eq!(text(&resource.attributes, "service.name"), "mintage");
                spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
        spans
    }
}

fn post(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = || {
        let mut line = String::new();
        let count = stream.read_line(&mut line).ok()?;
        (count > 0).then(|| line.trim_end().to_owned())
    };
    let (first, mut length) = (line()?, 0);
    loop {
        let field = line()?.to_ascii_lowercase();
        if field.is_empty() {
            break;
        }
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).ok()?;
    Some((first, content))
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> &'a str {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|found| found.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{name}: {other:?}"),
    }
}

fn number(attributes: &[KeyValue], name: &str) -> i64 {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|found| found.value.as_ref()?.value.as_ref()) {
        Some(Value::IntValue(number)) => *number,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn traces_of_requests_come_to_the_collector() {
    let folder = Folder::funded();
    let collector = Collector::start();
    let server = Server::start(&folder, &["--otlp-endpoint", &collector.url()]);
    let customer = Customer::of(&folder, "a");
    let asked = customer.batch("b1", "", &tickets(2));
    let answer = asked.send(&server).ok(201);
    let token = customer.sign_in(&server);
    customer.get(&server, &token, "").ok(200);
    customer.batch("much", "", &tickets(2_000)).send(&server).refused(422, "insufficient-funds");
    // Whatever wasn't sent yet is sent at the end.
    server.stop();

    let spans = collector.spans();
    let of_requests: Vec<_> = spans.iter().filter(|span| span.kind == SpanKind::Server as i32).collect();
    let names: Vec<_> = of_requests.iter().map(|span| span.name.as_str()).collect();
    let batches = "POST /v1/accounts/{account}/batches";
    let expected = [batches, "POST /v1/accounts/{account}/sessions", "GET /v1/accounts/{account}", batches];
    assert_eq!(names, expected);
    let issued = of_requests[0];
    assert_eq!(number(&issued.attributes, "http.response.status_code"), 201);
    assert_eq!(text(&issued.attributes, "url.path"), "/v1/accounts/a/batches");
    assert_eq!(text(&issued.attributes, "mintage.request_id"), answer.field("x-request-id").expect("an id"));
    assert!(issued.parent_span_id.is_empty() && issued.end_time_unix_nano > issued.start_time_unix_nano);
    assert_eq!(text(&of_requests[3].attributes, "error.type"), "insufficient-funds");
    // What it waited for is inside.
    let inside = spans.iter().find(|span| span.name == "engine" && span.trace_id == issued.trace_id);
    assert_eq!(inside.expect("the engine's part").parent_span_id, issued.span_id);
    assert!(spans.iter().any(|span| span.name == "desk" && span.trace_id == of_requests[2].trace_id));
    // Nobody asks in another's name by what is in a trace.
    let all = format!("{spans:?}");
    for secret in [token.trim_start_matches("Bearer "), asked.field("Signature")] {
        assert!(!all.contains(secret));
    }
}

#[test]
fn a_clients_own_trace_goes_on() {
    let folder = Folder::funded();
    let collector = Collector::start();
    let server = Server::start(&folder, &["--otlp-endpoint", &collector.url()]);
    let ask =
        |parent| server.get("/openapi.json", &[("traceparent", parent), ("tracestate", "shop=7")]).ok(200);
    ask("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    // What the client doesn't sample isn't sampled here, and what can't be read is no trace.
    ask("00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00");
    ask("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331");
    ask("00-00000000000000000000000000000000-b7ad6b7169203331-01");
    server.stop();
    let spans = collector.spans();
    let [continued, others @ ..] = spans.as_slice() else { panic!("no span") };
    assert_eq!(continued.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    assert_eq!(continued.parent_span_id, 0xb7ad_6b71_6920_3331_u64.to_be_bytes());
    assert_eq!(continued.trace_state, "shop=7");
    assert_eq!(others.len(), 2);
    assert!(others.iter().all(|span| span.parent_span_id.is_empty() && span.trace_id != continued.trace_id));
}

#[test]
fn the_common_variable_names_the_collector_too_and_a_flag_comes_before_it() {
    let mut folder = Folder::funded();
    let (collector, other) = (Collector::start(), Collector::start());
    folder.set("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/", collector.url()));
    let server = Server::start(&folder, &[]);
    server.get("/openapi.json", &[]).ok(200);
    server.stop();
    assert_eq!(collector.spans().len(), 1);
    let shown = folder.ok(&["config", "--otlp-endpoint", &other.url()]);
    let shown = shown.as_array().expect("settings").iter().find(|one| one["name"] == "otlp-endpoint");
    assert_eq!(shown.expect("shown")["value"], other.url());
    folder.set("MINTAGE_OTLP_ENDPOINT", "localhost");
    folder.refused(&["config"], "http://127.0.0.1:4318");
}

/// Customers are served, whether anybody takes the traces or not.
#[test]
fn a_collector_that_is_away_is_nobodys_problem() {
    let folder = Folder::funded();
    let away = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        listener.local_addr().expect("an address").to_string()
    };
    let server = Server::start(&folder, &["--otlp-endpoint", &format!("http://{away}")]);
    Customer::of(&folder, "a").batch("b1", "", &tickets(2)).send(&server).ok(201);
    server.stop();
    folder.audit();
}

#[test]
fn each_line_of_the_log_is_an_object_if_that_is_wanted_and_has_no_secrets() {
    let folder = Folder::funded();
    let local = ["--listen", "127.0.0.1:0", "--private-listen", "127.0.0.1:0"];
    let mut command =
        folder.command(&[&["serve", "--log", "debug", "--log-format", "json"], &local[..]].concat());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("a server");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
    let at: serde_json::Value = serde_json::from_str(&line).expect("where it listens");
    let address = |which: &str| at[which].as_str().expect("an address").parse().expect("an address");
    let stderr = child.stderr.take().expect("standard error");
    let (public, private) = (address("public"), address("private"));
    let server = Server { child, public, private };
    // Read while it runs, or it would wait for somebody to do so.
    let log = std::thread::spawn(move || {
        BufReader::new(stderr).lines().map(|line| line.expect("a line")).collect::<Vec<String>>()
    });
    let customer = Customer::of(&folder, "a");
    let token = customer.sign_in(&server);
    let asked = customer.batch("b1", "", &tickets(2));
    let answer = asked.send(&server).ok(201);
    server.stop();
    let log = log.join().expect("the log");
    let parse = |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("an object");
    let lines: Vec<serde_json::Value> = log.iter().map(parse).collect();
    let id = answer.field("x-request-id").expect("an id");
    let found = lines.iter().find(|line| line["fields"]["id"] == id).expect("the request's line");
    assert_eq!((&found["fields"]["status"], &found["level"]), (&201.into(), &"DEBUG".into()));
    assert!(found["timestamp"].is_string() && found.get("span").is_none(), "{found}");
    for secret in [token.trim_start_matches("Bearer "), asked.field("Signature")] {
        assert!(!log.concat().contains(secret));
    }
}
