//! What a device shows: read in its one form, taken from that device alone and for a moment, and made and read alike by somebody
//! else's COSE library.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use indicia::presentation::{CLOCKS, LIFETIME, assemble, to_be_signed};
use indicia::recognise::recognise;
use indicia::{
    Algorithm, Claims, Details, GoodRoots, HolderKey, Indicium, NotLive, Presentation, PresentationError,
    Presented, Showing, SignError, Terms, TrustBundle, UnixTime, Verdict, text, verify_many,
};
use proptest::prelude::*;
use support::{NOW, Office, Signer, claims};

/// A holder's device.
struct Device(ed25519_dalek::SigningKey);

impl Device {
    fn new(seed: u8) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    fn key(&self) -> HolderKey {
        HolderKey::new(self.0.verifying_key().to_bytes()).expect("a public key")
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        ed25519_dalek::Signer::sign(&self.0, message).to_bytes()
    }

    fn present(&self, indicium: &[u8], at: UnixTime) -> Vec<u8> {
        assemble(indicium, at, &self.sign(&to_be_signed(indicium, at)))
    }
}

fn tied(number: u64, key: HolderKey) -> Claims<'static> {
    Claims { details: Details { key: Some(key), ..Details::default() }, ..claims(number) }
}

/// Why something isn't taken at a time: what everybody does who takes indicia.
fn judge(bytes: &[u8], bundle: &TrustBundle, now: UnixTime) -> Result<(), String> {
    let said = |error: &dyn ToString| error.to_string();
    let shown = Presented::read(bytes).map_err(|error| said(&error))?;
    match verify_many(shown.indicium(), bundle, now, &mut GoodRoots::default()) {
        Verdict::Genuine(indicium) => {
            let showing = shown.showing(indicium.claims()).map_err(|error| said(&error))?;
            Terms::of(indicium.claims()).check_live(showing, now).map_err(|error| said(&error))
        }
        Verdict::NotGenuine(reason) | Verdict::CannotTell(reason) => Err(said(&reason)),
    }
}

fn after(time: UnixTime, seconds: u64) -> UnixTime {
    UnixTime(time.0 + seconds)
}

/// A device of the seed 1 presents six bytes at 1800000000: made by `peers/presentation_peer.py`.
const BY_PEER: &str = "d2844ba201270fa1061a6b49d200a046d28443a101265840ae74ddf0005bcac21635e4d8e82d50632168195cd7e6e855cb7d7\
                       2d5f24b3e31a4f50352404342574c1f2224fbea651a3fa02fec17cff4cd713c803c26a6de0d";

#[test]
fn a_presentation_is_what_somebody_elses_library_made() {
    let (device, at) = (Device::new(1), UnixTime(1_800_000_000));
    let indicium = hex::decode("d28443a10126").expect("hex");
    assert_eq!(hex::encode(device.present(&indicium, at)), BY_PEER);
    let bytes = hex::decode(BY_PEER).expect("hex");
    let read = Presentation::decode(&bytes).expect("a presentation");
    assert_eq!((read.at(), read.indicium()), (at, indicium.as_slice()));
    read.verify(device.key()).expect("its device's");
}

#[test]
fn it_is_taken_from_its_device_alone_and_for_a_moment() {
    let (office, device, other) = (Office::new(Algorithm::EdDsa), Device::new(7), Device::new(8));
    let bundle = office.bundle();
    let indicium = office.single(&tied(1, device.key()), false);
    let taken = |bytes: &[u8], now| judge(bytes, &bundle, now);
    let live = device.present(&indicium, NOW);
    let before = |seconds| UnixTime(NOW.0 - seconds);
    for now in [before(CLOCKS), NOW, after(NOW, LIFETIME)] {
        assert_eq!(taken(&live, now), Ok(()), "{now}");
    }
    let says = |why: NotLive| Err(why.to_string());
    assert_eq!(taken(&live, before(CLOCKS + 1)), says(NotLive::Future(NOW)));
    assert_eq!(taken(&live, after(NOW, LIFETIME + 1)), says(NotLive::Past(NOW)));
    assert_eq!(taken(&indicium, NOW), says(NotLive::Copy));

    let by_other = other.present(&indicium, NOW);
    let wrong = SignError::from(indicia::KeyError::Signature);
    assert_eq!(taken(&by_other, NOW), Err(PresentationError::Sign1(wrong).to_string()));
    // What is tied to nobody is taken as it is, and isn't presented.
    let free = office.single(&claims(2), false);
    assert_eq!(taken(&free, NOW), Ok(()));
    let presented = device.present(&free, NOW);
    assert_eq!(taken(&presented, NOW), Err(PresentationError::NotTied.to_string()));
    // A signature is for one indicium.
    let another = office.single(&tied(3, device.key()), false);
    let mixed = assemble(&another, NOW, &device.sign(&to_be_signed(&indicium, NOW)));
    assert!(taken(&mixed, NOW).is_err());
    // A presentation of a presentation is none of an indicium.
    assert!(taken(&device.present(&live, NOW), NOW).is_err());
    // What the same key signed for something else, is none.
    let signer = Signer::new(Algorithm::EdDsa, 7);
    let mut message = Vec::new();
    signer.header().to_be_signed(&indicium, &mut message);
    assert!(taken(&assemble(&indicium, NOW, &signer.sign(&message)), NOW).is_err());
}

