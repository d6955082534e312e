//! Papers: what providers and officers sign where their keys are. The page makes the command to sign by, and takes what was signed;
//! no key of theirs ever comes here.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::body;
use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use module::appointment::StaffChange;
use module::order::OrderAction;
use module::staff::StaffRole;
use serde::Deserialize;

use crate::app::App;
use crate::console::commands::{self, Fields, Step, Wanted};
use crate::console::cookies::Cookie;
use crate::console::failure::{Failure, capitalised, fragment};
use crate::console::page::{Page, Place, document};
use crate::console::visitor::Person;
use crate::papers::{self, Done, MOST_OPENING};
use crate::problem::{Kind, Problem};

/// Largest content in bytes: a paper in base64, and what is around it.
const MOST: usize = MOST_OPENING / 3 * 4 + 1024;

/// What is signed most often by whoever looks.
pub(crate) async fn first(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Failure> {
    let (person, role) = Person::who_signs(&app, &headers)?;
    let wanted = Wanted::of_role(role).first().copied();
    let wanted = wanted.ok_or_else(|| Problem::internal(&"somebody signs nothing"))?;
    Ok(page(&app, &person, role, wanted, &Fields::default(), None))
}

/// One kind of paper, and the commands that sign it once the fields are filled in.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Query(fields): Query<BTreeMap<String, String>>,
) -> Result<Markup, Failure> {
    let (person, role) = Person::who_signs(&app, &headers)?;
    let Some(wanted) = Wanted::of_role(role).iter().copied().find(|wanted| wanted.slug() == kind) else {
        let problem = Problem::new(Kind::NotFound, format!("the role {} signs no such paper", role.name()));
        return Err(Failure::of(problem, Some(person)));
    };
    let fields = Fields::new(fields);
    let steps = if fields.is_empty() {
        None
    } else {
        Some(commands::steps(&app, wanted, &fields, person.name()).await)
    };
    Ok(page(&app, &person, role, wanted, &fields, steps.as_ref()))
}

fn page(
    app: &App,
    person: &Person,
    role: StaffRole,
    wanted: Wanted,
    fields: &Fields,
    steps: Option<&Result<Vec<Step>, Problem>>,
) -> Markup {
    document(
        Page::plain("Papers", Some(person)).at(Place::Papers),
        html! {
            h1 { "Papers" }
            p.lead { "You sign on the machine that has your key, which never comes here. This page makes the command, and takes what was signed." }
            @if app.sign_ups.is_some() { p { a href="/sign-ups" { "Requests for accounts" } } }
            nav.ways aria-label="Papers" {
                @for one in Wanted::of_role(role) {
                    a href={ "/papers/" (one.slug()) } aria-current=[(*one == wanted).then_some("page")] { (one.title()) }
                }
            }
            form.card method="get" action={ "/papers/" (wanted.slug()) } {
                h2 { (wanted.title()) }
                (wanted.form(fields))
                @if let Some(Err(problem)) = steps {
                    div.failure role="alert" { strong { (problem.kind().title()) } p { (capitalised(&problem.to_string())) "." } }
                }
                button.primary type="submit" { "Make the command" }
            }
            @if let Some(Ok(steps)) = steps { (to_sign(wanted, steps, fields)) }
            (handing_over(person))
        },
    )
}

fn to_sign(wanted: Wanted, steps: &[Step], fields: &Fields) -> Markup {
    html! {
        section.card aria-labelledby="sign" {
            h2 #sign { "Sign" }
            @if wanted == Wanted::Invite { (link(fields)) }
            @for (number, step) in steps.iter().enumerate() {
                @let id = format!("command-{number}");
                div.field {
                    label for=(id) { (step.who) }
                    div.copy {
                        textarea id=(id) readonly rows="3" data-command { (step.command) }
                        button type="button" data-copy=(id) { "Copy" span.unseen { " the command" } }
                    }
                }
            }
        }
    }
}

