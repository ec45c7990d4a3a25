//! The daily backup of a database, a schedule in Heroku's data API (heroku-api.md section 8). It is found by
//! the id of the add-on that an attachment names.

mod proof;
mod removal;

use std::collections::BTreeMap;

use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Desired, Draft, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row, Run,
    Section, World, addon, attachment,
};
use crate::cloud::heroku::{NewSchedule, Schedule};
use crate::cloud::{CloudError, Clouds, confirmed};
use crate::spec::{self, AddonPlan, AttachmentName, Backups, Spec};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("addons").part("backups").kind("heroku_postgres_backup_schedule").noun("backup schedule");

/// The schedules of each database that should have one; absent while the database is not there.
pub type Observed = BTreeMap<AttachmentName, Vec<Schedule>>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let names: Vec<&AttachmentName> = scheduled(look.spec()).map(|(name, ..)| name).collect();
        if names.is_empty() {
            return Ok(Observed::new());
        }
        let attachments = look.of::<attachment::Kind>().await?;
        let databases = names.into_iter().filter_map(|name| {
            let database = attachments.iter().find(|one| one.name == name.as_str())?;
            Some((name.clone(), database.addon_id.clone()))
        });
        of_databases(look.clouds(), databases).await
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        scheduled(spec).count() as u64
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (name, schedules) in &world.backups {
            facts.state(&SECTION.address(name), schedules);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (name, plan, wanted) in scheduled(desired.spec()) {
            let live =
                world.backups.get(name).and_then(|schedules| of_database(schedules, &names(name, world)));
            if live.is_some_and(|live| is_at(live, wanted)) {
                draft.unchanged();
                continue;
            }
            let schedule = live.map_or_else(|| schedule_name(name.as_str()), |live| live.name.clone());
            let (before, after) = (live.cloned(), wanted.clone());
            let plan = plan.clone();
            draft.change(Change { name: name.clone(), plan, schedule, before, after });
        }
    }
}

/// The schedules of these databases, each an attachment and the id of its add-on.
pub async fn of_databases(
    clouds: &Clouds,
    databases: impl Iterator<Item = (AttachmentName, String)>,
) -> Result<Observed, CloudError> {
    let schedules = databases.map(|(name, id)| async move {
        let schedules = clouds.heroku.backup_schedules(&id).await?;
        Ok::<_, CloudError>((name, schedules))
    });
    Ok(futures_util::future::try_join_all(schedules).await?.into_iter().collect())
}

fn scheduled(spec: &Spec) -> impl Iterator<Item = (&AttachmentName, &AddonPlan, &Backups)> {
    spec.addons.iter().filter_map(|(name, addon)| match addon {
        spec::Addon::Create(addon) => Some((name, &addon.plan, addon.backups.as_ref()?)),
        spec::Addon::Attach(_) => None,
    })
}

/// Heroku knows a schedule by the var that names its database.
fn schedule_name(attachment: &str) -> String {
    format!("{attachment}_URL")
}

/// The names that the schedule of a database may have: its own, then those of the other attachments that the same
/// database has on the app. A schedule under its colour backs up the same data.
fn names(name: &AttachmentName, world: &World) -> Vec<String> {
    let id = world.attachment(name).map(|attachment| attachment.addon_id.as_str());
    let same = world.attachment.iter().filter(|one| Some(one.addon_id.as_str()) == id);
    let all = std::iter::once(name.as_str()).chain(same.map(|one| one.name.as_str()));
    all.map(schedule_name).collect()
}

/// The schedule under the first of these names that has one.
fn of_database<'a>(schedules: &'a [Schedule], names: &[String]) -> Option<&'a Schedule> {
    names.iter().find_map(|name| schedules.iter().find(|one| one.name == *name))
}

/// A zone that Heroku does not tell differs from none.
fn is_at(live: &Schedule, wanted: &Backups) -> bool {
    let is_zone = live.timezone.is_empty() || zone_of_today(&live.timezone) == zone_of_today(&wanted.zone);
    live.hour == u32::from(wanted.hour) && is_zone
}

