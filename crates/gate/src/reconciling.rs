//! What a gate does beside its scanners: it looks for the server, tells it what it did alone, and renews what it checks by.

use std::sync::Arc;
use std::time::Duration;

use indicia::Serial;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::desk::{Unheard, Upstream};
use crate::link::Question;
use crate::relay::Gate;
use crate::trust::Trust;

/// How often bundle and snapshot are renewed; the server makes a snapshot a minute.
const RENEW: Duration = Duration::from_secs(30);
/// How often the server is looked for, while it can't be reached.
const LOOK: Duration = Duration::from_secs(2);
/// Uses that are read from the file at one time.
const PAGE: u32 = 200;

/// Goes on until the gate ends.
pub(crate) async fn keep_up(gate: Arc<Gate>, mut stop: watch::Receiver<bool>) {
    let mut down = gate.desk.upstream().down();
    loop {
        match round(&gate).await {
            Ok(()) => {}
            Err(Unheard::Lost { why, .. }) => tracing::debug!(why, "the server isn't reached"),
            Err(Unheard::Refused(why)) => {
                tracing::error!(why, "the server doesn't take this gate's requests");
            }
        }
        let pause = if gate.desk.upstream().is_up() { RENEW } else { LOOK };
        down.borrow_and_update();
        let is_just_cut_off = tokio::select! {
            () = sleep(pause) => false,
            () = gate.untold.notified() => false,
            _ = down.changed() => true,
            _ = stop.wait_for(|stop| *stop) => false,
        };
        if is_just_cut_off {
            // The server isn't looked for in the same moment.
            let _ = timeout(LOOK, stop.wait_for(|stop| *stop)).await;
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// Renews what is checked by, and tells what was done alone, in the order in which it was done.
async fn round(gate: &Arc<Gate>) -> Result<(), Unheard> {
    let lost = |error: api::Problem| Unheard::Lost { why: error.to_string(), may_have_arrived: true };
    gate.work(renew).await.map_err(lost)??;
    let mut last = 0;
    loop {
        let untold = gate.work(move |gate| gate.desk.books().untold(last, PAGE)).await.map_err(lost)?;
        let untold = untold.map_err(|error| lost(error.said()))?;
        let Some((newest, _)) = untold.last().copied() else { break };
        for (id, serial) in untold {
            gate.in_turn(serial, move |gate| gate.desk.tell(id)).await.map_err(lost)??;
        }
        last = newest;
    }
    let doubles = gate.work(|gate| gate.desk.books().doubles_alone()).await.map_err(lost)?;
    for (id, serial) in doubles.map_err(|error| lost(error.said()))? {
        gate.work(move |gate| keep_others(gate, id, serial)).await.map_err(lost)??;
    }
    Ok(())
}

/// Fetches what is newer; as soon as the server answers it is reached.
pub(crate) fn renew(gate: &Gate) -> Result<(), Unheard> {
    let before = gate.trust.get();
    if let Some(newer) = Trust::fetch(gate.desk.upstream(), Some(&before))? {
        if let Err(error) = newer.keep(&mut gate.desk.books()) {
            tracing::error!(%error, "bundle and snapshot can't be kept");
        }
        gate.desk.renew(newer.snapshot.says.clone());
        gate.trust.set(newer);
    }
    Ok(())
}

/// Keeps what else was made of an indicium that was used twice.
fn keep_others(gate: &Gate, id: i64, serial: Serial) -> Result<(), Unheard> {
    let path = format!("/v1/redemptions/{serial}");
    let reply = gate.desk.upstream().ask(&Question { method: "GET", path: &path, fields: &[], body: b"" })?;
    let own = gate.desk.books().by_id(id).ok().flatten().and_then(|kept| kept.heard);
    let Ok(mut all) = serde_json::from_slice::<Vec<api::Redemption>>(&reply.body) else {
        tracing::error!(%serial, status = reply.status, "the uses of what was used twice aren't told");
        return Ok(());
    };
    all.retain(|one| one.redemption != own.map(|heard| heard.place));
    let others = serde_json::to_string(&all).unwrap_or_default(); // texts and numbers can always be written
    if let Err(error) = gate.desk.books().keep_others(id, &others) {
        tracing::error!(%error, "a double use can't be kept");
    }
    Ok(())
}
