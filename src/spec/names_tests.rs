//! Tables of names: what each kind accepts, refuses and normalises.

#![cfg(test)]

use super::rules::DYNO_SIZES;
use super::*;

fn accepts<T>(parse: fn(&str) -> Result<T, NameError>, names: &[&str]) {
    for name in names {
        assert!(parse(name).is_ok(), "`{name}` should be accepted");
    }
}

fn refuses<T>(parse: fn(&str) -> Result<T, NameError>, names: &[&str]) {
    for name in names {
        assert!(parse(name).is_err(), "`{name}` should be refused");
    }
}

#[test]
fn app_names_follow_herokus_rule() {
    accepts(AppName::parse, &["abc", "ledger-production"]);
    accepts(AppName::parse, &["a0123456789012345678901234567z"]);
    refuses(AppName::parse, &["", "ab", "1abc", "Ledger", "ledger-", "led_ger", "lédger"]);
    refuses(AppName::parse, &["a01234567890123456789012345678z"]);
}

#[test]
fn where_heroku_has_no_rule_for_a_name_it_only_has_to_look_like_one() {
    let (good, bad) =
        (["us", "Acme.Books_2", "2-a", &"a".repeat(128)], ["", "a b", "-a", "a/b", &"a".repeat(129)]);
    accepts(TeamName::parse, &good);
    refuses(TeamName::parse, &bad);
    accepts(HerokuRegion::parse, &good);
    refuses(HerokuRegion::parse, &bad);
    accepts(StackName::parse, &good);
    refuses(StackName::parse, &bad);
}

#[test]
fn a_host_name_is_a_full_name_and_no_address() {
    accepts(
        Hostname::parse,
        &["app.ledger.example", "App.Ledger.Example", "*.ledger.example", "1.ledger.example"],
    );
    accepts(Hostname::parse, &["xn--bcher-kva.example", "4.3.2.1.in-addr.arpa"]);
    refuses(
        Hostname::parse,
        &["", "ledger", "127.0.0.1", "app.ledger.1", "-a.example", "a-.example", "a..b"],
    );
    refuses(Hostname::parse, &["a.*.example", "ledger.example.", "led_ger.example", "https://a.example"]);
    refuses(Hostname::parse, &[&format!("{}.example", "a".repeat(64)), &"a.".repeat(127)]);
}

#[test]
fn attachments_are_called_as_herokus_own_are() {
    accepts(AttachmentName::parse, &["DATABASE", "CACHE_2", &"A".repeat(256)]);
    refuses(AttachmentName::parse, &["database", "2CACHE", "_CACHE", "CA-CHE", "", &"A".repeat(257)]);
}

#[test]
fn addons_follow_herokus_rule() {
    accepts(AddonName::parse, &["shared-redis", "postgresql-concave-52656", "Ab", "a_"]);
    accepts(AddonName::parse, &["05bc37e6-0c1d-4844-b339-0fbcb107827b", "C"]);
    refuses(AddonName::parse, &["x", "1x", "a b", "_a", "a.b", "05bc37e6-0c1d-4844-b339-0fbcb107827"]);
}

#[test]
fn a_plan_says_service_and_plan() {
    accepts(
        AddonPlan::parse,
        &["heroku-postgresql:standard-0", "heroku-redis:mini", "Heroku_x:100", "a:B.c_d"],
    );
    refuses(AddonPlan::parse, &["heroku-postgresql", ":x", "x:", "a:b:c", "a: b", "-a:b"]);
}

#[test]
fn old_and_new_names_of_a_plan_are_equal_and_a_plan_that_heroku_does_not_tell_differs_in_its_service_alone() {
    for (wanted, live, is_same) in [
        ("heroku-postgresql:essential-0", "heroku-postgresql:mini", true),
        ("heroku-postgresql:mini", "heroku-postgresql:essential-0", true),
        ("heroku-postgresql:mini", "heroku-postgresql:hobby-dev", true),
        ("heroku-postgresql:essential-1", "heroku-postgresql:basic", true),
        ("heroku-postgresql:essential-1", "heroku-postgresql:mini", false),
        ("heroku-redis:mini", "heroku-redis:hobby-dev", true),
        ("heroku-redis:mini", "heroku-postgresql:mini", false),
        ("heroku-redis:mini", "heroku-redis", true),
        ("heroku-redis:mini", "heroku-postgresql", false),
        ("heroku-redis:mini", AddonPlan::UNKNOWN, true),
        ("heroku-redis:mini", "heroku-redis:gigantic", false),
    ] {
        assert_eq!(AddonPlan::parse(wanted).unwrap().is(live), is_same, "{wanted} and {live}");
    }
    let today = |plan: &str| AddonPlan::parse(plan).unwrap().name_of_today().map(str::to_owned);
    assert_eq!(today("heroku-postgresql:mini").as_deref(), Some("heroku-postgresql:essential-0"));
    assert_eq!(today("heroku-redis:mini"), None);
}

