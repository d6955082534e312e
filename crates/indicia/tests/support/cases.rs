//! What other people's libraries are asked: is this genuine?

use indicia::{Algorithm, Indicium, Proof, PublicKey, Verdict, verify};

use super::support::{NOW, Office, claims, encoded};

/// What is trusted, and handed over beside the indicium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The key that signs.
    Signer,
    /// The root's key: the certificates inside must lead to it.
    Root,
}

/// What a verifier must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Genuine, says everybody.
    Genuine,
    /// Tampered with, says everybody.
    Tampered,
    /// Genuine content in a second form. The standards and the libraries let it pass; we refuse it, because an
    /// indicium that has two forms can be taken for two.
    SecondForm,
}

/// One indicium and what is to be said of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expected: Expected,
    indicium: Vec<u8>,
    algorithm: Algorithm,
    trust: Trust,
}

impl Case {
    /// One line of JSON, as the peers read it.
    pub(crate) fn to_json(&self) -> String {
        let office = Office::new(self.algorithm);
        let (trust, key): (_, PublicKey) = match self.trust {
            Trust::Signer => ("signer", office.device.public()),
            Trust::Root => ("root", office.root.public()),
        };
        let (key, indicium) = (hex::encode(key.to_cose_key()), hex::encode(&self.indicium));
        format!(r#"{{"trust":"{trust}","key":"{key}","indicium":"{indicium}"}}"#)
    }

    /// What our own verification says.
    pub(crate) fn is_genuine_to_us(&self) -> bool {
        let office = Office::new(self.algorithm);
        let bundle = match self.trust {
            Trust::Signer => office.bundle(),
            Trust::Root => office.root_only(),
        };
        matches!(verify(&self.indicium, &bundle, NOW), Verdict::Genuine(_))
    }
}

/// Every form, of both algorithms: genuine, tampered with in every part that a signature answers for, and rewritten.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        for (trust, embeds) in [(Trust::Signer, false), (Trust::Signer, true), (Trust::Root, true)] {
            let with = if embeds { "with" } else { "without" };
            let about = format!("{algorithm:?}, {with} certificates, {trust:?} is trusted");
            cases.extend(of_form(algorithm, embeds).into_iter().map(|(part, expected, indicium)| {
                let name = format!("{about}: {part}");
                Case { name, expected, indicium, algorithm, trust }
            }));
        }
        cases.extend(certificates_tampered(algorithm));
        cases.extend(second_forms(algorithm));
    }
    cases
}

/// Single and of batches, genuine and tampered with.
fn of_form(algorithm: Algorithm, embeds: bool) -> Vec<(String, Expected, Vec<u8>)> {
    let (office, stranger) = (Office::new(algorithm), Office::with_seed(algorithm, 50));
    let mut cases = vec![
        ("forged under the key's id".to_owned(), Expected::Tampered, forged(&office, &stranger, embeds)),
        ("another's single".to_owned(), Expected::Tampered, stranger.single(&claims(5), embeds)),
        ("another's of a batch".to_owned(), Expected::Tampered, stranger.of_batch(7, 5, embeds)),
    ];
    let batches = [(2, 1), (2, 2), (7, 5), (7, 7), (100, 64), (1_000, 1_000)]
        .map(|(count, number)| (format!("{number} of {count}"), office.of_batch(count, number, embeds)));
    for (form, genuine) in
        [("single".to_owned(), office.single(&claims(5), embeds))].into_iter().chain(batches)
    {
        cases.extend(
            tampered(&genuine).into_iter().chain(misplaced(&genuine)).map(|(part, indicium)| {
                (format!("{form}, {part} tampered with"), Expected::Tampered, indicium)
            }),
        );
        cases.push((form, Expected::Genuine, genuine));
    }
    cases
}

/// The office's header and certificates with a stranger's signature.
fn forged(office: &Office, stranger: &Office, embeds: bool) -> Vec<u8> {
    let (header, payload) = (office.device.header(), encoded(&claims(5)));
    let (mut message, mut forged) = (Vec::new(), Vec::new());
    header.to_be_signed(&payload, &mut message);
    let chain = embeds.then(|| office.chain());
    header.assemble(&payload, &stranger.device.sign(&message), chain.as_deref(), &mut forged);
    forged
}

/// The indicium with one bit changed in each part that is signed, and in the signature.
fn tampered(indicium: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let read = Indicium::decode(indicium).expect("an indicium");
    let (payload, key_id) = (read.payload(), read.key_id().0);
    vec![
        ("issuer", changed(indicium, payload, 4)),
        ("middle of the claims", changed(indicium, payload, payload.len() / 2)),
        ("end of the claims", changed(indicium, payload, payload.len() - 1)),
        ("key id", changed(indicium, &key_id, 3)),
        ("r", changed(indicium, indicium, indicium.len() - 50)),
        ("s", changed(indicium, indicium, indicium.len() - 1)),
    ]
}

