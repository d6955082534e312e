//! Papers: what people of the staff sign with keys of their own, outside of any module.
//!
//! A paper is a COSE_Sign1 (RFC 9052, section 4.2) over a payload, or, signed by several, a CBOR array of byte strings
//! with a COSE_Sign1 each over the same payload: each signs on a machine of his own, and whoever has all of them joins them.

use indicia::{PublicKey, Sign1, SignError, SignerHeader};
use minicbor::bytes::{ByteSlice, ByteVec};
use minicbor::data::Type;
use thiserror::Error;

use crate::signing::SigningKey;
use crate::staff::Member;

/// Most signatures of a paper.
const MOST: usize = 16;

/// Why bytes are no paper, or not one that counts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PaperError {
    /// Not COSE.
    #[error("it isn't signed as it should be: {0}")]
    Signature(#[from] SignError),
    /// Neither one signature nor several.
    #[error("it is no signed paper ({0})")]
    Form(String),
    /// What one signed isn't what another did.
    #[error("its signatures aren't over the same")]
    Different,
    /// A signature by somebody who may not, or twice by one.
    #[error("its signature {place} isn't by another member of the staff who may sign it")]
    Stranger {
        /// 1-based place of the signature.
        place: usize,
    },
    /// Too few.
    #[error("{signed} signed who may, of the role {role}; it needs {needed}")]
    TooFew {
        /// Whose signatures count.
        role: &'static str,
        /// How many there are.
        signed: usize,
        /// How many it needs.
        needed: usize,
    },
}

/// A paper that was read; whether anybody's signature counts is another question.
#[derive(Debug)]
pub struct Paper<'a> {
    payload: &'a [u8],
    signatures: Vec<Sign1<'a>>,
}

/// Signs a payload.
#[must_use]
pub fn sign(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let public = key.public();
    let header = SignerHeader::single(public.algorithm(), public.key_id());
    let (mut message, mut signed) = (Vec::new(), Vec::new());
    header.to_be_signed(payload, &mut message);
    header.assemble(payload, &key.sign(&message), None, &mut signed);
    signed
}

/// Puts the papers of several over the same payload together.
#[must_use]
pub fn join(papers: &[Vec<u8>]) -> Vec<u8> {
    crate::wire::encode(&papers.iter().map(|paper| ByteVec::from(paper.clone())).collect::<Vec<_>>())
}

impl<'a> Paper<'a> {
    /// Reads a paper.
    ///
    /// # Errors
    /// [`PaperError`], also for anything beside what is signed: it would give one paper several forms.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PaperError> {
        let mut signatures = Vec::new();
        for part in parts(bytes)? {
            let signed = Sign1::decode(part)?;
            signed.allow_unprotected(&[])?;
            signatures.push(signed);
        }
        let Some(first) = signatures.first() else { return Err(PaperError::Form("nobody signed it".into())) };
        let payload = first.payload()?;
        for signed in &signatures {
            if signed.payload()? != payload {
                return Err(PaperError::Different);
            }
        }
        Ok(Self { payload, signatures })
    }

    /// What was signed, whoever did.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Who signed, each one once. One signature that isn't by any of these makes the paper worthless.
    ///
    /// # Errors
    /// [`PaperError::Stranger`].
    pub(crate) fn signers<'s>(
        &self,
        who: &(impl Iterator<Item = &'s (Member, PublicKey)> + Clone),
    ) -> Result<Vec<&'s Member>, PaperError> {
        let mut signers: Vec<&Member> = Vec::with_capacity(self.signatures.len());
        for (place, signed) in (1..).zip(&self.signatures) {
            let mut known = who.clone().filter(|(_, key)| signed.key_id() == Some(key.key_id()));
            let signer = known.find(|(_, key)| signed.verify(key).is_ok()).map(|(member, _)| member);
            let signer = signer.ok_or(PaperError::Stranger { place })?;
            if signers.iter().any(|other| other.name == signer.name) {
                return Err(PaperError::Stranger { place });
            }
            signers.push(signer);
        }
        Ok(signers)
    }
}

