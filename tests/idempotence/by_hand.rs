//! Apps that somebody made by hand, of every shape: an import leaves nothing to do, alone and as one of many, and tells
//! no secret.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::{Cloud, Project, quick};

const APP: &str = "made-by-hand";
const SECRET: &str = "nobody-may-read-this";

/// What somebody did to an app over the years.
#[derive(Clone, Debug)]
struct Deeds {
    databases: Vec<(&'static str, &'static str)>,
    addons: Vec<(&'static str, &'static str)>,
    attachments: Vec<(&'static str, Option<&'static str>)>,
    /// Names with plain values, and names with secrets that begin alike and end in anything.
    plain: Vec<(&'static str, &'static str)>,
    secrets: Vec<(String, String)>,
    many: usize,
    large: bool,
    buildpacks: Vec<&'static str>,
    hostnames: Vec<&'static str>,
    drains: usize,
    hours: Vec<(&'static str, &'static str)>,
    dynos: Option<(u32, u32)>,
    maintenance: bool,
}

fn deeds() -> impl Strategy<Value = Deeds> {
    let some = prop::sample::subsequence::<(&str, &str)>;
    let databases = vec![
        ("DATABASE", "heroku-postgresql:standard-0"),
        ("HEROKU_POSTGRESQL_CRIMSON", "heroku-postgresql:essential-0"),
        ("WAREHOUSE", "heroku-postgresql:standard-0"),
    ];
    let addons = vec![
        ("PAPERTRAIL", "papertrail:choklad"),
        ("SCHEDULER", "scheduler:standard"),
        ("REDIS", "heroku-redis:mini"),
    ];
    let attachments = vec![
        ("READER", None),
        ("HEROKU_POSTGRESQL_AMBER", None),
        ("POOLED", Some("connection-pooling:default")),
        ("CACHE", None),
    ];
    let plain = vec![
        ("RAILS_ENV", "production"),
        ("LANG", "en_US.UTF-8"),
        ("WEB_CONCURRENCY", "2"),
        ("SWITCH", "on"),
        ("NULLISH", "null"),
        ("EMPTY", ""),
        ("SECRET_PIN", "1234"),
    ];
    let packs = vec!["heroku/nodejs", "https://github.com/heroku/heroku-buildpack-apt", "heroku/ruby"];
    let hostnames = vec!["hand.example", "*.hand.example", "www.hand.example"];
    let hours = vec![("02", "UTC"), ("23", "America/Los_Angeles"), ("03", "Europe/Zurich")];
    let heroku = (
        some(databases, 0..=3),
        some(addons, 0..=3),
        prop::sample::subsequence(attachments, 0..=4),
        prop::sample::subsequence(packs, 0..=3),
        prop::sample::subsequence(hostnames, 0..=3),
    );
    let secrets = prop::collection::vec(("[A-Za-z_][A-Za-z0-9_]{0,20}", "[^\0]{0,40}"), 0..8);
    let vars = (some(plain, 0..=7), secrets, prop::sample::select(vec![0, 3, 200]), any::<bool>());
    let rest = (0..3_usize, some(hours, 0..=2), prop::option::of((0..3_u32, 0..3_u32)), any::<bool>());
    (heroku, vars, rest).prop_map(
        |(
            (databases, addons, attachments, buildpacks, hostnames),
            (plain, secrets, many, large),
            (drains, hours, dynos, maintenance),
        )| Deeds {
            databases,
            addons,
            attachments,
            plain,
            secrets,
            many,
            large,
            buildpacks,
            hostnames,
            drains,
            hours,
            dynos,
            maintenance,
        },
    )
}

