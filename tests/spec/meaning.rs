//! What a spec means once it is read: texts kept as written, defaults, files that extend one another, places.

use std::path::Path;

use trueup::testing::spec::{
    self, Addon, Backups, BucketAttribute, BucketName, ConfigValue, Environment, EnvironmentName, Generated,
    Guide, MaxAge, Reference, Spec, UnmanagedConfig,
};

fn environment(text: &str) -> Environment {
    let name = EnvironmentName::parse("test").expect("a valid name");
    spec::parse(&name, text).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn read(text: &str) -> Spec {
    environment(text).spec
}

/// Where a key path was written, as a finding there shows it.
fn place(environment: &Environment, path: &str) -> Option<String> {
    environment.finding(path, "", None).location().map(|place| place.to_string())
}

/// The value of the config var `A`, written as `text`.
fn value(text: &str) -> ConfigValue {
    let spec = read(&format!("app: {{ name: ledger }}\nconfig:\n  A: {text}\n"));
    spec.config.into_values().next().expect("one var")
}

#[test]
fn literals_keep_the_text_that_was_written() {
    for (written, kept) in [
        ("5", "5"),
        ("1.0", "1.0"),
        ("1e3", "1e3"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("true", "true"),
        ("Yes", "Yes"),
        ("2026-11-23", "2026-11-23"),
        ("12:30:00", "12:30:00"),
        (".inf", ".inf"),
        ("\"null\"", "null"),
        ("\"\"", ""),
        ("'it''s'", "it's"),
        ("plain text", "plain text"),
        ("|\n    two\n    lines", "two\nlines\n"),
        (">-\n    folded\n    text", "folded text"),
        ("!!str 5", "5"),
        ("\"\\u00e9\"", "é"),
    ] {
        assert_eq!(value(written), ConfigValue::Literal(kept.to_owned()), "{written}");
    }
}

#[test]
fn nothing_means_absent() {
    for written in ["null", "~", "", "Null", "NULL"] {
        assert_eq!(value(written), ConfigValue::Absent, "{written:?}");
    }
}

#[test]
fn every_source_of_a_value_is_read() {
    let hex = |bytes| ConfigValue::Generate(Generated { kind: spec::GenerateKind::Hex, bytes });
    for (written, meant) in [
        ("{ env: B }", ConfigValue::Env("B".to_owned())),
        ("{ file: ../secrets/key.pem }", ConfigValue::File("../secrets/key.pem".to_owned())),
        ("{ command: [op, read, 5] }", ConfigValue::Command(["op", "read", "5"].map(str::to_owned).to_vec())),
        ("{ generate: hex }", hex(32)),
        ("{ generate: hex, bytes: 64 }", hex(64)),
        ("{ from: app.web_url }", ConfigValue::From(Reference::AppWebUrl)),
        ("{ external: true }", ConfigValue::External(None)),
        (
            "{ external: true, rotation: { test: [bin/check, --live], url: \"https://s.example/keys\" } }",
            ConfigValue::External(Some(Box::new(Guide {
                test: ["bin/check", "--live"].map(str::to_owned).to_vec(),
                url: Some("https://s.example/keys".to_owned()),
            }))),
        ),
    ] {
        assert_eq!(value(written), meant, "{written}");
    }
}

#[test]
fn an_alias_stands_for_what_it_names() {
    let spec = read("app: { name: ledger }\nconfig: { A: &a text, B: *a }\n");
    let values: Vec<_> = spec.config.into_values().collect();
    assert_eq!(values, [ConfigValue::Literal("text".to_owned()), ConfigValue::Literal("text".to_owned())]);
}

#[test]
fn what_is_not_written_has_the_defaults_of_the_contract() {
    let spec = read(
        "app: { name: ledger }
addons:
  DATABASE: { plan: heroku-postgresql:standard-0 }
  CACHE: { plan: heroku-redis:mini }
buckets:
  uploads: { name: ledger-uploads, region: us-east-1, cors: { origins: [https://app.example] } }
iam_users:
  app: { name: ledger-app }
",
    );
    let protected = |addon: &Addon| matches!(addon, Addon::Create(new) if new.protect);
    let flags: Vec<bool> = spec.addons.values().map(protected).collect();
    assert_eq!(flags, [false, true], "CACHE is not protected, DATABASE is");
    let bucket = spec.buckets.values().next().unwrap();
    assert_eq!(bucket.encryption, None);
    assert_eq!((bucket.ownership, bucket.public_access), (None, None));
    assert!(bucket.tls_only.is_none() && !bucket.adopt && bucket.protect);
    assert_eq!(bucket.versioning, None);
    let cors = &bucket.cors[0];
    assert_eq!(cors.methods, ["PUT"]);
    assert_eq!(cors.headers, ["Content-Type", "Content-MD5", "Content-Disposition"]);
    assert_eq!(cors.max_age_seconds, 3600);
    assert_eq!(spec.iam_users.values().next().unwrap().path.as_str(), "/trueup/");
    assert_eq!(spec.unmanaged.config, UnmanagedConfig::Keep);
    assert_eq!((spec.buildpacks, spec.app.region), (None, None));
}

#[test]
fn an_empty_section_is_no_section() {
    let spec =
        read("app: { name: ledger }\naddons:\nconfig: # all commented out\nformation: {}\nbuckets: null\n");
    assert!(spec.addons.is_empty() && spec.config.is_empty() && spec.formation.is_empty());
}

#[test]
fn template_variables_have_yamls_own_types() {
    let spec = read(
        "app: { name: ledger }\ntemplate: { name: rails, vars: { a: 5, b: '5', c: true, d: [x, null] } }\n",
    );
    let vars = serde_json::to_value(spec.template.unwrap().vars).unwrap();
    assert_eq!(vars, serde_json::json!({ "a": 5, "b": "5", "c": true, "d": ["x", null] }));
}

#[test]
fn references_are_written_as_they_are_read() {
    for text in [
        "app.name",
        "app.web_url",
        "buckets.uploads.name",
        "buckets.uploads.region",
        "buckets.up-loads_2.arn",
        "iam_users.app.name",
        "iam_users.app.arn",
        "iam_users.app.access_key_id",
        "iam_users.app.secret_access_key",
    ] {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
    }
    let wrong = ["", "app", "buckets.uploads", "buckets..name", "buckets.a.b.name", "app.name.x", "x.y"];
    for text in wrong {
        assert!(text.parse::<Reference>().is_err(), "{text}");
    }
    assert_eq!(BucketAttribute::Arn.as_str(), "arn");
}

#[test]
fn ages_and_hours_are_exact() {
    for (text, days) in [("1d", Some(1)), ("90d", Some(90)), ("365d", Some(365))] {
        assert_eq!(MaxAge::parse(text).map(|age| age.days), days);
        assert_eq!(MaxAge::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "d", "0d", "366d", "90", "90 d", "+9d", "090d", "1.5d", "90h"] {
        assert_eq!(MaxAge::parse(text), None, "{text}");
    }
    let backups = Backups::parse("02:00 America/Los_Angeles").unwrap();
    assert_eq!((backups.hour, backups.zone.as_str()), (2, "America/Los_Angeles"));
    assert_eq!(backups.to_string(), "02:00 America/Los_Angeles");
    assert!(Backups::parse("23:00 UTC").is_some());
    for text in
        ["", "02:00", "2:00 UTC", "24:00 UTC", "02:30 UTC", "02:00 pacific", "02:00  UTC", "+2:00 UTC"]
    {
        assert_eq!(Backups::parse(text), None, "{text}");
    }
}

#[test]
fn a_digest_is_of_the_meaning() {
    let one = read("app: { name: ledger }\nconfig: { A: 1, B: x }\nbuildpacks: [heroku/ruby]\n");
    let other = read(
        "# the same, in other words
buildpacks: [\"urn:buildpack:heroku/ruby\"]
config:
  B: 'x'
  A: \"1\"
app:
  name: ledger
  team: null
",
    );
    assert_eq!(one, other);
    assert_eq!(one.digest(), other.digest());
    assert_eq!(one.digest().len(), "sha256:".len() + 64);
    let changed = read("app: { name: ledger }\nconfig: { A: 2, B: x }\nbuildpacks: [heroku/ruby]\n");
    assert_ne!(one.digest(), changed.digest());
    let vars =
        |vars: &str| read(&format!("app: {{ name: ledger }}\ntemplate: {{ name: rails, vars: {vars} }}"));
    assert_eq!(vars("{ a: { x: 1, y: 2 } }").digest(), vars("{ a: { y: 2, x: 1 } }").digest());
}

#[test]
fn every_place_can_be_found_again() {
    let environment = environment(
        "app:
  name: ledger
config:
  A: { env: B }
buckets:
  uploads:
    name: ledger-uploads
    region: us-east-1
    tags: { team.name: x }
    cors:
      origins:
        - https://app.example
",
    );
    for (path, expected) in [
        ("app.name", "environments/test.yaml:2:9"),
        ("config.A", "environments/test.yaml:4:6"),
        ("config.A.env", "environments/test.yaml:4:13"),
        ("config.A.env.deeper", "environments/test.yaml:4:13"),
        ("buckets.uploads", "environments/test.yaml:6:3"),
        ("buckets.uploads.versioning", "environments/test.yaml:6:3"),
        ("buckets.uploads.tags.team.name", "environments/test.yaml:9:24"),
        ("buckets.uploads.cors.origins[0]", "environments/test.yaml:12:11"),
    ] {
        assert_eq!(place(&environment, path).as_deref(), Some(expected), "{path}");
    }
    assert_eq!(place(&environment, "formation.web"), None);
    let help = Some("set it, or remove the var");
    let finding = environment.finding("config.A", "the variable `B` is not set", help);
    insta::assert_snapshot!(finding.render(false), @r"
    error: the variable `B` is not set
     --> environments/test.yaml:4:6
      |
    4 |   A: { env: B }
      |      ^^^^^^^^^^
      |
      = help: set it, or remove the var
    ");
}

#[test]
fn a_spec_in_debug_does_not_print_its_files() {
    let shown = format!("{:?}", environment("app: { name: ledger } # a remark\n"));
    assert!(!shown.contains("a remark"), "{shown}");
}

/// A project on disk with these files under `environments/`.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let project = tempfile::tempdir().expect("a folder for the test");
    std::fs::create_dir(project.path().join("environments")).expect("a folder for the test");
    for (name, text) in files {
        std::fs::write(project.path().join("environments").join(name), text).expect("a file for the test");
    }
    project
}

fn names(project: &Path) -> Vec<String> {
    let names = spec::names(project).expect("the folder can be read");
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_chain_of_files_is_merged_from_the_bottom_up() {
    let project = project(&[
        ("base.yaml", "config: { A: base, B: base, C: base }\nbuckets: { uploads: { region: us-east-1 } }\n"),
        ("shared.yml", "extends: base.yaml\nconfig: { B: shared, C: shared }\n"),
        (
            "production.yml",
            "extends: shared.yml\napp: { name: ledger }\nconfig: { C: own }\nbuckets: { uploads: { name: abc } }\n",
        ),
    ]);
    let name = EnvironmentName::parse("production").unwrap();
    let environment = spec::load(project.path(), &name).unwrap();
    let texts: Vec<_> = environment.spec.config.values().cloned().collect();
    assert_eq!(texts, ["base", "shared", "own"].map(|text| ConfigValue::Literal(text.to_owned())));
    assert_eq!(environment.spec.buckets.values().next().unwrap().name, BucketName::parse("abc").unwrap());
    assert_eq!(place(&environment, "config.B").unwrap(), "environments/shared.yml:2:14");
    assert_eq!(environment.file, project.path().join("environments/production.yml"));
    assert_eq!(names(project.path()), ["production"]);
}

#[test]
fn environments_are_told_from_their_parts() {
    let project = project(&[
        ("base.yaml", "app: { region: us }\n"),
        ("good.yaml", "extends: base.yaml\napp: { name: good }\n"),
        ("nameless.yaml", "extends: base.yaml\n"),
        ("broken.yaml", "app: {\n"),
        ("alone.yaml", "config: { A: 1 }\n"),
        ("notes.txt", "app: { name: notes }\n"),
    ]);
    assert_eq!(names(project.path()), ["broken", "good", "nameless"]);
}

#[test]
fn a_project_is_found_from_inside_it() {
    let project = project(&[]);
    let deep = project.path().join("app/models");
    std::fs::create_dir_all(&deep).unwrap();
    assert_eq!(spec::find_project(&deep).as_deref(), Some(project.path()));
    assert_eq!(spec::find_project(Path::new("/")), None);
}

#[test]
fn a_dash_alone_in_a_list_on_one_line_is_a_word() {
    for (written, words) in [
        ("[op, read, -]", &["op", "read", "-"][..]),
        ("[-, a]", &["-", "a"]),
        ("[a, - , b, -]", &["a", "-", "b", "-"]),
        ("[a, _, -]", &["a", "_", "-"]),
        ("[a, \"x, -, y\", -]", &["a", "x, -, y", "-"]),
    ] {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(value(&format!("{{ command: {written} }}")), ConfigValue::Command(words), "{written}");
    }
}

#[test]
fn a_zone_that_is_misspelt_or_has_no_summer_time_is_a_warning() {
    let told = |zone: &str| {
        let plan = "plan: \"heroku-postgresql:standard-0\"";
        let backups = format!("backups: {{ at: \"02:00 {zone}\" }}");
        let text = format!("app: {{ name: ledger }}\naddons: {{ DATABASE: {{ {plan}, {backups} }} }}\n");
        environment(&text).warnings().iter().map(|finding| format!("{finding:?}")).collect::<String>()
    };
    for zone in ["UTC", "America/Los_Angeles", "Europe/Kyiv", "US/Pacific", "Etc/GMT+5", "CET"] {
        assert_eq!(told(zone), "", "{zone}");
    }
    for (zone, words) in [
        ("America/Los_Angles", "did you mean `America/Los_Angeles`?"),
        ("Mars/Olympus_Mons", "is no time zone of the IANA list that this version knows"),
        ("EST", "write `02:00 America/New_York`"),
    ] {
        assert!(told(zone).contains(words), "{zone}: {}", told(zone));
    }
}
