//! No credentials, wrong ones, ones without rights, and addresses that cannot be used: told before anything is
//! written.

use std::collections::BTreeSet;

use crate::common::{SMALL, assert_nothing_written, cloud_and, writes};
use crate::support::LEDGER;

#[test]
fn without_heroku_credentials_every_place_that_was_looked_in_is_named() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("empty/nothing", "");
    let no_programs = project.file("empty").display().to_string();
    let project = project.unset("HEROKU_API_KEY").set("PATH", &no_programs);
    let ran = project.run(&["apply", "--yes"]).exits(1).tells(&[
        "error: no Heroku token",
        "HEROKU_API_KEY is not set",
        ".netrc",
        "no `heroku` program on PATH",
        "hint: set HEROKU_API_KEY",
    ]);
    assert!(!ran.stderr.contains("failed on"), "nothing was sent: {}", ran.stderr);
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn an_empty_netrc_is_named_too() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("home/.netrc", "");
    let project = project.unset("HEROKU_API_KEY").set("PATH", "/nowhere");
    project.run(&["plan"]).exits(1).tells(&["error: no Heroku token", ".netrc"]);
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn missing_aws_credentials_are_told_once() {
    let (cloud, project) = cloud_and(LEDGER);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    let ran =
        project.run(&["apply", "--yes"]).exits(1).tells(&["hint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID"]);
    assert_eq!(ran.stderr.matches("error: no AWS credentials were found").count(), 1, "{}", ran.stderr);
    assert_nothing_written(&cloud);
}

