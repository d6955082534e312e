//! Orders: the only way by which value comes into a device or leaves it unissued, and by which its state changes.
//!
//! An order is a [`crate::paper`] over a deterministic CBOR array: `["mintage-order", device, number, action, units,
//! denomination, at, reason]`. A provider signs what moves value, two officers sign what changes the state, and what lets a user
//! back in who can't sign in any more; there hours stand for units, the user's name for the denomination, and the
//! invitation's key behind everything. Where indicia become void, their [`Serials`] stand behind everything; where holders' data is
//! erased, those and the numbers of requests.

use asker::UserName;
use indicia::{Amount, DeviceId, UnixTime};
use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

use crate::paper::{self, Paper, PaperError};
use crate::record::DeviceState;
use crate::serials::Serials;
use crate::signing::SigningKey;
use crate::staff::{Authority, Staff};

const DOMAIN: &str = "mintage-order";

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderAction {
    /// Raise the descending register by an amount that was paid for.
    Fund(Amount),
    /// Lower it by an amount that is paid back.
    Refund(Amount),
    /// Make indicia void, and raise the descending register by what they were worth. The module sees to it that no more comes
    /// back than was issued; that this is left of these, and they aren't void already, is seen to by the engine in its books.
    Void {
        /// What is left of them together.
        amount: Amount,
        /// Which.
        serials: Serials,
    },
    /// Erase what the books have of holders of indicia and of the customer's own references. It changes no value. That the
    /// indicia were issued and the requests are over is seen to by the engine.
    Erase(Erasure),
    /// Move the device to another state.
    Become(DeviceState),
    /// Let a user set a password anew, and ask him for no second factor any more.
    Invite {
        /// Who.
        user: UserName,
        /// The Ed25519 public key of the invitation.
        ed25519: [u8; 32],
        /// For how long it is good.
        hours: u16,
    },
}

/// Whose holders' data is erased. It names at least one, and nobody by name, since orders stay in the books.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Erasure {
    /// These indicia.
    #[n(0)]
    pub serials: Option<Serials>,
    /// What these requests asked for, as far as it wasn't issued.
    #[n(1)]
    pub requests: Option<Serials>,
}

impl Erasure {
    fn is_empty(&self) -> bool {
        self.serials.is_none() && self.requests.is_none()
    }
}

impl OrderAction {
    /// Who must sign it.
    #[must_use]
    pub fn needs(&self) -> Authority {
        match self {
            Self::Fund(_) | Self::Refund(_) | Self::Void { .. } | Self::Erase(_) => Authority::Provider,
            Self::Become(_) | Self::Invite { .. } => Authority::Officers,
        }
    }
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
    /// The COSE around it, or its signatures.
    #[error("{0}")]
    Paper(#[from] PaperError),
    /// The content.
    #[error("its content can't be read ({0})")]
    Content(String),
}

impl Order {
    /// Signs the order; see [`paper::join`] for one that needs several.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        paper::sign(&self.encode(), key)
    }

