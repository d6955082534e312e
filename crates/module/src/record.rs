//! The device record: all that a virtual security device is, and its sealed form.
//!
//! Requirement row R2 lists what a record holds; the fields below are today's equivalents of it.

use asker::{Credential, Nonces, Role};
use indicia::{Algorithm, Denomination, DeviceId, UnixTime};
use minicbor::{Decode, Encode};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::event::EventChain;
use crate::person::People;
use crate::sealing::{Digest, SealError, SealingKey};

/// Version of the plaintext's layout; a record of a newer version is refused, an older one migrates here.
const VERSION: u8 = 1;
/// Bytes of the clear header before the ciphertext: version, device, sequence.
const HEADER: usize = 1 + 4 + 8;
/// Largest sealed record that a module looks at, in bytes: a hundred keys with the farthest nonces, as many people with four
/// sessions each, and as many passkeys with the longest ids come to some 800,000.
pub const MAX_SEALED: usize = 1024 * 1024;

/// What a device may do; see [`DeviceState::allows`] for the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceState {
    /// Created, never funded.
    #[n(0)]
    New,
    /// In normal use.
    #[n(1)]
    Active,
    /// Paused by an order; can be resumed.
    #[n(2)]
    Suspended,
    /// Stopped after a disagreement; only an unlock order brings it back.
    #[n(3)]
    Locked,
    /// Closed for ever; what is left can be refunded.
    #[n(4)]
    Retired,
    /// Closed for ever, since somebody else may have its key: by what that has signed, nothing can be told any more.
    #[n(5)]
    Revoked,
}

/// What may be asked of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Debit and sign indicia.
    Issue,
    /// Raise the descending register.
    Fund,
    /// Lower the descending register without issuing.
    Refund,
    /// Raise the descending register again by what indicia were worth that aren't valid any more.
    Void,
    /// Change who may use it, and for how much.
    Administer,
    /// Move to another state.
    Become(DeviceState),
}

impl DeviceState {
    /// The table of what each state allows: the only place where it is written.
    ///
    /// | state | issue | fund | refund, void | users and limits | may become |
    /// | --- | --- | --- | --- | --- | --- |
    /// | new | no | yes (and becomes active) | no | yes | retired, revoked |
    /// | active | yes | yes | yes | yes | suspended, locked, retired, revoked |
    /// | suspended | no | yes | yes | yes | active, locked, retired, revoked |
    /// | locked | no | no | no | no | active (unlock), retired, revoked |
    /// | retired | no | no | yes | no | revoked |
    /// | revoked | no | no | yes | no | – |
    #[must_use]
    pub fn allows(self, action: Action) -> bool {
        use Action::{Administer, Become, Fund, Issue, Refund, Void};
        use DeviceState::{Active, Locked, New, Retired, Revoked, Suspended};
        matches!(
            (self, action),
            (New, Fund | Administer | Become(Retired | Revoked))
                | (
                    Active,
                    Issue
                        | Fund
                        | Refund
                        | Void
                        | Administer
                        | Become(Suspended | Locked | Retired | Revoked)
                )
                | (
                    Suspended,
                    Fund | Refund | Void | Administer | Become(Active | Locked | Retired | Revoked)
                )
                | (Locked, Become(Active | Retired | Revoked))
                | (Retired, Refund | Void | Become(Revoked))
                | (Revoked, Refund | Void)
        )
    }

    /// The state's name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// Bounds on what one device may issue, in units of its denomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Limits {
    /// Largest amount of one item.
    #[n(0)]
    pub per_item: u64,
    /// Largest total of one UTC day.
    #[n(1)]
    pub per_day: u64,
    /// Most that a person's session takes at once without a passkey, if there is such a bound.
    #[n(2)]
    pub passkey_above: Option<u64>,
}

impl Limits {
    /// No bound below what a register can hold.
    pub const NONE: Self = Self { per_item: MAX_UNITS, per_day: MAX_UNITS, passkey_above: None };
}

/// Largest value of a register, in units: what a signed 64-bit column holds.
pub const MAX_UNITS: u64 = i64::MAX as u64;

/// One person or program that may ask a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct User {
    /// Its name, unique in the device.
    #[n(0)]
    pub name: String,
    /// What it may do.
    #[n(1)]
    pub role: Role,
}

