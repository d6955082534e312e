//! `mintage bundle …`

use crate::args::{Args, BundleCommand};
use crate::failure::Failure;
use crate::office::Office;
use crate::output;

pub(crate) fn run(args: &Args, command: &BundleCommand) -> Result<(), Failure> {
    let BundleCommand::Export { out, days } = command;
    let office = Office::open(args)?;
    let bundle = office.renew_bundle(*days)?;
    let path = out.clone().unwrap_or_else(|| office.folder.bundle());
    std::fs::write(&path, &bundle).map_err(Failure::io(&path))?;
    let opened = indicia::TrustBundle::open(&bundle, None)?;
    let (file, root) = (path.display().to_string(), opened.root().key_id().to_string());
    if args.json {
        output::json(&serde_json::json!({
            "file": file, "issuer": opened.issuer(), "root": root, "devices": opened.device_count(),
            "expires": opened.expires().to_string(), "bytes": bundle.len(),
        }));
    } else {
        println!(
            "Wrote {file}: issuer {}, root key {root}, {} devices, valid until {}.",
            opened.issuer(),
            opened.device_count(),
            opened.expires()
        );
        println!(
            "Give verifiers the root key's id by another way than the file, so that they can pin it (--root)."
        );
    }
    Ok(())
}
