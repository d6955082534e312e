//! Named steps at which a crash test can stop a process, to kill it there with SIGKILL.
//!
//! Without the feature `enabled` a point compiles to nothing. With it, the environment variable
//! `MINTAGE_CRASH_POINT=name` or `name:n` makes the process write `crash-point name` to standard
//! error at the n-th passage (the first by default) and then wait for ever for its killer.

/// Stops here for the killer if this point was asked for by name.
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {
        $crate::reach($name)
    };
}

/// What [`crash_point!`] calls.
#[cfg(not(feature = "enabled"))]
#[inline(always)]
pub const fn reach(_name: &str) {}

/// What [`crash_point!`] calls.
#[cfg(feature = "enabled")]
pub fn reach(name: &str) {
    use std::io::Write;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("MINTAGE_CRASH_POINT").ok()?;
        let (name, passage) = match text.split_once(':') {
            Some((name, passage)) => (name.to_owned(), passage.parse().unwrap_or(1)),
            None => (text, 1),
        };
        Some((name, AtomicU64::new(passage)))
    });
    let Some((wanted, left)) = wanted else { return };
    if wanted == name && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        // One write, so that lines of several processes never mix.
        let _ = std::io::stderr().write_all(format!("crash-point {name}\n").as_bytes());
        loop {
            std::thread::park();
        }
    }
}
