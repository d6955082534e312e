//! What engine and module say to each other.

use std::path::PathBuf;

use asker::{Credential, Errand, KeyId, Proof, StaffErrand};
use indicia::{Algorithm, Denomination, DeviceId, UnixTime};
use minicbor::bytes::{ByteSlice, ByteVec};
use minicbor::{Decode, Encode};
use zeroize::Zeroize;

use crate::event::EventChain;
use crate::record::{DeviceState, Limits, Registers, User};
use crate::refusal::{DeviceFault, Refusal};
use crate::refusals_seen::RefusalsSeen;
use crate::signing_in::{SessionShown, Told};
use crate::staff::Member;

/// The first message: it carries the secret that opens the keystore, so that no command line ever does.
#[derive(Encode, Decode)]
pub(crate) enum Hello {
    /// Make a new module in an empty folder, then serve.
    #[n(0)]
    Initialise {
        #[n(0)]
        unlock: Secret,
        #[n(1)]
        new: NewModule,
    },
    /// Open what is there, then serve.
    #[n(1)]
    Unlock {
        #[n(0)]
        unlock: Secret,
    },
}

/// A passphrase or a token's PIN on its way into the module.
#[derive(Clone, Encode, Decode)]
pub enum Secret {
    /// Opens a keystore whose master key is wrapped by Argon2id.
    #[n(0)]
    Passphrase(#[n(0)] String),
    /// Opens a keystore whose master key is wrapped by a PKCS#11 token.
    #[n(1)]
    Token {
        /// Path of the token's library.
        #[n(0)]
        library: String,
        /// Label of the token.
        #[n(1)]
        label: String,
        /// Its user PIN.
        #[n(2)]
        pin: String,
    },
}

impl Drop for Secret {
    fn drop(&mut self) {
        match self {
            Self::Passphrase(secret) | Self::Token { pin: secret, .. } => secret.zeroize(),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase(…)",
            Self::Token { .. } => "Token(…)",
        })
    }
}

/// What a new module is told once.
#[derive(Debug, Clone, Encode, Decode)]
pub struct NewModule {
    /// Name of the issuer, 1 to 40 bytes: it is in every indicium.
    #[n(0)]
    pub issuer: String,
    /// The operator's people: a provider, two officers, and whoever else.
    #[n(1)]
    pub staff: Vec<Member>,
    /// Now, seconds since 1970.
    #[n(2)]
    pub at: u64,
}

/// One device's part of a session.
#[derive(Debug, Clone, Copy, Encode, Decode)]
pub struct Part<'a> {
    /// The sealed device record.
    #[b(0)]
    pub record: &'a ByteSlice,
    /// The encoded [`crate::transaction::Transaction`].
    #[b(1)]
    pub transaction: &'a ByteSlice,
}

/// A device to be made.
#[derive(Debug, Clone, Encode, Decode)]
pub struct NewDevice {
    #[n(0)]
    id: u32,
    #[n(1)]
    denomination: String,
    #[n(2)]
    algorithm: i8,
    #[n(3)]
    at: u64,
    #[n(4)]
    key_expires: u64,
    /// Where it is licensed.
    #[n(5)]
    pub origin: String,
    /// Who may ask it.
    #[n(6)]
    pub users: Vec<User>,
    /// Bounds on issuing.
    #[n(7)]
    pub limits: Limits,
    /// Name of its account, as it stands in the requests that users sign.
    #[n(8)]
    pub account: String,
    /// Users' names, and keys by which they ask.
    #[n(9)]
    pub askers: Vec<(String, Credential)>,
}

