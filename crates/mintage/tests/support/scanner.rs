//! The scanner, as a steward uses it in a browser.

use super::browser::{Browser, ENTER};

/// The gate's name, what is done there, and who stands there.
pub(crate) fn set_up(browser: &Browser, key: &str, mode: &str) {
    browser.open("/scanner");
    browser.wait("return 'ready' in document.documentElement.dataset");
    browser.run(
        "const { gate, mode } = document.querySelector('#settings').elements;
         gate.value = 'North 3'; mode.value = arguments[0];
         gate.dispatchEvent(new Event('input', { bubbles: true }))",
        &[mode.into()],
    );
    browser.run("document.querySelector('#key').focus()", &[]);
    browser.type_in(key);
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('#who').textContent === 'gil'");
}

/// Waits until the browser keeps all that the scanner needs, and the scanner all that it is to know.
pub(crate) fn is_installed(browser: &Browser) {
    browser.wait("return navigator.serviceWorker.controller?.state === 'activated'");
    browser.wait("return !document.querySelector('#standing').textContent.includes('none yet')");
}

/// What a steward would read of the newest verdict.
pub(crate) fn scan(browser: &Browser, text: &str) -> (String, String) {
    browser.run("document.querySelector('#verdicts').replaceChildren()", &[]);
    browser.run("document.querySelector('#code').focus()", &[]);
    browser.type_in(text);
    browser.type_in(&ENTER.to_string());
    browser.wait("return document.querySelector('.outcome:not(.pending)')");
    let colour = browser.run("return document.querySelector('.outcome').dataset.colour", &[]);
    (colour.as_str().expect("a colour").to_owned(), browser.text(".outcome"))
}
