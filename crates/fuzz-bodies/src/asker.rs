//! What a server reads of who asks: a signature's parameters.

use ::asker::Params;

/// Parameters have one text, or what was signed couldn't be made again.
pub(crate) fn signature_params(input: &[u8]) -> bool {
    let Some(text) = std::str::from_utf8(input).ok() else { return false };
    let Ok(params) = Params::parse(text) else { return false };
    assert_eq!(params.to_text(), text, "the parameters have a second form");
    let bytes = minicbor::to_vec(&params).expect("writing to memory doesn't fail");
    assert_eq!(minicbor::decode(&bytes).ok(), Some(params), "kept, they are others");
    true
}