/// One name for each zone of which people write several.
fn zone_of_today(zone: &str) -> &str {
    const SAME: [(&str, &str); 17] = [
        ("Etc/GMT", "UTC"),
        ("Etc/GMT0", "UTC"),
        ("Etc/Greenwich", "UTC"),
        ("Etc/UCT", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/Universal", "UTC"),
        ("Etc/Zulu", "UTC"),
        ("GMT", "UTC"),
        ("UCT", "UTC"),
        ("Universal", "UTC"),
        ("Zulu", "UTC"),
        ("US/Alaska", "America/Anchorage"),
        ("US/Arizona", "America/Phoenix"),
        ("US/Central", "America/Chicago"),
        ("US/Eastern", "America/New_York"),
        ("US/Mountain", "America/Denver"),
        ("US/Pacific", "America/Los_Angeles"),
    ];
    SAME.into_iter().find(|(other, _)| *other == zone).map_or(zone, |(_, today)| today)
}

/// When a schedule is, as far as Heroku tells.
fn moment(live: &Schedule) -> String {
    format!("{:02}:00 {}", live.hour, live.timezone).trim_end().to_owned()
}

/// `POST /client/v11/databases/{database}/transfer-schedules`, which replaces the one of that name.
#[derive(Clone, Debug)]
pub struct Change {
    /// The database's attachment.
    pub name: AttachmentName,
    /// The plan of the database.
    pub plan: AddonPlan,
    /// The name of its schedule: the var of one of its attachments.
    pub schedule: String,
    /// The schedule that is live.
    pub before: Option<Schedule>,
    /// The schedule that will be.
    pub after: Backups,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { name, before, after, .. } = self;
        let action = if before.is_some() { Action::Update } else { Action::Create };
        let before = before.as_ref().map(moment);
        let field = Field::plain(
            "at",
            before.as_ref().map(|before| before as &dyn std::fmt::Display),
            Some(&format!("{:02}:00 {}", after.hour, after.zone)),
        );
        vec![Row::new(SECTION.address(name), action).with([field])]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::AddonOrdered(self.name.clone()), Output::AddonReady(self.name.clone())]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = self.live(run, &self.addon_id(run).await?).await?;
        let is_same = |live: &Schedule, before: &Schedule| {
            (live.hour, &live.timezone) == (before.hour, &before.timezone)
        };
        let is_as_before = match (&live, &self.before) {
            (None, None) => true,
            (Some(live), Some(before)) => is_same(live, before),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let is_as_after = live.is_some_and(|live| is_at(&live, &self.after));
        Ok(Recheck::judge(is_as_before, is_as_after, || format!("the backups of `{}` changed", self.name)))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let addon_id = self.addon_id(run).await?;
        // One that this run ordered was waited for; of another, an earlier run may have been cut off in the wait.
        if run.plain(&Output::AddonOrdered(self.name.clone())).is_none() {
            addon::ready::until_usable(run, &self.name, (&addon_id, &self.plan)).await?;
        }
        let Backups { hour, zone } = self.after.clone();
        let schedule = NewSchedule { name: self.schedule.clone(), hour, timezone: zone };
        let send = || run.clouds.heroku.schedule_backup(&addon_id, &schedule);
        let is_done = |live: &Schedule| is_at(live, &self.after);
        let look = || async { Ok(self.live(run, &addon_id).await?.filter(is_done).map(drop)) };
        confirmed(send, look).await.map(|()| Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        let schedule = Schedule {
            uuid: "a schedule".to_owned(),
            name: self.schedule.clone(),
            hour: u32::from(self.after.hour),
            timezone: self.after.zone.clone(),
        };
        world.backups.insert(self.name.clone(), vec![schedule]);
    }
}

impl Change {
    async fn addon_id(&self, run: &Run) -> Result<String, CloudError> {
        run.addon_id(&self.name).await?.ok_or_else(|| missing(&self.name))
    }

    async fn live(&self, run: &Run, addon_id: &str) -> Result<Option<Schedule>, CloudError> {
        let schedules = run.clouds.heroku.backup_schedules(addon_id).await?;
        Ok(schedules.into_iter().find(|one| one.name == self.schedule))
    }
}

fn missing(name: &AttachmentName) -> CloudError {
    CloudError::moved(format!("the app has no attachment `{name}` any more"))
}

/// Whether a spec has any.
fn is_scheduled(asked: &Asked<'_>) -> bool {
    asked.spec.addons.values().any(|addon| matches!(addon, spec::Addon::Create(new) if new.backups.is_some()))
}

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        if is_scheduled(asked) {
            rights.scope(Scope::ReadProtected);
        }
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if is_scheduled(asked) {
            rights.scope(Scope::WriteProtected);
        }
    }

    /// They go with their database.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
#[path = "backups_tests.rs"]
mod tests;
