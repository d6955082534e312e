//! A list of items as JSON: in the form that a library of RFC 8785 gives the same document.

mod support {
    #[allow(dead_code)] // of claims, used elsewhere
    pub(crate) mod arbitrary;
}

use indicia::{Amount, Denomination, Item, ItemList, Kind, ProofForm, Template, UnixTime};
use proptest::prelude::*;
use support::arbitrary;

fn lists() -> impl Strategy<Value = ItemList> {
    let proof = prop::sample::select(vec![ProofForm::Signature, ProofForm::Batch]);
    (proof, arbitrary::denominations(), any::<bool>()).prop_flat_map(|(proof, denomination, embeds)| {
        let items = prop::collection::vec(arbitrary::items(denomination, embeds), 0..5);
        items.prop_map(move |items| ItemList { proof, denomination, items })
    })
}

proptest! {
    #[test]
    fn a_list_is_written_as_the_standard_says(list in lists()) {
        let text = list.to_json();
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(serde_json_canonicalizer::to_string(&value).expect("a document"), text);
    }

    #[test]
    fn lists_that_differ_have_texts_that_differ(a in lists(), b in lists(), place in any::<prop::sample::Index>()) {
        prop_assert_eq!(a == b, a.to_json() == b.to_json());
        // And where only one thing differs.
        let mut other = a.clone();
        if let Some(item) = other.items.get_mut(place.index(a.items.len().max(1))) {
            let one = b.items.first().cloned();
            item.holder = one.and_then(|one| one.holder).filter(|holder| Some(holder) != item.holder.as_ref());
            prop_assert_eq!(a == other, a.to_json() == other.to_json());
        }
        other.clone_from(&a);
        other.proof = b.proof;
        prop_assert_eq!(a == other, a.to_json() == other.to_json());
    }
}

#[test]
fn this_is_the_form() {
    let denomination: Denomination = "EUR/2".parse().expect("a denomination");
    let plain = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(5, denomination));
    let full = Item {
        holder: Some("Zoë \"Zo\\\" Müller 🎟".into()),
        reference: Some("A 1".into()),
        not_before: Some(UnixTime(1_800_000_000)),
        expires: Some(UnixTime(1_900_000_001)),
        weight_grams: Some(u32::MAX),
        service: Some("Stalls / left".into()),
        ..plain.clone()
    };
    let list = ItemList { proof: ProofForm::Batch, denomination, items: vec![full, plain] };
    let text = concat!(
        r#"{"denomination":"EUR/2","items":["#,
        r#"{"amount":"0.05","holder":"Zoë \"Zo\\\" Müller 🎟","reference":"A 1","service":"Stalls / left","#,
        r#""template":"ticket","valid_from":"2027-01-15T08:00:00Z","valid_until":"2030-03-17T17:46:41Z","#,
        r#""weight_g":4294967295},{"amount":"0.05","template":"ticket"}],"proof":"batch"}"#,
    );
    assert_eq!(list.to_json(), text);
}
