//! A holder's device.

use indicia::presentation::{assemble, to_be_signed};
use indicia::{
    Algorithm, Amount, Details, HolderKey, Item, ItemList, Kind, ProofForm, Template, UnixTime, text,
};
use module::signing::SigningKey;

pub(crate) struct Device(SigningKey);

impl Device {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_secret(Algorithm::EdDsa, &[seed; 32]).expect("a key"))
    }

    pub(crate) fn key(&self) -> HolderKey {
        HolderKey::new(self.0.ed25519().expect("an Ed25519 key")).expect("a point")
    }

    /// Tickets of one euro that are tied to it.
    pub(crate) fn tickets(&self, count: usize) -> Vec<u8> {
        let denomination = "EUR/2".parse().expect("a denomination");
        let item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(100, denomination));
        let item = Item { details: Details { key: Some(self.key()), ..Details::default() }, ..item };
        ItemList::encode(ProofForm::Signature, denomination, &vec![item; count])
    }

    /// What it shows of an indicium's text at a time.
    pub(crate) fn show(&self, indicium: &str, at: u64) -> String {
        let (indicium, at) = (text::from_text(indicium).expect("an indicium's text"), UnixTime(at));
        text::to_text(&assemble(&indicium, at, &self.0.sign(&to_be_signed(&indicium, at))))
    }
}
