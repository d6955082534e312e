//! What a gate is told, with nothing but what it has.

#[path = "../../indicia/tests/support/mod.rs"]
mod support;

use indicia::{
    Algorithm, Amount, Claims, Details, EntryWindow, HolderMatch, Kind, NotRedeemable, RevokedKeys, Status,
    StatusDelta, StatusSnapshot, TemplateId, UnixTime, UsesLeft, Way, text,
};
use scanner::{Colour, Desk, Finding, Part, Post, Taking, TakingError, Use};
use support::{ISSUED, ISSUER, NOW, Office, claims};

/// When the snapshot was made.
const AS_OF: UnixTime = UnixTime(ISSUED.0 + 50);

fn text_of(office: &Office, claims: &Claims<'_>) -> String {
    text::to_text(&office.single(claims, false))
}

fn ticket(number: u64) -> Claims<'static> {
    claims(number)
}

/// A snapshot in which these numbers aren't live.
fn snapshot(at: UnixTime, dead: &[(u64, Status)]) -> StatusSnapshot {
    let mut made = StatusSnapshot::new(ISSUER.to_owned(), at);
    for (number, status) in dead {
        made.push(ticket(*number).serial, *status).expect("in order");
    }
    made
}

/// A scanner that has been connected once.
fn desk(office: &Office) -> Desk {
    let mut desk = Desk::default();
    desk.knowledge.take_bundle(&office.bundle_bytes()).expect("a bundle");
    let dead = [(2, Status::Redeemed), (3, Status::Void), (4, Status::RedeemedInPart)];
    let signed = office.root.sign1(&snapshot(AS_OF, &dead).encode(), None);
    desk.knowledge.take_statuses(&signed).expect("a snapshot");
    desk
}

fn said(finding: &Finding) -> (Colour, &'static str, &'static str) {
    (finding.colour, finding.word, finding.verdict)
}

#[test]
fn a_genuine_one_is_judged_by_the_snapshot_and_by_its_dates() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let late = Claims { issued_at: UnixTime(AS_OF.0 + 1), ..ticket(5) };
    for (claims, now, expected, status) in [
        (ticket(1), NOW, (Colour::Good, "Valid", "genuine"), "live"),
        (ticket(2), NOW, (Colour::Bad, "Used already", "genuine"), "redeemed"),
        (ticket(3), NOW, (Colour::Bad, "Void", "genuine"), "void"),
        (ticket(4), NOW, (Colour::Wait, "Used in part", "genuine"), "redeemed in part"),
        (late, NOW, (Colour::Good, "Valid", "genuine"), "unknown"),
        (ticket(1), UnixTime(1_850_000_000), (Colour::Bad, "Expired", "genuine"), "live"),
        (ticket(1), UnixTime(ISSUED.0 - 1), (Colour::Bad, "Not valid yet", "genuine"), "live"),
        (ticket(1), UnixTime(ISSUED.0 - 400), (Colour::Wait, "Can't tell", "can't tell"), "live"),
    ] {
        let finding = desk.judge(text_of(&office, &claims).as_bytes(), now);
        assert_eq!((said(&finding), finding.status), (expected, Some(status)), "{finding:?}");
        let says = finding.says.expect("what it says");
        assert_eq!((says.amount.as_str(), says.has_holder), ("12.50 EUR", true));
        if expected.1 == "Expired" {
            assert!(finding.reason.contains(&UnixTime(1_850_000_000).to_string()), "{}", finding.reason);
        }
        // How far what is known reaches is said of whatever may have been used since.
        assert_eq!(finding.unknown.is_some(), expected.0 == Colour::Good || status == "redeemed in part");
    }
}

