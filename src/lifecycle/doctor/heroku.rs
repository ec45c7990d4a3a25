//! What Heroku says of the token, of whose it is, and of the calls that are left.

use super::machine::clock;
use super::{Diagnosis, Patient, versions};
use crate::cloud::Clouds;
use crate::cloud::heroku::Token;
use crate::resource;

/// Fewer calls than this are worth a word.
const FEW: u64 = 500;

/// All of it, asked at once.
pub(super) async fn examine(patient: Patient<'_>, clouds: &Clouds) -> Vec<Diagnosis> {
    let heroku = &clouds.heroku;
    let (token, account, data, stacks) =
        tokio::join!(heroku.token(), heroku.account_email(), heroku.is_data_reached(), heroku.stacks());
    let token = match token {
        Ok(token) => token,
        // Whatever else was asked was refused for the same reason.
        Err(error) => return vec![Diagnosis::of("heroku.token", &error, "heroku login")],
    };
    let whose = match account {
        Ok(Some(email)) => format!("accepted by Heroku, for {email}"),
        // Only some scopes may know.
        Ok(None) | Err(_) => "Heroku takes it".to_owned(),
    };
    let mut found = vec![Diagnosis::ok("heroku.token", whose), scopes(&token)];
    found.extend(token.date.map(|date| clock(date - patient.now)));
    found.extend(clouds.meter.heroku_remaining().map(|left| quota(left, patient)));
    found.push(match data {
        Ok(()) => Diagnosis::ok("heroku.data", "the data API answers"),
        Err(error) => Diagnosis::of("heroku.data", &error, "check whether a firewall blocks it"),
    });
    if let Ok(stacks) = stacks {
        found.extend(versions::stacks(patient.environments, &stacks));
    }
    found
}

fn scopes(token: &Token) -> Diagnosis {
    const ID: &str = "heroku.scopes";
    let has = |wanted: &[&str]| token.scopes.iter().any(|scope| wanted.contains(scope));
    let create = |scopes: &str| format!("heroku authorizations:create -s {scopes} -d trueup");
    let told = token.scopes.join(", ");
    match () {
        () if token.scopes.is_empty() => Diagnosis::ok(ID, "Heroku does not say which it has"),
        () if has(&["global", "write-protected"]) => {
            Diagnosis::ok(ID, format!("{told}: enough for every command"))
        }
        () if has(&["read-protected"]) => Diagnosis::warn(
            ID,
            format!("{told}: enough for plan, drift and status, and too narrow for apply"),
            create("write-protected,identity"),
        ),
        () => Diagnosis::fail(
            ID,
            format!("{told}: a plan reads config vars and releases, which `read-protected` allows"),
            create("read-protected,identity"),
        ),
    }
}

fn quota(left: u64, patient: Patient<'_>) -> Diagnosis {
    const ID: &str = "heroku.quota";
    let takes = resource::heroku_calls(patient.environments.iter().map(|one| &one.spec));
    let whole = match patient.environments.len() {
        1 => "the environment".to_owned(),
        many => format!("all {many} environments"),
    };
    let detail = format!("{left} calls left this hour; a plan of {whole} takes about {takes}");
    if left < takes || left < FEW {
        let remedy = "wait: 75 calls come back a minute; a long run paces itself";
        return Diagnosis::warn(ID, detail, remedy);
    }
    Diagnosis::ok(ID, detail)
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_token_needs_what_a_plan_reads_and_its_scopes_are_told() {
        for (scopes_of, health, told) in [
            (&["global"][..], Health::Ok, "enough for every command"),
            (&["identity", "write-protected"], Health::Ok, "identity, write-protected"),
            (&["read-protected"], Health::Warn, "too narrow for apply"),
            (&["read", "identity"], Health::Fail, "`read-protected` allows"),
            (&[], Health::Ok, "does not say"),
        ] {
            let found = scopes(&Token { scopes: scopes_of.to_vec(), date: None });
            assert_eq!(found.health, health, "{scopes_of:?}");
            assert!(found.detail.contains(told), "{}", found.detail);
        }
    }
}