#[test]
fn config_vars_are_words() {
    accepts(VarName::parse, &["A", "RAILS_ENV", "lower", "_X", "__X", "9", "HEROKU_SKIP_NODE_PRUNE"]);
    accepts(VarName::parse, &[&"A".repeat(1000)]);
    refuses(VarName::parse, &["", "A-B", "A.B", "Ä", "A B"]);
}

#[test]
fn process_types_follow_herokus_rule() {
    accepts(ProcessType::parse, &["web", "worker", "Release-2_x", "1web", "-", &"w".repeat(128)]);
    refuses(ProcessType::parse, &["", "web.1", "w b", &"w".repeat(129)]);
}

#[test]
fn bucket_names_follow_all_rules_of_s3() {
    accepts(BucketName::parse, &["abc", "ledger-production-uploads", "a.b.c", "1bucket"]);
    accepts(BucketName::parse, &["ledger-123456789012-us-east-1-an"]);
    refuses(BucketName::parse, &["ab", "Abc", "a_b", "-abc", "abc-", "abc.", "a..b", "192.168.0.1"]);
    refuses(BucketName::parse, &["xn--abc", "sthree-abc", "amzn-s3-demo-abc"]);
    refuses(BucketName::parse, &["a-s3alias", "a--ol-s3", "a.mrap", "a--x-s3", "a--table-s3", "uploads-an"]);
    refuses(BucketName::parse, &["a".repeat(64).as_str()]);
    accepts(BucketName::parse, &["a".repeat(63).as_str()]);
}

#[test]
fn user_names_and_paths_follow_iam() {
    accepts(UserName::parse, &["app", "Ledger.App_1+=,@-", &"u".repeat(64)]);
    refuses(UserName::parse, &["", "a b", "a/b", &"u".repeat(65)]);
    accepts(UserPath::parse, &["/", "/trueup/", "/a/b/"]);
    refuses(UserPath::parse, &["", "trueup", "/trueup", "trueup/", "/a b/"]);
}

#[test]
fn the_arn_of_a_policy_names_an_account_or_aws_and_a_policy() {
    accepts(
        PolicyArn::parse,
        &["arn:aws:iam::111122223333:policy/Edge", "arn:aws-cn:iam::aws:policy/a/b/E_+=,.@-"],
    );
    accepts(PolicyArn::parse, &[&format!("arn:aws:iam::111122223333:policy/{}", "p".repeat(128))]);
    for wrong in [
        "Edge",
        "arn:aws:iam::111122223333:role/Edge",
        "arn:aws:iam::1111:policy/Edge",
        "arn:aws:iam:us-east-1:111122223333:policy/Edge",
        "arn:aws:s3:::policy/Edge",
        "arn:aws:iam::111122223333:policy/",
        "arn:aws:iam::111122223333:policy/a b",
        "arn:azure:iam::111122223333:policy/Edge",
    ] {
        refuses(PolicyArn::parse, &[wrong]);
    }
    let account = |arn: &str| PolicyArn::parse(arn).unwrap().account().map(str::to_owned);
    assert_eq!(account("arn:aws:iam::111122223333:policy/Edge").as_deref(), Some("111122223333"));
    assert_eq!(account("arn:aws:iam::aws:policy/Edge"), None);
}

#[test]
fn regions_of_aws_look_like_those_of_any_partition() {
    accepts(AwsRegion::parse, &["us-east-1", "us-gov-west-1", "ap-southeast-2", "eusc-de-east-1"]);
    refuses(AwsRegion::parse, &["us-east", "useast1", "US-EAST-1", "us-east-1a", "europe-west-1"]);
    accepts(AwsAccount::parse, &["111122223333", "000000000001"]);
    refuses(AwsAccount::parse, &["", "11112222333", "1111-2222-3333"]);
}

#[test]
fn names_of_our_own_are_plain() {
    accepts(EnvironmentName::parse, &["production", "review_12"]);
    refuses(EnvironmentName::parse, &["", "../x", "a.b", "-x"]);
    accepts(LocalName::parse, &["uploads", "user-files_2"]);
    refuses(LocalName::parse, &["Uploads", "a.b", ""]);
}

