//! Boarding passes: IATA's example, passes with everything, and any pass there and back.

#[path = "support/passes.rs"]
mod passes;

use indicia::ticket::bcbp::{BcbpError, BoardingPass, Items, Security};
use passes::{EXAMPLE, full, pass};
use proptest::prelude::*;

#[test]
fn iatas_example_is_read() {
    let pass = BoardingPass::decode(EXAMPLE).expect("the example");
    let leg = &pass.legs[0];
    assert_eq!((pass.passenger.as_str(), pass.ticket, pass.legs.len()), ("DESMARAIS/LUC", 'E', 1));
    assert_eq!(
        [&leg.reservation, &leg.from, &leg.to, &leg.carrier, &leg.flight],
        ["ABC123", "YUL", "FRA", "AC", "0834"]
    );
    assert_eq!(
        (leg.day, leg.compartment, leg.seat.as_str(), leg.sequence.as_str()),
        (Some(226), 'F', "001A", "0025")
    );
    assert_eq!((leg.status, &leg.extra, &pass.unique, &pass.security), ('1', &None, &None, &None));
    assert_eq!(pass.to_text().as_deref(), Ok(EXAMPLE));
}

#[test]
fn everything_conditional_is_read_and_written() {
    let pass = full();
    let text = pass.to_text().expect("it fits");
    assert_eq!(BoardingPass::decode(&text), Ok(pass.clone()));
    assert!(text.ends_with("^108MGUCCwAt"), "{text}");
    assert_eq!(pass.to_be_signed().expect("it fits") + "^108MGUCCwAt", text);
    let named: Vec<_> = pass.unique.iter().flat_map(|unique| unique.items.iter()).collect();
    assert_eq!(named[3], ("date of issue", "6225"));
}

#[test]
fn each_way_to_be_wrong_is_named() {
    let read = |text: &str| BoardingPass::decode(text).expect_err("it is wrong");
    assert_eq!(read(&EXAMPLE.replacen("M1", "M0", 1)), BcbpError::Format);
    assert_eq!(read(&EXAMPLE.replacen("M1", "S1", 1)), BcbpError::Format);
    assert_eq!(read(&EXAMPLE.replacen("M1", "M2", 1)), BcbpError::Cut("reservation"));
    assert_eq!(read(&EXAMPLE[..59]), BcbpError::Cut("conditional part"));
    assert_eq!(read(&EXAMPLE.replace("226F", "367F")), BcbpError::Field("day of the year"));
    assert_eq!(read(&EXAMPLE.replace("226F", "+26F")), BcbpError::Field("day of the year"));
    assert_eq!(read(&EXAMPLE.replace("LUC", "LÜC")), BcbpError::Characters);
    assert_eq!(read(&format!("{EXAMPLE}x")), BcbpError::Trailing(1));
    assert_eq!(read(&format!("{EXAMPLE}^105abcd")), BcbpError::Cut("security data"));
    assert_eq!(read(&format!("{EXAMPLE}^104abcde")), BcbpError::Trailing(1));
    let sized = |part: &str| format!("{}{:02X}{part}", &EXAMPLE[..58], part.len());
    assert_eq!(read(&sized("6")), BcbpError::Field("version"));
    assert_eq!(read(&sized(">602W")), BcbpError::Cut("conditional items"));
    assert_eq!(read(&sized(">604WWW6")), BcbpError::Cut("date of issue"));
    assert_eq!(read(&sized(">60aWWWWWWWWWW")), BcbpError::Field("conditional items"));

    let refused = |pass: BoardingPass| pass.to_text().expect_err("it doesn't fit");
    assert_eq!(refused(BoardingPass { passenger: "A".repeat(21), ..pass() }), BcbpError::Field("passenger"));
    assert_eq!(refused(BoardingPass { passenger: "A ".into(), ..pass() }), BcbpError::Field("passenger"));
    assert_eq!(refused(BoardingPass { legs: vec![], ..pass() }), BcbpError::Format);
    assert_eq!(refused(BoardingPass { unique: None, ..full() }), BcbpError::Field("version"));
    let security = Some(Security { kind: '1', data: "x".repeat(256) });
    assert_eq!(refused(BoardingPass { security, ..pass() }), BcbpError::Field("security data"));
    assert_eq!(Items::leg(&["0141"]), Err(BcbpError::Field("airline's number")));
}

proptest! {
    #[test]
    fn any_pass_is_read_as_it_was_written(pass in passes::any_pass()) {
        let text = pass.to_text().expect("it fits");
        prop_assert_eq!(BoardingPass::decode(&text), Ok(pass));
    }

    #[test]
    fn any_text_that_is_read_is_written_the_same(tail in "[ -~]{0,80}", part in "[ -~]{0,40}") {
        let text = format!("{}{:02X}>6{:02X}{part}{tail}", &EXAMPLE[..58], part.len() + 4 + tail.len() % 7, part.len());
        if let Ok(pass) = BoardingPass::decode(&text) {
            prop_assert_eq!(pass.to_text(), Ok(text));
        }
    }
}
