//! The web console of a server of its own, in a browser.

use std::path::Path;

use serde_json::{Value, json};

use super::Folder;
use super::browser::{Browser, ENTER, SPACE};
use super::served::{Server, staff_key, staff_sign_in};

/// A server with an account of 1000.00 EUR, and a browser.
pub(crate) struct Console {
    pub(crate) folder: Folder,
    pub(crate) server: Server,
    pub(crate) browser: Browser,
}

impl Console {
    pub(crate) fn open() -> Option<Self> {
        Self::open_on(Folder::funded())
    }

    pub(crate) fn open_on(folder: Folder) -> Option<Self> {
        Self::open_with(folder, &[])
    }

    /// With settings of the server.
    pub(crate) fn open_with(folder: Folder, more: &[&str]) -> Option<Self> {
        let server = Server::start(&folder, more);
        let browser = Browser::start(server.public)?;
        Some(Self { folder, server, browser })
    }

    fn key(&self) -> String {
        let path = self.folder.data().join("secrets/asker-a+owner");
        std::fs::read_to_string(path).expect("a key").trim().to_owned()
    }

    pub(crate) fn sign_in(&self) {
        self.browser.open("/sign-in");
        self.browser.tab_to("#account");
        self.browser.type_in("a");
        self.browser.tab_to("summary");
        self.browser.type_in(&SPACE.to_string());
        self.browser.tab_to("#key");
        self.browser.type_in(&self.key());
        self.browser.type_in(&ENTER.to_string());
        self.browser.arrives("/accounts/a");
    }

    /// Signs somebody of the staff in, as his browser would by his key.
    pub(crate) fn sign_in_staff(&self, name: &str) {
        let answer = staff_sign_in(&self.server, &staff_key(&self.folder, name).asker()).ok(201);
        self.browser.open("/sign-in/staff");
        let kept = self.browser.run(
            "const { mark } = document.querySelector('[data-mark]').dataset;
             const body = JSON.stringify({ token: arguments[0], mark });
             const headers = { 'Content-Type': 'application/json' };
             return fetch('/sign-in/token', { method: 'POST', headers, body }).then((answer) => answer.status)",
            &[answer.json()["token"].clone()],
        );
        assert_eq!(kept, 204);
        self.browser.open("/");
    }

    /// Takes pictures of the page as it is on a screen and a phone, by day and by night, and checks each.
    #[track_caller]
    pub(crate) fn check_page(&self, name: &str) {
        for (width, scheme) in [(1200, "light"), (1200, "dark"), (360, "light"), (360, "dark")] {
            self.browser.become_like(width, scheme);
            self.browser.picture(&format!("{name}-{width}-{scheme}"));
            let wide = self.browser.run("return document.documentElement.scrollWidth - innerWidth", &[]);
            assert!(wide.as_i64().expect("a width") <= 0, "{name} is {wide} too wide at {width}");
            if let Some(faults) = self.inaccessible() {
                assert_eq!(faults, Vec::<String>::new(), "{name} at {width}, {scheme}");
            }
        }
        self.browser.become_like(1200, "light");
        assert_eq!(self.browser.complaints(), Vec::<String>::new(), "{name}");
    }

    /// What axe-core finds; none where npm's packages aren't.
    fn inaccessible(&self) -> Option<Vec<String>> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).ok()?;
        if self.browser.run("return typeof axe", &[]) == "undefined" {
            self.browser.run(&axe, &[]);
        }
        let tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        let found = self.browser.run(
            "return axe.run(document, { runOnly: arguments[0] }).then((said) => said.violations.flatMap((one) =>
                 one.nodes.map((node) => `${one.id}: ${node.failureSummary} ${node.html}`)))",
            &[json!(tags)],
        );
        Some(found.as_array().expect("a list").iter().map(Value::to_string).collect())
    }
}