#[test]
fn dyno_sizes_are_of_a_tier_of_herokus_in_either_case() {
    accepts(DynoSize::parse, DYNO_SIZES);
    accepts(DynoSize::parse, &["Eco", "Standard-1X", "standard-3x", "PERFORMANCE-4XL-RAM"]);
    accepts(DynoSize::parse, &["dyno-2c-1gb", "Dyno-1C-0.5GB", "dyno-0.5c-12.25gb"]);
    refuses(DynoSize::parse, &["", "huge", "standard", "standard-", "standard-1x-", "standard_1x", "eco-1"]);
    refuses(DynoSize::parse, &["dyno-", "dyno-xc-1gb", "dyno-1c-.gb", "dyno-1c"]);
    for (old, new) in [("hobby", "basic"), ("Free", "eco"), ("1X", "standard-1x"), ("PX", "performance-l")] {
        let error = DynoSize::parse(old).unwrap_err();
        assert!(error.expected.starts_with(&format!("`{new}`")), "{old}: {error}");
    }
}

#[test]
fn a_name_is_sent_as_it_was_written_and_compared_by_what_it_means() {
    for (written, canonical) in
        [("Standard-1X", "standard-1x"), ("eco", "eco"), ("Dyno-2c-1GB", "dyno-2c-1gb")]
    {
        let size = DynoSize::parse(written).unwrap();
        assert_eq!((size.written(), size.as_str(), size.to_string().as_str()), (written, canonical, written));
        assert_eq!(size, DynoSize::parse(canonical).unwrap());
    }
    let one = Hostname::parse("App.Ledger.example").unwrap();
    assert_eq!((one.written(), one.as_str()), ("App.Ledger.example", "app.ledger.example"));
    let one = Buildpack::parse("urn:buildpack:heroku/ruby").unwrap();
    assert_eq!((one.written(), one.as_str()), ("urn:buildpack:heroku/ruby", "heroku/ruby"));
    let one = Buildpack::parse("https://Git.example/a.git").unwrap();
    assert_eq!((one.written(), one.as_str()), ("https://Git.example/a.git", "https://git.example/a"));
}

#[test]
fn buildpacks_that_mean_the_same_compare_equal() {
    let forms = [
        "heroku/ruby",
        "urn:buildpack:heroku/ruby",
        "https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/ruby.tgz",
    ];
    for form in forms {
        assert_eq!(Buildpack::parse(form).unwrap().as_str(), "heroku/ruby", "{form}");
    }
    let url = "https://github.com/heroku/heroku-buildpack-ruby";
    for form in [url.to_owned(), format!("{url}.git"), format!("{url}/"), format!("{url}.git/")] {
        assert_eq!(Buildpack::parse(&form).unwrap().as_str(), url, "{form}");
    }
}

#[test]
fn a_buildpack_is_whatever_apps_have() {
    accepts(Buildpack::parse, &["https://git.example:8443/packs/ruby.tgz?raw=1", "Acme/My.pack_2"]);
    accepts(Buildpack::parse, &["https://github.com/heroku/heroku-buildpack-ruby#main"]);
    accepts(
        Buildpack::parse,
        &["http://example.com/x.tgz", "git://github.com/a/b.git", "ssh://git@host.example/a"],
    );
    accepts(Buildpack::parse, &["git@github.com:a/b.git", "https://user:secret@example.com/x"]);
    refuses(
        Buildpack::parse,
        &["", "ruby", "https://", "https:///x", "https:example.com/x", "a/b/c", "ftp://a/b"],
    );
    refuses(
        Buildpack::parse,
        &["https://a b/c", "git@github.com", "@github.com:a", "urn:buildpack:ruby", "/a"],
    );
}

#[test]
fn a_near_miss_is_suggested_and_a_far_one_is_not() {
    assert_eq!(rules::nearest("standrd-1x", DYNO_SIZES.iter().copied()), Some("standard-1x"));
    assert_eq!(rules::nearest("Standard1x", DYNO_SIZES.iter().copied()), Some("standard-1x"));
    assert_eq!(rules::nearest("zebra", DYNO_SIZES.iter().copied()), None);
}

#[test]
fn an_international_host_name_is_refused_with_the_form_that_heroku_takes() {
    assert_eq!(Hostname::parse("*.App.Ledger.example").unwrap().as_str(), "*.app.ledger.example");
    assert_eq!(Hostname::parse("xn--bcher-kva.example").unwrap().as_str(), "xn--bcher-kva.example");
    let expected = |text: &str| Hostname::parse(text).unwrap_err().expected;
    assert!(expected("*.bücher.example").ends_with("and for this one `*.xn--bcher-kva.example`"));
    for wrong in ["ledger", "-a.example", "a..example", "a.*.example", "a b.example", "bücher", "1.2.3.4é"]
    {
        assert!(expected(wrong).starts_with("a host name such as"), "{wrong}");
    }
}
