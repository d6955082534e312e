//! What people point a command at: a text, a file, standard input.

use std::io::Read as _;
use std::path::Path;

use paper::Seen;

use crate::failure::Failure;
use crate::output;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

/// What is seen in a text that `is_text` takes for one, in the file of that name, or in standard input. What is neither is
/// said to be no `expected` text: a mistyped file name is no forgery.
pub(crate) fn look(
    what: &str,
    is_text: impl Fn(&str) -> bool,
    expected: &str,
    as_json: bool,
) -> Result<Vec<Seen>, Failure> {
    let path = Path::new(what);
    let bytes = if what == STANDARD_INPUT {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(Failure::io(Path::new("standard input")))?;
        bytes
    } else if is_text(what) {
        what.as_bytes().to_vec()
    } else if path.exists() {
        std::fs::read(path).map_err(Failure::io(path))?
    } else {
        return Err(Failure::Said(format!("{what:?} is neither a file nor {expected}")));
    };
    let bar = output::progress("reading pages", 0, as_json);
    let seen = paper::look(bytes, |page, pages| {
        bar.set_length(pages as u64);
        bar.set_position(page as u64);
    })?;
    bar.finish_and_clear();
    Ok(seen)
}
