//! Which database of which server, and as whom.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::password;

/// Where Debian's server listens if nobody says otherwise.
const SOCKET_FOLDER: &str = "/var/run/postgresql";
/// For how long a server that went away is waited for, unless the URL says otherwise by `connect_timeout`.
const PATIENCE: Duration = Duration::from_secs(15);
/// A connection that is silent for so long is looked after, and given up when nothing has come for four of these.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// A database of a PostgreSQL server: `postgres://USER@HOST/DATABASE`. It never shows a password that it has.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: Arc<str>,
    config: Arc<Config>,
}

/// Text that is no URL of a database; it isn't repeated, since it may have a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "this is no URL of a PostgreSQL database: it looks like postgres://USER@HOST:5432/DATABASE?sslmode=require, with \
     unusual characters as %XX"
)]
pub struct DatabaseUrlError;

impl DatabaseUrl {
    /// The URL with everything in it, perhaps a password: to be kept where only its owner reads.
    #[must_use]
    pub fn secret_text(&self) -> &str {
        &self.text
    }

    /// For how long a server that went away is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(PATIENCE)
    }

    /// Everything that connecting needs: also a password from the environment or from the user's file.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::clone(&self.config);
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host_path(SOCKET_FOLDER);
        }
        config.ssl_mode(self.ssl_mode());
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(3);
        config.tcp_user_timeout(KEEPALIVE * 4);
        if config.get_password().is_none()
            && let Some(password) = password::find(&config)
        {
            config.password(password.as_bytes());
        }
        config
    }

    /// Nobody listens on the way within a machine. Anywhere else only a URL that says so goes without TLS: otherwise
    /// whoever stands in between could say that the server has none.
    fn ssl_mode(&self) -> SslMode {
        match self.config.get_ssl_mode() {
            SslMode::Prefer if self.is_local() => SslMode::Disable,
            SslMode::Prefer => SslMode::Require,
            chosen => chosen,
        }
    }

    fn is_local(&self) -> bool {
        let addresses = self.config.get_hostaddrs();
        let is_local = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => {
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        };
        addresses.iter().all(IpAddr::is_loopback)
            && (!addresses.is_empty() || self.config.get_hosts().iter().all(is_local))
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let config = text.parse::<Config>().ok().filter(|_| is_url).ok_or(DatabaseUrlError)?;
        Ok(Self { text: text.into(), config: Arc::new(config) })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let between = if place > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{between}{name}")?,
                Host::Unix(folder) => write!(f, "{between}{}", folder.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(place).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_password_is_kept_and_never_shown() {
        let text = "postgres://clerk:s3cret@db.example:5433/books?sslmode=require";
        let url = url(text);
        assert_eq!(url.secret_text(), text);
        assert_eq!(url.to_string(), "postgres://clerk@db.example:5433/books");
        assert!(!format!("{url:?}{:?}", url.config()).contains("s3cret"));
        for wrong in ["postgres://clerk:s3cret@db:port/books", "mysql://s3cret", "postgres://x/y?s3cret=1"] {
            assert!(!wrong.parse::<DatabaseUrl>().unwrap_err().to_string().contains("s3cret"), "{wrong}");
        }
    }

    #[test]
    fn only_what_stays_within_the_machine_goes_without_tls() {
        let mode = |text: &str| url(text).ssl_mode();
        for local in ["postgres:///books", "postgres://localhost/books", "postgres://[::1]/books"] {
            assert_eq!(mode(local), SslMode::Disable, "{local}");
        }
        assert_eq!(mode("postgres://%2Ftmp%2Fsocket/books"), SslMode::Disable);
        assert_eq!(mode("postgres://localhost/books?sslmode=require"), SslMode::Require);
        for elsewhere in ["", "?sslmode=prefer", "?sslmode=require"] {
            assert_eq!(mode(&format!("postgres://db.example/books{elsewhere}")), SslMode::Require);
        }
        assert_eq!(mode("postgres://localhost/books?hostaddr=10.0.0.7"), SslMode::Require);
        assert_eq!(mode("postgres://localhost,db.example/books"), SslMode::Require);
        assert_eq!(mode("postgres://db.example/books?sslmode=disable"), SslMode::Disable);
    }
}
