//! What is printed is on record, and only a reprint prints it again.

#![allow(clippy::single_range_in_vec_init)] // a print has runs, and one of them is a list too

use indicia::UnixTime;
use store::{
    AccountId, Commit, Conflict, NewPrint, PrintNews, PrintOutcome, PrinterChange, StoredPrint,
    StoredPrinter, Usage,
};

use super::{A, B, Factory, Fixture, VOID, becomes, used_up};

/// A print of A.
pub(crate) fn print(number: u64, runs: &[std::ops::Range<u64>]) -> NewPrint {
    NewPrint {
        account: A,
        number,
        runs: runs.to_vec(),
        by: "box office".into(),
        printer: "desk".into(),
        job_name: format!("Mintage {number}"),
        reprint: None,
        at: UnixTime(90),
    }
}

pub(crate) fn news(number: u64, outcome: PrintOutcome) -> PrintNews {
    let said = "door\0 open".to_owned();
    PrintNews { account: A, number, job: None, outcome, said, at: UnixTime(95) }
}

/// With indicia 1 to 3,005 of A.
fn issued(factory: Factory) -> Option<Fixture> {
    let mut fixture = Fixture::with_accounts(factory)?;
    for (number, count) in [(1, 5), (2, 3_000)] {
        fixture.plan_one(number, count);
        fixture.finish_now(number, count);
    }
    Some(fixture)
}

impl Fixture {
    fn print(&mut self, print: NewPrint) {
        self.commit(Commit { prints: vec![print], ..Commit::default() }).unwrap();
    }

    fn refuse_print(&mut self, print: NewPrint) -> Conflict {
        self.conflict(Commit { prints: vec![print], ..Commit::default() })
    }

    fn hear(&mut self, news: PrintNews) {
        self.commit(Commit { print_news: vec![news], ..Commit::default() }).unwrap();
    }
}

pub(crate) fn a_print_begins_once_and_ends_once(factory: Factory) {
    let Some(mut fixture) = issued(factory) else { return };
    let first = print(1, &[2..3, 4..2_900]);
    fixture.print(first.clone());
    let begun = StoredPrint {
        print: first.clone(),
        job: None,
        outcome: PrintOutcome::Open,
        said: String::new(),
        heard: first.at,
    };
    for number in [2, 4, 1_500, 2_899] {
        assert_eq!(fixture.reader.prints_of(A, number, 1).unwrap(), std::slice::from_ref(&begun), "{number}");
    }
    for number in [1, 3, 2_900] {
        assert_eq!(fixture.reader.prints_of(A, number, 1).unwrap(), [], "{number}");
    }
    assert_eq!(fixture.reader.prints_of(B, 2, 1).unwrap(), []);
    assert_eq!(fixture.reader.open_prints(9).unwrap(), [begun]);
    fixture.hear(PrintNews { job: Some(7), ..news(1, PrintOutcome::Open) });
    fixture.hear(news(1, PrintOutcome::Printed));
    let [ended] = fixture.reader.prints(A, None, 9).unwrap().try_into().unwrap();
    assert_eq!((ended.job, ended.outcome, ended.heard), (Some(7), PrintOutcome::Printed, UnixTime(95)));
    assert!(ended.said.starts_with("door") && ended.said.ends_with(" open"), "{:?}", ended.said);
    assert_eq!(fixture.reader.open_prints(9).unwrap(), []);

    let over = Conflict::NoOpenPrint(A, 1);
    let again = news(1, PrintOutcome::Canceled);
    assert_eq!(fixture.conflict(Commit { print_news: vec![again], ..Commit::default() }), over);
    let nothing = news(2, PrintOutcome::Open);
    assert_eq!(
        fixture.conflict(Commit { print_news: vec![nothing], ..Commit::default() }),
        Conflict::NoOpenPrint(A, 2)
    );
    fixture.print(print(3, &[1..2]));
    let numbers = |before| -> Vec<u64> {
        fixture.reader.prints(A, before, 1).unwrap().iter().map(|found| found.print.number).collect()
    };
    assert_eq!((numbers(None), numbers(Some(3)), numbers(Some(1))), (vec![3], vec![1], vec![]));
}

