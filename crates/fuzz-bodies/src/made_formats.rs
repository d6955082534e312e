//! Genuine inputs of other people's formats.

use indicia::ticket::uic::{Head, Layout, LayoutText, Record, Unsigned};

use crate::made::Named;

const PASS: &str = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100";
const PASS_OF_TWO: &str = "M2DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 14D>6181WW6225BAC 00141234560032A0141234567890 \
    1AC AC 1234567890123    20KYLX58ZDEF456 FRAGVALH 3664 227C012C0002 12E2A0140987654321 1AC AC 1234567890123    2PCNWQ^100";

/// The inputs of a target of `formats`.
pub(crate) fn inputs(target: &str) -> Named {
    match target {
        "ibi" => vec![("full", ibi()), ("cut", ibi()[..86].to_vec()), ("lite", lite())],
        "boarding_pass" => vec![("one", PASS.into()), ("two", PASS_OF_TWO.into())],
        "railway_ticket" => vec![("raw", railway_ticket())],
        "element_string" => elements(),
        "recognised" => vec![
            ("ibi", ibi()),
            ("lite", lite()),
            ("pass", PASS.into()),
            ("railway", railway_ticket()),
            ("url", b"https://tickets.example/t/1".into()),
        ],
        _ => Vec::new(),
    }
}

/// The fields of a published label, and a signature of no meaning.
fn ibi() -> Vec<u8> {
    let mut bytes = vec![5, 1, 0xff, 0xff, 0, 0];
    bytes.extend_from_slice(b"062S");
    bytes.extend_from_slice(&7_358_267_u32.to_le_bytes());
    bytes.extend_from_slice(&[0xf2, 0xed, 0x10, 0, 0, 0x14, 0x1e, 0]);
    bytes.extend_from_slice(&20_140_630_u32.to_le_bytes());
    bytes.extend_from_slice(&78_681_u32.to_le_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 4, 0, 2, 0, 0, 0x5c, 0xda, 0, 0]);
    bytes.extend_from_slice(b"8034");
    bytes.extend_from_slice(&[9; 40]);
    bytes.extend_from_slice(b"more");
    bytes
}

fn lite() -> Vec<u8> {
    let payload = [0xff, 0x47, 0x13, 0x27, 0, 0x11, 0xf5, 0x0f, 0xce, 0x96, 1, 0, 0, 0];
    [&payload[..], &[0x9a, 0xca, 0x29, 0x21, 0xe3, 0xf1]].concat()
}

fn railway_ticket() -> Vec<u8> {
    let head = Head {
        issuer: "9999".into(),
        ticket: "QWERTY-7".into(),
        edited: jiff::civil::datetime(2026, 11, 30, 7, 5, 0, 0),
        flags: 4,
        languages: ["de".into(), "en".into()],
    };
    let text = LayoutText { place: [1, 1, 1, 20], format: 0, text: "Zürich".into() };
    let layout = Layout { standard: "RCT2".into(), texts: vec![text] };
    let flex = Record { tag: *b"U_FLEX", version: *b"13", content: vec![0x22, 0x20, 5] };
    let records = [head.to_record().expect("it fits"), layout.to_record().expect("it fits"), flex];
    Unsigned::new(9_999, 7, &records).expect("they fit").assemble([5; 64]).to_bytes()
}

fn elements() -> Named {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("symbol", text("]d2\u{1d}0109506000134352211234\u{1d}8112001234561234560123456")),
        ("written", text("(255)9501101020917(8030)AA-_")),
        ("coupon", text("8110012345612345611110123101101230123456")),
        ("offer", text("061234567890121234569123456789012345")),
        ("terms", text("0123456123456111101233200229")),
    ]
}
