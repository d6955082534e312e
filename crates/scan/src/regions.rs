//! Where symbols may be: dark places that hang together and are about as wide as high.

use crate::Grey;

/// Side of a cell in pixels; what is less than a cell apart hangs together.
const CELL: usize = 8;
/// Below this a pixel is dark.
pub(crate) const DARK: u8 = 128;

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Region {
    fn width(&self) -> usize {
        self.right - self.left
    }

    fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// Not longer than a PDF417 is.
    #[cfg(feature = "files")]
    fn may_be_wide_symbol(&self) -> bool {
        let (long, short) = (self.width().max(self.height()), self.width().min(self.height()));
        short >= 4 * CELL && long <= short * 4
    }

    /// Square enough for a symbol that lies straight or at an angle, and not smaller than any.
    fn may_be_symbol(&self) -> bool {
        let (long, short) = (self.width().max(self.height()), self.width().min(self.height()));
        short >= 4 * CELL && long * 3 <= short * 4
    }
}

/// Regions that may be symbols, from top to bottom and left to right as one reads.
pub(crate) fn find(grey: &Grey) -> Vec<Region> {
    find_those(grey, Region::may_be_symbol)
}

/// The same, and those that may be a PDF417.
#[cfg(feature = "files")]
pub(crate) fn find_wide(grey: &Grey) -> Vec<Region> {
    find_those(grey, Region::may_be_wide_symbol)
}

fn find_those(grey: &Grey, is_wanted: fn(&Region) -> bool) -> Vec<Region> {
    let (columns, rows) = (grey.width.div_ceil(CELL), grey.height.div_ceil(CELL));
    let mut dark = vec![false; columns * rows];
    for (y, line) in grey.pixels.chunks_exact(grey.width.max(1)).enumerate() {
        let row = y / CELL * columns;
        for (x, _) in line.iter().enumerate().filter(|(_, pixel)| **pixel < DARK) {
            dark[row + x / CELL] = true;
        }
    }
    let mut regions = Vec::new();
    for start in 0..dark.len() {
        if dark[start] {
            let cells = flood(&mut dark, columns, rows, start);
            let region = tighten(grey, cells);
            if is_wanted(&region) {
                regions.push(region);
            }
        }
    }
    // Neighbours on one line of labels are rarely exact to the pixel.
    let line = regions.iter().map(Region::height).min().unwrap_or(1).max(1);
    regions.sort_by_key(|region| (region.top / line, region.left));
    regions
}

/// Takes all cells that hang together with one, and returns the rectangle around them, in cells.
fn flood(dark: &mut [bool], columns: usize, rows: usize, start: usize) -> Region {
    let (column, row) = (start % columns, start / columns);
    let mut around = Region { left: column, top: row, right: column + 1, bottom: row + 1 };
    let mut open = vec![start];
    dark[start] = false;
    while let Some(cell) = open.pop() {
        let (column, row) = (cell % columns, cell / columns);
        around.left = around.left.min(column);
        around.top = around.top.min(row);
        around.right = around.right.max(column + 1);
        around.bottom = around.bottom.max(row + 1);
        for near_row in row.saturating_sub(1)..(row + 2).min(rows) {
            for near_column in column.saturating_sub(1)..(column + 2).min(columns) {
                let near = near_row * columns + near_column;
                if dark[near] {
                    dark[near] = false;
                    open.push(near);
                }
            }
        }
    }
    around
}

/// From cells to the pixels that are dark in them.
fn tighten(grey: &Grey, cells: Region) -> Region {
    let (left, top) = (cells.left * CELL, cells.top * CELL);
    let (right, bottom) = ((cells.right * CELL).min(grey.width), (cells.bottom * CELL).min(grey.height));
    let mut tight = Region { left: right, top: bottom, right: left, bottom: top };
    for y in top..bottom {
        let line = &grey.pixels[y * grey.width + left..y * grey.width + right];
        let Some(first) = line.iter().position(|pixel| *pixel < DARK) else { continue };
        let last = line.iter().rposition(|pixel| *pixel < DARK).unwrap_or(first);
        tight.left = tight.left.min(left + first);
        tight.right = tight.right.max(left + last + 1);
        tight.top = tight.top.min(y);
        tight.bottom = y + 1;
    }
    tight
}
