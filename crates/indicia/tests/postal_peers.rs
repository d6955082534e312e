//! Other people's encoders make of thousands of inputs, good and bad, what we make of them: Debian's zint, and the newer one in
//! PyPI's zint-bindings, which knows 2D Mailmark; and the post's own test set for the Intelligent Mail barcode.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use indicia::postal::imb::{Imb, ImbError, Part};
use indicia::postal::mailmark_2d::{CodeType, Mailmark2d, Mailmark2dError};
use indicia::postal::mailmark_4state::{Barcode, Mailmark};
use indicia::postal::{Bar, Bars, Orientation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;

/// Inputs of each format.
const INPUTS: usize = 4_000;

fn peer(variable: &str) -> Option<OsString> {
    let peer = std::env::var_os(variable);
    if peer.is_none() {
        println!("left out: needs {variable}, which `cargo xtask test` sets up");
    }
    peer
}

/// So many texts, the same ones in every run.
fn texts(strategy: &impl Strategy<Value = String>) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let mut text = || strategy.new_tree(&mut runner).expect("a text").current();
    (0..INPUTS).map(|_| text()).collect()
}

/// Texts of parts, one of which may be another one than it should.
fn of_parts(parts: &[(&str, &str)]) -> BoxedStrategy<String> {
    let text = |pattern: &str| string_regex(pattern).expect("a pattern").boxed();
    let good: Vec<_> = parts.iter().map(|(good, _)| text(good)).collect();
    let bad = (0..parts.len()).map(|wrong| {
        let part = |(at, (good, bad)): (usize, &(&str, &str))| text(if at == wrong { bad } else { good });
        parts.iter().enumerate().map(part).collect::<Vec<_>>()
    });
    let bad = Union::new(bad.map(|parts| parts.prop_map(|parts| parts.concat())));
    prop_oneof![3 => good.prop_map(|parts| parts.concat()), 2 => bad].boxed()
}

/// Hexadecimal digits of modules, from the left.
fn modules(row: &str) -> Vec<bool> {
    let digits = row.chars().filter_map(|digit| digit.to_digit(16));
    digits.flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1 == 1)).collect()
}

/// What Debian's zint draws of each line, in one run; nothing where it refuses.
fn zint(program: &OsString, symbology: &str, lines: &[String]) -> Vec<Option<Bars>> {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("lines");
    std::fs::write(&input, lines.join("\n") + "\n").expect("a file");
    let mut command = Command::new(program);
    command.args(["--batch", "--direct", "--dump", "-b", symbology, "-i"]).arg(&input);
    let output = command.output().expect("zint");
    let said = String::from_utf8(output.stderr).expect("text");
    let number = |line: &str| line.strip_prefix("On line ")?.split_once(": Error ")?.0.parse::<usize>().ok();
    let refused: BTreeSet<usize> = said.lines().filter_map(number).collect();
    let drawn = String::from_utf8(output.stdout).expect("text");
    // Three rows a symbol: what ascends, the trackers, what descends. Every second column is space.
    let rows: Vec<Vec<bool>> = drawn.lines().map(modules).collect();
    let mut symbols = rows.chunks(3).map(|rows| {
        let columns = (0..rows[1].len()).filter(|column| rows[1][*column]);
        columns.map(|column| Bar::of(rows[0][column], rows[2][column])).collect::<Bars>()
    });
    let answers =
        (1..=lines.len()).map(|line| (!refused.contains(&line)).then(|| symbols.next().expect("bars")));
    let answers = answers.collect();
    assert_eq!(symbols.count(), 0, "more symbols than lines");
    answers
}

/// Both refuse the same lines, and draw the same bars of the others; there are enough of either kind.
fn assert_same(lines: &[String], ours: impl Fn(&str) -> Option<Bars>, theirs: &[Option<Bars>]) {
    for (line, theirs) in lines.iter().zip(theirs) {
        let ours = ours(line);
        let text = |bars: &Option<Bars>| bars.as_ref().map_or("refused".to_owned(), Bars::to_string);
        assert_eq!(text(&ours), text(theirs), "{line:?}");
    }
    let drawn = theirs.iter().flatten().count();
    assert!(drawn > INPUTS / 3 && INPUTS - drawn > INPUTS / 5, "{drawn} of {INPUTS} were drawn");
}

fn imb(tracking: &str, routing: &str) -> Result<Imb, ImbError> {
    Ok(Imb { tracking: tracking.parse()?, routing: routing.parse()? })
}

