//! Builds what browsers are sent: the crates `browser` and `scanner` as WebAssembly, and every file under a name that says its
//! content.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
/// What the WebAssembly is made of.
const SOURCES: [&str; 6] = ["browser", "scanner", "asker", "indicia", "password", "scan"];
/// Each crate that is compiled to it.
const CRATES: [&str; 2] = ["browser", "scanner"];
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
    let mut assets = Assets { folder: out.join("assets"), table: String::new(), names: Vec::new() };
    fs::create_dir_all(&assets.folder)?;

    let built = build(&here, &out)?;
    for name in CRATES {
        bind(&built.join(format!("{name}.wasm")), &out.join("bound"))?;
    }
    println!("cargo::rerun-if-changed=assets");
    add_console(&mut assets, &out.join("bound"))?;
    add_scanner(&mut assets, &out.join("bound"))?;
    fs::write(out.join("table.rs"), format!("&[{}]", assets.table))?;
    Ok(())
}

/// Names of others stand in a script, so that it comes after them.
fn add_console(assets: &mut Assets, bound: &Path) -> Result<()> {
    let (glue, wasm) = assets.add_crate("browser", bound)?;
    assets.add_text("keys", "js", &[])?;
    assets.add_text("console", "js", &[("glue", &glue), ("wasm", &wasm)])?;
    assets.add_text("console", "css", &[])?;
    assets.add_text("mark", "svg", &[])
}

/// All of the scanner's files are below one path, and the service worker that keeps them names each.
fn add_scanner(assets: &mut Assets, bound: &Path) -> Result<()> {
    let (glue, wasm) = assets.add_crate("scanner", bound)?;
    assets.add("scanner-icon", "png", &fs::read("assets/scanner-icon.png")?)?;
    assets.add_text("scanner-worker", "js", &[("glue", &glue), ("wasm", &wasm)])?;
    for script in ["scanner-mind", "scanner-server", "scanner-cards", "scanner"] {
        assets.add_text(script, "js", &[])?;
    }
    assets.add_text("scanner", "css", &[])?;
    assets.add_text("scanner", "webmanifest", &[])?;
    assets.add_text("scanner", "html", &[])?;
    let is_needed = |role: &str| {
        role.starts_with("scanner") && !role.ends_with(".html") && !role.ends_with(".webmanifest")
            || ["keys.js", "console.css", "mark.svg"].contains(&role)
    };
    let named = assets.names.iter().filter(|(role, _)| is_needed(role));
    let mut files: Vec<String> = named.map(|(_, name)| format!("/scanner/files/{name}")).collect();
    files.extend(["/scanner".to_owned(), "/scanner/manifest.webmanifest".to_owned()]);
    // The page and the manifest have addresses that don't say their content.
    let digest = digest(assets.names.iter().map(|(_, name)| name.as_str()).collect::<String>().as_bytes());
    assets.add_text("scanner-service-worker", "js", &[("files", &format!("{files:?}")), ("digest", &digest)])
}

/// The first twelve hexadecimal digits of SHA-256.
fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The files as they are written, and the table of them as Rust.
struct Assets {
    folder: PathBuf,
    table: String,
    /// Each role, and the name that has it.
    names: Vec<(String, String)>,
}

impl Assets {
    /// Keeps a file, and returns the name that it has from now on.
    fn add(&mut self, stem: &str, ending: &str, content: &[u8]) -> Result<String> {
        let (role, name) = (format!("{stem}.{ending}"), format!("{stem}.{}.{ending}", digest(content)));
        let path = self.folder.join(&name);
        fs::write(&path, content)?;
        let media_type = match ending {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "html" => "text/html; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "wasm" => "application/wasm",
            "webmanifest" => "application/manifest+json",
            _ => return Err(format!("no media type is known for {role}").into()),
        };
        writeln!(
            self.table,
            "Asset {{ role: {role:?}, name: {name:?}, media_type: {media_type:?}, content: include_bytes!({path:?}) }},",
        )?;
        self.names.push((role, name.clone()));
        Ok(name)
    }

    /// Keeps a text of the folder `assets`, in which the name of each file that is there already stands for its role, `{{keys.js}}`,
    /// and these texts for these words.
    fn add_text(&mut self, stem: &str, ending: &str, words: &[(&str, &str)]) -> Result<()> {
        let mut text = fs::read_to_string(format!("assets/{stem}.{ending}"))?;
        for (word, for_it) in words {
            text = text.replace(&format!("{{{{{word}}}}}"), for_it);
        }
        for (role, name) in &self.names {
            text = text.replace(&format!("{{{{{role}}}}}"), name);
        }
        self.add(stem, ending, text.as_bytes()).map(drop)
    }

    /// Keeps a crate's WebAssembly, and what its functions are called through; returns the names of that and of itself.
    fn add_crate(&mut self, name: &str, bound: &Path) -> Result<(String, String)> {
        let wasm = self.add(name, "wasm", &fs::read(bound.join(format!("{name}_bg.wasm")))?)?;
        let glue = fs::read(bound.join(format!("{name}.js")))?;
        Ok((self.add(&format!("{name}-glue"), "js", &glue)?, wasm))
    }
}

/// Compiles the crates in a folder of its own, since the build around this one holds the lock of the usual one.
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
    cargo.current_dir(here.join("../..")).args(["build", "--lib"]);
    for name in CRATES {
        cargo.args(["--package", name]);
    }
    cargo.args(["--target", TARGET, "--profile", "browser", "--target-dir"]).arg(&target);
    if !cargo.status()?.success() {
        return Err(format!(
            "the WebAssembly for browsers couldn't be compiled; if {TARGET} is missing: rustup target add {TARGET}"
        )
        .into());
    }
    Ok(target.join(TARGET).join("browser"))
}

/// Writes the WebAssembly as a browser loads it, and what its functions are called through.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?;
    Ok(bindgen.generate(folder)?)
}