/// A key by which a user asks, and what it has asked with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Zeroize)]
pub struct AskerKey {
    /// Whose it is: the name of one of the device's users.
    #[n(0)]
    pub user: String,
    /// What checks its signatures.
    #[n(1)]
    pub credential: Credential,
    /// What it has used: no request counts twice.
    #[n(2)]
    #[zeroize(skip)]
    pub nonces: Nonces,
    /// How it ends by itself, if it does.
    #[n(3)]
    #[zeroize(skip)]
    pub passing: Option<Passing>,
}

/// A key that ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Passing {
    /// Of a person who signed in. Each of its requests must name as its nonce the challenge that the module gave last; one that
    /// doesn't, or isn't proven, ends the session.
    #[n(0)]
    Session {
        /// When it ends, seconds since 1970.
        #[n(0)]
        expires: u64,
        /// Requests so far.
        #[n(1)]
        made: u64,
    },
    /// Sets its user's password, and nothing else.
    #[n(1)]
    Invitation {
        /// When it ends, seconds since 1970.
        #[n(0)]
        expires: u64,
    },
}

impl Passing {
    /// When it ends, seconds since 1970.
    #[must_use]
    pub fn expires(self) -> u64 {
        let (Self::Session { expires, .. } | Self::Invitation { expires }) = self;
        expires
    }
}

impl AskerKey {
    /// A key that has asked for nothing yet.
    #[must_use]
    pub fn new(user: &str, credential: &Credential) -> Self {
        Self {
            user: user.to_owned(),
            credential: credential.clone(),
            nonces: Nonces::default(),
            passing: None,
        }
    }

    /// Whether somebody signed in by it.
    pub(crate) fn is_session(&self) -> bool {
        matches!(self.passing, Some(Passing::Session { .. }))
    }

    /// Whether it is an invitation.
    pub(crate) fn is_invitation(&self) -> bool {
        matches!(self.passing, Some(Passing::Invitation { .. }))
    }
}

/// The five registers whose balance is invariant 1: ascending − voided + descending = funded − refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Registers {
    /// All value ever issued, in units; only grows.
    #[n(0)]
    pub ascending: u64,
    /// Value still available, in units.
    #[n(1)]
    pub descending: u64,
    /// All value ever funded, in units.
    #[n(2)]
    pub funded: u64,
    /// All value ever refunded, in units.
    #[n(3)]
    pub refunded: u64,
    /// Of what was issued, all value that came back since its indicia became void, in units. Not in records of programs
    /// that couldn't do so.
    #[cbor(n(4), skip_if = "is_zero")]
    pub voided: u64,
}

fn is_zero(units: &u64) -> bool {
    *units == 0
}

impl Registers {
    /// What is issued and not void, and what is left: all value ever funded, less refunds. `None` if the registers don't
    /// balance.
    #[must_use]
    pub fn control_total(&self) -> Option<u64> {
        let total = self.ascending.checked_sub(self.voided)?.checked_add(self.descending)?;
        (self.funded.checked_sub(self.refunded)? == total).then_some(total)
    }
}

/// What was issued on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct DayUse {
    /// Days since 1970-01-01.
    #[n(0)]
    pub day: u64,
    /// Units issued on that day.
    #[n(1)]
    pub value: u64,
}

