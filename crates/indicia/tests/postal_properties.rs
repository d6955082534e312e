//! Postal formats: what was written is read, what was misread is noticed, and nothing panics.

use indicia::postal::dv_freimachung::{CustomerNumber, DayOfYear, DvFreimachung, ItemNumber};
use indicia::postal::frankier_id::FrankierId;
use indicia::postal::imb::{Imb, Routing};
use indicia::postal::mailmark_2d::Mailmark2d;
use indicia::postal::mailmark_4state::{Barcode, Mailmark};
use indicia::postal::premiumadress::Premiumadress;
use indicia::postal::{Bar, Bars, Orientation};
use proptest::prelude::*;

const BARS: [Bar; 4] = [Bar::Tracker, Bar::Descender, Bar::Ascender, Bar::Full];

fn imb() -> impl Strategy<Value = Imb> {
    let routing = prop_oneof!["", "[0-9]{5}", "[0-9]{9}", "[0-9]{11}"];
    ("[0-9][0-4][0-9]{18}", routing).prop_map(|(tracking, routing)| Imb {
        tracking: tracking.parse().expect("a tracking code"),
        routing: routing.parse().expect("a routing code"),
    })
}

/// A whole postcode with its suffix, of letters that are allowed everywhere.
fn postcode() -> impl Strategy<Value = String> {
    let l = "[ABD-HJLNP-UW-Z]";
    let (a, n) = ("[A-Z]", "[0-9]");
    let forms = [
        [a, n, a, n, l, l, n, l, " "],
        [a, a, n, n, l, l, n, l, " "],
        [a, a, n, n, n, l, l, n, l],
        [a, a, n, a, n, l, l, n, l],
        [a, n, n, l, l, n, l, " ", " "],
        [a, n, n, n, l, l, n, l, " "],
    ];
    let forms = forms.map(|form| proptest::string::string_regex(&form.concat()).expect("a form").boxed());
    prop_oneof![proptest::strategy::Union::new(forms), Just("XY11     ".to_owned())]
}

fn mailmark() -> impl Strategy<Value = Mailmark> {
    let c = ("[0-4][1-4][0-9A-E][0-9]{10}", postcode()).prop_map(|text| (Barcode::C, text));
    let l = ("[0-4][1-4][0-9A-E][0-9]{14}", postcode()).prop_map(|text| (Barcode::L, text));
    prop_oneof![c, l].prop_map(|(barcode, (head, postcode))| {
        Mailmark::parse(barcode, &(head + &postcode)).expect("a Mailmark")
    })
}

fn changed(bars: &Bars, at: usize, new: Bar) -> Bars {
    bars.as_slice().iter().enumerate().map(|(place, bar)| if place == at { new } else { *bar }).collect()
}

/// All that differ from bars in one of them.
fn neighbours(bars: &Bars) -> impl Iterator<Item = Bars> {
    let places = bars.as_slice().iter().enumerate();
    places.flat_map(move |(at, bar)| {
        BARS.into_iter().filter(move |new| new != bar).map(move |new| changed(bars, at, new))
    })
}

fn any_bars(count: impl Strategy<Value = usize>) -> impl Strategy<Value = Bars> {
    let bars = count.prop_flat_map(|count| prop::collection::vec(prop::sample::select(&BARS), count));
    bars.prop_map(|bars| bars.into_iter().collect())
}

fn dv() -> impl Strategy<Value = DvFreimachung> {
    let day = (2000_i16..2100, 1_i16..=366).prop_map(|(year, day)| {
        let date = jiff::civil::date(year, 1, 1).with().day_of_year(day).build();
        DayOfYear::new(date.unwrap_or(jiff::civil::date(year, 12, 31))).expect("a day")
    });
    let numbers = (any::<[u16; 3]>(), any::<[u8; 3]>(), 0..=9_999_999_999_u64, 0..=0xFF_FFFF_u32);
    (day, numbers, any::<[u8; 19]>()).prop_map(|(posted, numbers, customer_data)| {
        let ([cents, product, list], [version, participation, announcement], customer, item) = numbers;
        DvFreimachung {
            version,
            customer: CustomerNumber::new(customer).expect("a customer"),
            cents,
            posted,
            product,
            item: ItemNumber::new(item).expect("an item"),
            participation,
            list,
            announcement,
            customer_data,
        }
    })
}

