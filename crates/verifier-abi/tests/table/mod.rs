//! Codes of every kind, and what Rust's own verifier says of each: one table for all languages.

use indicia::presentation::{assemble, to_be_signed};
use indicia::{
    Algorithm, Claims, Details, HolderKey, RevokedKeys, Serial, Status, StatusDelta, StatusSnapshot,
    UnixTime, text,
};
use serde_json::{Value, json};
use verifier::Verifier;

use crate::support::{DEVICE, END, ISSUED, ISSUER, NOW, Office, Signer, claims, encoded};

/// A line that drivers are given, and what they must answer.
pub(crate) struct Step {
    pub(crate) line: String,
    pub(crate) expected: Value,
}

/// All steps, one after the other; a verifier is opened now and then, and those after it are for that one.
pub(crate) struct Table {
    pub(crate) steps: Vec<Step>,
    verifier: Option<Verifier>,
}

/// Bytes as a word of a line; nothing at all is `-`.
fn word(bytes: Option<&[u8]>) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    bytes.map_or("-".to_owned(), |bytes| format!("x{}", hex(bytes)))
}

impl Table {
    pub(crate) fn new() -> Self {
        let mut table = Self { steps: Vec::new(), verifier: None };
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            table.of_office(&Office::new(algorithm), &Office::with_seed(algorithm, 50));
        }
        for valid in [json!(true), json!(false), Value::Null] {
            assert!(
                table.steps.iter().any(|step| step.expected.get("valid") == Some(&valid)),
                "none is {valid}"
            );
        }
        for part in [
            "expired at",
            "not valid before",
            "which is in the future",
            "signature is wrong",
            "is of Other",
            "key was revoked",
            "this is a copy",
            "one of the clocks is wrong",
            "and is tied to none",
        ] {
            let says = |step: &Step| step.expected["reason"].as_str().is_some_and(|said| said.contains(part));
            assert!(table.steps.iter().any(says), "none says {part}");
        }
        for part in
            ["is older than the one made", "give the full one", "isn't signed by", "is signed by root"]
        {
            let says = |step: &Step| step.expected.as_str().is_some_and(|said| said.contains(part));
            assert!(table.steps.iter().any(says), "nothing is refused with {part}");
        }
        for status in ["live", "redeemed in part", "redeemed", "void", "unknown"] {
            assert!(table.steps.iter().any(|step| step.expected["status"] == *status), "none is {status}");
        }
        table
    }

    pub(crate) fn lines(&self) -> String {
        self.steps.iter().map(|step| step.line.clone() + "\n").collect()
    }

    fn of_office(&mut self, office: &Office, stranger: &Office) {
        let bundle = office.bundle_bytes();
        let id = office.root.public().key_id().to_string();
        for refused in [&b""[..], b"garbage", &bundle[..bundle.len() - 1], &office.single(&claims(1), false)]
        {
            self.open(refused, None);
        }
        self.open(&bundle, Some("0011223344556677"));
        self.open(&bundle, Some(""));
        self.open(&bundle, Some(&id.to_ascii_uppercase()));
        self.about();
        self.forms(office, stranger);
        self.times(office);
        self.tied(office);
        self.garbage(office);
        self.statuses(office, stranger);
        self.open(&bundle, None);
        self.code(NOW, None, &office.single(&claims(2), false));
    }

    /// Genuine, changed, forged, of somebody else.
    fn forms(&mut self, office: &Office, stranger: &Office) {
        let embeds = [false, true];
        let singles = embeds.map(|embeds| office.single(&claims(5), embeds));
        let batches = embeds.map(|embeds| office.of_batch(7, 5, embeds));
        for genuine in singles.iter().chain(&batches) {
            self.code(NOW, None, genuine);
            for place in (0..genuine.len()).step_by(11) {
                let mut changed = genuine.clone();
                changed[place] ^= 1;
                self.code(NOW, None, &changed);
            }
        }
        for holder in ["Zoë Müller", "Zoe Müller", ""] {
            self.code(NOW, Some(holder), &singles[0]);
        }
        let nobodys = Claims { holder: None, ..claims(6) };
        self.code(NOW, Some("Zoë Müller"), &office.single(&nobodys, false));
        let (header, payload) = (office.device.header(), encoded(&claims(5)));
        let (mut message, mut forged) = (Vec::new(), Vec::new());
        header.to_be_signed(&payload, &mut message);
        header.assemble(&payload, &stranger.device.sign(&message), None, &mut forged);
        self.code(NOW, None, &forged);
        for embeds in embeds {
            self.code(NOW, None, &stranger.single(&claims(5), embeds));
        }
        let others = Claims { issuer: "Other".into(), ..claims(5) };
        self.code(NOW, None, &stranger.single(&others, false));
        self.code(NOW, None, &office.single(&others, false));
    }

    fn times(&mut self, office: &Office) {
        let genuine = office.single(&claims(5), false);
        let late = Claims { not_before: Some(UnixTime(NOW.0 + 50)), ..claims(5) };
        self.code(NOW, None, &office.single(&late, false));
        for now in [0, ISSUED.0 - 301, ISSUED.0 - 300, 1_849_999_999, 1_850_000_000, END.0 - 1, END.0] {
            self.code(UnixTime(now), None, &genuine);
        }
    }

    /// Tied to a holder's device: as that shows it, and otherwise.
    fn tied(&mut self, office: &Office) {
        let [device, other] = [60, 61].map(|seed| Signer::new(Algorithm::EdDsa, seed));
        let public = device.public().to_cose_key();
        let key = public.last_chunk().and_then(|key| HolderKey::new(*key).ok());
        let tied = Claims { details: Details { key, ..Details::default() }, ..claims(7) };
        let indicium = office.single(&tied, false);
        let shown =
            |by: &Signer, indicium: &[u8]| assemble(indicium, NOW, &by.sign(&to_be_signed(indicium, NOW)));
        self.code(NOW, None, &indicium);
        for now in [NOW.0 - 31, NOW.0 - 30, NOW.0, NOW.0 + 45, NOW.0 + 46] {
            self.code(UnixTime(now), None, &shown(&device, &indicium));
        }
        self.code(NOW, None, &shown(&other, &indicium));
        self.code(NOW, None, &shown(&device, &office.single(&claims(7), false)));
    }

    fn garbage(&mut self, office: &Office) {
        let line = text::to_text(&office.single(&claims(5), false));
        let others =
            [line.to_ascii_lowercase(), format!("{line}\r\n"), format!(" {line}"), format!("{line}é")];
        for line in others.iter().map(String::as_str).chain(["", "VBI:", "VBI", "hello", "VBI:é"]) {
            self.text(NOW, None, line);
        }
        for bytes in [&b"VBI:\xff"[..], &[0; 70_000], &[0x84, 0x40, 0xa0, 0x40, 0x40]] {
            self.bytes(NOW, None, bytes);
        }
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        for length in 0..120 {
            let random: Vec<u8> = (0..length * 3)
                .map(|_| {
                    // Knuth's MMIX generator; its high bits are the better ones.
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    state.to_be_bytes()[0]
                })
                .collect();
            self.bytes(NOW, None, &random);
        }
    }

    /// A snapshot, what has changed since, and what must not be taken for one.
    fn statuses(&mut self, office: &Office, stranger: &Office) {
        let serial = |number| Serial::new(DEVICE, number).expect("a serial");
        let snapshot = |at, dead: &[(u64, Status)]| {
            let mut snapshot = StatusSnapshot::new(ISSUER.to_owned(), at);
            dead.iter()
                .for_each(|(number, status)| snapshot.push(serial(*number), *status).expect("in order"));
            snapshot
        };
        let (part, redeemed, void) = (Status::RedeemedInPart, Status::Redeemed, Status::Void);
        let full = snapshot(UnixTime(ISSUED.0 + 50), &[(2, part), (3, redeemed), (4, void)]);
        let newer = snapshot(NOW, &[(1, void), (2, redeemed), (4, void)]);
        let signed = |payload: &[u8]| office.root.sign1(payload, None);
        let delta = signed(&StatusDelta::between(&full, &newer).encode());
        let (full, newer) = (signed(&full.encode()), signed(&newer.encode()));
        let stranger = stranger.root.sign1(&snapshot(NOW, &[]).encode(), None);
        let after = Claims { issued_at: UnixTime(ISSUED.0 + 60), ..claims(5) };
        let codes: Vec<Vec<u8>> =
            (1..=4).map(claims).chain([after]).map(|claims| office.single(&claims, false)).collect();
        for status in [&b""[..], &delta, &stranger, &full, &full, &delta, &delta, &full, &newer] {
            self.status(status);
            codes.iter().for_each(|code| self.code(NOW, None, code));
        }
        self.code(NOW, Some("Nobody"), &codes[4]);
        self.about();
        // The older one didn't count, the newer one did.
        assert_eq!(self.steps.last().expect("a step").expected["status_as_of"], NOW.to_string());
        // By a snapshot, and by a bundle.
        let revoked: RevokedKeys = [office.device.public().key_id()].into_iter().collect();
        let last = snapshot(UnixTime(NOW.0 + 1), &[(4, void)]).with_revoked(revoked.clone());
        self.status(&signed(&last.encode()));
        codes.iter().for_each(|code| self.code(NOW, None, code));
        self.open(&office.revoking_bundle_bytes(&revoked), None);
        codes.iter().for_each(|code| self.code(NOW, None, code));
    }

    fn open(&mut self, bundle: &[u8], root: Option<&str>) {
        let line = format!("open {} {}", word(Some(bundle)), word(root.map(str::as_bytes)));
        let expected = match Verifier::open(bundle, root) {
            Ok(opened) => {
                self.verifier = Some(opened);
                json!({})
            }
            Err(error) => error.to_string().into(),
        };
        self.steps.push(Step { line, expected });
    }

    fn status(&mut self, status: &[u8]) {
        let verifier = self.verifier.as_mut().expect("one is open");
        let expected =
            verifier.add_status(status).map_or_else(|error| error.to_string().into(), |()| json!({}));
        self.steps.push(Step { line: format!("status {}", word(Some(status))), expected });
    }

    fn about(&mut self) {
        let about = self.verifier.as_ref().expect("one is open").about();
        let expected = serde_json::to_value(about).expect("JSON");
        self.steps.push(Step { line: "about".to_owned(), expected });
    }

    /// As bytes and as text.
    fn code(&mut self, now: UnixTime, holder: Option<&str>, bytes: &[u8]) {
        self.bytes(now, holder, bytes);
        self.text(now, holder, &text::to_text(bytes));
    }

    fn bytes(&mut self, now: UnixTime, holder: Option<&str>, code: &[u8]) {
        self.verify("verify", now, holder, code);
    }

    fn text(&mut self, now: UnixTime, holder: Option<&str>, code: &str) {
        self.verify("read", now, holder, code.as_bytes());
    }

    fn verify(&mut self, step: &str, now: UnixTime, holder: Option<&str>, code: &[u8]) {
        let finding = self.verifier.as_ref().expect("one is open").verify(code, holder, now);
        let line = format!("{step} {} {} {}", now.0, word(holder.map(str::as_bytes)), word(Some(code)));
        let expected = serde_json::to_value(finding).expect("JSON");
        self.steps.push(Step { line, expected });
    }
}