/// The secrets of a device: zeroized when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    /// Ed25519 seed or P-256 scalar.
    pub signing: [u8; 32],
    /// Key under which the salts of holder digests are made.
    pub holder: [u8; 32],
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// A device in the clear: only inside the module, only for as long as a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which device.
    pub id: DeviceId,
    /// Transactions made so far; one number each, no gaps.
    pub sequence: u64,
    /// Currency and scale of every register.
    pub denomination: Denomination,
    /// The value.
    pub registers: Registers,
    /// Number of the next serial that has never been used.
    pub next_number: u64,
    /// The module that made the device.
    pub module: [u8; 16],
    /// Where the device is licensed: a postcode, a venue, a depot (R2: licensing ZIP).
    pub origin: String,
    /// Algorithm of the indicium key.
    pub algorithm: Algorithm,
    /// Indicium key and user secrets.
    pub secrets: Secrets,
    /// Certificate of the indicium key, signed by the issuer key.
    pub certificate: Vec<u8>,
    /// The indicium key isn't used after this.
    pub key_expires: UnixTime,
    /// Who may ask.
    pub users: Vec<User>,
    /// When the last transaction was.
    pub last_transaction: UnixTime,
    /// What the device may do.
    pub state: DeviceState,
    /// Bounds on issuing.
    pub limits: Limits,
    /// Use of the last active day, for the daily limit.
    pub today: DayUse,
    /// Number of the last order of the provider that was carried out.
    pub last_order: u64,
    /// Name of the account, as it stands in the requests that users sign.
    pub account: String,
    /// The keys by which users ask.
    pub askers: Vec<AskerKey>,
    /// How far the chain of its events goes.
    pub events: EventChain,
    /// Those who sign in with passwords.
    pub people: People,
}

/// The plaintext as CBOR, field by field; checked when it becomes a [`Device`].
#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(map)]
struct Plain {
    #[n(0)]
    denomination: String,
    #[n(1)]
    #[zeroize(skip)]
    registers: Registers,
    #[n(2)]
    next_number: u64,
    #[cbor(n(3), with = "minicbor::bytes")]
    module: [u8; 16],
    #[n(4)]
    origin: String,
    #[n(5)]
    algorithm: i8,
    #[cbor(n(6), with = "minicbor::bytes")]
    signing: [u8; 32],
    #[cbor(n(7), with = "minicbor::bytes")]
    holder: [u8; 32],
    #[cbor(n(8), with = "minicbor::bytes")]
    certificate: Vec<u8>,
    #[n(9)]
    key_expires: u64,
    #[n(10)]
    #[zeroize(skip)]
    users: Vec<User>,
    #[n(11)]
    last_transaction: u64,
    #[n(13)]
    #[zeroize(skip)]
    state: DeviceState,
    #[n(14)]
    #[zeroize(skip)]
    limits: Limits,
    #[n(15)]
    #[zeroize(skip)]
    today: DayUse,
    #[n(16)]
    last_order: u64,
    /// None, and so are the keys, in records of programs that didn't check who asks.
    #[n(18)]
    account: Option<String>,
    #[n(19)]
    askers: Option<Vec<AskerKey>>,
    /// None as long as there is no event.
    #[n(20)]
    #[zeroize(skip)]
    events: Option<EventChain>,
    /// None as long as nobody tried to sign in.
    #[n(21)]
    people: Option<People>,
}

/// Why a sealed record isn't opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Too short or too long to be a sealed record.
    #[error("the device record has {0} bytes, which no sealed record has")]
    Length(usize),
    /// Made by a newer program.
    #[error("the device record has layout version {0}; this program knows up to {VERSION}")]
    NewerVersion(u8),
    /// Damaged, manipulated, or sealed by another module's master key.
    #[error(
        "the device record doesn't open under this module's key: it was changed or belongs to another module"
    )]
    Seal(#[from] SealError),
    /// Authentic but not readable: a fault of the program that sealed it.
    #[error("the device record opens but can't be read ({0})")]
    Content(String),
}

/// A device record as it lies in the database: only a crypto module opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord(Vec<u8>);

impl SealedRecord {
    /// Takes bytes from the database; nothing but the clear header is looked at.
    ///
    /// # Errors
    /// [`RecordError::Length`] and [`RecordError::NewerVersion`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, RecordError> {
        if bytes.len() <= HEADER || bytes.len() > MAX_SEALED {
            return Err(RecordError::Length(bytes.len()));
        }
        match bytes[0] {
            VERSION => Ok(Self(bytes)),
            other => Err(RecordError::NewerVersion(other)),
        }
    }

    /// The bytes for the database.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes for the database.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The device that the header names; trustworthy only once opened.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        let mut id = [0; 4];
        id.copy_from_slice(&self.0[1..5]);
        DeviceId(u32::from_be_bytes(id))
    }

    /// The sequence that the header names; trustworthy only once opened.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        let mut sequence = [0; 8];
        sequence.copy_from_slice(&self.0[5..HEADER]);
        u64::from_be_bytes(sequence)
    }

    /// SHA-256 of the sealed bytes, as the registers keep it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Opens the record.
    ///
    /// # Errors
    /// [`RecordError::Seal`] for any changed byte, [`RecordError::Content`] for a plaintext that can't be
    /// read whole.
    pub fn open(&self, key: &SealingKey) -> Result<Device, RecordError> {
        let (header, sealed) = self.0.split_at(HEADER);
        let plaintext = key.open(nonce(header), header, sealed)?;
        let mut plain: Plain =
            minicbor::decode(&plaintext).map_err(|error| RecordError::Content(error.to_string()))?;
        // What isn't understood would be lost when the record is sealed again.
        if !crate::wire::is_encoding(&plaintext, &plain) {
            return Err(RecordError::Content("it has parts that this program doesn't know".into()));
        }
        Device::from_plain(self.device(), self.sequence(), &mut plain)
    }
}

