//! What is fuzzed: for each decoder of foreign bytes, a function that holds it to what must be true of any input.
//!
//! `cargo xtask fuzz` searches inputs for them; the ordinary tests run them over the inputs in `fuzz/corpus`. None of
//! them is content with "doesn't panic": what was read has one form only, so writing it again gives the same bytes,
//! and what is genuine was made here.

mod asker;
mod bundle;
mod formats;
mod indicium;
mod items;
pub mod made;
mod made_formats;
mod module;
mod password;
mod postal;
mod segment;
mod signing_in;
mod status;
#[path = "../../indicia/tests/support/mod.rs"]
mod support;
mod text;

/// Panics where something isn't as it must be; otherwise says whether the input was taken.
pub type Body = fn(&[u8]) -> bool;

/// Every target by name.
pub const TARGETS: [(&str, Body); 25] = [
    ("indicium", indicium::indicium),
    ("claims", indicium::claims),
    ("text", text::text),
    ("bundle", bundle::bundle),
    ("certificate", bundle::certificate),
    ("status", status::status),
    ("segment", segment::segment),
    ("sealed_record", module::sealed_record),
    ("record", module::record),
    ("transaction", module::transaction),
    ("order", module::order),
    ("change", module::change),
    ("items_csv", items::csv),
    ("items_jsonl", items::jsonl),
    ("items_document", items::document),
    ("signature_params", asker::signature_params),
    ("asked", asker::asked),
    ("password_message", password::message),
    ("sign_in_step", signing_in::step),
    ("postal", postal::postal),
    ("ibi", formats::ibi),
    ("boarding_pass", formats::boarding_pass),
    ("railway_ticket", formats::railway_ticket),
    ("element_string", formats::element_string),
    ("recognised", formats::recognised),
];

/// Runs one target.
///
/// # Panics
/// Where the input shows a fault, or there is no such target.
pub fn run(target: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    found.expect("fuzz targets are named as in the table").1(input);
}
