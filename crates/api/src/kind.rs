//! Every sort of problem: its place, status and meaning, once.

use axum::http::StatusCode;

/// A sort of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the table says what each is
pub enum Kind {
    NotFound,
    MethodNotAllowed,
    Malformed,
    UnsupportedMediaType,
    NotAcceptable,
    TooLarge,
    TooSlow,
    RateLimited,
    Overloaded,
    Stopping,
    StoreFailed,
    ModuleFailed,
    Internal,
    KeyMissing,
    KeyMalformed,
    KeyReused,
    InProgress,
    Closed,
    SignatureMissing,
    SignatureMalformed,
    ContentDigest,
    UnknownKey,
    NotProven,
    SignInRequired,
    ForeignForm,
    SignInRefused,
    TooManyAttempts,
    CodeRequired,
    CodeWrong,
    PasswordReused,
    SessionEnded,
    PasskeyRequired,
    PasskeyWrong,
    NotAllowed,
    RoleForbids,
    ChangeRefused,
    AppointmentRefused,
    OpeningRefused,
    OrderRefused,
    UnknownAccount,
    AccountExists,
    AccountLocked,
    UnknownBatch,
    UnknownIndicium,
    UnknownReservation,
    InsufficientFunds,
    WaitedTooLong,
    ItemLimit,
    DayLimit,
    Overflow,
    WrongDenomination,
    MalformedBatch,
    NotCanonical,
    DeviceState,
    KeyExpired,
    SerialsUsed,
    NotVoidable,
    NotErasable,
    Erased,
    NotGenuine,
    TemplateRule,
    NotRedeemable,
    NotLive,
    UnknownRedemption,
    ReversedAlready,
    NotReversible,
    CutOff,
    OutcomeUnknown,
    GateRefused,
}

/// What is said of one.
struct Row {
    slug: &'static str,
    status: StatusCode,
    title: &'static str,
    about: &'static str,
}

const fn row(slug: &'static str, status: StatusCode, title: &'static str, about: &'static str) -> Row {
    Row { slug, status, title, about }
}