#[test]
fn what_cannot_be_told_is_neither_genuine_nor_false() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 7));
    let genuine = text_of(&office, &ticket(1));
    let unsure = (Colour::Wait, "Can't tell", "can't tell");
    assert_eq!(said(&Desk::default().judge(genuine.as_bytes(), NOW)), unsure, "no bundle");
    let mut desk = desk(&office);
    assert_eq!(said(&desk.judge(text_of(&other, &ticket(1)).as_bytes(), NOW)), unsure, "a key of nobody");
    assert_eq!(said(&desk.judge(genuine.as_bytes(), UnixTime(1_950_000_000))), unsure, "an old bundle");

    let mut without = Desk::default();
    without.knowledge.take_bundle(&office.bundle_bytes()).expect("a bundle");
    let finding = without.judge(genuine.as_bytes(), NOW);
    assert_eq!((said(&finding), finding.status), ((Colour::Wait, "Genuine", "genuine"), None));

    let mut forged = office.single(&ticket(1), false);
    *forged.last_mut().expect("bytes") ^= 1;
    for text in [text::to_text(&forged), "VBI:FORGED".to_owned()] {
        let finding = desk.judge(text.as_bytes(), NOW);
        assert_eq!(said(&finding), (Colour::Bad, "Not genuine", "not genuine"), "{finding:?}");
        assert_eq!((finding.says, finding.text), (None, None));
    }
}

/// What a holder's device shows of a ticket that is tied to it, in text.
fn shown(device: &ed25519_dalek::SigningKey, indicium: &[u8], at: UnixTime) -> String {
    use indicia::presentation::{assemble, to_be_signed};
    let signature = ed25519_dalek::Signer::sign(device, &to_be_signed(indicium, at));
    text::to_text(&assemble(indicium, at, &signature.to_bytes()))
}

#[test]
fn what_is_tied_to_a_device_is_taken_from_its_screen_and_not_from_a_copy() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let [device, other] = [7, 8].map(|seed| ed25519_dalek::SigningKey::from_bytes(&[seed; 32]));
    let key = indicia::HolderKey::new(device.verifying_key().to_bytes()).ok();
    let tied = |number| Claims { details: Details { key, ..Details::default() }, ..ticket(number) };
    let (indicium, serial) = (office.single(&tied(1), false), ticket(1).serial);
    let take = |desk: &mut Desk, at| desk.take(serial, Taking::default(), at, "North".into());
    let copy = desk.judge(text::to_text(&indicium).as_bytes(), NOW);
    assert_eq!(said(&copy), (Colour::Bad, "Not live", "genuine"), "{copy:?}");
    assert!(copy.reason.contains("this is a copy"), "{}", copy.reason);
    let refused = take(&mut desk, NOW);
    assert!(matches!(refused, Err(TakingError::NotRedeemable(NotRedeemable::NotLive(_)))), "{refused:?}");

    let old = desk.judge(shown(&device, &indicium, UnixTime(NOW.0 - 60)).as_bytes(), NOW);
    assert_eq!(said(&old), (Colour::Bad, "Not live", "genuine"), "{old:?}");
    assert!(take(&mut desk, NOW).is_err());
    // Each copy is another finding than the device beside it.
    let live = desk.judge(shown(&device, &indicium, NOW).as_bytes(), NOW);
    assert_eq!(said(&live), (Colour::Good, "Valid", "genuine"), "{live:?}");
    assert_eq!(live.key, serial.to_string());
    assert!(copy.key != live.key && old.key != live.key && old.key != copy.key);
    let by_other = desk.judge(shown(&other, &indicium, NOW).as_bytes(), NOW);
    assert_eq!(said(&by_other), (Colour::Bad, "Not genuine", "not genuine"), "{by_other:?}");
    // Whoever saw it live may take his time.
    take(&mut desk, UnixTime(NOW.0 + 600)).expect("it was live");
    let again = desk.judge(shown(&device, &indicium, NOW).as_bytes(), NOW);
    assert_eq!(said(&again), (Colour::Bad, "Used already", "genuine"));
    // What isn't tied is presented by nobody.
    let free = office.single(&ticket(5), false);
    assert_eq!(said(&desk.judge(shown(&device, &free, NOW).as_bytes(), NOW)).1, "Not genuine");
    assert_eq!(said(&desk.judge(text::to_text(&free).as_bytes(), NOW)).1, "Valid");
}

