//! Printers that are known by name, as they are kept in the books.

use std::path::Path;

use print::{Alignment, Margin, Offset, SheetLayout};
use printer::{About, Address, Margins, Medium, Printer, Resolution};
use serde::{Deserialize, Serialize};
use store::{Reader, StoredPrinter};

use crate::failure::Failure;
use crate::labels::layout as layout_named;
use crate::office::parse;

/// Most characters of a printer's name.
const MOST_NAME: usize = 64;

/// Where a printer is and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where it is: ipp://HOST/PATH, or ipps://HOST/PATH for an encrypted connection.
    pub(crate) uri: String,
    /// Layout or maker's number of the labels in it, such as L7160.
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) layout: Option<String>,
    /// Name of its paper, as `mintage printer show` lists it; by default whatever is as large as the layout.
    #[arg(long, value_name = "NAME")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media: Option<String>,
    /// Dots an inch that it is to print with; by default as many as it likes.
    #[arg(long, value_name = "DPI")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<u32>,
    /// Millimetres by which it is to move everything to the right and down, such as -0.5,1.2; `mintage layouts test-page` shows
    /// how to measure it.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<String>,
    /// Millimetres at each edge of the page that it can't print on; by default what it says itself of its paper.
    #[arg(long, value_name = "MM", allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) margin: Option<String>,
    /// File with the certificate that an ipps: printer shows, or that of its authority, in PEM; most printers sign their own.
    #[arg(long, value_name = "FILE.pem")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<String>,
}

/// A printer with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Known {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) settings: Settings,
}

impl Known {
    /// A printer as somebody describes it: its certificate is read from the file that is named.
    pub(crate) fn described(name: &str, mut settings: Settings) -> Result<Self, Failure> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > MOST_NAME || !name.chars().all(is_allowed) {
            let reason = format!(
                "{name:?} is no name for a printer: it has 1 to {MOST_NAME} of the letters a-z, digits, - _ and ."
            );
            return Err(Failure::Said(reason));
        }
        if let Some(file) = settings.certificate.take() {
            let path = Path::new(&file);
            settings.certificate = Some(std::fs::read_to_string(path).map_err(Failure::io(path))?);
        }
        let known = Self { name: name.to_owned(), settings };
        known.reach()?;
        if let Some(layout) = &known.settings.layout {
            layout_named(layout)?;
        }
        known.offset()?;
        known.margin()?;
        if known.settings.resolution.is_some_and(|dpi| !(50..=10_000).contains(&dpi)) {
            return Err(Failure::Said("a resolution is 50 to 10000 dots an inch".into()));
        }
        Ok(known)
    }

    /// As it is kept.
    pub(crate) fn stored(&self) -> StoredPrinter {
        // Texts and numbers can always be written.
        let settings = serde_json::to_vec(&self.settings).expect("settings as JSON");
        StoredPrinter { name: self.name.clone(), settings }
    }

    fn of(stored: StoredPrinter) -> Result<Self, Failure> {
        let StoredPrinter { name, settings } = stored;
        let settings = serde_json::from_slice(&settings).map_err(|error| {
            Failure::Said(format!("the settings of printer {name} can't be read ({error}); add it anew"))
        })?;
        Ok(Self { name, settings })
    }

    /// The printer itself. Nothing is asked of it yet.
    pub(crate) fn reach(&self) -> Result<Printer, Failure> {
        let address: Address = self
            .settings
            .uri
            .parse()
            .map_err(|error: printer::AddressError| Failure::Said(error.to_string()))?;
        Ok(Printer::new(address, self.settings.certificate.as_deref())?)
    }

    /// The layout to print on: the one that is asked for, or else the printer's.
    pub(crate) fn layout(&self, asked: Option<&str>) -> Result<&'static SheetLayout, Failure> {
        let none = || {
            let reason = format!("printer {} has no layout; name what is in it by --layout", self.name);
            Failure::Said(reason)
        };
        layout_named(asked.or(self.settings.layout.as_deref()).ok_or_else(none)?)
    }

    /// The paper to print a layout on.
    pub(crate) fn medium<'a>(&self, about: &'a About, layout: &SheetLayout) -> Result<&'a Medium, Failure> {
        let (width, height) = layout.page;
        let found = match &self.settings.media {
            Some(name) => about.media.named(name).filter(|medium| medium.fits(layout.page)),
            None => about.media.fitting(layout.page),
        };
        found.ok_or_else(|| {
            let all = about.media.all().iter().map(|medium| medium.name.clone().unwrap_or_else(|| medium.to_string()));
            let all = all.collect::<Vec<_>>().join(", ");
            let wanted = self.settings.media.as_ref().map(|name| format!(" called {name}")).unwrap_or_default();
            Failure::Said(format!(
                "printer {} has no paper{wanted} of {width:.1} by {height:.1} mm, which layout {} needs; it has {all}",
                self.name, layout.name
            ))
        })
    }

    /// How it differs from other printers, with this paper in it. Without a margin of ours it is the largest that the printer
    /// leaves white itself.
    pub(crate) fn alignment(&self, medium: &Medium) -> Result<Alignment, Failure> {
        let of_medium = || {
            let Margins { top, bottom, left, right } = medium.margins?;
            Margin::new(f64::from(top.max(bottom).max(left).max(right)) / 100.0).ok()
        };
        let margin = self.margin()?.or_else(of_medium).unwrap_or_default();
        Ok(Alignment { offset: self.offset()?.unwrap_or_default(), margin })
    }

    fn offset(&self) -> Result<Option<Offset>, Failure> {
        self.settings.offset.as_deref().map(parse).transpose()
    }

    fn margin(&self) -> Result<Option<Margin>, Failure> {
        self.settings.margin.as_deref().map(parse).transpose()
    }

    /// How finely to print.
    pub(crate) fn resolution(&self, about: &About) -> Result<Option<Resolution>, Failure> {
        let Some(dpi) = self.settings.resolution else { return Ok(None) };
        let wanted = Resolution { across: dpi, along: dpi };
        if about.resolutions.contains(&wanted) {
            return Ok(Some(wanted));
        }
        let all = about.resolutions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(Failure::Said(format!("printer {} doesn't print with {wanted}, only {all}", self.name)))
    }
}

