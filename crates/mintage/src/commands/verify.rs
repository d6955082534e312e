//! `mintage verify`

use std::path::Path;
use std::process::ExitCode;

use indicia::{Indicium, Status, StatusSnapshot, TrustBundle, text};
use paper::Candidate;
use store::Reader;
use verifier::{Checked, Finding, Standing, UNKNOWN};

use crate::args::{Args, VerifyArgs};
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::{input, office, output, statuses};

/// Ends with 0, 1 or 2 itself: even not being able to read the file means that it can't be told.
pub(crate) fn run(args: &Args, asked: &VerifyArgs) -> ExitCode {
    let said = match check(args, asked) {
        Ok(said) => said,
        Err(failure) => {
            output::failure(&failure, args.json);
            return ExitCode::from(2);
        }
    };
    if args.json {
        output::json(&said);
    } else {
        say(&said, &asked.what);
    }
    if said.iter().any(|one| one.valid == Some(false)) {
        ExitCode::from(1)
    } else if said.is_empty() || said.iter().any(|one| one.valid.is_none()) {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

fn say(checked: &[Finding], what: &str) {
    if checked.is_empty() {
        println!("CAN'T TELL: no symbol and no indicium was found in {what}");
    }
    for one in checked {
        let parts = [one.serial.as_deref(), one.kind.as_deref(), one.amount.as_deref()];
        let details = one.details.named().map(|(name, said)| format!("{name} {said}"));
        let left = one.uses_left.map(|left| format!("{left} of them left"));
        let outside = one.outside.map(|outside| format!("{outside} of them outside"));
        let parts: Vec<String> = parts
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .chain(details)
            .chain(left)
            .chain(outside)
            .collect();
        let page = one.page.map(|page| format!(" (page {page})")).unwrap_or_default();
        let reason = one.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let what = if parts.is_empty() { String::new() } else { format!(" {}", parts.join(", ")) };
        let holder = one.holder.map(|holder| format!("; holder: {holder}")).unwrap_or_default();
        println!("{}{}{page}{what}{reason}{holder}", one.verdict.to_uppercase(), standing(one));
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

/// What is to be said beside the verdict.
fn standing(one: &Finding) -> String {
    let as_of = one.status_as_of.as_ref().map(|at| format!(" as of {at}")).unwrap_or_default();
    match one.status {
        None => String::new(),
        Some(UNKNOWN) if as_of.is_empty() => ", but NOT IN THE BOOKS".to_owned(),
        Some(UNKNOWN) => format!(", but ISSUED AFTER the status snapshot{as_of}"),
        Some(status) if status == Status::Live.name() && as_of.is_empty() => String::new(),
        Some(status) if status == Status::Live.name() => format!(", live{as_of}"),
        Some(status) => format!(", but {}{as_of}", status.to_uppercase()),
    }
}

fn check(args: &Args, asked: &VerifyArgs) -> Result<Vec<Finding>, Failure> {
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
    let say = |(page, checked)| {
        let standing = source.ask(&checked)?;
        Ok(Finding::new(page, checked, standing, &bundle, asked.holder.as_deref()))
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

impl Source {
    fn ask(&self, checked: &Checked) -> Result<Standing, Failure> {
        match (self, checked.serial) {
            (Self::Books(books), Some(serial)) => Ok(Standing::Now(engine::used(&**books, serial)?)),
            (Self::Snapshot(snapshot), _) => Ok(Standing::by(snapshot, checked)),
            (Self::Books(_), None) | (Self::Nobody, _) => Ok(Standing::Unsaid),
        }
    }
}

/// The bundle that was named, or the folder's own; taken from any root, or from the one that is pinned.
fn open_bundle(args: &Args, bundle: Option<&Path>, root: Option<&str>) -> Result<TrustBundle, Failure> {
    let path = match bundle {
        Some(path) => path.to_owned(),
        None => DataFolder::open(&args.dir)?.bundle(),
    };
    let bytes = std::fs::read(&path).map_err(Failure::io(&path))?;
    verifier::open_bundle(&bytes, root)
        .map_err(|error| Failure::Said(format!("{} can't be used: {error}", path.display())))
}

/// What in something that was named may be an indicium.
pub(crate) fn find(what: &str, as_json: bool) -> Result<Vec<Candidate>, Failure> {
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
    Ok(checked.filter_map(|(_, one)| one.serial).map(|serial| serial.to_string()).collect())
}