pub(crate) fn only_a_reprint_prints_again(factory: Factory) {
    let Some(mut fixture) = issued(factory) else { return };
    fixture.print(print(1, &[1..3, 100..2_500]));
    for run in [1..2, 2..4, 50..101, 2_499..3_000, 1..3_006, 1_400..1_401] {
        let before = Conflict::PrintedBefore(A, run.start, run.end - 1, 1);
        assert_eq!(fixture.refuse_print(print(2, std::slice::from_ref(&run))), before, "{run:?}");
    }
    fixture.print(print(2, &[3..100, 2_500..3_006]));
    let reprint = Some("the first was smeared".to_owned());
    fixture.print(NewPrint { reprint: reprint.clone(), ..print(3, &[2..4]) });
    assert_eq!(fixture.reader.prints_of(A, 2, 1).unwrap()[1].print.reprint, reprint);
    // A reprint that is over is no reason to print once more.
    fixture.hear(news(3, PrintOutcome::Failed));
    assert_eq!(fixture.refuse_print(print(4, &[3..4])), Conflict::PrintedBefore(A, 3, 3, 2));
    // What surely never was on paper can be printed.
    fixture.hear(news(1, PrintOutcome::NotSent));
    fixture.print(print(4, &[100..2_500]));
    assert_eq!(fixture.refuse_print(print(5, &[2..3])), Conflict::PrintedBefore(A, 2, 2, 3));
    let both = vec![print(5, &[1..2]), print(6, &[1..2])];
    assert_eq!(
        fixture.conflict(Commit { prints: both, ..Commit::default() }),
        Conflict::PrintedBefore(A, 1, 1, 5)
    );
}

pub(crate) fn what_is_not_good_is_not_printed(factory: Factory) {
    let Some(mut fixture) = issued(factory) else { return };
    assert_eq!(fixture.refuse_print(print(1, &[3_005..3_007])), Conflict::NotAllIssued(A, 3_005, 3_006));
    assert_eq!(fixture.refuse_print(print(1, &[0..2])), Conflict::NotAllIssued(A, 0, 1));
    let nobody = AccountId(9);
    assert_eq!(
        fixture.refuse_print(NewPrint { account: nobody, ..print(1, &[1..2]) }),
        Conflict::NoAccount(nobody)
    );
    #[allow(clippy::reversed_empty_ranges)] // that is what is wrong with them
    for runs in [&[][..], &[2..2], &[3..2], &[1..3, 3..4], &[5..6, 1..2]] {
        assert_eq!(fixture.refuse_print(print(1, runs)), Conflict::PrintExists(A, 1), "{runs:?}");
    }
    let statuses = vec![becomes(4, Usage::default(), VOID), becomes(2_000, Usage::default(), used_up(1))];
    fixture.commit(Commit { statuses, ..Commit::default() }).unwrap();
    let reprint =
        |runs: &[std::ops::Range<u64>]| NewPrint { reprint: Some("again".into()), ..print(1, runs) };
    assert_eq!(fixture.refuse_print(print(1, &[1..3_000])), Conflict::NotPrintable(A, 4));
    assert_eq!(fixture.refuse_print(reprint(&[1..2, 1_999..2_001])), Conflict::NotPrintable(A, 2_000));
    // What becomes void in the same commit is void by then.
    let now = Commit {
        statuses: vec![becomes(3, Usage::default(), VOID)],
        prints: vec![print(1, &[1..4])],
        ..Commit::default()
    };
    assert_eq!(fixture.conflict(now), Conflict::NotPrintable(A, 3));
    fixture.print(print(1, &[1..4, 5..2_000, 2_001..3_006]));
    assert_eq!(fixture.refuse_print(reprint(&[1..2])), Conflict::PrintExists(A, 1));
}

pub(crate) fn printers_are_kept_by_name(factory: Factory) {
    let Some(mut fixture) = factory() else { return };
    let printer =
        |name: &str, settings: &[u8]| StoredPrinter { name: name.into(), settings: settings.into() };
    let keep = |name: &str, settings: &[u8]| PrinterChange::Keep(printer(name, settings));
    let mut change = |printers| fixture.commit(Commit { printers, ..Commit::default() }).unwrap();
    change(vec![keep("desk", b"1"), keep("Back office", b"2"), keep("desk", b"3")]);
    change(vec![PrinterChange::Remove("nowhere".into()), keep("gate", b"4")]);
    change(vec![keep("gate", b""), PrinterChange::Remove("Back office".into())]);
    assert_eq!(fixture.reader.printers().unwrap(), [printer("desk", b"3"), printer("gate", b"")]);
}
