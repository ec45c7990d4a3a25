//! Variables whose value came in quotes: what starts programs from a file of variables may keep the quotes of that file.

use super::SECTION;
use crate::resource::{Desired, Draft};
use crate::spec::ConfigValue;

/// Warns of each; the quotes are sent along, since they could be meant.
pub(super) fn warn(desired: &Desired<'_>, draft: &mut Draft) {
    for (name, value) in &desired.spec().config {
        let ConfigValue::Env(variable) = value else { continue };
        if desired.supplied.get(name).is_in_quotes() {
            let reason = format!(
                "the value of `{variable}` stands in quotation marks, which are sent along; \
                 docker's --env-file keeps those of its file"
            );
            draft.warning(SECTION.address(name), reason);
        }
    }
}
