//! npm's bcbp reads our boarding passes as we do, and we read what it makes of them.

#[path = "support/passes.rs"]
mod passes;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use indicia::ticket::bcbp::{BoardingPass, Items, Leg, Unique};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const COUNT: usize = 2_000;

/// The peer takes a date of issue for one, what isn't `Y` for `N` in the last item of a leg, no more than 100 characters of a signature,
/// and no flight without a day.
fn for_the_peer(pass: BoardingPass) -> BoardingPass {
    let unique = pass.unique.map(|unique| {
        let values: Vec<&str> = unique.items.iter().map(|(_, value)| value).collect();
        let values: Vec<&str> =
            values.iter().enumerate().map(|(place, value)| if place == 3 { "6225" } else { value }).collect();
        Unique { items: Items::unique(&values).expect("they fit"), ..unique }
    });
    let leg = |leg: Leg| {
        let extra = leg.extra.map(|mut extra| {
            let values: Vec<&str> = extra.items.iter().map(|(_, value)| value).take(9).collect();
            extra.items = Items::leg(&values).expect("they fit");
            extra
        });
        Leg { day: leg.day.or(Some(1)).map(|day| day.min(365)), extra, ..leg }
    };
    let security = pass.security.map(|mut security| {
        security.data.truncate(100);
        security
    });
    BoardingPass { unique, legs: pass.legs.into_iter().map(leg).collect(), security, ..pass }
}

fn passes() -> Vec<BoardingPass> {
    let (mut runner, any) = (TestRunner::deterministic(), passes::any_pass());
    (0..COUNT).map(|_| for_the_peer(any.new_tree(&mut runner).expect("a pass").current())).collect()
}

/// What is compared, with blanks for what isn't there.
fn seen(pass: &BoardingPass) -> Value {
    let legs = pass.legs.iter().map(|leg| {
        let item = |name: &str| {
            let items = leg.extra.iter().flat_map(|extra| extra.items.iter());
            items.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        json!({
            "reservation": leg.reservation, "from": leg.from, "to": leg.to, "carrier": leg.carrier, "flight": leg.flight,
            "day": leg.day, "seat": leg.seat, "sequence": leg.sequence, "document": item("document number"),
            "flyer": item("frequent flyer's number"), "baggage": item("free baggage"),
            "airline": leg.extra.as_ref().map(|extra| &extra.airline),
        })
    });
    let mut unique = pass.unique.iter().flat_map(|unique| unique.items.iter());
    let issuer = unique.find(|(name, _)| *name == "issuer").map(|(_, value)| value);
    // The peer fills it up with spaces.
    let security = pass.security.as_ref().map(|security| security.data.trim_end());
    json!({ "passenger": pass.passenger, "issuer": issuer, "security": security, "legs": legs.collect::<Vec<_>>() })
}

/// Blank, null and missing are the same.
fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null() && value != "");
            Value::Object(kept.map(|(name, value)| (name, without_blanks(value))).collect())
        }
        Value::Array(values) => values.into_iter().map(without_blanks).collect(),
        other => other,
    }
}

#[test]
fn npms_bcbp_agrees() {
    let Some(node) = std::env::var_os("MINTAGE_PEER_NODE") else {
        println!("left out: needs MINTAGE_PEER_NODE, which `cargo xtask test` sets up");
        return;
    };
    let passes = passes();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/bcbp_peer.mjs");
    let mut peer =
        Command::new(node).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
    let lines: String = passes.iter().map(|pass| pass.to_text().expect("it fits") + "\n").collect();
    // It reads everything before it answers, so that neither side waits for the other.
    let written = peer.stdin.take().expect("its input").write_all(lines.as_bytes());
    let output = peer.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", output.status);
    written.expect("its input");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), passes.len());
    for (pass, mut answer) in passes.iter().zip(answers) {
        let again = answer["again"].take();
        let expected = without_blanks(seen(pass));
        assert_eq!(without_blanks(answer), expected, "{:?}", pass.to_text());
        let again = again.as_str().expect("a text");
        let read = BoardingPass::decode(again).unwrap_or_else(|error| panic!("{again}: {error}"));
        assert_eq!(without_blanks(seen(&read)), expected, "{again}");
    }
}
