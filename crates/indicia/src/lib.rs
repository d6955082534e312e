//! Indicia: their formats, their contents, their verification.
//!
//! No I/O, no clock, no database, no private key: whoever signs asks for the bytes to sign and hands the
//! signature in. The crate builds for `wasm32-unknown-unknown` too, so that a browser checks with the same code.

mod algorithm;
mod amount;
mod barcode;
mod bundle;
mod canonical;
mod certificate;
mod claims;
mod day;
mod details;
mod dsa_key;
mod erased;
mod good_roots;
pub mod gs1;
mod header;
mod holder;
mod holder_key;
mod indicium;
mod item;
mod list;
pub mod merkle;
mod pack;
pub mod postal;
pub mod presentation;
pub mod recognise;
mod redeeming;
mod revoked;
mod rules;
mod segment;
mod serial;
mod sign1;
mod status;
mod strict;
mod template;
pub mod text;
pub mod ticket;
mod time;
mod verify;
mod wire;

pub use algorithm::{Algorithm, KeyError, KeyId, PublicKey};
pub use amount::{Amount, AmountError, Denomination, DenominationError};
pub use barcode::{Barcode, BarcodeError};
pub use bundle::{BundleClaims, BundleError, TrustBundle};
pub use certificate::{Certificate, CertificateClaims, CertificateError, Subject, embedded_chain};
pub use claims::{Claims, ClaimsError, Label};
pub use day::{Day, DayError};
pub use details::{Details, Entering, EntryWindow};
pub use dsa_key::{DsaKey, DsaKeyError};
pub use erased::{Erased, Kept};
pub use good_roots::GoodRoots;
pub use header::HeaderLabel;
pub use holder::{HolderDigest, HolderMatch};
pub use holder_key::HolderKey;
pub use indicium::{DecodeError, Indicium, Proof};
pub use item::{
    Item, ItemError, MAX_EVENT, MAX_HOLDER, MAX_PLACE, MAX_POSTCODE, MAX_REFERENCE, MAX_SERVICE, MAX_USES,
};
pub use list::{ItemList, ListError, ProofForm};
pub use pack::{BatchPack, SignaturePack};
pub use presentation::{NotLive, Presentation, PresentationError, Presented, Showing};
pub use redeeming::{NotRedeemable, Terms, Use, Used, UsesLeft, Wanted, Way};
pub use revoked::RevokedKeys;
pub use rules::{BrokenRule, Detail, Presence, Price, RuleBook, RuleError, Rules};
pub use segment::{Segment, SegmentError};
pub use serial::{DeviceId, Serial, SerialError};
pub use sign1::{Sign1, SignError, SignerHeader};
pub use status::{Status, StatusClaims, StatusDelta, StatusError, StatusSnapshot};
pub use strict::StrictError;
pub use template::{Kind, Redeeming, Symbol, Template, TemplateId};
pub use time::{UnixTime, UnixTimeError};
pub use verify::{Reason, Verdict, verify, verify_many, verify_together};
