//! Claims and lists of items: read back as written, one encoding for one content, each fault by name.

mod support {
    #[allow(dead_code)] // of values, used elsewhere
    pub(crate) mod arbitrary;
}

use indicia::{
    Amount, Claims, ClaimsError, Day, Details, EntryWindow, HolderDigest, Item, ItemError, ItemList, Label,
    ListError, ProofForm, StrictError, Template, UnixTime,
};
use minicbor::data::{Int, Tag};
use minicbor::{Decoder, Encoder};
use proptest::prelude::*;
use support::arbitrary;

fn encoded(claims: &Claims<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    claims.encode_into(&mut bytes);
    bytes
}

/// Claims that have every label of an indicium.
fn full() -> Claims<'static> {
    let euro = "EUR/2".parse().expect("a denomination");
    Claims {
        issuer: "Test".into(),
        serial: indicia::Serial::new(indicia::DeviceId(42), 4711).expect("a serial"),
        issued_at: UnixTime(1_800_000_000),
        not_before: Some(UnixTime(1_800_000_000)),
        expires: Some(UnixTime(1_900_000_000)),
        kind: indicia::Kind::Postage,
        amount: Amount::saturating(95, euro),
        template: indicia::TemplateId(2),
        holder: Some(HolderDigest::new([1; 16], "A")),
        registers: Some((1_000, 2_000)),
        weight_grams: Some(20),
        service: Some("First".into()),
        details: Details {
            uses: Some(5),
            event: Some("Tosca".into()),
            seat: Some("12 F".into()),
            entrance: Some("B".into()),
            entry: EntryWindow { from: Some(UnixTime(1_800_000_001)), until: Some(UnixTime(1_800_000_002)) },
            mailed: Day::new(20_782),
            origin: Some("94105".into()),
            destination: Some("AB19XY".into()),
            reentry: true,
            barcode: "(8112)001234561234560123456".parse().ok(),
            // The first key of RFC 8032's examples.
            key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".parse().ok(),
        },
    }
}

/// The pairs of an encoded map, each as its label and its bytes.
fn pairs(map: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let mut decoder = Decoder::new(map);
    let count = decoder.map().expect("a map").expect("a length");
    let mut pair = || {
        let start = decoder.position();
        let label = decoder.i64().expect("a label");
        decoder.skip().expect("a value");
        (label, map[start..decoder.position()].to_vec())
    };
    (0..count).map(|_| pair()).collect()
}

fn map(pairs: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(pairs.len() as u64).expect("memory");
    let mut bytes = encoder.into_writer();
    pairs.iter().for_each(|(_, pair)| bytes.extend_from_slice(pair));
    bytes
}

#[test]
fn each_claim_that_must_be_there_is_missed_by_name() {
    let whole = pairs(&encoded(&full()));
    assert_eq!(whole.len(), 25);
    let optional = [Label::EXP, Label::NBF, Label::CNF, Label::HOLDER, Label::WEIGHT, Label::SERVICE];
    let optional = |label: i64| optional.contains(&label) || (Label::BARCODE..=Label::USES).contains(&label);
    for (place, (label, _)) in whole.iter().enumerate() {
        let mut less = whole.clone();
        less.remove(place);
        let read = Claims::decode(&map(&less)).map(drop);
        let expected = if optional(*label) { Ok(()) } else { Err(ClaimsError::Missing(*label)) };
        assert_eq!(read, expected);
    }
}

#[test]
fn a_claim_of_the_wrong_type_is_named() {
    let whole = pairs(&encoded(&full()));
    for place in 0..whole.len() {
        let label = whole[place].0;
        let mut changed = whole.clone();
        let mut pair = Encoder::new(Vec::new());
        // What isn't so isn't said.
        pair.i64(label).and_then(|pair| pair.bool(label != Label::REENTRY)).expect("memory");
        changed[place].1 = pair.into_writer();
        assert_eq!(Claims::decode(&map(&changed)).map(drop), Err(ClaimsError::Claim(label)));
    }
}

