//! What a spec would say of the daily backups of the app's own databases.

use super::{Kind, SECTION, names, of_database};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{Backups, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        for (name, schedules) in &world.backups {
            let daily = of_database(schedules, &names(name, world));
            if let Some(daily) = daily {
                let at = format!("{:02}:00 {}", daily.hour, daily.timezone);
                match Backups::parse(&at) {
                    Some(_) => draft.set(&["addons", name.as_str(), "backups", "at"], at.as_str()),
                    None => draft.leave(SECTION.address(name), format!("a spec cannot write the time {at}")),
                }
            }
            for other in schedules.iter().filter(|one| daily.is_none_or(|daily| daily.uuid != one.uuid)) {
                let reason = format!("another schedule of the same database, called {}", other.name);
                draft.leave(SECTION.address(name), reason);
            }
        }
    }
}
