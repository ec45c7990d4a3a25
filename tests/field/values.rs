//! Config vars from the file to the app: not a letter more, less or other than what was written.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use serde_json::{Value, json};

use crate::common::{SMALL, cloud_and};
use crate::support::{Cloud, Ran};

/// The config vars of the only app, as Heroku has them.
fn live(cloud: &Cloud) -> Value {
    cloud.heroku("GET", "/apps/shop-production/config-vars", None)
}

/// Applies a spec with this `config:` section, and gives what the app then has.
#[track_caller]
fn applied(config: &str) -> Value {
    let (cloud, project) = cloud_and(&format!("{SMALL}config:\n{config}"));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    live(&cloud)
}

/// canonical/cloud-init#6127, adobe-apiplatform/user-sync.py#291
#[test]
fn words_that_other_parsers_take_for_something_else_stay_text() {
    let config = concat!(
        "  COUNTRY: no\n  LOCALE: NO\n  MODE: 0755\n  DAY: 2024-01-01\n  TIME: 12:30:45\n",
        "  VERSION: 1.10\n  ID: 123456789012345678901234567890\n  COLOUR: 0x1F\n  MUCH: 1e3\n",
    );
    let expected = json!({
        "COUNTRY": "no", "LOCALE": "NO", "MODE": "0755", "DAY": "2024-01-01", "TIME": "12:30:45",
        "VERSION": "1.10", "ID": "123456789012345678901234567890", "COLOUR": "0x1F", "MUCH": "1e3",
    });
    assert_eq!(applied(config), expected);
}

/// heroku/cli#978, heroku/cli#1520, AkhileshNS/heroku-deploy#40
#[test]
fn signs_that_shells_and_forms_cut_at_arrive_whole() {
    let config = concat!(
        "  KEY: \"value\\nvalue=\\nafter=equal\"\n  NAME: \"Acme Corp\"\n  URL: 'a&b=c;d|e$HOME`id`%41+\"x\"'\n",
        "  UNICODE: 'Zürich 日本 🎉'\n  BLANKS: '  x  '\n  NOTHING: ''\n",
    );
    let expected = json!({
        "KEY": "value\nvalue=\nafter=equal", "NAME": "Acme Corp", "URL": "a&b=c;d|e$HOME`id`%41+\"x\"",
        "UNICODE": "Zürich 日本 🎉", "BLANKS": "  x  ", "NOTHING": "",
    });
    assert_eq!(applied(config), expected);
}

/// A file with line ends of Windows, and with a byte-order mark.
#[test]
fn line_ends_of_windows_are_no_part_of_a_value() {
    let spec = "\u{feff}app: { name: shop-production }\r\nconfig:\r\n  A: b\r\n  KEY: |\r\n    one\r\n    two\r\n  T: { file: token }\r\n";
    let (cloud, project) = cloud_and(spec);
    project.write("environments/token", "\u{feff}secret\r\n");
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(live(&cloud), json!({ "A": "b", "KEY": "one\ntwo\n", "T": "secret" }));
}

/// heroku/toolbelt#136
#[test]
fn a_file_of_several_lines_arrives_as_it_is() {
    let key = "-----BEGIN KEY-----\nMIIB=\n\n-----END KEY-----\n";
    let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ KEY: {{ file: key.pem }} }}\n"));
    project.write("environments/key.pem", key);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(live(&cloud), json!({ "KEY": key }));
    project.run(&["plan"]).exits(0).shows(&["No changes."]);
}

/// heroku/cli#708, withceleste/celeste-python#116
#[test]
fn what_nobody_sees_in_a_pasted_value_is_told_and_shown() {
    let (_cloud, project) =
        cloud_and(&format!("{SMALL}config:\n  KEY: ab\u{200b}c\n  TOKEN: |\n    secret\n"));
    let ran = project.run(&["plan"]).exits(0).shows(&[r"+ KEY ab\u{200b}c"]);
    ran.tells(&[
        "a character that nobody sees (U+200B)",
        "ends in a line break",
        "write `|-` to leave it out",
    ]);
}

/// heroku/legacy-cli#1454
#[test]
fn json_as_a_value_is_told_how_to_be_written() {
    let (_cloud, project) =
        cloud_and(&format!("{SMALL}config: {{ SETTINGS: {{ \"type\": \"a\", \"id\": 5 }} }}\n"));
    let ran = project.run(&["plan"]).exits(1);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "one mistake is told once: {}", ran.stderr);
    ran.tells(&["`config.SETTINGS` is a map that names no source", "put all of it in single quotes"]);

    assert_eq!(
        applied("  SETTINGS: '{\"type\": \"a\", \"id\": 5}'\n"),
        json!({ "SETTINGS": "{\"type\": \"a\", \"id\": 5}" })
    );
}

