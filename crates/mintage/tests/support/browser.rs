//! Headless Chromium, told what to do by WebDriver (W3C) through chromedriver.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::http::ask;

/// Keys without a character (WebDriver, section 17.4.2).
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const SPACE: char = ' ';

/// How long something may take to show: longer than anything takes that isn't stuck.
const STUCK: Duration = Duration::from_secs(60);
/// How long a script looks for it at a time, in milliseconds: chromedriver ends those that take half a minute.
const LOOK: u64 = 2_000;

/// A browser with one tab.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    /// Where pages are served.
    pub(crate) origin: String,
}

/// A driver, and where it listens, if it came to that.
fn drive(program: &OsStr) -> Option<(Child, SocketAddr)> {
    let mut driver = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver");
    let said = BufReader::new(driver.stdout.take().expect("standard output")).lines();
    let port = said.map_while(Result::ok).find_map(|line| {
        let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    let Some(port) = port else {
        driver.wait().expect("its end");
        return None;
    };
    Some((driver, SocketAddr::from(([127, 0, 0, 1], port))))
}

impl Browser {
    /// Starts one for pages of this server; none, and it says so, where Chromium isn't.
    pub(crate) fn start(server: SocketAddr) -> Option<Self> {
        Self::start_with(server, &[])
    }

    /// The same, with further arguments of Chromium.
    pub(crate) fn start_with(server: SocketAddr, more: &[String]) -> Option<Self> {
        let Some(driver) = std::env::var_os("MINTAGE_PEER_CHROMEDRIVER") else {
            println!("left out: needs MINTAGE_PEER_CHROMEDRIVER, which `cargo xtask test` sets up");
            return None;
        };
        // The port that it takes is free on one of IPv4 and IPv6, and may be taken on the other: then it gives up.
        let started = (0..5).find_map(|_| drive(&driver)).expect("a driver with a port");
        let (driver, address) = started;
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"];
        let arguments: Vec<String> = arguments.map(str::to_owned).into_iter().chain(more.to_vec()).collect();
        let mut browser =
            Self { driver, address, session: String::new(), origin: format!("http://{server}") };
        let begun = browser.tell(
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } }),
        );
        browser.session = format!("/session/{}", begun["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    fn tell(&self, path: &str, what: &Value) -> Value {
        let fields = [("Host", "localhost"), ("Content-Type", "application/json")];
        let answer = ask(
            self.address,
            "POST",
            &format!("{}{path}", self.session),
            &fields,
            what.to_string().as_bytes(),
        );
        let said = answer.json()["value"].clone();
        assert_eq!(answer.status, 200, "{path} {what}: {said}");
        said
    }

    /// Opens a page.
    pub(crate) fn open(&self, path: &str) {
        self.tell("/url", &json!({ "url": format!("{}{path}", self.origin) }));
    }

    /// Runs a function's body in the page. A promise is waited for.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.tell("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Waits until a script returns something that counts as true.
    #[track_caller]
    pub(crate) fn wait(&self, script: &str) {
        let wait = format!(
            "const end = Date.now() + {LOOK}; const see = () => {{ {script} }};
             return new Promise((resolve) => {{
                 const look = () => {{
                     const seen = see();
                     seen || Date.now() > end ? resolve(seen ? true : false) : setTimeout(look, 20);
                 }};
                 look();
             }});"
        );
        let fields = [("Host", "localhost"), ("Content-Type", "application/json")];
        let what = json!({ "script": wait, "args": [] }).to_string();
        let began = Instant::now();
        while began.elapsed() < STUCK {
            // A page that is left while it is waited on fails, and is waited on anew.
            let answer = ask(
                self.address,
                "POST",
                &format!("{}/execute/sync", self.session),
                &fields,
                what.as_bytes(),
            );
            if answer.status == 200 && answer.json()["value"] == true {
                return;
            }
        }
        panic!("never seen: {script}\non {}:\n{}", self.path(), self.text("body"));
    }

    /// The path of the page.
    pub(crate) fn path(&self) -> String {
        self.run("return location.pathname + location.search", &[]).as_str().expect("a path").to_owned()
    }

    /// Waits until the page is at this path.
    #[track_caller]
    pub(crate) fn arrives(&self, path: &str) {
        self.wait(&format!(
            "return location.pathname.startsWith({path:?}) && document.readyState === 'complete'"
        ));
    }

    /// What something shows.
    pub(crate) fn text(&self, selector: &str) -> String {
        let said = self.run("return document.querySelector(arguments[0])?.innerText", &[json!(selector)]);
        said.as_str().unwrap_or_default().to_owned()
    }

    /// Types what a person would, into whatever has the focus.
    pub(crate) fn type_in(&self, text: &str) {
        let press = |key: char| {
            [
                json!({ "type": "keyDown", "value": key.to_string() }),
                json!({ "type": "keyUp", "value": key.to_string() }),
            ]
        };
        let keys: Vec<Value> = text.chars().flat_map(press).collect();
        self.tell("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }));
    }

    /// Types texts into fields, in place of what is in them, and sends the form.
    #[track_caller]
    pub(crate) fn fill(&self, fields: &[(&str, &str)]) {
        for (field, text) in fields {
            self.tab_to(field);
            self.run("document.activeElement.value = ''", &[]);
            self.type_in(text);
        }
        self.type_in(&ENTER.to_string());
    }

    /// Goes by Tab until something has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&self, selector: &str) {
        for _ in 0..60 {
            let is_there =
                self.run("return document.activeElement.matches(arguments[0])", &[json!(selector)]);
            if is_there == true {
                return;
            }
            self.type_in(&TAB.to_string());
        }
        panic!("the keyboard doesn't lead to {selector} on {}", self.path());
    }

    /// Chooses a file.
    pub(crate) fn choose(&self, selector: &str, file: &Path) {
        let found = self.tell("/element", &json!({ "using": "css selector", "value": selector }));
        let element = found.as_object().and_then(|found| found.values().next()).expect("an element");
        let path = format!("/element/{}/value", element.as_str().expect("its id"));
        self.tell(&path, &json!({ "text": file.display().to_string() }));
    }

    /// Clicks on something.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.tell("/element", &json!({ "using": "css selector", "value": selector }));
        let element = found.as_object().and_then(|found| found.values().next()).expect("an element");
        self.tell(&format!("/element/{}/click", element.as_str().expect("its id")), &json!({}));
    }

    /// Has an authenticator of its own, whose user touches it whenever it is asked (Web Authentication, section 11).
    pub(crate) fn add_authenticator(&self) -> Authenticator<'_> {
        let kind = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let id = self.tell("/webauthn/authenticator", &kind);
        Authenticator { browser: self, id: id.as_str().expect("its id").to_owned() }
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.tell("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Becomes a phone or a screen, light or dark.
    pub(crate) fn become_like(&self, width: u32, scheme: &str) {
        let is_phone = width < 500;
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": is_phone });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// A picture of the whole page, kept below `target/screenshots`.
    pub(crate) fn picture(&self, name: &str) {
        let shot = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let png = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }

    /// Why the page can't be installed as an application; nothing if it can.
    pub(crate) fn not_installable(&self) -> Vec<String> {
        let said = self.devtools("Page.getInstallabilityErrors", &json!({}));
        let errors = said["installabilityErrors"].as_array().expect("a list");
        errors.iter().map(|error| error["errorId"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the browser complained of since it was asked last: errors of scripts, refusals of the policy, missing files.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.tell("/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().expect("a log").iter().filter(|entry| entry["level"] != "INFO");
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// An authenticator of a browser.
pub(crate) struct Authenticator<'a> {
    browser: &'a Browser,
    id: String,
}

impl Authenticator<'_> {
    /// Whether its user shows from now on who he is.
    pub(crate) fn set_verified(&self, is_verified: bool) {
        let path = format!("/webauthn/authenticator/{}/uv", self.id);
        self.browser.tell(&path, &json!({ "isUserVerified": is_verified }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ask(self.address, "DELETE", &self.session, &[("Host", "localhost")], b"");
        let _ = self.driver.kill(); // it may have ended already
        let _ = self.driver.wait();
    }
}
