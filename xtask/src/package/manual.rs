//! The manual page: what `--help` says, of the program and each of its commands.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::process::Command;

/// The page as man wants it.
pub(super) fn page(program: &Path) -> io::Result<String> {
    let mut page = format!(
        ".TH MINTAGE 1 \"\" \"Mintage {}\"\n\
         .SH NAME\nmintage \\- issues tickets, postage and vouchers from prepaid accounts\n\
         .SH SYNOPSIS\n.B mintage\n[OPTIONS] COMMAND\n\
         .SH DESCRIPTION\n.nf\n",
        env!("CARGO_PKG_VERSION"),
    );
    let help = help(program, &[])?;
    add(&mut page, &help);
    page.push_str(".fi\n.SH COMMANDS\n");
    for command in commands(&help) {
        describe(&mut page, program, &[command.as_str()])?;
    }
    page.push_str(
        ".SH SEE ALSO\n/usr/share/doc/mintage/README.md, docs/tutorial.md and docs/operating.md beside it\n",
    );
    Ok(page)
}

/// A command, and the commands it has.
fn describe(page: &mut String, program: &Path, words: &[&str]) -> io::Result<()> {
    let help = help(program, words)?;
    // Writing to a String never fails.
    let _ = writeln!(page, ".SS mintage {}\n.nf", words.join(" "));
    add(page, &help);
    page.push_str(".fi\n");
    for command in commands(&help) {
        describe(page, program, &[words, &[command.as_str()]].concat())?;
    }
    Ok(())
}

/// Text in which nothing is taken for an instruction.
fn add(page: &mut String, help: &str) {
    for line in help.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        let _ = writeln!(page, "{guard}{line}");
    }
}

/// The commands that a help text lists, but for the one that shows help.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    // What goes on in the next line stands further right.
    let names =
        listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn help(program: &Path, words: &[&str]) -> io::Result<String> {
    super::heard(Command::new(program).args(words).arg("--help"), "mintage --help")
}