proptest! {
    #[test]
    fn an_intelligent_mail_barcode_is_read_both_ways(code in imb()) {
        let bars = code.encode();
        prop_assert_eq!(bars.as_slice().len(), 65);
        prop_assert_eq!(Imb::decode(&bars), Ok((code, Orientation::Upright)));
        prop_assert_eq!(Imb::decode(&bars.upside_down()), Ok((code, Orientation::UpsideDown)));
        prop_assert_eq!(bars.to_string().parse(), Ok(bars));
        let mut fields = code.tracking.to_string();
        fields += &code.routing.to_string();
        prop_assert_eq!(fields.len(), 20 + code.routing.digits());
        prop_assert_eq!(code.routing == Routing::NONE, fields.len() == 20);
    }

    /// Both bits of a bar are in different characters, of which each has ones that are counted.
    #[test]
    fn one_misread_bar_is_no_intelligent_mail_barcode(code in imb()) {
        for changed in neighbours(&code.encode()) {
            prop_assert!(Imb::decode(&changed).is_err(), "{}", changed);
        }
    }

    #[test]
    fn a_mailmark_is_read_both_ways(mailmark in mailmark()) {
        let bars = mailmark.encode();
        prop_assert_eq!(bars.as_slice().len(), mailmark.barcode().bars());
        for (bars, orientation) in [(bars.upside_down(), Orientation::UpsideDown), (bars, Orientation::Upright)] {
            let scan = Mailmark::decode(&bars).expect("a Mailmark");
            prop_assert_eq!((scan.mailmark, scan.orientation, scan.repaired), (mailmark, orientation, 0));
        }
        prop_assert_eq!(Mailmark::parse(mailmark.barcode(), &mailmark.to_string()), Ok(mailmark));
    }

    #[test]
    fn one_misread_bar_of_a_mailmark_is_put_right(mailmark in mailmark()) {
        for changed in neighbours(&mailmark.encode()) {
            let scan = Mailmark::decode(&changed).expect("a Mailmark");
            prop_assert_eq!((scan.mailmark, scan.repaired), (mailmark, 1));
        }
    }

    /// Two groups that are anything.
    #[test]
    fn two_misread_groups_of_a_mailmark_are_put_right(
        mailmark in mailmark(),
        groups in [0..22_usize, 0..22_usize],
        noise in any_bars(Just(6)),
    ) {
        let noise = noise.as_slice();
        let places = groups.iter().flat_map(|group| (0..3).map(move |bar| 3 * group + bar));
        let bars = places.zip(noise).fold(mailmark.encode(), |bars, (at, new)| changed(&bars, at, *new));
        let scan = Mailmark::decode(&bars).expect("a Mailmark");
        prop_assert_eq!(scan.mailmark, mailmark);
    }

    /// What was read of anything is at least what would be written near it.
    #[test]
    fn arbitrary_bars_are_refused_or_near_to_what_they_are_taken_for(
        bars in any_bars(prop_oneof![Just(65), Just(66), Just(78), 0..100_usize]),
    ) {
        if let Ok((code, orientation)) = Imb::decode(&bars) {
            let written = code.encode();
            let seen = if orientation == Orientation::Upright { written } else { written.upside_down() };
            prop_assert_eq!(seen, bars.clone());
        }
        if let Ok(scan) = Mailmark::decode(&bars) {
            let written = scan.mailmark.encode();
            let upright = scan.orientation == Orientation::Upright;
            let seen = if upright { written } else { written.upside_down() };
            let groups = seen.as_slice().chunks(3).zip(bars.as_slice().chunks(3));
            prop_assert_eq!(groups.filter(|(seen, bars)| seen != bars).count(), scan.repaired);
            prop_assert!(scan.repaired <= 5);
        }
    }

    #[test]
    fn a_2d_mailmark_is_read_as_it_was_written(
        head in "JGB [0-9A-Z]1[0-9A-Z][0-9]{15}", postcode in postcode(), service in "[0-6]", content in "[ -~]{0,22}",
    ) {
        let text = format!("{head}{postcode}{service}             {content}");
        let mailmark: Mailmark2d = text.parse().expect("a Mailmark");
        prop_assert_eq!(mailmark.to_string(), text);
        prop_assert_eq!(mailmark.content(), content);
        prop_assert_eq!(mailmark.destination(), postcode.trim_end());
    }

    #[test]
    fn a_dv_freimachung_is_read_as_it_was_written(franked in dv()) {
        let bytes = franked.encode();
        prop_assert_eq!(DvFreimachung::decode(&bytes), Ok(franked.clone()));
        let id = FrankierId::of(&franked);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    /// A CRC finds each error within as many bits as it has; of a digit's text up to six may change.
    #[test]
    fn a_frankier_id_with_a_changed_digit_within_its_kind_is_refused(
        franked in dv(), at in 0..20_usize, new in "[0-9A-F]",
    ) {
        let id = FrankierId::of(&franked).to_string();
        let mut changed = id.clone();
        changed.replace_range(at..=at, &new);
        let is_same_kind = id.as_bytes()[at].is_ascii_digit() == new.as_bytes()[0].is_ascii_digit();
        if changed != id && (is_same_kind || at == 19) {
            prop_assert!(changed.parse::<FrankierId>().is_err(), "{}", changed);
        }
    }

    #[test]
    fn no_text_and_no_bytes_panic(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = (text.parse::<Bars>(), text.parse::<Mailmark2d>(), text.parse::<FrankierId>());
        for barcode in [Barcode::C, Barcode::L] {
            let _ = Mailmark::parse(barcode, &text);
        }
        let read = DvFreimachung::decode(&bytes);
        prop_assert!(read.is_err() || bytes.len() == 42);
        prop_assert!(Premiumadress::decode(&bytes).is_err() || bytes.len() == 15);
    }
}
