//! Everything that is read from a short text.

use indicia::{Amount, Denomination, Serial, text};

use crate::made::euro;

/// Any bytes have one text; what is read from a text is written as the same text again.
pub(crate) fn text(input: &[u8]) -> bool {
    assert_eq!(text::from_text(&text::to_text(input)).as_deref(), Ok(input));
    let Ok(line) = std::str::from_utf8(input) else { return false };
    let indicium = text::from_text(line);
    if let Ok(bytes) = &indicium {
        assert_eq!(text::to_text(bytes), line);
    }
    let serial = line.parse::<Serial>();
    if let Ok(serial) = &serial {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        assert_eq!(digits(&serial.to_string()), digits(line));
        assert_eq!(serial.to_string().parse().as_ref(), Ok(serial));
        assert_eq!(Serial::from_bytes(serial.to_bytes()).as_ref(), Ok(serial));
    }
    let denomination = line.parse::<Denomination>();
    if let Ok(denomination) = &denomination {
        assert_eq!(denomination.to_string(), line);
    }
    let amount = Amount::parse(line, euro());
    if let Ok(amount) = &amount {
        // Only zeros in front and behind may differ.
        let trimmed = |text: &str| {
            let point =
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
            point.trim_start_matches('0').to_owned()
        };
        assert_eq!(trimmed(&amount.number()), trimmed(line));
        assert_eq!(Amount::parse(&amount.number(), euro()).as_ref(), Ok(amount));
    }
    indicium.is_ok() || serial.is_ok() || denomination.is_ok() || amount.is_ok()
}
