//! `mintage verify`

use std::path::Path;
use std::process::ExitCode;

use indicia::{TrustBundle, UnixTime, Verdict, text, verify};
use scan::SymbolFormat;
use serde::Serialize;

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::{office, output};

/// What was found of one symbol or text.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    page: Option<usize>,
    pub(crate) verdict: &'static str,
    reason: Option<String>,
    pub(crate) serial: Option<String>,
    kind: Option<String>,
    amount: Option<String>,
    issued_at: Option<String>,
    expires: Option<String>,
    holder_digest: bool,
}

const GENUINE: &str = "genuine";
const NOT_GENUINE: &str = "not genuine";
const CANNOT_TELL: &str = "can't tell";

/// Ends with 0, 1 or 2 itself: even not being able to read the file means that it can't be told.
pub(crate) fn run(args: &Args, what: &str, bundle: Option<&Path>, root: Option<&str>) -> ExitCode {
    let checked = match check(args, what, bundle, root) {
        Ok(checked) => checked,
        Err(failure) => {
            output::failure(&failure, args.json);
            return ExitCode::from(2);
        }
    };
    if args.json {
        output::json(&checked);
    } else {
        say(&checked, what);
    }
    if checked.iter().any(|one| one.verdict == NOT_GENUINE) {
        ExitCode::from(1)
    } else if checked.is_empty() || checked.iter().any(|one| one.verdict == CANNOT_TELL) {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

fn say(checked: &[Checked], what: &str) {
    if checked.is_empty() {
        println!("CAN'T TELL: no symbol and no indicium was found in {what}");
    }
    for one in checked {
        let parts = [one.serial.as_deref(), one.kind.as_deref(), one.amount.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        let page = one.page.map(|page| format!(" (page {page})")).unwrap_or_default();
        let reason = one.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let what = if parts.is_empty() { String::new() } else { format!(" {}", parts.join(", ")) };
        println!("{}{page}{what}{reason}", one.verdict.to_uppercase());
    }
}

fn check(
    args: &Args,
    what: &str,
    bundle: Option<&Path>,
    root: Option<&str>,
) -> Result<Vec<Checked>, Failure> {
    let bundle = open_bundle(args, bundle, root)?;
    let found = find(what, args.json)?;
    let now = office::now();
    Ok(found.into_iter().map(|(page, bytes)| check_one(page, bytes, &bundle, now)).collect())
}

/// The bundle that was named, or the folder's own; taken from any root, or from the one that is pinned.
fn open_bundle(args: &Args, bundle: Option<&Path>, root: Option<&str>) -> Result<TrustBundle, Failure> {
    let path = match bundle {
        Some(path) => path.to_owned(),
        None => DataFolder::open(&args.dir)?.bundle(),
    };
    let bytes = std::fs::read(&path).map_err(Failure::io(&path))?;
    let bundle = TrustBundle::open(&bytes, None)
        .map_err(|error| Failure::Said(format!("{} can't be used: {error}", path.display())))?;
    let Some(root) = root.map(str::to_ascii_lowercase) else { return Ok(bundle) };
    let key = bundle.root().to_cose_key();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    if root == hex || root == bundle.root().key_id().to_string() {
        return Ok(bundle);
    }
    Err(Failure::Said(format!(
        "the trust bundle is signed by root {}, not by {root}",
        bundle.root().key_id()
    )))
}

/// Candidates: each the bytes of an indicium, or why there are none.
type Candidate = (Option<usize>, Result<Vec<u8>, String>);

fn find(what: &str, as_json: bool) -> Result<Vec<Candidate>, Failure> {
    let path = Path::new(what);
    if what.starts_with(text::PREFIX) {
        return Ok(vec![(None, from_text(what))]);
    }
    // A mistyped file name is no forgery.
    if !path.exists() {
        let prefix = text::PREFIX;
        return Err(Failure::Said(format!("{what:?} is neither a file nor text that begins with {prefix}")));
    }
    let bytes = std::fs::read(path).map_err(Failure::io(path))?;
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if bytes.starts_with(b"%PDF-") {
        let bar = output::progress("reading pages", 0, as_json);
        let found = scan::read_pdf(&bytes, |page, pages| {
            bar.set_length(pages as u64);
            bar.set_position(page as u64);
        })?;
        bar.finish_and_clear();
        return Ok(found.into_iter().map(candidate).collect());
    }
    if bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8") {
        return Ok(scan::read_picture(&bytes)?.into_iter().map(candidate).collect());
    }
    match std::str::from_utf8(&bytes) {
        Ok(lines) if lines.trim_start().starts_with(text::PREFIX) => {
            let lines = lines.lines().map(str::trim_end).filter(|line| !line.is_empty());
            Ok(lines.map(|line| (None, from_text(line))).collect())
        }
        _ => Ok(vec![(None, Ok(bytes))]),
    }
}

fn from_text(line: &str) -> Result<Vec<u8>, String> {
    text::from_text(line).map_err(|error| error.to_string())
}

fn candidate(found: scan::Found) -> Candidate {
    let bytes = match found.format {
        SymbolFormat::Qr | SymbolFormat::Aztec => match std::str::from_utf8(&found.content) {
            Ok(line) => from_text(line),
            Err(_) => Err("the symbol's text isn't an indicium's".to_owned()),
        },
        SymbolFormat::DataMatrix | SymbolFormat::Pdf417 => Ok(found.content),
    };
    (found.page, bytes)
}

pub(crate) fn check_one(
    page: Option<usize>,
    bytes: Result<Vec<u8>, String>,
    bundle: &TrustBundle,
    now: UnixTime,
) -> Checked {
    let nothing = |verdict, reason| Checked {
        page,
        verdict,
        reason: Some(reason),
        serial: None,
        kind: None,
        amount: None,
        issued_at: None,
        expires: None,
        holder_digest: false,
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(reason) => return nothing(NOT_GENUINE, reason),
    };
    match verify(&bytes, bundle, now) {
        Verdict::NotGenuine(reason) => nothing(NOT_GENUINE, reason.to_string()),
        Verdict::CannotTell(reason) => nothing(CANNOT_TELL, reason.to_string()),
        Verdict::Genuine(indicium) => {
            let claims = indicium.claims();
            Checked {
                page,
                verdict: GENUINE,
                reason: None,
                serial: Some(claims.serial.to_string()),
                kind: Some(claims.kind.to_string()),
                amount: Some(claims.amount.to_string()),
                issued_at: Some(claims.issued_at.to_string()),
                expires: claims.expires.map(|time| time.to_string()),
                holder_digest: claims.holder.is_some(),
            }
        }
    }
}

/// How many symbols of a PDF are genuine, and which of them they are.
pub(crate) fn genuine_serials(
    path: &Path,
    bundle: &TrustBundle,
    as_json: bool,
) -> Result<Vec<String>, Failure> {
    let found = find(&path.display().to_string(), as_json)?;
    let now = office::now();
    let checked = found.into_iter().map(|(page, bytes)| check_one(page, bytes, bundle, now));
    Ok(checked.filter(|one| one.verdict == GENUINE).filter_map(|one| one.serial).collect())
}
