//! Every target over its inputs in `fuzz/corpus`. A name says what must come out: `made-` is taken, `bad-` is refused;
//! of any other input only the target's own claims must hold.

use std::fs;
use std::path::{Path, PathBuf};

use fuzz_bodies::{TARGETS, made};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

#[test]
fn every_input_of_the_corpora_is_as_its_name_says() {
    let mut count = 0;
    for (target, body) in TARGETS {
        let folder = fuzz().join("corpus").join(target);
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let input = fs::read(&path).expect("an input");
            println!("{target}/{name}"); // shown with a panic
            let taken = body(&input);
            assert!(taken || !name.starts_with("made-"), "{target}/{name} was refused");
            assert!(!taken || !name.starts_with("bad-"), "{target}/{name} was taken");
            count += 1;
        }
    }
    println!("{count} inputs");
}

#[test]
fn every_target_is_built_and_its_genuine_inputs_are_those_of_today() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for (target, body) in TARGETS {
        assert!(manifest.contains(&format!("\nname = \"{target}\"\n")), "fuzz/Cargo.toml lacks {target}");
        let source = fuzz().join("targets").join(format!("{target}.rs"));
        let source = fs::read_to_string(source).expect("a target");
        assert!(source.contains(&format!("run(\"{target}\", ")), "{target}.rs runs something else");
        let inputs = made::inputs(target);
        assert!(!inputs.is_empty(), "{target} has no genuine input");
        for (name, input) in inputs {
            assert!(body(&input), "{target} refuses {name}");
            let path = fuzz().join("corpus").join(target).join(format!("made-{name}"));
            let hint = "cargo run -p fuzz-bodies --example seeds";
            assert!(fs::read(&path).ok() == Some(input), "{} is old: {hint}", path.display());
        }
    }
}
