//! Other prints of a picture that doesn't read as it is: each makes good one thing that pictures suffer from.

use crate::Grey;

/// More pixels than this are thinned out first: a picture that has no symbol isn't to take long either.
const MOST_PIXELS: usize = 4_000_000;
/// Below this a place has no dark and light, but one shade and what disturbs it.
const LEAST_CONTRAST: u8 = 12;

/// The prints of a picture, one after the other, from what helps most often.
pub(crate) fn prints(grey: &Grey) -> impl Iterator<Item = Grey> {
    let mut base = None;
    let steps: [fn(&Grey) -> Grey; 8] = [
        even,
        |grey| even(&negative(grey)),
        |grey| even(&sharp(grey)),
        |grey| even(&doubled(grey)),
        |grey| even(&negative(&doubled(grey))),
        |grey| even(&halved(grey)),
        |grey| smooth(&even(grey)),
        |grey| even(&doubled(&smooth(grey))),
    ];
    let thin = move |grey: &Grey| {
        let mut thin = grey.clone();
        while thin.pixels.len() > MOST_PIXELS && thin.width > 1 && thin.height > 1 {
            thin = halved(&thin);
        }
        thin
    };
    let grey = grey.clone();
    steps.into_iter().map(move |step| step(base.get_or_insert_with(|| thin(&grey))))
}

/// Dark is black and light is white everywhere, by the darkest and lightest shade around each place.
fn even(grey: &Grey) -> Grey {
    let side = (grey.width.min(grey.height) / 16).clamp(16, 64);
    let (columns, rows) = (grey.width.div_ceil(side), grey.height.div_ceil(side));
    let smooth = smooth(grey);
    let mut ends = vec![(u8::MAX, 0_u8); columns * rows];
    for (place, pixel) in smooth.pixels.iter().enumerate() {
        let (dark, light) = &mut ends[place / grey.width / side * columns + place % grey.width / side];
        (*dark, *light) = ((*dark).min(*pixel), (*light).max(*pixel));
    }
    let ends: Vec<(u8, u8)> = (0..ends.len())
        .map(|place| {
            let (column, row) = (place % columns, place / columns);
            let near = (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(|row| {
                (column.saturating_sub(1)..(column + 2).min(columns))
                    .map(move |column| row * columns + column)
            });
            near.fold((u8::MAX, 0), |(dark, light), near| (dark.min(ends[near].0), light.max(ends[near].1)))
        })
        .collect();
    let level = |place: usize| {
        let (dark, light) = between(&ends, columns, rows, side, place % grey.width, place / grey.width);
        if light - dark < i32::from(LEAST_CONTRAST) * 256 {
            return u8::MAX;
        }
        let pixel = i32::from(grey.pixels[place]) * 256;
        u8::try_from(((pixel - dark) * 255 / (light - dark)).clamp(0, 255)).unwrap_or(u8::MAX)
    };
    Grey { width: grey.width, height: grey.height, pixels: (0..grey.pixels.len()).map(level).collect() }
}

/// The ends at a pixel, between those of the four squares whose middles are around it, in parts of 256.
fn between(ends: &[(u8, u8)], columns: usize, rows: usize, side: usize, x: usize, y: usize) -> (i32, i32) {
    let along = |place: usize, count: usize| {
        // In half sides, so that middles are whole.
        let from_middle = (2 * place + 1).saturating_sub(side);
        let first = (from_middle / (2 * side)).min(count - 1);
        let part = if first + 1 == count { 0 } else { from_middle % (2 * side) * 16 / (2 * side) };
        (first, (first + 1).min(count - 1), part)
    };
    let ((left, right, x), (top, bottom, y)) = (along(x, columns), along(y, rows));
    let mix = |end: fn(&(u8, u8)) -> u8| {
        let at = |column: usize, row: usize| usize::from(end(&ends[row * columns + column]));
        let upper = at(left, top) * (16 - x) + at(right, top) * x;
        let lower = at(left, bottom) * (16 - x) + at(right, bottom) * x;
        i32::try_from(upper * (16 - y) + lower * y).unwrap_or(i32::MAX)
    };
    (mix(|end| end.0), mix(|end| end.1))
}

/// Light for dark.
fn negative(grey: &Grey) -> Grey {
    Grey { pixels: grey.pixels.iter().map(|pixel| u8::MAX - pixel).collect(), ..*grey }
}

/// The median of a pixel and the four beside it: without dots.
fn smooth(grey: &Grey) -> Grey {
    near(grey, |middle, beside| {
        let mut all = [middle, beside[0], beside[1], beside[2], beside[3]];
        all.sort_unstable();
        all[2]
    })
}

/// Each pixel farther from the mean of those beside it.
fn sharp(grey: &Grey) -> Grey {
    near(grey, |middle, beside| {
        let mean = beside.iter().map(|pixel| i32::from(*pixel)).sum::<i32>() / 4;
        let pixel = i32::from(middle) * 3 - mean * 2;
        u8::try_from(pixel.clamp(0, 255)).unwrap_or(u8::MAX)
    })
}

/// A picture of what becomes of each pixel and those left, right, above and below.
fn near(grey: &Grey, of: impl Fn(u8, [u8; 4]) -> u8) -> Grey {
    let (width, height) = (grey.width, grey.height);
    let at = |x: usize, y: usize| grey.pixels[y * width + x];
    let pixels = (0..width * height)
        .map(|place| {
            let (x, y) = (place % width, place / width);
            let beside = [
                at(x.saturating_sub(1), y),
                at((x + 1).min(width - 1), y),
                at(x, y.saturating_sub(1)),
                at(x, (y + 1).min(height - 1)),
            ];
            of(at(x, y), beside)
        })
        .collect();
    Grey { width, height, pixels }
}

/// Half as wide and as high, each pixel the mean of four.
fn halved(grey: &Grey) -> Grey {
    let (width, height) = (grey.width / 2, grey.height / 2);
    let mean = |place: usize| {
        let at = |dx: usize, dy: usize| {
            u16::from(grey.pixels[(place / width * 2 + dy) * grey.width + place % width * 2 + dx])
        };
        u8::try_from((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4).unwrap_or(u8::MAX)
    };
    Grey { width, height, pixels: (0..width * height).map(mean).collect() }
}

/// Twice as wide and as high, with means between.
fn doubled(grey: &Grey) -> Grey {
    let (width, height) = (grey.width * 2, grey.height * 2);
    let mean = |place: usize| {
        let (x, y) = (place % width, place / width);
        let at = |x: usize, y: usize| {
            u16::from(grey.pixels[(y / 2).min(grey.height - 1) * grey.width + (x / 2).min(grey.width - 1)])
        };
        u8::try_from((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4).unwrap_or(u8::MAX)
    };
    Grey { width, height, pixels: (0..width * height).map(mean).collect() }
}
