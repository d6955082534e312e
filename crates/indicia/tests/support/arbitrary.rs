//! Claims and items of every shape, for properties.

use indicia::{
    Amount, Barcode, Claims, Day, Denomination, Details, DeviceId, EntryWindow, HolderDigest, HolderKey,
    Item, Kind, Serial, Template, TemplateId, UnixTime,
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

/// Every second number is a point's, and whether anybody has its private half is all the same.
fn holder_keys() -> impl Strategy<Value = HolderKey> {
    any::<[u8; 32]>().prop_filter_map("a point", |bytes| HolderKey::new(bytes).ok())
}

/// A mail piece's, or a coupon's.
fn barcodes() -> impl Strategy<Value = Barcode> {
    let imb = "[0-9][0-4][0-9]{18}([0-9]{5}|[0-9]{9}|[0-9]{11})?";
    let gs1 = "\\(8112\\)00[0-9]{12}3[0-9]{9}|\\(10\\)[A-Z\"%&'*+,./:;<=>?_-]{1,20}";
    prop_oneof![imb, gs1].prop_map(|text| text.parse().expect("a barcode"))
}

/// What else an item may say, of an amount that can be divided by nothing but the uses it has.
fn details() -> impl Strategy<Value = Details<'static>> {
    let tickets = (option::of(texts(80)), option::of(texts(40)), option::of(texts(40)), times(), times());
    let mail = (
        option::of((0..=Day::LAST.days()).prop_map(|days| Day::new(days).expect("a day"))),
        option::of(texts(20)),
        option::of(texts(20)),
    );
    let more = (option::of(2..=10_000_u32), any::<bool>(), option::of(barcodes()), option::of(holder_keys()));
    (tickets, mail, more).prop_map(|(ticket, mail, (uses, reentry, barcode, key))| Details {
        uses,
        event: ticket.0.map(Into::into),
        seat: ticket.1.map(Into::into),
        entrance: ticket.2.map(Into::into),
        entry: EntryWindow { from: ticket.3, until: ticket.4 },
        mailed: mail.0,
        origin: mail.1.map(Into::into),
        destination: mail.2.map(Into::into),
        reentry,
        barcode,
        key,
    })
}

/// An amount that its uses share.
fn shared(amount: Amount, uses: Option<u32>) -> Amount {
    let uses = u64::from(uses.unwrap_or(1));
    Amount::saturating((amount.units() / uses).max(1) * uses, amount.denomination())
}

pub(crate) fn claims() -> impl Strategy<Value = Claims<'static>> {
    let who = ("[ -~]{0,40}", serials(), any::<u64>(), times(), times());
    let what = (prop::sample::select(Kind::ALL.to_vec()), amounts(), any::<u16>());
    let more = (
        option::of(any::<[u8; 32]>().prop_map(HolderDigest)),
        option::of(any::<(u64, u64)>()),
        option::of(any::<u32>()),
        option::of(texts(40)),
        details(),
    );
    (who, what, more).prop_map(|(who, what, more)| Claims {
        issuer: who.0.into(),
        serial: who.1,
        issued_at: UnixTime(who.2),
        not_before: who.3,
        expires: who.4,
        kind: what.0,
        amount: shared(what.1, more.4.uses),
        template: TemplateId(what.2),
        holder: more.0,
        registers: more.1,
        weight_grams: more.2,
        service: more.3.map(Into::into),
        details: more.4,
    })
}

/// An item that passes its check, of a template that does or doesn't embed certificates.
pub(crate) fn items(denomination: Denomination, embeds: bool) -> impl Strategy<Value = Item> {
    let templates: Vec<&'static Template> =
        Template::all().iter().filter(|template| template.embeds_certificate == embeds).collect();
    let texts = (option::of(texts(120)), option::of(texts(64)), option::of(texts(40)));
    let numbers = (1..1_u64 << 40, times(), times(), option::of(any::<u32>()));
    (prop::sample::select(templates), texts, numbers, details()).prop_map(
        move |(template, texts, numbers, details)| {
            let amount = shared(Amount::saturating(numbers.0, denomination), details.uses);
            let mut item = Item::new(template, amount);
            (item.holder, item.reference, item.service) = texts;
            (item.not_before, item.weight_grams) = (numbers.1, numbers.3);
            item.expires = numbers.2.filter(|until| numbers.1.is_none_or(|from| *until > from));
            item.details = details;
            item.details.reentry &= template.kind == Kind::Ticket;
            item.details.barcode = item.details.barcode.filter(|barcode| barcode.is_of(template.kind));
            // A window that isn't within the validity is none.
            let window = item.details.entry;
            if item.check().is_err() {
                item.details.entry = EntryWindow { from: None, ..window };
            }
            if item.check().is_err() {
                item.details.entry = EntryWindow::default();
            }
            item
        },
    )
}
