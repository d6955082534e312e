//! The commands that sign papers, as somebody runs them where his key is.

use std::collections::BTreeMap;

use asker::UserName;
use indicia::{Amount, Denomination};
use maud::{Markup, html};
use module::staff::StaffRole;
use store::AccountName;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::{inspected, staff};

/// What stands in a command for a public key that only the page knows.
const KEY: &str = "PUBLIC-KEY";

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Opening,
    Fund,
    Refund,
    State,
    Invite,
    Appoint,
    Dismiss,
}

/// What was filled in.
#[derive(Default)]
pub(crate) struct Fields(BTreeMap<String, String>);

/// Somebody's command.
pub(crate) struct Step {
    pub(crate) who: &'static str,
    pub(crate) command: String,
}

impl Fields {
    pub(crate) fn new(fields: BTreeMap<String, String>) -> Self {
        Self(fields)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// A field as what it must be.
    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Problem> {
        self.get(name).parse().map_err(|why: T::Err| malformed(format!("{name}: {why}")))
    }

    /// A public key in hexadecimal digits.
    fn key(&self) -> Result<String, Problem> {
        let digits = self.get("key").to_ascii_lowercase();
        let is_key = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then_some(digits).ok_or_else(|| malformed("a public key has 64 hexadecimal digits".into()))
    }
}

impl Wanted {
    /// What somebody of this role signs.
    pub(crate) fn of_role(role: StaffRole) -> &'static [Self] {
        match role {
            StaffRole::Provider => &[Self::Fund, Self::Refund, Self::Opening],
            StaffRole::Officer => &[Self::State, Self::Invite, Self::Appoint, Self::Dismiss],
            StaffRole::Auditor | StaffRole::Support | StaffRole::Steward => &[],
        }
    }

    /// Its name in paths, and that of its command.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Fund => "fund",
            Self::Refund => "refund",
            Self::State => "state",
            Self::Invite => "invite",
            Self::Appoint => "appoint",
            Self::Dismiss => "dismiss",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Opening => "Open an account",
            Self::Fund => "Pay in",
            Self::Refund => "Pay back",
            Self::State => "Change an account's state",
            Self::Invite => "Let somebody in again",
            Self::Appoint => "Appoint somebody",
            Self::Dismiss => "Dismiss somebody",
        }
    }

    /// Its fields.
    pub(crate) fn form(self, fields: &Fields) -> Markup {
        let text = |name: &str, label: &str, hint: &str| field(name, label, hint, fields);
        html! {
            @match self {
                Self::Opening => {
                    div.row { (text("account", "Account", "")) (text("currency", "Currency and places", "as EUR/2, USD/3, JPY/0")) }
                    div.row { (text("user", "Owner", "")) (text("key", "Owner's public key", "64 hexadecimal digits")) }
                }
                Self::Fund | Self::Refund => {
                    div.row { (text("account", "Account", "")) (text("amount", "Amount", "as 1000.00")) }
                    (text("reason", "Reason", "for the books, such as the payment's reference"))
                }
                Self::State => {
                    div.row {
                        (text("account", "Account", ""))
                        (choice("state", "State", &["suspended", "active", "locked", "retired", "revoked"], fields))
                    }
                    (text("reason", "Reason", "for the books"))
                }
                Self::Invite => {
                    div.row { (text("account", "Account", "")) (text("user", "User", "")) }
                    (text("reason", "Reason", "for the books"))
                }
                Self::Appoint => {
                    div.row {
                        (text("user", "Name", ""))
                        (choice("role", "Role", &["officer", "provider", "auditor", "support"], fields))
                    }
                    (text("key", "Public key", "64 hexadecimal digits: whoever is to come makes a key on the page /join"))
                    (text("reason", "Reason", "for the record"))
                }
                Self::Dismiss => {
                    (text("user", "Name", ""))
                    (text("reason", "Reason", "for the record"))
                }
            }
        }
    }
}

fn field(name: &str, label: &str, hint: &str, fields: &Fields) -> Markup {
    let hint_id = (!hint.is_empty()).then(|| format!("{name}-hint"));
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) value=(fields.get(name)) autocomplete="off" autocapitalize="none" spellcheck="false"
                aria-describedby=[hint_id.as_deref()];
            @if let Some(id) = &hint_id { p.hint id=(id) { (hint) } }
        }
    }
}

fn choice(name: &str, label: &str, all: &[&str], fields: &Fields) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for one in all { option value=(one) selected[*one == fields.get(name)] { (one) } }
            }
        }
    }
}

