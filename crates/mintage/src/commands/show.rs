//! `mintage show`

use std::path::Path;

use indicia::{Indicium, Kept, Segment, Serial, Template, text};
use paper::symbol_content;
use print::Matrix;
use serde::Serialize;
use store::StoredPrint;
use verifier::ItemDetails;

use crate::args::Args;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::output;

#[derive(Serialize)]
struct Shown {
    serial: String,
    account: String,
    kind: String,
    amount: String,
    status: String,
    issued_at: String,
    valid_from: Option<String>,
    valid_until: Option<String>,
    has_holder: bool,
    holder_erased: bool,
    ascending: Option<u64>,
    descending: Option<u64>,
    weight_g: Option<u32>,
    service: Option<String>,
    #[serde(flatten)]
    details: ItemDetails,
    prints: Vec<Print>,
    key: String,
    /// Not there if the holder's data was erased.
    text: Option<String>,
}

/// A print that may have brought it on paper, or was to.
#[derive(Serialize)]
struct Print {
    print: String,
    printer: String,
    by: String,
    begun: String,
    reprint: Option<String>,
    outcome: &'static str,
}

pub(crate) fn run(args: &Args, serial: &str, png: Option<&Path>, svg: Option<&Path>) -> Result<(), Failure> {
    let serial: Serial =
        serial.parse().map_err(|error| Failure::Said(format!("{serial:?} is no serial: {error}")))?;
    let reader = DataFolder::open(&args.dir)?.books()?.reader()?;
    let unknown = || Failure::Said(format!("no indicium {serial} was issued here"));
    let account = reader.account_by_device(serial.device())?.ok_or_else(unknown)?;
    let found = reader.segment_of(account.id, serial.number(), |segment| {
        Segment::new(segment.bytes).get_kept(serial.number())
    })?;
    let kept = found.transpose()?.flatten().ok_or_else(unknown)?;
    let (claims, key) = match &kept {
        Kept::Whole(bytes) => {
            Indicium::decode(bytes).map(|indicium| (indicium.claims().clone(), indicium.key_id()))
        }
        Kept::Erased(erased) => erased.read(),
    }
    .map_err(|error| Failure::Said(error.to_string()))?;
    let status = match reader.statuses(account.id, serial.number(), 1)?.first() {
        None => "issued".to_owned(),
        Some(dead) => {
            let because = if dead.reason.is_empty() { String::new() } else { format!(": {}", dead.reason) };
            format!("{} since {}{because}", dead.usage.status.name(), dead.at)
        }
    };
    let print = |StoredPrint { print, outcome, .. }: StoredPrint| Print {
        print: format!("{}/{}", account.name, print.number),
        printer: print.printer,
        by: print.by,
        begun: print.at.to_string(),
        reprint: print.reprint,
        outcome: outcome.name(),
    };
    let prints = reader.prints_of(account.id, serial.number(), 1)?.into_iter().map(print).collect();
    let is_erased = matches!(kept, Kept::Erased(_));
    let bytes = kept.whole(serial.number());
    if png.is_some() || svg.is_some() {
        let matrix =
            Matrix::of(&symbol_content(Template::of_claims(&claims), bytes.as_ref().map_err(Clone::clone)?))?;
        if let Some(path) = png {
            std::fs::write(path, print::png(&matrix, 8)?).map_err(Failure::io(path))?;
        }
        if let Some(path) = svg {
            std::fs::write(path, print::svg(&matrix)).map_err(Failure::io(path))?;
        }
    }
    let shown = Shown {
        serial: serial.to_string(),
        account: account.name.to_string(),
        kind: claims.kind.to_string(),
        amount: claims.amount.to_string(),
        status,
        issued_at: claims.issued_at.to_string(),
        valid_from: claims.not_before.map(|time| time.to_string()),
        valid_until: claims.expires.map(|time| time.to_string()),
        has_holder: claims.holder.is_some(),
        holder_erased: is_erased,
        ascending: claims.registers.map(|registers| registers.0),
        descending: claims.registers.map(|registers| registers.1),
        weight_g: claims.weight_grams,
        service: claims.service.as_deref().map(str::to_owned),
        details: ItemDetails::from(&claims.details),
        prints,
        key: key.to_string(),
        text: bytes.ok().map(|bytes| text::to_text(&bytes)),
    };
    if args.json {
        output::json(&shown);
        return Ok(());
    }
    let mut rows = vec![
        ("serial", shown.serial),
        ("account", shown.account),
        ("kind", shown.kind),
        ("amount", shown.amount),
        ("status", shown.status),
        ("issued", shown.issued_at),
        ("key", shown.key),
    ];
    rows.extend(shown.valid_from.map(|time| ("valid from", time)));
    rows.extend(shown.valid_until.map(|time| ("valid until", time)));
    rows.extend(shown.service.map(|service| ("service", service)));
    rows.extend(shown.weight_g.map(|grams| ("weight", format!("{grams} g"))));
    rows.extend(shown.details.named());
    rows.extend(shown.prints.into_iter().map(|Print { print, printer, begun, reprint, outcome, .. }| {
        let again = reprint.map(|reason| format!(", again: {reason}")).unwrap_or_default();
        ("print", format!("{print} on {printer} at {begun}, {outcome}{again}"))
    }));
    match shown.text {
        Some(text) => rows.push(("text", text)),
        None => rows.push(("holder", "erased, and with it what the symbol says".into())),
    }
    output::sheet(rows);
    Ok(())
}
