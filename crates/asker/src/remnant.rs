//! What is kept of a batch's request of which something was erased.
//!
//! Holders' data and references go. So does the proof: it is of a digest of all that was asked for, so that whoever has it can try
//! names. How the batch was wanted and all other parts of its items stay.

use std::collections::BTreeSet;

use indicia::{Item, ItemList, ListError};
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};

use crate::asked::Asked;
use crate::encoding::is_encoding_of;
use crate::error::ProofError;

/// What is left of a request. Its encoding begins with a number, and that of [`Asked`] with a text, so that neither passes for the
/// other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Remnant<'a> {
    #[n(0)]
    form: u8,
    /// The request's query.
    #[b(1)]
    pub query: &'a str,
    /// The items that are left, as [`ItemList::encode`] writes them.
    #[b(2)]
    pub items: &'a ByteSlice,
    /// Places of the items, from 0, of which something may have been erased, ascending.
    #[n(3)]
    pub erased: Vec<u32>,
}

/// The only form that there is.
const FORM: u8 = 1;

/// What is left after something was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What a reservation keeps: the encoding of a [`Remnant`].
    pub body: Vec<u8>,
    /// The items in it.
    pub items: Vec<u8>,
}

/// A batch's request as a reservation keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptBatch<'a> {
    /// As it was asked for.
    Whole(Box<Asked<'a>>),
    /// What is left of it.
    Remnant(Remnant<'a>),
}

impl<'a> KeptBatch<'a> {
    /// Reads what a reservation keeps.
    ///
    /// # Errors
    /// [`ProofError::Encoding`], also for a second encoding of the same.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, ProofError> {
        let Ok(remnant) = minicbor::decode::<Remnant<'a>>(bytes) else {
            return Asked::decode(bytes).map(|asked| Self::Whole(Box::new(asked)));
        };
        let is_one = remnant.form == FORM
            && remnant.erased.is_sorted_by(|one, next| one < next)
            && is_encoding_of(bytes, &remnant);
        if is_one {
            Ok(Self::Remnant(remnant))
        } else {
            Err(ProofError::Encoding("it isn't in its one encoding".into()))
        }
    }

    /// The request's query.
    #[must_use]
    pub fn query(&self) -> &'a str {
        match self {
            Self::Whole(asked) => asked.query,
            Self::Remnant(remnant) => remnant.query,
        }
    }

    /// The items that are left.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn items(&self) -> Result<ItemList, ListError> {
        match self {
            Self::Whole(asked) => ItemList::decode(asked.items),
            Self::Remnant(remnant) => ItemList::decode(remnant.items),
        }
    }

    /// Places of the items of which something may have been erased.
    #[must_use]
    pub fn erased(&self) -> &[u32] {
        match self {
            Self::Whole(_) => &[],
            Self::Remnant(remnant) => &remnant.erased,
        }
    }

    /// What is left when holder and reference of the items at these places are erased. Nothing, if no item there has (still) either.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn erase(&self, is_one: impl Fn(usize) -> bool) -> Result<Option<Left>, ListError> {
        let mut list = self.items()?;
        let places: Vec<usize> = (0..list.items.len()).filter(|place| is_one(*place)).collect();
        if !places.iter().any(|place| is_personal(&list.items[*place])) {
            return Ok(None);
        }
        let mut erased: BTreeSet<u32> = self.erased().iter().copied().collect();
        // No list has as many items as that.
        erased.extend(places.iter().filter_map(|place| u32::try_from(*place).ok()));
        let erased: Vec<u32> = erased.into_iter().collect();
        let items = erase_from(&mut list, &erased);
        let remnant = Remnant { form: FORM, query: self.query(), items: items.as_slice().into(), erased };
        Ok(Some(Left { body: minicbor::to_vec(&remnant).expect("writing to memory doesn't fail"), items }))
    }
}

/// Whether an item has something that is erased.
fn is_personal(item: &Item) -> bool {
    item.holder.is_some() || item.reference.is_some()
}

