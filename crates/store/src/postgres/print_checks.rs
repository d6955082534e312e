//! Checks what is to be printed against what is stored, and against what the commit itself has made of that by then.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use indicia::Status;
use tokio_postgres::Row;

use super::connection::Value;
use super::picture::{Picture, Questions};
use super::row::{account, unsigned, unsigned_or_none};
use crate::codes::{Coded, bound, int};
use crate::commit::Commit;
use crate::error::{Conflict, StoreError};
use crate::ids::AccountId;
use crate::prints::{MOST_PIECE, NewPrint, PrintOutcome};

/// Runs of numbers: how many are issued, the first that is void or used up of those that the commit doesn't change, and the
/// first print that holds any and may be on paper.
const RUNS: &str = "SELECT named.account, named.first, named.past,
        (SELECT coalesce(sum(least(s.first + s.count, named.past) - greatest(s.first, named.first)), 0)::bigint
            FROM segments s WHERE s.account = named.account AND s.first < named.past AND s.first + s.count > named.first
            AND s.first >= coalesce((SELECT max(n.first) FROM segments n
                WHERE n.account = named.account AND n.first <= named.first), 0)),
        (SELECT min(u.number) FROM statuses u WHERE u.account = named.account AND u.number >= named.first
            AND u.number < named.past AND u.status IN ($4, $5)
            AND (u.account, u.number) NOT IN (SELECT * FROM unnest($6::bigint[], $7::bigint[]))),
        (SELECT min(p.print) FROM printed r JOIN prints p ON p.account = r.account AND p.print = r.print
            WHERE r.account = named.account AND r.first > named.first - $8 AND r.first < named.past
            AND r.first + r.count > named.first AND p.outcome <> $9)
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS named (account, first, past)";
const LAST: &str = "SELECT named.account, (SELECT max(print) FROM prints p WHERE p.account = named.account)
    FROM unnest($1::bigint[]) AS named (account)";
const OPEN: &str =
    "SELECT p.account, p.print FROM unnest($1::bigint[], $2::bigint[]) AS named (account, print)
    JOIN prints p ON p.account = named.account AND p.print = named.print WHERE p.outcome = 0";

/// What the books say of what is to be printed.
#[derive(Debug, Default)]
pub(super) struct PrintPicture {
    runs: HashMap<(AccountId, u64, u64), RunState>,
    last: HashMap<AccountId, u64>,
    open: HashSet<(AccountId, u64)>,
}

#[derive(Debug, Clone, Copy)]
struct RunState {
    issued: u64,
    dead: Option<u64>,
    before: Option<u64>,
}

/// Asks for what the checks need.
pub(super) fn ask<'a>(commit: &'a Commit, questions: &mut Questions<'a>) -> Result<(), StoreError> {
    let (mut accounts, mut firsts, mut pasts) = (Vec::new(), Vec::new(), Vec::new());
    for print in commit.prints.iter().filter(|print| print.is_in_order()) {
        for run in &print.runs {
            accounts.push(i64::from(print.account.0));
            firsts.push(int("a serial number", run.start)?);
            pasts.push(int("a serial number", run.end)?);
        }
    }
    if !commit.prints.is_empty() {
        let of: Vec<i64> = commit.prints.iter().map(|print| i64::from(print.account.0)).collect();
        questions.ask(LAST, vec![Box::new(of)], add_last);
    }
    if !accounts.is_empty() {
        let changed = commit.statuses.iter();
        let changed: (Vec<i64>, Vec<i64>) =
            changed.map(|change| (i64::from(change.account.0), bound(change.number))).unzip();
        let values: Vec<Value<'a>> = vec![
            Box::new(accounts),
            Box::new(firsts),
            Box::new(pasts),
            Box::new(Status::Void.code()),
            Box::new(Status::Redeemed.code()),
            Box::new(changed.0),
            Box::new(changed.1),
            Box::new(bound(MOST_PIECE)),
            Box::new(PrintOutcome::NotSent.code()),
        ];
        questions.ask(RUNS, values, add_run);
    }
    let mut heard = Vec::new();
    for news in &commit.print_news {
        heard.push((i64::from(news.account.0), int("a print", news.number)?));
    }
    questions.ask_pairs(OPEN, heard, add_open);
    Ok(())
}