impl NewDevice {
    /// Describes a device without account, users, limits or origin yet.
    #[must_use]
    pub fn new(
        id: DeviceId,
        denomination: Denomination,
        algorithm: Algorithm,
        at: UnixTime,
        key_expires: UnixTime,
    ) -> Self {
        Self {
            id: id.0,
            denomination: denomination.to_string(),
            algorithm: algorithm.cose_id(),
            at: at.0,
            key_expires: key_expires.0,
            origin: String::new(),
            users: Vec::new(),
            limits: Limits::NONE,
            account: String::new(),
            askers: Vec::new(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        DeviceId(self.id)
    }

    /// When it is made.
    #[must_use]
    pub fn at(&self) -> UnixTime {
        UnixTime(self.at)
    }

    pub(crate) fn key_expires(&self) -> UnixTime {
        UnixTime(self.key_expires)
    }

    /// Currency and scale of its registers, if they are ones.
    #[must_use]
    pub fn denomination(&self) -> Option<Denomination> {
        self.denomination.parse().ok()
    }

    /// Denomination and algorithm, if they are ones.
    pub(crate) fn parse(&self) -> Option<(Denomination, Algorithm)> {
        Some((self.denomination()?, Algorithm::from_cose_id(i64::from(self.algorithm))?))
    }
}

/// What the engine asks.
#[derive(Debug, Encode, Decode)]
pub enum Call<'a> {
    /// Process a transaction of each of many devices.
    #[n(0)]
    Session {
        /// One for each device.
        #[b(0)]
        parts: Vec<Part<'a>>,
    },
    /// Make a device.
    #[n(1)]
    CreateDevice {
        /// The description, signed by a provider: [`NewDevice::sign`].
        #[b(0)]
        opening: &'a ByteSlice,
    },
    /// Say what a record holds that is no secret, and whether it agrees with the registers.
    #[n(2)]
    Inspect {
        /// The sealed device record.
        #[b(0)]
        record: &'a ByteSlice,
    },
    /// Sign a trust bundle.
    #[n(3)]
    Bundle {
        /// Records of the devices to certify.
        #[b(0)]
        records: Vec<&'a ByteSlice>,
        /// Now.
        #[n(1)]
        at: u64,
        /// When it ends.
        #[n(2)]
        expires: u64,
    },
    /// Register a session, or drop it. This call has no answer; the session has.
    #[n(4)]
    Decide {
        /// Number of the session's call.
        #[n(0)]
        session: u64,
        /// What is decided.
        #[n(1)]
        may_register: bool,
    },
    /// Say who asks for something that is no transaction.
    #[n(5)]
    WhoAsks(#[b(0)] Question<'a>),
    /// Say whether an order is by who may give it.
    #[n(6)]
    CheckOrder {
        /// The signed order.
        #[b(0)]
        order: &'a ByteSlice,
    },
    /// Say who is of the staff.
    #[n(7)]
    Staff,
    /// Change the staff.
    #[n(8)]
    Appoint {
        /// A [`crate::appointment::Appointment`], signed.
        #[b(0)]
        appointment: &'a ByteSlice,
    },
    /// Say who of the staff asks to read.
    #[n(9)]
    WhoOfStaff(#[b(0)] StaffQuestion<'a>),
    /// Put on record of the staff what was refused without any transaction.
    #[n(10)]
    RecordRefusals(#[n(0)] RefusalsSeen),
    /// Sign a status snapshot.
    #[n(11)]
    Status {
        /// The payload: [`indicia::StatusClaims`].
        #[b(0)]
        claims: &'a ByteSlice,
    },
}

/// Who of the staff asks to read?
#[derive(Debug, Clone, Encode, Decode)]
pub struct StaffQuestion<'a> {
    /// What is asked.
    #[n(0)]
    pub errand: StaffErrand,
    /// Under which idempotency key.
    #[b(1)]
    pub idempotency_key: &'a str,
    /// The proof.
    #[n(2)]
    pub proof: Proof,
    /// Now, seconds since 1970.
    #[n(3)]
    pub at: u64,
}

/// The staff of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct StaffList {
    /// How many appointments there were; the next one's number is one more.
    #[n(0)]
    pub number: u64,
    /// Everybody.
    #[n(1)]
    pub members: Vec<Member>,
    /// How far the chain of the staff's events goes.
    #[n(2)]
    pub events: EventChain,
    /// The last of them, a [`crate::event::Event`] as it is kept: whoever keeps them may have missed it in a crash.
    #[n(3)]
    pub last_event: ByteVec,
}

/// A new device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Created {
    /// Its record, sealed.
    #[n(0)]
    pub record: ByteVec,
    /// The first of its events.
    #[n(1)]
    pub events: Vec<ByteVec>,
}

/// Who asks for something that is no transaction?
#[derive(Debug, Clone, Encode, Decode)]
pub struct Question<'a> {
    /// The sealed device record.
    #[b(0)]
    pub record: &'a ByteSlice,
    /// What is asked.
    #[n(1)]
    pub errand: Errand,
    /// Under which idempotency key.
    #[b(2)]
    pub idempotency_key: &'a str,
    /// The proof.
    #[n(3)]
    pub proof: Proof,
    /// Now, seconds since 1970.
    #[n(4)]
    pub at: u64,
    /// Units that a draw would debit: 0 for all else.
    #[n(5)]
    pub value: u64,
}

