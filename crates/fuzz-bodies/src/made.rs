//! What the targets know as genuine: two issuers' keys and everything that was signed with them, the same every time.

use std::sync::LazyLock;

use asker::{
    Asked, Change, ChangeAsked, ContentDigest, ContentForm, PasskeyAssertion, PasskeyRegistration, Personal,
    Proof, Role, Secret, Statement,
};
use indicia::{
    Algorithm, Amount, Denomination, DeviceId, Item, ItemList, KeyId, Kind, ProofForm, Serial, SignaturePack,
    Status, StatusDelta, StatusSnapshot, Template, TrustBundle, UnixTime,
};
use module::event::EventChain;
use module::order::{Order, OrderAction};
use module::paper;
use module::person::People;
use module::record::{AskerKey, DayUse, Device, DeviceState, Limits, Registers, SealedRecord, Secrets, User};
use module::sealing::SealingKey;
use module::serials::Serials;
use module::signing::SigningKey;
use module::staff::{Member, Staff, StaffRole};
use module::transaction::{Request, Transaction};

use crate::made_formats;
use crate::signing_in;
use crate::support::{DEVICE, ISSUED, ISSUER, NOW, Office, claims, encoded};

/// Inputs with a name each.
pub(crate) type Named = Vec<(&'static str, Vec<u8>)>;

/// One issuer, and all that it made.
pub(crate) struct Issuer {
    pub(crate) office: Office,
    /// A bundle that knows the device, and one of the root key alone.
    pub(crate) bundles: [TrustBundle; 2],
    pub(crate) indicia: Named,
}

impl Issuer {
    fn new(algorithm: Algorithm, seed: u8) -> Self {
        let office = Office::with_seed(algorithm, seed);
        let indicia = vec![
            ("single", office.single(&claims(1), false)),
            ("single-chain", office.single(&claims(1), true)),
            ("batch-first", office.of_batch(5, 1, false)),
            ("batch-last", office.of_batch(5, 5, false)),
            ("batch-chain", office.of_batch(5, 5, true)),
        ];
        Self { bundles: [office.bundle(), office.root_only()], office, indicia }
    }
}

/// An issuer with Ed25519 keys and one with P-256 keys.
pub(crate) static ISSUERS: LazyLock<[Issuer; 2]> =
    LazyLock::new(|| [Issuer::new(Algorithm::EdDsa, 1), Issuer::new(Algorithm::Es256, 4)]);

/// The provider's key.
pub(crate) static PROVIDER: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_secret(Algorithm::EdDsa, &[7; 32]).expect("any 32 bytes are an Ed25519 seed")
});

/// The officers' keys.
static OFFICERS: LazyLock<[SigningKey; 2]> = LazyLock::new(|| {
    [9, 10].map(|seed| {
        SigningKey::from_secret(Algorithm::EdDsa, &[seed; 32]).expect("any 32 bytes are an Ed25519 seed")
    })
});

/// Who may sign what.
pub(crate) static STAFF: LazyLock<Staff> = LazyLock::new(|| {
    let member = |name: &str, role, key: &SigningKey| Member {
        name: name.parse().expect("a name"),
        role,
        key: key.ed25519().expect("an Ed25519 key"),
    };
    let members = vec![
        member("pay", StaffRole::Provider, &PROVIDER),
        member("ann", StaffRole::Officer, &OFFICERS[0]),
        member("ben", StaffRole::Officer, &OFFICERS[1]),
    ];
    Staff::new(members).expect("a provider and two officers")
});

/// The key by which the device's owner asks.
pub(crate) static ASKER: LazyLock<Secret> = LazyLock::new(|| Secret::hmac([5; 32]));

/// The key of sealed records.
pub(crate) static SEALING: LazyLock<SealingKey> = LazyLock::new(|| SealingKey::new(&[8; 32]));

/// Bytes of a sealed record before the ciphertext: version, device, sequence.
pub(crate) const RECORD_HEADER: usize = 13;

pub(crate) fn euro() -> Denomination {
    "EUR/2".parse().expect("a known currency")
}

