//! How many of 1,000 bad pictures are read, by symbol and by what is wrong with them, beside zxing-cpp's rate over the same files.
//!
//! `cargo run --release -p scan --example bad_pictures -- [--json] [--out FOLDER]`; `MINTAGE_PEER_PYTHON` names a Python that
//! has zxing-cpp, as `cargo xtask test` sets it up in target/peers. A picture counts as read if all that is in it was read;
//! and what isn't in it, but was read all the same, is counted by itself.

#[path = "../tests/pictures/mod.rs"]
mod pictures;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pictures::{COUNT, Damage, Picture, Symbol};
use serde_json::{Value, json};

/// What a reader made of all pictures, in their order, and how long it took.
struct Read {
    contents: Vec<Vec<Vec<u8>>>,
    time: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut as_json, mut out) = (false, None);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--json" => as_json = true,
            "--out" => out = Some(PathBuf::from(words.next().ok_or("--out needs a folder")?)),
            _ => return Err(format!("{word} is no option; there are --json and --out FOLDER").into()),
        }
    }
    let scratch = tempfile::tempdir()?;
    let folder = out.unwrap_or_else(|| scratch.path().to_owned());
    fs::create_dir_all(&folder)?;
    let mut pictures = Vec::new();
    for number in 0..COUNT {
        let picture = Picture::new(number);
        fs::write(folder.join(format!("{number:04}.png")), &picture.png)?;
        pictures.push(picture);
        say(number + 1, "made");
    }
    let mut readers = vec![("mintage", by_ourselves(&pictures)?)];
    match std::env::var_os("MINTAGE_PEER_PYTHON") {
        Some(python) => readers.push(("zxing-cpp", by_zxing(Path::new(&python), &folder)?)),
        None => eprintln!("without zxing-cpp: MINTAGE_PEER_PYTHON isn't set"),
    }
    if as_json {
        println!("{:#}", document(&pictures, &readers));
    } else {
        print(&pictures, &readers);
    }
    Ok(())
}

fn by_ourselves(pictures: &[Picture]) -> Result<Read, Box<dyn Error>> {
    let (mut contents, mut time): (Vec<Vec<Vec<u8>>>, _) = (Vec::new(), Duration::ZERO);
    for picture in pictures {
        let began = Instant::now();
        let found = scan::read_picture(&picture.png)?;
        time += began.elapsed();
        contents.push(found.into_iter().map(|one| one.content).collect());
        say(contents.len(), "read");
    }
    Ok(Read { contents, time })
}

fn by_zxing(python: &Path, folder: &Path) -> Result<Read, Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/read_pictures.py");
    let output = Command::new(python).arg(script).arg(folder).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let said = String::from_utf8(output.stdout)?;
    let mut lines: Vec<&str> = said.lines().collect();
    let seconds: f64 = serde_json::from_str(lines.pop().ok_or("zxing-cpp says nothing")?)?;
    let mut contents = Vec::new();
    for line in lines {
        let found: Vec<String> = serde_json::from_str(line)?;
        contents.push(found.iter().map(|hex| unhex(hex)).collect::<Result<_, _>>()?);
    }
    Ok(Read { contents, time: Duration::from_secs_f64(seconds) })
}

fn unhex(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16)).collect()
}

/// Of those pictures that are of a symbol and damage, how many there are, were read, and gave something that isn't in them.
fn count(pictures: &[Picture], read: &Read, symbol: Option<Symbol>, damage: Option<Damage>) -> [usize; 3] {
    let mut sums = [0; 3];
    for (picture, contents) in pictures.iter().zip(&read.contents) {
        let is_asked = symbol.is_none_or(|symbol| symbol == picture.symbol)
            && damage.is_none_or(|damage| damage == picture.damage);
        if is_asked {
            let (is_read, is_misread) = picture.compare(contents);
            sums[0] += 1;
            sums[1] += usize::from(is_read);
            sums[2] += usize::from(is_misread);
        }
    }
    sums
}

fn rate([all, read, _]: [usize; 3]) -> f64 {
    let (all, read) = (u32::try_from(all).unwrap_or(u32::MAX), u32::try_from(read).unwrap_or(u32::MAX));
    f64::from(read) / f64::from(all)
}

fn milliseconds(read: &Read) -> f64 {
    read.time.as_secs_f64() * 1000.0 / f64::from(u32::try_from(read.contents.len()).unwrap_or(u32::MAX))
}

fn document(pictures: &[Picture], readers: &[(&str, Read)]) -> Value {
    let of_reader = |(name, read): &(&str, Read)| {
        let all = |symbol, damage| rate(count(pictures, read, symbol, damage));
        let symbols = Symbol::ALL.map(|symbol| {
            let damages =
                Damage::ALL.map(|damage| (damage.name().to_owned(), json!(all(Some(symbol), Some(damage)))));
            let damages: serde_json::Map<String, Value> = damages.into_iter().collect();
            (symbol.name().to_owned(), json!({ "rate": all(Some(symbol), None), "by_damage": damages }))
        });
        let damages = Damage::ALL.map(|damage| (damage.name().to_owned(), json!(all(None, Some(damage)))));
        let value = json!({
            "rate": all(None, None),
            "misread": count(pictures, read, None, None)[2],
            "ms_per_picture": milliseconds(read),
            "by_symbol": symbols.into_iter().collect::<serde_json::Map<String, Value>>(),
            "by_damage": damages.into_iter().collect::<serde_json::Map<String, Value>>(),
        });
        ((*name).to_owned(), value)
    };
    let readers: serde_json::Map<String, Value> = readers.iter().map(of_reader).collect();
    json!({ "pictures": pictures.len(), "readers": readers })
}

fn print(pictures: &[Picture], readers: &[(&str, Read)]) {
    for (name, read) in readers {
        let [all, good, wrong] = count(pictures, read, None, None);
        println!(
            "{name}: {good} of {all} read, {wrong} misread, {:.0} ms a picture (% by symbol and damage)",
            milliseconds(read)
        );
        print!("{:20}", "");
        Symbol::ALL.iter().for_each(|symbol| print!("{:>12}", symbol.name()));
        println!("{:>12}", "all");
        for damage in Damage::ALL.into_iter().map(Some).chain([None]) {
            print!("{:20}", damage.map_or("all", Damage::name));
            for symbol in Symbol::ALL.into_iter().map(Some).chain([None]) {
                print!("{:>12.0}", 100.0 * rate(count(pictures, read, symbol, damage)));
            }
            println!();
        }
    }
}

/// How far it is, on a terminal's line.
fn say(number: usize, what: &str) {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() && (number.is_multiple_of(10) || number == COUNT) {
        eprint!("\r{number} of {COUNT} {what}{}", if number == COUNT { "\n" } else { "" });
    }
}
