//! Callers who ask for one batch after the other while something happens to the server.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Folder;
use super::http::{Answer, Connection};
use super::served::{Customer, Request, Server, tickets};

/// Callers at one time.
const CALLERS: usize = 8;

/// A request, and its answer; none if the connection ended first.
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) answer: Option<Answer>,
}

impl Asked {
    /// What was acknowledged. A clear problem is an answer, too, but not of something that was done.
    fn done(&self) -> Option<serde_json::Value> {
        self.answer.as_ref().filter(|answer| answer.status == 201).map(Answer::json)
    }
}

/// Asks for one batch after the other until told to end, or until the server is gone.
fn ask_on(customer: &Customer, server: &Server, caller: usize, over: &AtomicBool) -> Vec<Asked> {
    let mut connection = Connection::to(server.public);
    let mut asked = Vec::new();
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let request = customer.batch(&format!("{caller}-{number}"), "", &tickets(1 + number % 3));
        let answer = connection.try_ask("POST", &request.path, &request.fields(), &request.content);
        let is_gone = answer.is_none();
        asked.push(Asked { request, answer });
        if is_gone {
            break;
        }
    }
    asked
}

/// Lets callers ask while `disturb` does its work, and returns everything that was asked.
pub(crate) fn under_load(folder: &Folder, server: &Server, disturb: impl FnOnce()) -> Vec<Asked> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| scope.spawn(move || ask_on(&Customer::of(folder, "a"), server, caller, over)))
            .collect();
        disturb();
        over.store(true, Ordering::SeqCst);
        callers.into_iter().flat_map(|caller| caller.join().expect("a caller")).collect()
    })
}

/// The same requests have the same answers, and each of the others has one now.
pub(crate) fn all_once(server: &Server, asked: &[Asked]) {
    assert!(asked.iter().any(|asked| asked.done().is_some()), "nothing was answered before");
    for asked in asked {
        let again = asked.request.send(server).ok(201).json();
        if let Some(done) = asked.done() {
            assert_eq!(again, done);
        }
        assert_eq!(asked.request.send(server).ok(201).json(), again);
    }
}

/// How many indicia were asked for.
pub(crate) fn count_of(asked: &[Asked]) -> u64 {
    let items = |asked: &Asked| indicia::ItemList::decode(&asked.request.content).expect("items").items;
    asked.iter().map(|asked| items(asked).len() as u64).sum()
}