#[test]
fn debians_zint_draws_the_same_intelligent_mail_barcodes() {
    let Some(program) = peer("MINTAGE_PEER_ZINT") else { return };
    // zint has a hyphen between the codes.
    let lines = texts(&of_parts(&[
        ("[0-9]", "[0-9A-F]{0,3}"),
        ("[0-4]", "[0-9]"),
        ("[0-9]{18}", "[0-9]{16,19}|[0-9]{9}[ -,.-~][0-9]{8}"),
        ("-([0-9]{5}|[0-9]{9}|[0-9]{11})?", "-[0-9]{0,12}|-[0-9]{4}[ -,.-~]"),
    ]));
    let ours = |line: &str| {
        let (tracking, routing) = line.split_once('-')?;
        Some(imb(tracking, routing).ok()?.encode())
    };
    assert_same(&lines, ours, &zint(&program, "USPS_IMAIL", &lines));
}

/// Postcodes with suffix, and what nearly is one.
const POSTCODE: (&str, &str) = (
    "[A-Z][0-9][A-Z][0-9][ABDGZ][JLNX][0-9][UWY] |[A-Z]{2}[0-9]{2}[ABDGZ][JLNX][0-9][EFH] |[A-Z]{2}[0-9]{3}[PQR][STU][0-9][WXY]|\
     [A-Z]{2}[0-9][A-Z][0-9][PQR][STU][0-9][WXY]|[A-Z][0-9]{2}[PQR][STU][0-9][WXY]  |[A-Z][0-9]{3}[PQR][STU][0-9][WXY] |XY11     ",
    "[A-Z]{2}[0-9]{2}[A-Z]{2}[0-9][A-Z] |[A-Z][0-9][0-9A-Z ]{7}|[0-9A-Z ]{9}|[A-Z][0-9]{2}[A-Z]{2}[0-9][A-Z][ A]{2}|XY11    [ 1]|XY11.{0,4}",
);

#[test]
fn debians_zint_draws_the_same_4_state_mailmarks() {
    let Some(program) = peer("MINTAGE_PEER_ZINT") else { return };
    for (barcode, supply_chain) in [(Barcode::C, "[0-9]{2}"), (Barcode::L, "[0-9]{6}")] {
        let lines = texts(&of_parts(&[
            ("[0-4]", "[5-9A]"),
            ("[1-4]", "[05-9A]"),
            ("[0-9A-E]", "[A-Z ]"),
            (supply_chain, "[0-9][A-Z ]"),
            ("[0-9]{8}", "[0-9]{7}[A-Z ]"),
            POSTCODE,
        ]));
        // zint takes a shorter C for what a longer one begins with, and an L without its spaces for a C.
        let length = barcode.characters();
        let lines: Vec<String> = lines.iter().map(|line| format!("{line:length$}")).collect();
        let ours = |line: &str| Some(Mailmark::parse(barcode, line).ok()?.encode());
        let lines: Vec<String> = lines.into_iter().filter(|line| line.chars().count() == length).collect();
        let theirs = zint(&program, "MAILMARK", &lines);
        assert_same(&lines, ours, &theirs);
    }
}