#[test]
fn an_environment_without_buckets_and_users_needs_no_aws_credentials() {
    let (_cloud, project) = cloud_and(SMALL);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").unset("AWS_REGION");
    project.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn a_wrong_heroku_token_says_how_to_get_another() {
    let (cloud, project) = cloud_and(SMALL);
    let ran = project.set("HEROKU_API_KEY", "bad-token").run(&["apply", "--yes"]).exits(1);
    let ran = ran.tells(&[
        "Invalid credentials provided; the token is that of HEROKU_API_KEY",
        "(401, unauthorized, request ",
        "heroku auth:token",
    ]);
    assert!(!ran.stderr.contains("bad-token"));
    assert_nothing_written(&cloud);
}

#[test]
fn a_refused_token_says_where_it_came_from() {
    let (_cloud, project) = cloud_and(SMALL);
    let project = project.unset("HEROKU_API_KEY").set("PATH", "/nowhere");
    let host = project.variable("HEROKU_API_URL").replace("http://", "");
    for (netrc, source, hint) in [
        ("machine HOST login me password bad-token", "home/.netrc`", "log in again with `heroku login`"),
        ("default login me password bad-token", "the `default` entry of `", "that entry is for any machine"),
    ] {
        project.write("home/.netrc", &netrc.replace("HOST", &host));
        let told = &["Invalid credentials provided; the token is that of", source, hint];
        project.run(&["plan"]).exits(1).tells(told);
    }
    // Whoever logged in with the program means that, and not an entry for any machine.
    project.write("bin/heroku", "#!/bin/sh\necho bad-token\n");
    make_executable(&project.file("bin/heroku"));
    let programs = format!("{}:/bin:/usr/bin", project.file("bin").display());
    project
        .set("PATH", &programs)
        .run(&["plan"])
        .exits(1)
        .tells(&["the token is that of `heroku auth:token`"]);
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn refused_aws_credentials_say_where_they_came_from() {
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.set("AWS_SECRET_ACCESS_KEY", "not-the-secret");
    project.run(&["plan"]).exits(1).tells(&["; the credentials are those of AWS_ACCESS_KEY_ID"]);
    let project = project.unset("AWS_ACCESS_KEY_ID");
    let half = "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not";
    project.run(&["plan"]).exits(1).tells(&["error: no AWS credentials were found", half]);
    let keys = "[work]\naws_access_key_id = AKIANOBODYSKEY000000\naws_secret_access_key = s\n";
    project.write("home/.aws/credentials", keys);
    let project = project.set("AWS_PROFILE", "work");
    project.run(&["plan"]).exits(1).tells(&["; the credentials are those of the profile `work`"]);
}

#[test]
fn wrong_aws_credentials_say_what_aws_says() {
    for (variable, value, code) in [
        ("AWS_ACCESS_KEY_ID", "AKIANOBODYSKEY000000", "InvalidClientTokenId"),
        ("AWS_SECRET_ACCESS_KEY", "not-the-secret", "SignatureDoesNotMatch"),
    ] {
        let (cloud, project) = cloud_and(LEDGER);
        let ran = project.set(variable, value).run(&["apply", "--yes"]).exits(1);
        let ran = ran.tells(&[
            "`sts:GetCallerIdentity` failed on AWS STS",
            code,
            "hint: the AWS credentials were refused",
            "; the credentials are those of AWS_ACCESS_KEY_ID",
        ]);
        assert!(!ran.stderr.contains("not-the-secret"));
        assert_nothing_written(&cloud);
    }
}

#[test]
fn a_token_without_rights_stops_what_hangs_on_it_and_nothing_else() {
    let (cloud, project) = cloud_and(LEDGER);
    project.set("HEROKU_API_KEY", "forbidden-token").run(&["apply", "--yes"]).exits(1).tells(&[
        "not done app create",
        "(403, forbidden, request ",
        "hint: the token's account has no right to this",
        "config set 11",
        "hint: this does not resolve itself",
    ]);
    // The AWS half does not hang on the app; its key does, since only the app can keep the secret.
    let written = writes(&cloud);
    assert!(written.contains(&"CreateBucket".to_owned()) && !written.contains(&"CreateAccessKey".to_owned()));
}

#[test]
fn an_address_where_nobody_listens_is_named() {
    let (cloud, project) = cloud_and(SMALL);
    let closed = closed_port();
    let project = project.set("HEROKU_API_URL", &closed);
    let host = closed.trim_start_matches("http://");
    let refused = format!("cannot reach {host} for `GET /apps/shop-production`: Connection refused");
    project
        .run(&["apply", "--yes"])
        .exits(1)
        .tells(&[&refused, "hint: check the network, and HEROKU_API_URL"]);
    assert_nothing_written(&cloud);
}

#[test]
fn an_unreachable_aws_says_why_in_plain_words() {
    let (cloud, project) = cloud_and(LEDGER);
    let closed = closed_port();
    let host = closed.trim_start_matches("http://");
    let project = project.set("AWS_ENDPOINT_URL", &closed);
    let ran = project.run(&["plan"]).exits(1).tells(&[
        &format!("cannot reach AWS STS for `sts:GetCallerIdentity`: no connection to `{host}`: "),
        "Connection refused",
        "AWS_ENDPOINT_URL",
    ]);
    assert!(!ran.stderr.contains("dispatch failure"), "{}", ran.stderr);
    assert_nothing_written(&cloud);
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    for (variable, url, host) in [
        ("HEROKU_API_URL", "http://api.heroku.com", "api.heroku.com"),
        ("HEROKU_DATA_API_URL", "http://api.data.heroku.com", "api.data.heroku.com"),
        ("AWS_ENDPOINT_URL", "http://s3.example.com", "s3.example.com"),
        ("AWS_ENDPOINT_URL_IAM", "http://iam.example.com:81", "iam.example.com"),
    ] {
        let (cloud, project) = cloud_and(LEDGER);
        let ran = project.set(variable, url).run(&["apply", "--yes"]).exits(1);
        ran.tells(&[
            host,
            "plain http is refused except on loopback",
            "hint: correct ",
            "begins with https://",
        ]);
        assert!(cloud.sandbox().calls().is_empty(), "{variable}");
    }
}

#[test]
fn an_address_that_is_none_names_its_variable() {
    let (_cloud, project) = cloud_and(SMALL);
    let ran = project.set("HEROKU_API_URL", "api.heroku.com").run(&["plan"]).exits(1);
    ran.tells(&[
        "`HEROKU_API_URL` is not a URL such as https://api.heroku.com",
        "hint: correct it, or unset it",
    ]);
}

/// An address on which nobody listens: the port was free a moment ago.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn credentials_of_another_account_are_refused_before_anything_is_looked_at() {
    let spec = "app: { name: shop-production }\naws: { account: \"999988887777\" }\nbuckets: { uploads: { name: shop-uploads, region: us-east-1 } }\n";
    let (cloud, project) = cloud_and(spec);
    for arguments in [
        &["plan"][..],
        &["plan", "--all"],
        &["apply", "--yes"],
        &["apply", "--yes", "--lock"],
        &["unlock", "--yes"],
    ] {
        project.run(arguments).exits(3).tells(&[
            "the AWS credentials are of the account 111122223333, and `aws.account` says 999988887777",
            "AWS_PROFILE",
        ]);
    }
    // Not even for the calls that several environments will take, nor for a source that gives nothing.
    let staging = spec.replace("-production", "-staging").replace("shop-uploads", "shop-staging-uploads");
    project.write("environments/staging.yaml", &format!("{staging}config: {{ A: {{ env: NOT_SET }} }}\n"));
    for arguments in [&["plan", "--all"][..], &["apply", "--all", "--yes"]] {
        project.run(arguments).exits(3).tells(&["2 of 2 environments failed"]);
    }
    let asked = cloud.sandbox().calls().into_iter().map(|call| call.operation).collect::<BTreeSet<_>>();
    assert_eq!(asked, BTreeSet::from(["GetCallerIdentity".to_owned()]));
    std::fs::remove_file(project.file("environments/staging.yaml")).unwrap();
    project.write("environments/production.yaml", &spec.replace("999988887777", "111122223333"));
    project.run(&["apply", "--yes", "--lock"]).exits(0);
}
