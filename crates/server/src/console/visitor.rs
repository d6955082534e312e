//! Who looks at a page.

use std::sync::Arc;

use axum::http::HeaderMap;
use module::staff::StaffRole;

use crate::accounts::Known;
use crate::app::App;
use crate::console::cookies;
use crate::console::failure::Failure;
use crate::problem::{Kind, Problem};
use crate::public::masked;
use crate::sign_in::{Depth, Reader, staff_reads};

/// Somebody who is signed in.
pub(crate) struct Person {
    reader: Reader,
    /// The mark of his forms.
    pub(crate) mark: String,
}

/// Somebody who looks at an account, and may.
pub(crate) struct Visitor {
    pub(crate) person: Person,
    pub(crate) account: Arc<Known>,
}

impl Person {
    /// Whoever the cookie says.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let reader = app.sign_ins.reader(headers).ok()?;
        let mark = app.forms.mark(cookies::token(headers).unwrap_or_default());
        Some(Self { reader, mark })
    }

    /// Whoever of the staff the cookie says, if he may read so far.
    pub(crate) fn of_staff(app: &App, headers: &HeaderMap, depth: Depth) -> Result<Self, Failure> {
        let person = Self::of(app, headers).ok_or(Failure::SignInFirst)?;
        match app.staff(headers, depth) {
            Ok(_) => Ok(person),
            Err(problem) => Err(Failure::of(problem, Some(person))),
        }
    }

    /// Whoever the cookie says, if he is of those of the staff who sign papers, and his role.
    pub(crate) fn who_signs(app: &App, headers: &HeaderMap) -> Result<(Self, StaffRole), Failure> {
        let person = Self::of(app, headers).ok_or(Failure::SignInFirst)?;
        match Self::signs(app, headers) {
            Ok(role) => Ok((person, role)),
            Err(problem) => Err(Failure::of(problem, Some(person))),
        }
    }

    /// The role of somebody of the staff who signs papers.
    pub(crate) fn signs(app: &App, headers: &HeaderMap) -> Result<StaffRole, Problem> {
        match app.sign_ins.reader(headers)? {
            Reader::Staff(member) if matches!(member.role, StaffRole::Provider | StaffRole::Officer) => {
                Ok(member.role)
            }
            _ => Err(Problem::new(Kind::NotAllowed, "this is for providers and officers")),
        }
    }

    /// His name.
    pub(crate) fn name(&self) -> &str {
        match &self.reader {
            Reader::User(_, name) => name,
            Reader::Staff(member) => member.name.as_str(),
        }
    }

    /// His account, unless he is of the staff.
    pub(crate) fn account(&self) -> Option<&Known> {
        match &self.reader {
            Reader::User(known, _) => Some(known),
            Reader::Staff(_) => None,
        }
    }

    /// His role, if he is of the staff.
    pub(crate) fn staff_role(&self) -> Option<StaffRole> {
        match &self.reader {
            Reader::User(..) => None,
            Reader::Staff(member) => Some(member.role),
        }
    }

    /// Where he begins.
    pub(crate) fn home(&self) -> String {
        match (self.account(), self.staff_role()) {
            (Some(known), _) => format!("/accounts/{}", known.name),
            // A provider reads no account.
            (None, Some(StaffRole::Provider)) => "/papers".to_owned(),
            // Nor does a steward, who looks at what he is shown.
            (None, Some(StaffRole::Steward)) => "/verify".to_owned(),
            (None, _) => "/accounts".to_owned(),
        }
    }

    /// A name as he may see it.
    pub(crate) fn sees(&self, name: &str) -> String {
        if self.reader.is_masked() { masked(name) } else { name.to_owned() }
    }
}

impl Visitor {
    /// Whoever the cookie says, if he may see so much of this account.
    pub(crate) async fn of(
        app: &App,
        headers: &HeaderMap,
        account: &str,
        depth: Depth,
    ) -> Result<Self, Failure> {
        let person = Person::of(app, headers).ok_or(Failure::SignInFirst)?;
        match app.read(headers, account, depth).await {
            Ok(account) => Ok(Self { person, account }),
            Err(problem) if problem.kind() == Kind::SignInRequired => Err(Failure::SignInFirst),
            Err(problem) => Err(Failure::of(problem, Some(person))),
        }
    }

    /// The same, for pages that only the account's own users have.
    pub(crate) async fn own(app: &App, headers: &HeaderMap, account: &str) -> Result<Self, Failure> {
        let visitor = Self::of(app, headers, account, Depth::State).await?;
        if visitor.is_user() {
            return Ok(visitor);
        }
        let detail = "only users of the account issue from it";
        Err(Failure::of(Problem::new(Kind::NotAllowed, detail), Some(visitor.person)))
    }

    /// Whether the account is his own.
    pub(crate) fn is_user(&self) -> bool {
        self.person.account().is_some()
    }

    /// Whether he may see the account's indicia themselves.
    pub(crate) fn sees_indicia(&self) -> bool {
        self.person.staff_role().is_none_or(|role| staff_reads(role, Depth::Indicia))
    }

    /// The path of something in the account.
    pub(crate) fn path(&self, place: &str) -> String {
        format!("/accounts/{}{place}", self.account.name)
    }
}
