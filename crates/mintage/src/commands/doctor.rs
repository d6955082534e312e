//! `mintage doctor`

mod machine;

use std::path::Path;

use crate::args::Args;
use crate::config::{Config, Given};
use crate::failure::Failure;
use crate::office::Office;
use crate::output;

/// Days before its end at which a key's expiry is warned of.
const WARN_DAYS: u64 = 60;
const DAY: u64 = 86_400;

pub(crate) fn run(args: &Args, config: Option<&Path>) -> Result<(), Failure> {
    let config = Config::new(&args.dir, config, Given::default())?;
    // Opening it is most of the examination: self-tests, keystore, registers against anchor, recovery.
    let office = Office::open(args)?;
    let module = office.module();
    let mut warnings = Vec::new();
    if module.sandbox.iter().any(|phrase| phrase.contains("NOT")) {
        warnings.push("the module's process isn't fully locked in".to_owned());
    }
    if module.torn_bytes > 0 {
        warnings.push(format!(
            "{} bytes of an unfinished register write were cut off after a crash",
            module.torn_bytes
        ));
    }
    let now = crate::office::now().0;
    for summary in office.reader.accounts()? {
        let Some(account) = office.reader.account(summary.id)? else { continue };
        let inspected = engine::SecureModule::inspect(office.host(), &account.record)?;
        if let Some(fault) = inspected.fault {
            warnings.push(format!("account {}: {fault}", account.name));
        }
        if inspected.key_expires < now.saturating_add(WARN_DAYS * DAY) {
            let days = days_left(inspected.key_expires, now);
            warnings.push(format!("account {}: its indicium key expires in {days} days", account.name));
        }
        // A clock that went back is noticed by what was done before it did.
        if office.reader.last_transaction_at(account.id)?.is_some_and(|last| last.0 > now) {
            warnings.push(format!(
                "account {}: its last transaction is later than this machine's clock",
                account.name
            ));
        }
        if let Some(reason) = account.locked {
            warnings.push(format!("account {} is locked: {reason}", account.name));
        }
    }
    warnings.extend(office.reader.find_damage()?);
    let paths = office.folder.module_paths();
    warnings.extend(machine::examine(&config.settings, office.folder.path(), &paths.anchor, now));
    if paths.anchor.parent() == Some(office.folder.path()) {
        warnings.push("the anchor lies beside what it anchors; on another disk it protects more".to_owned());
    }
    say(args, &module, &warnings);
    Ok(())
}

fn days_left(until: u64, now: u64) -> u64 {
    until.saturating_sub(now) / DAY
}

fn say(args: &Args, module: &module::protocol::Ready, warnings: &[String]) {
    let id: String = module.module.iter().map(|byte| format!("{byte:02x}")).collect();
    let root = super::root_id(&module.root);
    if args.json {
        output::json(&serde_json::json!({
            "issuer": module.issuer, "module": id, "root": root, "devices": module.devices, "epoch": module.epoch,
            "sandbox": module.sandbox, "self_tests": "passed", "warnings": warnings,
        }));
        return;
    }
    let rows = [
        ("issuer", module.issuer.clone()),
        ("root key", root),
        ("module", id),
        ("self-tests", "passed".to_owned()),
        ("devices", module.devices.to_string()),
        ("epoch", module.epoch.to_string()),
        ("sandbox", module.sandbox.join("; ")),
    ];
    output::sheet(rows);
    for warning in warnings {
        println!("WARNING: {warning}");
    }
    if warnings.is_empty() {
        println!("All well.");
    }
}
