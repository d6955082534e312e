//! TLS: a customer knows the server by its certificate, and what isn't TLS, or not its own, comes to nothing.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version};
use support::Folder;
use support::http::{Connection, head};
use support::served::{Customer, Server, tickets};

/// A server with a certificate of its own, for `localhost`.
struct Encrypted {
    folder: Folder,
    server: Server,
    certificate: CertificateDer<'static>,
}

/// A new certificate, with its own files.
fn certificate(folder: &Folder, name: &str) -> (CertificateDer<'static>, [String; 2]) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = [
        folder.file(&format!("{name}.pem"), cert.pem().as_bytes()),
        folder.file(&format!("{name}.key"), signing_key.serialize_pem().as_bytes()),
    ];
    (cert.der().clone(), files)
}

impl Encrypted {
    fn start() -> Self {
        let folder = Folder::funded();
        let (certificate, [file, key]) = certificate(&folder, "own");
        let server = Server::start(&folder, &["--tls-certificate", &file, "--tls-key", &key]);
        Self { folder, server, certificate }
    }

    /// Whom a customer trusts, and which versions and protocols he speaks.
    fn client(
        &self,
        trusted: &CertificateDer<'static>,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&[u8]],
    ) -> Connection<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).expect("a certificate");
        let mut config = ClientConfig::builder_with_protocol_versions(versions)
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = "localhost".try_into().expect("a name");
        let session = ClientConnection::new(Arc::new(config), name).expect("a client");
        let stream = TcpStream::connect(self.server.public).expect("a connection");
        Connection::over(StreamOwned::new(session, stream))
    }

    /// Asks as customers do.
    fn asks_well(&self, versions: &[&'static SupportedProtocolVersion], protocols: &[&[u8]]) {
        let mut connection = self.client(&self.certificate, versions, protocols);
        connection.ask("GET", "/openapi.json", &[], b"").ok(200);
        connection.ask("GET", "/nothing", &[], b"").refused(404, "not-found");
    }
}

#[test]
fn a_signed_batch_is_issued_over_each_version_of_tls() {
    let encrypted = Encrypted::start();
    let customer = Customer::of(&encrypted.folder, "a");
    for (key, version) in [("new", &version::TLS13), ("old", &version::TLS12)] {
        let mut connection = encrypted.client(&encrypted.certificate, &[version], &[b"http/1.1"]);
        let request = customer.batch(key, "", &tickets(2));
        let issued = connection.ask("POST", &request.path, &request.fields(), &request.content).ok(201);
        assert_eq!(issued.json()["count"], 2);
    }
    encrypted.asks_well(&[&version::TLS13], &[]);
    encrypted.server.stop();
    encrypted.folder.audit();
}

#[test]
fn who_speaks_otherwise_is_turned_away_and_the_next_is_served() {
    let encrypted = Encrypted::start();
    let server = &encrypted.server;
    // One that says nothing is left after a while; meanwhile it keeps nobody waiting.
    let mut silent = TcpStream::connect(server.public).expect("a connection");

    let mut plain = TcpStream::connect(server.public).expect("a connection");
    plain.write_all(&head("GET", "/openapi.json", &[], 0)).expect("written");
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said); // it may be cut off
    // An alert (RFC 8446, section 6), and no answer.
    assert!(said.is_empty() || said[0] == 21, "{said:?}");

    let mut http2 = encrypted.client(&encrypted.certificate, &[&version::TLS13], &[b"h2"]);
    let refused = http2.refusal();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");

    let (other, _) = certificate(&encrypted.folder, "other");
    let mut distrustful = encrypted.client(&other, &[&version::TLS13], &[b"http/1.1"]);
    let refused = distrustful.refusal();
    assert!(refused.contains("invalid peer certificate"), "{refused}");

    for noise in [&b"\x16\x03\x01\xff\xff"[..], &[0xff; 4096], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.public).expect("a connection");
        stream.write_all(noise).expect("written");
    }
    encrypted.asks_well(&[&version::TLS13], &[b"http/1.1"]);
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0, "it is left");
    encrypted.asks_well(&[&version::TLS12], &[b"h2", b"http/1.1"]);
    encrypted.server.stop();
}

#[test]
fn a_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_never() {
    let folder = Folder::funded();
    let (first, [file, key]) = certificate(&folder, "own");
    let (server, log) = Server::start_heard(&folder, &["--tls-certificate", &file, "--tls-key", &key]);
    let mut encrypted = Encrypted { folder, server, certificate: first };
    let mut kept = encrypted.client(&encrypted.certificate, &[&version::TLS13], &[]);
    kept.ask("GET", "/openapi.json", &[], b"").ok(200);

    let (renewed, [new_file, new_key]) = certificate(&encrypted.folder, "renewed");
    std::fs::rename(&new_file, &file).expect("a file");
    std::fs::rename(&new_key, &key).expect("a file");
    encrypted.asks_well(&[&version::TLS13], &[]); // nobody said yet that there is another
    encrypted.server.signal("-HUP");
    log.says(&["certificate and key were read anew"]);
    let mut distrustful = encrypted.client(&encrypted.certificate, &[&version::TLS13], &[]);
    let refused = distrustful.refusal();
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    encrypted.certificate = renewed;
    encrypted.asks_well(&[&version::TLS13], &[]);

    let (_, [other, _]) = certificate(&encrypted.folder, "other");
    for broken in [std::fs::read(other).expect("a file"), Vec::new(), b"noise".to_vec()] {
        std::fs::write(&file, broken).expect("a file");
        encrypted.server.signal("-HUP");
        log.says(&["certificate and key stay as they were", "own.pem can't be used"]);
        encrypted.asks_well(&[&version::TLS13], &[]);
    }
    kept.ask("GET", "/openapi.json", &[], b"").ok(200);
    encrypted.server.stop();
}

#[test]
fn a_server_without_a_certificate_goes_on_when_it_is_told_to_read_one() {
    let folder = Folder::funded();
    let (server, log) = Server::start_heard(&folder, &[]);
    server.signal("-HUP");
    log.says(&["told to read certificate and key anew, but there are none"]);
    server.get("/openapi.json", &[]).ok(200);
    server.stop();
}

#[test]
fn a_certificate_that_cant_be_used_is_named() {
    let folder = Folder::funded();
    let (_, [file, key]) = certificate(&folder, "one");
    let (_, [_, other_key]) = certificate(&folder, "other");
    let empty = folder.file("empty.pem", b"");
    let serve = |certificate: &str, key: &str, says: &str| {
        let arguments = ["--tls-certificate", certificate, "--tls-key", key];
        let local = ["serve", "--listen", "127.0.0.1:0", "--private-listen", "127.0.0.1:0"];
        folder.refused(&[&local[..], &arguments].concat(), says);
    };
    serve("nowhere.pem", &key, "nowhere.pem can't be used");
    serve(&file, "nowhere.key", "nowhere.key can't be used");
    serve(&empty, &key, "empty.pem can't be used");
    serve(&file, &empty, "empty.pem can't be used");
    serve(&file, &other_key, "one.pem can't be used");
}