#[test]
fn whichever_of_bundle_and_snapshot_knows_of_a_revoked_key_counts() {
    let office = Office::new(Algorithm::EdDsa);
    let revoked: RevokedKeys = [office.device.public().key_id()].into_iter().collect();
    let signed = |snapshot: StatusSnapshot| office.root.sign1(&snapshot.encode(), None);
    let text = text_of(&office, &ticket(1));
    let judged = |desk: &mut Desk| said(&desk.judge(text.as_bytes(), NOW)).2;
    let cannot_tell = "can't tell";
    let mut by_snapshot = desk(&office);
    assert_eq!(judged(&mut by_snapshot), "genuine");
    let newer = snapshot(NOW, &[]).with_revoked(revoked.clone());
    by_snapshot.knowledge.take_statuses(&signed(newer.clone())).expect("a snapshot");
    assert_eq!(judged(&mut by_snapshot), cannot_tell);
    by_snapshot.knowledge.take_bundle(&office.bundle_bytes()).expect("a bundle");
    assert_eq!(judged(&mut by_snapshot), cannot_tell, "it is known still");
    let mut by_bundle = desk(&office);
    by_bundle.knowledge.take_bundle(&office.revoking_bundle_bytes(&revoked)).expect("a bundle");
    assert_eq!(judged(&mut by_bundle), cannot_tell);
    let mut kept = desk(&office);
    kept.knowledge.restore_statuses(&newer.encode()).expect("a snapshot");
    assert_eq!(judged(&mut kept), cannot_tell);
}

#[test]
fn somebody_elses_is_named() {
    let mut desk = desk(&Office::new(Algorithm::EdDsa));
    for (content, title) in [
        ("M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100", "IATA boarding pass"),
        ("https://tickets.example/t/1", "web address"),
        ("hello", "nothing else that is known"),
    ] {
        let finding = desk.judge(content.as_bytes(), NOW);
        assert_eq!(finding.colour, Colour::Other, "{finding:?}");
        assert!(finding.reason.contains(title), "{}", finding.reason);
    }
}

#[test]
fn what_was_taken_here_is_used_here_whatever_the_snapshot_says() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let (one, content) = (ticket(1), text_of(&office, &ticket(1)));
    assert_eq!(desk.take(one.serial, Taking::default(), NOW, "North".into()), Err(TakingError::NotSeen));
    desk.judge(content.as_bytes(), NOW);
    assert_eq!(desk.is_held_by(one.serial, "Zoë Müller"), Some(HolderMatch::Matches));
    assert_eq!(desk.is_held_by(one.serial, "Zoe Muller"), Some(HolderMatch::Differs));
    let part = desk.take(
        one.serial,
        Taking { part: Part::Amount("1.00"), ..Taking::default() },
        NOW,
        "North".into(),
    );
    assert_eq!(part, Err(NotRedeemable::WholeOnly { left: one.amount }.into()));
    let taken = desk.take(one.serial, Taking::default(), NOW, "North".into()).expect("all of it");
    assert_eq!((&*taken.amount, &*taken.left), ("12.50", "0.00 EUR"));
    let again = desk.judge(content.as_bytes(), NOW);
    assert_eq!(said(&again), (Colour::Bad, "Used already", "genuine"));
    assert!(again.reason.contains("North") && again.reason.contains(&NOW.to_string()), "{}", again.reason);
    assert_eq!(desk.judge_text(&one.serial.to_string(), NOW).colour, Colour::Bad);
    assert_eq!(desk.judge_text(&ticket(9).serial.to_string(), NOW).colour, Colour::Wait);

    let voucher = Claims { kind: Kind::Voucher, template: TemplateId(4), ..ticket(6) };
    let content = text_of(&office, &voucher);
    desk.judge(content.as_bytes(), NOW);
    let taken = desk
        .take(voucher.serial, Taking { part: Part::Amount("2.50"), ..Taking::default() }, NOW, "Bar".into())
        .expect("a part");
    assert_eq!(taken.left, "10.00 EUR");
    let finding = desk.judge(content.as_bytes(), NOW);
    assert_eq!((finding.colour, finding.says.expect("it").left.as_str()), (Colour::Good, "10.00 EUR"));
    let more = desk.take(
        voucher.serial,
        Taking { part: Part::Amount("10.01"), ..Taking::default() },
        NOW,
        "Bar".into(),
    );
    let left = Amount::saturating(1_000, voucher.amount.denomination());
    assert_eq!(more, Err(NotRedeemable::Exceeds { left }.into()));
    let nothing = desk.take(
        voucher.serial,
        Taking { part: Part::Amount("0.00"), ..Taking::default() },
        NOW,
        "Bar".into(),
    );
    assert_eq!(nothing, Err(NotRedeemable::Nothing.into()));

    assert_eq!(
        desk.take(voucher.serial, Taking::default(), NOW, "Bar".into()).expect("the rest").amount,
        "10.00"
    );
    assert_eq!(desk.judge(content.as_bytes(), NOW).word, "Used already");

    // Whatever the page offers: what is used or void by the snapshot isn't taken, nor what is out of its time.
    for (number, why) in [(2, NotRedeemable::Redeemed), (3, NotRedeemable::Void)] {
        desk.judge(text_of(&office, &ticket(number)).as_bytes(), NOW);
        assert_eq!(desk.take(ticket(number).serial, Taking::default(), NOW, "North".into()), Err(why.into()));
    }
    let late = Claims { expires: Some(NOW), ..ticket(7) };
    desk.judge(text_of(&office, &late).as_bytes(), UnixTime(NOW.0 - 1));
    let taken = desk.take(late.serial, Taking::default(), NOW, "North".into());
    assert_eq!(taken, Err(NotRedeemable::Expired(NOW).into()));
}

