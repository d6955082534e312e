//! How often anybody may ask.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use asker::KeyId;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use store::AccountName;

use crate::problem::{Kind, Problem};
use crate::settings::Settings;

static LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Steps of sign-ins to one account within a second, by whomever: each is a transaction of its device.
const SIGN_INS: u32 = 20;

/// What is left to somebody within this second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    of: &'static str,
    requests: u32,
}

/// Requests for accounts of one address within an hour.
const SIGN_UPS: u32 = 5;

/// From where a request of the public listener comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker(pub(crate) IpAddr);

struct Limiter<K: Hash + Eq + Clone> {
    of: &'static str,
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(of: &'static str, a_second: u32) -> Self {
        Self::with(of, Quota::per_second(at_least_one(a_second)))
    }

    fn with(of: &'static str, quota: Quota) -> Self {
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        Self { of, limiter, clock: DefaultClock::default() }
    }

    fn take(&self, key: &K) -> Result<Left, Problem> {
        match self.limiter.check_key(key) {
            Ok(state) => Ok(Left { of: self.of, requests: state.remaining_burst_capacity() }),
            Err(not_until) => {
                let seconds = not_until.wait_time_from(self.clock.now()).as_secs() + 1;
                let detail = format!("this {} asks more often than it may; nothing was done", self.of);
                Err(Problem::new(Kind::RateLimited, detail).after(seconds))
            }
        }
    }

    /// Forgets who hasn't asked for a while.
    fn tidy(&self) {
        self.limiter.retain_recent();
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// The limits of everybody.
pub(crate) struct Limits {
    keys: Limiter<KeyId>,
    addresses: Limiter<IpAddr>,
    sign_ins: Limiter<AccountName>,
    sign_ups: Limiter<IpAddr>,
    policy: HeaderValue,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (key, address) = (settings.requests_per_key.max(1), settings.requests_per_address.max(1));
        let policy = format!(r#""address";q={address};w=1, "key";q={key};w=1"#);
        Self {
            keys: Limiter::new("key", key),
            addresses: Limiter::new("address", address),
            sign_ins: Limiter::new("account", SIGN_INS),
            sign_ups: Limiter::with("address", Quota::per_hour(at_least_one(SIGN_UPS))),
            // Digits and ASCII punctuation are a header's value.
            policy: HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("")),
        }
    }

    /// Counts a signed request of a key.
    pub(crate) fn key(&self, key: KeyId) -> Result<Left, Problem> {
        self.keys.take(&key)
    }

    /// Counts a request from an address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<Left, Problem> {
        self.addresses.take(&whose(address))
    }

    /// Counts a step of a sign-in to an account.
    pub(crate) fn sign_in(&self, account: &AccountName) -> Result<Left, Problem> {
        self.sign_ins.take(account)
    }

    /// Counts a request for an account.
    pub(crate) fn sign_up(&self, address: IpAddr) -> Result<Left, Problem> {
        self.sign_ups.take(&whose(address))
    }

    /// Says what is left, in the form of draft-ietf-httpapi-ratelimit-headers.
    pub(crate) fn say(&self, left: Left, headers: &mut HeaderMap) {
        headers.insert(POLICY.clone(), self.policy.clone());
        let value = format!(r#""{}";r={};t=1"#, left.of, left.requests);
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(LIMIT.clone(), value);
        }
    }

    /// Says how often anybody may ask.
    pub(crate) fn say_policy(&self, headers: &mut HeaderMap) {
        headers.insert(POLICY.clone(), self.policy.clone());
    }

    /// Forgets who hasn't asked for a while.
    pub(crate) fn tidy(&self) {
        self.keys.tidy();
        self.addresses.tidy();
        self.sign_ins.tidy();
        self.sign_ups.tidy();
    }
}

/// One household has as many addresses of IPv6 as it likes, but one network.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_asks_as_one() {
        let parse = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(whose(parse("2001:db8::1")), whose(parse("2001:db8::ffff:1")));
        assert_ne!(whose(parse("2001:db8::1")), whose(parse("2001:db8:0:1::1")));
        assert_eq!(whose(parse("::ffff:192.0.2.1")), parse("192.0.2.1"));
        assert_ne!(whose(parse("192.0.2.1")), whose(parse("192.0.2.2")));
    }

    #[test]
    fn who_asks_too_often_waits_and_nobody_else() {
        let limiter = Limiter::<u8>::new("key", 3);
        for left in [2, 1, 0] {
            assert_eq!(limiter.take(&1).expect("within the limit").requests, left);
        }
        assert_eq!(limiter.take(&1).expect_err("one too many").kind(), Kind::RateLimited);
        assert!(limiter.take(&2).is_ok());
    }
}
