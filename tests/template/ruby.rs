//! What programs that are not ours say of the files: Ruby's own parser, Ruby's YAML and ERB, and foreman.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{ENVIRONMENTS, Tree, helper, output};
use crate::programs::{of_the_system, package};

/// Runs Ruby's parser over files of a tree: what it complains of, a line each.
fn complaints(tree: &Tree, files: &[String]) -> Option<String> {
    let (node, parser) = (of_the_system("node")?, package("@ruby/prism")?);
    let mut command = Command::new(node);
    command.current_dir(tree.root()).arg("--no-warnings").arg(helper("parse.mjs")).arg(parser).args(files);
    let ran = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
    Some(String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn ruby_parses_every_ruby_file() {
    for environment in ENVIRONMENTS {
        let tree = Tree::of(environment);
        let mut files = tree.ending(&[".rb", "Gemfile", "Rakefile", "config.ru"]);
        files.extend(tree.files().into_iter().filter(|path| path.starts_with("bin/")));
        assert!(files.len() > 40, "{files:?}");
        let Some(complaints) = complaints(&tree, &files) else { return };
        assert_eq!(complaints, "", "{environment}");
    }
}

#[test]
fn a_mistake_in_ruby_would_be_seen() {
    let tree = Tree::of("minimal");
    std::fs::write(tree.file("wrong.rb"), "class Fine\nend\n\ndef wrong(\n").unwrap();
    let Some(complaints) = complaints(&tree, &["wrong.rb".into()]) else { return };
    assert!(complaints.starts_with("wrong.rb:4: "), "{complaints}");
}

#[test]
fn ruby_compiles_every_view() {
    let Some(ruby) = of_the_system("ruby") else { return };
    let tree = Tree::of("production");
    let views = tree.ending(&[".erb"]);
    assert!(views.len() >= 4, "{views:?}");
    output(Command::new(&ruby).current_dir(tree.root()).arg(helper("views.rb")).args(&views));
}

/// Every YAML file of a tree by its path, after ERB.
fn settings(tree: &Tree) -> Option<Value> {
    let ruby = of_the_system("ruby")?;
    let files = tree.ending(&[".yml"]);
    assert!(files.len() >= 9, "{files:?}");
    let text = output(Command::new(ruby).current_dir(tree.root()).arg(helper("yaml.rb")).args(&files));
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn ruby_reads_every_yaml_file() {
    for environment in ENVIRONMENTS {
        let Some(settings) = settings(&Tree::of(environment)) else { return };
        for (file, content) in settings.as_object().unwrap() {
            assert!(content.is_object(), "{environment}: {file} says {content}");
        }
    }
}

#[test]
fn production_takes_everything_from_its_variables() {
    let Some(settings) = settings(&Tree::of("production")) else { return };
    let database = json!({ "url": "value of DATABASE_URL", "pool": 5 });
    assert_eq!(settings["config/database.yml"]["production"], database);
    let storage = json!({
        "service": "S3",
        "access_key_id": "value of AWS_ACCESS_KEY_ID",
        "secret_access_key": "value of AWS_SECRET_ACCESS_KEY",
        "region": "value of AWS_REGION",
        "bucket": "value of AWS_S3_BUCKET",
    });
    assert_eq!(settings["config/storage.yml"]["production"], storage);
    assert_eq!(settings["config/storage.yml"]["local"]["service"], "Disk");
    assert_eq!(settings["config/cable.yml"]["production"]["adapter"], "solid_cable");
    assert_eq!(settings["config/queue.yml"]["production"]["workers"][0]["threads"], 3);
    let image = &settings[".github/workflows/ci.yml"]["jobs"]["ci"]["services"]["postgres"]["image"];
    assert_eq!(image, "pgvector/pgvector:pg17");
}

#[test]
fn the_names_of_the_variables_are_the_spec_s() {
    let Some(settings) = settings(&Tree::of("unusual")) else { return };
    assert_eq!(settings["config/database.yml"]["production"]["url"], "value of MAIN_URL");
    assert_eq!(settings["config/database.yml"]["test"]["database"], "odd_shop_test");
    let storage = &settings["config/storage.yml"]["production"];
    assert_eq!(
        storage["bucket"], "value of STORE_NAME",
        "the bucket that a variable delivers, not the first"
    );
    assert_eq!(storage["secret_access_key"], "value of STORE_SECRET");
}

#[test]
fn foreman_accepts_the_procfile() {
    let Some(foreman) = of_the_system("foreman") else { return };
    for (environment, processes) in
        [("production", "web, worker"), ("unusual", "web, worker, release, clock, listen")]
    {
        let said = output(Command::new(&foreman).current_dir(Tree::of(environment).root()).arg("check"));
        assert_eq!(said, format!("valid procfile detected ({processes})\n"));
    }
}

#[test]
fn foreman_reads_the_variables_as_the_spec_says_them() {
    let Some(foreman) = of_the_system("foreman") else { return };
    let show = ["run", "--env", ".env.example", "printenv", "GREETING"];
    let said = output(Command::new(&foreman).current_dir(Tree::of("unusual").root()).args(show));
    assert_eq!(said, "it's \"5\" #{o'clock} $HOME \\ %\n");
}
