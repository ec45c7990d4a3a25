//! Backups of databases, restores and copies (life-and-ci.md section 1). A target is wiped without a question: that is the
//! client's to ask.
//!
//! What a database holds is real with a PostgreSQL behind it; without one it is a few bytes that are told apart, so that
//! what was restored or copied from where can be seen.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::postgres::Real;
use super::problem::{Answered, Problem};
use super::sources::{self, ELSEWHERE};
use super::state::{Addon, HerokuState, fresh_id, stamp};
use super::{Call, Line, dump, find_app};
use crate::sandbox::http::{Method, Moment, Request, Response};

/// How long the address of a backup is good for.
const LIFETIME: Duration = Duration::from_hours(1);
/// Where backups lie, as Heroku alone reads it.
const STORE: &str = "https://backups.sandbox.example/";

/// A transfer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Transfer {
    id: String,
    /// Counted by the billing app.
    number: u32,
    /// The billing app.
    app: String,
    /// The database.
    pub(super) addon: String,
    kind: Kind,
    from_name: String,
    to_name: String,
    created_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    /// Why it fails.
    failure: Option<String>,
    /// What a backup holds, in base64.
    content: String,
    /// Signatures of its address, and when each was made.
    links: Vec<(String, OffsetDateTime)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Backup,
    Restore,
    Copy,
}

impl Transfer {
    fn is_over(&self, now: OffsetDateTime) -> bool {
        now >= self.ends_at
    }

    fn has_succeeded(&self, now: OffsetDateTime) -> bool {
        self.is_over(now) && self.failure.is_none()
    }

    fn content(&self) -> Vec<u8> {
        BASE64.decode(&self.content).unwrap_or_default()
    }

    /// What it is about, whole.
    fn size(&self) -> usize {
        self.content().len()
    }

    fn body(&self, now: OffsetDateTime, is_verbose: bool) -> Value {
        let takes = self.ends_at - self.created_at;
        let has_started = now >= self.created_at + takes / 4;
        let is_over = self.is_over(now);
        let done = match () {
            () if is_over => self.size(),
            () if has_started => self.size() / 2,
            () => 0,
        };
        let (from_type, to_type) = match self.kind {
            Kind::Backup => ("pg_dump", "gof3r"),
            Kind::Restore => ("gof3r", "pg_restore"),
            Kind::Copy => ("pg_dump", "pg_restore"),
        };
        let ends = if is_over { json!(stamp(self.ends_at)) } else { Value::Null };
        let to_url = (self.kind == Kind::Backup).then(|| format!("{STORE}{}", self.id));
        let mut body = json!({
            "uuid": self.id, "num": self.number, "from_name": self.from_name, "from_type": from_type, "from_url": null,
            "to_name": self.to_name, "to_type": to_type, "to_url": to_url, "options": {}, "schedule": null,
            "source_bytes": if has_started { self.size() * 3 } else { 0 }, "processed_bytes": done,
            "succeeded": if is_over { json!(self.failure.is_none()) } else { Value::Null }, "warnings": 0,
            "created_at": stamp(self.created_at), "started_at": if has_started { json!(stamp(self.created_at)) } else { Value::Null },
            "finished_at": ends, "updated_at": stamp(now), "canceled_at": null, "deleted_at": null, "purged_at": null,
            "num_keep": null,
        });
        if is_verbose {
            body["logs"] = self.logs(is_over);
        }
        body
    }

    fn logs(&self, is_over: bool) -> Value {
        let line = |level: &str, message: &str| json!({ "created_at": stamp(self.created_at), "level": level, "message": message });
        let mut lines = vec![line("info", "transfer started")];
        match &self.failure {
            Some(failure) if is_over => lines.extend(failure.lines().map(|text| line("error", text))),
            None if is_over => lines.push(line("info", "transfer succeeded")),
            Some(_) | None => {}
        }
        lines.into()
    }
}

