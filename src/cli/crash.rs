//! What a defect of trueup says when it stops the program: where, and what to do. No formatted message,
//! since that could quote a value.

use std::panic::{self, PanicHookInfo};

use super::Exit;
use crate::view;

/// Runs a command; a panic in it ends with the exit code of an error.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Exit> {
    panic::set_hook(Box::new(|defect| print(&report_of(defect))));
    // What a panic leaves behind is looked at by no one: the program ends.
    panic::catch_unwind(panic::AssertUnwindSafe(run)).map_err(|_| Exit::Error)
}

#[expect(clippy::print_stderr, reason = "the program stops here, and its streams may be what broke")]
fn print(text: &str) {
    eprint!("{text}");
}

fn report_of(defect: &PanicHookInfo<'_>) -> String {
    let place = defect.location().map(ToString::to_string);
    // A text that was written in the source holds no value; one that was put together may.
    let why = defect.payload().downcast_ref::<&'static str>().copied();
    view::error::defect(place.as_deref(), why)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// What a panic would print. The hook is put back, since other tests run in this process.
    fn printed(run: impl FnOnce() + panic::UnwindSafe) -> String {
        let before = panic::take_hook();
        panic::set_hook(Box::new(|defect| TEXT.set(report_of(defect))));
        panic::catch_unwind(run).unwrap_err();
        panic::set_hook(before);
        TEXT.take()
    }

    #[test]
    fn a_defect_shows_its_place_and_no_value() {
        let value = "canary";
        let text = printed(|| panic!("cannot use {value}"));
        assert!(text.contains("src/cli/crash.rs:") && text.contains("please report"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        assert!(printed(|| panic!("written in the source")).contains("written in the source"));
    }
}
