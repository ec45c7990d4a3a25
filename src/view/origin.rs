//! Whose a change is, in words.

use crate::plan::Origin;
use crate::resource::Cause;

/// `the spec changed`
pub(super) fn words(origin: &Origin) -> String {
    match origin.cause {
        Cause::Spec => "the spec changed",
        Cause::Drift => "live changed",
        Cause::Both => "spec and live changed",
        Cause::New => "new in the spec",
        Cause::Dropped => "dropped from the spec",
    }
    .to_owned()
}
