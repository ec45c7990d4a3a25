//! What a spec would say of the daily backups of the app's own databases.

use super::{Kind, SECTION, names, of_database};
use crate::resource::{Said, Sayable, World};
use crate::spec::{Backups, Spec};

impl Sayable for Kind {
    fn say(_: &Spec, world: &World, said: &mut Said) {
        for (name, schedules) in &world.backups {
            let daily = of_database(schedules, &names(name, world));
            if let Some(daily) = daily {
                let at = format!("{:02}:00 {}", daily.hour, daily.timezone);
                match Backups::parse(&at) {
                    Some(_) => said.say(&["addons", name.as_str(), "backups", "at"], at.as_str()),
                    None => said.leave(SECTION.address(name), format!("a spec cannot write the time {at}")),
                }
            }
            for other in schedules.iter().filter(|one| daily.is_none_or(|daily| daily.uuid != one.uuid)) {
                let reason = format!("another schedule of the same database, called {}", other.name);
                said.leave(SECTION.address(name), reason);
            }
        }
    }
}