    /// Reads an order and says who gave it, if they may.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn open(bytes: &[u8], staff: &Staff) -> Result<(Self, String), OrderError> {
        let paper = Paper::read(bytes)?;
        let order = Self::decode(paper.payload())?;
        let who = staff.authorise(&paper, order.action.needs())?;
        Ok((order, who))
    }

    /// Reads an order without checking who signed it: to know what it would do, never to do it.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn read(bytes: &[u8]) -> Result<Self, OrderError> {
        Self::decode(Paper::read(bytes)?.payload())
    }

    /// What is asked for, whenever and under whatever number: the same bytes for a repetition of an order.
    #[must_use]
    pub fn intent(&self) -> Vec<u8> {
        Self { number: 0, at: UnixTime(0), ..self.clone() }.encode()
    }

    fn encode(&self) -> Vec<u8> {
        let (action, units, text) = match &self.action {
            OrderAction::Fund(amount) => (0, amount.units(), amount.denomination().to_string()),
            OrderAction::Refund(amount) => (1, amount.units(), amount.denomination().to_string()),
            OrderAction::Become(state) => (2, state_code(*state), String::new()),
            OrderAction::Invite { user, hours, .. } => (3, u64::from(*hours), user.to_string()),
            OrderAction::Void { amount, .. } => (4, amount.units(), amount.denomination().to_string()),
            OrderAction::Erase(_) => (5, 0, String::new()),
        };
        let mut encoder = Encoder::new(Vec::new());
        let written = (|| {
            let length = match self.action {
                OrderAction::Invite { .. } | OrderAction::Void { .. } | OrderAction::Erase(_) => 9,
                OrderAction::Fund(_) | OrderAction::Refund(_) | OrderAction::Become(_) => 8,
            };
            encoder.array(length)?.str(DOMAIN)?.u32(self.device.0)?.u64(self.number)?.u8(action)?;
            encoder.u64(units)?.str(&text)?.u64(self.at.0)?.str(&self.reason)?;
            match &self.action {
                OrderAction::Invite { ed25519, .. } => drop(encoder.bytes(ed25519)?),
                OrderAction::Void { serials, .. } => drop(encoder.encode(serials)?),
                OrderAction::Erase(erasure) => drop(encoder.encode(erasure)?),
                OrderAction::Fund(_) | OrderAction::Refund(_) | OrderAction::Become(_) => {}
            }
            Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(())
        })();
        written.expect("writing CBOR to memory doesn't fail");
        encoder.into_writer()
    }

    fn decode(payload: &[u8]) -> Result<Self, OrderError> {
        let content = |error: minicbor::decode::Error| OrderError::Content(error.to_string());
        let wrong = |what: &str| OrderError::Content(what.to_owned());
        let mut decoder = Decoder::new(payload);
        let length = decoder.array().map_err(content)?;
        if !matches!(length, Some(8 | 9)) || decoder.str().map_err(content)? != DOMAIN {
            return Err(wrong("it is no order"));
        }
        let device = DeviceId(decoder.u32().map_err(content)?);
        let number = decoder.u64().map_err(content)?;
        let action = decoder.u8().map_err(content)?;
        let units = decoder.u64().map_err(content)?;
        let text = decoder.str().map_err(content)?;
        let amount = || {
            let denomination = text.parse().map_err(|_| wrong("its denomination"))?;
            Amount::new(units, denomination).map_err(|error| OrderError::Content(error.to_string()))
        };
        let at = UnixTime(decoder.u64().map_err(content)?);
        let reason = decoder.str().map_err(content)?.to_owned();
        let action = match action {
            0 => OrderAction::Fund(amount()?),
            1 => OrderAction::Refund(amount()?),
            2 => OrderAction::Become(state_of(units).ok_or_else(|| wrong("its state"))?),
            3 if length == Some(9) => OrderAction::Invite {
                user: text.parse().map_err(|_| wrong("its user"))?,
                ed25519: decoder.bytes().map_err(content)?.try_into().map_err(|_| wrong("its key"))?,
                hours: u16::try_from(units).map_err(|_| wrong("its hours"))?,
            },
            4 if length == Some(9) => {
                OrderAction::Void { amount: amount()?, serials: decoder.decode().map_err(content)? }
            }
            5 if length == Some(9) => {
                let erasure: Erasure = decoder.decode().map_err(content)?;
                if erasure.is_empty() {
                    return Err(wrong("it erases nothing"));
                }
                OrderAction::Erase(erasure)
            }
            _ => return Err(wrong("its action")),
        };
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
        DeviceState::Revoked => 5,
    }
}

fn state_of(code: u64) -> Option<DeviceState> {
    use DeviceState::{Active, Locked, New, Retired, Revoked, Suspended};
    [New, Active, Suspended, Locked, Retired, Revoked].into_iter().find(|state| state_code(*state) == code)
}
