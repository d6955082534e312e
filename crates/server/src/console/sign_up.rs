//! Asking for an account, where the operator lets people: the page for whoever asks, and the list for those who decide.
//!
//! The page makes a key, and sends its public half along. An opening that names it lets whoever has the key's other half, which stands
//! in a link that only he sees, set his password: neither the server nor the operator ever could.

use std::sync::Arc;

use api::body;
use asker::{Credential, UserName};
use axum::extract::{Extension, Form, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use indicia::{Denomination, UnixTime};
use maud::{Markup, html};
use module::staff::StaffRole;
use serde::Deserialize;
use store::AccountName;

use crate::app::App;
use crate::console::cookies::Cookie;
use crate::console::failure::Failure;
use crate::console::format::when;
use crate::console::page::{Page, Place, document};
use crate::console::sign_in::{Mark, form_cookie};
use crate::console::visitor::Person;
use crate::limits::Asker;
use crate::problem::{Kind, Problem};
use crate::sign_ups::{SignUp, SignUps};

/// Largest content in bytes.
const MOST: usize = 4 * 1024;
/// Longest contact in characters.
const CONTACT: usize = 200;

/// Requests, if people may make any.
fn allowed(app: &App) -> Result<Arc<SignUps>, Problem> {
    let not = || Problem::new(Kind::NotFound, "whoever runs this service opens accounts himself");
    app.sign_ups.clone().ok_or_else(not)
}

/// The page to ask on.
pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    allowed(&app)?;
    let (cookie, field) = form_cookie(&app, &headers)?;
    let mark = app.forms.mark(&cookie);
    let page = document(Page::plain("Ask for an account", Person::of(&app, &headers).as_ref()), form(&mark));
    let mut response = page.into_response();
    if let Some(field) = field {
        response.headers_mut().append(header::SET_COOKIE, field);
    }
    Ok(response)
}

fn form(mark: &str) -> Markup {
    html! {
        div.narrow {
            h1 { "Ask for an account" }
            p.lead { "Whoever runs this service decides, and tells you." }
            noscript { p.notice { "This needs JavaScript, which this browser doesn't run here." } }
            form.card data-sign-up data-mark=(mark) novalidate {
                (field("account", "Name of the account", "Letters, digits, - _ . and @", "organization"))
                (field("currency", "Currency and decimal places", "as EUR/2, USD/3, JPY/0", "off"))
                (field("user", "Your name as a user", "Letters, digits, - _ . and @; an address of mail will do.", "username"))
                (field("contact", "How you are reached", "An address of mail, or a number", "email"))
                div.failure role="alert" {}
                button.primary.wide type="submit" { "Ask" }
            }
            section.card #asked hidden aria-labelledby="asked-title" {
                h2 #asked-title tabindex="-1" { "You have asked" }
                p { "If whoever runs this service asks you for your key's fingerprint, it is" }
                p.fingerprint #asked-fingerprint {}
                p { "Once you hear that the account is open, set your password by this link:" }
                div.field {
                    label for="own-link" { "Your link" }
                    div.copy {
                        input #own-link readonly;
                        button type="button" data-copy="own-link" { "Copy" }
                    }
                }
                p.hint { "Keep it where nobody else sees it: it is yours alone, and can't be had again." }
            }
        }
    }
}

fn field(name: &str, label: &str, hint: &str, autocomplete: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) autocomplete=(autocomplete) autocapitalize="none" spellcheck="false"
                aria-describedby=(hint_id);
            p.hint id=(hint_id) { (hint) }
        }
    }
}

/// What somebody asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    account: String,
    currency: String,
    user: String,
    contact: String,
    key: String,
    mark: String,
}

impl Asked {
    /// The same, if an opening could say it.
    fn checked(self) -> Result<SignUp, Problem> {
        let malformed = |why: String| Problem::new(Kind::Malformed, why);
        let account: AccountName = self
            .account
            .parse()
            .map_err(|error: store::AccountNameError| malformed(format!("the account's name: {error}")))?;
        let user: UserName = self
            .user
            .parse()
            .map_err(|error: asker::UserNameError| malformed(format!("your name: {error}")))?;
        let currency: Result<Denomination, _> = self.currency.parse();
        let currency = currency.map_err(|error| malformed(format!("the currency: {error}")))?;
        let contact = self.contact.trim();
        if contact.is_empty() || contact.chars().count() > CONTACT || contact.contains(char::is_control) {
            return Err(malformed(format!("a contact is one line of 1 to {CONTACT} characters")));
        }
        let mut key = [0; 32];
        if !base16ct::lower::decode(&self.key, &mut key).is_ok_and(|key| key.len() == 32) {
            return Err(malformed("a key is 64 hexadecimal digits in lower case".into()));
        }
        Ok(SignUp {
            number: 0,
            account: account.to_string(),
            currency: currency.to_string(),
            user: user.to_string(),
            key: self.key,
            contact: contact.to_owned(),
            at: 0,
        })
    }
}