impl Deeds {
    fn are_done(&self, cloud: &Cloud) {
        let send = |method: &str, path: &str, body: Value| cloud.heroku(method, path, Some(body));
        let app = format!("/apps/{APP}");
        send("POST", "/apps", json!({ "name": "owner-of-shared" }));
        send(
            "POST",
            "/apps/owner-of-shared/addons",
            json!({ "plan": "heroku-redis:mini", "name": "their-cache" }),
        );
        send("POST", "/apps", json!({ "name": APP, "region": "eu" }));
        let order = |(name, plan): &(&'static str, &'static str)| {
            let order = json!({ "plan": plan, "attachment": { "name": name } });
            let made = send("POST", &format!("{app}/addons"), order);
            (made["name"].as_str().unwrap().to_owned(), *plan)
        };
        let databases: Vec<(String, &str)> = self.databases.iter().map(order).collect();
        self.addons.iter().for_each(|addon| drop(order(addon)));
        for (name, namespace) in &self.attachments {
            let pooled = databases.iter().find(|(_, plan)| plan.ends_with("standard-0"));
            let addon = match namespace {
                Some(_) => pooled.map(|(addon, _)| addon.as_str()),
                None if *name == "CACHE" => Some("their-cache"),
                None => databases.first().map(|(addon, _)| addon.as_str()),
            };
            if let Some(addon) = addon {
                let body = json!({ "app": APP, "addon": addon, "name": name, "namespace": namespace });
                send("POST", "/addon-attachments", body);
            }
        }
        if let (Some((addon, _)), Some((name, _))) = (databases.first(), self.databases.first()) {
            for (number, (hour, zone)) in self.hours.iter().enumerate() {
                let name = if number == 0 { format!("{name}_URL") } else { format!("OTHER_{number}_URL") };
                let schedule = json!({ "hour": hour, "timezone": zone, "schedule_name": name });
                send("POST", &format!("/client/v11/databases/{addon}/transfer-schedules"), schedule);
            }
        }
        send("PATCH", &format!("{app}/config-vars"), Value::Object(self.vars()));
        let updates: Vec<Value> = self.buildpacks.iter().map(|pack| json!({ "buildpack": pack })).collect();
        send("PUT", &format!("{app}/buildpack-installations"), json!({ "updates": updates }));
        for hostname in &self.hostnames {
            let domain = json!({ "hostname": hostname, "sni_endpoint": null });
            send("POST", &format!("{app}/domains"), domain);
        }
        for number in 0..self.drains {
            let url = format!("https://user:{SECRET}@logs-{number}.example");
            send("POST", &format!("{app}/log-drains"), json!({ "url": url }));
        }
        if let Some((web, worker)) = self.dynos {
            cloud.deploy(APP, json!({ "web": "puma", "worker": "jobs", "console": "rails c" }));
            let updates = json!({ "updates": [
                { "type": "web", "quantity": web, "size": "Standard-1X" },
                { "type": "worker", "quantity": worker, "size": "Standard-2X" },
                { "type": "console", "quantity": 0, "size": "Standard-1X" },
            ] });
            send("PATCH", &format!("{app}/formation"), updates);
        }
        send("PATCH", &app, json!({ "maintenance": self.maintenance }));
    }

    fn vars(&self) -> Map<String, Value> {
        let mut vars: Map<String, Value> =
            self.plain.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let secret =
            |(name, rest): &(String, String)| (format!("OWN_{name}"), json!(format!("{SECRET}{rest}")));
        vars.extend(self.secrets.iter().map(secret));
        vars.extend(
            (0..self.many).map(|number| (format!("VAR_{number}"), json!(format!("{SECRET} {number}")))),
        );
        if self.large {
            vars.insert("LARGE".to_owned(), json!(SECRET.repeat(40_000 / SECRET.len())));
        }
        vars
    }
}

fn law(deeds: &Deeds) {
    let cloud = Cloud::start(quick());
    deeds.are_done(&cloud);
    cloud.sandbox().forget_calls();
    for (import, environments) in
        [(&["import", APP][..], &[APP][..]), (&["import", "--all"], &[APP, "owner-of-shared"])]
    {
        let project = Project::empty().at(cloud.sandbox());
        let ran = project.run(import).exits(0);
        for file in std::fs::read_dir(project.file("environments")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for text in [&text, &ran.stdout, &ran.stderr] {
                assert!(!text.contains(SECRET) && !text.contains("1234"), "{text}");
            }
        }
        let asked: &[&str] = if environments.len() > 1 { &["--all"] } else { environments };
        project.run(&[&["plan", "--detailed-exitcode"], asked].concat()).exits(0);
        project.run(&[&["apply", "--yes"], asked].concat()).exits(0);
    }
    let written: Vec<_> = cloud.sandbox().calls().into_iter().filter(|call| call.mutating).collect();
    assert!(written.is_empty(), "{written:?}");
}

#[test]
fn whatever_somebody_made_is_imported_such_that_nothing_is_left_to_do() {
    let config = Config { cases: 16, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&deeds(), |deeds| {
        law(&deeds);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
