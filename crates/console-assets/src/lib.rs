//! What browsers are sent beside pages: style, script and WebAssembly, each under a name that changes with its content, so
//! that it can be kept for ever.

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// What it is for, whatever its content.
    role: &'static str,
    /// Its name, with a digest of its content in it.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

/// All of them.
const ALL: &[Asset] = include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The file of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name)
}

/// The name of the style sheet.
#[must_use]
pub fn style() -> &'static str {
    name_of("console.css")
}

/// The name of the script, a module.
#[must_use]
pub fn script() -> &'static str {
    name_of("console.js")
}

/// The name of the picture that stands for the console.
#[must_use]
pub fn mark() -> &'static str {
    name_of("mark.svg")
}

fn name_of(role: &str) -> &'static str {
    // The build makes one of each role; the test below holds it to that.
    ALL.iter().find(|asset| asset.role == role).map_or("", |asset| asset.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_there_under_its_name_and_knows_the_others() {
        for name in [style(), script(), mark()] {
            assert_eq!(by_name(name).unwrap().name, name);
        }
        let script = str::from_utf8(by_name(script()).unwrap().content).unwrap();
        assert!(!script.contains("{{"), "a name is missing");
        let known = |role| ALL.iter().find(|asset| asset.role == role).unwrap().name;
        assert!(script.contains(known("browser.js")) && script.contains(known("browser.wasm")));
        assert!(by_name(known("browser.wasm")).unwrap().content.starts_with(b"\0asm"));
    }
}
