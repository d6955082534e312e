//! Orders of the provider: the only way by which value comes into a device, or leaves it unissued.
//!
//! An order is a COSE_Sign1 by the provider's key (a role apart from the issuer's) over a deterministic CBOR
//! array: `["mintage-order", device, number, action, units, denomination, at, reason]`.

use indicia::{Amount, DeviceId, PublicKey, Sign1, SignError, SignerHeader, UnixTime};
use minicbor::{Decoder, Encoder};
use thiserror::Error;

use crate::record::DeviceState;
use crate::signing::SigningKey;

const DOMAIN: &str = "mintage-order";

/// What the provider orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAction {
    /// Raise the descending register by an amount that was paid for.
    Fund(Amount),
    /// Lower it by an amount that is paid back.
    Refund(Amount),
    /// Move the device to another state.
    Become(DeviceState),
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// For which device.
    pub device: DeviceId,
    /// One more than the device's last order: no order is carried out twice.
    pub number: u64,
    /// What to do.
    pub action: OrderAction,
    /// When it was given.
    pub at: UnixTime,
    /// Why, for the books; a payment's reference for example.
    pub reason: String,
}

/// Why bytes are no order that can be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderError {
    /// The COSE around it, or its signature.
    #[error("it isn't signed by the provider: {0}")]
    Signature(#[from] SignError),
    /// The content.
    #[error("its content can't be read ({0})")]
    Content(String),
}

impl Order {
    /// Signs the order.
    #[must_use]
    pub fn sign(&self, provider: &SigningKey) -> Vec<u8> {
        let public = provider.public();
        let header = SignerHeader::single(public.algorithm(), public.key_id());
        let payload = self.encode();
        let mut message = Vec::new();
        header.to_be_signed(&payload, &mut message);
        let mut order = Vec::new();
        header.assemble(&payload, &provider.sign(&message), None, &mut order);
        order
    }

    /// Reads an order and checks the provider's signature.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn open(bytes: &[u8], provider: &PublicKey) -> Result<Self, OrderError> {
        let signed = Self::signed(bytes)?;
        signed.verify(provider)?;
        Self::decode(signed.payload()?)
    }

    /// Reads an order without checking who signed it: to know what it would do, never to do it.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn read(bytes: &[u8]) -> Result<Self, OrderError> {
        Self::decode(Self::signed(bytes)?.payload()?)
    }

    /// Nothing that isn't signed travels along: it would give one order several forms.
    fn signed(bytes: &[u8]) -> Result<Sign1<'_>, SignError> {
        let signed = Sign1::decode(bytes)?;
        signed.allow_unprotected(&[])?;
        Ok(signed)
    }

    /// What is asked for, whenever and under whatever number: the same bytes for a repetition of an order.
    #[must_use]
    pub fn intent(&self) -> Vec<u8> {
        Self { number: 0, at: UnixTime(0), ..self.clone() }.encode()
    }

    fn encode(&self) -> Vec<u8> {
        let (action, units, denomination) = match self.action {
            OrderAction::Fund(amount) => (0, amount.units(), amount.denomination().to_string()),
            OrderAction::Refund(amount) => (1, amount.units(), amount.denomination().to_string()),
            OrderAction::Become(state) => (2, state_code(state), String::new()),
        };
        let mut encoder = Encoder::new(Vec::new());
        let written = (|| {
            encoder.array(8)?.str(DOMAIN)?.u32(self.device.0)?.u64(self.number)?.u8(action)?.u64(units)?;
            encoder.str(&denomination)?.u64(self.at.0)?.str(&self.reason)?;
            Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(())
        })();
        written.expect("writing CBOR to memory doesn't fail");
        encoder.into_writer()
    }

    fn decode(payload: &[u8]) -> Result<Self, OrderError> {
        let content = |error: minicbor::decode::Error| OrderError::Content(error.to_string());
        let wrong = |what: &str| OrderError::Content(what.to_owned());
        let mut decoder = Decoder::new(payload);
        if decoder.array().map_err(content)? != Some(8) || decoder.str().map_err(content)? != DOMAIN {
            return Err(wrong("it is no order"));
        }
        let device = DeviceId(decoder.u32().map_err(content)?);
        let number = decoder.u64().map_err(content)?;
        let action = decoder.u8().map_err(content)?;
        let units = decoder.u64().map_err(content)?;
        let denomination = decoder.str().map_err(content)?;
        let amount = || {
            let denomination = denomination.parse().map_err(|_| wrong("its denomination"))?;
            Amount::new(units, denomination).map_err(|error| OrderError::Content(error.to_string()))
        };
        let action = match action {
            0 => OrderAction::Fund(amount()?),
            1 => OrderAction::Refund(amount()?),
            2 => OrderAction::Become(state_of(units).ok_or_else(|| wrong("its state"))?),
            _ => return Err(wrong("its action")),
        };
        let at = UnixTime(decoder.u64().map_err(content)?);
        let reason = decoder.str().map_err(content)?.to_owned();
        let order = Self { device, number, action, at, reason };
        if order.encode() == payload { Ok(order) } else { Err(wrong("it isn't in its one encoding")) }
    }
}

fn state_code(state: DeviceState) -> u64 {
    match state {
        DeviceState::New => 0,
        DeviceState::Active => 1,
        DeviceState::Suspended => 2,
        DeviceState::Locked => 3,
        DeviceState::Retired => 4,
    }
}

fn state_of(code: u64) -> Option<DeviceState> {
    use DeviceState::{Active, Locked, New, Retired, Suspended};
    [New, Active, Suspended, Locked, Retired].into_iter().find(|state| state_code(*state) == code)
}
