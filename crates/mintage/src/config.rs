//! What the server is told: by flags, by the environment, by a file, in this order; the rest is as it is by default.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use server::{Settings, TlsFiles, TrustedProxies};
use tracing_subscriber::filter::Targets;

use crate::failure::Failure;

/// The file that is read if none is named.
const FILE: &str = "mintage.toml";

/// Settings as flags, and as the keys of the file.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Given {
    /// Where customers ask [default: 127.0.0.1:8744].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where the operator asks: health, metrics, new accounts. Whoever reaches it may do everything [default: 127.0.0.1:9744].
    #[arg(long, value_name = "ADDRESS:PORT")]
    private_listen: Option<SocketAddr>,
    /// File with the certificate that encrypts the public listener, and those that signed it (PEM).
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's private key (PEM).
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Listen without encryption where other machines reach it: only behind a proxy that encrypts [default: false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_plain: Option<bool>,
    /// Reverse proxies by address or network, with commas in between: limits by address then count whom their Forwarded or
    /// X-Forwarded-For names [default: none].
    #[arg(long, value_name = "NETWORKS")]
    trusted_proxies: Option<TrustedProxies>,
    /// Connections at one time; further ones wait [default: 10000].
    #[arg(long, value_name = "COUNT")]
    connections: Option<usize>,
    /// Signed requests under way at one time; a further one is told to come again [default: 8192].
    #[arg(long, value_name = "COUNT")]
    waiting: Option<usize>,
    /// Largest content of a batch in bytes [default: 33554432].
    #[arg(long, value_name = "BYTES")]
    batch_bytes: Option<usize>,
    /// Signed requests a second of one key [default: 1000].
    #[arg(long, value_name = "COUNT")]
    requests_per_key: Option<u32>,
    /// Requests a second from one address [default: 2000].
    #[arg(long, value_name = "COUNT")]
    requests_per_address: Option<u32>,
    /// Let people ask for accounts in the web console; only a provider's signed opening makes one [default: false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    sign_up: Option<bool>,
    /// What is logged: error, warn, info, debug, or as info,server=debug [default: info].
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
    /// How it is logged [default: pretty].
    #[arg(long, value_enum, value_name = "FORM")]
    log_format: Option<LogFormat>,
    /// Where traces of requests are sent, as OTLP over HTTP: a collector of OpenTelemetry [default: what
    /// OTEL_EXPORTER_OTLP_ENDPOINT says, or nowhere].
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<OtlpEndpoint>,
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// For programs: a JSON object each.
    Json,
}

/// A setting that applies, and where it comes from.
#[derive(Debug, Serialize)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) source: String,
}

/// Everything that applies.
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) log: Targets,
    pub(crate) log_format: LogFormat,
    pub(crate) otlp_endpoint: Option<OtlpEndpoint>,
    pub(crate) shown: Vec<Setting>,
}

/// Flags, file and environment while they are put together.
struct Sources<'a> {
    file: Option<&'a Path>,
    variable: fn(&str) -> Option<String>,
    shown: Vec<Setting>,
}

impl Sources<'_> {
    /// The value of one setting, from the first that says one.
    fn take<T: FromStr<Err: Display>>(
        &mut self,
        name: &'static str,
        flag: Option<T>,
        file: Option<T>,
        show: impl Fn(&T) -> String,
        default: T,
    ) -> Result<T, Failure> {
        let given = self.given(name, flag, file)?;
        Ok(self.show(name, given.unwrap_or_else(|| (default, "default".into())), show))
    }

    /// The same for a setting that needn't have a value.
    fn take_path(
        &mut self,
        name: &'static str,
        flag: Option<PathBuf>,
        file: Option<PathBuf>,
    ) -> Result<Option<PathBuf>, Failure> {
        let given = self.given(name, flag, file)?;
        Ok(given.map(|given| self.show(name, given, |path| path.display().to_string())))
    }

    /// The same for where traces are sent: every program that sends any takes that from one variable.
    fn take_endpoint(
        &mut self,
        flag: Option<OtlpEndpoint>,
        file: Option<OtlpEndpoint>,
    ) -> Result<Option<OtlpEndpoint>, Failure> {
        const NAME: &str = "otlp-endpoint";
        const COMMON: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let given = match self.given(NAME, flag, file)? {
            Some(given) => Some(given),
            None => self.variable(COMMON)?.map(|value| (value, COMMON.to_owned())),
        };
        Ok(given.map(|given| self.show(NAME, given, |endpoint| endpoint.0.clone())))
    }

    fn show<T>(
        &mut self,
        name: &'static str,
        (value, source): (T, String),
        show: impl Fn(&T) -> String,
    ) -> T {
        self.shown.push(Setting { name, value: show(&value), source });
        value
    }

    fn given<T: FromStr<Err: Display>>(
        &self,
        name: &str,
        flag: Option<T>,
        file: Option<T>,
    ) -> Result<Option<(T, String)>, Failure> {
        if let Some(value) = flag {
            return Ok(Some((value, format!("--{name}"))));
        }
        let variable = format!("MINTAGE_{}", name.replace('-', "_").to_uppercase());
        if let Some(value) = self.variable(&variable)? {
            return Ok(Some((value, variable)));
        }
        let path = self.file.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(file.map(|value| (value, path)))
    }

    fn variable<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(text) = (self.variable)(name) else { return Ok(None) };
        let value = text
            .parse()
            .map_err(|error| Failure::Said(format!("{name} is {text:?}, which can't be used: {error}")))?;
        Ok(Some(value))
    }
}

/// The base URL of a collector.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct OtlpEndpoint(String);

impl OtlpEndpoint {
    /// Where traces are sent.
    pub(crate) fn traces(&self) -> String {
        format!("{}/v1/traces", self.0.trim_end_matches('/'))
    }
}