/// `/client/v11/apps/{app}/transfers`: those of databases that are billed to the app.
pub(super) fn of_app(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    let app = find_app(state, call, app)?.id.clone();
    let now = call.moment.now;
    let missing = || Problem::new(404, "not_found", "Couldn't find that transfer.");
    let own = state.transfers.values_mut().filter(|transfer| transfer.app == app);
    match line {
        (&Method::GET, []) => {
            Ok(Response::json(200, &own.map(|transfer| transfer.body(now, false)).collect::<Vec<_>>().into()))
        }
        (&Method::GET, [id]) => {
            let is_verbose = call.request.query.contains(&("verbose".to_owned(), "true".to_owned()));
            let mut own = own;
            let found = own.find(|transfer| transfer.id == *id || transfer.number.to_string() == *id);
            Ok(Response::json(200, &found.ok_or_else(missing)?.body(now, is_verbose)))
        }
        (&Method::POST, [number, "actions", "public-url"]) => {
            let mut own = own;
            let found = own.find(|transfer| transfer.number.to_string() == *number).ok_or_else(missing)?;
            if found.kind != Kind::Backup || !found.has_succeeded(now) {
                return Err(refused("Only a backup that has finished can be downloaded."));
            }
            let signature = fresh_id();
            found.links.push((signature.clone(), now));
            let host = sources::host(call.request);
            let url = format!("{host}{ELSEWHERE}backups/{}?Signature={signature}", found.id);
            Ok(Response::json(201, &json!({ "url": url, "expires_at": stamp(now + LIFETIME) })))
        }
        _ => Err(Problem::no_route()),
    }
}

fn refused(message: &str) -> Problem {
    Problem::new(422, "unprocessable_entity", message)
}

/// `POST /client/v11/databases/{id}/backups`.
pub(super) fn capture(state: &mut HerokuState, call: &Call<'_>, database: &Addon) -> Answered {
    is_served(database)?;
    let content = content_of(database, call);
    let label = label(state, database);
    let answer = begin(state, call, database, (Kind::Backup, label, "BACKUP".to_owned()), content);
    drop_old(state, database);
    Ok(answer)
}

/// `POST /client/v11/databases/{id}/restores`.
pub(super) fn restore(state: &mut HerokuState, call: &Call<'_>, database: &Addon) -> Answered {
    is_served(database)?;
    let url = call.body["backup_url"].as_str().unwrap_or_default();
    let is_lower = |name: &Value| name.as_str().is_some_and(|name| name == name.to_lowercase());
    let extensions = &call.body["extensions"];
    if !extensions.is_null() && !extensions.as_array().is_some_and(|names| names.iter().all(is_lower)) {
        return Err(refused("extensions must be a list of names in lower case"));
    }
    let content = stored(state, call, url)?;
    let label = label(state, database);
    let extensions = extensions.as_array().into_iter().flatten().filter_map(Value::as_str);
    let extensions: Vec<String> = extensions.map(str::to_owned).collect();
    let content = content.and_then(|content| fill(state, call, (database, &extensions), content));
    Ok(begin(state, call, database, (Kind::Restore, "BACKUP".to_owned(), label), content))
}

/// `POST /client/v11/databases/{id}/transfers`.
pub(super) fn copy(state: &mut HerokuState, call: &Call<'_>, database: &Addon) -> Answered {
    is_served(database)?;
    let text = |key: &str| call.body[key].as_str().filter(|text| !text.is_empty());
    let [Some(from_name), Some(from), Some(to_name), Some(to)] =
        ["from_name", "from_url", "to_name", "to_url"].map(text)
    else {
        return Err(refused("from_name, from_url, to_name and to_url are required"));
    };
    if !from.starts_with("postgres://") {
        return Err(refused("from_url must be the URL of a database"));
    }
    if to != database.value {
        return Err(refused("to_url must be the URL of this database"));
    }
    let source = state.addons.values().find(|addon| addon.value == from && addon.id != database.id);
    let content = match source {
        _ if Real::of(call.moment.knobs, database).is_some() => dump::dump(call.moment.knobs, from),
        Some(source) => content_of(source, call),
        None => Ok(bytes_of(&format!("what is at {}", from.rsplit('@').next().unwrap_or_default()))),
    };
    let content = content.and_then(|content| fill(state, call, (database, &[]), content));
    let names = (Kind::Copy, from_name.to_owned(), to_name.to_owned());
    Ok(begin(state, call, database, names, content))
}

