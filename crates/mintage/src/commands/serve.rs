//! `mintage serve` and `mintage config`

use crate::args::{Args, ServeArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::office::Office;
use crate::output;
use crate::telemetry::Telemetry;

/// Serves until it is told to end.
pub(crate) fn run(args: &Args, serve: ServeArgs) -> Result<(), Failure> {
    let config = Config::new(&args.dir, serve.config.as_deref(), serve.given)?;
    // Dropped last, when there is nothing more to say.
    let _telemetry = Telemetry::begin(&config)?;
    let office = Office::open(args)?;
    let sandbox = office.module().sandbox.join("; ");
    let (served, rest) = office.into_served();
    let as_json = args.json;
    let result = server::serve(served, config.settings, |public, private| {
        tracing::info!(sandbox, "the crypto module is ready");
        tell_service_manager();
        if as_json {
            println!("{}", serde_json::json!({ "public": public, "private": private }));
        } else {
            eprintln!("Serving at {public}, and privately at {private}. Ctrl-C ends it in order.");
        }
    });
    // Only now: the engine has finished what was reserved.
    drop(rest);
    Ok(result?)
}

/// Says that customers are served, if a service manager wants to know: nobody else is there to hear it.
pub(super) fn tell_service_manager() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "the service manager can't be told that the server is ready");
    }
}

/// Shows what applies, and why.
pub(crate) fn show(args: &Args, serve: ServeArgs) -> Result<(), Failure> {
    let config = Config::new(&args.dir, serve.config.as_deref(), serve.given)?;
    if args.json {
        output::json(&config.shown);
    } else {
        let rows = config.shown.into_iter();
        output::table(
            &["setting", "value", "from"],
            rows.map(|one| vec![one.name.to_owned(), one.value, one.source]),
        );
    }
    Ok(())
}
