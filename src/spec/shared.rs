//! What two environments cannot both have: an app, a bucket or a user has one environment, or each apply would undo
//! the other's. Pure, and about environments that were read already.

use std::collections::BTreeMap;

use super::{Environment, EnvironmentName, Finding};

/// A thing as its service knows it, so that two names of one thing are equal.
type Thing = (&'static str, String);

/// The mistakes of each environment that names what another one names too.
#[must_use]
pub fn shared<'a>(
    environments: impl Iterator<Item = &'a Environment> + Clone,
) -> BTreeMap<EnvironmentName, Vec<Finding>> {
    let mut owners: BTreeMap<Thing, Vec<&Environment>> = BTreeMap::new();
    for environment in environments.clone() {
        for (thing, _) in things(environment) {
            owners.entry(thing).or_default().push(environment);
        }
    }
    let mut mistakes: BTreeMap<EnvironmentName, Vec<Finding>> = BTreeMap::new();
    for environment in environments {
        for (thing, path) in things(environment) {
            let mut others = owners[&thing].iter().filter(|other| other.name != environment.name);
            let Some(other) = others.next() else { continue };
            let (kind, name) = &thing;
            let message = format!("the {kind} `{name}` is in the environment `{}` too", other.name);
            let help = "give it another name in one of them: each apply would undo the other's";
            let finding = environment.finding(&path, message, Some(help));
            mistakes.entry(environment.name.clone()).or_default().push(finding);
        }
    }
    mistakes
}

/// What an environment names that is there once only, each with its place.
fn things(environment: &Environment) -> impl Iterator<Item = (Thing, String)> {
    let spec = &environment.spec;
    let app = (("app", spec.app.name.to_string()), "app.name".to_owned());
    let bucket = |(local, bucket): (&_, &super::Bucket)| {
        (("bucket", bucket.name.to_string()), format!("buckets.{local}.name"))
    };
    // Two accounts may each have a user of one name, so an account that is not written says nothing.
    let user = |(local, user): (&_, &super::IamUser)| {
        let account = spec.aws_account.as_ref()?;
        let name = format!("{} of the account {account}", user.name.as_str().to_lowercase());
        Some((("IAM user", name), format!("iam_users.{local}.name")))
    };
    let users = spec.iam_users.iter().filter_map(user);
    std::iter::once(app).chain(spec.buckets.iter().map(bucket)).chain(users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse;

    fn mistakes(specs: [&str; 2]) -> Vec<String> {
        let read = |(name, text)| parse(&EnvironmentName::parse(name).unwrap(), text).unwrap();
        let environments: Vec<Environment> = ["one", "two"].into_iter().zip(specs).map(read).collect();
        let found = shared(environments.iter());
        found
            .into_values()
            .flatten()
            .map(|finding| format!("{}: {}", finding.path, finding.message))
            .collect()
    }

    #[test]
    fn an_app_and_a_bucket_have_one_environment() {
        let bucket = "buckets: { u: { name: ledger-uploads, region: us-east-1 } }";
        let apart = [&format!("app: {{ name: ledger }}\n{bucket}"), "app: { name: ledger-staging }"];
        assert_eq!(mistakes(apart), [""; 0]);
        let both = mistakes([apart[0], &format!("app: {{ name: ledger }}\n{}", bucket.replace("u:", "v:"))]);
        assert_eq!(both[0], "app.name: the app `ledger` is in the environment `two` too");
        assert_eq!(both[3], "buckets.v.name: the bucket `ledger-uploads` is in the environment `one` too");
        assert_eq!(both.len(), 4);
    }

    #[test]
    fn a_user_has_one_environment_within_its_account() {
        let spec = |app: &str, user: &str, account: &str| {
            format!("app: {{ name: {app} }}\niam_users: {{ app: {{ name: {user} }} }}\n{account}")
        };
        let account = |number: u8| format!("aws: {{ account: \"11112222333{number}\" }}\n");
        for (other, count) in [(account(3), 2), (account(4), 0), (String::new(), 0)] {
            let found = mistakes([&spec("one", "App", &account(3)), &spec("two", "app", &other)]);
            assert_eq!(found.len(), count, "{found:?}");
        }
    }
}