pub(crate) fn device() -> Device {
    Device {
        id: DEVICE,
        sequence: 3,
        denomination: euro(),
        registers: Registers { ascending: 600, descending: 400, funded: 1_100, refunded: 100, voided: 0 },
        next_number: 4,
        module: [1; 16],
        origin: "Harbour".into(),
        algorithm: Algorithm::EdDsa,
        secrets: Secrets { signing: [3; 32], holder: [4; 32] },
        certificate: ISSUERS[0].office.device_certificate.clone(),
        key_expires: UnixTime(1_900_000_000),
        users: vec![User { name: "owner".into(), role: Role::Owner }],
        last_transaction: ISSUED,
        state: DeviceState::Active,
        limits: Limits::NONE,
        today: DayUse { day: 20_833, value: 600 },
        last_order: 2,
        account: "harbour".into(),
        askers: vec![AskerKey::new("owner", &ASKER.credential())],
        events: EventChain { count: 7, head: [6; 32] },
        people: People::default(),
    }
}

/// A device some of whose indicia are void.
fn voided() -> Device {
    let registers = Registers { ascending: 600, descending: 550, funded: 1_100, refunded: 100, voided: 150 };
    Device { registers, ..device() }
}

fn orders() -> Named {
    let amount = Amount::saturating(12_345, euro());
    let order = |action| {
        Order { device: DEVICE, number: 1, action, at: ISSUED, reason: "transfer".into() }.sign(&PROVIDER)
    };
    let serials = Serials::new([1, 2, 3, 9]).expect("some serials");
    vec![
        ("fund", order(OrderAction::Fund(amount))),
        ("refund", order(OrderAction::Refund(amount))),
        ("suspend", order(OrderAction::Become(DeviceState::Suspended))),
        ("suspend-by-two", suspended_by_two()),
        ("void", order(OrderAction::Void { amount, serials })),
    ]
}

/// The order that two officers signed.
fn suspended_by_two() -> Vec<u8> {
    let action = OrderAction::Become(DeviceState::Suspended);
    let order = Order { device: DEVICE, number: 1, action, at: ISSUED, reason: "moved".into() };
    paper::join(&OFFICERS.each_ref().map(|officer| order.sign(officer)))
}

/// What an owner asked of the account.
fn changes() -> Named {
    let name = || "zoe".parse().expect("a name");
    let signed = |change: Change| {
        let proof = Proof::sign(&ASKER, &change.statement("harbour", "key-1"), ISSUED.0, 1);
        ChangeAsked { change, proof }.encode()
    };
    let registration = PasskeyRegistration { client_data: vec![1; 130], attestation: vec![2; 180] };
    let passkey = Personal::AddPasskey { origin: "https://mint.example".into(), registration };
    let above = Change::SetLimits { per_item: None, per_day: None, passkey_above: Some(10_000) };
    let agreed = agreed(Proof::sign(&ASKER, &above.statement("harbour", "key-1"), ISSUED.0, 1));
    vec![
        ("user", signed(Change::AddUser { name: name(), role: Role::Customer })),
        ("key", signed(Change::AddKey { user: name(), ed25519: [3; 32] })),
        ("limits", signed(Change::SetLimits { per_item: Some(5_000), per_day: None, passkey_above: None })),
        ("passkey", signed(Change::Personal { user: name(), what: passkey })),
        ("agreed", ChangeAsked { change: above, proof: agreed }.encode()),
    ]
}

fn transactions() -> Named {
    let mut item = Item::new(Template::for_kind(Kind::Ticket), Amount::saturating(1_250, euro()));
    item.holder = Some("Zoë Müller".into());
    item.expires = Some(UnixTime(1_850_000_000));
    let items = ItemList::encode(ProofForm::Batch, euro(), &[item.clone(), item]);
    let statement = Statement::batch("harbour", "", "key-1", ContentDigest::of(&items));
    let proof = Proof::sign(&ASKER, &statement, ISSUED.0, 1);
    let asked = Asked { query: "", items: items.as_slice().into(), proof, form: ContentForm::Cbor }.encode();
    let asked = asked.as_slice().into();
    let issue = Request::Issue { user: "owner", first_number: 1, count: 2, key: "key-1", asked, drawn: None };
    let (_, order) = orders().swap_remove(0);
    let order = Request::Order { order: order.as_slice().into() };
    let (_, change) = changes().swap_remove(0);
    let asked = change.as_slice().into();
    let change = Request::Change { user: "owner", key: "key-1", asked };
    let (_, step) = signing_in::steps().swap_remove(0);
    vec![
        ("change", Transaction::new(ISSUED, vec![change, order]).encode()),
        ("issue", Transaction::new(ISSUED, vec![issue]).encode()),
        ("order", Transaction::new(ISSUED, vec![order]).encode()),
        ("both", Transaction::new(ISSUED, vec![order, issue]).encode()),
        ("sign-in", signing_in::transaction(&step)),
    ]
}

