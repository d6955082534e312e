//! What a printer prints on.

use std::fmt;
use std::ops::RangeInclusive;

use ipp::prelude::IppValue;
use ipp::value::IppName;

use crate::answer::{Attributes, Members, number, text};
use crate::request::keyword;

/// What is as large as this is as large as that, in hundredths of a millimetre: inches are rounded.
const TOLERANCE: u32 = 50;
/// Hundredths of a millimetre in an inch and a millimetre.
const INCH: f64 = 2_540.0;
const MILLIMETRE: f64 = 100.0;
/// No medium is longer: a hundred metres.
const LONGEST: u32 = 10_000_000;

/// Edges that a printer can't reach, in hundredths of a millimetre.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Margins {
    /// At the top.
    pub top: u32,
    /// At the bottom.
    pub bottom: u32,
    /// At the left.
    pub left: u32,
    /// At the right.
    pub right: u32,
}

/// A medium. All lengths are in hundredths of a millimetre; the width is that of the edge that goes in first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// Its name, as `iso_a4_210x297mm` (PWG 5101.1); what is of any size within bounds has none.
    pub name: Option<String>,
    /// How wide it is: one width, or all between two.
    pub width: RangeInclusive<u32>,
    /// How high.
    pub height: RangeInclusive<u32>,
    /// What can't be printed on, if the printer says it.
    pub margins: Option<Margins>,
    /// Whether it is in the printer at this moment.
    pub is_ready: bool,
}

/// All that a printer prints on: what is in it at this moment first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media(Vec<Medium>);

impl Media {
    /// What a printer says of its media: by size and margins, or else by names, which say the size too.
    pub(crate) fn of(printer: Attributes<'_>) -> Self {
        let mut media: Vec<Medium> = Vec::new();
        for (attribute, is_ready) in [("media-col-ready", true), ("media-col-database", false)] {
            for value in printer.values(attribute) {
                let medium = value.as_collection().and_then(|members| from_members(members, is_ready));
                media.extend(medium);
            }
        }
        for (attribute, is_ready) in [("media-ready", true), ("media-supported", false)] {
            for name in printer.texts(attribute) {
                if !media.iter().any(|medium| medium.name.as_deref() == Some(name.as_str())) {
                    media.extend(from_name(name, is_ready));
                }
            }
        }
        media.sort_by_key(|medium| !medium.is_ready);
        let mut seen: Vec<Medium> = Vec::with_capacity(media.len());
        for medium in media {
            let is_known = |other: &Medium| Medium { is_ready: other.is_ready, ..medium.clone() } == *other;
            if !seen.iter().any(is_known) {
                seen.push(medium);
            }
        }
        Self(seen)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Medium] {
        &self.0
    }

    /// The one of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Medium> {
        self.0.iter().find(|medium| medium.name.as_deref() == Some(name))
    }

    /// The first that is as large as a page of so many millimetres, or as that page turned by a quarter; what has a size of its
    /// own comes before what is cut to any.
    #[must_use]
    pub fn fitting(&self, page: (f64, f64)) -> Option<&Medium> {
        let fits = |medium: &&Medium| medium.fits(page);
        let fixed = self.0.iter().filter(|medium| medium.name.is_some()).find(fits);
        fixed.or_else(|| self.0.iter().find(fits))
    }
}

impl Medium {
    /// Whether it is as large as a page of so many millimetres, or as that page turned by a quarter.
    #[must_use]
    pub fn fits(&self, (width, height): (f64, f64)) -> bool {
        let (width, height) = (hundredths(width, MILLIMETRE), hundredths(height, MILLIMETRE));
        let holds = |range: &RangeInclusive<u32>, length: Option<u32>| {
            let near = |length: u32| {
                length.saturating_add(TOLERANCE) >= *range.start()
                    && length <= range.end().saturating_add(TOLERANCE)
            };
            length.is_some_and(near)
        };
        let is = |width, height| holds(&self.width, width) && holds(&self.height, height);
        is(width, height) || is(height, width)
    }

    /// How it is asked for, for such a page: by its name, or else by the page's size, the short edge first.
    pub(crate) fn ask(&self, (width, height): (f64, f64)) -> (&'static str, IppValue) {
        if let Some(name) = &self.name {
            return ("media", keyword(name));
        }
        let side = |length: f64| IppValue::Integer(rounded(length, MILLIMETRE));
        let member =
            |name: &'static str, value| (IppName::from(ipp::value::IppNameLiteral::const_new(name)), value);
        let size =
            [member("x-dimension", side(width.min(height))), member("y-dimension", side(width.max(height)))];
        let size = IppValue::Collection(size.into_iter().collect());
        ("media-col", IppValue::Collection([member("media-size", size)].into_iter().collect()))
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |range: &RangeInclusive<u32>| {
            let length = |hundredths: u32| format!("{:.1}", f64::from(hundredths) / MILLIMETRE);
            if range.start() == range.end() {
                length(*range.start())
            } else {
                format!("{} to {}", length(*range.start()), length(*range.end()))
            }
        };
        f.pad(&format!("{} × {} mm", side(&self.width), side(&self.height)))
    }
}

fn hundredths(length: f64, unit: f64) -> Option<u32> {
    u32::try_from(rounded(length, unit)).ok()
}

