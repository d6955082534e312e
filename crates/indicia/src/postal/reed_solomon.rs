//! Reed–Solomon over GF(32) as Mailmark has it: x⁵+x²+1, and the generator's roots are α, α², …
//!
//! A word has 26 numbers at most, of which few are ever unknown. So whatever is unknown, be it check numbers yet to be made or
//! numbers that were misread, is found by solving the equations that the roots are; and what was misread at places that nobody
//! knows, by trying every pair of places.

const FIELD: u8 = 32;
const POLYNOMIAL: u8 = 0x25;
/// Nonzero numbers: the order of α.
const ORDER: usize = 31;

/// All powers of α.
static POWERS: [u8; ORDER] = {
    let mut powers = [1; ORDER];
    let mut power = 1;
    while power < ORDER {
        let doubled = powers[power - 1] << 1;
        powers[power] = if doubled & FIELD == 0 { doubled } else { doubled ^ POLYNOMIAL };
        power += 1;
    }
    powers
};

/// Which power of α a number is; nothing for 0.
static LOGARITHMS: [u8; FIELD as usize] = {
    let mut logarithms = [0; FIELD as usize];
    let mut power: u8 = 0;
    while (power as usize) < ORDER {
        logarithms[POWERS[power as usize] as usize] = power;
        power += 1;
    }
    logarithms
};

fn alpha(power: usize) -> u8 {
    POWERS[power % ORDER]
}

fn times(a: u8, b: u8) -> u8 {
    let power = |number: u8| usize::from(LOGARITHMS[usize::from(number)]);
    if a == 0 || b == 0 { 0 } else { alpha(power(a) + power(b)) }
}

fn inverse(a: u8) -> u8 {
    alpha(ORDER - usize::from(LOGARITHMS[usize::from(a)]))
}

/// What is at the root α to a power of a word of this length that is `number` at `place` and 0 elsewhere.
fn at_root(power: usize, length: usize, place: usize, number: u8) -> u8 {
    times(number, alpha(power * (length - 1 - place)))
}

/// The word's value at each root: all 0 where nothing is wrong.
fn syndromes(word: &[u8], checks: usize) -> Vec<u8> {
    let syndrome = |power| {
        let numbers = word.iter().enumerate();
        numbers.fold(0, |sum, (place, number)| sum ^ at_root(power, word.len(), place, *number))
    };
    (1..=checks).map(syndrome).collect()
}

/// What has to be added at these places so that the syndromes vanish, if there is such a thing; these are fewer than the
/// syndromes, or as many.
fn corrections(syndromes: &[u8], length: usize, places: &[usize]) -> Option<Vec<u8>> {
    let equation = |(at, syndrome): (usize, &u8)| {
        let terms = places.iter().map(|place| at_root(at + 1, length, *place, 1));
        terms.chain([*syndrome]).collect()
    };
    let mut equations: Vec<Vec<u8>> = syndromes.iter().enumerate().map(equation).collect();
    for column in 0..places.len() {
        let pivot = (column..equations.len()).find(|row| equations[*row][column] != 0)?;
        equations.swap(column, pivot);
        let factor = inverse(equations[column][column]);
        let normal: Vec<u8> = equations[column].iter().map(|term| times(*term, factor)).collect();
        for equation in equations.iter_mut() {
            let factor = equation[column];
            for (term, normal) in equation.iter_mut().zip(&normal) {
                *term ^= times(factor, *normal);
            }
        }
        equations[column] = normal;
    }
    let (solved, rest) = equations.split_at(places.len());
    let last = |equation: &Vec<u8>| equation[places.len()];
    rest.iter().all(|equation| last(equation) == 0).then(|| solved.iter().map(last).collect())
}

/// Numbers below 32 with so many check numbers behind them, 31 together at most.
pub(super) fn with_checks(numbers: &[u8], checks: usize) -> Vec<u8> {
    let mut word = numbers.to_vec();
    word.resize(numbers.len() + checks, 0);
    let places: Vec<usize> = (numbers.len()..word.len()).collect();
    let found = corrections(&syndromes(&word, checks), word.len(), &places);
    // As many equations as places, and those of different places are independent.
    word[numbers.len()..].copy_from_slice(&found.unwrap_or_else(|| vec![0; checks]));
    word
}

/// Puts numbers below 32 right, of which those at the places `lost` are unknown.
///
/// Two check numbers are always left to tell a word that was put right from one that happened to be near: with all of them used
/// up, one in 20 words of arbitrary numbers would be.
pub(super) fn repaired(word: &[u8], checks: usize, lost: &[usize]) -> Option<Vec<u8>> {
    // To find where a number is wrong takes as much as to find what it is.
    let most = checks.checked_sub(2 + lost.len())? / 2;
    let known: Vec<usize> = (0..word.len()).filter(|place| !lost.contains(place)).collect();
    let singles = known.iter().map(|place| vec![*place]);
    let pairs = known.iter().enumerate().flat_map(|(at, a)| known[..at].iter().map(|b| vec![*a, *b]));
    let suspects = std::iter::once(Vec::new()).chain(singles).chain(pairs);
    let syndromes = syndromes(word, checks);
    let mut found = suspects.take_while(|suspects| suspects.len() <= most).filter_map(|suspects| {
        let places = [lost, &suspects].concat();
        let corrections = corrections(&syndromes, word.len(), &places)?;
        Some(places.into_iter().zip(corrections))
    });
    let mut word = word.to_vec();
    for (place, correction) in found.next()? {
        word[place] ^= correction;
    }
    Some(word)
}
