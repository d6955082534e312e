//! `mintage verify`

use std::path::Path;
use std::process::ExitCode;

use indicia::{HolderMatch, Indicium, Serial, Status, StatusSnapshot, TrustBundle, UnixTime, text};
use paper::{Candidate, Checked, Judgement};
use serde::Serialize;
use store::Reader;

use crate::args::{Args, VerifyArgs};
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::{input, office, output, statuses};

/// What was found of one symbol or text, as it is said.
#[derive(Debug, Serialize)]
struct Said {
    page: Option<usize>,
    verdict: &'static str,
    /// What the books or the status snapshot say of a genuine one: live, redeemed in part, redeemed, void; unknown if it was
    /// issued after the snapshot; nothing if neither was asked, or the books don't have it.
    status: Option<&'static str>,
    /// Of when that is, if a snapshot says it.
    status_as_of: Option<String>,
    /// Whether by that it is good for nothing more.
    #[serde(skip)]
    is_over: bool,
    /// When the trust bundle was made.
    bundle_made: String,
    reason: Option<String>,
    serial: Option<String>,
    kind: Option<String>,
    amount: Option<String>,
    issued_at: Option<String>,
    expires: Option<String>,
    holder_digest: bool,
    /// Whether it is made out to the holder that was named: matches, differs, made out to nobody; nothing if none was, or it
    /// isn't genuine.
    holder: Option<&'static str>,
}

impl Said {
    fn new(checked: Checked, found: &Found, bundle: &TrustBundle, holder: Option<&str>) -> Self {
        let holder = holder.and_then(|holder| checked.is_held_by(holder));
        Self {
            holder: holder.map(HolderMatch::name),
            status: found.status,
            status_as_of: found.as_of.map(|at| at.to_string()),
            is_over: found.is_over,
            bundle_made: bundle.issued_at().to_string(),
            page: checked.page,
            verdict: checked.judgement.name(),
            reason: checked.reason,
            serial: checked.serial.map(|serial| serial.to_string()),
            kind: checked.kind,
            amount: checked.amount,
            issued_at: checked.issued_at.map(|time| time.to_string()),
            expires: checked.expires,
            holder_digest: checked.holder.is_some(),
        }
    }

    /// What is to be said beside the verdict.
    fn standing(&self) -> String {
        let as_of = self.status_as_of.as_ref().map(|at| format!(" as of {at}")).unwrap_or_default();
        match self.status {
            None => String::new(),
            Some(UNKNOWN) => format!(", but ISSUED AFTER the status snapshot{as_of}"),
            Some(status) if status == Status::Live.name() && as_of.is_empty() => String::new(),
            Some(status) if status == Status::Live.name() => format!(", live{as_of}"),
            Some(status) => format!(", but {}{as_of}", status.to_uppercase()),
        }
    }
}

/// What a snapshot says of an indicium that was issued after it.
const UNKNOWN: &str = "unknown";

