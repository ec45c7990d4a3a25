//! The first dynos of an app, in the run that gives it its code.

use super::{Change, Live, SECTION, Scale};
use crate::resource::{Address, Desired, Draft, Output};

impl Change {
    /// The dynos that a spec asks for, of types that a release of the same run defines; what waited for it waits no more.
    #[must_use]
    pub fn first(desired: &Desired<'_>, types: &[String], after: Output, draft: &mut Draft) -> Option<Self> {
        let wanted =
            desired.spec().formation.iter().filter(|(name, _)| types.iter().any(|one| one == name.as_str()));
        let scales: Vec<Scale> = wanted
            .map(|(process_type, wanted)| Scale {
                process_type: process_type.clone(),
                before: Live {
                    process_type: process_type.to_string(),
                    quantity: 0,
                    asked: wanted.quantity,
                    size: None,
                },
                quantity: wanted.quantity,
                size: wanted.size.clone(),
                cost: None,
                is_pruned: false,
            })
            .filter(|scale| scale.quantity.is_some() || scale.size.is_some())
            .collect();
        let addresses: Vec<Address> =
            scales.iter().map(|scale| SECTION.address(&scale.process_type)).collect();
        draft.deferred.retain(|note| !addresses.contains(&note.address));
        (!scales.is_empty()).then_some(Self { scales, after: Some(after) })
    }
}
