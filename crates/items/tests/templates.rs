//! Templates' documents: the shipped ones are the templates there are, and bad ones are refused for all that is wrong with them.

use indicia::{
    Amount, BrokenRule, Detail, Item, ItemList, Presence, Price, ProofForm, RuleBook, RuleError, Rules,
    Template,
};
use items::{Problem, read_template, shipped_faces, shipped_template};
use proptest::prelude::*;

const HEAD: &str =
    "name = \"ticket\"\nversion = 3\nkind = \"ticket\"\nsymbol = \"qr\"\nredemption = \"whole\"\n";

fn read(rest: &str) -> Rules {
    let read = read_template(format!("{HEAD}{rest}").as_bytes());
    read.unwrap_or_else(|faults| panic!("{faults}")).rules
}

/// Row, entry and the beginning of what is said.
fn faults(document: &str) -> Vec<(u64, Option<String>, String)> {
    let faults = read_template(document.as_bytes()).expect_err("faults").faults;
    faults.into_iter().map(|fault| (fault.row, fault.column, fault.problem.to_string())).collect()
}

#[track_caller]
fn assert_faults(document: &str, expected: &[(u64, &str, &str)]) {
    let found = faults(document);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((row, entry, said), (expected_row, expected_entry, says)) in found.iter().zip(expected) {
        assert_eq!(
            (*row, entry.as_deref().unwrap_or_default()),
            (*expected_row, *expected_entry),
            "{found:#?}"
        );
        assert!(said.contains(says), "{said:?} doesn't say {says:?}");
    }
}

fn item(units: u64) -> Item {
    let euro = "EUR/2".parse().expect("a denomination");
    Item::new(Template::by_name("ticket").expect("a template"), Amount::saturating(units, euro))
}

fn euro(units: u64) -> Amount {
    item(units).amount
}

#[test]
fn each_template_has_a_document_that_changes_nothing() {
    for template in Template::all() {
        let document = shipped_template(template).expect("a document");
        let nothing = Rules {
            template,
            version: 1,
            accounts: Vec::new(),
            details: std::collections::BTreeMap::new(),
            price: Price::Any,
            not_before: None,
            expires: None,
            most_days: None,
        };
        let read = read_template(document.as_bytes()).expect("a document");
        assert_eq!((&read.rules, &read.face), (&nothing, shipped_faces().of(template)));
        let titled = |tag: &str| read.face.languages().any(|language| language.to_string() == tag);
        assert!(["en", "de", "fr", "es", "it"].into_iter().all(titled), "{}", template.name);
    }
}

#[test]
fn a_template_without_a_version_is_refused_by_name() {
    let document = HEAD.replace("version = 3\n", "");
    let faults = read_template(document.as_bytes()).expect_err("a fault").faults;
    assert_eq!((faults.len(), &faults[0].problem), (1, &Problem::NoVersion));
    for version in ["0", "-1", "1.5", "\"1\"", "0x10", "4294967296"] {
        let document = HEAD.replace("version = 3", &format!("version = {version}"));
        assert_faults(&document, &[(2, "version", "a whole number, 1 or more")]);
    }
}

#[test]
fn all_faults_are_said_at_once_each_with_row_and_entry() {
    let document = "name = \"ticket\"\nkind = \"coupon\"\nsymbol = 7\ncolour = \"red\"\naccounts = [1, \"\"]\n\
        [claims]\nholder = \"must\"\nname = \"x\"\n[price]\ndenomination = \"EUR/2\"\nleast = \"1.001\"\nmost = 5\n\
        step = \"0\"\n[validity]\nfrom = \"tomorrow\"\nuntil = 2026-02-30\nmost_days = 0\n";
    // A date that no calendar has is a mistake of writing, and is said first.
    assert_eq!(faults(document)[0].0, 16);
    let document = document.replace("2026-02-30", "5");
    assert_faults(
        &document,
        &[
            (1, "version", "without a version"),
            (1, "redemption", "a value is expected"),
            (2, "kind", "the kind of template ticket is ticket"),
            (3, "symbol", "a text in quotes"),
            (4, "colour", "no such entry; known are name, version"),
            (5, "accounts", "an account's name"),
            (5, "accounts", "an account's name"),
            (7, "claims.holder", "required, optional or never"),
            (8, "claims.name", "no such entry; known are holder"),
            (11, "price.least", ""),
            (12, "price.most", "in quotes"),
            (13, "price.step", "more than nothing"),
            (15, "validity.from", "a date is expected"),
            (16, "validity.until", "a date is expected"),
            (17, "validity.most_days", "a number of days"),
        ],
    );
}

