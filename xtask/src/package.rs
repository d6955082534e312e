//! The Debian package: a tree of files, put together by Debian's own tools.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

mod manual;

/// Where packages are built.
const FOLDER: &str = "target/package";
/// What is installed as it is: from where, to where.
const FILES: [(&str, &str); 19] = [
    ("packaging/mintage.service", "usr/lib/systemd/system/mintage.service"),
    ("packaging/mintage.sysusers", "usr/lib/sysusers.d/mintage.conf"),
    ("packaging/mintage.toml", "etc/mintage/mintage.toml"),
    ("packaging/copyright", "usr/share/doc/mintage/copyright"),
    ("crates/print/fonts/LICENSE", "usr/share/doc/mintage/DejaVu-LICENSE"),
    ("README.md", "usr/share/doc/mintage/README.md"),
    ("SECURITY.md", "usr/share/doc/mintage/SECURITY.md"),
    ("docs/api.md", "usr/share/doc/mintage/docs/api.md"),
    ("docs/formats.md", "usr/share/doc/mintage/docs/formats.md"),
    ("docs/gates.md", "usr/share/doc/mintage/docs/gates.md"),
    ("docs/operating.md", "usr/share/doc/mintage/docs/operating.md"),
    ("docs/postal.md", "usr/share/doc/mintage/docs/postal.md"),
    ("docs/printing.md", "usr/share/doc/mintage/docs/printing.md"),
    ("docs/scanning.md", "usr/share/doc/mintage/docs/scanning.md"),
    ("docs/templates.md", "usr/share/doc/mintage/docs/templates.md"),
    ("docs/tutorial.md", "usr/share/doc/mintage/docs/tutorial.md"),
    ("docs/verifying.md", "usr/share/doc/mintage/docs/verifying.md"),
    ("samples/mail.csv", "usr/share/doc/mintage/samples/mail.csv"),
    ("samples/tickets.csv", "usr/share/doc/mintage/samples/tickets.csv"),
];
/// What runs when it is installed and removed.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// Builds the package around a program that is there, or around one that is built for it, and says where it is.
pub(crate) fn run(program: Option<&str>) -> ExitCode {
    match build(program) {
        Ok(package) => {
            println!("{}", package.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("the package can't be built: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(program: Option<&str>) -> io::Result<PathBuf> {
    let program = match program {
        Some(program) => PathBuf::from(program),
        None => {
            run_visibly("cargo", &["build", "--release", "--locked", "-p", "mintage"])?;
            PathBuf::from("target/release/mintage")
        }
    };
    // Two of the same sources are the same to the byte, as far as their programs are.
    let date = said("git", &["log", "-1", "--format=%ct"]).or_else(|_| said("date", &["+%s"]))?;
    let architecture = said("dpkg", &["--print-architecture"])?;
    let name = format!("mintage_{}_{architecture}", env!("CARGO_PKG_VERSION"));
    let tree = Path::new(FOLDER).join(&name);
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let strip = "usr/bin/mintage";
    install(&tree, strip, 0o755, b"")?;
    let stripped = tree.join(strip);
    run_visibly("strip", &["--strip-unneeded", "-o", text(&stripped), text(&program)])?;
    for (from, to) in FILES {
        install(&tree, to, 0o644, &fs::read(from)?)?;
    }
    let manual = manual::page(&program)?;
    install(&tree, "usr/share/man/man1/mintage.1.gz", 0o644, &packed(manual.as_bytes())?)?;
    let changes = changes(&date)?;
    install(&tree, "usr/share/doc/mintage/changelog.gz", 0o644, &packed(changes.as_bytes())?)?;

    let sums = sums(&tree)?;
    install(&tree, "DEBIAN/md5sums", 0o644, sums.as_bytes())?;
    install(&tree, "DEBIAN/conffiles", 0o644, b"/etc/mintage/mintage.toml\n")?;
    for script in SCRIPTS {
        install(&tree, &format!("DEBIAN/{script}"), 0o755, &fs::read(Path::new("packaging").join(script))?)?;
    }
    let control = control(&architecture, &libraries(&stripped)?, size(&tree)?);
    install(&tree, "DEBIAN/control", 0o644, control.as_bytes())?;

    let package = Path::new(FOLDER).join(format!("{name}.deb"));
    let mut pack = Command::new("dpkg-deb");
    pack.args(["--root-owner-group", "-Zzstd", "--build"]).args([&tree, &package]);
    must(pack.env("SOURCE_DATE_EPOCH", &date).stdout(Stdio::null()), "dpkg-deb")?;
    Ok(package)
}

/// What dpkg is told.
fn control(architecture: &str, libraries: &str, kilobytes: u64) -> String {
    format!(
        "Package: mintage\n\
         Version: {}\n\
         Architecture: {architecture}\n\
         Maintainer: The Mintage authors <mintage@localhost>\n\
         Installed-Size: {kilobytes}\n\
         Depends: {libraries}, procps, systemd | systemd-standalone-sysusers\n\
         Suggests: postgresql\n\
         Section: admin\n\
         Priority: optional\n\
         Description: issues tickets, postage and vouchers from prepaid accounts\n \
         Each item is debited and signed inside a crypto module, a process of its own that\n \
         trusts neither the database nor the server in front of it. Anyone checks it\n \
         afterwards with no network, and the operator proves that the books balance.\n \
         .\n \
         `mintage serve` runs as a hardened service once `mintage init` has made its keys.\n",
        env!("CARGO_PKG_VERSION"),
    )
}

/// The packages of the libraries that the program is linked with, as Debian's own tool finds them.
fn libraries(program: &Path) -> io::Result<String> {
    // It wants to be asked beside the sources of a package.
    let place = Path::new(FOLDER).join("libraries");
    fs::create_dir_all(place.join("debian"))?;
    fs::write(place.join("debian/control"), "Source: mintage\n\nPackage: mintage\nArchitecture: any\n")?;
    let program = std::path::absolute(program)?;
    let mut ask = Command::new("dpkg-shlibdeps");
    let answer = heard(ask.args(["-O", text(&program)]).current_dir(place), "dpkg-shlibdeps (dpkg-dev)")?;
    let libraries = answer.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    libraries.map(str::to_owned).ok_or_else(|| io::Error::other("dpkg-shlibdeps names no libraries"))
}

/// Debian wants to know what is new.
fn changes(date: &str) -> io::Result<String> {
    let date = said("date", &["-u", "-R", "-d", &format!("@{date}")])?;
    Ok(format!(
        "mintage ({}) unstable; urgency=medium\n\n  * As README.md says.\n\n -- The Mintage authors <mintage@localhost>  {date}\n",
        env!("CARGO_PKG_VERSION"),
    ))
}

fn sums(tree: &Path) -> io::Result<String> {
    let find = "find usr etc -type f -print0 | sort -z | xargs -0 md5sum";
    heard(Command::new("sh").args(["-c", find]).current_dir(tree), "md5sum")
}

fn size(tree: &Path) -> io::Result<u64> {
    let size = said("du", &["-sk", text(tree)])?;
    let size = size.split_whitespace().next().and_then(|size| size.parse().ok());
    size.ok_or_else(|| io::Error::other("du says no size"))
}

fn install(tree: &Path, to: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let path = tree.join(to);
    for folder in Path::new(to).ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
        let folder = tree.join(folder);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    }
    fs::write(&path, bytes)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
}

/// Packed as manuals are, without the date.
fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = Command::new("gzip");
    let mut gzip = gzip.args(["-9n"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    // What is packed here is small enough to be written before anything is read.
    if let Some(mut input) = gzip.stdin.take() {
        input.write_all(bytes)?;
    }
    Ok(gzip.wait_with_output()?.stdout)
}

fn text(path: &Path) -> &str {
    // All paths here are this project's, in ASCII.
    path.to_str().unwrap_or_default()
}

fn run_visibly(program: &str, arguments: &[&str]) -> io::Result<()> {
    must(Command::new(program).args(arguments), program)
}

fn must(command: &mut Command, name: &str) -> io::Result<()> {
    let status = command.status().map_err(|error| io::Error::other(format!("{name}: {error}")))?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{name} failed"))) }
}

fn said(program: &str, arguments: &[&str]) -> io::Result<String> {
    heard(Command::new(program).args(arguments), program)
}

/// What a program says, without the end of its last line.
fn heard(command: &mut Command, name: &str) -> io::Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| io::Error::other(format!("{name}: {error}")))?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{name} failed")));
    }
    let said = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    Ok(said.trim_end().to_owned())
}
