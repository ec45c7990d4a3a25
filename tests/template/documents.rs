//! The documents of the application: their sections, names and steps follow from the environment.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{ENVIRONMENTS, Tree};
use crate::support::Project;

const GUIDE: &str = "docs/deployment/heroku-setup.md";
const ROTATION: &str = "docs/runbooks/secret-rotation.md";
const DISASTER: &str = "docs/runbooks/disaster-recovery.md";
const DOCUMENTS: [&str; 5] = [GUIDE, ROTATION, DISASTER, "README.md", "CLAUDE.md"];

/// An environment whose values come from everywhere, on a larger plan and without a bucket.
const SOURCES: &str = "
app: { name: shop-sources, team: shop, region: eu }
addons: { DATABASE: { plan: 'heroku-postgresql:premium-0' } }
config:
  APP_HOST: shop.example
  MOTTO: \"a|b\\n`c`\"
  OPENAI_API_KEY: { env: OPENAI_API_KEY }
  PLAID_CLIENT_ID: abc
  PLAID_SECRET: { file: secrets/plaid }
  SECRET_KEY_BASE: { env: SHOP_SECRET }
  TAXCLOUD_API_ID: { external: true }
  TAXCLOUD_API_KEY: { command: [op, read, 'op://vault/tax/key'] }
formation:
  web: { quantity: 1 }
  mailer: { quantity: 2, size: performance-l-ram }
  worker: { scale: unmanaged, size: standard-1x }
iam_users: { lonely: { name: shop-lonely } }
template: { name: rails, vars: { migrate_on_release: true } }
";

/// What one environment renders.
pub struct Rendered {
    /// As commands name it.
    pub environment: &'static str,
    /// Path to text.
    pub documents: BTreeMap<&'static str, String>,
}

impl Rendered {
    fn of(environment: &'static str) -> Self {
        let tree = Tree::of(environment);
        Self { environment, documents: DOCUMENTS.map(|path| (path, tree.text(path))).into() }
    }

    fn of_sources() -> Self {
        let project = Project::empty();
        project.write("environments/sources.yaml", SOURCES);
        project.run(&["render", "sources", "--out", "app"]).exits(0);
        let text = |path| std::fs::read_to_string(project.file(&format!("app/{path}"))).unwrap();
        Self { environment: "sources", documents: DOCUMENTS.map(|path| (path, text(path))).into() }
    }

    pub fn all() -> Vec<Self> {
        ENVIRONMENTS.into_iter().map(Self::of).chain([Self::of_sources()]).collect()
    }

    fn text(&self, path: &str) -> &str {
        &self.documents[path]
    }

    /// The documents that somebody works through.
    fn runbooks(&self) -> impl Iterator<Item = (&'static str, &String)> {
        self.documents.iter().map(|(path, text)| (*path, text)).filter(|(path, _)| path.starts_with("docs/"))
    }

    /// Every command of a program in the documents, by the words up to the first quotation.
    pub fn commands(&self, program: &str) -> BTreeSet<Vec<String>> {
        let mut commands = BTreeSet::new();
        for text in self.documents.values() {
            let fenced = blocks(text, "sh").join("\n").replace("\\\n", " ");
            let spans = text.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n'));
            for line in fenced.lines().chain(spans) {
                // `$(…)` and `<(…)` hold commands too.
                for part in line.split(['(', '|', '#', '>', ';', ')']) {
                    let words = part.split_whitespace().take_while(|word| !word.starts_with(['"', '\'']));
                    let words: Vec<String> = words.map(str::to_owned).collect();
                    if words.len() > 1 && words[0] == program {
                        commands.insert(words);
                    }
                }
            }
        }
        commands
    }
}

/// The fenced blocks of one language, without their indentation.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut current: Option<(String, String)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut current) {
            (Some(name), None) => current = Some((name.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(current.take()),
            (None, Some((_, block))) => *block += &format!("{}\n", line.trim_start()),
            (None, None) => {}
        }
    }
    assert!(current.is_none(), "a fence is left open:\n{text}");
    blocks.into_iter().filter(|(name, _)| name == language).map(|(_, block)| block).collect()
}

fn headings<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.strip_prefix(mark))
}

/// What stands between a heading and the next of its rank.
#[track_caller]
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

#[test]
fn the_guide_has_its_thirteen_sections_in_order() {
    for rendered in Rendered::all() {
        assert_eq!(
            headings(rendered.text(GUIDE), "## ").collect::<Vec<_>>(),
            [
                "1. Prerequisites",
                "2. Creating the app",
                "3. Postgres Standard-0",
                "4. Buildpacks",
                "5. Config vars",
                "6. First deployment",
                "7. Verifying pgvector",
                "8. Troubleshooting",
                "9. Monitoring and operations",
                "10. Rollback",
                "11. Costs",
                "12. Security hardening",
                "13. Resources",
            ],
            "{}",
            rendered.environment
        );
        let operations: Vec<&str> =
            headings(section(rendered.text(GUIDE), "9. Monitoring and operations"), "### ").collect();
        assert_eq!(operations, ["Daily", "Weekly", "Monthly"]);
    }
}