/// The link that lets somebody in again: its secret is made by the page, and its public half goes into the commands.
fn link(fields: &Fields) -> Markup {
    html! {
        form.stack data-paper-link data-page={ "/join?account=" (fields.get("account")) "&user=" (fields.get("user")) } {
            div.failure role="alert" {}
            button type="submit" { "Make the link first" }
            div.field hidden {
                label for="paper-link" { "Link for " (fields.get("user")) }
                div.copy {
                    input #paper-link readonly;
                    button type="button" data-copy="paper-link" { "Copy" }
                }
                p.hint { "It counts once the paper is handed over. Keep it until then: it isn't kept here." }
            }
        }
    }
}

fn handing_over(person: &Person) -> Markup {
    html! {
        form.card data-paper novalidate {
            h2 { "Hand over what was signed" }
            input type="hidden" name="mark" value=(person.mark);
            div.field {
                label for="paper" { "The signed file" }
                input #paper type="file" name="paper";
            }
            p.or { "or" }
            div.field {
                label for="pasted" { "The same in base64" }
                textarea #pasted name="pasted" rows="3" spellcheck="false" autocomplete="off" aria-describedby="pasted-hint" {}
                p.hint #pasted-hint { "As " code { "base64 FILE" } " writes it." }
            }
            div.failure role="alert" {}
            button.primary type="submit" { "Hand over" }
        }
        div #handed aria-live="polite" {}
    }
}

/// A signed paper.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    paper: String,
    mark: String,
}

/// Takes a signed paper, and says what came of it, as a part of the page.
pub(crate) async fn take(State(app): State<Arc<App>>, request: Request) -> Response {
    match taken(&app, request).await {
        Ok(done) => said(&done).into_response(),
        Err(problem) => fragment(&problem),
    }
}

async fn taken(app: &Arc<App>, request: Request) -> Result<Done, Problem> {
    let (parts, content) = request.into_parts();
    if body::media_type(&parts.headers) != "application/json" {
        return Err(Problem::new(Kind::UnsupportedMediaType, "a paper is handed over as application/json"));
    }
    Person::signs(app, &parts.headers)?;
    let content = body::read(&parts.headers, content, MOST).await?;
    let malformed = |why: &'static str| Problem::new(Kind::Malformed, why);
    let handed: Handed =
        serde_json::from_slice(&content).map_err(|_| malformed("a paper and a form's mark are expected"))?;
    app.forms.check(&parts.headers, Cookie::Token, &handed.mark)?;
    let paper = STANDARD.decode(&handed.paper).map_err(|_| malformed("what was pasted is no base64"))?;
    papers::carry_out(app, paper).await
}

fn said(done: &Done) -> Markup {
    html! {
        section.card.good aria-labelledby="handed-over" {
            h2 #handed-over tabindex="-1" { "Done" }
            p { (sentence(done)) }
        }
    }
}

fn sentence(done: &Done) -> String {
    match done {
        Done::Opened(account) => format!("The account {account} is open."),
        Done::Ordered(account, order) => match &order.action {
            OrderAction::Fund(amount) => format!("{amount} was paid into {account}."),
            OrderAction::Refund(amount) => format!("{amount} was paid back from {account}."),
            OrderAction::Void { amount, serials } => {
                format!(
                    "{} indicia of {account} are void, and {amount} is back on its balance.",
                    serials.count()
                )
            }
            OrderAction::Erase(_) => format!("Holders' data was erased in {account}."),
            OrderAction::Become(state) => format!("The account {account} is {} now.", state.name()),
            OrderAction::Invite { user, hours, .. } => {
                format!("By the link, {user} of {account} may set a password anew within {hours} hours.")
            }
        },
        Done::Appointed(appointment, by) => match &appointment.change {
            StaffChange::Appoint(member) => {
                format!("{} is of the staff as {}, by {by}.", member.name, member.role.name())
            }
            StaffChange::Dismiss(name) => format!("{name} isn't of the staff any more, by {by}."),
        },
    }
}
