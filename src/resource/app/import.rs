//! What a spec would say of the app itself.

use super::{Kind, SECTION};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{HerokuRegion, Spec, StackName};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let Some(app) = world.app.live() else { return };
        draft.set(&["app", "name"], app.name.as_str());
        if let Some(team) = &app.team {
            draft.set(&["app", "team"], team.as_str());
        }
        match app.region.as_deref() {
            Some(region) if HerokuRegion::parse(region).is_ok() => draft.set(&["app", "region"], region),
            Some(_) => draft.leave(SECTION.whole().part("region"), "a name that a spec cannot write"),
            None => {}
        }
        // Fir has one stack, which no spec asks for (heroku-api.md section 7).
        let stack = app.build_stack.as_deref().filter(|_| app.generation.as_deref() != Some("fir"));
        match stack {
            Some(stack) if StackName::parse(stack).is_ok() => draft.set(&["app", "stack"], stack),
            Some(_) => draft.leave(SECTION.whole().part("stack"), "a name that a spec cannot write"),
            None => {}
        }
        // Off is how nearly every app is, and a spec that says nothing leaves it to whoever maintains.
        if app.maintenance {
            draft.set(&["app", "maintenance"], true);
        }
        if let Some(space) = &app.space {
            draft.remark("app", format!("It runs in the Private Space {space}."));
        }
    }
}