#[test]
fn every_form_of_an_indicium_is_presented() {
    let device = Device::new(7);
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let office = Office::new(algorithm);
        let indicium = office.single(&tied(1, device.key()), true);
        assert_eq!(judge(&device.present(&indicium, NOW), &office.root_only(), NOW), Ok(()));
    }
    // The key isn't among the claims of these, but a presentation of them is read all the same.
    let of_batch = Office::new(Algorithm::EdDsa).of_batch(5, 2, false);
    let presented = device.present(&of_batch, NOW);
    assert_eq!(Presentation::decode(&presented).expect("a presentation").indicium(), of_batch);
}

#[test]
fn no_changed_bit_is_taken() {
    let (office, device) = (Office::new(Algorithm::EdDsa), Device::new(7));
    let bundle = office.bundle();
    let live = device.present(&office.single(&tied(1, device.key()), false), NOW);
    assert_eq!(judge(&live, &bundle, NOW), Ok(()));
    for place in 0..live.len() {
        for bit in 0..8 {
            let mut changed = live.clone();
            changed[place] ^= 1 << bit;
            assert!(judge(&changed, &bundle, NOW).is_err(), "byte {place}, bit {bit}");
        }
        assert!(judge(&live[..place], &bundle, NOW).is_err(), "{place} bytes");
    }
    assert!(judge(&[live.as_slice(), &[0]].concat(), &bundle, NOW).is_err());
}

/// A COSE_Sign1 with other headers, in hexadecimal digits, and a signature that fits it.
fn with_headers(device: &Device, protected: &str, unprotected: &str, indicium: &[u8]) -> Vec<u8> {
    let (protected, unprotected) =
        (hex::decode(protected).expect("hex"), hex::decode(unprotected).expect("hex"));
    let mut message = minicbor::Encoder::new(Vec::new());
    let written = message.array(4).and_then(|cbor| {
        cbor.str("Signature1")?.bytes(&protected)?.bytes(b"mintage-presentation")?.bytes(indicium)
    });
    written.expect("memory");
    let signature = device.sign(message.writer());
    let mut signed = minicbor::Encoder::new(Vec::new());
    let written = signed.tag(minicbor::data::Tag::new(18)).and_then(|cbor| cbor.array(4)?.bytes(&protected));
    written.expect("memory");
    signed.writer_mut().extend_from_slice(&unprotected);
    signed.bytes(indicium).and_then(|cbor| cbor.bytes(&signature)).expect("memory");
    signed.into_writer()
}

#[test]
fn it_has_one_form() {
    let (office, device) = (Office::new(Algorithm::EdDsa), Device::new(7));
    let (bundle, at) = (office.bundle(), format!("{:08x}", NOW.0));
    let indicium = office.single(&tied(1, device.key()), false);
    let taken = |protected: &str, unprotected: &str| {
        judge(&with_headers(&device, protected, unprotected, &indicium), &bundle, NOW)
    };
    assert_eq!(taken(&format!("a201270fa1061a{at}"), "a0"), Ok(()));
    let others = [
        ("with a key's id", format!("a30127044101 0fa1061a{at}"), "a0"),
        ("with another claim", format!("a201270fa2010206 1a{at}"), "a0"),
        ("with a longer time", format!("a201270fa1061b00000000{at}"), "a0"),
        ("with a time before all time", "a201270fa10620".to_owned(), "a0"),
        ("with the time under another claim", format!("a201270fa1051a{at}"), "a0"),
        ("without a time", "a201270fa0".to_owned(), "a0"),
        ("without claims", "a10127".to_owned(), "a0"),
        ("by another algorithm", format!("a201260fa1061a{at}"), "a0"),
        ("with something unprotected", format!("a201270fa1061a{at}"), "a1041800"),
        ("with a critical header", format!("a3012702810f0fa1061a{at}"), "a0"),
    ];
    for (what, protected, unprotected) in others {
        assert!(taken(&protected.replace(' ', ""), unprotected).is_err(), "{what}");
    }
    let large = device.present(&[0; 8_192], NOW);
    assert_eq!(Presentation::decode(&large), Err(PresentationError::TooLarge(large.len())));
}

