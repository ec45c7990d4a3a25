//! The operator's machine: variables, files and proxies that trueup did not choose.

use std::net::TcpListener;

use crate::common::{SMALL, cloud_and};
use crate::support::{LEDGER, Project};

/// What an office sets for every program.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];

#[test]
fn how_the_sdk_tries_again_may_be_set_to_nothing_or_as_for_other_tools() {
    for (variable, value) in [
        ("AWS_RETRY_MODE", "legacy"),
        ("AWS_RETRY_MODE", ""),
        ("AWS_MAX_ATTEMPTS", ""),
        ("AWS_MAX_ATTEMPTS", "2\n"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        project.set(variable, value).run(&["plan"]).exits(0);
    }
}

#[test]
fn a_value_that_the_sdk_would_panic_at_names_its_variable() {
    for (variable, value) in
        [("AWS_RETRY_MODE", "eager"), ("AWS_MAX_ATTEMPTS", "ten"), ("AWS_MAX_ATTEMPTS", "0")]
    {
        let (cloud, project) = cloud_and(LEDGER);
        let ran = project.set(variable, value).run(&["apply", "--yes"]).exits(1);
        ran.tells(&[variable, "hint: correct it, or unset it"]);
        let aws =
            cloud.sandbox().calls().into_iter().filter(|call| call.operation.contains("CallerIdentity"));
        assert_eq!(aws.count(), 0);
    }
}

#[test]
fn a_value_of_the_file_that_the_sdk_would_panic_at_names_file_and_profile() {
    for (line, words) in [
        ("retry_mode = eager", "`retry_mode` of the profile `default` in the AWS configuration file"),
        ("max_attempts = ten", "`max_attempts` of the profile `default` in the AWS configuration file"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        project.write("home/.aws/config", &format!("[default]\n{line}\n"));
        project.run(&["plan"]).exits(1).tells(&[words]);
    }
    let (_cloud, project) = cloud_and(LEDGER);
    project.write("home/.aws/config", "[default]\nretry_mode = legacy\n");
    project.run(&["plan"]).exits(0);
}

#[test]
fn a_file_that_cannot_be_parsed_is_named_with_its_line() {
    let (_cloud, project) = cloud_and(LEDGER);
    project.write("home/.aws/config", "[default]\nregion = eu-west-1\n[profile broken\n");
    let ran = project.run(&["plan"]).exits(1);
    ran.tells(&["error parsing", ".aws/config on line 3"]);
}

#[test]
fn a_variable_set_to_nothing_is_unset_for_the_sdk_too() {
    for variable in [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CA_BUNDLE",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        let (id, secret) = (trueup::sandbox::ROOT_KEY, trueup::sandbox::ROOT_SECRET);
        let keys = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        project.write("home/.aws/credentials", &keys);
        let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").set(variable, "");
        project.run(&["plan"]).exits(0);
    }
}

#[test]
fn web_identity_set_to_nothing_is_no_source_of_credentials() {
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    let project = project.set("AWS_WEB_IDENTITY_TOKEN_FILE", "").set("AWS_ROLE_ARN", "");
    project.run(&["plan"]).exits(1).tells(&["error: no AWS credentials were found"]);
}

#[test]
fn a_line_break_within_a_setting_is_an_error_that_names_it() {
    for (variable, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIA\nCANARY"),
        ("AWS_SECRET_ACCESS_KEY", "sand\ncanary"),
        ("AWS_SESSION_TOKEN", "a\ncanary"),
        ("AWS_REGION", "us east"),
        ("AWS_REGION", "US-EAST-1"),
        ("AWS_REGION", "--"),
        ("AWS_EXECUTION_ENV", "a\ncanary"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        let ran = project.set(variable, value).run(&["plan"]).exits(1);
        let stderr = ran.stderr.clone();
        ran.tells(&[&format!("error: the environment variable `{variable}` ")]);
        assert!(!stderr.to_lowercase().contains("canary"), "{stderr}");
    }
}

#[test]
fn a_value_that_the_sdk_would_pass_over_names_its_variable_or_its_profile() {
    for (variable, value, key) in [
        ("AWS_USE_FIPS_ENDPOINT", "yes", "use_fips_endpoint"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "on", "use_dualstack_endpoint"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "1", "ignore_configured_endpoint_urls"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "never", "request_checksum_calculation"),
        ("AWS_RESPONSE_CHECKSUM_VALIDATION", "never", "response_checksum_validation"),
        ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "-1", "request_min_compression_size_bytes"),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "maybe", "account_id_endpoint_mode"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        project.write("home/.aws/config", &format!("[default]\n{key} = {value}\n"));
        project.run(&["plan"]).exits(1).tells(&[&format!("`{key}` of the profile `default`")]);
        let told = format!("error: the environment variable `{variable}` is not ");
        project.set(variable, value).run(&["plan"]).exits(1).tells(&[&told]);
    }
}

#[test]
fn what_leads_to_credentials_is_looked_at_where_none_are_given() {
    for (variable, value) in [
        ("AWS_EC2_METADATA_DISABLED", "maybe"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "nowhere"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv9"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "nowhere"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "can\nary"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/file"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        let project = project.set(variable, value);
        project.run(&["plan"]).exits(0);
        let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
        let ran = project.run(&["plan"]).exits(1);
        let stderr = ran.stderr.clone();
        ran.tells(&[&format!("error: the environment variable `{variable}` ")]);
        assert!(!stderr.contains("ary"), "{stderr}");
    }
    let (_cloud, project) = cloud_and(LEDGER);
    let agent = format!("http://{}/credentials", nobody());
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    let project = project.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &agent);
    let asked = "they are asked for by AWS_CONTAINER_CREDENTIALS_FULL_URI";
    project.run(&["plan"]).exits(1).tells(&["the AWS credentials could not be loaded", "refused", asked]);

    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    let project = project.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token");
    project.run(&["plan"]).exits(1).tells(&["AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not"]);
}

#[test]
fn a_file_that_is_no_text_or_begins_with_a_mark_is_named() {
    for (bytes, words) in [
        (&b"[default]\nregion = us-east-1\xff\n"[..], "holds bytes that are not UTF-8, on line 2"),
        (b"\xef\xbb\xbf[default]\nregion = us-east-1\n", "begins with a byte-order mark"),
    ] {
        for file in ["config", "credentials"] {
            let (_cloud, project) = cloud_and(LEDGER);
            project.write(&format!("home/.aws/{file}"), "");
            std::fs::write(project.file(&format!("home/.aws/{file}")), bytes).unwrap();
            project.run(&["plan"]).exits(1).tells(&[&format!(".aws/{file}` {words}")]);
        }
    }
}

#[test]
fn the_switches_for_awss_own_addresses_do_not_reach_another_on_this_machine() {
    for (variable, key) in [
        ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        project.write("home/.aws/config", &format!("[default]\n{key} = true\n"));
        project.run(&["plan"]).exits(0);
        let project = project.set(variable, "TRUE\n");
        project.run(&["apply", "--yes"]).exits(0);
        project.set("AWS_ENDPOINT_URL", "https://aws.example").run(&["plan"]).exits(1).tells(&[
            &format!("the environment variable `{variable}` asks for an address of AWS's own"),
            "the endpoint `aws.example` is set",
        ]);
    }
}

#[test]
fn endpoints_that_are_to_be_ignored_are_not_used() {
    let proxy = nobody();
    let (cloud, project) = cloud_and(LEDGER);
    let project = project.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let project = project.set("HTTPS_PROXY", &format!("http://{proxy}"));
    project.run(&["plan"]).exits(1).tells(&["cannot reach AWS STS"]);
    let calls = cloud.sandbox().calls();
    assert!(calls.iter().all(|call| call.service == "heroku"), "{calls:?}");
}

#[test]
fn credentials_of_a_profile_that_cannot_be_sent_are_named_by_their_part() {
    let (_cloud, project) = cloud_and(LEDGER);
    let keys =
        "[default]\naws_access_key_id = AKIA\naws_secret_access_key = x\naws_session_token = a\u{e4}b\n";
    project.write("home/.aws/credentials", keys);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    project.run(&["plan"]).exits(1).tells(&["the session token holds a line break"]);
}

#[test]
fn a_line_end_that_a_secret_brings_along_is_left_out() {
    let (_cloud, project) = cloud_and(LEDGER);
    let id = format!("{}\n", trueup::sandbox::ROOT_KEY);
    let secret = format!("{}\r\n", trueup::sandbox::ROOT_SECRET);
    let project = project.set("AWS_ACCESS_KEY_ID", &id).set("AWS_SECRET_ACCESS_KEY", &secret);
    let project = project.set("AWS_REGION", "us-east-1\n").set("HEROKU_API_KEY", "owner-token\n");
    project.run(&["plan"]).exits(0);
}

#[test]
fn a_file_that_a_variable_names_has_to_be_there() {
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"] {
        let (_cloud, project) = cloud_and(LEDGER);
        let ran = project.set(variable, "/nowhere/file").run(&["plan"]).exits(1);
        ran.tells(&["`/nowhere/file`", variable, "cannot be read"]);
    }
}

#[test]
fn a_bundle_that_holds_no_certificates_is_named() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["", "not a certificate", broken] {
        let (_cloud, project) = cloud_and(LEDGER);
        project.write("ca.pem", text);
        let bundle = project.file("ca.pem").display().to_string();
        project.write("home/.aws/config", &format!("[default]\nca_bundle = {bundle}\n"));
        project.run(&["plan"]).exits(1).tells(&[
            "ca.pem",
            "`ca_bundle` of the profile `default`",
            "certificate",
        ]);
        project.set("AWS_CA_BUNDLE", &bundle).run(&["plan"]).exits(1).tells(&["ca.pem", "AWS_CA_BUNDLE"]);
    }
}

