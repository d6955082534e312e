//! `mintage status …`

use crate::args::{Args, StatusCommand};
use crate::failure::Failure;
use crate::office::Office;
use crate::{output, statuses};

pub(crate) fn run(args: &Args, command: &StatusCommand) -> Result<(), Failure> {
    let StatusCommand::Export { out, since } = command;
    let office = Office::open(args)?;
    let bundle = office.bundle()?;
    let since = statuses::of_files(since, &bundle)?;
    let snapshot = statuses::of_books(&office.reader, &bundle)?;
    let signed = statuses::sign(&snapshot, since.as_ref(), office.host())?;
    std::fs::write(out, &signed).map_err(Failure::io(out))?;
    let (file, at) = (out.display().to_string(), snapshot.at().to_string());
    let since = since.map(|since| since.at().to_string());
    if args.json {
        output::json(&serde_json::json!({
            "file": file, "issuer": snapshot.issuer(), "at": at, "since": since, "not_live": snapshot.count(),
            "revoked_keys": snapshot.revoked().count(),
            "bytes": signed.len(),
        }));
    } else {
        let since = since.map(|since| format!(", as what has changed since {since}")).unwrap_or_default();
        let revoked = match snapshot.revoked().count() {
            0 => String::new(),
            1 => ", one key that is revoked".to_owned(),
            count => format!(", {count} keys that are revoked"),
        };
        println!(
            "Wrote {file}: {} indicia that aren't live{revoked}, as of {at}{since}; {} bytes.",
            snapshot.count(),
            signed.len()
        );
    }
    Ok(())
}
