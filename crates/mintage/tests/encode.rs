//! `mintage encode`, by the real command: every line is answered by a line.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use support::MINTAGE;

const TRACKING: &str = "01234567094987654321";
const WITHOUT_ROUTING: &str = "ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT";
const WITH_ROUTING: &str = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(MINTAGE);
    command.arg("encode").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it prints of an input, and that it ends well.
fn encoded(arguments: &[&str], input: &[u8]) -> String {
    let mut child = command(arguments).spawn().expect("mintage");
    let mut stdin = child.stdin.take().expect("its input");
    let input = input.to_vec();
    // It answers while it reads.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("a thread").expect("its input");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn lines(arguments: &[&str], input: &[u8]) -> Vec<String> {
    encoded(arguments, input).lines().map(str::to_owned).collect()
}

/// The only line.
fn line(format: &str, input: &str) -> String {
    let said = lines(&[format], input.as_bytes());
    assert_eq!(said.len(), 1, "{said:?}");
    said.into_iter().next().expect("a line")
}

#[test]
fn every_line_is_answered_by_a_line() {
    let long = "1".repeat(10_000_000);
    let input = [
        format!("{TRACKING},\n").as_bytes(),
        b"\n",
        format!("{TRACKING},01234567891\r\n").as_bytes(),
        format!("{TRACKING}\n").as_bytes(),
        format!("{TRACKING},12345,1\n").as_bytes(),
        format!("{TRACKING}, \n").as_bytes(),
        b"0123456709\x00987654\x1b21,\n",
        b"01234567094987654\xff21,\n",
        format!("{long},\n").as_bytes(),
        b"\r\r\n",
        b"05234567094987654321,\n",
        format!("{TRACKING},0123").as_bytes(),
    ]
    .concat();
    let expected = [
        WITHOUT_ROUTING,
        "error: the line is empty",
        WITH_ROUTING,
        "error: a line is TRACKING,ROUTING, and this has 1 of these parts",
        "error: a line is TRACKING,ROUTING, and this has 3 of these parts",
        "error: the routing code has 1 characters, not 0, 5, 9 or 11 digits",
        r"error: '\0' at place 11 of the tracking code isn't a digit",
        "error: the line isn't UTF-8 from byte 18 on",
        "error: the line is longer than 4096 bytes",
        "error: a line is TRACKING,ROUTING, and this has 1 of these parts",
        "error: the barcode identifier's second digit, place 2 of the tracking code, is 5, not 0 to 4",
        "error: the routing code has 4 characters, not 0, 5, 9 or 11 digits",
    ];
    assert_eq!(lines(&["imb"], &input), expected);

    let said = lines(&["imb", "--json"], &input);
    assert_eq!(said.len(), expected.len());
    for (number, (said, expected)) in said.iter().zip(expected).enumerate() {
        let said: serde_json::Value = serde_json::from_str(said).expect("JSON");
        assert_eq!(said["line"], number + 1);
        match expected.strip_prefix("error: ") {
            Some(error) => assert_eq!(said["error"], error),
            None => assert_eq!(said["bars"], expected),
        }
    }
}

#[test]
fn lines_of_the_greatest_length_and_the_last_without_its_end() {
    let longest = format!("{TRACKING},{}", "1".repeat(4096 - 21));
    for end in ["", "\n", "\r\n"] {
        let too_long = "error: the line is longer than 4096 bytes";
        assert!(line("imb", &format!("{longest}{end}")).starts_with("error: the routing code has 4075"));
        assert_eq!(line("imb", &format!("{longest}1{end}")), too_long);
        assert_eq!(line("imb", &format!("{TRACKING},{end}")), WITHOUT_ROUTING);
    }
    assert_eq!(lines(&["imb"], b""), [""; 0]);
    assert_eq!(lines(&["imb"], b"\n").len(), 1);
}

#[test]
fn every_format_has_its_line() {
    let bars = "DAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA";
    assert_eq!(line("mailmark-c", "21B2254800659JW5O9QA6Y"), bars);
    let abroad = "TTDTTATTDTAATTDTAATTDTAATTDTTDDAATAADDATAATDDFAFTDDTAADDDTAAFDFAFF";
    assert_eq!(line("mailmark-c", "1100000000000XY11     "), abroad);
    assert_eq!(line("mailmark-c", "1100000000000xy11"), abroad);
    assert_eq!(line("mailmark-c", "1100000000000XY11         \r\n"), abroad);
    let bars = "DTTFATTDDTATTTATFTDFFFTFDFDAFTTTADTTFDTFDDDTDFDDFTFAADTFDTDTDTFAATAFDDTAATTDTT";
    assert_eq!(line("mailmark-l", "41038422416563762EF61AH8T"), bars);
    assert_eq!(line("mailmark-l", "\n"), "error: the line is empty");
    assert_eq!(line("mailmark-l", " "), "error: a Mailmark L has 26 characters, this has 0");

    let text = "JGB 012100123412345678AB19XY1A 0";
    assert_eq!(line("mailmark-2d", text), format!("{text}             "));
    let said = encoded(&["mailmark-2d", "--json"], format!("{text}             www.xyz.com").as_bytes());
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&said["type"], &said["symbol"]), (&29.into(), &"16x48".into()));
    assert_eq!(said["text"], format!("{text}             www.xyz.com"));

    let dv = "49,5125149612,185,2016-06-03,148,156322,1,588,0,AA48616c6C6F2057656C7421";
    let hex = "444541123101317B93AC00B93C9C00940262A201024C00AA48616C6C6F2057656C742100000000000000";
    assert_eq!(line("dv", dv), hex);
    let said = encoded(&["--json", "dv"], dv.as_bytes());
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&said["hex"], &said["frankier_id"].as_str().map(str::len)), (&hex.into(), &Some(20)));
    assert_eq!(said["frankier_id"], line("frankier-id", "1,5125149612,588,156322"));
    assert_eq!(line("frankier-id", "66,5071515100,9999,520931"), "42305DA0F270F07F2E3C");
}

