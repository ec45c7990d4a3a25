//! What an import has to say, in words.

use super::failure::{Words, with_hint};
use crate::lifecycle::import::ImportError;
use crate::message::{BaseFile, Failure, ImportedMany};
use crate::resource::Left;
use crate::spec::{AppName, EnvironmentName};
use crate::terminal::escaped;

pub(super) fn words(error: &ImportError) -> Words {
    match error {
        ImportError::NoSuchApp { name, nearest: Some(nearest) } => with_hint(
            format!("there is no app `{name}` that this account may see, so nothing was written"),
            format!("did you mean `{nearest}`?"),
        ),
        ImportError::NoSuchApp { name, nearest: None } => with_hint(
            format!("there is no app `{name}` that this account may see, so nothing was written"),
            "`heroku apps --all` lists those that it may see; `heroku whoami` shows whose token this is",
        ),
        ImportError::OthersApp(name) => with_hint(
            format!("the app `{name}` belongs to someone else, so nothing was written"),
            "use a token of an account that may see it: ask its owner for access, or set HEROKU_API_KEY",
        ),
        ImportError::NoSuchBucket(name) => with_hint(
            format!("there is no bucket `{name}`, so nothing was written"),
            "`aws s3 ls` lists this account's",
        ),
        ImportError::OthersBucket(name) => with_hint(
            format!(
                "the bucket `{name}` belongs to another AWS account, or these credentials may not see it, so nothing was written"
            ),
            "use credentials of its account: `aws sts get-caller-identity` shows whose these are",
        ),
        ImportError::NoSuchUser(name) => with_hint(
            format!("this AWS account has no user `{name}`, so nothing was written"),
            "`aws iam list-users` lists those that it has",
        ),
        ImportError::NoApps(None) => with_hint(
            "this account may see no app, so nothing was written",
            "`heroku whoami` shows whose token this is",
        ),
        ImportError::NoApps(Some(team)) => with_hint(
            format!("the team `{team}` has no app that this account may see, so nothing was written"),
            "`heroku teams` lists the account's teams",
        ),
        ImportError::Unnameable(name) => with_hint(
            format!("no spec can name the app `{}`", escaped(name)),
            "this is a defect of trueup: please report it with the message above",
        ),
        ImportError::Unseen(errors) => super::failure::words(&Failure::Clouds(errors.clone())),
        ImportError::FileThere(file) => with_hint(
            format!("{} is there already, and an import overwrites nothing", file.display()),
            "import under another name with `--as NAME`, or move the file away",
        ),
        ImportError::Inexpressible(reasons) => with_hint(
            format!("no spec can say what is live, so nothing was written: {}", escaped(&reasons.join("; "))),
            "this is a defect of trueup: please report it with the message above",
        ),
    }
}

/// An app that two environments describe.
pub(super) fn twice(app: &AppName, environment: &EnvironmentName) -> String {
    format!(
        "the environment {environment} describes the app {app} too: keep one of the two files, or `plan --all` refuses both"
    )
}

/// What became of many apps, and what to type next.
pub(super) fn many(many: &ImportedMany) -> String {
    let ImportedMany { written, extending, base, with_left, has_values } = *many;
    let mut text = String::new();
    match base {
        BaseFile::Extended => {
            text.push_str(&format!("{extending} of {written} extend environments/base.yaml\n"));
        }
        BaseFile::Another => text.push_str(
            "environments/base.yaml was there before and is another: it stays, and no file extends it\n",
        ),
        BaseFile::Needless => {}
    }
    match with_left {
        0 => {}
        1 => text.push_str("1 file ends with what is left as it is, and not managed\n"),
        many => text.push_str(&format!("{many} files end with what is left as it is, and not managed\n")),
    }
    if written > 0 {
        let load =
            "next: load the values of each environment with `set -a; . environments/ENV.env; set +a`\n";
        text.push_str(if has_values { load } else { "" });
        let next = if has_values { "      trueup plan --all" } else { "next: trueup plan --all" };
        text.push_str(&format!("{next}   shows no change\n"));
    }
    text
}

/// What was imported, what stays outside, and what to type next.
pub(super) fn done(
    environment: &EnvironmentName,
    external: usize,
    values: Option<&str>,
    left: &[Left],
) -> String {
    let mut text = String::new();
    if !left.is_empty() {
        text.push_str("left as it is, and not managed:\n");
        for Left { address, reason } in left {
            text.push_str(&format!("  {}  {}\n", escaped(address), escaped(reason)));
        }
    }
    match external {
        0 => {}
        1 => text.push_str("1 config var is `external`: it stays as it is on the app\n"),
        many => {
            text.push_str(&format!("{many} config vars are `external`: they stay as they are on the app\n"));
        }
    }
    if let Some(file) = values {
        text.push_str(&format!(
            "next: set -a; . {file}; set +a\n      trueup plan {environment}   shows no change\n"
        ));
    } else {
        text.push_str(&format!("next: trueup plan {environment}   shows no change\n"));
    }
    text
}