/// The receipt with another place in the tree, or another sibling; nothing for a single indicium.
fn misplaced(indicium: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let read = Indicium::decode(indicium).expect("an indicium");
    let Proof::Receipt(_, inclusion) = read.proof() else { return Vec::new() };
    let (first, last) = (&inclusion.path[0], &inclusion.path[inclusion.path.len() - 1]);
    let index = find(indicium, first) - 4; // heads of hash and path are between
    vec![
        ("index", changed(indicium, indicium, index)),
        ("first sibling", changed(indicium, first, 7)),
        ("last sibling", changed(indicium, last, 31)),
    ]
}

/// Certificates inside that don't lead to the root any more.
fn certificates_tampered(algorithm: Algorithm) -> Vec<Case> {
    let (office, stranger) = (Office::new(algorithm), Office::with_seed(algorithm, 50));
    let genuine = office.single(&claims(5), true);
    let (device, issuer) = (&office.device_certificate, &office.issuer_certificate);
    let chain = |device: &[u8], issuer: &[u8]| {
        office.device.sign1(&encoded(&claims(5)), Some(&indicia::embedded_chain(device, issuer)))
    };
    [
        ("key of the device's certificate", changed(&genuine, device, device.len() - 90)),
        ("signature of the device's certificate", changed(&genuine, device, device.len() - 9)),
        ("key of the issuer's certificate", changed(&genuine, issuer, issuer.len() - 90)),
        ("signature of the issuer's certificate", changed(&genuine, issuer, issuer.len() - 9)),
        ("certificates in the wrong order", chain(issuer, device)),
        ("another's issuer's certificate", chain(device, &stranger.issuer_certificate)),
        ("another's certificates", chain(&stranger.device_certificate, &stranger.issuer_certificate)),
    ]
    .into_iter()
    .map(|(part, indicium)| Case {
        name: format!("{algorithm:?}, {part}"),
        expected: Expected::Tampered,
        indicium,
        algorithm,
        trust: Trust::Root,
    })
    .collect()
}

/// What anybody can make of a genuine indicium without a key.
fn second_forms(algorithm: Algorithm) -> Vec<Case> {
    let (office, stranger) = (Office::new(algorithm), Office::with_seed(algorithm, 50));
    let (single, of_batch) = (office.single(&claims(5), false), office.of_batch(7, 5, false));
    let protected = office.device.header().as_bytes().to_vec();
    let headers = find(&single, &protected) + protected.len(); // the empty map of unprotected ones
    let rewritten =
        |from: usize, count: usize, to: &[u8]| [&single[..from], to, &single[from + count..]].concat();
    let foreign_chain = office.device.sign1(&encoded(&claims(5)), Some(&stranger.chain()));
    let mut forms = vec![
        ("an unprotected header more", rewritten(headers, 1, &[0xa1, 0x18, 0x63, 0x01])),
        ("the array's head longer than it must be", rewritten(1, 1, &[0x98, 4])),
        ("another's certificates, which nobody asked for", foreign_chain),
        ("a tree of 8 that has the path of the tree of 7", larger_tree(&of_batch)),
    ];
    if algorithm == Algorithm::Es256 {
        forms.push((
            "the other s",
            rewritten(single.len() - 64, 64, &with_high_s(&single[single.len() - 64..])),
        ));
    }
    forms
        .into_iter()
        .map(|(form, indicium)| Case {
            name: format!("{algorithm:?}, {form}"),
            expected: Expected::SecondForm,
            indicium,
            algorithm,
            trust: Trust::Signer,
        })
        .collect()
}

/// The unsigned proof `[7, 4, path]` made one of 8: the path leads to the same root.
fn larger_tree(receipt: &[u8]) -> Vec<u8> {
    let mut changed = receipt.to_vec();
    let proof = find(receipt, &[0x83, 7, 4]);
    changed[proof + 1] = 8;
    changed
}

/// The second of the two signatures that ECDSA has for everything: s replaced by n - s.
fn with_high_s(signature: &[u8]) -> Vec<u8> {
    let (r, s) = p256::ecdsa::Signature::from_slice(signature).expect("a signature").split_scalars();
    p256::ecdsa::Signature::from_scalars(r, -s).expect("a signature").to_bytes().to_vec()
}

fn find(indicium: &[u8], part: &[u8]) -> usize {
    indicium.windows(part.len()).position(|window| window == part).expect("the part")
}

/// One bit changed at a place within a part.
fn changed(indicium: &[u8], part: &[u8], place: usize) -> Vec<u8> {
    let mut bytes = indicium.to_vec();
    bytes[find(indicium, part) + place] ^= 1;
    bytes
}
