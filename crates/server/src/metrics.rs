//! What is counted, for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the classes that durations are counted in, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Which requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Arc<str>,
    status: u16,
}

/// Which problems are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Problems {
    problem: &'static str,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Route, Counter>,
    problems: Family<Problems, Counter>,
    seconds: Histogram,
    batch_seconds: Histogram,
    pub(crate) issued: Counter,
    pub(crate) connections: Gauge,
    waiting: Gauge<u64, AtomicU64>,
    reserved: Family<Denomination, Gauge<f64, AtomicU64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Denomination {
    denomination: String,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("mintage");
        let requests = Family::<Route, Counter>::default();
        registry.register("http_requests", "Answered requests by route and status", requests.clone());
        let problems = Family::<Problems, Counter>::default();
        registry.register("problems", "Requests that weren't carried out, by why", problems.clone());
        let seconds = Histogram::new(SECONDS);
        registry.register_with_unit(
            "http_request",
            "Time from a request's head to its answer's",
            Unit::Seconds,
            seconds.clone(),
        );
        let batch_seconds = Histogram::new(SECONDS);
        registry.register_with_unit(
            "batch",
            "Time from a batch into the queue until it is issued, durably",
            Unit::Seconds,
            batch_seconds.clone(),
        );
        let issued = Counter::default();
        registry.register("indicia_issued", "Indicia issued by answered requests", issued.clone());
        let connections = Gauge::default();
        registry.register("connections", "Open connections of the public listener", connections.clone());
        let waiting = Gauge::<u64, AtomicU64>::default();
        registry.register("engine_waiting", "Requests in the engine's queue", waiting.clone());
        let reserved = Family::<Denomination, Gauge<f64, AtomicU64>>::default();
        registry.register(
            "reserved_units",
            "Units that open reservations have set aside, by denomination",
            reserved.clone(),
        );
        Self { registry, requests, problems, seconds, batch_seconds, issued, connections, waiting, reserved }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, route: Arc<str>, status: StatusCode, seconds: f64) {
        self.requests.get_or_create(&Route { route, status: status.as_u16() }).inc();
        self.seconds.observe(seconds);
    }

    /// A request wasn't carried out.
    pub(crate) fn problem(&self, problem: &'static str) {
        self.problems.get_or_create(&Problems { problem }).inc();
    }

    /// A batch was issued.
    pub(crate) fn batch(&self, count: u32, seconds: f64) {
        self.issued.inc_by(u64::from(count));
        self.batch_seconds.observe(seconds);
    }

    /// All of it as text.
    pub(crate) fn text(
        &self,
        waiting: usize,
        reserved: Vec<(String, f64)>,
    ) -> Result<String, std::fmt::Error> {
        self.waiting.set(waiting as u64);
        for (denomination, units) in reserved {
            self.reserved.get_or_create(&Denomination { denomination }).set(units);
        }
        let mut all = String::new();
        text::encode(&mut all, &self.registry)?;
        Ok(all)
    }
}
