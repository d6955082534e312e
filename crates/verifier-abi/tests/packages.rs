//! The packages for other languages, as they are handed out: each says what Rust says, of the same table of codes.

#[path = "../../indicia/tests/support/mod.rs"]
mod support;
mod table;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use indicia::{Algorithm, BundleClaims, RevokedKeys, StatusSnapshot, UnixTime, text};
use serde_json::Value;
use support::{ISSUED, ISSUER, Office, claims};
use table::Table;

/// More would be much to send to a browser.
const MOST_BYTES: u64 = 1_000_000;

/// Where the packages are, built once.
static SDK: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace");
    let mut xtask = Command::new(env!("CARGO"));
    xtask.args(["run", "--quiet", "--package", "xtask", "--", "sdk"]).current_dir(&root);
    assert!(xtask.status().expect("cargo").success(), "cargo xtask sdk");
    root.join("target/sdk")
});

fn peer(variable: &str) -> Option<OsString> {
    let found = std::env::var_os(variable);
    if found.is_none() {
        println!("left out: needs {variable}, which `cargo xtask test` sets up");
    }
    found
}

fn driver(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(name)
}

fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a program");
    let mut pipe = child.stdin.take().expect("its input");
    std::thread::scope(|scope| {
        // It may end before it has read everything, which its answer then shows.
        scope.spawn(move || pipe.write_all(input));
        child.wait_with_output().expect("its output")
    })
}