/// Device, sequence and plaintext of a sealed record, as the target `record` takes them.
fn plaintext(sealed: &SealedRecord) -> Vec<u8> {
    let (header, ciphertext) = sealed.as_bytes().split_at(RECORD_HEADER);
    let nonce = header[1..].try_into().expect("the header without its version has twelve bytes");
    let plain = SEALING.open(nonce, header, ciphertext).expect("it was sealed with this key");
    [&header[1..], &plain].concat()
}

const SIGNATURE_PARAMS: &str = "(\"content-digest\" \"idempotency-key\" \"@query\" \"@path\" \"@method\")\
    ;keyid=\"0123456789abcdef\";nonce=\"18446744073709551615\";created=1800000000;expires=1800000060;tag=\"till 3\"";

const ITEMS: &[u8] = b"kind,amount\nticket,12.50\n";

/// A proof that an asker gave.
fn proof() -> Proof {
    let statement = Statement::batch("harbour", "priority=1", "key-1", ContentDigest::of(ITEMS));
    Proof::sign(&Secret::hmac([5; 32]), &statement, ISSUED.0, 1)
}

/// The proof with a passkey's assertion beside it.
fn agreed(proof: Proof) -> Proof {
    let (id, client_data) = (vec![3; 16], vec![4; 130]);
    let passkey =
        PasskeyAssertion { id, client_data, authenticator_data: vec![5; 37], signature: vec![6; 70] };
    Proof { passkey: Some(Box::new(passkey)), ..proof }
}

fn asked(proof: Proof, form: ContentForm) -> Vec<u8> {
    Asked { query: "priority=1", items: ITEMS.into(), proof, form }.encode()
}

fn segments() -> Named {
    let office = &ISSUERS[0].office;
    let mut singles = SignaturePack::new(7, 2);
    for number in 7..9 {
        let mut entry = Vec::new();
        SignaturePack::encode_entry(&office.single(&claims(number), false), &mut entry);
        singles.push_encoded(&entry);
    }
    let singles = singles.finish();
    let batch = office.batch_pack(5, true);
    vec![("both", [batch.clone(), singles.clone()].concat()), ("singles", singles), ("batch", batch)]
}

const CSV: &str = "kind,amount,currency,holder,reference,valid_from,valid_until,weight_g,service\r\n\
    ticket,12.50,EUR,\"Müller, Zoë\",A-1,2027-01-01,2027-12-31,,Stalls\r\n\
    ticket,3,,\"say \"\"hi\"\"\",A-2,2027-01-01T18:00:00Z,,,\r\n\
    postage,0.95,EUR,,A-3,,,20,letter\r\n";

const DOCUMENT: &str = concat!(
    r#"{"denomination":"EUR/2","items":[{"amount":"12.50","holder":"Zoë \"Zo\" Müller","reference":"A 1","#,
    r#""service":"Stalls","template":"ticket","valid_from":"2026-06-01T00:00:00Z","valid_until":"2030-07-01T00:00:00Z","#,
    r#""weight_g":20},{"amount":"0.01","template":"postage"}],"proof":"batch"}"#,
);

const JSONL: &str = "{\"kind\":\"ticket\",\"amount\":\"12.50\",\"holder\":\"Zo\\u00eb\",\"valid_until\":\"2027-12-31\"}\n\n\
    {\"template\":\"postage\",\"amount\":0.95,\"weight_g\":20,\"service\":null}\n";

/// Posts' published examples.
const POSTAL: [(&str, &[u8]); 10] = [
    ("imb", b"AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"),
    ("imb-upside-down", b"DADDATFADDDFADTTTAAFFFTAAADADFDATTATAADDDAATAFTDDADDTADATFAFFTADD"),
    ("mailmark-c", b"21B2254800659JW5O9QA6Y"),
    ("mailmark-l-abroad", b"11000000000000000XY11"),
    ("mailmark-c-bars", b"DAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA"),
    ("mailmark-c-bars-misread", b"FAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDD"),
    ("mailmark-2d", b"JGB 012100123412345678AB19XY1A 0             www.xyz.com"),
    ("frankier-id", b"42305DA0F270F07F2E3C"),
    (
        "dv",
        b"DEA\x12\x31\x01\x31\x7b\x93\xac\0\xb9\x3c\x9c\0\x94\x02\x62\xa2\x01\x02\x4c\0\xaaHallo Welt!\0\0\0\0\0\0\0",
    ),
    ("premiumadress", b"DEA\x1c\x01\x77\x53\xe0\x90\x26\xb5\x84\xe0\0\x01"),
];

