//! Records in a frame: a tag, a version, a length, and content.

use jiff::civil::DateTime;

use super::{UicError, digits};

/// Tag, version and length before the content.
const HEADER: usize = 12;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its tag: `U_HEAD`, `U_TLAY`, `U_FLEX`, or an issuer's own.
    pub tag: [u8; 6],
    /// Version of its content.
    pub version: [u8; 2],
    /// Its content. That of `U_FLEX` is ASN.1 in unaligned PER, which isn't taken apart here.
    pub content: Vec<u8>,
}

impl Record {
    pub(super) fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), UicError> {
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(UicError::Cut("records"))?;
        let [t0, t1, t2, t3, t4, t5, v0, v1, length @ ..] = *header;
        let length = digits(&length).and_then(|length| length.checked_sub(HEADER));
        let length = length.ok_or(UicError::Field("record's length"))?;
        let (content, rest) = rest.split_at_checked(length).ok_or(UicError::Cut("records"))?;
        Ok((Self { tag: [t0, t1, t2, t3, t4, t5], version: [v0, v1], content: content.to_vec() }, rest))
    }

    pub(super) fn encode_into(&self, bytes: &mut Vec<u8>) -> Result<(), UicError> {
        let length = self.content.len() + HEADER;
        if length > 9_999 {
            return Err(UicError::Field("record's length"));
        }
        bytes.extend_from_slice(&self.tag);
        bytes.extend_from_slice(&self.version);
        bytes.extend_from_slice(format!("{length:04}").as_bytes());
        bytes.extend_from_slice(&self.content);
        Ok(())
    }
}

/// The content of `U_HEAD`: which ticket it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of the railway.
    pub issuer: String,
    /// Key of the ticket, 20 characters at most.
    pub ticket: String,
    /// When it was made, in local time.
    pub edited: DateTime,
    /// A digit of flags: 1 international, 2 edited by an agent, 4 a specimen.
    pub flags: u8,
    /// First and second language.
    pub languages: [String; 2],
}

impl Head {
    const TAG: [u8; 6] = *b"U_HEAD";
    /// Bytes of its content.
    const LENGTH: usize = 41;

    /// Reads the record's content.
    ///
    /// # Errors
    /// [`UicError::Field`].
    pub fn decode(record: &Record) -> Result<Self, UicError> {
        let text = text(&record.content).filter(|text| text.len() == Self::LENGTH && record.tag == Self::TAG);
        let text = text.ok_or(UicError::Field("U_HEAD"))?;
        let flags = text.as_bytes()[36].checked_sub(b'0').filter(|flags| *flags < 10);
        let edited = moment(&text[24..36]).ok_or(UicError::Field("time of editing"))?;
        Ok(Self {
            issuer: text[..4].to_owned(),
            // Some fill it up with zeros.
            ticket: text[4..24].trim_end_matches([' ', '\0']).to_owned(),
            edited,
            flags: flags.ok_or(UicError::Field("flags"))?,
            languages: [&text[37..39], &text[39..41]].map(str::to_owned),
        })
    }

    /// The record.
    ///
    /// # Errors
    /// [`UicError::Field`] for what doesn't fit.
    pub fn to_record(&self) -> Result<Record, UicError> {
        let (time, [first, second]) = (self.edited, &self.languages);
        let content = format!(
            "{:4}{:20}{:02}{:02}{:04}{:02}{:02}{}{first:2}{second:2}",
            self.issuer,
            self.ticket,
            time.day(),
            time.month(),
            time.year(),
            time.hour(),
            time.minute(),
            self.flags
        );
        let record = Record { tag: Self::TAG, version: *b"01", content: content.into_bytes() };
        // What it can't hold moves everything behind it.
        let is_kept = Self::decode(&record).is_ok_and(|read| read == *self);
        if is_kept { Ok(record) } else { Err(UicError::Field("U_HEAD")) }
    }
}

/// `DDMMYYYYHHMM`, all digits.
fn moment(text: &str) -> Option<DateTime> {
    let part = |range: std::ops::Range<usize>| digits(text[range].as_bytes());
    let year = i16::try_from(part(4..8)?).ok()?;
    let [day, month, hour, minute] = [part(0..2)?, part(2..4)?, part(8..10)?, part(10..12)?]
        .map(|part| i8::try_from(part).unwrap_or(i8::MAX));
    DateTime::new(year, month, day, hour, minute, 0, 0).ok()
}

/// A text on the paper ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutText {
    /// Line, column, height, width.
    pub place: [u8; 4],
    /// How it is set: 0 normal, 1 bold, 2 italic, 3 both, 4 small.
    pub format: u8,
    /// What it says.
    pub text: String,
}

/// The content of `U_TLAY`: what the paper ticket says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// By which standard it is laid out: `RCT2`, `PLAI`.
    pub standard: String,
    /// Its texts.
    pub texts: Vec<LayoutText>,
}

impl Layout {
    const TAG: [u8; 6] = *b"U_TLAY";

    /// Reads the record's content. Texts are in UTF-8 or, where they aren't, in ISO 8859-1, as older issuers write.
    ///
    /// # Errors
    /// [`UicError`].
    pub fn decode(record: &Record) -> Result<Self, UicError> {
        let wrong = || UicError::Field("U_TLAY");
        if record.tag != Self::TAG {
            return Err(wrong());
        }
        let (head, mut rest) = record.content.split_at_checked(8).ok_or_else(wrong)?;
        let standard = text(&head[..4]).ok_or_else(wrong)?.to_owned();
        let count = digits(&head[4..]).ok_or_else(wrong)?;
        let mut texts = Vec::new();
        for _ in 0..count {
            let (field, after) = LayoutText::decode(rest).ok_or_else(wrong)?;
            texts.push(field);
            rest = after;
        }
        if rest.is_empty() { Ok(Self { standard, texts }) } else { Err(UicError::Trailing(rest.len())) }
    }

    /// The record.
    ///
    /// # Errors
    /// [`UicError::Field`] for what doesn't fit.
    pub fn to_record(&self) -> Result<Record, UicError> {
        let mut content = format!("{:4}{:04}", self.standard, self.texts.len());
        for LayoutText { place: [line, column, height, width], format, text } in &self.texts {
            let length = text.len();
            content += &format!("{line:02}{column:02}{height:02}{width:02}{format}{length:04}{text}");
        }
        let record = Record { tag: Self::TAG, version: *b"01", content: content.into_bytes() };
        let is_kept = Self::decode(&record).is_ok_and(|read| read == *self);
        if is_kept { Ok(record) } else { Err(UicError::Field("U_TLAY")) }
    }
}

impl LayoutText {
    fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_at_checked(13)?;
        let two = |start: usize| digits(&head[start..start + 2]).and_then(|number| u8::try_from(number).ok());
        let place = [two(0)?, two(2)?, two(4)?, two(6)?];
        let format = u8::try_from(digits(&head[8..9])?).ok()?;
        let (text, rest) = rest.split_at_checked(digits(&head[9..])?)?;
        let text = match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
        };
        Some((Self { place, format, text }, rest))
    }
}

/// Bytes that are ASCII.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}