#[test]
fn a_role_that_wants_a_code_says_how_to_get_one() {
    let (_cloud, project) = cloud_and(LEDGER);
    project.write(
        "home/.aws/config",
        "[profile work]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = base\n\
         mfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile base]\naws_access_key_id = AKIA\naws_secret_access_key = s\n",
    );
    let project =
        project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").set("AWS_PROFILE", "work");
    project.run(&["plan"]).exits(1).tells(&["`work`", "MFA", "aws configure export-credentials"]);
}

#[test]
fn no_proxy_comes_between_here_and_this_machine() {
    let (_cloud, project) = cloud_and(LEDGER);
    let (project, listener) = behind_a_proxy(project);
    project.run(&["plan"]).exits(0);
    assert_unused(&listener);
}

#[test]
fn no_proxy_comes_between_here_and_localhost_by_name() {
    let (cloud, project) = cloud_and(LEDGER);
    let url = cloud.sandbox().url().replace("127.0.0.1", "localhost");
    let project =
        project.set("AWS_ENDPOINT_URL", &url).set("HEROKU_API_URL", &url).set("HEROKU_DATA_API_URL", &url);
    let (project, listener) = behind_a_proxy(project);
    project.run(&["plan"]).exits(0);
    assert_unused(&listener);
}

#[test]
fn nothing_of_the_operators_machine_reaches_the_sandbox() {
    let (project, listener) = behind_a_proxy(Project::with(LEDGER));
    let elsewhere = format!("http://{}", listener.local_addr().unwrap());
    let config = format!(
        "[default]\nendpoint_url = {elsewhere}\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n\
         retry_mode = eager\nca_bundle = /nowhere\nregion = mars-1\n"
    );
    project.write("home/.aws/config", &config);
    let mut project = project;
    for (variable, value) in [
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ENDPOINT_URL", "no address"),
        ("HEROKU_API_URL", "no address"),
        ("AWS_RETRY_MODE", "eager"),
        ("AWS_MAX_ATTEMPTS", "ten"),
        ("AWS_PROFILE", "absent"),
        ("AWS_CA_BUNDLE", "/nowhere"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_REGION", "mars-1"),
        ("AWS_ACCESS_KEY_ID", "a\nb"),
        ("AWS_SESSION_TOKEN", "a\nb"),
    ] {
        project = project.set(variable, value);
    }
    project.run(&["apply", "--sandbox", "--yes"]).exits(0);
    assert_unused(&listener);
}

/// A project on whose machine all programs are sent to a proxy, and the proxy.
fn behind_a_proxy(mut project: Project) -> (Project, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    for variable in PROXIES {
        project = project.set(variable, &proxy);
    }
    (project, listener)
}

/// Asserts that nobody connected.
#[track_caller]
fn assert_unused(listener: &TcpListener) {
    assert!(listener.accept().is_err(), "something went to the proxy");
}

#[test]
fn the_small_environment_needs_none_of_it() {
    let (_cloud, project) = cloud_and(SMALL);
    project.set("AWS_MAX_ATTEMPTS", "ten").run(&["plan"]).exits(0);
}

/// An address on which nobody listens: the port was free a moment ago.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_proxy_that_does_not_answer_is_named_and_not_the_service_behind_it() {
    let proxy = nobody();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let through = format!("through the proxy `http://{proxy}` of {variable}: Connection refused");
        let address = format!("http://me:canary@{proxy}");
        let (_cloud, project) = cloud_and(SMALL);
        let project = project.unset("HEROKU_API_URL").unset("HEROKU_DATA_API_URL").set(variable, &address);
        let heroku = project.run(&["plan"]).exits(1);
        let (_cloud, project) = cloud_and(LEDGER);
        let aws = project.unset("AWS_ENDPOINT_URL").set(variable, &address).run(&["plan"]).exits(1);
        for (ran, service) in [(heroku, "api.heroku.com"), (aws, "AWS STS")] {
            let ran = ran
                .tells(&[&format!("cannot reach {service} for "), "hint: check that proxy and its variable"]);
            // The SDK's words for a refused connection are longer.
            let is_told =
                crate::common::flat(&ran.stderr).contains(through.trim_end_matches(": Connection refused"));
            assert!(is_told && ran.stderr.contains("refused"), "{through}: {}", ran.stderr);
            assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        }
    }
}

#[test]
fn what_is_no_proxy_for_https_is_an_error_that_names_the_variable() {
    for (value, words) in [
        ("socks5h://127.0.0.1:1080", "`ALL_PROXY` names a proxy for `socks5h`"),
        ("http://proxy.example:port", "`ALL_PROXY` is not the address of a proxy"),
    ] {
        let (_cloud, project) = cloud_and(LEDGER);
        let project = project.set("ALL_PROXY", value);
        project.run(&["plan"]).exits(0);
        project.run(&["plan", "--sandbox"]).exits(0);
        let project = project.unset("AWS_ENDPOINT_URL");
        project.run(&["plan"]).exits(1).tells(&[words, "hint: correct it, or unset it"]);
        project.unset("HEROKU_API_URL").run(&["plan"]).exits(1).tells(&[words]);
    }
}

#[test]
fn a_proxy_variable_set_to_nothing_does_not_hide_the_next_one() {
    let proxy = nobody();
    let (_cloud, project) = cloud_and(SMALL);
    let project = project.unset("HEROKU_API_URL").set("HTTPS_PROXY", "").set("https_proxy", &proxy);
    project.run(&["plan"]).exits(1).tells(&[&format!("through the proxy `http://{proxy}` of https_proxy")]);
}