fn is_served(database: &Addon) -> Result<(), Problem> {
    if database.plan.contains(":shield") {
        return Err(refused("Backups are not available for databases on Shield plans."));
    }
    Ok(())
}

/// Begins a transfer, and gives it as it is then.
fn begin(
    state: &mut HerokuState,
    call: &Call<'_>,
    database: &Addon,
    (kind, from_name, to_name): (Kind, String, String),
    content: Result<Vec<u8>, String>,
) -> Response {
    let now = call.moment.now;
    let numbers = state.transfers.values().filter(|transfer| transfer.app == database.app);
    let counted = numbers.map(|transfer| transfer.number).max().unwrap_or_default();
    let number = state.counted_transfers.get(&database.app).copied().unwrap_or_default().max(counted) + 1;
    state.counted_transfers.insert(database.app.clone(), number);
    let knobs = call.moment.knobs;
    let told = "pg_dump: error: connection to server failed: FATAL: the database system is shutting down";
    let (content, failure) = match content {
        Ok(content) if knobs.transfer_status == "succeeded" => (content, None),
        Ok(content) => (content, Some(told.to_owned())),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let takes = time::Duration::try_from(knobs.transfer).unwrap_or_default();
    let transfer = Transfer {
        id: fresh_id(),
        number,
        app: database.app.clone(),
        addon: database.id.clone(),
        kind,
        from_name,
        to_name,
        created_at: now,
        ends_at: now + takes,
        failure,
        content: BASE64.encode(content),
        links: Vec::new(),
    };
    let body = transfer.body(now, false);
    state.transfers.insert(transfer.id.clone(), transfer);
    Response::json(201, &body)
}

/// As many backups that somebody asked for are kept; the oldest go (life-and-ci.md section 1.6).
fn drop_old(state: &mut HerokuState, database: &Addon) {
    let keep = match database.plan.split(':').nth(1).unwrap_or_default() {
        tier if tier.starts_with("essential") => 5,
        tier if tier.starts_with("standard") => 25,
        _ => 50,
    };
    let own = state.transfers.values().filter(|one| one.addon == database.id && one.kind == Kind::Backup);
    let mut numbers: Vec<(u32, String)> = own.map(|one| (one.number, one.id.clone())).collect();
    numbers.sort_unstable();
    let too_many = numbers.len().saturating_sub(keep);
    for (_, id) in numbers.into_iter().take(too_many) {
        state.transfers.remove(&id);
    }
}

/// How a database is called: by its first attachment to the app that it is billed to.
fn label(state: &HerokuState, database: &Addon) -> String {
    let own = |one: &&super::state::Attachment| one.addon == database.id && one.app == database.app;
    let first = state.attachments.values().filter(own).min_by_key(|one| (one.created_at, one.name.clone()));
    let name = first.map_or("DATABASE", |attachment| attachment.name.as_str());
    name.trim_start_matches("HEROKU_POSTGRESQL_").to_owned()
}

/// A dump of a database, or why there is none.
fn content_of(database: &Addon, call: &Call<'_>) -> Result<Vec<u8>, String> {
    match Real::of(call.moment.knobs, database) {
        Some(_) => dump::dump(call.moment.knobs, &database.value),
        None => Ok(contents(database)),
    }
}

/// What a database holds for which there is none.
pub(super) fn contents(database: &Addon) -> Vec<u8> {
    match &database.contents {
        Some(contents) => BASE64.decode(contents).unwrap_or_default(),
        None => bytes_of(&database.id),
    }
}

/// What looks like a dump from afar.
fn bytes_of(what: &str) -> Vec<u8> {
    format!("PGDMP\n{}", format!("{what}\n").repeat(40)).into_bytes()
}

/// Puts a dump into a database, with some extensions, over all that is in it.
fn fill(
    state: &mut HerokuState,
    call: &Call<'_>,
    (database, extensions): (&Addon, &[String]),
    content: Vec<u8>,
) -> Result<Vec<u8>, String> {
    let knobs = call.moment.knobs;
    // What fails has wiped it all the same.
    let fails = knobs.transfer_status != "succeeded";
    if let Some(real) = Real::of(knobs, database) {
        real.wipe(&database.roles())?;
        if !fails {
            real.load(&content, extensions)?;
        }
        return Ok(content);
    }
    if let Some(addon) = state.addons.get_mut(&database.id) {
        addon.contents = Some(BASE64.encode(if fails { &[][..] } else { &content }));
    }
    Ok(content)
}

/// What is at an address that is to be restored, or why a transfer from there fails.
fn stored(state: &HerokuState, call: &Call<'_>, url: &str) -> Result<Result<Vec<u8>, String>, Problem> {
    if let Some(id) = url.strip_prefix(STORE) {
        let transfer = state.transfers.get(id).filter(|one| one.has_succeeded(call.moment.now));
        let is_own = |one: &&Transfer| state.app(&one.app).owner == call.who.email;
        return Ok(transfer.filter(is_own).map(Transfer::content).ok_or_else(|| "no such backup".to_owned()));
    }
    let own = format!("{}{ELSEWHERE}backups/", sources::host(call.request));
    if let Some((id, signature)) = url.strip_prefix(&own).and_then(|rest| rest.split_once("?Signature=")) {
        let found = linked(state, id, signature, call.moment.now);
        return Ok(found.map(Transfer::content).map_err(|code| format!("403 {code}")));
    }
    let is_here = url.starts_with(&format!("{}/", sources::host(call.request)));
    if !is_here && !url.starts_with("https://") {
        return Err(refused("backup_url must be an address that is reached over https"));
    }
    let what = url.split('?').next().unwrap_or_default();
    Ok(Ok(bytes_of(&format!("what is at {what}"))))
}

/// The backup at a signed address, or the store's name for why not.
fn linked<'a>(
    state: &'a HerokuState,
    id: &str,
    signature: &str,
    now: OffsetDateTime,
) -> Result<&'a Transfer, &'static str> {
    let transfer = state.transfers.get(id).ok_or("NoSuchKey")?;
    let link = transfer.links.iter().find(|(given, _)| given == signature).ok_or("SignatureDoesNotMatch")?;
    if link.1 + LIFETIME <= now { Err("AccessDenied") } else { Ok(transfer) }
}