impl FromStr for OtlpEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_url = ["http://", "https://"].iter().any(|scheme| {
            text.strip_prefix(scheme).is_some_and(|host| !host.starts_with('/') && !host.is_empty())
        });
        let parses = text.parse::<ureq::http::Uri>().is_ok();
        if is_url && parses {
            Ok(Self(text.to_owned()))
        } else {
            Err("a collector is named as http://127.0.0.1:4318, or with https".into())
        }
    }
}

impl TryFrom<String> for OtlpEndpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(text, false)
    }
}

impl Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
        })
    }
}

impl Config {
    /// Puts flags, environment and file together. Without a file that is named, the data folder's is read if there is one.
    pub(crate) fn new(dir: &Path, file: Option<&Path>, flags: Given) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let named = file.map(Path::to_owned).or_else(|| variable("MINTAGE_CONFIG").map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| dir.join(FILE));
        let (path, file) = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let given = toml::from_str(&text)
                    .map_err(|error| Failure::Said(format!("{} can't be used:\n{error}", path.display())))?;
                (Some(path), given)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
                (None, Given::default())
            }
            Err(error) => return Err(Failure::io(&path)(error)),
        };
        Self::put_together(flags, file, Sources { file: path.as_deref(), variable, shown: Vec::new() })
    }

    fn put_together(flags: Given, file: Given, mut from: Sources<'_>) -> Result<Self, Failure> {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listen = from.take("listen", flags.listen, file.listen, SocketAddr::to_string, local(8744))?;
        let private_listen = from.take(
            "private-listen",
            flags.private_listen,
            file.private_listen,
            SocketAddr::to_string,
            local(9744),
        )?;
        let certificate = from.take_path("tls-certificate", flags.tls_certificate, file.tls_certificate)?;
        let key = from.take_path("tls-key", flags.tls_key, file.tls_key)?;
        let allow_plain =
            from.take("allow-plain", flags.allow_plain, file.allow_plain, bool::to_string, false)?;
        let trusted_proxies = from.take(
            "trusted-proxies",
            flags.trusted_proxies,
            file.trusted_proxies,
            TrustedProxies::to_string,
            TrustedProxies::default(),
        )?;
        let connections =
            from.take("connections", flags.connections, file.connections, usize::to_string, 10_000)?;
        let waiting = from.take("waiting", flags.waiting, file.waiting, usize::to_string, 8192)?;
        let batch_bytes =
            from.take("batch-bytes", flags.batch_bytes, file.batch_bytes, usize::to_string, 32 << 20)?;
        let requests_per_key = from.take(
            "requests-per-key",
            flags.requests_per_key,
            file.requests_per_key,
            u32::to_string,
            1000,
        )?;
        let requests_per_address = from.take(
            "requests-per-address",
            flags.requests_per_address,
            file.requests_per_address,
            u32::to_string,
            2000,
        )?;
        let sign_up = from.take("sign-up", flags.sign_up, file.sign_up, bool::to_string, false)?;
        let log = from.take("log", flags.log, file.log, String::clone, "info".to_owned())?;
        let log: Targets = log.parse().map_err(|error| {
            Failure::Said(format!(
                "{log:?} doesn't say what is to be logged ({error}); info does, for example"
            ))
        })?;
        let log_format = from.take(
            "log-format",
            flags.log_format,
            file.log_format,
            LogFormat::to_string,
            LogFormat::Pretty,
        )?;
        let otlp_endpoint = from.take_endpoint(flags.otlp_endpoint, file.otlp_endpoint)?;
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(Failure::Said("tls-certificate and tls-key go together".into())),
        };
        if connections == 0
            || waiting == 0
            || batch_bytes == 0
            || requests_per_key == 0
            || requests_per_address == 0
        {
            let which = "connections, waiting, batch-bytes, requests-per-key and requests-per-address";
            return Err(Failure::Said(format!("{which} are at least 1")));
        }
        let settings = Settings {
            listen,
            private_listen,
            tls,
            allow_plain,
            trusted_proxies,
            connections,
            waiting,
            batch_bytes,
            requests_per_key,
            requests_per_address,
            sign_up,
        };
        Ok(Self { settings, log, log_format, otlp_endpoint, shown: from.shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: Given, file: &str) -> Result<Config, Failure> {
        let file = toml::from_str(file).expect("a file");
        let variable: fn(&str) -> Option<String> = |name| match name {
            "MINTAGE_CONNECTIONS" => Some("7".into()),
            "MINTAGE_LOG" => Some("warn".into()),
            _ => None,
        };
        Config::put_together(
            flags,
            file,
            Sources { file: Some(Path::new("the-file")), variable, shown: Vec::new() },
        )
    }

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_file() {
        let flags = Given { log: Some("debug".into()), ..Given::default() };
        let config = config(flags, "connections = 5\nbatch-bytes = 6\nlog = \"error\"").expect("a config");
        let shown = |name: &str| {
            let found = config.shown.iter().find(|setting| setting.name == name).expect("shown");
            (found.value.clone(), found.source.clone())
        };
        assert_eq!(shown("log"), ("debug".into(), "--log".into()));
        assert_eq!(shown("connections"), ("7".into(), "MINTAGE_CONNECTIONS".into()));
        assert_eq!(shown("batch-bytes"), ("6".into(), "the-file".into()));
        assert_eq!(shown("requests-per-key"), ("1000".into(), "default".into()));
        assert_eq!(config.settings.connections, 7);
    }

    #[test]
    fn what_is_unknown_is_refused_for_where_it_stands() {
        let error =
            toml::from_str::<Given>("connections = 5\nconections = 6").expect_err("a mistake").to_string();
        assert!(error.contains("line 2, column 1") && error.contains("conections"), "{error}");
    }
}