#[test]
fn what_is_wrong_in_a_part_is_named() {
    let dv = |customer: &str, day: &str, data: &str| {
        line("dv", &format!("49,{customer},185,{day},148,1,1,588,0,{data}"))
    };
    assert_eq!(
        dv("+1", "2016-06-03", ""),
        "error: the customer number \"+1\" is no number from 0 to 9999999999"
    );
    assert_eq!(
        dv("10000000000", "2016-06-03", ""),
        "error: the customer number \"10000000000\" is no number from 0 to 9999999999"
    );
    assert_eq!(dv("1", "2016-02-30", ""), "error: the date \"2016-02-30\" isn't a day, written YYYY-MM-DD");
    assert_eq!(
        dv("1", "1999-02-03", ""),
        "error: 1999-02-03 isn't from 2000 to 2099, of which the code has the last two digits"
    );
    assert_eq!(
        dv("1", "2016-06-03", "AA4"),
        "error: the customer's data \"AA4\" aren't up to 19 bytes in hex"
    );
    assert!(dv("1", "2016-06-03", &"00".repeat(20)).contains("aren't up to 19 bytes"));
    assert_eq!(dv("1", "2016-06-03", &"00".repeat(19)).len(), 84);
    assert_eq!(
        line("frankier-id", "1,2,3"),
        "error: a line is PARTICIPATION,CUSTOMER,LIST,ITEM, and this has 3 of these parts"
    );
    assert_eq!(
        line("frankier-id", "256,2,3,4"),
        "error: the participation number \"256\" is no number from 0 to 255"
    );
}

/// Whoever writes a line and waits is answered, also where it has begun the next one.
#[test]
fn an_answer_comes_before_the_next_line() {
    let mut child = command(&["imb"]).spawn().expect("mintage");
    let mut input = child.stdin.take().expect("its input");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    for _ in 0..3 {
        input.write_all(format!("{TRACKING},\n0123").as_bytes()).expect("its input");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("its output");
        assert_eq!(answer.trim_end(), WITHOUT_ROUTING);
        input.write_all(&TRACKING.as_bytes()[4..]).expect("its input");
        input.write_all(b",01234567891\n").expect("its input");
        answer.clear();
        output.read_line(&mut answer).expect("its output");
        assert_eq!(answer.trim_end(), WITH_ROUTING);
    }
    drop(input);
    assert!(child.wait().expect("its end").success());
}

/// The most memory that it had, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_quarter_of_a_million_lines_take_no_more_memory_than_a_thousand() {
    let mut peaks = [1_000, 250_000].map(|count| {
        let mut child = command(&["imb"]).spawn().expect("mintage");
        let mut input = child.stdin.take().expect("its input");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let writer = std::thread::spawn(move || {
            let lines = format!("{TRACKING},01234567891\n").repeat(1_000);
            (0..count / 1_000).try_for_each(|_| input.write_all(lines.as_bytes())).map(|()| input)
        });
        let mut answer = String::new();
        for _ in 0..count {
            answer.clear();
            output.read_line(&mut answer).expect("its output");
            assert_eq!(answer.trim_end(), WITH_ROUTING);
        }
        // It waits for more.
        let input = writer.join().expect("a thread").expect("its input");
        let peak = peak(child.id());
        drop(input);
        assert!(child.wait().expect("its end").success());
        peak
    });
    peaks.sort_unstable();
    assert!(peaks[1] < peaks[0] + 2_048, "{peaks:?} KiB");
}

/// The post's own test set, with all the bytes that are in it.
#[test]
fn the_posts_test_set_is_encoded_as_it_says() {
    let Some(path) = std::env::var_os("MINTAGE_PEER_IMB_TEST_SET") else {
        println!("left out: needs MINTAGE_PEER_IMB_TEST_SET, which `cargo xtask test` sets up");
        return;
    };
    let rows = std::fs::read(path).expect("the test set");
    let rows: Vec<Vec<&[u8]>> =
        rows.split(|byte| *byte == b'\n').map(|row| row.split(|byte| *byte == b',').collect()).collect();
    let rows = &rows[..10_000];
    let items: Vec<u8> = rows.iter().flat_map(|row| [row[1], b",", row[2], b"\n"].concat()).collect();
    let said = lines(&["imb"], &items);
    assert_eq!(said.len(), rows.len());
    for (row, said) in rows.iter().zip(said) {
        match row[4] {
            b"00" => assert_eq!(said.as_bytes(), row[3]),
            _ => assert!(said.starts_with("error: "), "{said}"),
        }
    }
}
