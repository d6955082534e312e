//! Builds what browsers are sent: the crate `browser` as WebAssembly, and every file under a name that says its content.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
/// What the WebAssembly is made of.
const SOURCES: [&str; 4] = ["browser", "asker", "indicia", "password"];
/// What a build inherits of the one around it, and must not.
const NOT_INHERITED: [&str; 6] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CARGO_PROFILE_RELEASE_LTO",
];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut assets = Assets { folder: out.join("assets"), table: String::new() };
    fs::create_dir_all(&assets.folder)?;

    let bound = out.join("bound");
    bind(&build(&here, &out)?, &bound)?;
    let wasm =
        assets.add("browser", "wasm", "application/wasm", &fs::read(bound.join("browser_bg.wasm"))?)?;
    let glue = fs::read(bound.join("browser.js"))?;
    let glue = assets.add("browser", "js", "text/javascript; charset=utf-8", &glue)?;

    println!("cargo::rerun-if-changed=assets");
    // Names of others stand in the script, so that it comes after them.
    let script = fs::read_to_string("assets/console.js")?;
    let script = script.replace("{{glue}}", &glue).replace("{{wasm}}", &wasm);
    assets.add("console", "js", "text/javascript; charset=utf-8", script.as_bytes())?;
    assets.add("console", "css", "text/css; charset=utf-8", &fs::read("assets/console.css")?)?;
    assets.add("mark", "svg", "image/svg+xml", &fs::read("assets/mark.svg")?)?;
    fs::write(out.join("table.rs"), format!("&[{}]", assets.table))?;
    Ok(())
}

/// The files as they are written, and the table of them as Rust.
struct Assets {
    folder: PathBuf,
    table: String,
}

impl Assets {
    /// Keeps a file, and returns the name that it has from now on.
    fn add(&mut self, stem: &str, ending: &str, media_type: &str, content: &[u8]) -> Result<String> {
        let digest = Sha256::digest(content);
        let digest = digest.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let name = format!("{stem}.{digest}.{ending}");
        let path = self.folder.join(&name);
        fs::write(&path, content)?;
        writeln!(
            self.table,
            "Asset {{ role: {role:?}, name: {name:?}, media_type: {media_type:?}, content: include_bytes!({path:?}) }},",
            role = format!("{stem}.{ending}"),
        )?;
        Ok(name)
    }
}

/// Compiles the crate in a folder of its own, since the build around this one holds the lock of the usual one.
fn build(here: &Path, out: &Path) -> Result<PathBuf> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed=../{source}");
    }
    println!("cargo::rerun-if-changed=../../Cargo.toml");
    let target = out.join("target");
    let mut cargo = Command::new(env::var("CARGO")?);
    for variable in NOT_INHERITED {
        cargo.env_remove(variable);
    }
    cargo.current_dir(here.join("../..")).args(["build", "--package", "browser", "--lib"]);
    cargo.args(["--target", TARGET, "--profile", "browser", "--target-dir"]).arg(&target);
    if !cargo.status()?.success() {
        return Err(format!(
            "the web console's WebAssembly couldn't be compiled; if {TARGET} is missing: rustup target add {TARGET}"
        )
        .into());
    }
    Ok(target.join(TARGET).join("browser/browser.wasm"))
}

/// Writes the WebAssembly as a browser loads it, and what its functions are called through.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?;
    Ok(bindgen.generate(folder)?)
}
