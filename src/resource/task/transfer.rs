//! Has Heroku move what is in a database: into a backup, from one, or from another database (life-and-ci.md section 1).
//!
//! A transfer goes on at Heroku when this program ends, so one that runs already is followed instead of being made twice.
//! What must not live here: whether what is in a database may be overwritten, which a command asks (`lifecycle`).

mod target;

use std::collections::BTreeSet;

use super::objects::size;
use crate::cloud::heroku::{Attachment, Transfer, TransferKind, TransferState, label_of};
use crate::cloud::{CloudError, ErrorKind, Pace, Service, confirmed};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{
    Action, Address, Effects, Label, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb,
};
use crate::secret::Secret;
use crate::spec::{AttachmentName, WaitLimit};

/// Where a backup stands in a plan.
pub static BACKUP: Section =
    Section::new("addons").part("backup").kind("heroku_postgres_backup").noun("database's backup");

/// Where what is in a database stands in a plan.
pub static DATA: Section =
    Section::new("addons").part("data").kind("heroku_postgres_data").noun("database's data");

static CAPTURE: Verb = Verb { does: "back up", doing: "backing up" };
static RESTORE: Verb = Verb { does: "restore", doing: "restoring" };
static COPY: Verb = Verb { does: "copy", doing: "copying" };

/// What a new backup is called: `b001`.
static NAME: Label = Label { name: "backup", words: "backup" };

/// The official client waits without an end; a database of the size that this is for takes hours at most.
const USUAL: WaitLimit = WaitLimit::minutes(6 * 60);
/// So many looks may fail in a row, each tried four times: as often as the official client looks (life-and-ci.md section 1.1).
const FAILED_LOOKS: u32 = 4;

const GOES_ON: &str = "it goes on at Heroku";

/// A transfer that is made, or followed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The database, by its name on the app.
    pub name: AttachmentName,
    /// What is moved.
    pub moves: Moves,
    /// The id of one that runs already.
    pub running: Option<String>,
    /// The ids of those that there were.
    pub known: BTreeSet<String>,
    /// The option of the command that leaves it out.
    pub spared_by: Option<&'static str>,
}

/// What is moved where.
#[derive(Clone, Debug)]
pub enum Moves {
    /// What is in the database, into a new backup.
    Capture,
    /// What lies at an address, into the database, over all that is in it.
    Restore {
        /// What that is, in words: `b003 of ledger-production`.
        from: String,
        /// Where it lies.
        source: Secret,
        /// The extensions that are made in the database before.
        extensions: Vec<String>,
        /// The backup of what was there before, when it was made earlier.
        kept: Option<String>,
    },
    /// What is in another database, into this one, over all that is in it.
    Copy {
        /// The other one, in words: `DATABASE of ledger-production`.
        from: String,
        /// The name of an attachment of the other one.
        label: String,
        /// Its URL.
        source: Secret,
        /// Whether it is to fill a new database: one that an app uses is left alone.
        is_to_fill: bool,
    },
}

/// The transfers of a database, of all that are of the app that it is billed to. Heroku's labels are for people: where
/// it is the only database and none names it, all are taken for its own.
#[must_use]
pub fn of_database(
    attachments: &[Attachment],
    database: &Attachment,
    transfers: Vec<Transfer>,
) -> Vec<Transfer> {
    let is_own = |one: &&Attachment| one.addon_id == database.addon_id;
    let names: Vec<&str> = attachments.iter().filter(is_own).map(|one| one.name.as_str()).collect();
    let is_named = |transfer: &Transfer| {
        if transfer.is_backup() { transfer.is_from(&names) } else { transfer.is_to(&names) }
    };
    let is_postgres = |one: &&Attachment| {
        one.addon_plan.as_deref().is_none_or(|plan| plan.starts_with("heroku-postgresql"))
    };
    let is_alone = attachments.iter().filter(is_postgres).all(|one| is_own(&one));
    if is_alone && !transfers.iter().any(is_named) {
        return transfers;
    }
    transfers.into_iter().filter(is_named).collect()
}

/// That a backup was made: its id.
#[must_use]
pub fn captured(name: &AttachmentName) -> Output {
    Output::Of(BACKUP.address(name), "captured")
}

/// That a database holds what was moved into it: the id of the transfer.
#[must_use]
pub fn loaded(name: &AttachmentName) -> Output {
    Output::Of(DATA.address(name), "loaded")
}