/// Runs a command with a variable whose value is these bytes.
fn with_bytes(spec: &str, variable: &str, bytes: &[u8]) -> Ran {
    let (_cloud, project) = cloud_and(spec);
    let mut command = project.command(&["plan"]);
    command.env(variable, OsString::from_vec(bytes.to_vec())).output().unwrap().into()
}

/// cachix/secretspec#140, atuinsh/atuin#2428
#[test]
fn a_variable_that_is_no_text_is_named_where_it_is_needed_and_harms_nothing_elsewhere() {
    with_bytes(SMALL, "UNRELATED", b"caf\xe9").exits(0);
    let spec = format!("{SMALL}config: {{ KEY: {{ env: KEY }} }}\n");
    let ran = with_bytes(&spec, "KEY", b"caf\xe9").exits(1);
    ran.tells(&["`config.KEY`: the environment variable `KEY` holds bytes that are not UTF-8"]);
}

/// A value with a NUL reaches no dyno: a literal is refused offline, a file before anything is asked.
#[test]
fn a_nul_is_refused_before_anything_is_written() {
    let (_cloud, project) = cloud_and(&format!("{SMALL}config: {{ KEY: \"a\\0b\" }}\n"));
    project.run(&["validate"]).exits(1).tells(&["`KEY` holds a NUL character"]);
    let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ KEY: {{ file: key }} }}\n"));
    project.write("environments/key", "a\0b");
    project.run(&["apply", "--yes"]).exits(1).tells(&["`config.KEY`: the value holds a NUL character"]);
    crate::common::assert_nothing_written(&cloud);
}

/// mcp-hangar/mcp-hangar#817, coollabsio/coolify#2316
#[test]
fn a_place_for_another_value_is_sent_as_it_stands_and_told() {
    for (value, variable) in
        [("${TOKEN}", "TOKEN"), ("$DB_PASSWORD", "DB_PASSWORD"), ("${{ secrets.API_KEY }}", "API_KEY")]
    {
        let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ A: '{value}' }}\n"));
        project
            .run(&["apply", "--yes"])
            .exits(0)
            .tells(&[&format!("`{value}` is sent as it stands"), &format!("write `{{ env: {variable} }}`")]);
        assert_eq!(live(&cloud), json!({ "A": value }));
    }
    for value in ["$2a$10$abcdefg", "cost: $5", "${a}", "a ${TOKEN} b", "$", "%{TOKEN}"] {
        let (_cloud, project) = cloud_and(&format!("{SMALL}config: {{ A: '{value}' }}\n"));
        let ran = project.run(&["validate"]).exits(0);
        assert_eq!(ran.stderr, "", "{value}");
    }
}

/// git-lfs/git-lfs#3273, git-lfs/git-lfs#4240, AGWA/git-crypt#216, deployah-dev/deployah#78
#[test]
fn what_stands_in_for_a_content_is_never_sent_as_it() {
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:2d6c\nsize 10\n";
    let sops = "{\"key\": \"ENC[AES256_GCM,data:CwE4O1s=,iv:2k=,type:str]\"}\n";
    for (content, words) in [
        (lfs.as_bytes(), "a pointer of Git LFS"),
        (sops.as_bytes(), "encrypted by sops"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6231\n", "encrypted by Ansible Vault"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "encrypted by age"),
        (b"\0GITCRYPT\0\xffcanary", "locked by git-crypt"),
        (b"caf\xe9", "bytes that are not UTF-8"),
    ] {
        let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ KEY: {{ file: key }} }}\n"));
        std::fs::write(project.file("environments/key"), content).unwrap();
        project.run(&["apply", "--yes"]).exits(1).tells(&["`config.KEY`", words]);
        crate::common::assert_nothing_written(&cloud);
    }
}

/// moby/moby#46773, docker/cli#4665, docker/for-linux#1208
#[test]
fn quotes_that_a_variable_brings_along_are_told() {
    for (value, is_told) in
        [("\"canary\"", true), ("'canary'", true), ("canary\"", false), ("\"", false), ("a", false)]
    {
        let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ KEY: {{ env: KEY }} }}\n"));
        let project = project.set("KEY", value);
        let ran = project.run(&["apply", "--yes"]).exits(0);
        assert_eq!(ran.stdout.contains("stands in quotation marks"), is_told, "{value}: {}", ran.stdout);
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{}", ran.stdout);
        assert_eq!(live(&cloud), json!({ "KEY": value }));
    }
}
