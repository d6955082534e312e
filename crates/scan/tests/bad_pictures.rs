//! Bad pictures that must be read: the first 100 of those that `examples/bad_pictures.rs` counts.

mod pictures;

use std::thread;

use pictures::{Picture, Symbol};

/// How many of the 25 of each symbol are read at least: one less than are, since machines' sines differ in their last bits.
const LEAST: [(Symbol, usize); 4] =
    [(Symbol::Qr, 22), (Symbol::DataMatrix, 22), (Symbol::Aztec, 19), (Symbol::Pdf417, 22)];

/// Whether a picture is read.
///
/// # Panics
/// If something is read that isn't in it.
fn is_read(number: usize) -> (Symbol, bool) {
    let picture = Picture::new(number);
    let found = scan::read_picture(&picture.png).expect("a picture");
    let contents: Vec<Vec<u8>> = found.into_iter().map(|one| one.content).collect();
    let (is_read, is_misread) = picture.compare(&contents);
    let what = format!("{number}: {}, {}", picture.symbol.name(), picture.damage.name());
    assert!(!is_misread, "{what}");
    if !is_read {
        println!("not read: {what}");
    }
    (picture.symbol, is_read)
}

#[test]
fn most_bad_pictures_are_read_and_none_is_misread() {
    let numbers: Vec<usize> = (0..100).collect();
    let read: Vec<(Symbol, bool)> = thread::scope(|scope| {
        let threads: Vec<_> = numbers
            .chunks(50)
            .map(|some| scope.spawn(move || some.iter().copied().map(is_read).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no misreading")).collect()
    });
    for (symbol, least) in LEAST {
        let count = read.iter().filter(|one| **one == (symbol, true)).count();
        println!("{}: {count} of 25", symbol.name());
        assert!(count >= least, "{}: {count} of 25", symbol.name());
    }
}

/// Each by itself where it is square or lies at an angle; or one after the other, where the first is blanked out.
#[test]
fn two_symbols_are_both_read_once() {
    let at_angles = (36..40).map(Picture::new);
    for picture in at_angles.chain([Picture::pair(Symbol::Pdf417)]) {
        let found = scan::read_picture(&picture.png).expect("a picture");
        let contents: Vec<Vec<u8>> = found.into_iter().map(|one| one.content).collect();
        assert_eq!(
            (picture.compare(&contents), contents.len()),
            ((true, false), 2),
            "{}",
            picture.symbol.name()
        );
    }
}
