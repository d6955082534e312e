//! Locks the module's process in, before it serves anybody: what it never needs, it can't do any more.

use std::collections::BTreeMap;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use thiserror::Error;

/// Why the process couldn't be locked in.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// Core dumps can't be turned off.
    #[error("core dumps can't be turned off: {0}")]
    CoreDumps(#[source] rustix::io::Errno),
    /// The process can't renounce new privileges.
    #[error("new privileges can't be renounced: {0}")]
    NewPrivileges(#[source] rustix::io::Errno),
    /// Landlock failed otherwise than by not being there.
    #[error("access to files can't be restricted: {0}")]
    Files(String),
    /// Seccomp failed.
    #[error("system calls can't be restricted: {0}")]
    SystemCalls(String),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxReport {
    /// Whether the kernel restricts the process to its folder.
    pub files: FileAccess,
}

/// How far Landlock went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAccess {
    /// Its own folder only.
    OwnFolder,
    /// Its own folder only, as far as an older kernel knows.
    Partly,
    /// The kernel has no Landlock: the module sees what its user sees, but for system calls it lacks.
    Unrestricted,
}

impl SandboxReport {
    /// For people, a phrase each.
    #[must_use]
    pub fn phrases(&self) -> Vec<String> {
        let files = match self.files {
            FileAccess::OwnFolder => "files: its own folder only (Landlock)",
            FileAccess::Partly => "files: its own folder only, as far as this kernel knows (Landlock)",
            FileAccess::Unrestricted => "files: NOT restricted, this kernel has no Landlock",
        };
        ["no core dumps", "no new privileges", files, "no network, no programs (seccomp)"]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Locks the calling process in. Must run before any thread is started: threads inherit what their parent has.
///
/// # Errors
/// [`SandboxError`]; a kernel without Landlock is no error but stands in the report.
pub fn enter(folder: &Path) -> Result<SandboxReport, SandboxError> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, none).map_err(SandboxError::CoreDumps)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(SandboxError::CoreDumps)?;
    rustix::thread::set_no_new_privs(true).map_err(SandboxError::NewPrivileges)?;
    let files = restrict_files(folder).map_err(|error| SandboxError::Files(error.to_string()))?;
    restrict_system_calls().map_err(SandboxError::SystemCalls)?;
    Ok(SandboxReport { files })
}

fn restrict_files(folder: &Path) -> Result<FileAccess, Box<dyn std::error::Error>> {
    let abi = ABI::V5;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rule(PathBeneath::new(PathFd::new(folder)?, AccessFs::from_all(abi)))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => FileAccess::OwnFolder,
        RulesetStatus::PartiallyEnforced => FileAccess::Partly,
        RulesetStatus::NotEnforced => FileAccess::Unrestricted,
    })
}

/// Only these system calls; any other fails with EPERM.
fn restrict_system_calls() -> Result<(), String> {
    let architecture: TargetArch =
        std::env::consts::ARCH.try_into().map_err(|error: seccompiler::BackendError| error.to_string())?;
    let rules: BTreeMap<i64, _> = allowed().into_iter().map(|call| (call, Vec::new())).collect();
    let filter =
        SeccompFilter::new(rules, SeccompAction::Errno(libc_eperm()), SeccompAction::Allow, architecture);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(|error| error.to_string())?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

/// EPERM: a library that probes for a call it can do without goes on, and what needs it fails visibly.
fn libc_eperm() -> u32 {
    rustix::io::Errno::PERM.raw_os_error().unsigned_abs()
}

/// Memory, threads, time, randomness, the open socket, and files inside the folder.
fn allowed() -> Vec<i64> {
    let mut calls = vec![
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_shutdown,
        libc::SYS_close,
        libc::SYS_pread64,
        libc::SYS_pwrite64,
        libc::SYS_lseek,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_ftruncate,
        libc::SYS_flock,
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_openat,
        libc::SYS_renameat,
        libc::SYS_renameat2,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_mlock,
        libc::SYS_munlock,
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigreturn,
        libc::SYS_tgkill,
        libc::SYS_prctl,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_rename, libc::SYS_poll, libc::SYS_open, libc::SYS_stat]);
    calls.push(libc::SYS_ppoll);
    calls
}
