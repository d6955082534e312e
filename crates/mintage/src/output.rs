//! What people and programs see.

use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::Failure;

/// Prints a value as one JSON document.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("mintage: the answer can't be written as JSON: {error}"),
    }
}

/// Says on standard error why a command failed.
pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if let Failure::Unclean = failure {
        return;
    }
    if !as_json {
        eprintln!("mintage: {failure}");
        return;
    }
    let faults = match failure {
        Failure::Items { faults, .. } | Failure::Template { faults, .. } => {
            serde_json::to_value(faults).unwrap_or_default()
        }
        _ => serde_json::Value::Null,
    };
    eprintln!("{}", serde_json::json!({ "error": failure.to_string(), "faults": faults }));
}

/// Says what is wrong with the command line, or the help that was asked for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let as_json = std::env::args_os().any(|word| word == "--json");
    if !error.use_stderr() || !as_json {
        error.exit();
    }
    let text = error.to_string();
    let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    eprintln!("{}", serde_json::json!({ "error": sentence, "faults": null }));
    ExitCode::from(2)
}

/// A table with a header.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = unlined();
    table.style_mut().header_separator = presets::UTF8_HORIZONTAL_ONLY.row_separator;
    table.set_header(header);
    table.add_rows(rows);
    println!("{table}");
}

/// What one thing is like, a line for each of its sides.
pub(crate) fn sheet(rows: impl IntoIterator<Item = (&'static str, String)>) {
    let mut table = unlined();
    table.add_rows(rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]));
    println!("{table}");
}

fn unlined() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// A bar for long work: on a terminal only, and never with JSON.
pub(crate) fn progress(what: &'static str, length: u64, as_json: bool) -> ProgressBar {
    let target = if as_json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    // The template is a constant that was tried.
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
    {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