/// The encoding of a list without holder and reference of the items at these places: what is left of a list is the same whether they
/// were erased or left out.
pub fn erase_from(list: &mut ItemList, erased: &[u32]) -> Vec<u8> {
    for place in erased {
        let item = usize::try_from(*place).ok().and_then(|place| list.items.get_mut(place));
        if let Some(item) = item {
            (item.holder, item.reference) = (None, None);
        }
    }
    ItemList::encode(list.proof, list.denomination, &list.items)
}

#[cfg(test)]
mod tests {
    use indicia::{Amount, Kind, ProofForm, Template};

    use super::*;
    use crate::{ContentDigest, ContentForm, Proof, Secret, Statement};

    fn items(names: &[Option<&str>]) -> Vec<u8> {
        let euro = "EUR/2".parse().expect("a denomination");
        let item = |name: &Option<&str>| Item {
            holder: name.map(str::to_owned),
            reference: name.map(|name| format!("order of {name}")),
            ..Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(125, euro))
        };
        ItemList::encode(ProofForm::Signature, euro, &names.iter().map(item).collect::<Vec<_>>())
    }

    fn asked(items: &[u8]) -> Vec<u8> {
        let statement = Statement::batch("a", "priority=3", "key", ContentDigest::of(items));
        let proof = Proof::sign(&Secret::hmac([7; 32]), &statement, 1_800_000_000, 1);
        Asked { query: "priority=3", items: items.into(), proof, form: ContentForm::Cbor }.encode()
    }

    fn has(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }

    #[test]
    fn what_is_erased_is_gone_and_all_else_stays() {
        let whole = asked(&items(&[Some("Ada"), None, Some("Bea"), Some("Cid")]));
        let kept = KeptBatch::decode(&whole).expect("a request");
        let Left { body: first, .. } = kept.erase(|place| place == 2).expect("a list").expect("something");
        let signature = &Asked::decode(&whole).expect("a request").proof.encode()[..];
        assert!(!has(&first, "Bea") && has(&first, "Ada") && has(&first, "Cid"));
        assert!(whole.windows(20).any(|part| signature.windows(20).any(|other| part == other)));
        assert!(
            !first.windows(20).any(|part| signature.windows(20).any(|other| part == other)),
            "the proof goes"
        );
        let kept = KeptBatch::decode(&first).expect("what is left");
        assert_eq!((kept.query(), kept.erased()), ("priority=3", &[2][..]));
        assert_eq!(kept.erase(|place| place == 2 || place == 1), Ok(None), "it is erased already");

        let Left { body: second, items: left } =
            kept.erase(|place| place == 0).expect("a list").expect("something");
        let kept = KeptBatch::decode(&second).expect("what is left");
        assert_eq!(kept.erased(), [0, 2]);
        assert_eq!(left, items(&[None, None, None, Some("Cid")]));
        assert_eq!(
            erase_from(
                &mut ItemList::decode(&items(&[Some("Ada"), None, Some("Bea"), Some("Cid")]))
                    .expect("a list"),
                &[0, 2]
            ),
            left
        );
        assert!(Asked::decode(&second).is_err());
    }

    #[test]
    fn another_encoding_of_what_is_left_is_refused() {
        let whole = asked(&items(&[Some("Ada"), Some("Bea")]));
        let kept = KeptBatch::decode(&whole).expect("a request");
        let Left { body: left, .. } = kept.erase(|_| true).expect("a list").expect("something");
        assert!(KeptBatch::decode(&left).is_ok());
        let length = left.len();
        for changed in [
            [&left[..], &[0]].concat(),
            left[..length - 1].to_vec(),
            [&left[..1], &[0], &left[2..]].concat(),
            [&left[..length - 2], &[1, 0]].concat(),
            [&left[..length - 2], &[1, 1]].concat(),
        ] {
            assert!(KeptBatch::decode(&changed).is_err(), "{changed:x?}");
        }
    }
}
