//! Behind a reverse proxy, limits by address are those of whoever asks the proxy.

mod support;

use support::Folder;
use support::http::Connection;
use support::served::Server;

/// More than is let through at once, by far.
const MANY: u32 = 200;

/// Asks until too often was asked, under fields that `fields` makes of a number.
fn is_limited(server: &Server, fields: impl Fn(u32) -> (&'static str, String)) -> bool {
    let mut connection = Connection::to(server.public);
    (0..MANY).any(|number| {
        let (name, value) = fields(number);
        connection.ask("GET", "/problems/closed", &[(name, &value)], b"").status == 429
    })
}

#[test]
fn whom_a_trusted_proxy_names_has_limits_of_his_own() {
    let folder = Folder::funded();
    folder.file("proxy.toml", b"requests-per-address = 4\ntrusted-proxies = \"10.0.0.0/8, 127.0.0.1\"\n");
    let server = Server::start_as_told(&folder, &["--config", "proxy.toml"]);
    // What comes before the address that the proxy added may be anything.
    let invented = |number| ("X-Forwarded-For", format!("198.51.100.{number}, 192.0.2.1"));
    assert!(is_limited(&server, invented));
    let invented =
        |number| ("Forwarded", format!("for=198.51.100.{number}, for=\"192.0.2.3:80\";proto=https"));
    assert!(is_limited(&server, invented));
    // Nobody else hears of it.
    server.get("/problems/closed", &[("X-Forwarded-For", "192.0.2.2")]).ok(200);
    server.get("/problems/closed", &[("Forwarded", "for=\"[2001:db8::1]\"")]).ok(200);
    server.get("/problems/closed", &[]).ok(200);
    server.stop();
}

#[test]
fn who_is_no_trusted_proxy_names_nobody() {
    let folder = Folder::funded();
    let limit = ["--requests-per-address", "4"];
    for more in [&[][..], &["--trusted-proxies", "10.0.0.0/8"]] {
        let server = Server::start_as_told(&folder, &[&limit, more].concat());
        assert!(is_limited(&server, |number| ("X-Forwarded-For", format!("192.0.2.{number}"))));
        server.stop();
    }
    folder.file("bad.toml", b"trusted-proxies = \"proxy.example\"\n");
    let output = folder.run_plain(&["config", "--config", "bad.toml"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("line 1"), "{said}");
    assert!(said.contains("\"proxy.example\" is neither an address nor a network"), "{said}");
}
