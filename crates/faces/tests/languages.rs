//! What labels say, in several languages, beside what people would write there.

use faces::{Face, Faces, Language, Lettering, Signatures, Word, Words};
use indicia::{Amount, Details, EntryWindow, Item, Template, UnixTime};
use proptest::prelude::*;

fn template(name: &str) -> &'static Template {
    Template::by_name(name).expect("a template")
}

fn amount(text: &str, denomination: &str) -> Amount {
    Amount::parse(text, denomination.parse().expect("a denomination")).expect("an amount")
}

fn time(text: &str) -> UnixTime {
    text.parse().expect("a time")
}

/// A face with signatures and, in French, terms.
fn face(template: &'static Template) -> Face {
    let mut face = Face::plain(template);
    face.signatures = Signatures::Two;
    for (tag, title) in [("de", "Eintrittskarte"), ("fr", "Billet"), ("it", "Biglietto"), ("es", "Entrada")] {
        face.say(tag.parse().expect("a tag"), Words::from([(Word::Title, title.to_owned())]));
    }
    let terms = Words::from([(Word::Terms, "Non remboursable.".to_owned())]);
    face.say("fr".parse().expect("a tag"), terms);
    face
}

fn ticket() -> Item {
    let entry =
        EntryWindow { from: Some(time("2026-12-31T19:30:00Z")), until: Some(time("2026-12-31T21:00:00Z")) };
    let details = Details {
        uses: Some(1_000),
        event: Some("Faust".into()),
        seat: Some("12".into()),
        entrance: Some("B".into()),
        entry,
        ..Details::default()
    };
    Item {
        holder: Some("Zoë Müller".into()),
        not_before: Some(time("2026-12-01T00:00:00Z")),
        expires: Some(time("2027-01-01T00:00:00Z")),
        details,
        ..Item::new(template("ticket"), amount("12345.00", "EUR/2"))
    }
}

fn letter() -> Item {
    let details = Details {
        mailed: Some("2026-11-27".parse().expect("a day")),
        destination: Some("80331".into()),
        ..Details::default()
    };
    Item {
        weight_grams: Some(1_250),
        service: Some("Brief".into()),
        expires: Some(time("2026-12-31T00:00:00Z")),
        details,
        ..Item::new(template("postage"), amount("0.730", "USD/3"))
    }
}

fn said(item: &Item, tags: &[&str]) -> Lettering {
    let wanted: Vec<Language> = tags.iter().map(|tag| tag.parse().expect("a tag")).collect();
    face(item.template).voice(&wanted).lettering(item)
}

/// With plain spaces: languages have narrower ones and such that never break.
fn plain(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    texts.into_iter().map(|text| plain(text.as_ref())).collect()
}

#[test]
fn a_ticket_in_five_languages() {
    for (tag, title, amount, lines, validity, signatures) in [
        (
            "en",
            "Ticket",
            "12,345.00 EUR",
            ["Faust", "Entrance B", "Seat 12", "Enter Dec 31, 2026, 7:30 PM – 9:00 PM UTC", "1,000 uses"],
            "Valid Dec 1, 2026 – Dec 31, 2026",
            ["Signature", "Countersignature"],
        ),
        (
            "de",
            "Eintrittskarte",
            "12.345,00 EUR",
            ["Faust", "Eingang B", "Platz 12", "Einlass 31.12.2026, 19:30 – 21:00 UTC", "1.000 Nutzungen"],
            "Gültig 01.12.2026 – 31.12.2026",
            ["Unterschrift", "Gegenunterschrift"],
        ),
        (
            "fr",
            "Billet",
            "12 345,00 EUR",
            [
                "Faust",
                "Entrée B",
                "Place 12",
                "Accès : 31 déc. 2026, 19:30 – 21:00 UTC",
                "1 000 utilisations",
            ],
            "Validité : 1 déc. 2026 – 31 déc. 2026",
            ["Signature", "Contresignature"],
        ),
        (
            "es",
            "Entrada",
            "12.345,00 EUR",
            ["Faust", "Puerta B", "Asiento 12", "Acceso: 31 dic 2026, 19:30 – 21:00 UTC", "1000 usos"],
            "Validez: 1 dic 2026 – 31 dic 2026",
            ["Firma", "Contrafirma"],
        ),
        (
            "it",
            "Biglietto",
            "12.345,00 EUR",
            ["Faust", "Ingresso B", "Posto 12", "Accesso: 31 dic 2026, 19:30 – 21:00 UTC", "1000 utilizzi"],
            "Validità: 1 dic 2026 – 31 dic 2026",
            ["Firma", "Controfirma"],
        ),
    ] {
        let said = said(&ticket(), &[tag]);
        assert_eq!((said.title.as_str(), plain([&said.amount])), (title, vec![amount.to_owned()]), "{tag}");
        assert_eq!(said.holder.as_deref(), Some("Zoë Müller"));
        assert_eq!(plain(&said.lines), lines, "{tag}");
        assert_eq!(plain(&said.validity), [validity], "{tag}");
        assert_eq!(said.signatures, signatures, "{tag}");
        assert_eq!(said.terms.is_some(), tag == "fr");
        said.all().for_each(|text| print::check_text(text).unwrap_or_else(|error| panic!("{error}")));
    }
}

