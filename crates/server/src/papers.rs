//! What papers do that the operator's people signed, whichever way they come: the module checks who signed, and the server only
//! hands them on.

use asker::ContentDigest;
use engine::{EngineError, OrderRequest, Outcome};
use module::appointment::Appointment;
use module::order::{Order, OrderAction};
use module::paper::Paper;
use module::protocol::NewDevice;
use module::record::DeviceState;
use store::{AccountName, IdempotencyKey, ReservationId};

use crate::accounts::account_of_device;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::sign_in::end_staff_but;

/// Largest opening in bytes.
pub(crate) const MOST_OPENING: usize = 64 * 1024;
/// Largest order or appointment in bytes: an order that names as many serials as one can has half of it.
pub(crate) const MOST: usize = 16 * 1024;

/// What a paper came to.
pub(crate) enum Done {
    /// An account is open.
    Opened(AccountName),
    /// An order for an account was carried out.
    Ordered(AccountName, Order),
    /// The staff is another, by whom.
    Appointed(Appointment, String),
}

/// Opens an account as a provider signed it.
pub(crate) async fn open_account(app: &App, opening: Vec<u8>) -> Result<AccountName, Problem> {
    let refused = |reason: String| Problem::new(Kind::OpeningRefused, reason);
    let new = NewDevice::read(&opening).map_err(|error| refused(error.to_string()))?;
    let name: Result<AccountName, _> = new.account.parse();
    let name = name.map_err(|error| refused(error.to_string()))?;
    let said = app.desk.ask(move |engine| match engine.create_account(opening) {
        Err(EngineError::Module(reason)) => Err(Problem::new(Kind::OpeningRefused, reason)),
        said => Ok(said?),
    });
    said.await?;
    app.trust.expire();
    if let Some(sign_ups) = app.sign_ups.clone() {
        let account = name.to_string();
        // The account is open all the same; what failed was logged, and the request ends by refusal or by time.
        let _ = app.desk.ask(move |_| sign_ups.opened(&account)).await;
    }
    Ok(name)
}

/// Carries out an order, once.
pub(crate) async fn order(
    app: &App,
    account: AccountName,
    key: IdempotencyKey,
    order: Vec<u8>,
) -> Result<ReservationId, Problem> {
    let read = Order::read(&order).ok();
    let revokes = read.is_some_and(|order| matches!(order.action, OrderAction::Become(DeviceState::Revoked)));
    let request = OrderRequest { account, key: Some(key), order };
    // Of indicia that become void, the engine reads what they were issued for.
    let ticket = app.desk.ask(move |engine| Ok(engine.order(request)?)).await?;
    match ticket.await? {
        Outcome::Ordered { reservation } => {
            if revokes {
                app.trust.expire();
            }
            Ok(reservation)
        }
        _ => Err(Problem::internal(&"an order came to a batch")),
    }
}

/// Whether those signed an order who may: a transaction would tell, too, but anybody can send what looks like an order, and
/// transactions are kept for ever.
pub(crate) async fn check_order(app: &App, order: Vec<u8>) -> Result<(), Problem> {
    app.desk.ask(move |engine| Ok(engine.module().check_order(&order)??)).await.map(|_| ())
}

/// Changes the staff, and says who signed it.
pub(crate) async fn appoint(app: &App, paper: Vec<u8>) -> Result<String, Problem> {
    let appointed = app.desk.ask(move |engine| Ok((engine.appoint(paper)?, engine.module().staff()?)));
    let (by, staff) = appointed.await?;
    end_staff_but(&app.sign_ins, &staff.members);
    Ok(by)
}

/// Carries out whatever a paper says.
pub(crate) async fn carry_out(app: &App, paper: Vec<u8>) -> Result<Done, Problem> {
    let malformed =
        |why: &dyn std::fmt::Display| Problem::new(Kind::Malformed, format!("this is no paper: {why}"));
    Paper::read(&paper).map_err(|error| malformed(&error))?;
    if let Ok(appointment) = Appointment::read(&paper) {
        return Ok(Done::Appointed(appointment, appoint(app, paper).await?));
    }
    if let Ok(read) = Order::read(&paper) {
        check_order(app, paper.clone()).await?;
        let device = read.device;
        let account = app.desk.read(move |books| Ok(books.account(account_of_device(device))?)).await?;
        let unknown = || Problem::new(Kind::UnknownAccount, format!("no account has the device {device}"));
        let name = account.ok_or_else(unknown)?.name;
        // The same paper, handed over again, gives the same answer.
        let key = ContentDigest::of(&paper).to_string();
        let key = key.parse().map_err(|error: store::IdempotencyKeyError| Problem::internal(&error))?;
        order(app, name.clone(), key, paper).await?;
        return Ok(Done::Ordered(name, read));
    }
    if NewDevice::read(&paper).is_ok() {
        return Ok(Done::Opened(open_account(app, paper).await?));
    }
    Err(malformed(&"it is neither an opening nor an order nor an appointment"))
}