/// What is to be run, by whom.
pub(crate) async fn steps(
    app: &App,
    wanted: Wanted,
    fields: &Fields,
    name: &str,
) -> Result<Vec<Step>, Problem> {
    let reason = match fields.get("reason") {
        "" => String::new(),
        reason => format!(" --reason {}", quoted(reason)),
    };
    match wanted {
        Wanted::Opening => {
            let account: AccountName = fields.parsed("account")?;
            let (currency, user): (Denomination, UserName) =
                (fields.parsed("currency")?, fields.parsed("user")?);
            let next = app.desk.ask(|engine| Ok(engine.next_account()?)).await?.0;
            let what = format!(
                "opening {name}.key --key-passphrase-file {name}-passphrase --number {next} --account {account} \
                 --currency {currency} --owner {user}={}",
                fields.key()?
            );
            Ok(by_one(&what, &format!("{account}.opening")))
        }
        Wanted::Fund | Wanted::Refund => {
            let place = Place::of(app, fields).await?;
            let amount = Amount::parse(fields.get("amount"), place.denomination);
            let amount = amount.map_err(|error| malformed(format!("amount: {error}")))?;
            let what = format!(
                "{} {name}.key --key-passphrase-file {name}-passphrase {place} --currency {} --amount {}{reason}",
                wanted.slug(),
                place.denomination,
                amount.number()
            );
            Ok(by_one(&what, &format!("{}-{}.order", place.account, place.order)))
        }
        Wanted::State => {
            let place = Place::of(app, fields).await?;
            let state = fields.get("state");
            if !["active", "suspended", "locked", "retired", "revoked"].contains(&state) {
                return Err(malformed("the state is active, suspended, locked, retired or revoked".into()));
            }
            Ok(by_two(app, wanted, &format!("{place} --state {state}{reason}"), name))
        }
        Wanted::Invite => {
            let place = Place::of(app, fields).await?;
            let user: UserName = fields.parsed("user")?;
            Ok(by_two(app, wanted, &format!("{place} --user {user} --key {KEY}{reason}"), name))
        }
        Wanted::Appoint => {
            let next = staff(app).await?.next;
            let user: UserName = fields.parsed("user")?;
            let role = StaffRole::of(fields.get("role"));
            let role = role.ok_or_else(|| {
                malformed("the role is provider, officer, auditor, support or steward".into())
            })?;
            let member = format!("{}:{user}={}", role.name(), fields.key()?);
            Ok(by_two(app, wanted, &format!("--number {next} --member {member}{reason}"), name))
        }
        Wanted::Dismiss => {
            let next = staff(app).await?.next;
            let user: UserName = fields.parsed("user")?;
            Ok(by_two(app, wanted, &format!("--number {next} --name {user}{reason}"), name))
        }
    }
}

/// The device of an account, and the number of its next order.
struct Place {
    account: AccountName,
    denomination: Denomination,
    device: u32,
    order: u64,
}

impl Place {
    async fn of(app: &App, fields: &Fields) -> Result<Self, Problem> {
        let known = app.accounts.find(fields.get("account")).await?;
        let order = inspected(app, &known).await?.last_order + 1;
        let (account, denomination) = (known.name.clone(), known.denomination);
        Ok(Self { account, denomination, device: known.device.0, order })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--device {} --order {}", self.device, self.order)
    }
}

fn by_one(what: &str, out: &str) -> Vec<Step> {
    vec![Step { who: "You sign", command: format!("mintage sign {what} --out {out}") }]
}

/// Both sign the same, at the same date; then their papers are put together.
fn by_two(app: &App, wanted: Wanted, what: &str, name: &str) -> Vec<Step> {
    let (kind, at) = (wanted.slug(), app.now().0);
    let sign = |who: &str| {
        format!(
            "mintage sign {kind} {who}.key --key-passphrase-file {who}-passphrase {what} --at {at} --out {who}.{kind}"
        )
    };
    vec![
        Step { who: "You sign", command: sign(name) },
        Step { who: "Another officer signs the same, by a key of his own", command: sign("other") },
        Step {
            who: "One of you puts both together",
            command: format!("mintage sign join {name}.{kind} other.{kind} --out both.{kind}"),
        },
    ]
}

/// A word of a shell's command, whatever is in it.
fn quoted(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn malformed(why: String) -> Problem {
    Problem::new(Kind::Malformed, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_reason_says_is_one_word_to_a_shell() {
        assert_eq!(quoted("it's; rm -rf / `x` $y"), r"'it'\''s; rm -rf / `x` $y'");
        assert_eq!(quoted("a\nb"), "'a b'");
    }

    #[test]
    fn each_role_signs_what_it_may() {
        let all = |role| Wanted::of_role(role).iter().map(|wanted| wanted.slug()).collect::<Vec<_>>();
        assert_eq!(all(StaffRole::Provider), ["fund", "refund", "opening"]);
        assert_eq!(all(StaffRole::Officer), ["state", "invite", "appoint", "dismiss"]);
        assert!(all(StaffRole::Auditor).is_empty() && all(StaffRole::Support).is_empty());
    }
}
