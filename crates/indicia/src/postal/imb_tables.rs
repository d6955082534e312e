//! The tables of USPS-B-3200's appendices C and D.

/// Characters of 13 bits with as many ones as `ones`, in the order in which codewords name them: those that are
/// another one backwards come in pairs from the front, those that are themselves backwards from the end.
const fn characters<const COUNT: usize>(ones: u32) -> [u16; COUNT] {
    let mut table = [0; COUNT];
    let (mut front, mut end) = (0, COUNT);
    let mut character: u16 = 0;
    while character < 1 << 13 {
        let backwards = character.reverse_bits() >> 3;
        if character.count_ones() == ones && backwards >= character {
            if backwards == character {
                end -= 1;
                table[end] = character;
            } else {
                table[front] = character;
                table[front + 1] = backwards;
                front += 2;
            }
        }
        character += 1;
    }
    table
}

const FIVES: usize = 1287;
const TWOS: usize = 78;
const FIVE_OF_13: [u16; FIVES] = characters(5);
const TWO_OF_13: [u16; TWOS] = characters(2);

/// How many codewords there are.
pub(super) const CODEWORDS: u16 = 1365;

/// The character of each codeword.
pub(super) static CHARACTERS: [u16; CODEWORDS as usize] = {
    let mut table = [0; CODEWORDS as usize];
    let mut codeword = 0;
    while codeword < CODEWORDS as usize {
        table[codeword] = if codeword < FIVES { FIVE_OF_13[codeword] } else { TWO_OF_13[codeword - FIVES] };
        codeword += 1;
    }
    table
};

/// The codeword of each character; [`CODEWORDS`] where there is none.
pub(super) static CODEWORD_OF: [u16; 1 << 13] = {
    let mut table = [CODEWORDS; 1 << 13];
    let mut codeword = 0;
    while codeword < CODEWORDS {
        table[CHARACTERS[codeword as usize] as usize] = codeword;
        codeword += 1;
    }
    table
};

/// Where bit `j` of character `i` is (`13 * i + j`): 1 to 65 are the bars' descenders, 66 to 130 their ascenders.
pub(super) const PLACES: [u8; 130] = [
    67, 6, 78, 16, 86, 95, 34, 40, 45, 113, 117, 121, 62, 87, 18, 104, 41, 76, 57, 119, 115, 72, 97, 2, 127,
    26, 105, 35, 122, 52, 114, 7, 24, 82, 68, 63, 94, 44, 77, 112, 70, 100, 39, 30, 107, 15, 125, 85, 10, 65,
    54, 88, 20, 106, 46, 66, 8, 116, 29, 61, 99, 80, 90, 37, 123, 51, 25, 84, 129, 56, 4, 109, 96, 28, 36,
    47, 11, 71, 33, 102, 21, 9, 17, 49, 124, 79, 64, 91, 42, 69, 53, 60, 14, 1, 27, 103, 126, 75, 89, 50,
    120, 19, 32, 110, 92, 111, 130, 59, 31, 12, 81, 43, 55, 5, 74, 22, 101, 128, 58, 118, 48, 108, 38, 98,
    93, 23, 83, 13, 73, 3,
];
