//! How many files and connections this process may have open.

/// What a process may count on where the system does not say.
const USUAL: usize = 256;

/// Takes as many as the system allows: it gives programs less unless they ask, because of old ones that cannot
/// handle more. Returns how many there are now.
#[cfg(unix)]
pub(super) fn raise() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// More than any run needs; some systems say "without limit" and then refuse it.
    const ENOUGH: u64 = 8192;
    let before = getrlimit(Resource::Nofile);
    let wanted = before.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if before.current.is_some_and(|current| current < wanted) {
        // When it is refused, it stays as it is.
        let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: Some(wanted), ..before });
    }
    let now = getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH);
    usize::try_from(now).unwrap_or(USUAL)
}

#[cfg(not(unix))]
pub(super) fn raise() -> usize {
    USUAL
}
