//! A gate's desk on its real file, over a line that loses, delays and refuses, before a server that does what the engine does;
//! beside a model that only counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

use api::{Kind, Redemption, Shown};
use indicia::{
    Amount, DeviceId, NotRedeemable, Redeeming, Serial, Showing, Status, StatusSnapshot, Terms, UnixTime,
    Used, Wanted, Way,
};
use proptest::prelude::*;

use crate::books::Books;
use crate::books::opening::Lock;
use crate::desk::{Desk, Said, Unheard, Upstream};
use crate::uses::{Asked, Genuine, State};

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    Good,
    /// Nobody listens.
    Closed,
    /// The request is lost.
    LosesRequest,
    /// The server did it, and the answer is lost.
    LosesAnswer,
    /// The answer is lost, and the server does it later.
    Delays,
}

/// The server's books and the way to it.
struct World {
    line: Line,
    is_up: bool,
    now: UnixTime,
    used: BTreeMap<Serial, (Used, u32)>,
    made: HashMap<String, (Shown, Redemption)>,
    on_the_way: Vec<(String, Shown)>,
}

struct Server(Mutex<World>);

fn terms(serial: Serial) -> Terms {
    let (redeeming, units, uses) = match serial.number() {
        1 => (Redeeming::Whole, 100, None),
        3 => (Redeeming::InPart, 30, None),
        4 => (Redeeming::Whole, 60, Some(3)),
        TIED => (Redeeming::InPart, 50, None),
        _ => (Redeeming::InPart, 100, None),
    };
    Terms { uses, is_tied: serial.number() == TIED, ..Terms::new(euros(units), redeeming) }
}

/// The number of the indicium that is tied to a device.
const TIED: u64 = 5;

fn euros(units: u64) -> Amount {
    Amount::saturating(units, "EUR/2".parse().expect("a denomination"))
}

fn serial(number: u64) -> Serial {
    Serial::new(DeviceId(1), number).expect("a serial")
}

impl World {
    /// What the server makes of a request: as `engine::redeeming` does it.
    fn redeem(&mut self, key: &str, shown: &Shown) -> Said {
        let not = |kind| Said::Not {
            kind,
            detail: String::new(),
            said: format!("{{\"type\":\"{}\"}}", kind.uri()),
        };
        if let Some((before, redemption)) = self.made.get(key) {
            // What one use takes is the same, whether it is named or not.
            let bare = |shown: &Shown| {
                let serial: Serial = shown.serial.as_deref().expect("a serial").parse().expect("a serial");
                let (terms, one) = (terms(serial), |terms: &Terms| terms.uses.and(terms.share()));
                let amount = shown.part(serial, &terms).expect("an amount").or(one(&terms));
                (serial, amount, shown.gate.clone())
            };
            let is_told = before.used_at.is_none() || before.used_at == shown.used_at;
            if bare(before) == bare(shown) && is_told {
                let said = serde_json::to_string(redemption).expect("text");
                return Said::Made { redemption: Box::new(redemption.clone()), said };
            }
            return not(Kind::KeyReused);
        }
        let serial: Serial = shown.serial.as_deref().expect("a serial").parse().expect("a serial");
        let terms = terms(serial);
        let amount = shown.part(serial, &terms).expect("an amount");
        let (used, place) = self.used.get(&serial).copied().unwrap_or_default();
        let wanted = Wanted {
            amount,
            way: shown.way(),
            at: self.now,
            entrance: None,
            showing: shown.showing_of_serial(),
            is_countersigned: false,
            is_past: shown.used_at.is_some(),
        };
        let made = match terms.redeem(used, &wanted) {
            Ok(made) => made,
            Err(NotRedeemable::NotLive(_)) => return not(Kind::NotLive),
            Err(_) => return not(Kind::NotRedeemable),
        };
        self.used.insert(serial, (made.to, place + 1));
        let redemption = Redemption { redemption: Some(place + 1), ..Redemption::new(serial, &terms, &made) };
        self.made.insert(key.to_owned(), (shown.clone(), redemption.clone()));
        let said = serde_json::to_string(&redemption).expect("text");
        Said::Made { redemption: Box::new(redemption), said }
    }

