//! What a template's document says of labels: read strictly, and changed from what is shipped.

use faces::{Face, Language, Signatures, Word};
use indicia::{Amount, Item, Template};
use items::{read_template, shipped_faces};
use print::FacingMark;
use proptest::prelude::*;

/// Five rows.
fn head(template: &str) -> String {
    let template = Template::by_name(template).expect("a template");
    let (name, kind, symbol) = (template.name, template.kind, template.symbol.name());
    let redemption = template.redeeming.name();
    format!(
        "name = {name:?}\nversion = 3\nkind = \"{kind}\"\nsymbol = {symbol:?}\nredemption = {redemption:?}\n"
    )
}

fn face(template: &str, rest: &str) -> Face {
    let read = read_template(format!("{}{rest}", head(template)).as_bytes());
    read.unwrap_or_else(|faults| panic!("{faults}")).face
}

/// Row, entry and what is said of each fault.
fn faults(document: &str) -> Vec<(u64, String, String)> {
    let faults = read_template(document.as_bytes()).expect_err("faults").faults;
    let parts =
        |fault: items::Fault| (fault.row, fault.column.unwrap_or_default(), fault.problem.to_string());
    faults.into_iter().map(parts).collect()
}

#[track_caller]
fn assert_faults(template: &str, rest: &str, expected: &[(u64, &str, &str)]) {
    let found = faults(&format!("{}{rest}", head(template)));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((row, entry, said), (expected_row, expected_entry, says)) in found.iter().zip(expected) {
        assert_eq!((*row, entry.as_str()), (*expected_row, *expected_entry), "{found:#?}");
        assert!(said.contains(says), "{said:?} doesn't say {says:?}");
    }
}

fn language(tag: &str) -> Language {
    tag.parse().expect("a tag")
}

/// The title and the terms of a ticket's label.
fn heading(face: &Face, tag: &str) -> (String, Option<String>) {
    let amount = Amount::saturating(100, "EUR/2".parse().expect("a denomination"));
    let lettering = face.voice(&[language(tag)]).lettering(&Item::new(face.template, amount));
    (lettering.title, lettering.terms)
}

#[test]
fn what_a_document_says_takes_the_place_of_what_is_shipped() {
    let own = face(
        "cheque",
        "[label]\nlayout = \"L7163\"\nlanguage = \"de-AT\"\n[text.de]\ntitle = \"Scheck\"\nterms = \"\"\n\
         [text.de-AT]\ntitle = \"Zettel\"\n",
    );
    assert_eq!((own.layout.map(|layout| layout.name), own.signatures), (Some("a4-14"), Signatures::Two));
    assert_eq!(own.language, language("de-AT"));
    assert_eq!(heading(&own, "de-CH"), ("Scheck".into(), None));
    assert_eq!(heading(&own, "de-AT"), ("Zettel".into(), None));
    assert_eq!(heading(&own, "ja"), ("Zettel".into(), None), "its own language, where another isn't there");
    let (title, terms) = heading(&own, "fr");
    assert!(title == "Chèque de voyage" && terms.is_some_and(|terms| terms.starts_with("À signer")));
    assert_eq!(face("ticket", "[label]\nsignatures = \"one\"\n").signatures, Signatures::One);
    assert_eq!(face("postage", "[label]\nfacing_mark = \"A\"\n").facing_mark, Some(FacingMark::A));
    assert_eq!(face("postage", "[label]\nfacing_mark = \"none\"\n").facing_mark, None);
    let zone = face("ticket", "[label]\ntime_zone = \"Europe/Paris\"\n").time_zone;
    assert_eq!(zone.name(), "Europe/Paris");
    assert_eq!(&face("gift", ""), shipped_faces().of(Template::by_name("gift").expect("a template")));
}

