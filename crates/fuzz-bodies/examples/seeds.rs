//! Writes what the corpora start from: genuine inputs, and ones that were made wrong by hand. Inputs that fuzzing found
//! stay as they are.

use std::fs;
use std::io;
use std::path::Path;

use fuzz_bodies::{TARGETS, made};

type Inputs = Vec<(String, Vec<u8>)>;

fn main() -> io::Result<()> {
    for (target, _) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if ["made-", "bad-", "odd-"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                fs::remove_file(entry.path())?;
            }
        }
        // Packs are signed one by one, not as a whole: another form of a segment may be read.
        let (bad, odd) =
            if target == "segment" { (Vec::new(), bad(target)) } else { (bad(target), odd(target)) };
        for (prefix, inputs) in [("made", made::inputs(target)), ("bad", bad), ("odd", odd)] {
            for (name, input) in inputs {
                fs::write(folder.join(format!("{prefix}-{name}")), input)?;
            }
        }
    }
    Ok(())
}

fn bad(target: &str) -> Inputs {
    match target {
        "items_csv" => texts(&CSV),
        "items_jsonl" => texts(&JSONL),
        "items_document" => texts(&DOCUMENT),
        "text" => texts(&TEXT),
        "postal" => texts(&POSTAL),
        "ibi" => texts(&IBI),
        "boarding_pass" => texts(&BOARDING_PASS),
        "railway_ticket" => texts(&RAILWAY_TICKET),
        "element_string" => texts(&ELEMENT_STRING),
        "recognised" => texts(&RECOGNISED),
        // Of many similar ones a few are enough.
        _ => {
            let made = made::inputs(target);
            let wrong = made.iter().step_by(4).flat_map(|(name, input)| wrong_cbor(name, input));
            wrong.chain(edited(target, &made[0].1)).collect()
        }
    }
}

/// Another form of what a genuine input says: deterministic CBOR still, or nearly so.
fn edited(target: &str, input: &[u8]) -> Inputs {
    let edits: &[(&str, &[u8], &[u8])] = match target {
        "certificate" => &[
            ("issued-later", b"\x06\x1a\x65\x53\xf1\x00", b"\x06\x1a\x65\x53\xf1\x01"),
            ("key-label", b"\x21\x58\x20", b"\x22\x58\x20"),
        ],
        "order" => &[
            ("unprotected-header", b"\xa0\x58", b"\xa1\x18\x63\x00\x58"),
            (
                "long-number",
                b"\x58\x2a\x88\x6dmintage-order\x18\x2a\x01",
                b"\x58\x2b\x88\x6dmintage-order\x18\x2a\x18\x01",
            ),
        ],
        _ => &[],
    };
    let edit = |(name, from, to): &(&str, &[u8], &[u8])| {
        let place =
            input.windows(from.len()).position(|part| part == *from).expect("what is edited is there");
        ((*name).to_owned(), [&input[..place], to, &input[place + from.len()..]].concat())
    };
    edits.iter().map(edit).collect()
}

/// What may be read but is never genuine: an ES256 signature's other half.
fn odd(target: &str) -> Inputs {
    let signed =
        made::inputs(target).into_iter().find(|(name, _)| target == "indicium" && name == "Es256-single");
    let high = signed.map(|(_, mut input)| {
        let place = input.len() - 64;
        let low = p256::ecdsa::Signature::from_slice(&input[place..]).expect("it was made as a signature");
        let high = p256::ecdsa::Signature::from_scalars(low.r(), -*low.s()).expect("its s isn't zero");
        input[place..].copy_from_slice(&high.to_bytes());
        ("high-s".to_owned(), input)
    });
    high.into_iter().collect()
}

fn texts(inputs: &[(&str, &[u8])]) -> Inputs {
    inputs.iter().map(|(name, text)| ((*name).to_owned(), text.to_vec())).collect()
}