/// Four have one ticket: three come, and later one.
#[test]
fn what_is_for_several_uses_is_taken_by_numbers_of_them_in_its_time() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let entry = EntryWindow { from: Some(NOW), until: Some(UnixTime(NOW.0 + 60)) };
    let details = Details { uses: Some(5), event: Some("Tosca".into()), entry, ..Details::default() };
    let group = Claims { details, ..ticket(8) };
    let content = text_of(&office, &group);
    let early = desk.judge(content.as_bytes(), UnixTime(NOW.0 - 1));
    assert_eq!(said(&early), (Colour::Bad, "Too early to enter", "genuine"));
    assert_eq!(desk.judge(content.as_bytes(), UnixTime(NOW.0 + 60)).word, "Too late to enter");
    let says = desk.judge(content.as_bytes(), NOW).says.expect("it");
    assert_eq!((says.uses_left, says.event.as_deref(), says.is_used_in_part), (Some(5), Some("Tosca"), true));
    let mut take = |part| desk.take(group.serial, Taking { part, ..Taking::default() }, NOW, "North".into());
    let three = take(Part::Uses(3)).expect("five are left");
    assert_eq!((&*three.amount, &*three.left), ("7.50", "5.00 EUR"));
    assert_eq!(take(Part::Unsaid).expect("two are left").amount, "2.50");
    let left = UsesLeft { left: 1, of: 5 };
    assert_eq!(take(Part::Uses(2)), Err(NotRedeemable::TooManyUses(left).into()));
    assert_eq!(take(Part::Uses(0)), Err(NotRedeemable::Nothing.into()));
    assert_eq!(desk.judge(content.as_bytes(), NOW).says.expect("it").uses_left, Some(1));
}

/// A coupon's own number is in the same frame; another coupon's is somebody else's.
#[test]
fn what_stands_beside_an_indicium_is_nobody_elses() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let barcode = "(255)9501101020917000000000042".parse().ok();
    let coupon = Claims { details: Details { barcode, ..Details::default() }, ..ticket(8) };
    let content = text_of(&office, &coupon);
    let (own, others) = (b"2559501101020917000000000042", b"2559501101020917000000000043");
    for frame in [[&own[..], content.as_bytes(), others], [others, own, content.as_bytes()]] {
        let mut verdicts: Vec<_> = desk.judge_frame(&frame, NOW).iter().map(|one| one.verdict).collect();
        verdicts.sort_unstable();
        assert_eq!(verdicts, ["genuine", "somebody else's"]);
    }
    assert_eq!(desk.judge_frame(&[own], NOW)[0].verdict, "somebody else's", "it stands alone");
}

