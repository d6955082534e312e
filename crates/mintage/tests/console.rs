//! The web console, in a browser: what people see, by mouse and by keyboard, and that nobody is left out.

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::Folder;
use support::browser::{Browser, ENTER, SPACE};
use support::served::Server;

/// A server with an account of 1000.00 EUR, and a browser.
struct Console {
    folder: Folder,
    server: Server,
    browser: Browser,
}

impl Console {
    fn open() -> Option<Self> {
        let folder = Folder::funded();
        let server = Server::start(&folder, &[]);
        let browser = Browser::start(server.public)?;
        Some(Self { folder, server, browser })
    }

    fn key(&self) -> String {
        let path = self.folder.data().join("secrets/asker-a+owner");
        std::fs::read_to_string(path).expect("a key").trim().to_owned()
    }

    fn sign_in(&self) {
        self.browser.open("/sign-in");
        self.browser.tab_to("#account");
        self.browser.type_in("a");
        self.browser.tab_to("#key");
        self.browser.type_in(&self.key());
        self.browser.type_in(&ENTER.to_string());
        self.browser.arrives("/accounts/a");
    }

    /// Takes pictures of the page as it is on a screen and a phone, by day and by night, and checks each.
    #[track_caller]
    fn check_page(&self, name: &str) {
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

/// Every page that a customer sees, from signing in to paper, without a mouse.
#[test]
fn a_customer_signs_in_issues_and_prints_by_keyboard_alone() {
    let Some(console) = Console::open() else { return };
    let browser = &console.browser;
    browser.open("/");
    browser.arrives("/sign-in");
    console.check_page("sign-in");
    browser.tab_to("#account");
    browser.type_in("a");
    browser.tab_to("#key");
    browser.type_in("no key");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('.failure').innerText.includes('64 hexadecimal digits')");
    console.check_page("sign-in-fault");

    console.sign_in();
    assert!(browser.text("main").contains("1,000.00 EUR"), "{}", browser.text("main"));
    console.check_page("account-new");

    browser.tab_to("nav a[href$='/issue']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a/issue");
    console.check_page("issue-empty");
    browser.tab_to("#amount");
    browser.type_in("12.345");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#preview [data-fault=amount]')");
    assert_eq!(
        browser.run("return document.querySelector('#amount').getAttribute('aria-invalid')", &[]),
        "true"
    );
    console.check_page("issue-fault");
    browser.tab_to("#preview a");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.activeElement.id === 'amount'");
    browser.type_in("\u{e003}"); // Backspace: the last place is too many
    browser.tab_to("#holder");
    browser.type_in("Þóra García-López");
    browser.tab_to("#service");
    browser.type_in("Stalls row A seat 7");
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#preview [data-batch]')");
    browser.wait("return document.activeElement.textContent === 'Ready to issue'");
    console.check_page("issue-ready");
    browser.tab_to("[data-batch] button");
    browser.type_in(&SPACE.to_string());
    browser.arrives("/accounts/a/batches/");
    assert!(browser.text("h1").contains("1 item for 12.34 EUR"), "{}", browser.text("h1"));
    browser.wait("return [...document.images].every((image) => image.complete && image.naturalWidth > 0)");
    console.check_page("batch");

    // What a browser would open is a PDF with the very serial that the page shows.
    let sheet = browser.run(
        "const form = document.querySelector('form[action$=\"labels.pdf\"]');
         return fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`).then(async (answer) =>
             [answer.headers.get('content-type'), (await answer.text()).slice(0, 5)])",
        &[],
    );
    assert_eq!(sheet, json!(["application/pdf", "%PDF-"]));

    browser.tab_to("nav a[href='/accounts/a']");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/accounts/a");
    assert!(browser.text("main").contains("987.66 EUR"), "{}", browser.text("main"));
    console.check_page("account");

    browser.tab_to("form[data-sign-out] button");
    browser.type_in(&ENTER.to_string());
    browser.arrives("/sign-in");
    browser.open("/accounts/a");
    browser.arrives("/sign-in");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    drop(console.browser);
    console.server.stop();
    console.folder.audit();
}