impl Kind {
    /// All there are.
    pub const ALL: &'static [Self] = &[
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Malformed,
        Self::UnsupportedMediaType,
        Self::NotAcceptable,
        Self::TooLarge,
        Self::TooSlow,
        Self::RateLimited,
        Self::Overloaded,
        Self::Stopping,
        Self::StoreFailed,
        Self::ModuleFailed,
        Self::Internal,
        Self::KeyMissing,
        Self::KeyMalformed,
        Self::KeyReused,
        Self::InProgress,
        Self::Closed,
        Self::SignatureMissing,
        Self::SignatureMalformed,
        Self::ContentDigest,
        Self::UnknownKey,
        Self::NotProven,
        Self::SignInRequired,
        Self::ForeignForm,
        Self::SignInRefused,
        Self::TooManyAttempts,
        Self::CodeRequired,
        Self::CodeWrong,
        Self::PasswordReused,
        Self::SessionEnded,
        Self::PasskeyRequired,
        Self::PasskeyWrong,
        Self::NotAllowed,
        Self::RoleForbids,
        Self::ChangeRefused,
        Self::AppointmentRefused,
        Self::OpeningRefused,
        Self::OrderRefused,
        Self::UnknownAccount,
        Self::AccountExists,
        Self::AccountLocked,
        Self::UnknownBatch,
        Self::UnknownIndicium,
        Self::UnknownReservation,
        Self::InsufficientFunds,
        Self::WaitedTooLong,
        Self::ItemLimit,
        Self::DayLimit,
        Self::Overflow,
        Self::WrongDenomination,
        Self::MalformedBatch,
        Self::NotCanonical,
        Self::DeviceState,
        Self::KeyExpired,
        Self::SerialsUsed,
        Self::NotVoidable,
        Self::NotErasable,
        Self::Erased,
        Self::NotGenuine,
        Self::TemplateRule,
        Self::NotRedeemable,
        Self::NotLive,
        Self::UnknownRedemption,
        Self::ReversedAlready,
        Self::NotReversible,
        Self::CutOff,
        Self::OutcomeUnknown,
        Self::GateRefused,
    ];

    #[allow(clippy::too_many_lines)] // it is a table
    const fn row(self) -> Row {
        match self {
            Self::NotFound => row(
                "not-found",
                StatusCode::NOT_FOUND,
                "Nothing there",
                "There is no such resource. The API's paths are in /openapi.json.",
            ),
            Self::MethodNotAllowed => row(
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "The resource exists, but not with this method; Allow names those there are.",
            ),
            Self::Malformed => row(
                "malformed-request",
                StatusCode::BAD_REQUEST,
                "Malformed request",
                "A part of the request can't be read or breaks a rule; the detail says which. Nothing was done.",
            ),
            Self::UnsupportedMediaType => row(
                "unsupported-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                "The content's type isn't one that this resource takes. Compressed content isn't taken either.",
            ),
            Self::NotAcceptable => row(
                "not-acceptable",
                StatusCode::NOT_ACCEPTABLE,
                "Not acceptable",
                "None of the types that Accept names can be given.",
            ),
            Self::TooLarge => row(
                "content-too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "Content too large",
                "The content is larger than this resource takes. Divide the batch.",
            ),
            Self::TooSlow => row(
                "too-slow",
                StatusCode::REQUEST_TIMEOUT,
                "Request too slow",
                "The content didn't come in time. Nothing was done.",
            ),
            Self::RateLimited => row(
                "rate-limited",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
                "This key or address asks more often than it may; Retry-After says when to ask again. Nothing was done.",
            ),
            Self::Overloaded => row(
                "overloaded",
                StatusCode::SERVICE_UNAVAILABLE,
                "Too much is waiting",
                "More is waiting than the server takes. Nothing was done: ask again with the same idempotency key.",
            ),
            Self::Stopping => row(
                "stopping",
                StatusCode::SERVICE_UNAVAILABLE,
                "Stopping",
                "The server is stopping, or its engine has. What was reserved is finished when it starts again: ask again with the same idempotency key.",
            ),
            Self::StoreFailed => row(
                "store-failed",
                StatusCode::SERVICE_UNAVAILABLE,
                "The books can't be used",
                "The database can't be read or written at this moment. Ask again with the same idempotency key.",
            ),
            Self::ModuleFailed => row(
                "module-failed",
                StatusCode::SERVICE_UNAVAILABLE,
                "The crypto module can't be used",
                "The crypto module can't be reached, and starting it again didn't help. Ask again with the same idempotency key.",
            ),
            Self::Internal => row(
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error",
                "Something is wrong that the operator must look into; X-Request-Id helps to find it in the log.",
            ),
            Self::KeyMissing => row(
                "idempotency-key-missing",
                StatusCode::BAD_REQUEST,
                "Idempotency key missing",
                "Whatever changes value needs an Idempotency-Key: a string in quotes that names the request, so that a repetition gives the same answer.",
            ),
            Self::KeyMalformed => row(
                "idempotency-key-malformed",
                StatusCode::BAD_REQUEST,
                "Idempotency key malformed",
                "Idempotency-Key is a string in quotes (RFC 9651) of 1 to 128 printable ASCII characters.",
            ),
            Self::KeyReused => row(
                "idempotency-key-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Idempotency key reused",
                "The idempotency key was used for another request. Take a new key for a new request.",
            ),
            Self::InProgress => row(
                "in-progress",
                StatusCode::CONFLICT,
                "In progress",
                "This very request is being worked on. Ask again in a moment for its outcome.",
            ),
            Self::Closed => row(
                "closed",
                StatusCode::CONFLICT,
                "Closed without effect",
                "The request came to nothing under this idempotency key, and that is for ever; the detail says why: what it held was released or ran out of time. Take a new key to try again.",
            ),
            Self::SignatureMissing => row(
                "signature-missing",
                StatusCode::UNAUTHORIZED,
                "Signature missing",
                "This request must be signed as RFC 9421 says, with Content-Digest, Idempotency-Key, Signature-Input and Signature.",
            ),
            Self::SignatureMalformed => row(
                "signature-malformed",
                StatusCode::BAD_REQUEST,
                "Signature malformed",
                "Signature-Input or Signature can't be read, or doesn't cover what it must.",
            ),
            Self::ContentDigest => row(
                "content-digest",
                StatusCode::BAD_REQUEST,
                "Content digest wrong",
                "Content-Digest must be sha-256 alone, and the digest of the content that came.",
            ),
            Self::UnknownKey => row(
                "unknown-key",
                StatusCode::UNAUTHORIZED,
                "Unknown key",
                "The key that signed isn't one of this account's users', or there is no such account.",
            ),
            Self::NotProven => row(
                "not-proven",
                StatusCode::UNAUTHORIZED,
                "Not proven",
                "The signature doesn't prove that the user asks for this, here, now, and for the first time.",
            ),
            Self::SignInRequired => row(
                "sign-in-required",
                StatusCode::UNAUTHORIZED,
                "Sign-in required",
                "Reading needs a token: POST a signed request to the account's sessions.",
            ),
            Self::ForeignForm => row(
                "foreign-form",
                StatusCode::FORBIDDEN,
                "Form from elsewhere",
                "A form of the web console counts only from its own pages. Load the page again.",
            ),
            Self::SignInRefused => row(
                "sign-in-refused",
                StatusCode::UNAUTHORIZED,
                "Sign-in refused",
                "The password is wrong, there is no such user, or the sign-in took too long: nobody is told which.",
            ),
            Self::TooManyAttempts => row(
                "too-many-attempts",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                "Too many sign-ins of this user failed; Retry-After says when the next may be.",
            ),
            Self::CodeRequired => row(
                "code-required",
                StatusCode::UNAUTHORIZED,
                "Code required",
                "The password is right, and a code of the user's authenticator app is needed too: finish again with it.",
            ),
            Self::CodeWrong => row(
                "code-wrong",
                StatusCode::UNAUTHORIZED,
                "Code wrong",
                "The code is wrong or was used before. Sign in again with the next one.",
            ),
            Self::PasswordReused => row(
                "password-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Password reused",
                "The password is one of the user's last ten. Choose another one.",
            ),
            Self::SessionEnded => row(
                "session-ended",
                StatusCode::UNAUTHORIZED,
                "Session ended",
                "A request of the session didn't hold: its time is over, or somebody else may have its key. Sign in again.",
            ),
            Self::PasskeyRequired => row(
                "passkey-required",
                StatusCode::UNAUTHORIZED,
                "Passkey required",
                "The session isn't enough for this: let its user agree by a passkey, whose challenge is SHA-256 of what the request's signature is over, and send that as Mintage-Passkey, under a new idempotency key. Whoever has no passkey adds one first.",
            ),
            Self::PasskeyWrong => row(
                "passkey-wrong",
                StatusCode::UNAUTHORIZED,
                "Passkey wrong",
                "The passkey isn't one of this user's, or wasn't used for this very request on the page that it is for, by somebody who was there and was verified; the detail says what. Ask again under a new idempotency key.",
            ),
            Self::NotAllowed => {
                row("not-allowed", StatusCode::FORBIDDEN, "Not allowed", "Whoever asks may not do this.")
            }
            Self::RoleForbids => row(
                "role-forbids",
                StatusCode::FORBIDDEN,
                "Not by this role",
                "The user's role in the account doesn't allow this. An owner may do it.",
            ),
            Self::ChangeRefused => row(
                "change-refused",
                StatusCode::CONFLICT,
                "Change refused",
                "The change makes no sense as the account stands; the detail says why.",
            ),
            Self::AppointmentRefused => row(
                "appointment-refused",
                StatusCode::FORBIDDEN,
                "Appointment refused",
                "The staff changes by what two officers sign, under the next number; the detail says what is wrong.",
            ),
            Self::OpeningRefused => row(
                "opening-refused",
                StatusCode::CONFLICT,
                "Opening refused",
                "An account is opened by what a provider signs, under the next number; the detail says what is wrong.",
            ),
            Self::OrderRefused => row(
                "order-refused",
                StatusCode::FORBIDDEN,
                "Order refused",
                "The order isn't signed by the provider, or can't be carried out; the detail says why.",
            ),
            Self::UnknownAccount => row(
                "unknown-account",
                StatusCode::NOT_FOUND,
                "Unknown account",
                "There is no account of this name.",
            ),
            Self::AccountExists => row(
                "account-exists",
                StatusCode::CONFLICT,
                "Account exists",
                "There is an account of this name already.",
            ),
            Self::AccountLocked => row(
                "account-locked",
                StatusCode::CONFLICT,
                "Account locked",
                "The account's device disagrees with the crypto module. Nothing is issued from it until the operator has cleared this up.",
            ),
            Self::UnknownBatch => row(
                "unknown-batch",
                StatusCode::NOT_FOUND,
                "Unknown batch",
                "The account has no batch of this number.",
            ),
            Self::UnknownIndicium => row(
                "unknown-indicium",
                StatusCode::NOT_FOUND,
                "Unknown indicium",
                "The account has issued no indicium with this serial.",
            ),
            Self::UnknownReservation => row(
                "unknown-reservation",
                StatusCode::NOT_FOUND,
                "Unknown reservation",
                "The account holds no reservation of this number, or not any more.",
            ),
            Self::InsufficientFunds => row(
                "insufficient-funds",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Insufficient funds",
                "The batch takes more than is unreserved in the account. Fund it, or ask with on_insufficient=partial or wait.",
            ),
            Self::WaitedTooLong => row(
                "waited-too-long",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Waited too long",
                "The value that was waited for didn't become free in time.",
            ),
            Self::ItemLimit => row(
                "item-limit",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Item above the limit",
                "An item's amount is above the account's limit for one.",
            ),
            Self::DayLimit => row(
                "day-limit",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Day's limit reached",
                "The batch would take the day's total above the account's limit. Days are those of UTC.",
            ),
            Self::Overflow => row(
                "register-overflow",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Register overflow",
                "A register of the account would pass its largest value.",
            ),
            Self::WrongDenomination => row(
                "wrong-denomination",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Wrong denomination",
                "The batch is in another currency or scale than the account.",
            ),
            Self::MalformedBatch => row(
                "malformed-batch",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Malformed batch",
                "The items can't be issued as they are; the detail says what is wrong, and of a file `faults` says all that is.",
            ),
            Self::NotCanonical => row(
                "not-canonical",
                StatusCode::BAD_REQUEST,
                "Not in canonical form",
                "A batch is signed as JSON in its canonical form (RFC 8785) and in no other; the detail says where it differs. Send it to the account's item-lists, which answers the text to sign. Nothing was done.",
            ),
            Self::DeviceState => row(
                "device-state",
                StatusCode::CONFLICT,
                "Account not active",
                "The account's state forbids this: it is new, suspended, locked, retired or revoked.",
            ),
            Self::KeyExpired => row(
                "key-expired",
                StatusCode::CONFLICT,
                "Indicium key expired",
                "The account's indicium key has expired. The operator must renew it.",
            ),
            Self::SerialsUsed => row(
                "serials-used",
                StatusCode::CONFLICT,
                "Serials used",
                "The serial numbers were used before. The operator must look into it.",
            ),
            Self::NotVoidable => row(
                "not-voidable",
                StatusCode::CONFLICT,
                "Can't become void",
                "One of the indicia that the order names was never issued, isn't the account's or has nothing left, or another amount is left of them together; the detail says which. None of them became void by this order.",
            ),
            Self::NotErasable => row(
                "not-erasable",
                StatusCode::CONFLICT,
                "Can't be erased",
                "A serial that the order names was never issued or isn't the account's, or a request isn't there or is still to be carried out; the detail says which. Nothing was erased.",
            ),
            Self::Erased => row(
                "erased",
                StatusCode::GONE,
                "The holder's data was erased",
                "With the holder's data a part of what the symbol says was erased, so that nobody can make it again. What is on paper is as good as before.",
            ),
            Self::NotGenuine => row(
                "not-genuine",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not a genuine indicium",
                "What was shown isn't an indicium of this operator, or was changed. Don't take it.",
            ),
            Self::TemplateRule => row(
                "template-rule",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Against a template's rule",
                "An item isn't what the operator's template lets be issued; the detail says which item, and which rule. Nothing was \
                 issued.",
            ),
            Self::NotRedeemable => row(
                "not-redeemable",
                StatusCode::CONFLICT,
                "It can't be redeemed",
                "The indicium is used up, void, not valid at this time, or worth less than was asked; the detail says which, and \
                 where it was redeemed before.",
            ),
            Self::NotLive => row(
                "not-live",
                StatusCode::CONFLICT,
                "It isn't shown by its holder's device",
                "The indicium is tied to its holder's device, which shows it anew every 15 seconds. What was shown is a copy: of the \
                 indicium itself, or of what the device showed a while ago; the detail says which. Read the device's screen again.",
            ),
            Self::UnknownRedemption => row(
                "unknown-redemption",
                StatusCode::NOT_FOUND,
                "No such redemption",
                "The indicium has no redemption of this number.",
            ),
            Self::ReversedAlready => row(
                "reversed-already",
                StatusCode::CONFLICT,
                "Taken back already",
                "Somebody took this redemption back before. It is done once.",
            ),
            Self::NotReversible => row(
                "not-reversible",
                StatusCode::CONFLICT,
                "It can't be taken back",
                "What was left of the indicium has gone back to its account, or is going there, so that nothing more can come back to it.",
            ),
            Self::CutOff => row(
                "cut-off",
                StatusCode::SERVICE_UNAVAILABLE,
                "Cut off from the server",
                "This gate can't reach the server, and what it knows itself isn't enough to decide this. Nothing was done.",
            ),
            Self::OutcomeUnknown => row(
                "outcome-unknown",
                StatusCode::SERVICE_UNAVAILABLE,
                "Outcome unknown",
                "The server was asked, and its answer was lost. Until it is heard, what was asked for counts as used. Ask again \
                 with the same idempotency key.",
            ),
            Self::GateRefused => row(
                "gate-refused",
                StatusCode::BAD_GATEWAY,
                "The server refuses the gate",
                "The server can be reached, but doesn't take redemptions from this gate: its key or its name isn't right, or its \
                 steward was dismissed. Nothing was done; the gate's operator has to see to it.",
            ),
        }
    }

    /// Whether somebody asked in a form that can be understood, and wasn't let: not what is malformed or isn't there, what comes too
    /// often or at a bad time, nor what came to nothing before.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        match self {
            Self::NotFound
            | Self::MethodNotAllowed
            | Self::Malformed
            | Self::UnsupportedMediaType
            | Self::NotAcceptable
            | Self::TooLarge
            | Self::TooSlow
            | Self::RateLimited
            | Self::Overloaded
            | Self::Stopping
            | Self::StoreFailed
            | Self::ModuleFailed
            | Self::Internal
            | Self::KeyMissing
            | Self::KeyMalformed
            | Self::InProgress
            | Self::Closed
            | Self::SignatureMalformed
            | Self::ContentDigest
            | Self::UnknownAccount
            | Self::UnknownBatch
            | Self::UnknownIndicium
            | Self::UnknownReservation
            | Self::UnknownRedemption
            | Self::Erased
            | Self::MalformedBatch
            | Self::NotCanonical
            | Self::CutOff
            | Self::OutcomeUnknown
            | Self::GateRefused => false,
            Self::KeyReused
            | Self::SignatureMissing
            | Self::UnknownKey
            | Self::NotProven
            | Self::SignInRequired
            | Self::ForeignForm
            | Self::SignInRefused
            | Self::TooManyAttempts
            | Self::CodeRequired
            | Self::CodeWrong
            | Self::PasswordReused
            | Self::SessionEnded
            | Self::PasskeyRequired
            | Self::PasskeyWrong
            | Self::NotAllowed
            | Self::RoleForbids
            | Self::ChangeRefused
            | Self::AppointmentRefused
            | Self::OpeningRefused
            | Self::OrderRefused
            | Self::AccountExists
            | Self::AccountLocked
            | Self::InsufficientFunds
            | Self::WaitedTooLong
            | Self::ItemLimit
            | Self::DayLimit
            | Self::Overflow
            | Self::WrongDenomination
            | Self::DeviceState
            | Self::KeyExpired
            | Self::SerialsUsed
            | Self::NotVoidable
            | Self::NotErasable
            | Self::NotGenuine
            | Self::TemplateRule
            | Self::NotRedeemable
            | Self::NotLive
            | Self::ReversedAlready
            | Self::NotReversible => true,
        }
    }

    /// The last part of its place.
    #[must_use]
    pub fn slug(self) -> &'static str {
        self.row().slug
    }

    /// Its place below this server.
    #[must_use]
    pub fn uri(self) -> String {
        format!("/problems/{}", self.row().slug)
    }

    /// The status of such an answer.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().status
    }

    /// The sort in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// What it means, and what to do.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.row().about
    }

    /// The page that explains it, in HTML.
    #[must_use]
    pub fn page(self) -> String {
        // What is written here is this program's own, and has nothing to be escaped.
        format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n\
             <h1>{title}</h1>\n<p>Status {status}.</p>\n<p>{about}</p>\n",
            title = self.title(),
            status = self.status().as_u16(),
            about = self.about(),
        )
    }

    /// The one with this slug.
    #[must_use]
    pub fn by_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }
}
