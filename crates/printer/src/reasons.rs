//! Why printers and jobs stand where they do, in words for people.

/// What a keyword of `printer-state-reasons` says (RFC 8011, section 5.4.12, and PWG 5100.9): the urgency that it ends with is
/// left away. One that isn't known is shown as it is, with blanks.
pub(crate) fn of_printer(keyword: &str) -> String {
    let without = ["-error", "-warning", "-report"].iter().find_map(|urgency| keyword.strip_suffix(urgency));
    let plain = without.unwrap_or(keyword);
    said(PRINTER, plain).unwrap_or_else(|| plain.replace('-', " "))
}

/// What a keyword of `job-state-reasons` says (RFC 8011, section 5.3.8).
pub(crate) fn of_job(keyword: &str) -> String {
    said(JOB, keyword).unwrap_or_else(|| of_printer(keyword))
}

fn said(table: &[(&str, &str)], keyword: &str) -> Option<String> {
    table.iter().find(|(known, _)| *known == keyword).map(|(_, words)| (*words).to_owned())
}

const PRINTER: &[(&str, &str)] = &[
    ("connecting-to-device", "it is connecting to its device"),
    ("cover-open", "its cover is open"),
    ("cutter-at-eol", "its cutter is worn out"),
    ("developer-empty", "its developer is used up"),
    ("developer-low", "its developer is running out"),
    ("door-open", "a door is open"),
    ("fuser-over-temp", "its fuser is too hot"),
    ("fuser-under-temp", "its fuser is still cold"),
    ("hibernate", "it is asleep"),
    ("input-tray-missing", "a tray for paper is missing"),
    ("interlock-open", "a safety switch is open"),
    ("marker-supply-empty", "its ink or toner is used up"),
    ("marker-supply-low", "its ink or toner is running out"),
    ("marker-waste-almost-full", "its waste container is almost full"),
    ("marker-waste-full", "its waste container is full"),
    ("media-empty", "it is out of paper"),
    ("media-jam", "paper is jammed"),
    ("media-low", "its paper is running out"),
    ("media-needed", "it needs other paper"),
    ("moving-to-paused", "it is about to pause"),
    ("offline", "it is offline"),
    ("opc-life-over", "its drum is worn out"),
    ("opc-near-eol", "its drum is nearly worn out"),
    ("other", "something is wrong that it doesn't name"),
    ("output-area-almost-full", "its output tray is almost full"),
    ("output-area-full", "its output tray is full"),
    ("output-tray-missing", "its output tray is missing"),
    ("paused", "it is paused"),
    ("shutdown", "it is shut down"),
    ("spool-area-full", "it has no room for more jobs"),
    ("stopped-partly", "a part of it has stopped"),
    ("stopping", "it is stopping"),
    ("timed-out", "its device doesn't answer"),
    ("toner-empty", "its toner is used up"),
    ("toner-low", "its toner is running out"),
    ("wifi-not-configured", "its wireless network isn't set up"),
];

const JOB: &[(&str, &str)] = &[
    ("aborted-by-system", "the printer gave it up"),
    ("compression-error", "its compression can't be read"),
    ("conflicting-attributes", "what is wanted of it doesn't go together"),
    ("document-access-error", "its document can't be fetched"),
    ("document-format-error", "its document can't be read"),
    ("document-unprintable", "its document can't be printed"),
    ("job-canceled-at-device", "somebody canceled it at the printer"),
    ("job-canceled-by-operator", "an operator canceled it"),
    ("job-canceled-by-user", "whoever sent it canceled it"),
    ("job-completed-successfully", "all went well"),
    ("job-completed-with-errors", "there were errors"),
    ("job-completed-with-warnings", "there were warnings"),
    ("job-data-insufficient", "its document isn't there yet"),
    ("job-hold-until-specified", "it is held for later"),
    ("job-incoming", "its document is on the way"),
    ("job-outgoing", "it is on its way to the device"),
    ("job-printing", "it is being printed"),
    ("job-queued", "it is in the queue"),
    ("job-restartable", "it can be printed again"),
    ("job-transforming", "it is being prepared"),
    ("printer-stopped", "the printer has stopped"),
    ("printer-stopped-partly", "a part of the printer has stopped"),
    ("processing-to-stop-point", "it is ending"),
    ("queued-in-device", "it is in the device's queue"),
    ("resources-are-not-ready", "the printer lacks something for it, such as its paper"),
    ("submission-interrupted", "its document didn't come whole"),
    ("unsupported-attributes-or-values", "the printer can't do what is wanted of it"),
    ("unsupported-compression", "its compression isn't known"),
    ("unsupported-document-format", "the printer doesn't take such documents"),
    ("waiting-for-user-action", "somebody must do something at the printer"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_said_in_words() {
        assert_eq!(of_printer("media-jam-error"), "paper is jammed");
        assert_eq!(of_printer("media-empty-warning"), "it is out of paper");
        assert_eq!(of_printer("door-open"), "a door is open");
        assert_eq!(of_printer("com.example.flux-low-report"), "com.example.flux low");
        assert_eq!(of_job("job-printing"), "it is being printed");
        assert_eq!(of_job("media-jam"), "paper is jammed");
    }
}
