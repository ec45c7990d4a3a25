//! The app goes in one call, and takes with it all that hangs on it (heroku-api.md sections 2 and 11).

use super::{Kind, Observed, SECTION};
use crate::cloud::CloudError;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Output, Recheck, Row, Run, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(desired: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let app = &desired.spec().app;
        match &world.app {
            Observed::Absent => {}
            Observed::Foreign => removal.draft.blocked(
                SECTION.whole().part("name"),
                format!("the app `{}` belongs to someone else", app.name),
                "use a token of an account that may manage it, or take it out of this spec",
            ),
            Observed::OldName(live) => removal.draft.blocked(
                SECTION.whole().part("name"),
                format!("the app is still called `{}`, which is not the name that you confirm", live.name),
                "apply the new name first, or write the old one",
            ),
            Observed::Live(live) => {
                let (id, name) = (live.id.clone(), live.name.clone());
                let (after, along) = (removal.take_before_app(), removal.take_with_app());
                removal.draft.change(super::Change::Delete(Deletion { id, name, after, along }));
            }
        }
    }
}

/// `DELETE /apps/{id}`.
#[derive(Clone, Debug)]
pub struct Deletion {
    id: String,
    name: String,
    /// What has to be done before.
    pub(super) after: Vec<Output>,
    /// What goes with it.
    along: Vec<Row>,
}

impl Deletion {
    pub(super) fn rows(&self) -> Vec<Row> {
        let app = Row::new(SECTION.whole(), Action::Delete).titled(&self.name);
        [app].into_iter().chain(self.along.iter().cloned()).collect()
    }

    pub(super) async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.clouds.heroku.app(&self.id).await?;
        let is_same = live.as_ref().is_some_and(|live| live.name == self.name);
        Ok(Recheck::judge(is_same, live.is_none(), || format!("the app `{}` got another name", self.name)))
    }

    pub(super) async fn apply(&self, run: &Run) -> Result<(), CloudError> {
        run.clouds.heroku.delete_app(&self.id).await
    }
}
