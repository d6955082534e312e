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

/// The scanner's page. It has an address of its own.
#[must_use]
pub fn scanner() -> &'static Asset {
    by_role("scanner.html")
}

/// What makes the scanner an application. It has an address of its own.
#[must_use]
pub fn scanner_manifest() -> &'static Asset {
    by_role("scanner.webmanifest")
}

/// What starts the scanner without a network. It has an address of its own.
#[must_use]
pub fn scanner_service_worker() -> &'static Asset {
    by_role("scanner-service-worker.js")
}

fn name_of(role: &str) -> &'static str {
    by_role(role).name
}

fn by_role(role: &str) -> &'static Asset {
    // The build makes one of each role; the test below holds it to that.
    ALL.iter().find(|asset| asset.role == role).unwrap_or(&ALL[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_there_under_its_name_and_knows_the_others() {
        for name in [style(), script(), mark()] {
            assert_eq!(by_name(name).unwrap().name, name);
        }
        let known = |role| ALL.iter().find(|asset| asset.role == role).unwrap();
        let roles = [scanner(), scanner_manifest(), scanner_service_worker()].map(|asset| asset.role);
        assert_eq!(roles, ["scanner.html", "scanner.webmanifest", "scanner-service-worker.js"]);
        for asset in
            ALL.iter().filter(|asset| !asset.role.ends_with(".wasm") && !asset.role.ends_with(".png"))
        {
            assert!(
                !str::from_utf8(asset.content).unwrap().contains("{{"),
                "a name is missing: {}",
                asset.role
            );
        }
        let script = str::from_utf8(known("console.js").content).unwrap();
        assert!(
            script.contains(known("browser-glue.js").name) && script.contains(known("browser.wasm").name)
        );
        assert!(known("browser.wasm").content.starts_with(b"\0asm"));
    }

    /// Whatever one of the scanner's files names is kept with it, or it wouldn't start without a network.
    #[test]
    fn the_service_worker_keeps_all_that_the_scanner_needs() {
        let kept = str::from_utf8(scanner_service_worker().content).unwrap();
        let text = |asset: &'static Asset| str::from_utf8(asset.content).unwrap_or_default();
        let mut open = vec![scanner(), scanner_manifest()];
        let mut needed = 0;
        while let Some(asset) = open.pop() {
            for other in ALL.iter().filter(|other| text(asset).contains(other.name)) {
                assert!(kept.contains(&format!("/scanner/files/{}", other.name)), "{}", other.role);
                needed += 1;
                open.push(other);
            }
        }
        assert!(needed > 10, "{needed}");
    }
}