#[test]
fn the_steps_of_the_guide_name_what_does_them_and_what_shows_them() {
    for rendered in Rendered::all() {
        for heading in ["2. Creating the app", "3. Postgres Standard-0", "4. Buildpacks", "5. Config vars"] {
            let section = section(rendered.text(GUIDE), heading);
            let apply = format!("trueup apply {}", rendered.environment);
            assert!(section.contains(&apply), "{}: {heading}: {apply}", rendered.environment);
            assert!(section.contains("heroku "), "{}: {heading}", rendered.environment);
        }
    }
}

#[test]
fn dynos_that_something_else_scales_are_counted_for_nobody() {
    let rendered = Rendered::of_sources();
    let guide = rendered.text(GUIDE);
    for line in [
        "| `worker` | scaled elsewhere | `standard-1x` |",
        "| worker, scaled elsewhere: each dyno 1 processes × 5 | 5 a dyno |",
        "| `worker` | scaled elsewhere | `standard-1x` | 25 | |",
    ] {
        assert!(guide.contains(&format!("{line}\n")), "no line {line}");
    }
    assert!(!guide.contains("| dynos in all |"), "nobody knows how many there are");
}

#[test]
fn names_are_those_of_the_environment() {
    for (environment, app, url, bucket, user) in [
        (
            "production",
            "ledger-production",
            "DATABASE_URL",
            "ledger-production-uploads",
            "ledger-production-app",
        ),
        ("staging", "ledger-staging", "DATABASE_URL", "ledger-staging-uploads", "ledger-staging-app"),
        ("unusual", "odd-unusual", "MAIN_URL", "odd-files", "odd-store"),
    ] {
        let rendered = Rendered::of(environment);
        let of_others =
            ["ledger-production", "ledger-staging", "odd-unusual"].into_iter().filter(|one| *one != app);
        for other in of_others {
            let other = rendered.documents.values().find(|text| text.contains(other));
            assert_eq!(other, None, "{environment}");
        }
        assert!(rendered.documents.values().all(|text| text.contains(app)), "{environment}");
        for (path, text) in rendered.runbooks() {
            assert!(text.contains(&format!("`{url}`")), "{environment}: {path}: {url}");
            assert!(text.contains(&format!("`{bucket}`")), "{environment}: {path}: {bucket}");
        }
        assert!(
            rendered.text(GUIDE).contains(&format!("get-user-policy --user-name {user} ")),
            "{environment}"
        );
        assert!(rendered.text(ROTATION).contains(&format!("### {user}\n")), "{environment}");
    }
    let guide = Rendered::of("production").text(GUIDE).to_owned();
    for name in
        ["heroku-24", "heroku-postgresql:standard-0", "heroku/ruby", "02:00 America/Los_Angeles", "`us`"]
    {
        assert!(guide.contains(name), "{name}");
    }
    assert!(guide.contains("| `web` | 2 | `standard-1x` |"), "the formation of the file");
    for name in ["WEB_CONCURRENCY", "AWS_S3_BUCKET", "SECRET_KEY_BASE", "OPENAI_API_KEY"] {
        assert!(section(&guide, "5. Config vars").contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn what_an_environment_lacks_has_no_steps() {
    let minimal = Rendered::of("minimal");
    for (path, text) in minimal.runbooks() {
        assert!(!blocks(text, "sh").iter().any(|block| block.contains("aws ")), "{path}");
    }
    let is_point_in_time = |environment| {
        headings(Rendered::of(environment).text(DISASTER), "## ").any(|one| one == "Point in time")
    };
    assert_eq!(
        ["production", "unusual", "staging", "minimal"].map(is_point_in_time),
        [true, true, false, false]
    );
    let staging = Rendered::of("staging");
    assert!(
        !blocks(section(staging.text(ROTATION), "OpenAI"), "sh")
            .iter()
            .any(|block| block.contains("read -rs"))
    );
    assert!(Rendered::of("unusual").text(GUIDE).contains("db:migrate:status"), "the release migrates");
    let sources = Rendered::of_sources();
    assert!(sources.text(ROTATION).contains("read -rs SHOP_SECRET && export SHOP_SECRET"));
    assert!(
        sources.text(DISASTER).contains("heroku ps:scale mailer=0 worker=0 -a"),
        "the workers of the file"
    );
    for words in
        sources.commands("trueup").iter().filter(|words| ["plan", "apply"].contains(&words[1].as_str()))
    {
        let is_whole = words.get(2).is_some_and(|word| word == "sources");
        assert!(!is_whole || words.iter().any(|word| word == "--allow-commands"), "{words:?}");
    }
}

#[test]
fn every_secret_has_its_steps_every_90_days() {
    for rendered in Rendered::all() {
        let text = rendered.text(ROTATION);
        assert!(section(text, "Schedule").contains("Every 90 days"));
        for secret in
            ["OpenAI", "Plaid", "TaxCloud", "AWS IAM keys", "SECRET_KEY_BASE", "Database credentials"]
        {
            let section = section(text, secret).to_lowercase();
            for part in ["test before", "after", "roll back:"] {
                assert!(section.contains(part), "{}: {secret}: {part}", rendered.environment);
            }
            let name = secret.trim_end_matches(" keys");
            let schedule = self::section(text, "Schedule").to_lowercase();
            let log = self::section(text, "Rotation log").to_lowercase();
            for table in [schedule, log] {
                assert!(table.contains(&format!("| {}", name.to_lowercase())), "{secret}: {table}");
            }
        }
    }
}

#[test]
fn a_disaster_has_its_way_back() {
    for rendered in Rendered::all() {
        let text = rendered.text(DISASTER);
        for heading in [
            "What there is to restore from",
            "Backup verification",
            "Restore: Heroku to local",
            "Restore: Heroku to Heroku",
            "The queue after a restore",
            "S3",
            "Bad deployment",
            "Drills",
            "Emergency contacts",
        ] {
            assert!(!section(text, heading).trim().is_empty(), "{}: {heading}", rendered.environment);
        }
        assert!(text.contains("RPO") && text.contains("measured in the last drill"));
    }
}

#[test]
fn an_assistant_finds_the_feature_in_work() {
    for rendered in Rendered::all() {
        let feature = section(rendered.text("CLAUDE.md"), "Active Feature");
        let count = |mark| feature.lines().filter(|line| line.starts_with(mark)).count();
        let (done, open) = (count("- [x] "), count("- [ ] "));
        let share = (done * 200 + done + open) / (2 * (done + open));
        assert!(feature.contains(&format!("{done} of {} done ({share} %)", done + open)), "{feature}");
    }
}

#[test]
fn links_lead_somewhere() {
    for rendered in Rendered::all() {
        for (path, text) in &rendered.documents {
            for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = if file.is_empty() { (*path).to_owned() } else { resolved(folder, file) };
                let Some(target) = rendered.documents.get(target.as_str()) else { panic!("{path}: {link}") };
                let anchors = target.lines().filter(|line| line.starts_with('#')).map(anchor_of);
                assert!(anchor.is_empty() || anchors.into_iter().any(|one| one == anchor), "{path}: {link}");
            }
        }
    }
}

/// A path as seen from a folder.
fn resolved(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a link to a heading is called.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn nothing_of_the_template_is_left() {
    for rendered in Rendered::all() {
        for (path, text) in &rendered.documents {
            assert!(!text.contains("\n\n\n"), "{}: {path}", rendered.environment);
            for left in ["{{", "}}", "{%", "%}", "None", "undefined", "``", "( )", " ,"] {
                let text = text.replace("```", "");
                assert!(!text.contains(left), "{}: {path}: {left:?}", rendered.environment);
            }
            let columns = |line: &str| line.trim().matches('|').count();
            for pair in text.lines().collect::<Vec<_>>().windows(2) {
                let is_table =
                    |line: &str| line.trim_start().starts_with("| ") || line.trim_start().starts_with("|-");
                if is_table(pair[0]) && is_table(pair[1]) {
                    assert_eq!(
                        columns(pair[0]),
                        columns(pair[1]),
                        "{}: {path}: {pair:?}",
                        rendered.environment
                    );
                }
            }
        }
    }
}

/// What nobody has confirmed: limits, error codes, prices, calls and addresses of providers.
#[test]
fn what_is_not_confirmed_is_not_said() {
    for rendered in Rendered::all() {
        for (path, text) in &rendered.documents {
            let words: BTreeSet<&str> =
                text.split(|letter: char| !letter.is_alphanumeric() && !"-_./:".contains(letter)).collect();
            for unconfirmed in [
                "120",
                "H10",
                "H12",
                "R14",
                "R15",
                "--by",
                "--rollback-by",
                "heroku-26",
                "INVALID_API_KEYS",
                "status.heroku.com",
                "status.openai.com",
                "status.plaid.com",
                "health.aws.amazon.com",
                "/v1/models",
                "/institutions/get",
                "/item/get",
                "heroku-buildpack-pgvector",
                "0.8.1",
                "329",
            ] {
                let is_said = words.iter().any(|word| word.trim_matches(['.', ':']) == unconfirmed);
                assert!(!is_said, "{}: {path}: {unconfirmed}", rendered.environment);
            }
            for unconfirmed in ["20 connections", "compulsory", "$64", "$100", "!\n"] {
                assert!(!text.contains(unconfirmed), "{}: {path}: {unconfirmed}", rendered.environment);
            }
        }
    }
}
