//! The shapes of AWS's names (aws-s3-iam.md sections 3 and 4), as its services check them.
//!
//! What must not live here: rules that compare two places of a spec, which are in `check`.

use super::{Parsed, all, ends, lower, lower_digit_or_dash, lower_or_digit, require, starts, word};
use crate::spec::names::NameError;

/// All rules of aws-s3-iam.md section 3, bucket names; the emulators check none of them.
pub(in crate::spec) fn bucket_name(text: &str) -> Parsed {
    const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let fail = |rule: String| Err(NameError::expected(rule));
    let shape = (3..=63).contains(&text.len())
        && all(text, |character| lower_digit_or_dash(character) || character == '.')
        && starts(text, lower_or_digit)
        && ends(text, lower_or_digit);
    if !shape {
        return fail(
            "a bucket name: 3 to 63 characters of a-z, 0-9, - and ., beginning and ending with a letter or \
             digit"
                .to_owned(),
        );
    }
    if text.contains("..") {
        return fail("a bucket name without two dots in a row".to_owned());
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return fail("a bucket name that is not an IP address".to_owned());
    }
    if let Some(prefix) = PREFIXES.iter().find(|prefix| text.starts_with(**prefix)) {
        return fail(format!("a bucket name that does not begin with `{prefix}`, which AWS reserves"));
    }
    if let Some(suffix) = SUFFIXES.iter().find(|suffix| text.ends_with(**suffix)) {
        return fail(format!("a bucket name that does not end in `{suffix}`, which AWS reserves"));
    }
    if text.ends_with("-an") && !is_account_regional(text) {
        return fail(
            "a bucket name that ends in `-an` only as `prefix-<account>-<region>-an`, AWS's form for names \
             that belong to one account"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// `prefix-123456789012-us-east-1-an`: the account-regional namespace of March 2026.
fn is_account_regional(text: &str) -> bool {
    let Some(rest) = text.strip_suffix("-an") else { return false };
    rest.match_indices('-').any(|(at, _)| {
        let (before, region) = (&rest[..at], &rest[at + 1..]);
        let account = before.rsplit_once('-').map(|(_, account)| account);
        aws_region(region).is_ok()
            && account.is_some_and(|account| account.len() == 12 && all(account, |c| c.is_ascii_digit()))
    })
}

/// The look of a region, of any partition: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. Which ones there are is AWS's to
/// say (aws-s3-iam.md section 3).
pub(in crate::spec) fn aws_region(text: &str) -> Parsed {
    let parts: Vec<&str> = text.split('-').collect();
    let holds = parts.len() >= 3
        && (2..=4).contains(&parts[0].len())
        && parts[..parts.len() - 1].iter().all(|part| all(part, lower))
        && all(parts[parts.len() - 1], |character| character.is_ascii_digit())
        && text.len() <= 32;
    require(holds, text, "an AWS region such as `us-east-1`")
}

/// Twelve digits (the models of the AWS SDK).
pub(in crate::spec) fn aws_account(text: &str) -> Parsed {
    let holds = all(text, |character| character.is_ascii_digit()) && text.len() == 12;
    require(holds, text, "the 12 digits of an AWS account, in quotes")
}

/// `[\w+=,.@-]`, at most 64 (aws-s3-iam.md section 4).
pub(in crate::spec) fn user_name(text: &str) -> Parsed {
    let allowed = |character: char| word(character) || "+=,.@-".contains(character);
    let holds = all(text, allowed) && text.len() <= 64;
    require(holds, text, "an IAM user name: up to 64 letters, digits and any of _+=,.@-")
}

/// `/`, or `/…/` of visible letters, at most 512 (aws-s3-iam.md section 4).
pub(in crate::spec) fn user_path(text: &str) -> Parsed {
    let holds = text.starts_with('/')
        && text.ends_with('/')
        && text != "//"
        && text.len() <= 512
        && all(text, |character| character.is_ascii_graphic());
    require(holds, text, "an IAM path that begins and ends with /, such as `/trueup/`")
}

/// The ARN of a managed policy, with IAM's path and name (aws-s3-iam.md section 4; the models of the AWS SDK).
pub(in crate::spec) fn policy_arn(text: &str) -> Parsed {
    let holds = policy_of_arn(text).is_some_and(|policy| {
        let (path, name) = policy.rsplit_once('/').map_or((None, policy), |(path, name)| (Some(path), name));
        let is_path = |path: &str| {
            (1..=510).contains(&path.len()) && all(path, |character| character.is_ascii_graphic())
        };
        path.is_none_or(is_path)
            && (1..=128).contains(&name.len())
            && all(name, |character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character))
    });
    let expected = "the ARN of an IAM policy, such as `arn:aws:iam::111122223333:policy/NAME`";
    require(holds, text, expected)
}

/// Path and name of a policy, when the text is the ARN of one in some partition and account.
fn policy_of_arn(text: &str) -> Option<&str> {
    let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
    let (account, policy) = rest.split_once(":policy/")?;
    let mut words = partition.split('-');
    let is_partition = words.next() == Some("aws")
        && words.all(|word| !word.is_empty() && all(word, |character| character.is_ascii_lowercase()));
    let is_account =
        account == "aws" || (account.len() == 12 && all(account, |character| character.is_ascii_digit()));
    (is_partition && is_account).then_some(policy)
}
