//! Tickets in other people's formats.

pub mod bcbp;
pub mod uic;
