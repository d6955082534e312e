//! Serials, amounts and texts: what is printed is read back, and mistakes are caught.

mod support {
    #[allow(dead_code)] // of items and claims, used elsewhere
    pub(crate) mod arbitrary;
}

use indicia::text::{self, TextError};
use indicia::{Amount, AmountError, DenominationError, DeviceId, Serial, SerialError, UnixTime};
use proptest::prelude::*;
use support::arbitrary;

fn digits(serial: Serial) -> Vec<u8> {
    serial.to_string().bytes().filter(u8::is_ascii_digit).collect()
}

fn read(digits: &[u8]) -> Result<Serial, SerialError> {
    std::str::from_utf8(digits).expect("digits").parse()
}

/// Every single wrong digit and every swap of two digits, of serials spread over all that there are.
#[test]
fn no_mistake_with_one_or_two_digits_gives_another_serial() {
    for step in 0..200_u64 {
        let device = u32::try_from(step * 21_474_836 % u64::from(u32::MAX)).expect("32 bits");
        let number = step * 5_025_125_629 % (Serial::MAX_NUMBER + 1);
        let digits = digits(Serial::new(DeviceId(device), number).expect("a serial"));
        for place in 0..digits.len() {
            for digit in (b'0'..=b'9').filter(|digit| *digit != digits[place]) {
                let mut wrong = digits.clone();
                wrong[place] = digit;
                assert_eq!(read(&wrong), Err(SerialError::CheckDigits));
            }
            for other in (place + 1..digits.len()).filter(|other| digits[*other] != digits[place]) {
                let mut swapped = digits.clone();
                swapped.swap(place, other);
                assert_eq!(read(&swapped), Err(SerialError::CheckDigits));
            }
        }
    }
}

#[test]
fn serials_are_read_with_any_spacing_and_refused_by_name() {
    let serial = Serial::new(DeviceId(42), 4711).expect("a serial");
    assert_eq!(serial.to_string(), "0000000042-000000004711-35");
    for text in ["000000004200000000471135", " 0000 0000 42-0000 0000 4711 - 35 "] {
        assert_eq!(text.parse(), Ok(serial));
    }
    let error = |text: &str| text.parse::<Serial>().expect_err(text);
    assert_eq!(error(""), SerialError::Length(0));
    assert_eq!(error("00000000420000000047115"), SerialError::Length(23));
    assert_eq!(error("0000000042000000004711350"), SerialError::Length(25));
    assert_eq!(error(&"9".repeat(500)), SerialError::Length(500));
    assert_eq!(error("0000000042-O00000004711-53"), SerialError::Character { found: 'O', place: 12 });
    assert_eq!(error("٠000000042-000000004711-53"), SerialError::Character { found: '٠', place: 1 });
    assert_eq!(Serial::new(DeviceId(1), Serial::MAX_NUMBER + 1), Err(SerialError::Number));
    // the check digits fit, the device is one more than there are
    let beyond = (0..100).map(|check| format!("4294967296000000000001{check:02}"));
    let errors: Vec<_> = beyond.map(|text| error(&text)).filter(|e| *e != SerialError::CheckDigits).collect();
    assert_eq!(errors, [SerialError::Device]);
}

#[test]
fn denominations_are_refused_by_name() {
    let error = |text: &str| text.parse::<indicia::Denomination>().expect_err(text);
    assert_eq!(error("USD/7"), DenominationError::Scale(7));
    assert_eq!(error("XXQ/2"), DenominationError::Currency("XXQ".to_owned()));
    assert_eq!(error("usd/2"), DenominationError::Currency("usd".to_owned()));
    for text in ["", "USD", "USD/", "USD/x", "USD/02", "USD/-1", "/2"] {
        assert!(!matches!(error(text), DenominationError::Scale(_)), "{text}");
    }
}

#[test]
fn texts_that_are_none_are_refused() {
    let text = text::to_text(&[1, 2, 3]);
    assert_eq!(text::from_text(&text), Ok(vec![1, 2, 3]));
    let vbi = |encoded: &str| text::from_text(&format!("VBI:{encoded}"));
    assert_eq!(text::from_text(&text[1..]), Err(TextError::Prefix));
    assert_eq!(text::from_text(&text.to_lowercase()), Err(TextError::Prefix));
    assert_eq!(vbi(""), Ok(vec![]));
    assert_eq!(vbi(":::"), Err(TextError::Base45)); // 91124, more than two bytes
    assert_eq!(vbi("::"), Err(TextError::Base45)); // 2024, more than one byte
    assert_eq!(vbi("A"), Err(TextError::Base45));
    assert_eq!(vbi("QED8WEX0AA"), Err(TextError::Base45)); // a digit too many after RFC 9285's example
    assert_eq!(vbi("QED8WEX0"), Ok(b"ietf!".to_vec()));
    assert_eq!(vbi("qed8wex0"), Err(TextError::Base45));
    assert_eq!(vbi("QED8WEX0\n"), Err(TextError::Base45));
    assert_eq!(vbi("ÄÖÜ"), Err(TextError::Base45));
}

#[test]
fn times_are_shown_in_utc() {
    assert_eq!(UnixTime(0).to_string(), "1970-01-01T00:00:00Z");
    assert_eq!(UnixTime(1_800_000_000).to_string(), "2027-01-15T08:00:00Z");
    assert_eq!(UnixTime(u64::MAX).to_string(), "18446744073709551615 s after 1970");
}

proptest! {
    #[test]
    fn serials_are_read_as_printed(serial in arbitrary::serials()) {
        prop_assert_eq!(serial.to_string().parse(), Ok(serial));
        prop_assert_eq!(Serial::from_bytes(serial.to_bytes()), Ok(serial));
    }

    #[test]
    fn amounts_are_read_as_printed(amount in arbitrary::amounts()) {
        prop_assert_eq!(Amount::parse(&amount.number(), amount.denomination()), Ok(amount));
    }

    #[test]
    fn sums_and_differences_undo_each_other(a in arbitrary::amounts(), b in arbitrary::amounts()) {
        match a.checked_add(b) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(b), Ok(a)),
            Err(AmountError::TooLarge(_)) => prop_assert!(a.units() + b.units() > Amount::MAX_UNITS),
            Err(error) => {
                prop_assert_eq!(error, AmountError::Denominations(a.denomination(), b.denomination()));
                prop_assert_ne!(a.denomination(), b.denomination());
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let euro = "EUR/2".parse().expect("a denomination");
        let _ = text.parse::<Serial>();
        let _ = text.parse::<indicia::Denomination>();
        if let Ok(amount) = Amount::parse(&text, euro) {
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{} {}", text, amount);
        }
        if let Ok(bytes) = text::from_text(&format!("VBI:{text}")) {
            prop_assert_eq!(text::to_text(&bytes), format!("VBI:{text}"));
        }
    }
}