#[test]
fn a_price_is_said_in_one_way() {
    let price = |rest: &str| format!("{HEAD}[price]\ndenomination = \"EUR/2\"\n{rest}");
    for rest in ["", "fixed = \"1\"\none_of = [\"1\"]\n", "fixed = \"1\"\nmost = \"1\"\n", "step = \"1\"\n"] {
        assert_faults(&price(rest), &[(6, "price", "one of these")]);
    }
    assert_faults(&price("least = \"1\"\n"), &[(6, "price.most", "a value is expected")]);
    assert_faults(&price("least = \"2\"\nmost = \"1\"\n"), &[(9, "price.most", "less than least")]);
    assert_faults(&price("one_of = []\n"), &[(8, "price.one_of", "with something in it")]);
    assert_faults(&format!("{HEAD}[price]\nfixed = \"1\"\n"), &[(6, "price.denomination", "a value")]);
    assert_faults(&format!("{HEAD}price = 7\n"), &[(6, "price", "a table is expected, as [price]")]);
}

#[test]
fn what_is_no_toml_is_refused_where_it_goes_wrong() {
    assert_faults(&format!("{HEAD}name = \"again\"\n"), &[(6, "", "character 1: duplicate key")]);
    let open = faults("name = \"ticket\nversion = 1\n");
    assert!(open[0].0 == 1 && open[0].2.starts_with("character 15: "), "{open:?}");
    let latin = [HEAD.as_bytes(), b"# Zo\xeb\n"].concat();
    let faults = read_template(&latin).expect_err("a fault").faults;
    assert_eq!((faults[0].row, &faults[0].problem), (6, &Problem::NotUtf8 { byte: 5 }));
    let faults = read_template(b" \n").expect_err("a fault").faults;
    assert_eq!(faults[0].problem, Problem::EmptyFile);
    assert_faults(&HEAD.replace("name = \"ticket\"", "name = \"coach\""), &[(1, "name", "ticket, postage")]);
}

