//! The programs of docs/verifying.md, as they stand there: other people's COSE libraries in three languages.

mod support;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use indicia::{Algorithm, KeyId};
use support::{DEVICE, Office, claims, encoded};

/// The one program of a language on the page.
fn program(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verifying.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let fence = format!("```{language}\n");
    let mut blocks = page.split(&fence).skip(1);
    let (block, another) = (blocks.next().expect("a program"), blocks.next());
    assert!(another.is_none(), "two programs in {language}");
    block.split("```").next().expect("its end").to_owned()
}

/// A folder with a language's program and the bundle that it reads.
struct Verifier {
    folder: tempfile::TempDir,
    interpreter: OsString,
    file: PathBuf,
}

impl Verifier {
    /// `None` where the language isn't set up.
    fn new(language: &str, peer: &str, bundle: &[u8]) -> Option<Self> {
        let Some(interpreter) = std::env::var_os(peer) else {
            println!("left out: needs {peer}, which `cargo xtask test` sets up");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(format!("verify.{}", if language == "js" { "cjs" } else { language }));
        std::fs::write(&file, program(language)).expect("a file");
        let verifier = Self { folder, interpreter, file };
        verifier.take(bundle);
        Some(verifier)
    }

    /// Uses another bundle from here on.
    fn take(&self, bundle: &[u8]) {
        std::fs::write(self.folder.path().join("bundle.cbor"), bundle).expect("a file");
    }

    fn run(&self, indicium: &[u8], root: &str) -> Output {
        std::fs::write(self.folder.path().join("indicium.cbor"), indicium).expect("a file");
        let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/node_modules");
        let mut command = Command::new(&self.interpreter);
        command.arg(&self.file).arg(root).current_dir(self.folder.path()).env("NODE_PATH", packages);
        command.output().expect("the interpreter")
    }
}

/// Takes what is genuine and says what it is worth; takes nothing forged, changed or of another root.
fn assert_tells(language: &str, peer: &str) {
    let office = Office::new(Algorithm::EdDsa);
    let stranger = Office::with_seed(Algorithm::EdDsa, 50);
    let Some(verifier) = Verifier::new(language, peer, &office.bundle_bytes()) else { return };
    let root = office.root.public().key_id().to_string();
    let genuine = office.single(&claims(5), false);
    let run = verifier.run(&genuine, &root);
    let (said, wrong) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{language}: {wrong}");
    assert!(said.contains("EUR/2") && said.contains("1250"), "{language}: {said}");

    let changed = |place: usize| {
        let mut bytes = genuine.clone();
        bytes[place] ^= 1;
        bytes
    };
    let payload = encoded(&claims(5));
    let service = genuine.windows(6).position(|word| word == b"Stalls").expect("a claim");
    // Signed by somebody else's key, and said to be of ours.
    let (mut message, mut forged) = (Vec::new(), Vec::new());
    let header = office.device.header();
    header.to_be_signed(&payload, &mut message);
    header.assemble(&payload, &stranger.device.sign(&message), None, &mut forged);
    let wrong = [
        ("a claim changed", changed(service), root.as_str()),
        ("the signature changed", changed(genuine.len() - 1), &root),
        ("another's", stranger.single(&claims(5), false), &root),
        ("forged", forged, &root),
        ("another root is trusted", genuine.clone(), "0011223344556677"),
    ];
    for (what, bytes, root) in wrong {
        let run = verifier.run(&bytes, root);
        assert!(!run.status.success(), "{language}, {what}: {}", String::from_utf8_lossy(&run.stdout));
    }
    // So that the failures above are of the indicia, and not of whatever became of the program meanwhile.
    assert!(verifier.run(&genuine, &root).status.success(), "{language}, device {DEVICE:?}");

    let revoking = |keys: &[KeyId]| office.revoking_bundle_bytes(&keys.iter().copied().collect());
    let (other, own) = (KeyId([0; 8]), office.device.public().key_id());
    verifier.take(&revoking(&[other]));
    assert!(verifier.run(&genuine, &root).status.success(), "{language}: another key is revoked");
    verifier.take(&revoking(&[other, own]));
    let run = verifier.run(&genuine, &root);
    assert!(!run.status.success(), "{language}, revoked: {}", String::from_utf8_lossy(&run.stdout));
}

#[test]
fn python() {
    assert_tells("python", "MINTAGE_PEER_PYTHON");
}

#[test]
fn javascript() {
    assert_tells("js", "MINTAGE_PEER_NODE");
}

#[test]
fn ruby() {
    assert_tells("ruby", "MINTAGE_PEER_RUBY");
}
