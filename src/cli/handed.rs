//! New values of secrets that somebody else makes: typed in unseen on a terminal, or read from standard input, as a
//! password manager's program prints them.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read};

use super::session::Session;
use crate::lifecycle::rotate::{Selection, guide};
use crate::message::{Failure, Task};
use crate::secret::{self, Missing, Secret};
use crate::spec::{Environment, VarName};
use crate::view::rotate::prompt;

/// More than any config var may hold.
const LARGEST: u64 = 1024 * 1024;

/// A value for each var of somebody else's that was named.
pub(super) async fn values(
    selection: &Selection,
    environment: &Environment,
    allow_commands: bool,
    session: &Session<'_>,
) -> Result<BTreeMap<VarName, Secret>, Failure> {
    let vars = &selection.external;
    let mut missing = Vec::new();
    for var in vars {
        let test = guide(&environment.spec, var).and_then(|guide| guide.test.first());
        if let Some(program) = test.filter(|_| !allow_commands) {
            let message = format!("its test is the program `{program}`, and programs do not run unasked");
            missing.push(problem(var, (message, "add --allow-commands if you trust this spec".to_owned())));
        }
    }
    let is_terminal = io::stdin().is_terminal();
    if vars.len() > 1 && !is_terminal {
        let help = "name one of them a run, or run it on a terminal, which asks for each".to_owned();
        let message = "standard input has room for one value, and several are named".to_owned();
        missing.extend(vars.iter().map(|var| problem(var, (message.clone(), help.clone()))));
    }
    if !missing.is_empty() {
        return Err(Failure::missing(environment, missing));
    }
    let mut values = BTreeMap::new();
    for var in vars {
        let text = if is_terminal {
            let url = guide(&environment.spec, var).and_then(|guide| guide.url.as_deref());
            session.context.output.ask_unseen(&prompt(var, url)).await
        } else {
            tokio::task::spawn_blocking(all_of_stdin).await.map_err(io::Error::other).flatten()
        };
        let text = text.map_err(Failure::system(Task::ReadValue(var.clone())))?;
        let value =
            secret::handed_in(text).map_err(|why| Failure::missing(environment, vec![problem(var, why)]))?;
        values.insert(var.clone(), value);
    }
    Ok(values)
}

fn all_of_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn problem(var: &VarName, (message, help): (String, String)) -> Missing {
    Missing { key: format!("config.{var}"), message, help }
}
