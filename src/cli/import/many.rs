//! Every app of a team or an account: looked at side by side, compared, and written one after another.

use std::pin::pin;

use futures_util::StreamExt;
use time::OffsetDateTime;

use super::super::Exit;
use super::super::arguments::Import as Request;
use super::super::session::Session;
use super::super::tally::Tally;
use super::files::{self, Files};
use super::{asked, described, environments};
use crate::cloud::Reads;
use crate::cloud::heroku::App;
use crate::fleet;
use crate::lifecycle::import::{self, Asked, ImportError, Imported, Managed, Shared, share};
use crate::message::{Answer, BaseFile, Failure, ImportedMany, Notice};
use crate::spec::AppName;

pub(super) async fn import(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let apps = apps(request, session).await?;
    let (wanted, listed) = wanted(request, &apps, session)?;
    let clouds = session.clouds().await?;
    if wanted.len() > 1 {
        session.pace(import::heroku_calls(&wanted), clouds).await;
    }
    let reads = Reads::of_apps(clouds.clone(), apps);
    let wanted = with_named(wanted, &reads, session).await;
    let mut tally = Tally::of(wanted.len(), session.context.output);
    let found = looked_at(wanted, &reads, session, &mut tally).await;
    written(found, session, &mut tally)?;
    session.warn_of_few_calls();
    Ok(tally.end().or(listed))
}

/// What there is, by name.
async fn apps(request: &Request, session: &Session<'_>) -> Result<Vec<App>, Failure> {
    let heroku = &session.clouds().await?.heroku;
    let mut apps = match &request.team {
        Some(team) => heroku.apps_of_team(team.as_str()).await?,
        None => heroku.all_apps(usize::MAX).await?.unwrap_or_default(),
    };
    if apps.is_empty() {
        return Err(ImportError::NoApps(request.team.clone()).into());
    }
    apps.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(apps)
}

/// Those that no environment describes and whose files are free; says which others stay as they are, and which no file
/// can name.
fn wanted(request: &Request, apps: &[App], session: &Session<'_>) -> Result<(Vec<Asked>, Exit), Failure> {
    let output = session.context.output;
    let described = described(&session.project);
    let (mut wanted, mut exit) = (Vec::new(), Exit::Done);
    for app in apps {
        let Ok(name) = AppName::parse(&app.name) else {
            output.failure(&ImportError::Unnameable(app.name.clone()).into(), None);
            exit = Exit::Error;
            continue;
        };
        let asked = asked(request, &name);
        if let Some((app, environment)) = described.iter().find(|(app, _)| *app == name) {
            output.answer(&Answer::Described(app.clone(), environment.clone()))?;
        } else if let Some(taken) = Files::of(&asked.environment).taken(&session.project, asked.secrets) {
            output.answer(&Answer::LeftFile(taken))?;
        } else {
            wanted.push(asked);
        }
    }
    Ok((wanted, exit))
}

/// The same with the buckets and users that they name in their config vars.
async fn with_named(mut wanted: Vec<Asked>, reads: &Reads, session: &Session<'_>) -> Vec<Asked> {
    let look = |asked| async move { import::named(asked, reads).await };
    let named = fleet::side_by_side(session.context.width, &wanted, look).collect().await;
    import::share_out(&mut wanted, named, &Managed::by(&environments(&session.project)));
    wanted
}

/// What could be imported. Nothing is written yet: what they have in common shows only when all are there.
async fn looked_at(
    wanted: Vec<Asked>,
    reads: &Reads,
    session: &Session<'_>,
    tally: &mut Tally<'_>,
) -> Vec<(Asked, Imported)> {
    let now = OffsetDateTime::now_utc();
    let imported = async |asked: &Asked| {
        let found = Box::pin(import::look(asked, reads)).await?;
        import::write(asked, &found, (now, &session.key)).await
    };
    let imported = &imported;
    let look = |asked: Asked| async move {
        match Box::pin(imported(&asked)).await {
            // An app does not wait for what it only names.
            Err(error) => match asked.clone().without_aws(&error) {
                Some(alone) => {
                    let again = Box::pin(imported(&alone)).await;
                    (alone, again)
                }
                None => (asked, Err(error)),
            },
            found => (asked, found),
        }
    };
    let mut looks = pin!(fleet::side_by_side(session.context.width, wanted, look));
    let mut found = Vec::new();
    while let Some((asked, imported)) = looks.next().await {
        match imported {
            Ok(imported) => found.push((asked, imported)),
            Err(error) => tally.add(&asked.environment, Err(error.into())),
        }
    }
    found
}

/// The base first: without it none of those that extend it could be read.
fn written(
    found: Vec<(Asked, Imported)>,
    session: &Session<'_>,
    tally: &mut Tally<'_>,
) -> Result<(), Failure> {
    let (base, documents) = match shared(&found) {
        None => (BaseFile::Needless, Vec::new()),
        Some(shared) => match files::write_base(&shared.base, session)? {
            BaseFile::Extended => (BaseFile::Extended, shared.documents),
            other => (other, Vec::new()),
        },
    };
    let mut documents = documents.into_iter();
    let (mut written, mut extending, mut with_left, mut has_values) = (0, 0, 0, false);
    for (asked, imported) in found {
        let document = documents.next().flatten();
        let text = document.as_ref().unwrap_or(&imported.document);
        let outcome = Files::of(&asked.environment).write(text, imported.values.as_ref(), session);
        if outcome.is_ok() {
            written += 1;
            extending += usize::from(document.is_some());
            with_left += usize::from(!imported.left.is_empty());
            has_values |= imported.values.is_some();
        }
        tally.add(&asked.environment, outcome.map(|()| Exit::Done));
    }
    let output = session.context.output;
    let many = ImportedMany { written, extending, base, with_left, has_values };
    output.notice(&Notice::ImportedMany(many));
    Ok(())
}

/// What they have in common. An app called `base` has the file where that would stand.
fn shared(found: &[(Asked, Imported)]) -> Option<Shared> {
    let is_base = found.iter().any(|(asked, _)| asked.environment.as_str() == "base");
    if found.len() < 2 || is_base { None } else { share(found) }
}