#[test]
fn it_is_told_from_an_indicium() {
    let (office, device) = (Office::new(Algorithm::EdDsa), Device::new(7));
    let indicium = office.single(&tied(1, device.key()), false);
    let presented = device.present(&indicium, NOW);
    let scheme = |bytes: &[u8]| recognise(bytes).map(|found| found.scheme);
    assert_eq!(scheme(&indicium), Some("mintage"));
    for bytes in [presented.clone(), text::to_text(&presented).into_bytes()] {
        assert_eq!(scheme(&bytes), Some("mintage-presentation"));
        let found = recognise(&bytes).expect("a scheme");
        let field =
            |name: &str| found.fields.iter().find(|field| field.0 == name).map(|field| field.1.clone());
        assert_eq!(field("shown"), Some(NOW.to_string()));
        assert_eq!(field("holder's key"), Some(device.key().to_string()));
        assert_eq!(field("amount").as_deref(), Some("12.50 EUR"));
    }
    let damaged = &presented[..presented.len() - 1];
    assert_eq!(scheme(damaged), Some("mintage-presentation"));
    assert!(Indicium::decode(&presented).is_err());
}

proptest! {
    /// Any indicium at any time is read back, and nothing else is: whatever it is that begins like one.
    #[test]
    fn what_is_presented_is_read_back(
        indicium in prop::collection::vec(any::<u8>(), 0..600),
        at in any::<u64>(),
        seed in any::<u8>(),
    ) {
        let (device, at) = (Device::new(seed), UnixTime(at));
        let bytes = device.present(&indicium, at);
        let Presented::ByDevice(read) = Presented::read(&bytes).expect("a presentation") else {
            return Err(TestCaseError::fail("not told from an indicium"));
        };
        prop_assert_eq!((read.at(), read.indicium()), (at, indicium.as_slice()));
        prop_assert_eq!(read.verify(device.key()), Ok(()));
        prop_assert!(read.verify(Device::new(seed ^ 1).key()).is_err());
    }

    /// Live is what is of now, give or take the clocks: by a model in wider numbers.
    #[test]
    fn it_lives_for_a_moment(at in any::<u64>(), apart in -100_i128..100) {
        let now = (i128::from(at) + apart).clamp(0, i128::from(u64::MAX));
        let now = u64::try_from(now).expect("clamped");
        let apart = i128::from(now) - i128::from(at);
        let is_live = (-i128::from(CLOCKS)..=i128::from(LIFETIME)).contains(&apart);
        prop_assert_eq!(Showing::ByDevice(UnixTime(at)).check_live(UnixTime(now)).is_ok(), is_live);
    }

    #[test]
    fn a_key_is_read_in_both_its_forms(seed in any::<u8>()) {
        use base64::Engine;
        let key = Device::new(seed).key();
        let hex = key.to_string();
        let json_web_key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.as_bytes());
        for text in [&hex, &hex.to_uppercase(), &json_web_key] {
            prop_assert_eq!(text.parse(), Ok(key));
        }
        for text in [&hex[1..], &format!("{hex}0"), &format!("{json_web_key}="), "", &"g".repeat(64), &"é".repeat(32)] {
            prop_assert!(text.parse::<HolderKey>().is_err(), "{}", text);
        }
    }
}

#[test]
fn a_key_under_which_anything_verifies_is_none() {
    let neutral: [u8; 32] = std::array::from_fn(|place| u8::from(place == 0));
    for weak in [[0; 32], neutral] {
        assert!(HolderKey::new(weak).is_err());
    }
}

/// The peer's answers to lines of JSON.
fn ask(cases: &[serde_json::Value]) -> Option<Vec<String>> {
    let Some(python) = std::env::var_os("MINTAGE_PEER_PYTHON") else {
        println!("left out: needs MINTAGE_PEER_PYTHON, which `cargo xtask test` sets up");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/presentation_peer.py");
    let mut peer = Command::new(python);
    let peer = peer.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut peer = peer.spawn().expect("the peer's program");
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let written = peer.stdin.take().expect("its input").write_all(lines.as_bytes());
    let output = peer.wait_with_output().expect("its output");
    assert!(output.status.success(), "{}", output.status);
    written.expect("its input");
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn pypis_cwt_agrees() {
    let (office, device) = (Office::new(Algorithm::EdDsa), Device::new(7));
    let bundle = office.bundle();
    let indicium = office.single(&tied(1, device.key()), false);
    let live = device.present(&indicium, NOW);
    let read = |key: HolderKey, presentation: &[u8]| {
        let (key, presentation) = (key.to_string(), hex::encode(presentation));
        serde_json::json!({ "key": key, "presentation": presentation })
    };
    let mut changed = live.clone();
    changed[13] ^= 1; // the time
    let made =
        serde_json::json!({ "seed": hex::encode([7; 32]), "indicium": hex::encode(&indicium), "at": NOW.0 });
    let cases =
        [made, read(device.key(), &live), read(Device::new(8).key(), &live), read(device.key(), &changed)];
    let Some(answers) = ask(&cases) else { return };
    let [made, read, by_another, of_another_time] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(judge(&hex::decode(made).expect("hex"), &bundle, NOW), Ok(()));
    assert_eq!(*read, format!("{} {}", NOW.0, hex::encode(&indicium)));
    for refused in [by_another, of_another_time] {
        assert!(refused.starts_with("refused: VerifyError"), "{refused}");
    }
}