    fn snapshot(&self) -> StatusSnapshot {
        let mut made = StatusSnapshot::new("Test".into(), self.now);
        for (serial, (used, _)) in &self.used {
            made.push(*serial, used.status).expect("in order");
        }
        made
    }
}

impl Upstream for Server {
    fn is_up(&self) -> bool {
        self.0.lock().expect("no panic").is_up
    }

    fn redeem(&self, key: &str, shown: &Shown) -> Result<Said, Unheard> {
        let mut world = self.0.lock().expect("no panic");
        let lost = |may_have_arrived| Err(Unheard::Lost { why: "a test".into(), may_have_arrived });
        world.is_up = world.line == Line::Good;
        match world.line {
            Line::Good => Ok(world.redeem(key, shown)),
            Line::Closed => lost(false),
            Line::LosesRequest => lost(true),
            Line::LosesAnswer => {
                world.redeem(key, shown);
                lost(true)
            }
            Line::Delays => {
                world.on_the_way.push((key.to_owned(), shown.clone()));
                lost(true)
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Scan {
        number: u64,
        steward: u8,
        key: u8,
        amount: Option<u64>,
        is_typed: bool,
        is_live: bool,
        line: Line,
    },
    /// At another site, which can reach the server.
    Elsewhere {
        number: u64,
        amount: Option<u64>,
    },
    /// The gate looks for the server, and may not come to telling it anything.
    Look {
        line: Line,
        renews: bool,
        tells: bool,
    },
    /// What was on its way arrives.
    Arrive,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let line = || {
        prop_oneof![
            3 => Just(Line::Good),
            2 => Just(Line::Closed),
            1 => Just(Line::LosesRequest),
            2 => Just(Line::LosesAnswer),
            1 => Just(Line::Delays),
        ]
    };
    let amount =
        || prop::option::weighted(0.6, prop_oneof![1..40_u64, Just(0), Just(20), Just(40), Just(100)]);
    let scan =
        (1..=TIED, 0..2_u8, 0..30_u8, amount(), prop::bool::weighted(0.1), prop::bool::weighted(0.7), line());
    let step = prop_oneof![
        10 => scan.prop_map(|(number, steward, key, amount, is_typed, is_live, line)| {
            Step::Scan { number, steward, key, amount, is_typed, is_live, line }
        }),
        1 => (2..5_u64, amount()).prop_map(|(number, amount)| Step::Elsewhere { number, amount }),
        4 => (line(), any::<bool>(), any::<bool>())
            .prop_map(|(line, renews, tells)| Step::Look { line, renews, tells }),
        2 => Just(Step::Arrive),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

/// A gate that can be begun again.
struct Site {
    folder: tempfile::TempDir,
    running: Option<(Desk<Server>, Lock)>,
}

impl Site {
    fn new() -> Self {
        let world = World {
            line: Line::Good,
            is_up: true,
            now: UnixTime(1_000),
            used: BTreeMap::new(),
            made: HashMap::new(),
            on_the_way: Vec::new(),
        };
        let mut site = Self { folder: tempfile::tempdir().expect("a folder"), running: None };
        let snapshot = world.snapshot();
        site.begin(world, snapshot);
        site
    }

    fn begin(&mut self, world: World, snapshot: StatusSnapshot) {
        let (books, lock) = Books::open(self.folder.path()).expect("a file");
        let desk = Desk::new(books, Server(Mutex::new(world)), snapshot).expect("a desk");
        self.running = Some((desk, lock));
    }

    fn desk(&self) -> &Desk<Server> {
        &self.running.as_ref().expect("it runs").0
    }

    fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.desk().upstream().0.lock().expect("no panic"))
    }

    fn restart(&mut self) {
        let (desk, lock) = self.running.take().expect("it runs");
        let snapshot = (*desk.snapshot()).clone();
        let nothing = World {
            line: Line::Good,
            is_up: true,
            now: UnixTime(0),
            used: BTreeMap::new(),
            made: HashMap::new(),
            on_the_way: Vec::new(),
        };
        let world = std::mem::replace(&mut *desk.upstream().0.lock().expect("no panic"), nothing);
        drop((desk, lock));
        self.begin(world, snapshot);
    }

    /// As `crate::reconciling` does it.
    fn look(&self, line: Line, renews: bool, tells: bool) {
        let is_good = self.world(|world| {
            world.line = line;
            world.is_up = line == Line::Good;
            world.is_up
        });
        if is_good && renews {
            self.desk().renew(self.world(|world| world.snapshot()));
        }
        let untold = self.desk().books().untold(0, 1_000).expect("the file");
        for (id, _) in untold.into_iter().filter(|_| tells) {
            if self.desk().tell(id).is_err() {
                break;
            }
        }
    }

    fn count(&self, state: State) -> u64 {
        self.desk().books().count(state).expect("the file")
    }
}

fn asked(number: u64, steward: u8, key: u8, amount: Option<u64>, is_typed: bool, at: UnixTime) -> Asked {
    let serial = serial(number);
    let genuine = Genuine { terms: terms(serial), issued_at: UnixTime(1), amount: amount.map(euros) };
    Asked {
        steward: format!("steward {steward}"),
        key: format!("key {key}").parse().expect("a key"),
        serial,
        genuine: (!is_typed).then_some(genuine),
        amount: amount.map(|units| euros(units).number()),
        uses: None,
        way: Way::In,
        gate: "Stadium: North".into(),
        entrance: None,
        is_countersigned: false,
        showing: Showing::Bare,
        at,
        is_past: false,
    }
}

/// Units that an answer says were given.
fn given(answer: &str) -> u64 {
    let answer: Redemption = serde_json::from_str(answer).expect("an answer");
    let units = |text: &str| text.replace(['.', ' ', 'E', 'U', 'R'], "").parse::<u64>().expect("an amount");
    units(&answer.amount) + answer.excess.as_deref().map_or(0, units)
}

type Question = (u64, Option<u64>);

#[derive(Default)]
struct Model {
    /// By steward and key, what was asked and answered.
    answered: BTreeMap<(u8, u8), (Question, String)>,
    given: BTreeMap<u64, u64>,
    used_elsewhere: Vec<u64>,
    /// What may have been used without anybody having been told.
    unclear: Vec<u64>,
    /// And under which keys.
    unclear_keys: HashMap<(u8, u8), Question>,
    /// Under which keys the tied one was seen live.
    seen_live: HashSet<(u8, u8)>,
}

impl Model {
    /// What the rule says of a scan, as far as nothing but the gate's own uses counts.
    fn allows(&self, number: u64, amount: Option<u64>, is_live: bool) -> bool {
        let (terms, units) = (terms(serial(number)), self.given.get(&number).copied().unwrap_or(0));
        let status = match units {
            0 => Status::Live,
            units if units >= terms.worth.units() => Status::Redeemed,
            _ => Status::RedeemedInPart,
        };
        let wanted = Wanted {
            amount: amount.map(euros),
            way: Way::In,
            at: UnixTime(0),
            entrance: None,
            showing: if is_live { Showing::Vouched } else { Showing::Bare },
            is_countersigned: false,
            is_past: false,
        };
        terms.redeem(Used { status, units, outside: 0 }, &wanted).is_ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_the_line_nothing_is_given_twice_and_all_is_told(steps in steps()) {
        let mut site = Site::new();
        let mut model = Model::default();
        for step in steps {
            site.world(|world| world.now.0 += 1);
            match step {
                Step::Scan { number, steward, key, amount, is_typed, is_live, line } => {
                    let at = site.world(|world| { world.line = line; world.now });
                    let was_up = site.world(|world| world.is_up);
                    let before = site.count(State::Asked);
                    let showing = if is_live { Showing::ByDevice(at) } else { Showing::Bare };
                    let asked = Asked { showing, ..asked(number, steward, key, amount, is_typed, at) };
                    if number == TIED && is_live && !is_typed {
                        model.seen_live.insert((steward, key));
                    }
                    let answer = site.desk().redeem(&asked);
                    let question = (number, amount);
                    if let Some((known, said)) = model.answered.get(&(steward, key)) {
                        match answer {
                            Ok(answer) => prop_assert!(*known == question && answer == *said, "{:?}", question),
                            Err(problem) => {
                                prop_assert!(*known != question && problem.kind() == Kind::KeyReused, "{:?}", problem);
                            }
                        }
                        continue;
                    }
                    let decides_alone = !was_up && before == 0 && !is_typed && !model.used_elsewhere.contains(&number);
                    if decides_alone && !model.unclear.contains(&number) {
                        // Of a part that the server has, and the gate hasn't told, it can't tell that it is its own.
                        let cannot_tell = matches!(&answer, Err(problem) if problem.kind() == Kind::CutOff);
                        // What came of an earlier question under the same key is known to the gate by now.
                        let is_taken = model.unclear_keys.get(&(steward, key)).is_some_and(|asked| *asked != question);
                        let is_reused = is_taken && matches!(&answer, Err(problem) if problem.kind() == Kind::KeyReused);
                        let is_right = cannot_tell || is_reused || answer.is_ok() == model.allows(number, amount, is_live);
                        prop_assert!(is_right, "{:?}", answer);
                    }
                    if matches!(&answer, Err(problem) if problem.kind() == Kind::OutcomeUnknown) {
                        model.unclear.push(number);
                        model.unclear_keys.insert((steward, key), question);
                    }
                    if let Ok(answer) = answer {
                        let is_seen = number != TIED || model.seen_live.contains(&(steward, key));
                        prop_assert!(is_seen, "a copy was taken: {answer}");
                        let total = model.given.entry(number).or_default();
                        *total += given(&answer);
                        prop_assert!(*total <= terms(serial(number)).worth.units(), "{number} was given {total}");
                        model.answered.insert((steward, key), (question, answer));
                    }
                }
                Step::Elsewhere { number, amount } => {
                    let made = site.world(|world| {
                        let shown = Shown {
                            indicium: None,
                            serial: Some(serial(number).to_string()),
                            amount: amount.map(|units| euros(units).number()),
                            uses: None,
                            leaves: false,
                            gate: "Depot".into(),
                            entrance: None,
                            countersigned: false,
                            seen_live: false,
                            used_at: None,
                        };
                        let key = format!("elsewhere {}", world.now);
                        matches!(world.redeem(&key, &shown), Said::Made { .. })
                    });
                    if made {
                        model.used_elsewhere.push(number);
                    }
                }
                Step::Look { line, renews, tells } => site.look(line, renews, tells),
                Step::Arrive => site.world(|world| {
                    if !world.on_the_way.is_empty() {
                        let (key, shown) = world.on_the_way.remove(0);
                        world.redeem(&key, &shown);
                    }
                }),
                Step::Restart => site.restart(),
            }
        }
        site.look(Line::Good, true, true);
        site.world(|world| {
            for (key, shown) in std::mem::take(&mut world.on_the_way) {
                world.redeem(&key, &shown);
            }
        });
        prop_assert_eq!((site.count(State::Asked), site.count(State::Alone), site.count(State::Disputed)), (0, 0, 0));
        for ((steward, key), ((number, _), answer)) in &model.answered {
            let key = site.desk().key(&format!("steward {steward}"), &format!("key {key}"));
            let made = site.world(|world| world.made.get(&key).cloned());
            let (_, redemption) = made.expect("what was given is on record");
            let said = serde_json::to_string(&redemption).expect("text");
            prop_assert_eq!(given(&said), given(answer), "{}", said);
            // Nobody else used it: then nothing is called double.
            let is_alone = !model.used_elsewhere.contains(number);
            prop_assert!(!is_alone || redemption.excess.is_none(), "{said}");
        }
        let doubles = site.desk().books().double_uses().expect("the file").len();
        let excess = site.world(|world| world.made.values().filter(|(_, made)| made.excess.is_some()).count());
        prop_assert_eq!(doubles, excess);
    }
}
