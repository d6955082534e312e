//! Makes `src/common.bin` from a list of passwords, one a line:
//! `cargo run -p password --example common < LIST > crates/password/src/common.bin`

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

fn main() -> io::Result<()> {
    let mut fingerprints = BTreeSet::new();
    for line in io::stdin().lock().split(b'\n') {
        // Some are in no encoding that anybody knows any more.
        let Ok(password) = String::from_utf8(line?) else { continue };
        let password: String = password.trim_end_matches('\r').nfkc().collect();
        if password.chars().count() >= password::MIN_CHARACTERS {
            let mut fingerprint = [0; 4];
            fingerprint.copy_from_slice(&Sha256::digest(password.to_lowercase())[..4]);
            fingerprints.insert(fingerprint);
        }
    }
    let bytes: Vec<u8> = fingerprints.into_iter().flatten().collect();
    io::stdout().write_all(&bytes)
}
