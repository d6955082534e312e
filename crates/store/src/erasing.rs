//! What is erased of holders' data.

use crate::commit::Segment;
use crate::ids::{AccountId, ReservationId};

/// What is left of requests and indicia of an account after something of them was erased. The store knows neither what that was
/// nor what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The account.
    pub account: AccountId,
    /// Requests that are over: neither held nor in an open transaction.
    pub requests: Vec<ErasedRequest>,
    /// Runs of indicia, each just as long as it was issued.
    pub segments: Vec<Segment>,
}

/// A request of which something was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedRequest {
    /// Which.
    pub reservation: ReservationId,
    /// Tells a repetition from another request, as far as what is left does.
    pub request_digest: [u8; 32],
    /// What is left of it.
    pub body: Vec<u8>,
}