impl Call<'_> {
    /// The call as it is sent.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        crate::wire::encode(self)
    }
}

/// A run of indicia of one batch, packed as [`indicia::Segment`] reads them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Packed {
    /// Number of the first serial.
    #[n(0)]
    pub first_number: u64,
    /// How many.
    #[n(1)]
    pub count: u32,
    /// The pack.
    #[n(2)]
    pub bytes: ByteVec,
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum RequestAnswer {
    /// The indicia of a batch, in order and without gaps.
    #[n(0)]
    Issued {
        /// In runs of at most [`crate::session::MAX_PACK`].
        #[n(0)]
        packs: Vec<Packed>,
        /// Units debited.
        #[n(1)]
        value: u64,
    },
    /// An order was carried out.
    #[n(1)]
    Ordered,
    /// Nothing was done for this request.
    #[n(2)]
    Refused(#[n(0)] Refusal),
    /// Users, keys or limits were changed.
    #[n(3)]
    Changed,
    /// A person's browser is to be told this.
    #[n(4)]
    Told(#[n(0)] Told),
}

/// What became of one device's transaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PartAnswer {
    /// Processed and registered, now or before.
    #[n(0)]
    Done(#[n(0)] Done),
    /// Not processed.
    #[n(1)]
    Fault(#[n(0)] DeviceFault),
}

/// A processed transaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Done {
    /// The device's new record, sealed.
    #[n(0)]
    pub record: ByteVec,
    /// Its sequence after this transaction.
    #[n(1)]
    pub sequence: u64,
    /// Its registers after it.
    #[n(2)]
    pub registers: Registers,
    /// Number of its next serial.
    #[n(3)]
    pub next_number: u64,
    /// SHA-256 of the new record.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub record_digest: [u8; 32],
    /// SHA-256 of the transaction.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub request_digest: [u8; 32],
    /// Whether it had been registered by an earlier session already.
    #[n(6)]
    pub replayed: bool,
    /// One for each request.
    #[n(7)]
    pub requests: Vec<RequestAnswer>,
    /// The device's state after it.
    #[n(8)]
    pub state: DeviceState,
    /// What is put on record: [`crate::event::Event`]s as they are kept.
    #[n(9)]
    pub events: Vec<ByteVec>,
}

/// What a record holds that is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inspected {
    /// Sequence of the record.
    #[n(0)]
    pub sequence: u64,
    /// Its registers.
    #[n(1)]
    pub registers: Registers,
    /// Number of its next serial.
    #[n(2)]
    pub next_number: u64,
    /// Its state.
    #[n(3)]
    pub state: DeviceState,
    /// Number of the last order carried out.
    #[n(4)]
    pub last_order: u64,
    /// When the indicium key ends, seconds since 1970.
    #[n(5)]
    pub key_expires: u64,
    /// How it disagrees with the module's registers, if it does; one transaction behind shows as
    /// [`DeviceFault::RecordOlder`].
    #[n(6)]
    pub fault: Option<DeviceFault>,
    /// Who may ask it.
    #[n(7)]
    pub users: Vec<User>,
    /// Bounds on issuing.
    #[n(8)]
    pub limits: Limits,
    /// SHA-256 of the last transaction in the module's registers, its first half.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub last_request: [u8; 16],
    /// Users' names, and the ids of the keys by which they ask.
    #[n(10)]
    pub keys: Vec<(String, KeyId)>,
    /// How far the chain of its events goes.
    #[n(11)]
    pub events: EventChain,
    /// The sessions of people who signed in.
    #[n(12)]
    pub sessions: Vec<SessionShown>,
    /// The passkeys of people.
    #[n(13)]
    pub passkeys: Vec<PasskeyShown>,
    /// Users who have a password.
    #[n(14)]
    pub people: Vec<PersonShown>,
}

/// A user who has a password, as far as it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PersonShown {
    /// Whose it is.
    #[n(0)]
    pub user: String,
    /// Whether a code is asked for beside it.
    #[n(1)]
    pub has_second_factor: bool,
}

