//! What a spec would say of the app itself.

use super::{Kind, SECTION};
use crate::resource::{Said, Sayable, World};
use crate::spec::{HerokuRegion, Spec, StackName};

impl Sayable for Kind {
    fn say(_: &Spec, world: &World, said: &mut Said) {
        let Some(app) = world.app.live() else { return };
        said.say(&["app", "name"], app.name.as_str());
        if let Some(team) = &app.team {
            said.say(&["app", "team"], team.as_str());
        }
        match app.region.as_deref() {
            Some(region) if HerokuRegion::parse(region).is_ok() => said.say(&["app", "region"], region),
            Some(_) => said.leave(SECTION.whole().part("region"), "a name that a spec cannot write"),
            None => {}
        }
        // Fir has one stack, which no spec asks for (heroku-api.md section 7).
        let stack = app.build_stack.as_deref().filter(|_| app.generation.as_deref() != Some("fir"));
        match stack {
            Some(stack) if StackName::parse(stack).is_ok() => said.say(&["app", "stack"], stack),
            Some(_) => said.leave(SECTION.whole().part("stack"), "a name that a spec cannot write"),
            None => {}
        }
        // Off is how nearly every app is, and a spec that says nothing leaves it to whoever maintains.
        if app.maintenance {
            said.say(&["app", "maintenance"], true);
        }
        if let Some(space) = &app.space {
            said.remark("app", format!("It runs in the Private Space {space}."));
        }
    }
}