#[test]
fn order_doubles_and_strangers_have_their_own_errors() {
    let whole = pairs(&encoded(&full()));
    let read = |pairs: &[(i64, Vec<u8>)]| Claims::decode(&map(pairs)).map(drop);
    let mut doubled = whole.clone();
    doubled.insert(1, whole[0].clone());
    assert!(matches!(read(&doubled), Err(ClaimsError::Encoding(StrictError::DuplicateKey(_)))));
    for place in 1..whole.len() {
        let mut swapped = whole.clone();
        swapped.swap(place - 1, place);
        assert!(matches!(read(&swapped), Err(ClaimsError::Encoding(StrictError::UnsortedKeys(_)))));
    }
    for strange in [0_i64, 2, 3, 9, -1, -65_546, -65_600] {
        let mut more = whole.clone();
        let mut pair = Encoder::new(Vec::new());
        pair.i64(strange).and_then(|pair| pair.u8(1)).expect("memory");
        more.push((strange, pair.into_writer()));
        more.sort_by_key(|(_, pair)| pair.clone());
        assert_eq!(read(&more), Err(ClaimsError::Unknown(strange)));
    }
    assert_eq!(Claims::decode(&[0x80]).map(drop), Err(ClaimsError::NotAMap));
}

#[test]
fn values_that_no_indicium_has_are_refused() {
    let with = |label: i64, value: &[u8]| {
        let mut changed = pairs(&encoded(&full()));
        let place = changed.iter().position(|(found, _)| *found == label).expect("the claim");
        let mut pair = Encoder::new(Vec::new());
        pair.i64(label).expect("memory");
        changed[place].1 = [pair.into_writer().as_slice(), value].concat();
        Claims::decode(&map(&changed)).map(drop)
    };
    let refused = |label| Err(ClaimsError::Claim(label));
    assert_eq!(with(Label::KIND, &[0x00]), refused(Label::KIND));
    assert_eq!(with(Label::KIND, &[0x07]), refused(Label::KIND));
    assert_eq!(with(Label::DENOMINATION, b"\x65USD/7"), refused(Label::DENOMINATION));
    assert_eq!(with(Label::DENOMINATION, b"\x65ABC/2"), refused(Label::DENOMINATION));
    assert_eq!(with(Label::DENOMINATION, b"\x65usd/2"), refused(Label::DENOMINATION));
    assert_eq!(with(Label::AMOUNT, &[0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]), refused(Label::AMOUNT));
    assert_eq!(with(Label::AMOUNT, &[0x20]), refused(Label::AMOUNT));
    assert_eq!(with(Label::CTI, &[&[0x4b][..], &[0; 11]].concat()), refused(Label::CTI));
    // Device 0 and number 10^12, one more than twelve digits can say.
    let beyond = [&[0x4c, 0, 0, 0, 0][..], &1_000_000_000_000_u64.to_be_bytes()].concat();
    assert_eq!(with(Label::CTI, &beyond), refused(Label::CTI));
    assert_eq!(with(Label::WEIGHT, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]), refused(Label::WEIGHT));
    for uses in [0, 1, 2] {
        assert_eq!(with(Label::USES, &[uses]), refused(Label::USES), "95 can't be halved");
    }
    for window in [&[0xa0][..], &[0xa1, 0x06, 0x01], &[0xa1, 0x04, 0x20]] {
        assert_eq!(with(Label::ENTRY, window), refused(Label::ENTRY));
    }
    assert_eq!(with(Label::MAILED, &[0x1a, 0xff, 0xff, 0xff, 0xff]), refused(Label::MAILED));
    assert_eq!(with(Label::TEMPLATE, &[0x1a, 0, 1, 0, 0]), refused(Label::TEMPLATE));
}