/// A passkey, as far as anybody who uses it must know it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PasskeyShown {
    /// Whose.
    #[n(0)]
    pub user: String,
    /// What it is called here.
    #[n(1)]
    pub name: KeyId,
    /// Its authenticator's name for it.
    #[n(2)]
    pub id: ByteVec,
    /// The pages that it is used on.
    #[n(3)]
    pub origin: String,
    /// When it was added, seconds since 1970.
    #[n(4)]
    pub added: u64,
}

/// Who asks for something that is no transaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Asker {
    /// The user.
    #[n(0)]
    pub user: String,
    /// Whether by the key of a session, all whose requests between two transactions name the same challenge.
    #[n(1)]
    pub by_session: bool,
}

/// What a module says of itself when it is ready.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Ready {
    /// The module's id.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub module: [u8; 16],
    /// The issuer's name.
    #[n(1)]
    pub issuer: String,
    /// The root's public key as a COSE_Key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: Vec<u8>,
    /// Devices in the registers.
    #[n(3)]
    pub devices: u64,
    /// Epoch of registers and anchor.
    #[n(4)]
    pub epoch: u64,
    /// How the process is locked in, a phrase each.
    #[n(5)]
    pub sandbox: Vec<String>,
    /// Bytes of an unfinished write that were cut off the register file: a crash, not a fault.
    #[n(6)]
    pub torn_bytes: u64,
}

/// What the module answers.
#[derive(Debug, Encode, Decode)]
pub enum Answer {
    /// It is open and locked in.
    #[n(0)]
    Ready(#[n(0)] Ready),
    /// One for each part, in order.
    #[n(1)]
    Session(#[n(0)] Vec<PartAnswer>),
    /// The new device.
    #[n(2)]
    Created(#[n(0)] Created),
    /// What a record holds.
    #[n(3)]
    Inspected(#[n(0)] Box<Inspected>),
    /// A signed trust bundle.
    #[n(4)]
    Bundle(#[n(0)] ByteVec),
    /// The call failed as a whole; nothing changed.
    #[n(5)]
    Failed(#[n(0)] Failure),
    /// This user asks.
    #[n(6)]
    Asker(#[n(0)] Asker),
    /// The order is by who may give it.
    #[n(7)]
    GoodOrder,
    /// Nothing shows that somebody asks who may.
    #[n(8)]
    Unproven(#[n(0)] Refusal),
    /// Who is of the staff.
    #[n(9)]
    Staff(#[n(0)] StaffList),
    /// The staff was changed, by these.
    #[n(10)]
    Appointed(#[n(0)] String),
    /// This member of the staff asks.
    #[n(11)]
    OfStaff(#[n(0)] Member),
    /// It is on record.
    #[n(12)]
    Recorded,
    /// A signed status snapshot.
    #[n(13)]
    Status(#[n(0)] ByteVec),
}

/// Why a whole call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum Failure {
    /// The module can't start.
    #[n(0)]
    #[error("{0}")]
    Start(#[n(0)] String),
    /// The register file couldn't be written; nothing was registered.
    #[n(1)]
    #[error("the module's registers couldn't be written: {0}")]
    Registers(#[n(0)] String),
    /// The request makes no sense.
    #[n(2)]
    #[error("the module refused the call: {0}")]
    Call(#[n(0)] String),
    /// The appointment isn't by who may, or makes no sense.
    #[n(5)]
    #[error("the appointment is refused: {0}")]
    Appointment(#[n(0)] String),
    /// The engine took its session back before anything was registered.
    #[n(4)]
    #[error("the session was taken back before it was registered")]
    TakenBack,
    /// The module found its own computation wrong and stopped.
    #[n(3)]
    #[error("the module found a wrong signature of its own and stopped; the machine computes wrongly")]
    SelfCheck,
}

/// Where a module keeps its files.
#[derive(Debug, Clone)]
pub struct ModulePaths {
    /// Its own folder: keystore and registers.
    pub folder: PathBuf,
    /// The anchor, outside of it, best on another disk.
    pub anchor: PathBuf,
}