fn add_last(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    if let Some(last) = unsigned_or_none(row, 1)? {
        picture.prints.last.insert(account(row, 0)?, last);
    }
    Ok(())
}

fn add_run(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    let state = RunState {
        issued: unsigned(row, 3)?,
        dead: unsigned_or_none(row, 4)?,
        before: unsigned_or_none(row, 5)?,
    };
    picture.prints.runs.insert((account(row, 0)?, unsigned(row, 1)?, unsigned(row, 2)?), state);
    Ok(())
}

fn add_open(picture: &mut Picture, row: &Row) -> Result<(), StoreError> {
    picture.prints.open.insert((account(row, 0)?, unsigned(row, 1)?));
    Ok(())
}

/// Checks prints and news of a commit whose other parts fit.
pub(super) fn check(commit: &Commit, picture: &mut Picture) -> Result<(), Conflict> {
    for (place, print) in commit.prints.iter().enumerate() {
        let NewPrint { account, number, .. } = *print;
        if !picture.accounts.contains_key(&account) {
            return Err(Conflict::NoAccount(account));
        }
        let last = picture.prints.last.insert(account, number);
        if !print.is_in_order() || last >= Some(number) {
            return Err(Conflict::PrintExists(account, number));
        }
        for run in &print.runs {
            check_run(commit, place, run, picture)?;
        }
        picture.prints.open.insert((account, number));
    }
    for news in &commit.print_news {
        let print = (news.account, news.number);
        let is_open = if news.outcome == PrintOutcome::Open {
            picture.prints.open.contains(&print)
        } else {
            picture.prints.open.remove(&print)
        };
        if !is_open {
            return Err(Conflict::NoOpenPrint(news.account, news.number));
        }
    }
    Ok(())
}

fn check_run(commit: &Commit, place: usize, run: &Range<u64>, picture: &Picture) -> Result<(), Conflict> {
    let print = &commit.prints[place];
    let (account, first, last) = (print.account, run.start, run.end - 1);
    // Each was asked for.
    let state = picture.prints.runs.get(&(account, run.start, run.end));
    let state = state.copied().unwrap_or(RunState { issued: 0, dead: None, before: None });
    let finished = commit.finished.iter().filter(|finished| finished.account == account);
    let now_issued = finished.flat_map(|finished| &finished.segments).map(|segment| {
        let past = segment.first.saturating_add(segment.count.into());
        past.min(run.end).saturating_sub(segment.first.max(run.start))
    });
    if state.issued + now_issued.sum::<u64>() != run.end - run.start {
        return Err(Conflict::NotAllIssued(account, first, last));
    }
    let changed =
        commit.statuses.iter().filter(|change| change.account == account && run.contains(&change.number));
    let is_dead = |number: &u64| {
        let serial = picture.serials.get(&(account, *number));
        serial.is_some_and(|serial| matches!(serial.usage.status, Status::Void | Status::Redeemed))
    };
    let now_dead = changed.map(|change| change.number).filter(is_dead).min();
    if let Some(number) = now_dead.into_iter().chain(state.dead).min() {
        return Err(Conflict::NotPrintable(account, number));
    }
    if print.reprint.is_some() {
        return Ok(());
    }
    let overlaps = |other: &&NewPrint| {
        other.account == account
            && other.runs.iter().any(|other| other.start < run.end && run.start < other.end)
    };
    let now_printed = commit.prints[..place].iter().find(overlaps).map(|other| other.number);
    match state.before.or(now_printed) {
        Some(before) => Err(Conflict::PrintedBefore(account, first, last, before)),
        None => Ok(()),
    }
}