/// The COSE_Sign1 of each who signed. One begins with a tag, several are an array.
fn parts(bytes: &[u8]) -> Result<Vec<&[u8]>, PaperError> {
    let form = |error: minicbor::decode::Error| PaperError::Form(error.to_string());
    if minicbor::Decoder::new(bytes).datatype().map_err(form)? != Type::Array {
        return Ok(vec![bytes]);
    }
    let parts: Vec<&ByteSlice> = minicbor::decode(bytes).map_err(form)?;
    if !(2..=MOST).contains(&parts.len()) || !crate::wire::is_encoding(bytes, &parts) {
        return Err(PaperError::Form(format!("several signatures are an array of 2 to {MOST}")));
    }
    Ok(parts.into_iter().map(|part| &**part).collect())
}

#[cfg(test)]
mod tests {
    use asker::UserName;
    use indicia::Algorithm;

    use super::*;
    use crate::staff::{Authority, Staff, StaffRole};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_secret(Algorithm::EdDsa, &[seed; 32]).unwrap()
    }

    fn member(name: &str, role: StaffRole, seed: u8) -> Member {
        let name: UserName = name.parse().unwrap();
        Member { name, role, key: key(seed).ed25519().unwrap() }
    }

    fn staff() -> Staff {
        Staff::new(vec![
            member("pay", StaffRole::Provider, 1),
            member("ann", StaffRole::Officer, 2),
            member("ben", StaffRole::Officer, 3),
            member("eve", StaffRole::Auditor, 4),
        ])
        .unwrap()
    }

    fn authorised(bytes: &[u8], needed: Authority) -> Result<String, PaperError> {
        let paper = Paper::read(bytes)?;
        assert_eq!(paper.payload(), b"this");
        staff().authorise(&paper, needed)
    }

    #[test]
    fn each_role_signs_what_it_may() {
        let by = |seed| sign(b"this", &key(seed));
        assert_eq!(authorised(&by(1), Authority::Provider), Ok("provider pay".into()));
        let two = join(&[by(2), by(3)]);
        assert_eq!(authorised(&two, Authority::Officers), Ok("officer ann and ben".into()));
        for (paper, needed) in [
            (by(2), Authority::Provider),
            (by(4), Authority::Provider),
            (by(9), Authority::Provider),
            (two, Authority::Provider),
            (by(1), Authority::Officers),
            (join(&[by(1), by(2)]), Authority::Officers),
            (join(&[by(2), by(2)]), Authority::Officers),
            (join(&[by(2), by(4)]), Authority::Officers),
            (join(&[by(2), by(3), by(9)]), Authority::Officers),
        ] {
            let refused = authorised(&paper, needed);
            assert!(matches!(refused, Err(PaperError::Stranger { .. })), "{refused:?}");
        }
        let alone = authorised(&by(2), Authority::Officers);
        assert_eq!(alone, Err(PaperError::TooFew { role: "officer", signed: 1, needed: 2 }));
    }

    #[test]
    fn signatures_over_different_things_are_no_paper() {
        let mixed = join(&[sign(b"this", &key(2)), sign(b"that", &key(3))]);
        assert_eq!(Paper::read(&mixed).unwrap_err(), PaperError::Different);
        for bytes in [&join(&[])[..], &join(&[sign(b"this", &key(2))]), b"", b"letters", &[0x82, 0, 0]] {
            assert!(Paper::read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn no_changed_byte_counts() {
        let paper = join(&[sign(b"this", &key(2)), sign(b"this", &key(3))]);
        for place in 0..paper.len() {
            let mut changed = paper.clone();
            changed[place] ^= 1;
            let said = Paper::read(&changed).and_then(|paper| staff().authorise(&paper, Authority::Officers));
            assert!(said.is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_staff_is_complete() {
        let staff = staff();
        let name = |text: &str| text.parse::<UserName>().unwrap();
        use crate::staff::StaffError;
        assert_eq!(staff.without(&name("ann")), Err(StaffError::Incomplete));
        assert_eq!(staff.without(&name("pay")), Err(StaffError::Incomplete));
        assert_eq!(staff.without(&name("zoe")), Err(StaffError::Unknown("zoe".into())));
        let more = staff.with(member("cid", StaffRole::Officer, 5)).unwrap();
        assert!(more.without(&name("ann")).is_ok());
        for twice in [member("ann", StaffRole::Support, 6), member("sue", StaffRole::Support, 2)] {
            assert_eq!(staff.with(twice.clone()), Err(StaffError::Twice(twice.name.to_string())));
        }
        let weak = Member { name: name("sue"), role: StaffRole::Support, key: [0; 32] };
        assert!(staff.with(weak).is_err());
    }
}
