//! What a server and a module read of who asks: signatures' parameters, requests with their proofs.

use ::asker::{Asked, ContentForm, Params};
use indicia::ItemList;

/// Parameters have one text, or what was signed couldn't be made again.
pub(crate) fn signature_params(input: &[u8]) -> bool {
    let Some(text) = std::str::from_utf8(input).ok() else { return false };
    let Ok(params) = Params::parse(text) else { return false };
    assert_eq!(params.to_text(), text, "the parameters have a second form");
    let bytes = minicbor::to_vec(&params).expect("writing to memory doesn't fail");
    assert_eq!(minicbor::decode(&bytes).ok(), Some(params), "kept, they are others");
    true
}

/// A request that is kept has one encoding, and its parameters are ones that could have been read.
pub(crate) fn asked(input: &[u8]) -> bool {
    let Ok(asked) = Asked::decode(input) else { return false };
    assert_eq!(asked.encode(), input, "the request has a second form");
    let text = asked.proof.params.to_text();
    assert_eq!(Params::parse(&text).as_ref(), Ok(&asked.proof.params), "{text}");
    let is_list = ItemList::decode(asked.items).is_ok();
    let is_digested = asked.content_digest().is_ok();
    assert!(is_digested == is_list || asked.form == ContentForm::Cbor, "what can't be issued was signed");
    true
}
