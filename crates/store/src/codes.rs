//! Numbers as columns hold them: the same in every database.

use indicia::{Status, UnixTime};

use crate::commit::{Ended, RequestKind};
use crate::error::StoreError;
use crate::prints::PrintOutcome;

/// A number as a column holds it.
pub(crate) fn int(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge { what, value })
}

/// A bound of a search: no row is beyond what a column holds.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A time as a column holds it: one beyond 2^63 seconds is as good as the last one before.
pub(crate) fn time(at: UnixTime) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// An enumeration that the database has by fixed codes.
pub(crate) trait Coded: Copy {
    fn code(self) -> i16;
    fn from_code(code: i64) -> Option<Self>;
}

macro_rules! codes {
    ($name:ident { $($variant:ident = $code:literal),+ }) => {
        impl Coded for $name {
            fn code(self) -> i16 {
                match self { $(Self::$variant => $code),+ }
            }

            fn from_code(code: i64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

codes!(RequestKind { Issue = 1, Fund = 2, Refund = 3, State = 4, Change = 5, SignIn = 6, Void = 7, Erase = 8 });
codes!(Ended { Refused = 1, Expired = 2, Released = 3 });
codes!(PrintOutcome { Open = 0, Printed = 1, Canceled = 2, Failed = 3, NotSent = 4 });
codes!(Status { Live = 0, Void = 1, Redeemed = 2, RedeemedInPart = 3 });
