//! The DSA key of RFC 6979 A.2.1, whose private half is public.

use dsa::signature::hazmat::PrehashSigner;
use dsa::{BoxedUint, Components, SigningKey, VerifyingKey};
use indicia::DsaKey;

const P: &str = "86F5CA03DCFEB225063FF830A0C769B9DD9D6153AD91D7CE27F787C43278B447E6533B86B18BED6E8A48B784A14C252C5BE0DBF60B86D638\
    5BD2F12FB763ED8873ABFD3F5BA2E0A8C0A59082EAC056935E529DAF7C610467899C77ADEDFC846C881870B7B19B2B58F9BE0521A17002E3BDD6B86685EE90B3\
    D9A1B02B782B1779";
const Q: &str = "996F967F6C8E388D9E28D01E205FBA957A5698B1";
const G: &str = "07B0F92546150B62514BB771E2A0C0CE387F03BDA6C56B505209FF25FD3C133D89BBCD97E904E09114D9A7DEFDEADFC9078EA544D2E401AE\
    ECC40BB9FBBF78FD87995A10A1C27CB7789B594BA7EFB5C4326A9FE59A070E136DB77175464ADCA417BE5DCE2F40D10A46A3A3943F26AB7FD9C0398FF8C76EE0\
    A56826A8A88F1DBD";
const X: &str = "411602CB19A6CCC34494D79D98EF1E7ED5AF25F7";
const Y: &str = "5DF5E01DED31D0297E274E1691C192FE5868FEF9E19A84776454B100CF16F65392195A38B90523E2542EE61871C0440CB87C322FC4B4D2EC\
    5E1E7EC766E1BE8D4CE935437DC11C3C8FD426338933EBFE739CB3465F4D3668C5E473508253B1E682F65CBDC4FAE93C2EA212390E54905A86E2223170B44EAA\
    7DA5DD9FFCFB7F3B";

/// Hexadecimal digits as bytes.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).expect("hexadecimal digits")
}

/// The public half.
pub(crate) fn key() -> DsaKey {
    DsaKey::new(&bytes(P), &bytes(Q), &bytes(G), &bytes(Y)).expect("a key")
}

/// r and s over a message's SHA-1, twenty bytes each.
pub(crate) fn sign(message: &[u8]) -> [u8; 40] {
    use sha1::Digest;
    let [p, q, g, y, x] = [P, Q, G, Y, X].map(|number| BoxedUint::from_be_slice_vartime(&bytes(number)));
    let components = Components::from_components(p, q, g).expect("components");
    let public = VerifyingKey::from_components(components, y).expect("a public key");
    let key = SigningKey::from_components(public, x).expect("a private key");
    let signature = key.sign_prehash(&sha1::Sha1::digest(message)).expect("a signature");
    let mut raw = [0; 40];
    for (half, number) in raw.chunks_exact_mut(20).zip([signature.r(), signature.s()]) {
        let number = number.to_be_bytes_trimmed_vartime();
        half[20 - number.len()..].copy_from_slice(&number);
    }
    raw
}