/// Device and sequence: each pair is sealed with one content only, and GCM-SIV forgives even a repetition.
fn nonce(header: &[u8]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&header[1..HEADER]);
    nonce
}

impl Device {
    /// Seals the device: the same device gives the same bytes, which replay rests on.
    #[must_use]
    pub fn seal(&self, key: &SealingKey) -> SealedRecord {
        let mut record = Vec::with_capacity(768);
        record.push(VERSION);
        record.extend_from_slice(&self.id.0.to_be_bytes());
        record.extend_from_slice(&self.sequence.to_be_bytes());
        let plaintext = zeroize::Zeroizing::new(crate::wire::encode(&self.to_plain()));
        let sealed = key.seal(nonce(&record), &record, &plaintext);
        record.extend_from_slice(&sealed);
        SealedRecord(record)
    }

    fn to_plain(&self) -> Plain {
        Plain {
            denomination: self.denomination.to_string(),
            registers: self.registers,
            next_number: self.next_number,
            module: self.module,
            origin: self.origin.clone(),
            algorithm: self.algorithm.cose_id(),
            signing: self.secrets.signing,
            holder: self.secrets.holder,
            certificate: self.certificate.clone(),
            key_expires: self.key_expires.0,
            users: self.users.clone(),
            last_transaction: self.last_transaction.0,
            state: self.state,
            limits: self.limits,
            today: self.today,
            last_order: self.last_order,
            account: (!self.account.is_empty()).then(|| self.account.clone()),
            askers: (!self.askers.is_empty()).then(|| self.askers.clone()),
            events: (self.events != EventChain::default()).then_some(self.events),
            people: (!self.people.is_empty()).then(|| self.people.clone()),
        }
    }

    fn from_plain(id: DeviceId, sequence: u64, plain: &mut Plain) -> Result<Self, RecordError> {
        let content = |what: String| RecordError::Content(what);
        if plain.account.as_ref().is_some_and(String::is_empty)
            || plain.askers.as_ref().is_some_and(Vec::is_empty)
            || plain.events == Some(EventChain::default())
            || plain.people.as_ref().is_some_and(People::is_empty)
        {
            return Err(content("an account, keys, events or people that are none".into()));
        }
        Ok(Self {
            id,
            sequence,
            denomination: plain
                .denomination
                .parse()
                .map_err(|_| content(format!("denomination {}", plain.denomination)))?,
            registers: plain.registers,
            next_number: plain.next_number,
            module: plain.module,
            origin: std::mem::take(&mut plain.origin),
            algorithm: Algorithm::from_cose_id(i64::from(plain.algorithm))
                .ok_or_else(|| content(format!("algorithm {}", plain.algorithm)))?,
            secrets: Secrets { signing: plain.signing, holder: plain.holder },
            certificate: std::mem::take(&mut plain.certificate),
            key_expires: UnixTime(plain.key_expires),
            users: std::mem::take(&mut plain.users),
            last_transaction: UnixTime(plain.last_transaction),
            state: plain.state,
            limits: plain.limits,
            today: plain.today,
            last_order: plain.last_order,
            account: plain.account.take().unwrap_or_default(),
            askers: plain.askers.take().unwrap_or_default(),
            events: plain.events.unwrap_or_default(),
            people: plain.people.take().unwrap_or_default(),
        })
    }
}
