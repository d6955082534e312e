//! Something between a store and its server that can cut the connection at any message.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::place;
use store::Place;

/// Longer than a server takes to answer.
const ANSWER: Duration = Duration::from_millis(300);

/// What becomes of what a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It doesn't arrive.
    Before,
    /// It arrives and is answered, but no answer comes back.
    After,
}

#[derive(Default)]
struct State {
    /// Cut after so many further messages.
    cut: Option<(u32, Cut)>,
    /// Nobody gets through any more, once it was cut or at once.
    blocks_after_cut: bool,
    is_blocked: bool,
    cuts: u32,
    open: Vec<UnixStream>,
}

/// See the module's documentation.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub(crate) fn to(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (server, state) = (server.join(".s.PGSQL.5432"), Arc::new(Mutex::new(State::default())));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if lock(&shared).is_blocked {
                    continue;
                }
                let Ok(server) = UnixStream::connect(&server) else { continue };
                lock(&shared).open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || pass(from, to));
                let state = Arc::clone(&shared);
                thread::spawn(move || pass_requests(client, server, &state));
            }
        });
        Self { folder, state }
    }

    /// A database behind it.
    pub(crate) fn place(&self, database: &str, options: &str) -> Place {
        place(&format!("{}{options}", scratch_postgres::url_at(self.folder.path(), database)))
    }

    /// Cuts the connection at the message after so many, and lets nobody through after it if that is said.
    pub(crate) fn cut_after(&self, messages: u32, cut: Cut, and_block: bool) {
        let mut state = lock(&self.state);
        state.cut = Some((messages, cut));
        state.blocks_after_cut = and_block;
    }

    /// Cuts everything and lets nobody through.
    pub(crate) fn block(&self) {
        let mut state = lock(&self.state);
        state.is_blocked = true;
        cut_all(&mut state);
    }

    pub(crate) fn unblock(&self) {
        let mut state = lock(&self.state);
        (state.is_blocked, state.cut) = (false, None);
    }

    /// How often it has cut at a message.
    pub(crate) fn cuts(&self) -> u32 {
        lock(&self.state).cuts
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

fn cut_all(state: &mut State) {
    for stream in state.open.drain(..) {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

fn pass(mut from: UnixStream, mut to: UnixStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

fn pass_requests(mut client: UnixStream, mut server: UnixStream, state: &Mutex<State>) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let cut = {
            let mut state = lock(state);
            match &mut state.cut {
                Some((0, cut)) => {
                    let cut = *cut;
                    state.cut = None;
                    state.cuts += 1;
                    state.is_blocked |= state.blocks_after_cut;
                    Some(cut)
                }
                Some((messages, _)) => {
                    *messages -= 1;
                    None
                }
                None => None,
            }
        };
        if cut == Some(Cut::After) {
            // What it answers finds nobody.
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
        if cut != Some(Cut::Before) && server.write_all(&buffer[..read]).is_err() {
            break;
        }
        if cut.is_some() {
            thread::sleep(if cut == Some(Cut::After) { ANSWER } else { Duration::ZERO });
            // Others may have been made meanwhile, which it doesn't concern.
            let _ = client.shutdown(std::net::Shutdown::Both);
            let mut state = lock(state);
            if state.is_blocked {
                cut_all(&mut state);
            }
            break;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
}
