//! The statements for what is printed, and on which printers.

use std::collections::BTreeMap;

use super::row::text;
use super::writing::{Calls, column, id, numbers};
use crate::codes::{Coded, bound, time};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::prints::{PrintNews, PrinterChange};

const BEGIN: &str = "INSERT INTO prints
    SELECT account, print, who, printer, job_name, reprint, at, NULL, 0, '', at
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
        AS new (account, print, who, printer, job_name, reprint, at)";
const ADD_PIECES: &str = "INSERT INTO printed (account, first, print, count)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";
const HEAR: &str = "UPDATE prints p SET job = coalesce(new.job, p.job), outcome = new.outcome, said = new.said, heard = new.heard
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::bigint[])
        AS new (account, print, job, outcome, said, heard)
    WHERE p.account = new.account AND p.print = new.print";
const KEEP: &str = "INSERT INTO printers SELECT * FROM unnest($1::text[], $2::bytea[])
    ON CONFLICT (name) DO UPDATE SET settings = excluded.settings";
const REMOVE: &str = "DELETE FROM printers WHERE name = ANY($1::text[])";

pub(super) fn add<'a>(commit: &'a Commit, calls: &mut Calls<'a>) -> Result<(), StoreError> {
    let prints = &commit.prints;
    calls.add(
        BEGIN,
        prints.len(),
        vec![
            column(prints, |print| id(print.account)),
            numbers(prints, "a print", |print| print.number)?,
            column(prints, |print| text(&print.by)),
            column(prints, |print| text(&print.printer)),
            column(prints, |print| text(&print.job_name)),
            column(prints, |print| print.reprint.as_deref().map(text)),
            column(prints, |print| time(print.at)),
        ],
    );
    let pieces = || prints.iter().flat_map(|print| print.pieces().map(move |piece| (print, piece)));
    calls.add(
        ADD_PIECES,
        pieces().count(),
        vec![
            column(pieces(), |(print, _)| id(print.account)),
            numbers(pieces(), "a serial number", |(_, piece)| piece.start)?,
            numbers(pieces(), "a print", |(print, _)| print.number)?,
            numbers(pieces(), "a count", |(_, piece)| piece.end - piece.start)?,
        ],
    );
    let heard = last_heard(commit);
    calls.add(
        HEAR,
        heard.len(),
        vec![
            column(&heard, |news| id(news.account)),
            numbers(&heard, "a print", |news| news.number)?,
            column(&heard, |news| news.job.map(i64::from)),
            column(&heard, |news| news.outcome.code()),
            column(&heard, |news| text(&news.said)),
            column(&heard, |news| time(news.at)),
        ],
    );
    // Of several changes of the same printer, the last counts.
    let changes = commit.printers.iter().map(|change| match change {
        PrinterChange::Keep(printer) => (printer.name.as_str(), Some(printer.settings.as_slice())),
        PrinterChange::Remove(name) => (name.as_str(), None),
    });
    let changes: BTreeMap<&str, Option<&[u8]>> = changes.collect();
    let kept: Vec<(&str, &[u8])> =
        changes.iter().filter_map(|(name, kept)| Some((*name, (*kept)?))).collect();
    let removed: Vec<&str> =
        changes.iter().filter(|(_, kept)| kept.is_none()).map(|(name, _)| *name).collect();
    let settings = vec![column(&kept, |(name, _)| *name), column(&kept, |(_, settings)| *settings)];
    calls.add(KEEP, kept.len(), settings);
    calls.add(REMOVE, removed.len(), vec![column(&removed, |name| *name)]);
    Ok(())
}

/// Of several news of the same print, the last count, with the job's number if any has it.
fn last_heard(commit: &Commit) -> Vec<PrintNews> {
    let mut heard: BTreeMap<_, PrintNews> = BTreeMap::new();
    for news in &commit.print_news {
        let before = heard.remove(&(news.account, bound(news.number)));
        let job = news.job.or(before.and_then(|before| before.job));
        heard.insert((news.account, bound(news.number)), PrintNews { job, ..news.clone() });
    }
    heard.into_values().collect()
}
