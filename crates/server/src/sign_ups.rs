//! Requests for accounts by people who have none, where the operator lets them ask.
//!
//! They are kept in a file beside the books, a few of them and for a while: nothing of value hangs on them, and only a provider's
//! signed opening makes an account.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicia::UnixTime;
use serde::{Deserialize, Serialize};

use crate::problem::{Kind, Problem};

/// Requests at one time.
const MOST: usize = 200;
/// How long one is kept, in seconds.
const SECONDS: u64 = 30 * 86_400;

/// Somebody asks for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignUp {
    /// Its number, which none before it had.
    pub(crate) number: u64,
    /// What the account is to be called.
    pub(crate) account: String,
    /// In which currency, with its places.
    pub(crate) currency: String,
    /// What its owner is to be called.
    pub(crate) user: String,
    /// The public key of the secret that only his browser has, in hexadecimal digits.
    pub(crate) key: String,
    /// How he is reached.
    pub(crate) contact: String,
    /// When he asked, in seconds since 1970.
    pub(crate) at: u64,
}

/// The file's content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    last: u64,
    all: Vec<SignUp>,
}

/// All requests.
pub(crate) struct SignUps {
    path: PathBuf,
    clock: fn() -> UnixTime,
    /// None until it was read.
    kept: Mutex<Option<Kept>>,
}

impl SignUps {
    pub(crate) fn new(path: PathBuf, clock: fn() -> UnixTime) -> Self {
        Self { path, clock, kept: Mutex::default() }
    }

    /// Keeps a request, and gives it its number.
    pub(crate) fn add(&self, new: SignUp) -> Result<(), Problem> {
        self.change(|kept, now| {
            if kept.all.len() >= MOST {
                let full = "more requests for accounts wait already than are kept; ask again another day";
                return Err(Problem::new(Kind::Overloaded, full));
            }
            kept.last += 1;
            kept.all.push(SignUp { number: kept.last, at: now, ..new });
            Ok(())
        })
    }

    /// All that wait, the oldest first.
    pub(crate) fn all(&self) -> Result<Vec<SignUp>, Problem> {
        let now = (self.clock)().0;
        let mut place = lock(&self.kept);
        let kept = self.read(&mut place)?;
        Ok(kept.all.iter().filter(|one| is_fresh(one, now)).cloned().collect())
    }

    /// Ends a request.
    pub(crate) fn refuse(&self, number: u64) -> Result<(), Problem> {
        self.change(|kept, _| {
            let before = kept.all.len();
            kept.all.retain(|one| one.number != number);
            if kept.all.len() == before {
                return Err(Problem::new(Kind::NotFound, "there is no such request any more"));
            }
            Ok(())
        })
    }

    /// Ends the request that an account was opened by; those of others for the same name can't be met any more, either.
    pub(crate) fn opened(&self, account: &str) -> Result<(), Problem> {
        if self.all()?.iter().all(|one| one.account != account) {
            return Ok(());
        }
        self.change(|kept, _| {
            kept.all.retain(|one| one.account != account);
            Ok(())
        })
    }

    /// Changes what is kept, on the disk first.
    fn change(&self, change: impl FnOnce(&mut Kept, u64) -> Result<(), Problem>) -> Result<(), Problem> {
        let now = (self.clock)().0;
        let mut place = lock(&self.kept);
        let mut kept = self.read(&mut place)?.clone();
        kept.all.retain(|one| is_fresh(one, now));
        change(&mut kept, now)?;
        self.write(&kept).map_err(|error| failed(&error))?;
        *place = Some(kept);
        Ok(())
    }

    fn read<'a>(&self, place: &'a mut Option<Kept>) -> Result<&'a Kept, Problem> {
        if place.is_none() {
            *place = Some(match std::fs::read(&self.path) {
                Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(&error))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
                Err(error) => return Err(failed(&error)),
            });
        }
        // It was put there just now, if it wasn't before.
        place.as_ref().ok_or_else(|| failed(&"they weren't read"))
    }

    /// A new file in the place of the old one: a crash leaves either.
    fn write(&self, kept: &Kept) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(std::path::Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        std::fs::File::open(folder)?.sync_all()
    }
}

fn is_fresh(one: &SignUp, now: u64) -> bool {
    now < one.at.saturating_add(SECONDS)
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "requests for accounts can't be kept");
    Problem::new(Kind::StoreFailed, "requests for accounts can't be kept at this moment")
}

fn lock(mutex: &Mutex<Option<Kept>>) -> MutexGuard<'_, Option<Kept>> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(account: &str) -> SignUp {
        let text = str::to_owned;
        let (account, currency, user) = (text(account), text("EUR/2"), text("ida"));
        SignUp {
            number: 0,
            account,
            currency,
            user,
            key: "0b".repeat(32),
            contact: text("ida@a.example"),
            at: 0,
        }
    }

    fn at_begin() -> UnixTime {
        UnixTime(1_000)
    }

    fn month_later() -> UnixTime {
        UnixTime(1_000 + SECONDS)
    }

    #[test]
    fn requests_survive_a_restart_and_end_by_time_refusal_or_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sign-ups.json");
        let open = |clock| SignUps::new(path.clone(), clock);
        let names = |all: &SignUps| {
            all.all().unwrap().into_iter().map(|one| (one.number, one.account)).collect::<Vec<_>>()
        };
        let first = open(at_begin);
        for name in ["a", "b", "b"] {
            first.add(asked(name)).unwrap();
        }
        let again = open(at_begin);
        assert_eq!(names(&again), [(1, "a".into()), (2, "b".into()), (3, "b".into())]);
        assert_eq!(again.all().unwrap()[0].at, 1_000);
        again.opened("c").unwrap();
        again.opened("b").unwrap();
        assert_eq!(names(&again), [(1, "a".into())]);
        again.refuse(1).unwrap();
        assert_eq!(again.refuse(1).unwrap_err().kind(), Kind::NotFound);
        again.add(asked("d")).unwrap();
        assert_eq!(names(&open(at_begin)), [(4, "d".into())], "no number comes again");
        assert_eq!(names(&open(month_later)), []);
    }

    #[test]
    fn only_so_many_wait() {
        let folder = tempfile::tempdir().unwrap();
        let all = SignUps::new(folder.path().join("sign-ups.json"), at_begin);
        for _ in 0..MOST {
            all.add(asked("a")).unwrap();
        }
        assert_eq!(all.add(asked("a")).unwrap_err().kind(), Kind::Overloaded);
        assert_eq!(all.all().unwrap().len(), MOST);
        // Those whose time is over are in nobody's way.
        let later = SignUps::new(folder.path().join("sign-ups.json"), month_later);
        later.add(asked("b")).unwrap();
        assert_eq!(later.all().unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_cant_be_read_is_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sign-ups.json");
        std::fs::write(&path, "{").unwrap();
        let all = SignUps::new(path.clone(), at_begin);
        assert_eq!(all.add(asked("a")).unwrap_err().kind(), Kind::StoreFailed);
        assert_eq!(std::fs::read(&path).unwrap(), b"{");
    }
}