/// Writes a CBOR item again with one thing about its form changed, at the `target`th head.
fn rewrite(decoder: &mut Decoder<'_>, out: &mut Vec<u8>, target: &mut usize, loosen: Loosen) {
    use minicbor::data::Type;
    let here = *target == 0;
    *target = target.wrapping_sub(1);
    match decoder.datatype().expect("CBOR") {
        Type::Bytes => {
            let bytes = decoder.bytes().expect("bytes");
            loosen.head(here, 2, bytes.len() as u64, out);
            loosen.content(here, 2, bytes, out);
        }
        Type::String => {
            let text = decoder.str().expect("text").as_bytes();
            loosen.head(here, 3, text.len() as u64, out);
            loosen.content(here, 3, text, out);
        }
        Type::Array => {
            let count = decoder.array().expect("an array").expect("a length");
            loosen.head(here, 4, count, out);
            (0..count).for_each(|_| rewrite(decoder, out, target, loosen));
            loosen.end(here, out);
        }
        Type::Map => {
            let count = decoder.map().expect("a map").expect("a length");
            loosen.head(here, 5, count, out);
            (0..count * 2).for_each(|_| rewrite(decoder, out, target, loosen));
            loosen.end(here, out);
        }
        Type::Tag => {
            let tag: Tag = decoder.tag().expect("a tag");
            Loosen::Longer.head(here && matches!(loosen, Loosen::Longer), 6, tag.as_u64(), out);
            rewrite(decoder, out, target, loosen);
        }
        _ => {
            let value = i128::from(decoder.int().unwrap_or(Int::from(0_u8)));
            let (major, argument) = if value < 0 { (1, -1 - value) } else { (0, value) };
            let argument = u64::try_from(argument).expect("64 bits");
            Loosen::Longer.head(here && matches!(loosen, Loosen::Longer), major, argument, out);
        }
    }
}

/// Two ways to write the same content otherwise.
#[derive(Debug, Clone, Copy)]
enum Loosen {
    /// A head of eight more bytes than needed.
    Longer,
    /// A length that is given by a break.
    Indefinite,
}

impl Loosen {
    fn head(self, here: bool, major: u8, argument: u64, out: &mut Vec<u8>) {
        match (self, here) {
            (Self::Longer, true) => {
                out.push(major << 5 | 27);
                out.extend_from_slice(&argument.to_be_bytes());
            }
            (Self::Indefinite, true) => out.push(major << 5 | 31),
            (_, false) => {
                let head = minimal(argument);
                out.push(major << 5 | head[0]);
                out.extend_from_slice(&head[1..]);
            }
        }
    }

    fn content(self, here: bool, major: u8, bytes: &[u8], out: &mut Vec<u8>) {
        if here && matches!(self, Self::Indefinite) {
            Self::Longer.head(false, major, bytes.len() as u64, out);
        }
        out.extend_from_slice(bytes);
        self.end(here, out);
    }

    fn end(self, here: bool, out: &mut Vec<u8>) {
        if here && matches!(self, Self::Indefinite) {
            out.push(0xff);
        }
    }
}

/// The head of an unsigned integer, as an independent encoder writes it.
fn minimal(argument: u64) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.u64(argument).expect("memory");
    encoder.into_writer()
}

/// Each head of the claims made longer than needed, and each length indefinite: all are refused by name.
#[test]
fn no_claim_has_a_second_form() {
    let mut claims = full();
    // Whoever may come in again is told by one byte, which has no other form.
    claims.details.reentry = false;
    let whole = encoded(&claims);
    let loosened = |target: usize, loosen| {
        let (mut out, mut target) = (Vec::new(), target);
        rewrite(&mut Decoder::new(&whole), &mut out, &mut target, loosen);
        out
    };
    assert_eq!(loosened(usize::MAX, Loosen::Longer), whole, "the rewriter itself is right");
    let mut refused = (0, 0);
    for target in 0..61 {
        let longer = Claims::decode(&loosened(target, Loosen::Longer)).map(drop);
        // A head of eight bytes is right where the value needs them, which here none does.
        assert!(matches!(longer, Err(ClaimsError::Encoding(StrictError::NotShortest(_)))), "{target}");
        refused.0 += 1;
        let indefinite = loosened(target, Loosen::Indefinite);
        if indefinite != whole {
            let read = Claims::decode(&indefinite).map(drop);
            assert!(matches!(read, Err(ClaimsError::Encoding(StrictError::IndefiniteLength(_)))), "{target}");
            refused.1 += 1;
        }
    }
    assert_eq!(
        refused,
        (61, 16),
        "a map of 24 pairs, a key in two maps, and the lengths of twelve strings and a window in it"
    );
}

