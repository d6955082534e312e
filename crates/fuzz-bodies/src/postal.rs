//! Posts' barcodes: their bars, their texts, their bytes.

use indicia::postal::dv_freimachung::DvFreimachung;
use indicia::postal::frankier_id::FrankierId;
use indicia::postal::imb::Imb;
use indicia::postal::mailmark_2d::Mailmark2d;
use indicia::postal::mailmark_4state::{Barcode, Mailmark};
use indicia::postal::premiumadress::Premiumadress;
use indicia::postal::{Bars, Orientation};

fn seen(written: Bars, orientation: Orientation) -> Bars {
    match orientation {
        Orientation::Upright => written,
        Orientation::UpsideDown => written.upside_down(),
    }
}

/// Bars are those of what was read from them, but for the groups that were put right.
fn is_read(bars: &Bars) -> bool {
    let imb = Imb::decode(bars);
    if let Ok((imb, orientation)) = imb {
        assert_eq!(seen(imb.encode(), orientation), *bars);
    }
    let mailmark = Mailmark::decode(bars);
    if let Ok(scan) = mailmark {
        let written = seen(scan.mailmark.encode(), scan.orientation);
        let groups = written.as_slice().chunks(3).zip(bars.as_slice().chunks(3));
        assert_eq!(groups.filter(|(written, read)| written != read).count(), scan.repaired);
    }
    imb.is_ok() || mailmark.is_ok()
}

/// What is read is written as the same again, but for spaces at the end and small letters.
pub(crate) fn postal(input: &[u8]) -> bool {
    let franked = DvFreimachung::decode(input);
    if let Ok(franked) = &franked {
        assert_eq!(franked.encode(), input);
    }
    let label = Premiumadress::decode(input).is_ok();
    let Ok(line) = std::str::from_utf8(input) else { return franked.is_ok() || label };
    let shortened = |text: &str| text.trim_end_matches(' ').to_ascii_uppercase();
    let bars = line.parse::<Bars>().is_ok_and(|bars| is_read(&bars));
    let mailmarks = [Barcode::C, Barcode::L].map(|barcode| Mailmark::parse(barcode, line));
    for mailmark in mailmarks.iter().flatten() {
        assert_eq!(shortened(&mailmark.to_string()), shortened(line));
        assert_eq!(
            Mailmark::decode(&mailmark.encode()).map(|scan| (scan.mailmark, scan.repaired)),
            Ok((*mailmark, 0))
        );
    }
    let mailmark_2d = line.parse::<Mailmark2d>();
    if let Ok(mailmark) = &mailmark_2d {
        assert_eq!(shortened(&mailmark.to_string()), shortened(line));
        assert_eq!(Mailmark2d::parse(mailmark.code_type(), &mailmark.to_string()).as_ref(), Ok(mailmark));
    }
    let id = line.parse::<FrankierId>();
    if let Ok(id) = id {
        assert_eq!(id.to_string(), line.replace(' ', "").to_ascii_uppercase());
    }
    let is_text = mailmarks.iter().any(Result::is_ok) || mailmark_2d.is_ok() || id.is_ok();
    franked.is_ok() || label || bars || is_text
}
