//! Black and white dots.

/// A picture of one bit a dot; white to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bitmap {
    width: usize,
    height: usize,
    bits: Vec<u8>,
}

impl Bitmap {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, bits: vec![0; width.div_ceil(8) * height] }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Bytes of a row; what is left over of the last one is white.
    pub(crate) fn row_bytes(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// Eight dots a byte, the leftmost in the highest bit; black is one.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.bits[y * self.row_bytes()..][..self.row_bytes()]
    }

    pub(crate) fn is_blank(&self, y: usize) -> bool {
        self.row(y).iter().all(|byte| *byte == 0)
    }

    /// Makes a dot black, if it is on the picture.
    pub(crate) fn blacken(&mut self, x: i32, y: i32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let place = y * self.row_bytes() + x / 8;
            self.bits[place] |= 0x80 >> (x % 8);
        }
    }

    /// Makes a square black.
    pub(crate) fn square(&mut self, (x, y): (i32, i32), side: i32) {
        for row in y..y + side {
            for column in x..x + side {
                self.blacken(column, row);
            }
        }
    }
}