impl Moves {
    fn kind(&self) -> TransferKind {
        match self {
            Self::Capture => TransferKind::Backup,
            Self::Restore { .. } => TransferKind::Restore,
            Self::Copy { .. } => TransferKind::Copy,
        }
    }

    fn verb(&self) -> &'static Verb {
        match self {
            Self::Capture => &CAPTURE,
            Self::Restore { .. } => &RESTORE,
            Self::Copy { .. } => &COPY,
        }
    }
}

impl Change {
    fn address(&self) -> Address {
        match self.moves {
            Moves::Capture => BACKUP.address(&self.name),
            Moves::Restore { .. } | Moves::Copy { .. } => DATA.address(&self.name),
        }
    }

    fn operation(&self) -> String {
        format!("{} of {}", self.moves.verb().does, self.name)
    }

    fn output(&self) -> Output {
        match self.moves {
            Moves::Capture => captured(&self.name),
            Moves::Restore { .. } | Moves::Copy { .. } => loaded(&self.name),
        }
    }

    /// What may stand in its log and must not be shown.
    fn hidden(&self) -> Vec<&Secret> {
        match &self.moves {
            Moves::Capture => Vec::new(),
            Moves::Restore { source, .. } | Moves::Copy { source, .. } => vec![source],
        }
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let (action, title) = match &self.moves {
            Moves::Capture => (Action::Create, None),
            Moves::Restore { from, .. } | Moves::Copy { from, .. } => {
                (Action::Update, Some(format!("from {from}")))
            }
        };
        let row = Row::new(self.address(), action).of_task(self.moves.verb()).spared_by(self.spared_by);
        let row = match title {
            Some(title) => row.titled(&title),
            None => row,
        };
        vec![if self.running.is_some() { row.because("it runs already") } else { row }]
    }

    fn effects(&self) -> Effects {
        let note = match self.moves {
            Moves::Capture => return Effects::default(),
            Moves::Copy { is_to_fill: true, .. } => format!("fills {}, which nobody uses yet", self.name),
            Moves::Restore { .. } | Moves::Copy { .. } => format!("overwrites everything in {}", self.name),
        };
        Effects { notes: vec![note], ..Effects::default() }
    }

    fn needs(&self) -> Vec<Output> {
        // What is overwritten has a backup first.
        let kept = matches!(self.moves, Moves::Restore { .. }).then(|| captured(&self.name));
        [Output::App, Output::AddonReady(self.name.clone())].into_iter().chain(kept).collect()
    }

    fn gives(&self) -> Vec<Output> {
        let name = matches!(self.moves, Moves::Capture).then(|| Output::Published(self.address(), &NAME));
        [self.output()].into_iter().chain(name).collect()
    }

    /// It is looked for just before it is begun.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let attachments = run.clouds.heroku.attachments(&run.app()).await?;
        let database = attachments.iter().find(|one| one.name == self.name.as_str());
        let gone = || CloudError::moved(format!("the app has no attachment {} any more", self.name));
        let database = database.ok_or_else(gone)?;
        let moved = async {
            let id = match &self.running {
                Some(id) => id.clone(),
                None => self.begin(run, database, &attachments).await?,
            };
            Ok((self.follow(run, &database.addon_app, &id).await?, id))
        };
        let (done, id) = moved.await.map_err(|error| self.with_way_back(run, error))?;
        let outputs = Outputs::none().and(self.output(), id);
        Ok(match self.moves {
            Moves::Capture => outputs.and(Output::Published(self.address(), &NAME), done.name()),
            Moves::Restore { .. } | Moves::Copy { .. } => outputs,
        })
    }

    /// What is in a database is no part of what a spec asks for.
    #[cfg(test)]
    fn assume(&self, _: &mut World, outputs: &mut Outputs) {
        *outputs = std::mem::take(outputs).and(self.output(), "t1");
    }
}

impl Change {
    /// Begins it once: gives the id.
    async fn begin(
        &self,
        run: &Run,
        database: &Attachment,
        attachments: &[Attachment],
    ) -> Result<String, CloudError> {
        let (heroku, id) = (&run.clouds.heroku, &database.addon_id);
        if let Moves::Copy { is_to_fill: true, .. } = self.moves {
            target::check(run, database).await?;
        }
        let to = match &self.moves {
            Moves::Copy { .. } => Some(url_of(run, database).await?),
            Moves::Capture | Moves::Restore { .. } => None,
        };
        let send = || async {
            match (&self.moves, &to) {
                (Moves::Capture, _) => heroku.capture(id).await,
                (Moves::Restore { source, extensions, .. }, _) => {
                    heroku.restore(id, source, extensions).await
                }
                (Moves::Copy { label, source, .. }, Some(to)) => {
                    let (from, here) = (label_of(label), label_of(&database.name));
                    heroku.copy_database(id, (from, source), (here, to)).await
                }
                (Moves::Copy { .. }, None) => Err(CloudError::defect("a copy without its target's URL")),
            }
        };
        let look = || async {
            let transfers = heroku.transfers(&database.addon_app).await?;
            let own = of_database(attachments, database, transfers);
            Ok(own.into_iter().find(|transfer| self.is_new(transfer)).map(|new| new.id))
        };
        confirmed(send, look).await
    }