/// Wrong forms of one CBOR item (behind twelve bytes of another kind, for records).
fn wrong_cbor(name: &str, input: &[u8]) -> Inputs {
    let head = input.iter().position(|byte| byte >> 5 >= 4).unwrap_or(0);
    // Of an array or map, or the one inside a tag.
    let head = if input[head] >> 5 == 6 { head + 1 } else { head };
    let with = |at: usize, bytes: &[u8]| [&input[..at], bytes, &input[at + 1..]].concat();
    let mut flipped = input.to_vec();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let count = input[head] & 31;
    let kind = input[head] & !31;
    let inputs = [
        ("empty", Vec::new()),
        ("trailing", [input, &[0]].concat()),
        ("cut", input[..last].to_vec()),
        ("long-head", with(head, &[kind | 24, count])),
        ("indefinite", [with(head, &[kind | 31]), vec![0xff]].concat()),
        ("huge-count", with(head, &[kind | 27, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ("one-more", [with(head, &[kind | (count + 1)]), vec![0, 0]].concat()),
        ("one-less", with(head, &[kind | (count - 1)])),
        ("deep", [&input[..head], &[0x81; 600]].concat()),
        // The first member of a map, a key and a text of four letters in claims, twice.
        ("twice", [&with(head, &[kind | (count + 1)])[..head + 7], &input[head + 1..]].concat()),
    ];
    inputs.into_iter().map(|(fault, input)| (format!("{name}-{fault}"), input)).collect()
}

const POSTAL: [(&str, &[u8]); 8] = [
    ("imb-one-bar-misread", b"TADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"),
    ("imb-one-bar-missing", b"AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAAD"),
    ("mailmark-c-bars-too-many-misread", b"FFAAATTFFDDATTFFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA"),
    ("mailmark-c-postcode", b"21B2254800659JW5O9QA6V"),
    ("mailmark-2d-service", b"JGB 012100123412345678AB19XY1A 7"),
    ("frankier-id-check", b"42305DA0F270F07F2E3D"),
    ("dv-another-kind", b"DEA\x35\x31\x01\x31\x7b\x93\xac\0\xb9\x3c\x9c\0\x94\x02\x62\xa2\x01\x02\x4c\0\xaaHallo Welt!\0\0\0\0\0\0\0"),
    ("premiumadress-day-367", b"DEA\x1c\x01\x77\x53\xe0\x90\x26\xb5\x8f\x6c\0\x01"),
];

const TEXT: [(&str, &[u8]); 14] = [
    ("empty", b""),
    ("prefix-lower-case", b"vbi:00"),
    ("not-base45", b"VBI:a"),
    ("base45-too-large", b"VBI:::"),
    ("base45-one-left", b"VBI:0"),
    ("newline-behind", b"VBI:00\n"),
    ("not-utf8", b"VBI:\xff"),
    ("serial-check-digits", b"0000000042-000000000001-00"),
    ("serial-short", b"42-1-1"),
    ("serial-arabic-digits", "٠٠٠٠٠٠٠٠٤٢-٠٠٠٠٠٠٠٠٠٠٠١-٤٢".as_bytes()),
    ("amount-negative", b"-1"),
    ("amount-huge", b"99999999999999999999.00"),
    ("amount-exponent", b"1e3"),
    ("denomination", b"XXZ/2"),
];

const IBI: [(&str, &[u8]); 4] =
    [("empty", b""), ("short", &[5; 48]), ("long", &[5; 113]), ("no-date", &[0; 89])];

const BOARDING_PASS: [(&str, &[u8]); 8] = [
    ("empty", b""),
    ("no-legs", b"M0DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100"),
    ("cut", b"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 10"),
    ("day", b"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 367F001A0025 100"),
    ("trailing", b"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100\n"),
    ("size-beyond", b"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 1FF>6"),
    ("size-inside-beyond", b"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 104>6FF"),
    ("not-ascii", "M1DESMARAIS/LÜC       EABC123 YULFRAAC 0834 226F001A0025 100".as_bytes()),
];

const RAILWAY_TICKET: [(&str, &[u8]); 5] = [
    ("empty", b""),
    ("cut", b"#UT02999900007"),
    ("no-zlib", b"#UT0199990000700000000000000000000000000000000000000000000000000004abcd"),
    ("length", b"#UT0199990000700000000000000000000000000000000000000000000000000-001"),
    ("length-beyond", b"#UT0199990000700000000000000000000000000000000000000000000000009999\x78\x9c"),
];

const ELEMENT_STRING: [(&str, &[u8]); 6] = [
    ("no-identifier", b"05"),
    ("cut", b"01095060001343"),
    ("check-digit", b"(255)9501101020918"),
    ("bracket", b"(10"),
    ("signature-alone", b"(8030)AAAA"),
    ("not-utf8", b"10\xff"),
];

const RECOGNISED: [(&str, &[u8]); 4] =
    [("empty", b""), ("text", b"hello"), ("zeros", &[0; 89]), ("not-utf8", b"\xff\xfe")];

const CSV: [(&str, &[u8]); 26] = [
    ("empty", b""),
    ("bom-only", b"\xef\xbb\xbf"),
    ("blank", b"\r\n \r\n"),
    ("header-only", b"kind,amount\r\n"),
    ("utf16", b"\xff\xfek\0i\0n\0d\0"),
    ("not-utf8", b"kind,amount\nticket,\xff\n"),
    ("nul", b"kind,amount,holder\nticket,1,a\0b\n"),
    ("quoted-newline", b"kind,amount,holder\nticket,1,\"a\nb\"\n"),
    ("quote-open", b"kind,amount,holder\nticket,1,\"a\n"),
    ("quote-inside", b"kind,amount,holder\nticket,1,a\"b\n"),
    ("quote-behind", b"kind,amount,holder\nticket,1,\"a\"b\n"),
    ("lone-cr", b"kind,amount\rticket,0\r"),
    ("negative", b"kind,amount\nticket,-1\n"),
    ("minus-sign", "kind,amount\nticket,\u{2212}1\n".as_bytes()),
    ("zero", b"kind,amount\nticket,0.00\n"),
    ("huge", b"kind,amount\nticket,99999999999999999999999999999999999999999\n"),
    ("sum-too-large", b"kind,amount\nticket,92233720368547758.07\nticket,0.01\n"),
    ("over-precise", b"kind,amount\nticket,1.001\n"),
    ("unknown-currency", b"kind,amount,currency\nticket,1,XXZ\n"),
    ("other-currency", b"kind,amount,currency\nticket,1,USD\n"),
    ("duplicate-reference", b"kind,amount,reference\nticket,1,A\nticket,1,A\n"),
    ("duplicate-column", b"kind,amount,amount\nticket,1,1\n"),
    ("unknown-column", b"kind,amuont\nticket,1\n"),
    ("ragged", b"kind,amount\nticket\nticket,1,2\n"),
    ("direction-override", "kind,amount,holder\nticket,1,a\u{202e}b\n".as_bytes()),
    ("mixed-templates", b"kind,amount\nticket,1\ncheque,1\n"),
];

const JSONL: [(&str, &[u8]); 17] = [
    ("empty", b""),
    ("blank", b"\n\n"),
    ("no-object", b"[1]\n"),
    ("array-of-objects", b"[{\"kind\":\"ticket\",\"amount\":1}]\n"),
    ("cut", b"{\"kind\":\"ticket\",\"amount\":1"),
    ("two-in-a-line", b"{\"kind\":\"ticket\",\"amount\":1}{\"kind\":\"ticket\",\"amount\":1}"),
    ("exponent", b"{\"kind\":\"ticket\",\"amount\":1e2}\n"),
    ("huge", b"{\"kind\":\"ticket\",\"amount\":99999999999999999999999999}\n"),
    ("negative-zero", b"{\"kind\":\"ticket\",\"amount\":-0}\n"),
    ("amount-list", b"{\"kind\":\"ticket\",\"amount\":[1]}\n"),
    ("holder-number", b"{\"kind\":\"ticket\",\"amount\":1,\"holder\":7}\n"),
    ("duplicate-key", b"{\"kind\":\"ticket\",\"kind\":\"ticket\",\"amount\":1}\n"),
    ("unknown-key", b"{\"kind\":\"ticket\",\"amount\":1,\"note\":{}}\n"),
    ("lone-surrogate", b"{\"kind\":\"ticket\",\"amount\":1,\"holder\":\"\\ud800\"}\n"),
    ("escaped-newline", b"{\"kind\":\"ticket\",\"amount\":1,\"holder\":\"a\\nb\"}\n"),
    ("not-utf8", b"{\"kind\":\"\xff\"}\n"),
    ("deep", DEEP.as_bytes()),
];

const DOCUMENT: [(&str, &[u8]); 16] = [
    ("empty", b""),
    ("null", b"null"),
    ("no-items", b"{\"denomination\":\"EUR/2\",\"proof\":\"signature\"}"),
    ("lenient", b"{\"items\":[{\"kind\":\"ticket\",\"amount\":1.5,\"valid_until\":\"2030-01-01\"}]}"),
    ("spaces", b"{\"denomination\": \"EUR/2\", \"items\": [], \"proof\": \"batch\"}"),
    ("order", b"{\"denomination\":\"EUR/2\",\"items\":[{\"template\":\"ticket\",\"amount\":\"1.00\"}],\"proof\":\"batch\"}"),
    ("escape", b"{\"denomination\":\"EUR\\/2\",\"items\":[],\"proof\":\"batch\"}"),
    ("surrogate", b"{\"denomination\":\"\\ud800\",\"items\":[],\"proof\":\"batch\"}"),
    ("not-utf8", b"{\"denomination\":\"\xff\",\"items\":[],\"proof\":\"batch\"}"),
    ("bom", b"\xef\xbb\xbf{\"denomination\":\"EUR/2\",\"items\":[],\"proof\":\"batch\"}"),
    ("twice", b"{\"denomination\":\"EUR/2\",\"denomination\":\"EUR/2\",\"items\":[],\"proof\":\"batch\"}"),
    ("null-member", b"{\"denomination\":\"EUR/2\",\"items\":[{\"amount\":\"1.00\",\"holder\":null,\"template\":\"ticket\"}],\"proof\":\"batch\"}"),
    ("short-amount", b"{\"denomination\":\"EUR/2\",\"items\":[{\"amount\":\"1\",\"template\":\"ticket\"}],\"proof\":\"batch\"}"),
    ("control-in-name", b"{\"\\u0007\":1,\"items\":[]}"),
    ("trailing", b"{\"denomination\":\"EUR/2\",\"items\":[],\"proof\":\"batch\"}{}"),
    ("deep", DEEP.as_bytes()),
];

/// Five hundred arrays within each other.
const DEEP: &str = concat!(
    "{\"kind\":\"ticket\",\"amount\":",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "}\n"
);
