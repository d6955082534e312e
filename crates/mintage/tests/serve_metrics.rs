//! The figures that the server shows, beside the work that it was given.

mod support;

use std::collections::HashMap;

use support::Folder;
use support::served::{Customer, Server, tickets};

/// What `/metrics` says at one moment, by name and labels.
struct Figures(HashMap<String, f64>);

impl Figures {
    fn of(server: &Server) -> Self {
        let answer = support::http::ask(server.private, "GET", "/metrics", &[], b"").ok(200);
        assert!(answer.field("content-type").expect("a type").starts_with("application/openmetrics-text"));
        let text = String::from_utf8(answer.body).expect("text");
        assert!(text.ends_with("# EOF\n"), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let figure = |line: &str| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        };
        Self(lines.map(figure).collect())
    }

    /// One figure; 0 where it isn't shown yet.
    fn get(&self, name: &str) -> f64 {
        self.0.get(&format!("mintage_{name}")).copied().unwrap_or(0.0)
    }

    /// How much it has grown since.
    fn since(&self, before: &Self, name: &str) -> f64 {
        self.get(name) - before.get(name)
    }
}

#[test]
fn every_request_is_in_the_figures_once() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    let before = Figures::of(&server);
    assert_eq!(before.get("session_seconds_count"), 0.0, "nothing was open");
    assert_eq!(before.get(r#"reserved_units{denomination="EUR/2"}"#), 0.0);

    for number in 0..5 {
        customer.batch(&format!("b{number}"), "", &tickets(3)).send(&server).ok(201);
    }
    customer.batch("held", "hold=600", &tickets(7)).send(&server).ok(202);
    customer.batch("much", "", &tickets(2_000)).send(&server).refused(422, "insufficient-funds");
    let forged = customer.batch("forged", "", &tickets(1)).with("Signature", Some("sig=:AAAA:"));
    forged.send(&server).refused(401, "not-proven");
    let after = Figures::of(&server);
    // One after the other, each request has a session of its own; the forged one is refused there.
    assert_eq!(after.since(&before, "session_seconds_count"), 6.0);
    assert_eq!(after.since(&before, "session_requests_sum"), 6.0);
    assert_eq!(after.since(&before, r#"session_requests_bucket{le="1.0"}"#), 6.0);
    assert_eq!(after.since(&before, "commit_requests_sum"), 7.0, "five issued, one held, one refused");
    assert!(after.since(&before, "commit_seconds_count") >= 7.0);
    assert!(after.since(&before, "commit_seconds_sum") > 0.0);
    assert_eq!(after.get(r#"reserved_units{denomination="EUR/2"}"#), 700.0);
    assert_eq!(after.since(&before, r#"problems_total{problem="insufficient-funds"}"#), 1.0);
    assert_eq!(after.since(&before, r#"problems_total{problem="not-proven"}"#), 1.0);
    assert_eq!(after.since(&before, "indicia_issued_total"), 15.0);
    assert_eq!(after.since(&before, "batch_seconds_count"), 5.0);
    let route = "/v1/accounts/{account}/batches";
    for (status, count) in [(201, 5.0), (202, 1.0), (422, 1.0), (401, 1.0)] {
        let name = format!(r#"http_requests_total{{route="{route}",status="{status}"}}"#);
        assert_eq!(after.since(&before, &name), count, "{status}");
    }
    assert_eq!((after.get("engine_waiting"), after.get("requests_under_way")), (0.0, 0.0));
    assert_eq!(after.get("failed_commits_total"), 0.0);
    // The operator's guide knows them all.
    let guide = include_str!("../../../docs/operating.md");
    for name in after.0.keys() {
        let name = name.split('{').next().expect("a name").trim_start_matches("mintage_");
        let name =
            ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
    // Each class counts those below it too, so the last one counts all.
    for name in ["commit_seconds", "commit_requests", "session_seconds", "session_requests"] {
        let all = after.get(&format!(r#"{name}_bucket{{le="+Inf"}}"#));
        assert_eq!(all, after.get(&format!("{name}_count")), "{name}");
    }
    server.stop();
}

#[test]
fn a_module_that_was_started_again_is_counted() {
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    assert_eq!(Figures::of(&server).get("module_restarts_total"), 0.0);
    for count in [1.0, 2.0] {
        server.signal_module("-KILL");
        customer.batch(&format!("after-{count}"), "", &tickets(1)).send(&server).ok(201);
        assert_eq!(Figures::of(&server).get("module_restarts_total"), count);
    }
    server.stop();
    folder.audit();
}

#[test]
fn requests_that_come_together_share_sessions_and_are_counted_all() {
    const CALLERS: usize = 16;
    const EACH: usize = 5;
    let folder = Folder::funded();
    let server = Server::start(&folder, &[]);
    let customer = Customer::of(&folder, "a");
    // Signed before, so that they come together.
    let requests: Vec<Vec<_>> = (0..CALLERS)
        .map(|caller| (0..EACH).map(|n| customer.batch(&format!("{caller}-{n}"), "", &tickets(1))).collect())
        .collect();
    std::thread::scope(|scope| {
        for mine in &requests {
            scope.spawn(|| mine.iter().for_each(|request| drop(request.send(&server).ok(201))));
        }
    });
    let figures = Figures::of(&server);
    let all = 80.0;
    assert_eq!(figures.get("session_requests_sum"), all);
    assert_eq!(figures.get("commit_requests_sum"), all);
    assert!(figures.get("session_requests_count") <= all);
    assert_eq!(figures.get("indicia_issued_total"), all);
    server.stop();
    folder.audit();
}
