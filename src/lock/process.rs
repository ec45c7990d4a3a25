//! Which process holds a lock, in a way that lets another process of the same machine prove that it is gone.
//!
//! A rerun after a SIGKILL must not wait for a lock that nobody holds any more. The proof needs the same boot
//! of the same machine, the same process namespace and the same user (who may be the only one to see the
//! process), and either no process of that number or one that started at another moment. Linux alone tells all
//! of that, under `/proc`; elsewhere there is no proof, and a lock holds until it expires.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

/// A process, as its machine knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The machine's name. Besides the boot, since copies of a running machine share its boot.
    pub host: String,
    /// What the kernel drew at random when it started.
    pub boot: String,
    /// The namespace in which the number counts: `pid:[4026531836]`.
    pub namespace: String,
    /// The user, by number.
    pub user: u32,
    /// The process, by number.
    pub pid: u32,
    /// When it started, in ticks since the boot: numbers are given out again, this is not.
    pub started: u64,
}

/// What the machine says about a number of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    /// No process has it.
    Gone,
    /// One has it.
    Since {
        /// When that one started, in ticks since the boot.
        started: u64,
        /// Whether it has ended, and only its parent has not taken notice.
        ended: bool,
    },
    /// It does not tell.
    Unknown,
}

impl Process {
    /// This process; `None` where the machine does not tell all of it.
    #[must_use]
    pub fn current() -> Option<Self> {
        let line = |path: &str| Some(fs::read_to_string(path).ok()?.trim().to_owned()).filter(is_known);
        let stat = Stat::parse(&line("/proc/self/stat")?)?;
        // Another namespace's `/proc` would number processes in another way.
        if stat.pid != std::process::id() {
            return None;
        }
        Some(Self {
            host: line("/proc/sys/kernel/hostname")?,
            boot: line("/proc/sys/kernel/random/boot_id")?,
            namespace: fs::read_link("/proc/self/ns/pid").ok()?.to_str()?.to_owned(),
            user: user(&fs::read_to_string("/proc/self/status").ok()?)?,
            pid: stat.pid,
            started: stat.started,
        })
    }

    /// Whether a holder is provably gone, as seen from this process; asks the machine only when it is the
    /// holder's own.
    #[must_use]
    pub fn sees_gone(&self, holder: &Self) -> bool {
        self.is_beside(holder) && is_gone(holder, running(holder.pid))
    }

    /// Whether both are processes of one machine, and this one would see the other.
    fn is_beside(&self, other: &Self) -> bool {
        let Self { host, boot, namespace, user, pid: _, started: _ } = self;
        *host == other.host
            && *boot == other.boot
            && *namespace == other.namespace
            && *user == other.user
            && is_known(boot)
            && is_known(namespace)
    }
}

#[expect(clippy::ptr_arg, reason = "it filters options of `String`")]
fn is_known(text: &String) -> bool {
    !text.is_empty()
}

fn is_gone(holder: &Process, running: Running) -> bool {
    match running {
        Running::Gone => true,
        Running::Since { started, ended } => started != holder.started || ended,
        Running::Unknown => false,
    }
}

fn running(pid: u32) -> Running {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => Stat::parse(&text).map_or(Running::Unknown, |stat| Running::Since {
            started: stat.started,
            ended: matches!(stat.state, 'Z' | 'X'),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Running::Gone,
        Err(_) => Running::Unknown,
    }
}

/// What is needed of `/proc/PID/stat` (`proc_pid_stat(5)`).
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    pid: u32,
    state: char,
    started: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        let (pid, rest) = text.split_once(' ')?;
        // The program's name stands in brackets and may itself hold any of them.
        let (_, fields) = rest.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?.chars().next()?;
        // Field 22; the state was field 3.
        let started = fields.nth(18)?.parse().ok()?;
        Some(Self { pid: pid.parse().ok()?, state, started })
    }
}

/// The effective user of `/proc/self/status`.
fn user(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
impl Process {
    /// One that may hold a lock.
    pub(super) fn holder() -> Self {
        Self {
            host: "runner".to_owned(),
            boot: "b1".to_owned(),
            namespace: "pid:[1]".to_owned(),
            user: 1000,
            pid: 77,
            started: 500,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_the_same_machine_namespace_and_user_can_tell() {
        let here = Process { pid: 99, started: 900, ..Process::holder() };
        for (there, is_beside) in [
            (Process::holder(), true),
            (Process { host: "other".to_owned(), ..Process::holder() }, false),
            (Process { boot: "b2".to_owned(), ..Process::holder() }, false),
            (Process { namespace: "pid:[2]".to_owned(), ..Process::holder() }, false),
            (Process { user: 0, ..Process::holder() }, false),
        ] {
            assert_eq!(here.is_beside(&there), is_beside, "{there:?}");
        }
        let untold = Process { boot: String::new(), ..Process::holder() };
        assert!(!untold.is_beside(&untold), "nothing told proves nothing");
    }

    #[test]
    fn a_process_is_gone_when_its_number_is_free_or_another_ones() {
        for (running, gone) in [
            (Running::Gone, true),
            (Running::Since { started: 500, ended: false }, false),
            (Running::Since { started: 500, ended: true }, true),
            (Running::Since { started: 501, ended: false }, true),
            (Running::Unknown, false),
        ] {
            assert_eq!(is_gone(&Process::holder(), running), gone, "{running:?}");
        }
    }

    #[test]
    fn a_programs_name_cannot_shift_the_fields() {
        let after = "S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 4 0 500 1 2";
        let expected = Some(Stat { pid: 77, state: 'S', started: 500 });
        for name in ["(trueup)", "(a b)", "() 1 (x)", "(Z 1 2 3)"] {
            assert_eq!(Stat::parse(&format!("77 {name} {after}")), expected, "{name}");
        }
        for broken in ["", "77", "77 (trueup", "77 (trueup) S 1", "x (trueup) S"] {
            assert_eq!(Stat::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_effective_user_is_the_second_number() {
        assert_eq!(user("Name:\ttrueup\nUid:\t1000\t1001\t1000\t1000\n"), Some(1001));
        assert_eq!(user("Name:\ttrueup\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_living_process_sees_itself_and_not_one_that_has_ended() {
        let here = Process::current().expect("Linux tells all of it");
        assert_eq!(here.pid, std::process::id());
        assert!(!here.sees_gone(&here), "it runs");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let ended = Process { pid: child.id(), started: here.started, ..here.clone() };
        child.wait().unwrap();
        assert!(here.sees_gone(&ended));
    }
}
