//! Whose format something is, and what it says: ours, those that we read, and those that are only named.
//!
//! One table has them all, from what can be told most surely to what is a guess; the first that takes something has it. What is
//! said isn't verified: a forgery says the same.

mod gs1;
mod native;
mod others;
mod postal;
mod tickets;

/// What something is made of.
#[derive(Debug, Clone, Copy)]
struct Content<'a> {
    bytes: &'a [u8],
    /// The same, where it is text.
    text: Option<&'a str>,
}

/// What was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Short name of the scheme, for programs.
    pub scheme: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it says, by name; nothing where a scheme is only named, or it is damaged.
    pub fields: Vec<(String, String)>,
    /// What else there is to know.
    pub remarks: Vec<String>,
}

/// What a recogniser says of content that is its own.
#[derive(Debug, Default)]
struct Reading {
    fields: Vec<(String, String)>,
    remarks: Vec<String>,
}

impl Reading {
    /// A scheme that isn't taken apart here.
    fn named(remark: &str) -> Self {
        Self { fields: Vec::new(), remarks: vec![remark.to_owned()] }
    }

    /// It begins as the scheme's do, and is none.
    fn damaged(error: &dyn std::error::Error) -> Self {
        Self { fields: Vec::new(), remarks: vec![format!("it can't be read: {error}")] }
    }

    #[allow(clippy::needless_pass_by_value)] // numbers, texts and dates are said alike
    fn field(&mut self, name: impl Into<String>, value: impl ToString) {
        self.fields.push((name.into(), value.to_string()));
    }

    /// A field that may be blank.
    fn field_if(&mut self, name: impl Into<String>, value: Option<impl ToString>) {
        if let Some(value) = value.map(|value| value.to_string()).filter(|value| !value.is_empty()) {
            self.field(name, value);
        }
    }

    fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }
}

/// A scheme, and how its own are told from all else.
struct Scheme {
    name: &'static str,
    title: &'static str,
    read: fn(Content<'_>) -> Option<Reading>,
}

const fn scheme(name: &'static str, title: &'static str, read: fn(Content<'_>) -> Option<Reading>) -> Scheme {
    Scheme { name, title, read }
}

/// All schemes, the surest first.
const SCHEMES: [Scheme; 23] = [
    scheme("mintage-presentation", "Mintage indicium, shown by its holder's device", native::presentation),
    scheme("mintage", "Mintage indicium", native::indicium),
    scheme("eu-dcc", "EU Digital COVID Certificate", others::eu_dcc),
    scheme("uic-static", "UIC railway ticket, static frame #UT", tickets::uic_static),
    scheme("vdv-ka", "VDV-KA ticket (eTicket Deutschland)", others::vdv_ka),
    scheme("dosipas", "UIC railway ticket, dynamic frame (DOSIPAS)", others::dosipas),
    scheme("iata-bcbp", "IATA boarding pass (Resolution 792)", tickets::boarding_pass),
    scheme("mailmark-2d", "Royal Mail Mailmark, two-dimensional", postal::mailmark_2d),
    scheme("imb", "USPS Intelligent Mail barcode", postal::intelligent_mail),
    scheme("mailmark-4-state", "Royal Mail Mailmark, four-state", postal::mailmark_4_state),
    scheme("dv-freimachung", "Deutsche Post Data Matrix", postal::deutsche_post),
    scheme("impb", "USPS Intelligent Mail package barcode", postal::package),
    scheme("gs1", "GS1 element string", gs1::element_string),
    scheme("swiss-qr", "Swiss QR bill", others::swiss_qr),
    scheme("epc-qr", "SEPA credit transfer (EPC069-12)", others::epc_qr),
    scheme("usps-ibi", "USPS information-based indicium", postal::ibi),
    scheme("usps-ibi-lite", "USPS IBI-Lite", postal::ibi_lite),
    scheme("cose", "COSE_Sign1 of somebody else", others::cose),
    scheme("uic-ssb", "UIC railway ticket, small structured barcode", others::uic_ssb),
    scheme("pretix", "pretix ticket (sig1)", others::pretix),
    scheme("jwt", "JSON Web Token", others::jwt),
    scheme("otp", "secret of a one-time password", others::otp),
    scheme("url", "web address", others::url),
];

/// Says whose format some content is: a symbol's bytes, a text, a file.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Option<Recognised> {
    let content = Content { bytes, text: std::str::from_utf8(bytes).ok() };
    SCHEMES.iter().find_map(|Scheme { name, title, read }| {
        let Reading { fields, remarks } = read(content)?;
        Some(Recognised { scheme: name, title, fields, remarks })
    })
}

/// Says it of one line that somebody typed or stored: as it stands, or, if that is nothing known, as bytes in hexadecimal
/// digits between which there may be spaces. So a text is never taken for hex if it is something as it stands.
#[must_use]
pub fn recognise_text(line: &str) -> Option<Recognised> {
    recognise(line.as_bytes()).or_else(|| recognise(&from_hex(line)?))
}

fn from_hex(line: &str) -> Option<Vec<u8>> {
    let digits = line.chars().filter(|letter| *letter != ' ').map(|letter| letter.to_digit(16));
    let digits: Vec<u32> = digits.collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() % 2 == 1 {
        return None;
    }
    // Two digits are a byte.
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes as text where they are printable, in hexadecimal digits otherwise.
fn text_or_hex(bytes: &[u8]) -> String {
    let is_printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    if is_printable {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    } else {
        format!("0x{}", hex(bytes))
    }
}
