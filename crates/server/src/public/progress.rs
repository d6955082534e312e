//! What becomes of a batch, told as it happens.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use crate::accounts::Known;
use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::public::batch::Batch;
use crate::public::batches;
use crate::sign_in::Depth;

/// How often the books are looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// How often something is sent even if nothing happened, so that nobody on the way takes the connection for dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// An event, for the document.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)] // it is only described
pub(crate) struct Event {
    /// `batch`.
    event: String,
    /// The batch, as JSON.
    data: String,
}

/// Somebody who watches.
struct Watcher {
    app: Arc<App>,
    account: Arc<Known>,
    batch: String,
    /// What was told last.
    told: Option<String>,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

/// Watch a batch, as server-sent events.
///
/// Each event is named `batch` and has the batch as its data. The stream ends when nothing more can happen.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/batches/{batch}/events",
    tag = "batches",
    params(
        ("account" = String, Path, description = "Name of the account"),
        ("batch" = u64, Path, description = "Number of the batch"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "Events", body = Event, content_type = "text/event-stream")),
)]
pub(crate) async fn watch(
    State(app): State<Arc<App>>,
    Path((account, batch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = app.read(&headers, &account, Depth::State).await?;
    batches::find(&app, &account, &batch).await?;
    let place = Arc::clone(&app.watchers).try_acquire_owned();
    let place =
        place.map_err(|_| Problem::new(Kind::Overloaded, "more watch batches than the server lets"))?;
    let watcher = Watcher { app, account, batch, told: None, is_over: false, _place: place };
    let events = stream::try_unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Ok::<_, Problem>(event.map(|event| (event, watcher)))
    });
    let fields = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((fields, Body::from_stream(events)).into_response())
}

impl Watcher {
    /// The next event, or a sign of life; none when there will be no more.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let began = Instant::now();
        while !self.is_over && !*self.app.stop.borrow() {
            let batch =
                Batch::of_stored(&self.account, &batches::find(&self.app, &self.account, &self.batch).await?);
            let tag = batch.tag();
            if self.told.as_ref() != Some(&tag) {
                self.told = Some(tag);
                self.is_over = batch.state.is_final();
                let data = serde_json::to_string(&batch).map_err(|error| Problem::internal(&error))?;
                return Ok(Some(format!("event: batch\ndata: {data}\n\n").into()));
            }
            if began.elapsed() >= SIGN_OF_LIFE {
                return Ok(Some(Bytes::from_static(b":\n\n")));
            }
            sleep(PAUSE).await;
        }
        Ok(None)
    }
}
