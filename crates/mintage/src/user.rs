//! A user of an account, who asks by a key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use asker::{BatchOptions, Change, ChangeAsked, ContentDigest, ContentForm, Proof, Secret, Statement};
use engine::IssueRequest;
use indicia::ItemList;
use store::{AccountName, IdempotencyKey};

use crate::office::now;

/// The user who owns an account.
pub(crate) const OWNER: &str = "owner";

/// A user with a key.
pub(crate) struct Asker {
    account: AccountName,
    user: String,
    secret: Secret,
    /// No number is used twice: they begin with the nanoseconds since 1970, which every run of this program is after.
    next: AtomicU64,
}

impl Asker {
    pub(crate) fn new(account: AccountName, user: &str, secret: Secret) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        // until the year 2554
        let next = AtomicU64::new(u64::try_from(since).unwrap_or(u64::MAX / 2));
        Self { account, user: user.to_owned(), secret, next }
    }

    /// A signed request to change users, keys or limits.
    pub(crate) fn change(&self, key: &IdempotencyKey, change: Change) -> ChangeAsked {
        let nonce = self.next.fetch_add(1, Ordering::Relaxed);
        let statement = change.statement(self.account.as_str(), key.as_str());
        let proof = Proof::sign(&self.secret, &statement, now().0, nonce);
        ChangeAsked { change, proof }
    }

    /// A signed request for a batch.
    pub(crate) fn batch(&self, key: IdempotencyKey, options: &BatchOptions, list: &ItemList) -> IssueRequest {
        let query = options.to_query();
        let items = ItemList::encode(list.proof, list.denomination, &list.items);
        let statement =
            Statement::batch(self.account.as_str(), &query, key.as_str(), ContentDigest::of(&items));
        let nonce = self.next.fetch_add(1, Ordering::Relaxed);
        let proof = Proof::sign(&self.secret, &statement, now().0, nonce);
        let (account, user, form) = (self.account.clone(), self.user.clone(), ContentForm::Cbor);
        IssueRequest { account, user, key, query, items, form, proof }
    }
}