#[test]
fn faults_of_items_are_named() {
    let euro = "EUR/2".parse().expect("a denomination");
    let ticket = Template::by_name("ticket").expect("a template");
    let item = |change: fn(&mut Item)| {
        let mut item = Item::new(ticket, Amount::saturating(100, euro));
        change(&mut item);
        item.check()
    };
    assert_eq!(item(|_| ()), Ok(()));
    assert_eq!(
        item(|item| item.amount = Amount::saturating(0, item.amount.denomination())),
        Err(ItemError::Zero)
    );
    assert_eq!(item(|item| item.holder = Some("é".repeat(60))), Ok(()));
    assert_eq!(
        item(|item| item.holder = Some("é".repeat(61))),
        Err(ItemError::TooLong { field: "holder", length: 122, most: 120 })
    );
    assert_eq!(item(|item| item.reference = Some(String::new())), Err(ItemError::Empty("reference")));
    assert_eq!(
        item(|item| item.service = Some("a\u{85}b".into())),
        Err(ItemError::ControlCharacter("service"))
    );
    assert_eq!(
        item(|item| (item.not_before, item.expires) = (Some(UnixTime(5)), Some(UnixTime(5)))),
        Err(ItemError::ExpiresBeforeValid)
    );
}

#[test]
fn lists_that_cannot_be_are_refused() {
    let euro = "EUR/2".parse().expect("a denomination");
    let of = |name: &str, units| {
        Item::new(Template::by_name(name).expect("a template"), Amount::saturating(units, euro))
    };
    let read = |items: &[Item]| ItemList::decode(&ItemList::encode(ProofForm::Batch, euro, items)).map(drop);
    assert_eq!(read(&[of("ticket", 1), of("coupon", 2)]), Ok(()));
    assert_eq!(read(&[of("ticket", 1), of("cheque", 2)]), Err(ListError::MixedTemplates { item: 2 }));
    assert_eq!(
        read(&[of("ticket", 1), of("ticket", 0)]),
        Err(ListError::Item { item: 2, error: ItemError::Zero })
    );
    assert!(matches!(read(&[of("ticket", Amount::MAX_UNITS), of("ticket", 1)]), Err(ListError::Amount(_))));
    let mut template = ItemList::encode(ProofForm::Signature, euro, &[of("ticket", 1)]);
    let place = template.len() - 3;
    assert_eq!(&template[place..], [1, 1, 1], "template 1, units 1");
    template[place] = 9;
    assert_eq!(ItemList::decode(&template), Err(ListError::Template { item: 1, template: 9 }));
    // an item without anything, and one of indefinite length
    for item in ["a0", "bf00010101ff"] {
        let list = hex::decode(format!("8300654555522f3281{item}")).expect("hex");
        assert!(matches!(ItemList::decode(&list), Err(ListError::Encoding(_))), "{item}");
    }
}

proptest! {
    #[test]
    fn claims_are_read_as_written(claims in arbitrary::claims()) {
        let bytes = encoded(&claims);
        prop_assert_eq!(Claims::decode(&bytes), Ok(claims.clone()));
        let again = Claims::decode(&bytes).map(|read| encoded(&read));
        prop_assert_eq!(again, Ok(bytes));
    }

    #[test]
    fn what_is_read_is_written_again_in_the_same_bytes(
        claims in arbitrary::claims(),
        place: prop::sample::Index,
        value: u8,
    ) {
        let mut bytes = encoded(&claims);
        let place = place.index(bytes.len());
        bytes[place] = value;
        if let Ok(read) = Claims::decode(&bytes) {
            prop_assert_eq!(encoded(&read), bytes);
        }
    }

    #[test]
    fn lists_are_read_as_written(
        (denomination, items) in (arbitrary::denominations(), any::<bool>()).prop_flat_map(|(of, embeds)| {
            (Just(of), prop::collection::vec(arbitrary::items(of, embeds), 0..20))
        }),
        batch: bool,
    ) {
        let proof = if batch { ProofForm::Batch } else { ProofForm::Signature };
        let bytes = ItemList::encode(proof, denomination, &items);
        let units: u64 = items.iter().map(|item| item.amount.units()).sum();
        let read = ItemList::decode(&bytes).expect("a list");
        prop_assert_eq!(read.total().map(Amount::units), Ok(units));
        prop_assert_eq!(read, ItemList { proof, denomination, items });
        for length in 0..bytes.len() {
            prop_assert!(ItemList::decode(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_holder_is_matched_by_the_same_text_only(salt: [u8; 16], holder in ".{1,40}", other in ".{1,40}") {
        let digest = HolderDigest::new(salt, &holder);
        prop_assert!(digest.matches(&holder));
        prop_assert_eq!(digest.matches(&other), other == holder);
    }
}
