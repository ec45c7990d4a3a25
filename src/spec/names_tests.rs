//! Tables of names: what each kind accepts, refuses and normalises.

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
fn config_vars_leave_herokus_own_prefixes_alone() {
    accepts(VarName::parse, &["A", "RAILS_ENV", "lower", "_X", "__X", "HEROKU_SKIP_NODE_PRUNE"]);
    refuses(VarName::parse, &["", "A-B", "A.B"]);
}

#[test]
fn heroku_names_have_their_shapes() {
    accepts(AttachmentName::parse, &["DATABASE", "CACHE_2"]);
    refuses(AttachmentName::parse, &["database", "2CACHE", "_CACHE", "CA-CHE", ""]);
    accepts(AddonPlan::parse, &["heroku-postgresql:standard-0", "heroku-redis:mini"]);
    refuses(AddonPlan::parse, &["heroku-postgresql", ":x", "x:", "Heroku:x", "a:b:c"]);
    accepts(ProcessType::parse, &["web", "worker", "Release-2_x", "1web", &"w".repeat(128)]);
    refuses(ProcessType::parse, &["", "web.1", &"w".repeat(129)]);
    accepts(AwsRegion::parse, &["us-east-1", "us-gov-west-1", "ap-southeast-2"]);
    refuses(AwsRegion::parse, &["us-east", "useast1", "US-EAST-1", "us-east-1a", "europe-west-1"]);
    accepts(EnvironmentName::parse, &["production", "review_12"]);
    refuses(EnvironmentName::parse, &["", "../x", "a.b", "-x"]);
    accepts(LocalName::parse, &["uploads", "user-files_2"]);
    refuses(LocalName::parse, &["Uploads", "a.b", ""]);
    accepts(AddonName::parse, &["shared-redis", "postgresql-concave-52656"]);
    refuses(AddonName::parse, &["x", "1x", "a b"]);
}

#[test]
fn dyno_sizes_are_lower_cased_and_known() {
    for (written, normal) in [("Standard-1X", "standard-1x"), ("eco", "eco"), ("dyno-2c-1gb", "dyno-2c-1gb")]
    {
        assert_eq!(DynoSize::parse(written).unwrap().as_str(), normal);
    }
    accepts(DynoSize::parse, &["dyno-1c-0.5gb", "Performance-L-RAM"]);
    refuses(
        DynoSize::parse,
        &["", "hobby", "standard", "standard-3x", "dyno-", "dyno-xc-1gb", "dyno-1c-.gb"],
    );
}

#[test]
fn dyno_families_say_what_may_mix() {
    let family = |size| DynoSize::parse(size).unwrap().family();
    assert_eq!(family("standard-1x"), family("performance-m"));
    assert_ne!(family("eco"), family("basic"));
    assert_ne!(family("private-s"), family("shield-s"));
    assert_eq!(family("dyno-2c-1gb"), DynoFamily::Fir);
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
    refuses(Buildpack::parse, &["", "ruby", "http://example.com/x", "https://", "git@github.com:a/b.git"]);
    refuses(Buildpack::parse, &["https://user:secret@example.com/x", "a/b/c"]);
    accepts(Buildpack::parse, &["https://git.example:8443/packs/ruby.tgz?raw=1", &format!("{url}#main")]);
    refuses(
        Buildpack::parse,
        &["https://example.com/packs/../x", "https://example.com/", "https:example.com/x"],
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