#[allow(clippy::cast_possible_truncation)] // what is beyond the type's bounds becomes its bound
fn rounded(length: f64, unit: f64) -> i32 {
    (length * unit).round() as i32
}

/// A medium by its collection (PWG 5100.3, section 3.13).
fn from_members(members: &Members, is_ready: bool) -> Option<Medium> {
    let size = members.get("media-size")?.as_collection()?;
    let length = |name: &str| match size.get(name)? {
        IppValue::RangeOfInteger { min, max } => {
            let (min, max) = (u32::try_from(*min).ok()?, u32::try_from(*max).ok()?);
            (min <= max).then_some(min..=max)
        }
        value => number(value).and_then(|length| u32::try_from(length).ok()).map(|length| length..=length),
    };
    let (width, height) = (length("x-dimension")?, length("y-dimension")?);
    let margin = |name: &str| members.get(name).and_then(number).and_then(|width| u32::try_from(width).ok());
    let margins = (|| {
        Some(Margins {
            top: margin("media-top-margin")?,
            bottom: margin("media-bottom-margin")?,
            left: margin("media-left-margin")?,
            right: margin("media-right-margin")?,
        })
    })();
    let is_of_one_size = width.start() == width.end() && height.start() == height.end();
    let name = members.get("media-size-name").and_then(text).map(str::to_owned);
    let name = name.filter(|_| is_of_one_size).or_else(|| {
        // Without a name of its own, one of its size can be asked for by that.
        let millimetres = |hundredths: u32| format!("{}", f64::from(hundredths) / MILLIMETRE);
        let (width, height) = (millimetres(*width.start()), millimetres(*height.start()));
        is_of_one_size.then(|| format!("custom_{width}x{height}mm_{width}x{height}mm"))
    });
    Some(Medium { name, width, height, margins, is_ready })
}

/// A medium by its self-describing name (PWG 5101.1, section 5.1): class, name, and width by height with a unit.
fn from_name(name: String, is_ready: bool) -> Option<Medium> {
    let parts: Vec<&str> = name.split('_').collect();
    let [class, _, size, ..] = parts.as_slice() else { return None };
    if matches!(*class, "custom" | "roll") && matches!(parts.get(1), Some(&"min" | &"max")) {
        return None; // bounds, and no medium
    }
    let (size, unit) = match (size.strip_suffix("mm"), size.strip_suffix("in")) {
        (Some(size), _) => (size, MILLIMETRE),
        (_, Some(size)) => (size, INCH),
        _ => return None,
    };
    let (width, height) = size.split_once('x')?;
    let length = |text: &str| -> Option<RangeInclusive<u32>> {
        let length = hundredths(text.parse().ok()?, unit)?;
        (1..=LONGEST).contains(&length).then_some(length..=length)
    };
    let (width, height) = (length(width)?, length(height)?);
    Some(Medium { name: Some(name), width, height, margins: None, is_ready })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: (f64, f64) = (210.0, 297.0);
    const LETTER: (f64, f64) = (215.9, 279.4);
    const ENVELOPE_10: (f64, f64) = (241.3, 104.775);

    fn named(name: &str) -> Medium {
        from_name(name.to_owned(), false).expect(name)
    }

    #[test]
    fn a_name_says_the_size() {
        assert!(named("iso_a4_210x297mm").fits(A4));
        assert!(named("na_letter_8.5x11in").fits(LETTER));
        assert!(!named("na_letter_8.5x11in").fits(A4));
        assert!(named("na_number-10_4.125x9.5in").fits(ENVELOPE_10), "turned by a quarter");
        assert!(named("oe_w288h432_4x6in_main").fits((101.6, 152.4)));
        for name in [
            "",
            "a4",
            "iso_a4",
            "iso_a4_210mm",
            "iso_a4_axbmm",
            "iso_a4_-1x2mm",
            "custom_max_10x10in",
            "x_y_1e99x1mm",
        ] {
            assert_eq!(from_name(name.to_owned(), false), None, "{name}");
        }
    }

    #[test]
    fn what_is_in_the_printer_comes_first_and_a_size_of_its_own_before_any() {
        let roll = Medium {
            name: None,
            width: 2_500..=10_400,
            height: 2_500..=30_000,
            margins: None,
            is_ready: true,
        };
        let ready = Medium { is_ready: true, ..named("na_letter_8.5x11in") };
        let label = named("oe_4x6-label_4x6in");
        let media = Media(vec![ready.clone(), roll.clone(), named("iso_a4_210x297mm"), label.clone()]);
        assert_eq!(media.fitting(LETTER), Some(&ready));
        assert_eq!(media.fitting((101.6, 152.4)), Some(&label));
        assert_eq!(media.fitting((50.0, 30.0)), Some(&roll));
        assert_eq!(media.fitting((500.0, 30.0)), None);
        assert_eq!(label.ask((101.6, 152.4)).0, "media");
        let (attribute, IppValue::Collection(asked)) = roll.ask((50.0, 30.0)) else { panic!("a collection") };
        let size = asked["media-size"].as_collection().expect("a size");
        assert_eq!((attribute, &size["x-dimension"]), ("media-col", &IppValue::Integer(3_000)));
        assert_eq!(size["y-dimension"], IppValue::Integer(5_000));
    }
}