/// Genuine inputs of a target, each with a name: it must take them.
#[must_use]
pub fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "indicium" => of_issuers(|issuer| issuer.indicia.clone()),
        "claims" => plain(vec![("full", encoded(&claims(1))), ("postage", encoded(&postage()))]),
        "text" => plain(vec![
            ("indicium", indicia::text::to_text(&ISSUERS[0].indicia[0].1).into_bytes()),
            ("serial", claims(1).serial.to_string().into_bytes()),
            ("amount", b"12.50".to_vec()),
            ("denomination", b"EUR/2".to_vec()),
        ]),
        "bundle" => of_issuers(|issuer| vec![("bundle", issuer.office.bundle_bytes())]),
        "certificate" => of_issuers(|issuer| {
            let Office { issuer_certificate, device_certificate, .. } = &issuer.office;
            vec![("issuer", issuer_certificate.clone()), ("device", device_certificate.clone())]
        }),
        "status" => plain(statuses()),
        "segment" => plain(segments()),
        "sealed_record" => plain(vec![("record", device().seal(&SEALING).into_bytes())]),
        "record" => plain(vec![
            ("record", plaintext(&device().seal(&SEALING))),
            ("voided", plaintext(&voided().seal(&SEALING))),
        ]),
        "transaction" => plain(transactions()),
        "order" => plain(orders()),
        "change" => plain([changes(), signing_in::changes()].concat()),
        "signature_params" => {
            plain(vec![("own", proof().params.to_text().into_bytes()), ("other", SIGNATURE_PARAMS.into())])
        }
        "asked" => plain(vec![
            ("batch", asked(proof(), ContentForm::Cbor)),
            ("json-batch", asked(proof(), ContentForm::Json)),
            ("agreed-batch", asked(agreed(proof()), ContentForm::Cbor)),
        ]),
        "password_message" => plain(signing_in::messages()),
        "sign_in_step" => plain(signing_in::steps()),
        "postal" => plain(POSTAL.map(|(name, input)| (name, input.to_vec())).into()),
        "items_csv" => plain(vec![("items", CSV.into())]),
        "items_jsonl" => plain(vec![("items", JSONL.into())]),
        "items_document" => plain(vec![("batch", DOCUMENT.into())]),
        _ => plain(made_formats::inputs(target)),
    }
}

fn plain(inputs: Named) -> Vec<(String, Vec<u8>)> {
    inputs.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

/// The same of both issuers, named by their algorithms.
fn of_issuers(make: fn(&Issuer) -> Named) -> Vec<(String, Vec<u8>)> {
    let each = |issuer: &Issuer| {
        let algorithm = issuer.office.device.public().algorithm();
        make(issuer).into_iter().map(move |(name, bytes)| (format!("{algorithm:?}-{name}"), bytes))
    };
    ISSUERS.iter().flat_map(each).collect()
}

/// A snapshot with something of each kind, and what has changed from it to an empty one.
fn statuses() -> Named {
    let of = |at| StatusSnapshot::new(ISSUER.to_owned(), at);
    let mut full = of(ISSUED);
    let dead = [Status::RedeemedInPart, Status::Redeemed, Status::Redeemed, Status::Void];
    for (number, standing) in [1, 2, 3, 1000].into_iter().zip(dead) {
        let serial = Serial::new(DEVICE, number).expect("a serial");
        full.push(serial, standing).expect("in order");
    }
    let delta = StatusDelta::between(&full, &of(NOW));
    let revoked = of(NOW).with_revoked([KeyId([1; 8]), KeyId([2; 8])].into_iter().collect());
    let revoking = StatusDelta::between(&full, &revoked);
    vec![
        ("full", full.encode()),
        ("delta", delta.encode()),
        ("revoked", revoked.encode()),
        ("revoking", revoking.encode()),
    ]
}

/// What an indicium of postage says, which has registers and a weight.
fn postage() -> indicia::Claims<'static> {
    indicia::Claims {
        kind: Kind::Postage,
        template: Template::for_kind(Kind::Postage).id,
        registers: Some((600, 400)),
        weight_grams: Some(20),
        holder: None,
        ..claims(2)
    }
}

/// Whether an issuer made exactly these bytes as an indicium.
pub(crate) fn is_made(indicium: &[u8]) -> bool {
    ISSUERS.iter().flat_map(|issuer| &issuer.indicia).any(|(_, made)| made == indicium)
}

/// The device of every issuer here.
pub(crate) const OWN_DEVICE: DeviceId = DEVICE;