/// What PyPI's zint says of texts: the size of the symbol, or a refusal.
fn zint_2d(python: &OsString, cases: &[(u8, String)]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/mailmark_2d_peer.py");
    let mut peer = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer's program");
    let lines: String = cases.iter().map(|case| serde_json::to_string(case).expect("JSON") + "\n").collect();
    // It reads everything before it answers, so that neither side waits for the other.
    let written = peer.stdin.take().expect("its input").write_all(lines.as_bytes());
    let output = peer.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", output.status);
    written.expect("its input"); // after its status: a peer that fails early doesn't read
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Debian 12's zint is 2.11.1, and 2D Mailmark came with 2.13: PyPI's has it.
#[test]
fn pypis_zint_takes_the_same_2d_mailmarks_in_the_same_sizes() {
    let Some(python) = peer("MINTAGE_PEER_PYTHON") else { return };
    // Those that are outward parts only, or have other letters than 4-state ones, came to zint after 2.15, which this is.
    let (whole, _) = POSTCODE;
    let nearly = "[A-Z]{2}[0-9]{2}[ABD]{3}[ABD] |[A-Z][0-9][0-9A-Z ]{7}|[0-9A-Z ]{9}|[A-Z][0-9]{2}[PQR]{2}[0-9][AB][ A]A";
    let lines = texts(&of_parts(&[
        ("JGB ", "JG[A-Z]{1,2} "),
        ("[0-9A-Z]", "[ ]"),
        ("1", "[02-9A ]"),
        ("[0-9A-Z]", "[ .]"),
        ("[0-9]{7}", "[0-9]{6}[A-Z ]"),
        ("[0-9]{8}", "[0-9]{7}[A-Z ]"),
        (whole, nearly),
        ("[0-6]", "[7-9A ]"),
        (
            "[A-Z]{2}[0-9]{2}[ABD]{2} |[A-Z][0-9]{2}[XYZ]{2}  |[A-Z]{2}[0-9]{3}[PQR]{2}|       ",
            "[0-9 ]{3}[A-Z0-9 ]{4}|[A-Z]{7}",
        ),
        ("      ", " {5}[A-Z.]"),
        ("[0-9A-Z ]{0,45}", "[0-9A-Z ]{46,48}"),
    ]));
    let types =
        [(0, None), (7, Some(CodeType::Seven)), (9, Some(CodeType::Nine)), (29, Some(CodeType::TwentyNine))];
    // Spaces at the end aren't content to zint, which would say that the symbol could be smaller.
    let cases: Vec<_> =
        lines.iter().enumerate().map(|(at, line)| (types[at % 4].0, line.trim_end().to_owned())).collect();
    let ours = |at: usize, line: &str| match types[at % 4].1 {
        None => line.parse::<Mailmark2d>(),
        Some(code_type) => Mailmark2d::parse(code_type, line),
    };
    let mut taken = 0;
    for (at, ((_, line), theirs)) in cases.iter().zip(zint_2d(&python, &cases)).enumerate() {
        match ours(at, line) {
            Ok(mailmark) => {
                let (rows, columns) = mailmark.code_type().size();
                assert_eq!(theirs, format!("{rows}x{columns}"), "{line:?}");
                taken += 1;
            }
            // zint puts that before whatever lacks it.
            Err(Mailmark2dError::Post) => {}
            Err(error) => assert!(theirs.starts_with("refused: "), "{line:?}: {error}, but {theirs}"),
        }
    }
    assert!(taken > INPUTS / 3 && INPUTS - taken > INPUTS / 3, "{taken} of {INPUTS} were taken");
}

/// What we say there is room for, also of characters that aren't in C40's basic set.
#[test]
fn pypis_zint_has_room_for_what_we_have_room_for() {
    let Some(python) = peer("MINTAGE_PEER_PYTHON") else { return };
    let head = "JGB 01Z999999900000001EC1A1AA1A0SN35TQ       ";
    let contents = texts(
        &vec(string_regex("[a-z ]|[!-~]{2}|[0-9A-Z]{3}").expect("a pattern"), 0..20)
            .prop_map(|parts| parts.concat()),
    );
    let fits = contents.iter().filter_map(|content| {
        let mailmark: Mailmark2d = format!("{head}{content}").parse().ok()?;
        Some((mailmark.code_type(), mailmark.to_string()))
    });
    let fits: Vec<(CodeType, String)> = fits.collect();
    let cases: Vec<(u8, String)> =
        fits.iter().map(|(code_type, text)| (code_type.number(), text.clone())).collect();
    for ((code_type, text), theirs) in fits.iter().zip(zint_2d(&python, &cases)) {
        let (rows, columns) = code_type.size();
        assert_eq!(theirs, format!("{rows}x{columns}"), "{text:?}");
    }
    assert!(fits.len() > INPUTS / 3, "{}", fits.len());
}

/// The post's 10,000 rows of id, tracking, routing, bars, code, and what the code means.
#[test]
fn the_posts_own_test_set_agrees() {
    let Some(path) = peer("MINTAGE_PEER_IMB_TEST_SET") else { return };
    let rows = std::fs::read(path).expect("the test set");
    // Some fields aren't UTF-8.
    let rows: String = rows.iter().map(|byte| char::from(*byte)).collect();
    let mut drawn = 0;
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 10_000);
    for row in rows {
        let [_, tracking, routing, bars, code, _] = row[..] else { panic!("{row:?}") };
        let ours = imb(tracking, routing);
        let expected = match &ours {
            Ok(_) => "00",
            Err(ImbError::TrackingLength(_)) => "09",
            Err(ImbError::Character { part: Part::Tracking, .. }) => "10",
            Err(ImbError::BarcodeId(_)) => "11",
            Err(ImbError::RoutingLength(_)) => "12",
            Err(ImbError::Character { part: Part::Routing, .. }) => "13",
            Err(_) => "another",
        };
        assert_eq!(code == "00", ours.is_ok(), "{row:?}");
        // Where several things are wrong, or one begins with spaces, another one is said first.
        if row[1] == tracking.trim() && row[2] == routing.trim() {
            assert_eq!(expected, code, "{row:?}: {ours:?}");
        }
        if let Ok(ours) = ours {
            assert_eq!(ours.encode().to_string(), bars, "{row:?}");
            let bars: Bars = bars.parse().expect("bars");
            assert_eq!(Imb::decode(&bars), Ok((ours, Orientation::Upright)));
            assert_eq!(Imb::decode(&bars.upside_down()), Ok((ours, Orientation::UpsideDown)));
            drawn += 1;
        }
    }
    assert_eq!(drawn, 8_128);
}
