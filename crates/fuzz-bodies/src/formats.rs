//! Other people's formats.

use indicia::gs1::{Coupon, ElementString, PositiveOffer};
use indicia::postal::ibi::{Seal, SignedIbi, SignedIbiLite};
use indicia::recognise;
use indicia::ticket::bcbp::BoardingPass;
use indicia::ticket::uic::{Head, Layout, StaticFrame};

/// What is read of either form is written as the same bytes.
pub(crate) fn ibi(bytes: &[u8]) -> bool {
    let full = SignedIbi::decode(bytes);
    if let Ok(SignedIbi { ibi, seal }) = &full {
        match seal {
            Seal::Whole { signature, reserved } => {
                assert_eq!(ibi.assemble(signature, reserved).as_deref(), Ok(bytes));
            }
            Seal::Cut(beginning) => {
                let payload = ibi.to_be_signed().expect("it was read");
                assert_eq!([&payload[..], beginning].concat(), bytes);
            }
        }
    }
    let lite = SignedIbiLite::decode(bytes);
    if let Ok(lite) = &lite {
        assert_eq!(lite.ibi.assemble(&lite.digest).as_ref().map(<[u8; 20]>::as_slice), Ok(bytes));
    }
    full.is_ok() || lite.is_ok()
}

/// A pass that is read is written as the same text.
pub(crate) fn boarding_pass(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let pass = BoardingPass::decode(text);
    if let Ok(pass) = &pass {
        assert_eq!(pass.to_text().as_deref(), Ok(text));
    }
    pass.is_ok()
}

/// A frame that is read is written as the same bytes; what its records say is the same after it was written.
pub(crate) fn railway_ticket(bytes: &[u8]) -> bool {
    let Ok(frame) = StaticFrame::decode(bytes) else { return false };
    assert_eq!(frame.to_bytes(), bytes);
    let Ok(records) = frame.records() else { return false };
    for record in &records {
        if let Ok(Ok(again)) = Head::decode(record).map(|head| head.to_record()) {
            assert_eq!(Head::decode(&again), Head::decode(record));
        }
        if let Ok(Ok(again)) = Layout::decode(record).map(|layout| layout.to_record()) {
            assert_eq!(Layout::decode(&again), Layout::decode(record));
        }
    }
    true
}

/// Elements that are read are the same after they were written; a coupon with a central file is written as it was.
pub(crate) fn element_string(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let decoded = ElementString::decode(text);
    if let Ok(elements) = &decoded {
        assert_eq!(ElementString::decode(&elements.to_symbol()).as_ref(), Ok(elements));
    }
    let parsed = ElementString::parse(text);
    if let Ok(elements) = &parsed {
        assert_eq!(elements.to_string(), text);
    }
    let offer = PositiveOffer::decode(text);
    if let Ok(offer) = &offer {
        assert_eq!(offer.encode().as_deref(), Ok(text));
    }
    decoded.is_ok() || parsed.is_ok() || offer.is_ok() || Coupon::decode(text).is_ok()
}

/// Whatever is recognised is the same as a line of text, and has a name.
pub(crate) fn recognised(bytes: &[u8]) -> bool {
    let found = recognise::recognise(bytes);
    if let Some(found) = &found {
        assert!(!found.scheme.is_empty() && !found.title.is_empty());
        if let Ok(line) = std::str::from_utf8(bytes) {
            assert_eq!(recognise::recognise_text(line).as_ref(), Some(found));
        }
    }
    found.is_some()
}