/// Keeps what somebody asks for.
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    Extension(Asker(address)): Extension<Asker>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let sign_ups = allowed(&app)?;
    let (parts, content) = request.into_parts();
    if body::media_type(&parts.headers) != "application/json" {
        return Err(Problem::new(Kind::UnsupportedMediaType, "a request is sent as application/json"));
    }
    let content = body::read(&parts.headers, content, MOST).await?;
    let asked: Asked = serde_json::from_slice(&content)
        .map_err(|error| Problem::new(Kind::Malformed, format!("the request can't be read: {error}")))?;
    app.forms.check(&parts.headers, Cookie::Form, &asked.mark)?;
    let asked = asked.checked()?;
    app.limits.sign_up(address)?;
    app.desk.ask(move |_| sign_ups.add(asked)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// All that wait, for those who decide.
pub(crate) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Failure> {
    let (person, role) = Person::who_signs(&app, &headers)?;
    let sign_ups = match allowed(&app) {
        Ok(sign_ups) => sign_ups,
        Err(problem) => return Err(Failure::of(problem, Some(person))),
    };
    let all = app.desk.ask(move |_| sign_ups.all()).await?;
    Ok(document(
        Page::plain("Requests", Some(&person)).at(Place::Papers),
        html! {
            h1 { "Requests for accounts" }
            p.lead { "Each ends when the account is open, when it is refused, or after 30 days. Make sure of "
                "who asks before a provider signs: whoever has the key of the fingerprint sets the owner's password, so let him tell you what "
                "his page showed." }
            @if all.is_empty() {
                div.nothing { h2 { "Nobody has asked" } p { "Requests for accounts show here." } }
            }
            ul.people { @for one in &all { (request(one, role, &person.mark)) } }
        },
    ))
}

/// What somebody reads out of a key.
fn fingerprint(key: &str) -> String {
    let mut bytes = [0; 32];
    match base16ct::lower::decode(key, &mut bytes) {
        Ok(_) => Credential::Ed25519(bytes).key_id().to_string(),
        Err(_) => String::new(),
    }
}

fn request(one: &SignUp, role: StaffRole, mark: &str) -> Markup {
    let opening = form_urlencoded::Serializer::new("/papers/opening?".to_owned())
        .extend_pairs([
            ("account", &one.account),
            ("currency", &one.currency),
            ("user", &one.user),
            ("key", &one.key),
        ])
        .finish();
    html! {
        li.card {
            h2 { (one.account) }
            dl.facts {
                div { dt { "Currency" } dd { (one.currency) } }
                div { dt { "Owner" } dd { (one.user) } }
                div { dt { "Contact" } dd { (one.contact) } }
                div { dt { "Key's fingerprint" } dd.serial { (fingerprint(&one.key)) } }
                div { dt { "Asked" } dd { (when(UnixTime(one.at))) } }
            }
            @if role == StaffRole::Provider {
                p { a.button href=(opening) { "Sign its opening" span.unseen { " of " (one.account) } } }
            } @else {
                p.hint { "A provider signs its opening." }
            }
            form method="post" action={ "/sign-ups/" (one.number) "/refuse" } {
                input type="hidden" name="mark" value=(mark);
                button.quiet type="submit" { "Refuse" span.unseen { " " (one.account) } }
            }
        }
    }
}

/// Ends a request without an account.
pub(crate) async fn refuse(
    State(app): State<Arc<App>>,
    Path(number): Path<u64>,
    headers: HeaderMap,
    form: Result<Form<Mark>, axum::extract::rejection::FormRejection>,
) -> Result<Redirect, Failure> {
    let (person, _) = Person::who_signs(&app, &headers)?;
    let refused = async {
        let sign_ups = allowed(&app)?;
        let missing = |_| Problem::new(Kind::Malformed, "the form's mark is missing");
        let Form(form) = form.map_err(missing)?;
        app.forms.check(&headers, Cookie::Token, &form.mark)?;
        app.desk.ask(move |_| sign_ups.refuse(number)).await
    };
    match refused.await {
        Ok(()) => Ok(Redirect::to("/sign-ups")),
        Err(problem) => Err(Failure::of(problem, Some(person))),
    }
}