/// `GET` at a signed address: nobody is asked who they are, and nobody may say so.
pub(super) fn download(state: &HerokuState, moment: &Moment<'_>, request: &Request, id: &str) -> Response {
    let refused = |status: u16, code: &str| {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>The request is refused.</Message></Error>"
        );
        Response::xml(status, text)
    };
    if request.header("authorization").is_some() {
        return refused(400, "InvalidArgument");
    }
    let given = request.query.iter().find(|(name, _)| name == "Signature");
    let signature = given.map(|(_, value)| value.as_str()).unwrap_or_default();
    let content = match linked(state, id, signature, moment.now) {
        Ok(transfer) => transfer.content(),
        Err("NoSuchKey") => return refused(404, "NoSuchKey"),
        Err(code) => return refused(403, code),
    };
    let begins = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    match begins.and_then(|begins| begins.parse::<usize>().ok()) {
        None => Response::typed(200, "binary/octet-stream", content.clone()).tagged_as(&content),
        Some(begins) if begins < content.len() => {
            let range = format!("bytes {begins}-{}/{}", content.len() - 1, content.len());
            Response::typed(206, "binary/octet-stream", content[begins..].to_vec())
                .with_header("content-range", range)
                .tagged_as(&content)
        }
        Some(_) => refused(416, "InvalidRange"),
    }
}