/// Ends with 0, 1 or 2 itself: even not being able to read the file means that it can't be told.
pub(crate) fn run(args: &Args, asked: &VerifyArgs) -> ExitCode {
    let said = match check(args, asked) {
        Ok(said) => said,
        Err(failure) => {
            output::failure(&failure, args.json);
            return ExitCode::from(2);
        }
    };
    let is_there = |judgement: Judgement| said.iter().any(|one| one.verdict == judgement.name());
    let is_over = said.iter().any(|one| one.is_over);
    let is_unknown = said.iter().any(|one| one.status == Some(UNKNOWN));
    let is_anothers = |one: &Said| one.holder.is_some_and(|holder| holder != HolderMatch::Matches.name());
    let (is_false, is_unclear) = (
        is_there(Judgement::NotGenuine) || is_over || said.iter().any(is_anothers),
        is_there(Judgement::CannotTell) || is_unknown,
    );
    if args.json {
        output::json(&said);
    } else {
        say(&said, &asked.what);
    }
    if is_false {
        ExitCode::from(1)
    } else if said.is_empty() || is_unclear {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

fn say(checked: &[Said], what: &str) {
    if checked.is_empty() {
        println!("CAN'T TELL: no symbol and no indicium was found in {what}");
    }
    for one in checked {
        let parts = [one.serial.as_deref(), one.kind.as_deref(), one.amount.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        let page = one.page.map(|page| format!(" (page {page})")).unwrap_or_default();
        let reason = one.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let what = if parts.is_empty() { String::new() } else { format!(" {}", parts.join(", ")) };
        let holder = one.holder.map(|holder| format!("; holder: {holder}")).unwrap_or_default();
        println!("{}{}{page}{what}{reason}{holder}", one.verdict.to_uppercase(), one.standing());
    }
    // Whoever checks by files alone is told how far they reach.
    if let Some(one) = checked.iter().find(|one| one.serial.is_some()) {
        let made = &one.bundle_made;
        match (&one.status_as_of, one.status) {
            (Some(at), _) => println!("Checked by the trust bundle made {made} and statuses as of {at}."),
            (None, None) => println!(
                "Checked by the trust bundle made {made} alone: whether one was used or became void wasn't looked for."
            ),
            (None, Some(_)) => {}
        }
    }
}

fn check(args: &Args, asked: &VerifyArgs) -> Result<Vec<Said>, Failure> {
    let mut bundle = open_bundle(args, asked.bundle.as_deref(), asked.root.as_deref())?;
    let source = match statuses::of_files(&asked.status, &bundle)? {
        Some(snapshot) => {
            bundle.learn(&snapshot);
            Source::Snapshot(snapshot)
        }
        None if asked.bundle.is_some() => Source::Nobody,
        None => Source::Books(DataFolder::open(&args.dir)?.books()?.reader()?),
    };
    let found = find(&asked.what, args.json)?;
    let now = office::now();
    let say = |checked| {
        let found = source.ask(&checked)?;
        Ok(Said::new(checked, &found, &bundle, asked.holder.as_deref()))
    };
    match &source {
        Source::Books(books) => {
            let was_issued = |indicium: &Indicium<'_>| engine::was_issued(&**books, indicium);
            let checked = paper::check_by_books(found, &bundle, now, was_issued);
            checked.map(|one| say(one?)).collect()
        }
        Source::Snapshot(_) | Source::Nobody => paper::check(found, &bundle, now).map(say).collect(),
    }
}

/// Who says whether a genuine indicium is used up or void.
enum Source {
    Books(Reader),
    Snapshot(StatusSnapshot),
    Nobody,
}

/// What it says.
#[derive(Default)]
struct Found {
    status: Option<&'static str>,
    as_of: Option<UnixTime>,
    is_over: bool,
}

impl Source {
    fn ask(&self, checked: &Checked) -> Result<Found, Failure> {
        let (Some(serial), Some(issued_at)) = (checked.serial, checked.issued_at) else {
            return Ok(Found::default());
        };
        match self {
            Self::Nobody => Ok(Found::default()),
            Self::Books(books) => {
                let status = status(books, serial)?;
                let is_over = status.is_some_and(|status| !status.is_good());
                Ok(Found { status: status.map(Status::name), as_of: None, is_over })
            }
            Self::Snapshot(snapshot) => {
                let status = snapshot.status(serial, issued_at);
                let is_over = status.is_some_and(|status| !status.is_good());
                let status = Some(status.map_or(UNKNOWN, Status::name));
                Ok(Found { status, as_of: Some(snapshot.at()), is_over })
            }
        }
    }
}

/// What the books say of an indicium, if they have it.
fn status(books: &Reader, serial: Serial) -> Result<Option<Status>, Failure> {
    let account = books.account_by_device(serial.device())?;
    let Some(account) = account.filter(|account| serial.number() < account.next_number) else {
        return Ok(None);
    };
    let dead = books.statuses(account.id, serial.number(), 1)?;
    Ok(Some(dead.first().map_or(Status::Live, |dead| dead.usage.status)))
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

fn find(what: &str, as_json: bool) -> Result<Vec<Candidate>, Failure> {
    let prefix = text::PREFIX;
    let expected = format!("text that begins with {prefix}");
    Ok(paper::candidates(input::look(what, |text| text.starts_with(prefix), &expected, as_json)?))
}

/// How many symbols of a PDF are genuine, and which of them they are.
pub(crate) fn genuine_serials(
    path: &Path,
    bundle: &TrustBundle,
    as_json: bool,
) -> Result<Vec<String>, Failure> {
    let found = find(&path.display().to_string(), as_json)?;
    let now = office::now();
    let checked = paper::check(found, bundle, now);
    // Only a genuine one has a serial.
    Ok(checked.filter_map(|one| one.serial).map(|serial| serial.to_string()).collect())
}