#[test]
fn items_are_held_to_the_rules() {
    let rules = read(
        "accounts = [\"theatre\", \"opera\"]\n[claims]\nholder = \"required\"\nweight = \"never\"\n[price]\n\
         denomination = \"EUR/2\"\none_of = [\"5\", \"10.00\"]\n[validity]\nfrom = 2027-01-01\nuntil = \"2027-12-31\"\n",
    );
    let details = [(Detail::Holder, Presence::Required), (Detail::Weight, Presence::Never)];
    assert_eq!((rules.version, &rules.details), (3, &details.into_iter().collect()));
    let (from, until) = (rules.not_before.expect("a day"), rules.expires.expect("a day"));
    assert_eq!(
        (from.to_string(), until.to_string()),
        ("2027-01-01T00:00:00Z".into(), "2028-01-01T00:00:00Z".into())
    );
    let good =
        Item { holder: Some("Zoë".into()), not_before: Some(from), expires: Some(until), ..item(500) };
    assert_eq!(rules.check("opera", &good), Ok(()));
    let refused = |account: &str, item: Item| rules.check(account, &item).expect_err("a rule is broken");
    assert!(matches!(refused("cinema", good.clone()), RuleError::Account { .. }));
    assert_eq!(refused("opera", Item { holder: None, ..good.clone() }), RuleError::Missing(Detail::Holder));
    let heavy = Item { weight_grams: Some(1), ..good.clone() };
    assert_eq!(refused("opera", heavy), RuleError::Needless(Detail::Weight));
    let dear = Item { amount: euro(501), ..good.clone() };
    let allowed = "5.00 EUR or 10.00 EUR".to_owned();
    assert_eq!(refused("opera", dear), RuleError::NotOneOf { amount: euro(501), allowed });
    for not_before in [None, Some(indicia::UnixTime(from.0 - 1))] {
        assert_eq!(refused("opera", Item { not_before, ..good.clone() }), RuleError::TooEarly(from));
    }
    for expires in [None, Some(indicia::UnixTime(until.0 + 1))] {
        assert_eq!(refused("opera", Item { expires, ..good.clone() }), RuleError::TooLate(until));
    }
    let dollars = Amount::saturating(500, "USD/2".parse().expect("a denomination"));
    let foreign = Item { amount: dollars, ..good.clone() };
    assert_eq!(refused("opera", foreign), RuleError::Denomination(good.amount.denomination()));

    // Of a batch the place of the item is said, and other templates are left alone.
    let book = RuleBook::from_iter([rules]);
    let coupon = Item { template: Template::by_name("coupon").expect("a template"), ..item(7) };
    let list = |items| ItemList { proof: ProofForm::Signature, denomination: euro(1).denomination(), items };
    assert_eq!(book.check("opera", &list(vec![coupon.clone(), good.clone()])), Ok(()));
    let broken = book.check("opera", &list(vec![coupon, good.clone(), Item { holder: None, ..good }]));
    let error = RuleError::Missing(Detail::Holder);
    assert_eq!(broken, Err(BrokenRule { item: 3, template: "ticket", version: 3, error }));
}

proptest! {
    #[test]
    fn an_item_is_valid_for_no_more_than_the_days_there_are(days in 1_u32..4000, from in 0_u64..1_000_000, seconds: u32) {
        let rules = read(&format!("[validity]\nmost_days = {days}\n"));
        let (most, from) = (u64::from(days) * 86_400, indicia::UnixTime(from));
        let refused = Err(RuleError::TooLong(days));
        for long in [1, most, most + 1, u64::from(seconds).max(1)] {
            let (not_before, expires) = (Some(from), Some(indicia::UnixTime(from.0 + long)));
            let expected = if long <= most { Ok(()) } else { refused.clone() };
            prop_assert_eq!(rules.check("a", &Item { not_before, expires, ..item(1) }), expected);
            prop_assert_eq!(rules.check("a", &Item { expires, ..item(1) }), refused.clone());
            prop_assert_eq!(rules.check("a", &Item { not_before, ..item(1) }), refused.clone());
        }
    }

    #[test]
    fn a_range_takes_its_steps_and_nothing_else(
        least in 1_u64..50, wide in 0_u64..50, step in 1_u64..9, units in 1_u64..120,
    ) {
        let most = least + wide;
        let rules = read(&format!(
            "[price]\ndenomination = \"EUR/2\"\nleast = \"0.{least:02}\"\nmost = \"0.{most:02}\"\nstep = \"0.{step:02}\"\n"
        ));
        let steps = (0..).map(|number| least + number * step).take_while(|units| *units <= most);
        let is_step = steps.into_iter().any(|possible| possible == units);
        prop_assert_eq!(rules.check("a", &item(units)).is_ok(), is_step);
    }

    #[test]
    fn no_document_finds_the_reader_unprepared(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        rest in "[a-z_\\[\\]{}=\"'#.,0-9 \n-]{0,120}",
    ) {
        let _ = read_template(&bytes);
        let _ = read_template(format!("{HEAD}{rest}").as_bytes());
    }

    #[test]
    fn a_fixed_price_is_the_only_one(fixed in 1_u64..1_000, units in 1_u64..1_000) {
        let rules = read(&format!("[price]\ndenomination = \"EUR/2\"\nfixed = \"{}.{:02}\"\n", fixed / 100, fixed % 100));
        prop_assert_eq!(&rules.price, &Price::OneOf(vec![euro(fixed)]));
        prop_assert_eq!(rules.check("a", &item(units)).is_ok(), fixed == units);
    }
}
