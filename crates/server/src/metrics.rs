//! What is counted, for Prometheus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use engine::{Classes, Figures};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
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
    module_restarts: Counter,
    waiting: Gauge<u64, AtomicU64>,
    under_way: Gauge<u64, AtomicU64>,
    reserved: Family<Denomination, Gauge<f64, AtomicU64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Denomination {
    denomination: String,
}

impl Metrics {
    pub(crate) fn new(figures: Arc<Figures>) -> Self {
        let mut registry = Registry::with_prefix("mintage");
        registry.register_collector(Box::new(EngineFigures(figures)));
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
        let module_restarts = Counter::default();
        registry.register(
            "module_restarts",
            "How often the crypto module's process was started again",
            module_restarts.clone(),
        );
        let waiting = Gauge::<u64, AtomicU64>::default();
        registry.register("engine_waiting", "Requests in the engine's queue", waiting.clone());
        let under_way = Gauge::<u64, AtomicU64>::default();
        registry.register(
            "requests_under_way",
            "Places that signed requests take at this moment, of those that the setting `waiting` gives",
            under_way.clone(),
        );
        let reserved = Family::<Denomination, Gauge<f64, AtomicU64>>::default();
        registry.register(
            "reserved_units",
            "Units that open reservations have set aside, by denomination",
            reserved.clone(),
        );
        Self {
            registry,
            requests,
            problems,
            seconds,
            batch_seconds,
            issued,
            connections,
            module_restarts,
            waiting,
            under_way,
            reserved,
        }
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

    /// All of it as text. What is reserved is left out where it isn't known.
    pub(crate) fn text(
        &self,
        waiting: usize,
        under_way: usize,
        module_restarts: u64,
        reserved: Vec<(String, f64)>,
    ) -> Result<String, std::fmt::Error> {
        self.waiting.set(waiting as u64);
        self.under_way.set(under_way as u64);
        self.module_restarts.inner().store(module_restarts, Ordering::Relaxed);
        self.reserved.clear();
        for (denomination, units) in reserved {
            self.reserved.get_or_create(&Denomination { denomination }).set(units);
        }
        let mut all = String::new();
        text::encode(&mut all, &self.registry)?;
        Ok(all)
    }
}

/// What the engine counts, as Prometheus wants it.
#[derive(Debug)]
struct EngineFigures(Arc<Figures>);

impl Collector for EngineFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Figures { commit_micros, commit_requests, session_micros, session_requests, .. } = &*self.0;
        let mut histogram = |name, help, unit: Option<Unit>, classes: Classes| {
            // Durations are counted in microseconds, and shown in seconds.
            let scale = if unit.is_some() { 1e6 } else { 1.0 };
            // Sums of microseconds are exact for 285 years.
            #[allow(clippy::cast_precision_loss)]
            let scaled = |value: u64| value as f64 / scale;
            let count = classes.counts.iter().map(|(_, count)| count).sum();
            let counts = classes.counts.into_iter();
            let counts: Vec<_> =
                counts.map(|(bound, count)| (bound.map_or(f64::INFINITY, scaled), count)).collect();
            let mut encoder = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Histogram)?;
            encoder.encode_histogram::<NoLabelSet>(scaled(classes.sum), count, &counts, None)
        };
        let seconds = || Some(Unit::Seconds);
        histogram("commit", "Time that commits of the store took", seconds(), commit_micros.classes())?;
        histogram("commit_requests", "Requests reserved by each commit", None, commit_requests.classes())?;
        let help = "Time from a session's being sent to the crypto module until its answer, the commit before it included";
        histogram("session", help, seconds(), session_micros.classes())?;
        histogram("session_requests", "Requests in each session", None, session_requests.classes())?;
        let failed = ConstCounter::new(self.0.failed_commits());
        let help = "Commits of the store that failed";
        failed.encode(encoder.encode_descriptor("failed_commits", help, None, failed.metric_type())?)
    }
}