#[test]
fn times_of_entering_are_as_the_clocks_at_the_door() {
    for (zone, tag, line) in [
        ("Europe/Paris", "fr", "Accès : 31 déc. 2026, 20:30 – 22:00"),
        ("America/New_York", "en", "Enter Dec 31, 2026, 2:30 PM – 4:00 PM"),
        ("Asia/Tokyo", "en-GB", "Enter 1 Jan 2027, 04:30 – 06:00"),
        ("Asia/Kathmandu", "de", "Einlass 01.01.2027, 01:15 – 02:45"),
        ("Asia/Karachi", "de", "Einlass 01.01.2027, 00:30 – 02:00"),
        ("Atlantic/Stanley", "de", "Einlass 31.12.2026, 16:30 – 18:00"),
        ("Asia/Riyadh", "de", "Einlass 31.12.2026, 22:30 – 01.01.2027, 00:00"),
    ] {
        let mut face = face(template("ticket"));
        face.time_zone = zone.parse().expect("a time zone");
        let lettering = face.voice(&[tag.parse().expect("a tag")]).lettering(&ticket());
        assert!(plain(&lettering.lines).contains(&line.to_owned()), "{zone}: {:?}", lettering.lines);
        // Days are those of their validity wherever they are used.
        assert_eq!(lettering.validity, said(&ticket(), &[tag]).validity, "{zone}");
    }
}

#[test]
fn a_letter_in_three_languages() {
    for (tag, amount, lines, validity) in [
        (
            "en-GB",
            "0.730 USD",
            ["Brief", "1,250 g", "Mailed 27 Nov 2026", "To 80331"],
            "Valid until 30 Dec 2026",
        ),
        (
            "de-CH",
            "0.730 USD",
            ["Brief", "1'250 g", "Einlieferung 27.11.2026", "Nach 80331"],
            "Gültig bis 30.12.2026",
        ),
        (
            "fr",
            "0,730 USD",
            ["Brief", "1 250 g", "Déposé le 27 nov. 2026", "Vers 80331"],
            "Valable jusqu’au 30 déc. 2026",
        ),
    ] {
        let said = said(&letter(), &[tag]);
        let known = (plain([&said.amount]), plain(&said.lines), plain(&said.validity));
        let apostrophe = |text: &String| text.replace('’', "'");
        assert_eq!(known.0, [amount], "{tag}");
        assert_eq!(known.1.iter().map(apostrophe).collect::<Vec<_>>(), lines, "{tag}");
        assert_eq!(known.2, [validity], "{tag}");
    }
}

#[test]
fn the_dearest_language_that_is_there_is_spoken() {
    let language = |tags: &[&str]| {
        let wanted: Vec<Language> = tags.iter().map(|tag| tag.parse().expect("a tag")).collect();
        face(template("ticket")).voice(&wanted).language().to_string()
    };
    assert_eq!(language(&["ja", "de-AT", "fr"]), "de-AT");
    assert_eq!(language(&["ja"]), "en");
    assert_eq!(language(&[]), "en");
    // A batch of several templates may be in several languages, and names a layout only if all do.
    let mut faces = Faces::new(Face::plain);
    let a4 = print::SheetLayout::by_name("a4-14");
    let mut named = face(template("ticket"));
    named.layout = a4;
    faces.put(named);
    let voices = faces.voices(&["fr".parse().expect("a tag")]);
    let languages = voices.languages(&[letter(), ticket(), letter()]);
    assert_eq!(languages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["en", "fr"]);
    assert_eq!(voices.layout(&[ticket(), ticket()]), a4);
    assert_eq!(voices.layout(&[ticket(), letter()]), None);
}

#[test]
fn an_entry_window_may_end_on_another_day_or_never() {
    let enter = |from: Option<&str>, until: Option<&str>| {
        let entry = EntryWindow { from: from.map(time), until: until.map(time) };
        let item = Item { details: Details { entry, ..Details::default() }, ..letter() };
        said(&item, &["en"]).lines.get(2).map(|line| plain([line])[0].clone())
    };
    let (evening, morning) = (Some("2026-12-31T23:00:00Z"), Some("2027-01-01T02:05:59Z"));
    let both = "Enter Dec 31, 2026, 11:00 PM – Jan 1, 2027, 2:05 AM UTC";
    assert_eq!(enter(evening, morning).as_deref(), Some(both));
    assert_eq!(enter(evening, None).as_deref(), Some("Enter from Dec 31, 2026, 11:00 PM UTC"));
    assert_eq!(enter(None, morning).as_deref(), Some("Enter until Jan 1, 2027, 2:05 AM UTC"));
    assert_eq!(enter(None, None), None);
}

proptest! {
    /// Whatever an item says, in whatever language that is spoken, can be written, and its numbers are all there.
    #[test]
    fn every_item_can_be_written(units: u64, from: u64, until: u64, enter: u64, place in 0_usize..8) {
        let tag = ["en", "de", "fr", "es", "it", "de-AT", "en-IN", "fr-CH"][place];
        let amount = Amount::saturating(units, "EUR/2".parse().expect("a denomination"));
        let entry = EntryWindow { from: Some(UnixTime(enter)), until: Some(UnixTime(until)) };
        let details = Details { entry, ..Details::default() };
        let (not_before, expires) = (Some(UnixTime(from)), Some(UnixTime(until)));
        let item = Item { amount, not_before, expires, details, ..letter() };
        let said = said(&item, &[tag]);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        prop_assert_eq!(digits(&said.amount), digits(&amount.number()));
        for text in said.all() {
            prop_assert!(print::check_text(text).is_ok(), "{:?}", text);
        }
    }
}
