//! Claims and items of every shape, for properties.

use indicia::{
    Amount, Claims, Denomination, DeviceId, HolderDigest, Item, Kind, Serial, Template, TemplateId, UnixTime,
};
use proptest::option;
use proptest::prelude::*;

pub(crate) fn denominations() -> impl Strategy<Value = Denomination> {
    let code = prop::sample::select(vec!["USD", "EUR", "JPY", "KWD", "CLF", "XAU"]);
    (code, 0..=6_u8).prop_map(|(code, scale)| Denomination::new(code, scale).expect("a denomination"))
}

pub(crate) fn amounts() -> impl Strategy<Value = Amount> {
    (0..=Amount::MAX_UNITS, denominations()).prop_map(|(units, of)| Amount::saturating(units, of))
}

pub(crate) fn serials() -> impl Strategy<Value = Serial> {
    (any::<u32>(), 0..=Serial::MAX_NUMBER)
        .prop_map(|(device, number)| Serial::new(DeviceId(device), number).expect("a serial"))
}

/// Text that an item may have: something, without control characters, of at most `most` bytes.
fn texts(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>().prop_filter("printable", |c| !c.is_control()), 1..=most / 4)
        .prop_map(String::from_iter)
}

fn times() -> impl Strategy<Value = Option<UnixTime>> {
    option::of(any::<u64>().prop_map(UnixTime))
}

pub(crate) fn claims() -> impl Strategy<Value = Claims<'static>> {
    let who = ("[ -~]{0,40}", serials(), any::<u64>(), times(), times());
    let what = (prop::sample::select(Kind::ALL.to_vec()), amounts(), any::<u16>());
    let more = (
        option::of(any::<[u8; 32]>().prop_map(HolderDigest)),
        option::of(any::<(u64, u64)>()),
        option::of(any::<u32>()),
        option::of(texts(40)),
    );
    (who, what, more).prop_map(|(who, what, more)| Claims {
        issuer: who.0.into(),
        serial: who.1,
        issued_at: UnixTime(who.2),
        not_before: who.3,
        expires: who.4,
        kind: what.0,
        amount: what.1,
        template: TemplateId(what.2),
        holder: more.0,
        registers: more.1,
        weight_grams: more.2,
        service: more.3.map(Into::into),
    })
}

/// An item that passes its check, of a template that does or doesn't embed certificates.
pub(crate) fn items(denomination: Denomination, embeds: bool) -> impl Strategy<Value = Item> {
    let templates: Vec<&'static Template> =
        Template::all().iter().filter(|template| template.embeds_certificate == embeds).collect();
    let texts = (option::of(texts(120)), option::of(texts(64)), option::of(texts(40)));
    let numbers = (1..1_u64 << 40, times(), times(), option::of(any::<u32>()));
    (prop::sample::select(templates), texts, numbers).prop_map(move |(template, texts, numbers)| {
        let mut item = Item::new(template, Amount::saturating(numbers.0, denomination));
        (item.holder, item.reference, item.service) = texts;
        (item.not_before, item.weight_grams) = (numbers.1, numbers.3);
        item.expires = numbers.2.filter(|until| numbers.1.is_none_or(|from| *until > from));
        item
    })
}
