//! What labels say and in which language: the face of a template, and an item's texts as people read them.
//!
//! Dates and numbers are written as the Unicode CLDR says, by ICU4X. The crate knows no accounts, no engine, and of indicia only the items that they
//! were made from.

mod face;
mod language;
mod lettering;
mod voice;
mod word;
mod writing;
mod zone;

pub use face::{Face, Faces, Signatures};
pub use language::{Language, LanguageError, accepted};
pub use lettering::Lettering;
pub use voice::{Voice, Voices};
pub use word::{Word, Words};
pub use zone::{Zone, ZoneError};
