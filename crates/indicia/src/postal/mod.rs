//! Formats of the posts, beside the native indicium: each in a file of its own.

mod bars;
mod crc;
mod day_of_year;
pub mod dv_freimachung;
pub mod frankier_id;
pub mod ibi;
pub mod imb;
mod imb_bars;
mod imb_tables;
pub mod mailmark_2d;
pub mod mailmark_4state;
mod mailmark_bars;
mod postcode;
pub mod premiumadress;
mod reed_solomon;

pub use bars::{Bar, Bars, BarsError, Orientation};
