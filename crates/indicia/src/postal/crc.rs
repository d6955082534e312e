//! Cyclic redundancy checks over bits: the Intelligent Mail barcode's is over 102 of them, which are no whole bytes.

/// The remainder of `width` bits (at most 15), the first bit the most significant.
pub(super) fn crc(width: u32, polynomial: u16, start: u16, bits: impl Iterator<Item = bool>) -> u16 {
    let top = 1 << (width - 1);
    let mask = (top << 1) - 1;
    bits.fold(start, |remainder, bit| {
        let carries = (remainder & top != 0) != bit;
        let shifted = remainder << 1 & mask;
        if carries { shifted ^ polynomial } else { shifted }
    })
}
