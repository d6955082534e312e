//! A password that isn't in the URL: from `PGPASSWORD`, or from the user's file, as PostgreSQL's own programs do it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// What the server is called in the file if it is reached by a socket.
const LOCAL: &str = "localhost";
const PORT: u16 = 5432;

/// The password for this connection, if one is kept.
pub(super) fn find(config: &Config) -> Option<String> {
    std::env::var("PGPASSWORD").ok().or_else(|| {
        let file = std::env::var_os("PGPASSFILE").map(PathBuf::from);
        let file = file.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pgpass")))?;
        // One that others may read isn't believed.
        let is_private = fs::metadata(&file).is_ok_and(|file| file.is_file() && file.mode() & 0o077 == 0);
        if is_private { in_file(&fs::read_to_string(file).ok()?, config) } else { None }
    })
}

/// The password of the first line that fits: `host:port:database:user:password`, where `*` fits anything.
fn in_file(text: &str, config: &Config) -> Option<String> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name,
        _ => LOCAL,
    };
    let port = config.get_ports().first().copied().unwrap_or(PORT).to_string();
    let user = config.get_user().unwrap_or_default();
    let asked = [host, &port, config.get_dbname().unwrap_or(user), user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, names) = fields.split_last()?;
        let fits = |(name, asked): (&String, &&str)| name == "*" || name == asked;
        (names.len() == asked.len() && names.iter().zip(&asked).all(fits)).then(|| password.clone())
    })
}

/// A line's fields; a backslash makes the character after it an ordinary one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let Some(last) = fields.last_mut() {
            last.extend(literal);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        let file =
            "# a comment\ndb:5432:books:clerk:one\ndb:*:*:clerk:t\\:w\\\\o\n*:*:*:*:th:ree\nbroken:line";
        let found = |url: &str| in_file(file, &url.parse().unwrap());
        assert_eq!(found("postgres://clerk@db/books").as_deref(), Some("one"));
        assert_eq!(found("postgres://clerk@db:5433/books").as_deref(), Some("t:w\\o"));
        assert_eq!(found("postgres://other@db/books").as_deref(), Some("th:ree"));
        assert_eq!(in_file("broken:line\ndb:1:books", &"postgres://clerk@db/books".parse().unwrap()), None);
        let socket: Config = "postgres://clerk@%2Ftmp/books".parse().unwrap();
        assert_eq!(in_file("localhost:5432:books:clerk:four", &socket).as_deref(), Some("four"));
    }
}
