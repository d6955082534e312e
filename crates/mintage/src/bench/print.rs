//! `mintage bench print`: sheets of labels, beside what somebody would write with ReportLab and zxing-cpp in Python.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use indicia::text;
use print::{Label, PrintError, Printout, Setup, SheetLayout, SymbolContent};
use serde::Serialize;

use crate::args::Args;
use crate::bench::load::peak_of;
use crate::bench::say;
use crate::failure::Failure;
use crate::output;

const PEER: &str = include_str!("../../../../peers/reportlab_peer.py");
const REGULAR: &[u8] = include_bytes!("../../../print/fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../../print/fonts/DejaVuSans-Bold.ttf");
/// Labels made at a time, as by `mintage issue`.
const AT_A_TIME: u32 = 256;
/// How often each of the two has its turn; the middle one counts.
const TURNS: usize = 3;
/// Of how many labels the memory is compared.
const FEW: u32 = 1_000;
const MANY: u32 = 50_000;
/// Bytes of a signed ticket.
const TICKET: usize = 224;

/// The figures; rates are labels a second.
#[derive(Debug, Serialize)]
struct Figures {
    labels_per_s: f64,
    reportlab_labels_per_s: f64,
    ratio_to_reportlab: f64,
    /// At most, after 1,000 labels.
    peak_rss_1000_mb: f64,
    /// At most, after 50,000.
    peak_rss_mb: f64,
    bytes_per_label: f64,
}

pub(crate) fn run(args: &Args, labels: u32, python: Option<PathBuf>) -> Result<(), Failure> {
    let named = || std::env::var_os("MINTAGE_PEER_PYTHON").map(PathBuf::from);
    let python = python.or_else(named).unwrap_or_else(|| "python3".into());
    let folder = tempfile::tempdir().map_err(Failure::io(Path::new("a temporary folder")))?;
    let folder = folder.path();
    let layout =
        SheetLayout::by_name("a4-24").ok_or_else(|| Failure::Said("there is no layout a4-24".into()))?;
    let file = folder.join("labels.pdf");
    let make = |count: u32| -> Result<f64, Failure> {
        let began = Instant::now();
        sheets(BufWriter::new(File::create(&file).map_err(Failure::io(&file))?), layout, count)?;
        Ok(began.elapsed().as_secs_f64())
    };
    make(FEW)?;
    let peak_rss_1000_mb = peak_of("self");
    let peer = Peer::prepare(folder, layout, labels, &python)?;
    let (mut ours, mut theirs) = ([0.0; TURNS], [0.0; TURNS]);
    for turn in 0..TURNS {
        ours[turn] = make(labels)?;
        theirs[turn] = peer.make()?;
    }
    let size = file.metadata().map_err(Failure::io(&file))?.len();
    make(MANY)?;
    let rate = |mut seconds: [f64; TURNS]| {
        seconds.sort_by(f64::total_cmp);
        f64::from(labels) / seconds[TURNS / 2]
    };
    #[allow(clippy::cast_precision_loss)] // a mean
    let figures = Figures {
        labels_per_s: rate(ours),
        reportlab_labels_per_s: rate(theirs),
        ratio_to_reportlab: rate(ours) / rate(theirs),
        peak_rss_1000_mb,
        peak_rss_mb: peak_of("self"),
        bytes_per_label: size as f64 / f64::from(labels),
    };
    if args.json {
        output::json(&figures);
    } else {
        say(args, "labels of ReportLab with zxing-cpp's symbols", figures.reportlab_labels_per_s);
        say(args, "labels", figures.labels_per_s);
        println!("{:>12.1}  times ReportLab", figures.ratio_to_reportlab);
        println!("{:>12.0}  bytes a label", figures.bytes_per_label);
        println!("{:>12.0}  MB of memory at most for {FEW} labels", figures.peak_rss_1000_mb);
        println!("{:>12.0}  MB of memory at most for {MANY}", figures.peak_rss_mb);
    }
    Ok(())
}

fn sheets(writer: impl Write, layout: &'static SheetLayout, count: u32) -> Result<(), PrintError> {
    let mut printout = Printout::begin(writer, Setup::new(layout), None)?;
    for first in (0..count).step_by(AT_A_TIME as usize) {
        let labels: Vec<Label> = (first..count.min(first + AT_A_TIME)).map(label).collect();
        printout.add(&labels)?;
    }
    printout.finish().map(drop)
}

/// A ticket's label with a symbol that is like no other.
fn label(number: u32) -> Label {
    let mut state = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let bytes: Vec<u8> = bytes.flatten().take(TICKET).collect();
    Label {
        symbol: SymbolContent::Qr(text::to_text(&bytes)),
        title: "Ticket".into(),
        amount: "12.50 EUR".into(),
        serial: format!("0000000001-{number:012}-42"),
        holder: Some(format!("Łucja N. {number}")),
        validity: Some("until 2030-06-30".into()),
        lines: vec!["Stalls, row A".into(), format!("no. {number}")],
        terms: None,
        signatures: Vec::new(),
        facing_mark: None,
        beside: None,
    }
}

/// The script with the same labels.
struct Peer<'a> {
    folder: &'a Path,
    python: &'a Path,
}

impl<'a> Peer<'a> {
    fn prepare(
        folder: &'a Path,
        layout: &SheetLayout,
        count: u32,
        python: &'a Path,
    ) -> Result<Self, Failure> {
        for (name, content) in [("peer.py", PEER.as_bytes()), ("regular.ttf", REGULAR), ("bold.ttf", BOLD)] {
            std::fs::write(folder.join(name), content).map_err(Failure::io(&folder.join(name)))?;
        }
        let path = folder.join("labels.jsonl");
        let mut file = BufWriter::new(File::create(&path).map_err(Failure::io(&path))?);
        let pair = |(across, down): (f64, f64)| serde_json::json!([across, down]);
        let first = serde_json::json!({
            "page": pair(layout.page), "label": pair(layout.label), "origin": pair(layout.origin),
            "pitch": pair(layout.pitch), "columns": layout.columns, "rows": layout.rows, "dots_per_mm": layout.dots_per_mm,
        });
        let labels = (0..count).map(|number| {
            let Label { symbol, title, amount, serial, holder, validity, lines, .. } = label(number);
            let SymbolContent::Qr(symbol) = symbol else { return serde_json::Value::Null };
            serde_json::json!({
                "symbol": symbol, "title": title, "amount": amount, "serial": serial, "holder": holder,
                "validity": validity, "lines": lines,
            })
        });
        for line in std::iter::once(first).chain(labels) {
            writeln!(file, "{line}").map_err(Failure::io(&path))?;
        }
        file.flush().map_err(Failure::io(&path))?;
        Ok(Self { folder, python })
    }

    /// Seconds that it takes.
    fn make(&self) -> Result<f64, Failure> {
        let labels = self.folder.join("labels.jsonl");
        let mut command = Command::new(self.python);
        command.arg(self.folder.join("peer.py")).arg(self.folder).arg(self.folder.join("peer.pdf"));
        command.stdin(File::open(&labels).map_err(Failure::io(&labels))?).stderr(Stdio::piped());
        let output = command.output().map_err(Failure::io(self.python))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let needs = || {
            let why = String::from_utf8_lossy(&output.stderr);
            let why = why.lines().last().unwrap_or("it says nothing");
            Failure::Said(format!(
                "{} has to be a Python with the packages reportlab, zxing-cpp and pillow: {why}",
                self.python.display()
            ))
        };
        said.trim().parse().ok().filter(|_| output.status.success()).ok_or_else(needs)
    }
}