/// What the steward says of the place counts for what is judged there and for what is taken.
#[test]
fn a_scanner_at_an_entrance_lets_nobody_in_who_has_another() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let details = Details { entrance: Some("Nord".into()), ..Details::default() };
    let seat = Claims { details, ..ticket(8) };
    let content = text_of(&office, &seat);
    for (entrance, word) in [(None, "Valid"), (Some("NORD"), "Valid"), (Some("Süd"), "Other entrance")] {
        desk.knowledge.post = Post { entrance: entrance.map(str::to_owned), most_hours: None };
        assert_eq!(desk.judge(content.as_bytes(), NOW).word, word);
    }
    let taken = desk.take(seat.serial, Taking::default(), NOW, "South".into());
    assert_eq!(taken, Err(NotRedeemable::OtherEntrance("Nord".into()).into()));
    assert_eq!(desk.judge(text_of(&office, &ticket(1)).as_bytes(), NOW).word, "Valid", "it names none");
}

#[test]
fn an_old_snapshot_is_gone_by_for_as_long_as_the_steward_says() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let (one, content) = (ticket(1), text_of(&office, &ticket(1)));
    let last = UnixTime(AS_OF.0 + 2 * 3_600);
    let later = UnixTime(last.0 + 1);
    desk.knowledge.post = Post { entrance: None, most_hours: Some(2) };
    assert_eq!(said(&desk.judge(content.as_bytes(), last)), (Colour::Good, "Valid", "genuine"));
    let finding = desk.judge(content.as_bytes(), later);
    assert_eq!(said(&finding), (Colour::Wait, "Can't tell", "genuine"));
    assert!(finding.reason.contains("one of the last 2 hours only"), "{}", finding.reason);
    let used = desk.judge(text_of(&office, &ticket(2)).as_bytes(), later);
    assert_eq!(used.word, "Used already", "what is dead stays so");
    let too_old = desk.take(one.serial, Taking::default(), later, "North".into());
    assert!(matches!(too_old, Err(TakingError::TooOld(_))), "{too_old:?}");
    assert!(desk.take(one.serial, Taking::default(), last, "North".into()).is_ok());
    let mut without = Desk::default();
    without.knowledge.take_bundle(&office.bundle_bytes()).expect("a bundle");
    without.knowledge.post = desk.knowledge.post.clone();
    without.judge(content.as_bytes(), NOW);
    assert!(without.take(one.serial, Taking::default(), NOW, "North".into()).is_err(), "it has no snapshot");
}

#[test]
fn a_cheque_is_taken_once_the_steward_saw_it_signed() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let cheque = Claims { kind: Kind::Cheque, template: TemplateId(5), ..ticket(8) };
    let finding = desk.judge(text_of(&office, &cheque).as_bytes(), NOW);
    assert_eq!((finding.word, finding.says.map(|says| says.is_countersigned)), ("Valid", Some(true)));
    let mut taken = |is_countersigned| {
        desk.take(cheque.serial, Taking { is_countersigned, ..Taking::default() }, NOW, "Bank".into())
    };
    assert_eq!(taken(false), Err(NotRedeemable::NotCountersigned.into()));
    assert!(taken(true).is_ok());
}

