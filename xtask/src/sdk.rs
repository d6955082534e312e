//! The verifier for other languages: a folder for each, with the library that was built for it and what `sdk` has around it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where what is around the libraries comes from.
const AROUND: &str = "sdk";
/// Where the folders are made.
const FOLDER: &str = "target/sdk";
/// Where the libraries are built, by themselves: of their own profile, whatever else is being built.
const BUILD: &str = "target/sdk/build";
const PROFILE: &str = "library";
const WASM: &str = "wasm32-unknown-unknown";
/// What stands for the version in what is around them.
const VERSION: &str = "{{version}}";

/// Builds them, and says where they are.
pub(crate) fn run() -> ExitCode {
    match build() {
        Ok(folders) => {
            folders.iter().for_each(|folder| println!("{}", folder.display()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("the verifier for other languages can't be built: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> io::Result<Vec<PathBuf>> {
    cargo(&[])?;
    cargo(&["--target", WASM])?;
    let native = Path::new(BUILD).join(PROFILE);
    let wasm = Path::new(BUILD).join(WASM).join(PROFILE).join("mintage_verify.wasm");
    let (shared, fixed) = (native.join("libmintage_verify.so"), native.join("libmintage_verify.a"));
    // Each language with its libraries, and the folder that they go to.
    let languages = [
        ("npm", "", vec![&wasm]),
        ("c", "", vec![&shared, &fixed]),
        ("python", "mintage_verify", vec![&shared]),
    ];
    let mut folders = Vec::new();
    for (language, place, libraries) in languages {
        let folder = Path::new(FOLDER).join(language);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        copy(&Path::new(AROUND).join(language), &folder)?;
        fs::copy("LICENSE", folder.join("LICENSE"))?;
        for library in libraries {
            let name = library.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
            fs::copy(library, folder.join(place).join(name))?;
        }
        folders.push(folder);
    }
    Ok(folders)
}

fn cargo(more: &[&str]) -> io::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--package", "verifier-abi", "--lib"]);
    cargo.args(["--profile", PROFILE, "--target-dir", BUILD]).args(more);
    if cargo.status()?.success() { Ok(()) } else { Err(io::Error::other("cargo build fails")) }
}

/// Copies a folder of texts.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            // What Python leaves beside its sources.
            if entry.file_name() != "__pycache__" {
                copy(&from, &to)?;
            }
        } else {
            fs::write(to, fs::read_to_string(from)?.replace(VERSION, env!("CARGO_PKG_VERSION")))?;
        }
    }
    Ok(())
}