#[test]
fn all_faults_of_labels_are_said_at_once() {
    assert_faults(
        "ticket",
        "[label]\nlayout = \"L1\"\nlanguage = \"sv\"\nsignatures = \"three\"\nfacing_mark = \"A\"\ncolour = 1\n\
         [text.en]\ntitle = \"\"\nseat = \"Seat\"\nuses = \"{} of {}\"\nname = \"x\"\nsignature = 7\n\
         [text.german]\ntitle = \"Karte\"\n[text.pl]\ntitle = \"Bilet\"\nterms = \"{}\"\n",
        &[
            (7, "label.layout", "mintage layouts"),
            (8, "label.language", "write them as [text.sv]"),
            (9, "label.signatures", "none, one or two"),
            (10, "label.facing_mark", "only postage"),
            (11, "label.colour", "no such entry; known are layout"),
            (13, "text.en.title", "something in it"),
            (14, "text.en.seat", "expected in it once"),
            (15, "text.en.uses", "expected in it once"),
            (16, "text.en.name", "no such entry; known are title, terms"),
            (17, "text.en.signature", "in quotes"),
            (18, "text.german", "isn't a language's tag"),
            (20, "text.pl", "missing are entrance, seat, enter"),
            (22, "text.pl.terms", "nothing can stand at {}"),
        ],
    );
    assert_faults("postage", "[label]\nfacing_mark = \"F\"\n", &[(7, "label.facing_mark", "A, B, C, D, E")]);
    assert_faults("ticket", "[label]\ntime_zone = \"Europe/Atlantis\"\n", &[(7, "label.time_zone", "IANA")]);
    assert_faults(
        "gift",
        "[label]\ntime_zone = \"Europe/Paris\"\n",
        &[(7, "label.time_zone", "only a ticket")],
    );
    assert_faults("ticket", "text = 1\nlabel = []\n", &[(6, "text", "[text.en]"), (7, "label", "[label]")]);
    assert_faults("ticket", "[text]\nde = 1\n", &[(7, "text.de", "a table is expected, as [text.de]")]);
    let twice = "[text.de]\ntitle = \"Karte\"\n[text.de-Latn]\ntitle = \"Karte\"\n";
    assert_faults("ticket", twice, &[(8, "text.de-Latn", "the texts in de stand in another table")]);
}

#[test]
fn what_cant_be_drawn_or_seen_is_no_text() {
    for (text, says) in [
        ("切符", "the labels' font doesn't draw 切 (U+5207), 符 (U+7B26)"),
        ("כרטיס", "U+05DB"),
        ("a\\u202Eb", "can't be seen"),
        ("two\\nlines", "can't be seen"),
        ("  ", "something in it"),
        (&"x".repeat(41), "it has 41 characters, 40 are possible"),
    ] {
        assert_faults("ticket", &format!("[text.de]\ntitle = \"{text}\"\n"), &[(7, "text.de.title", says)]);
    }
}

/// Whoever writes all words of a language has it.
#[test]
fn a_language_that_isnt_shipped_is_written_whole() {
    let words = |left_out: Word| {
        let word = |word: &Word| if word.has_place() { "ord {}" } else { "ord" };
        let others = Word::ALL.iter().filter(|word| **word != left_out && **word != Word::Terms);
        others.map(|one| format!("{} = {:?}\n", one.name(), word(one))).collect::<String>()
    };
    let whole = face("ticket", &format!("[label]\nlanguage = \"sv\"\n[text.sv]\n{}", words(Word::Terms)));
    assert_eq!((heading(&whole, "sv-FI").0, whole.language), ("ord".into(), language("sv")));
    for word in Word::ALL.into_iter().filter(|word| *word != Word::Terms) {
        let missing = format!("missing are {}", word.name());
        assert_faults("ticket", &format!("[text.sv]\n{}", words(word)), &[(6, "text.sv", &missing)]);
    }
}

/// A word of a document, good or bad.
fn a_word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zé{} ]{0,50}", Just("Platz {}".to_owned()), Just("山".to_owned())]
}

proptest! {
    #[test]
    fn no_label_finds_the_reader_unprepared(
        tables in prop::collection::vec("\\[{1,2}(label|text|text\\.[a-zA-Z-]{0,6}|text\\.\"..\")\\]{0,2}\n|[a-z_]{1,9} = [\"'a-z0-9{}\\[\\], ]{0,9}\n", 0..12),
    ) {
        let _ = read_template(format!("{}{}", head("postage"), tables.concat()).as_bytes());
    }

    /// Each entry that is wrong is said with its own row, and nothing else is.
    #[test]
    fn each_fault_has_its_row(words in prop::collection::vec(a_word(), Word::ALL.len()), blank in 0_usize..4) {
        let mut document = format!("{}{}[text.fr]\n", head("voucher"), "\n".repeat(blank));
        let mut expected = Vec::new();
        for (word, text) in Word::ALL.into_iter().zip(&words) {
            document += &format!("{} = {}\n", word.name(), serde_json::to_string(text).expect("a text"));
            let places = text.matches("{}").count();
            let is_seen = !text.contains(|character: char| character.is_control() || !"abcdefghijklmnopqrstuvwxyzéPlatz {}".contains(character));
            // What has other characters may be good or bad: those are left to the test before.
            prop_assume!(is_seen || text == "山");
            let is_good = text != "山" && text.chars().count() <= word.most()
                && places == usize::from(word.has_place())
                && (!text.trim().is_empty() || word == Word::Terms);
            if !is_good {
                let row = document.lines().count() as u64;
                expected.push((row, format!("text.fr.{}", word.name())));
            }
        }
        let found: Vec<_> = match read_template(document.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.faults.into_iter().map(|fault| (fault.row, fault.column.unwrap_or_default())).collect(),
        };
        prop_assert_eq!(found, expected);
    }
}