/// All printers, by name.
pub(crate) fn all(books: &Reader) -> Result<Vec<Known>, Failure> {
    books.printers()?.into_iter().map(Known::of).collect()
}

/// The printer of a name.
pub(crate) fn named(books: &Reader, name: &str) -> Result<Known, Failure> {
    let found = all(books)?.into_iter().find(|known| known.name == name);
    found.ok_or_else(|| {
        Failure::Said(format!(
            "there is no printer named {name}; `mintage printer list` shows those there are"
        ))
    })
}

/// Printers from a file: TOML, a table `[[printer]]` each, or CSV, a row each, with name, uri, layout, media, resolution, offset,
/// margin and certificate.
pub(crate) fn read(path: &Path) -> Result<Vec<Known>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Described {
        name: String,
        uri: String,
        layout: Option<String>,
        media: Option<String>,
        resolution: Option<u32>,
        offset: Option<String>,
        margin: Option<String>,
        certificate: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        printer: Vec<Described>,
    }
    let text = std::fs::read_to_string(path).map_err(Failure::io(path))?;
    let wrong = |reason: String| {
        Failure::Said(format!("{}: {}", path.display(), reason.trim_end().replace('\n', " ")))
    };
    let described: Vec<Described> = match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("toml") => {
            toml::from_str::<File>(&text)
                .map_err(|error| {
                    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                    wrong(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
                })?
                .printer
        }
        Some("csv") => csv::Reader::from_reader(text.as_bytes())
            .deserialize()
            .collect::<Result<_, csv::Error>>()
            .map_err(|error| wrong(error.to_string()))?,
        _ => return Err(wrong("printers are read from files that end in .toml or .csv".into())),
    };
    let known = |described: Described| {
        let Described { name, uri, layout, media, resolution, offset, margin, certificate } = described;
        let settings = Settings { uri, layout, media, resolution, offset, margin, certificate };
        Known::described(&name, settings).map_err(|error| wrong(format!("printer {name}: {error}")))
    };
    let all: Vec<Known> = described.into_iter().map(known).collect::<Result<_, _>>()?;
    let mut names: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(wrong(format!("printer {} is there twice", pair[0]))),
        None => Ok(all),
    }
}