    /// Whether a transfer of the database is of this kind, and was begun after the plan.
    fn is_new(&self, transfer: &Transfer) -> bool {
        transfer.kind == self.moves.kind() && !self.known.contains(&transfer.id)
    }

    /// Returns when it has succeeded.
    async fn follow(&self, run: &Run, app: &str, id: &str) -> Result<Transfer, CloudError> {
        let heroku = &run.clouds.heroku;
        let limit = run.limit(USUAL);
        let mut pace = Pace::heroku(limit.duration());
        let mut failed_looks = 0;
        loop {
            match heroku.transfer(app, id).await {
                Ok(Some(transfer)) => {
                    failed_looks = 0;
                    match transfer.state {
                        TransferState::Succeeded(warnings) => {
                            if warnings > 0 {
                                run.progress.line(&format!("done with {warnings} warnings in its log"));
                            }
                            return Ok(transfer);
                        }
                        TransferState::Failed => {
                            let log = heroku.transfer_log(app, id, &self.hidden()).await.unwrap_or_default();
                            return Err(self.failed("Heroku could not do it", &log));
                        }
                        TransferState::Cancelled => return Err(self.failed("somebody cancelled it", &[])),
                        TransferState::Pending | TransferState::Running => {
                            run.progress.update(&self.in_words(&transfer));
                        }
                    }
                }
                Ok(None) => return Err(self.failed("somebody deleted it while it ran", &[])),
                Err(error) => {
                    failed_looks += 1;
                    if failed_looks > FAILED_LOOKS {
                        return Err(error);
                    }
                }
            }
            let Some(pause) = pace.next() else {
                let limit = limit.in_words();
                let message = format!("not done after {limit}; {GOES_ON}");
                return Err(CloudError::gave_up(self.operation(), message).maybe_done());
            };
            if run.pause(pause).await.is_err() {
                let message = format!("stopped while waiting; {GOES_ON}");
                return Err(CloudError::gave_up(self.operation(), message).maybe_done());
            }
        }
    }

    /// What brings back what was there before it was overwritten.
    fn with_way_back(&self, run: &Run, error: CloudError) -> CloudError {
        let Moves::Restore { kept, .. } = &self.moves else { return error };
        let made = run.plain(&Output::Published(BACKUP.address(&self.name), &NAME));
        let Some(backup) = made.or_else(|| kept.clone()) else { return error };
        let environment = &run.environment.name;
        let message = format!(
            "{}\nwhat was there before is in {backup}: `trueup restore {environment} --from {backup}` brings it back",
            error.message
        );
        CloudError { message, ..error }
    }

    fn in_words(&self, transfer: &Transfer) -> String {
        let doing = self.moves.verb().doing;
        match (transfer.processed_bytes, transfer.source_bytes) {
            (0, _) => doing.to_owned(),
            (done, 0) => format!("{doing}, {}", size(done)),
            (done, of) => format!("{doing}, {} of {}", size(done), size(of)),
        }
    }

    fn failed(&self, what: &str, log: &[String]) -> CloudError {
        let message = if log.is_empty() {
            what.to_owned()
        } else {
            format!("{what}; the last lines of its log:\n{}", log.join("\n"))
        };
        let service = Service::Heroku("Heroku".to_owned());
        CloudError::new(service, self.operation(), ErrorKind::Invalid, message)
    }
}

/// The URL of a database, as the app has it.
async fn url_of(run: &Run, database: &Attachment) -> Result<Secret, CloudError> {
    let vars = run.clouds.heroku.config_vars(&run.app()).await?;
    let usual = format!("{}_URL", database.name);
    let var = database.config_vars.first().unwrap_or(&usual);
    let missing = || CloudError::moved(format!("the app has no config var {var}, where its URL should be"));
    vars.get(var).cloned().ok_or_else(missing)
}
