//! What the server says of its work: its log, and traces of requests if a collector is named.

use std::io::IsTerminal;
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat, OtlpEndpoint};
use crate::failure::Failure;

/// How long the collector has to take a number of spans.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it has to take the last ones, when the server ends.
const LAST: Duration = Duration::from_secs(5);
/// Bytes of its answer at most: nobody reads it.
const ANSWER_BYTES: u64 = 64 * 1024;

/// Log and traces, until it is dropped.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// The log goes to standard error, traces to the collector that is named.
    pub(crate) fn begin(config: &Config) -> Result<Self, Failure> {
        let lines = lines(config.log_format);
        let logged = config.log.clone().with_target(server::TRACED, LevelFilter::OFF);
        let provider = config.otlp_endpoint.as_ref().map(provider).transpose()?;
        let spans = provider.as_ref().map(|provider| {
            let traced = Targets::new().with_target(server::TRACED, LevelFilter::INFO);
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("mintage"));
            // Where in the sources a span begins, and on which thread, says nothing to those who look at traces.
            layer.with_location(false).with_threads(false).with_target(false).with_filter(traced).boxed()
        });
        // A list, since a layer that is none is one that wants every span: each would be made for nobody.
        let layers: Vec<_> = std::iter::once(lines.with_filter(logged).boxed()).chain(spans).collect();
        tracing_subscriber::registry().with(layers).init();
        Ok(Self(provider))
    }
}

/// The log alone, on standard error.
pub(crate) fn log(levels: Targets, form: LogFormat) {
    tracing_subscriber::registry().with(lines(form).with_filter(levels)).init();
}

/// Lines of a log on standard error.
fn lines<S>(form: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match form {
        LogFormat::Pretty => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(LAST)
        {
            tracing::warn!(%error, "the last traces may not have come to the collector");
        }
    }
}

/// Makes a request's span a part of its client's own trace (W3C Trace Context, `traceparent` and `tracestate`), if it names one
/// that can be read; another begins a trace here.
pub(crate) fn continue_trace(span: &Span, fields: &HeaderMap) {
    let theirs = TraceContextPropagator::new().extract(&HeaderExtractor(fields));
    if theirs.span().span_context().is_valid() {
        // It can't fail for a span that is listened to and hasn't begun; and if it did, the trace would begin here.
        let _ = span.set_parent(theirs);
    }
}

/// Gathers spans and sends them off on a thread of its own; what the collector takes too slowly is given up.
fn provider(endpoint: &OtlpEndpoint) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new())
        .with_endpoint(endpoint.traces())
        .build()
        .map_err(|error| Failure::Said(format!("traces can't be sent to {}: {error}", endpoint.traces())))?;
    let service = Resource::builder().with_service_name(service_name()).build();
    Ok(SdkTracerProvider::builder().with_resource(service).with_batch_exporter(exporter).build())
}

fn service_name() -> String {
    std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "mintage".into())
}

/// Posts to the collector.
#[derive(Debug)]
struct Collector(ureq::Agent);

impl Collector {
    fn new() -> Self {
        // Whoever signed the collector's certificate must be known to this machine, as with a database's.
        Self(api::agent(PATIENCE))
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    /// Blocks the thread that sends spans, which does nothing else.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut response = self.0.run(request.map(Vec::from))?;
        let content = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec()?;
        Ok(response.map(|_| content.into()))
    }
}