/// Whoever leaves is outside for this scanner, and for one that has a later snapshot, until somebody came in again.
#[test]
fn whoever_was_let_out_comes_in_again_once() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let details = |uses| Details { reentry: true, uses, ..Details::default() };
    let one = Claims { details: details(None), ..ticket(8) };
    let content = text_of(&office, &one);
    let word = |desk: &mut Desk| desk.judge(content.as_bytes(), NOW).word;
    let out = Taking { way: Way::Out, ..Taking::default() };
    assert_eq!(word(&mut desk), "Valid");
    let nobody = desk.take(one.serial, out, NOW, "North".into());
    assert_eq!(nobody, Err(NotRedeemable::NotInside.into()));
    for _ in 0..2 {
        desk.take(one.serial, Taking::default(), NOW, "North".into()).expect("it is live, or he is outside");
        assert_eq!(word(&mut desk), "Used already");
        let left = desk.take(one.serial, out, NOW, "North".into()).expect("he is inside");
        assert_eq!((&*left.amount, left.outside), ("12.50", 1));
        assert_eq!(word(&mut desk), "Comes in again");
        assert_eq!(desk.take(one.serial, out, NOW, "North".into()), Err(NotRedeemable::NotInside.into()));
    }
    // What a snapshot says of a ticket that is used whole.
    let known = snapshot(AS_OF, &[(8, Status::RedeemedInPart)]);
    let mut other = self::desk(&office);
    other.knowledge.take_statuses(&office.root.sign1(&known.encode(), None)).expect("a snapshot");
    assert_eq!(word(&mut other), "Comes in again");
    assert!(other.take(one.serial, Taking::default(), NOW, "South".into()).is_ok());
    assert_eq!(word(&mut other), "Used already");
    // Of a group some leave.
    let group = Claims { details: details(Some(5)), ..ticket(9) };
    desk.judge(text_of(&office, &group).as_bytes(), NOW);
    let mut take =
        |part, way| desk.take(group.serial, Taking { part, way, ..Taking::default() }, NOW, "North".into());
    take(Part::Uses(3), Way::In).expect("five are left");
    assert_eq!(take(Part::Uses(4), Way::Out), Err(NotRedeemable::NotInside.into()));
    assert_eq!(take(Part::Uses(2), Way::Out).expect("three are inside").outside, 2);
    let again = take(Part::Uses(3), Way::In).expect("two come again, and one for the first time");
    assert_eq!((&*again.left, again.outside), ("2.50 EUR", 0));
}

/// The provider can take a redemption back; a snapshot that is older than the redemption doesn't say so.
#[test]
fn what_was_taken_here_is_good_again_once_a_later_snapshot_has_it_live() {
    let office = Office::new(Algorithm::EdDsa);
    let mut desk = desk(&office);
    let (serial, content) = (ticket(1).serial, text_of(&office, &ticket(1)));
    for (settled, word) in
        [(None, "Used already"), (Some(AS_OF), "Used already"), (Some(UnixTime(AS_OF.0 - 1)), "Valid")]
    {
        desk.knowledge.note(serial, Use { left: 0, outside: 0, at: ISSUED, gate: "Bar".into(), settled });
        let finding = desk.judge(content.as_bytes(), NOW);
        assert_eq!(finding.word, word, "{settled:?}");
        assert_eq!(finding.says.expect("it").left == "12.50 EUR", word == "Valid");
        assert_eq!(desk.take(serial, Taking::default(), NOW, "Bar".into()).is_ok(), word == "Valid");
    }
}

#[test]
fn a_newer_snapshot_comes_whole_or_as_a_change_and_from_the_same_root_only() {
    let (office, other) = (Office::new(Algorithm::EdDsa), Office::with_seed(Algorithm::EdDsa, 7));
    let mut desk = desk(&office);
    let kept = desk.knowledge.statuses().expect("a snapshot").clone();
    let newer = snapshot(UnixTime(AS_OF.0 + 10), &[(1, Status::Redeemed), (2, Status::Redeemed)]);
    let delta = StatusDelta::between(&kept, &newer).encode();
    assert!(desk.knowledge.take_statuses(&other.root.sign1(&delta, None)).is_err());
    desk.knowledge.take_statuses(&office.root.sign1(&delta, None)).expect("a delta");
    assert_eq!(desk.knowledge.statuses(), Some(&newer));
    // A delta on something else, and what is older than what it has, change nothing.
    assert!(desk.knowledge.take_statuses(&office.root.sign1(&delta, None)).is_err());
    desk.knowledge.take_statuses(&office.root.sign1(&kept.encode(), None)).expect("a snapshot");
    assert_eq!(desk.knowledge.statuses(), Some(&newer));
    assert!(desk.knowledge.take_bundle(&other.bundle_bytes()).is_err());

    let mut restored = Desk::default();
    assert!(restored.knowledge.take_statuses(&office.root.sign1(&newer.encode(), None)).is_err());
    restored.knowledge.restore_statuses(&newer.encode()).expect("what was kept");
    restored.knowledge.take_bundle(&office.bundle_bytes()).expect("a bundle");
    assert_eq!(restored.judge(text_of(&office, &ticket(1)).as_bytes(), NOW).word, "Used already");
    assert!(restored.knowledge.restore_statuses(&delta).is_err());
}