fn assert_ends_well(output: &Output, what: &str) {
    assert!(output.status.success(), "{what}: {} {}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// Has a language's driver go through the table.
fn assert_says_what_rust_says(language: &str, driver: &mut Command) {
    let table = Table::new();
    let output = run(driver, table.lines().as_bytes());
    assert_ends_well(&output, language);
    let said = String::from_utf8(output.stdout).expect("text");
    let said: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert_eq!(said.len(), table.steps.len(), "{language}");
    for (step, said) in table.steps.iter().zip(&said) {
        assert_eq!(said, &step.expected, "{language}: {}", step.line);
    }
}

/// What a C compiler makes, in a folder of its own with the package.
fn compiled(source: &Path, libraries: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("program");
    let c = SDK.join("c");
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"]).arg(&program);
    cc.arg(source).arg("-I").arg(&c).arg("-L").arg(&c).args(libraries);
    cc.arg(format!("-Wl,-rpath,{}", c.display()));
    assert_ends_well(&run(&mut cc, b""), "cc");
    (folder, program)
}

#[test]
fn node_says_what_rust_says() {
    let Some(node) = peer("MINTAGE_PEER_NODE") else { return };
    for module in ["node.js", "browser.js"] {
        let mut command = Command::new(&node);
        command.arg(driver("table.mjs")).arg(SDK.join("npm").join(module));
        assert_says_what_rust_says(module, &mut command);
    }
}

#[test]
fn python_says_what_rust_says() {
    let Some(python) = peer("MINTAGE_PEER_PYTHON") else { return };
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(driver("table.py")).arg(SDK.join("python"));
    assert_says_what_rust_says("Python", &mut command);
}

#[test]
fn c_says_what_rust_says() {
    let library = SDK.join("c/libmintage_verify.a");
    let library = library.to_str().expect("a path");
    let libraries = [library, "-lpthread", "-ldl", "-lm", "-lgcc_s"];
    let (_folder, program) = compiled(&driver("table.c"), &libraries);
    assert_says_what_rust_says("C", &mut Command::new(program));
}

/// Null pointers, wrong lengths and numbers, small rooms, threads: answered, and seen by valgrind to touch nothing else.
#[test]
fn misuse_is_an_answer() {
    let office = Office::new(Algorithm::EdDsa);
    let (folder, program) = compiled(&driver("misuse.c"), &["-lmintage_verify"]);
    let [bundle, code] = ["bundle.cbor", "code.cbor"].map(|name| folder.path().join(name));
    std::fs::write(&bundle, office.bundle_bytes()).expect("a file");
    std::fs::write(&code, office.single(&claims(5), false)).expect("a file");
    let run_as = |mut command: Command| run(command.arg(&program).arg(&bundle).arg(&code), b"");
    assert_ends_well(&run_as(Command::new("env")), "alone");
    let Some(valgrind) = peer("MINTAGE_PEER_VALGRIND") else { return };
    let mut watched = Command::new(valgrind);
    watched.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
    assert_ends_well(&run_as(watched), "under valgrind");
}

#[test]
fn libraries_are_small() {
    for library in
        ["npm/mintage_verify.wasm", "c/libmintage_verify.so", "python/mintage_verify/libmintage_verify.so"]
    {
        let size = SDK.join(library).metadata().expect("a library").len();
        println!("{library}: {size} bytes");
        assert!(size < MOST_BYTES, "{library}: {size}");
    }
}

/// Whatever may be said is in the header and in the types; Python's class refuses what it doesn't know by itself.
#[test]
fn everything_that_is_said_is_declared() {
    let table = Table::new();
    let texts = ["c/mintage_verify.h", "npm/index.d.ts"]
        .map(|name| (name, std::fs::read_to_string(SDK.join(name)).expect("a text")));
    let said = table.steps.iter().filter_map(|step| step.expected.as_object());
    for (name, value) in said.flatten() {
        for (file, text) in &texts {
            assert!(text.contains(name), "{name} isn't in {file}");
            if let ("verdict" | "status" | "holder", Some(word)) = (name.as_str(), value.as_str()) {
                assert!(text.contains(word), "{word} isn't in {file}");
            }
        }
    }
}

/// The example of a package's README, as it stands there.
fn example(language: &str, fence: &str) -> String {
    let page = std::fs::read_to_string(SDK.join(language).join("README.md")).expect("a page");
    let block = page.split(&format!("```{fence}\n")).nth(1).expect("an example");
    block.split("```").next().expect("its end").to_owned()
}

/// A folder with what an example reads, and the texts of a live and of a void indicium; valid at any time after 2025.
struct Shop {
    folder: tempfile::TempDir,
    root: String,
    texts: [String; 2],
}

impl Shop {
    fn new() -> Self {
        let office = Office::new(Algorithm::EdDsa);
        let bundle = BundleClaims {
            issuer: ISSUER,
            issued_at: UnixTime(1_750_000_000),
            expires: UnixTime(4_000_000_000),
            root: &office.root.public(),
            issuers: &[&office.issuer_certificate],
            devices: &[&office.device_certificate],
            revoked: &RevokedKeys::default(),
        };
        let of = |number| {
            let mut claims = claims(number);
            (claims.issued_at, claims.not_before, claims.expires) = (UnixTime(1_750_000_000), None, None);
            claims
        };
        let mut snapshot = StatusSnapshot::new(ISSUER.to_owned(), ISSUED);
        snapshot.push(of(2).serial, indicia::Status::Void).expect("in order");
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, payload: &[u8]| {
            std::fs::write(folder.path().join(name), office.root.sign1(payload, None)).expect("a file");
        };
        write("bundle.cbor", &bundle.encode());
        write("status.cbor", &snapshot.encode());
        let texts = [1, 2].map(|number| text::to_text(&office.single(&of(number), false)));
        Self { folder, root: office.root.public().key_id().to_string(), texts }
    }

    fn file(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).expect("a file");
    }

    /// Takes the live one, refuses the void one where it can know, a changed one and another root's.
    fn assert_tells(&self, language: &str, program: &[OsString], input: &[u8], knows_void: bool) {
        let [live, void] = &self.texts;
        let changed = format!("{}0", &live[..live.len() - 1]);
        let ends = |root: &str, code: &str| {
            let mut command = Command::new(&program[0]);
            command.args(&program[1..]).args([root, code]).current_dir(self.folder.path());
            let output = run(&mut command, input);
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            (output.status.code(), said)
        };
        let (code, said) = ends(&self.root, live);
        assert_eq!((code, said.contains("12.50 EUR")), (Some(0), true), "{language}: {said}");
        let (code, said) = ends(&self.root, void);
        assert_eq!(code, Some(i32::from(knows_void)), "{language}: {said}");
        let (code, said) = ends(&self.root, &changed);
        assert_eq!(code, Some(1), "{language}: {said}");
        let (code, said) = ends("0011223344556677", live);
        assert!(code != Some(0) && said.contains("is signed by root"), "{language}: {said}");
    }
}

#[test]
fn the_example_for_javascript_runs() {
    let Some(node) = peer("MINTAGE_PEER_NODE") else { return };
    let shop = Shop::new();
    shop.file("verify.mjs", &example("npm", "js"));
    let modules = shop.folder.path().join("node_modules");
    std::fs::create_dir(&modules).expect("a folder");
    std::os::unix::fs::symlink(SDK.join("npm"), modules.join("mintage-verify")).expect("a link");
    shop.assert_tells("JavaScript", &[node, "verify.mjs".into()], b"", true);
}

#[test]
fn the_example_for_python_runs() {
    let Some(python) = peer("MINTAGE_PEER_PYTHON") else { return };
    let shop = Shop::new();
    shop.file("verify.py", &example("python", "python"));
    std::os::unix::fs::symlink(SDK.join("python/mintage_verify"), shop.folder.path().join("mintage_verify"))
        .expect("a link");
    shop.assert_tells("Python", &[python, "-B".into(), "verify.py".into()], b"", true);
}

#[test]
fn the_example_for_c_runs() {
    let shop = Shop::new();
    shop.file("verify.c", &example("c", "c"));
    for file in ["mintage_verify.h", "libmintage_verify.so"] {
        std::fs::copy(SDK.join("c").join(file), shop.folder.path().join(file)).expect("a file");
    }
    let page = std::fs::read_to_string(SDK.join("c/README.md")).expect("a page");
    let compile = page.lines().find(|line| line.starts_with("    cc ")).expect("how it is compiled");
    let mut shell = Command::new("sh");
    shell.args(["-c", compile]).current_dir(shop.folder.path());
    assert_ends_well(&run(&mut shell, b""), "cc");
    let bundle = std::fs::read(shop.folder.path().join("bundle.cbor")).expect("a file");
    let program = shop.folder.path().join("verify").into_os_string();
    shop.assert_tells("C", &[program], &bundle, false);
}
