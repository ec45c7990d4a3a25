//! What an environment is made of and what needs what, from its spec alone.
//!
//! The kinds tell it: a plan that begins with nothing live brings about everything, each thing after what it needs. Where
//! a value comes from does not matter to it, so no source is asked.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::plan;
use crate::resource::{Address, Desired, Mistake, World, access_key, app, bucket, config, iam_user};
use crate::secret::{FingerprintKey, Supplied};
use crate::spec::{ConfigValue, Environment, Reference, UserAttribute};

/// Things and what they need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The addresses, each after what it needs.
    pub nodes: Vec<String>,
    /// Pairs of nodes: the second needs the first.
    pub edges: BTreeSet<(usize, usize)>,
}

impl Graph {
    fn node(&mut self, name: &str) -> usize {
        self.nodes.iter().position(|node| node == name).unwrap_or_else(|| {
            self.nodes.push(name.to_owned());
            self.nodes.len() - 1
        })
    }

    fn edge(&mut self, needed: &str, needs: &str) {
        if needed != needs {
            let pair = (self.node(needed), self.node(needs));
            self.edges.insert(pair);
        }
    }

    /// What a node needs.
    pub fn needs(&self, node: usize) -> impl Iterator<Item = &str> {
        let needed = self.edges.iter().filter(move |(_, needs)| *needs == node);
        needed.map(|(needed, _)| self.nodes[*needed].as_str())
    }
}

/// The graph of an environment.
pub fn of(
    environment: &Environment,
    (now, key): (OffsetDateTime, &FingerprintKey),
) -> Result<Graph, Vec<Mistake>> {
    let written = with_known_values(environment.clone());
    let supplied = Supplied::default();
    let desired = Desired { environment: &written, supplied: &supplied, now, before: None };
    let plan = plan::plan(&desired, &World::default(), key)?;
    let references = references(environment);
    let targets: BTreeSet<&str> = references.values().map(Address::as_str).collect();
    let whole = app::SECTION.whole();
    let mut graph = Graph::default();
    graph.node(whole.as_str());
    for entry in plan.entries() {
        let address = &entry.address;
        if let Some(target) = references.get(address.as_str()) {
            graph.edge(target.as_str(), address.as_str());
            graph.edge(whole.as_str(), address.as_str());
            continue;
        }
        graph.node(address.block());
        let is_config = address.section().key == config::SECTION.key;
        // All config vars are written at once, so that plans have each wait for what only one of them names.
        let is_anothers = |needed: &&Address| {
            is_config && needed.as_str() != whole.as_str() && targets.contains(needed.as_str())
        };
        for needed in entry.after.iter().filter(|needed| !is_anothers(needed)) {
            graph.edge(needed.block(), address.block());
        }
    }
    // What waits for code, or for what others have to do, is there too.
    let later =
        plan.deferred.iter().map(|one| &one.address).chain(plan.blocked.iter().map(|one| &one.address));
    for address in later {
        graph.edge(whole.as_str(), address.block());
    }
    Ok(graph)
}

/// The same environment as if each value stood in it.
fn with_known_values(mut environment: Environment) -> Environment {
    for value in environment.spec.config.values_mut() {
        match value {
            ConfigValue::Env(_)
            | ConfigValue::File(_)
            | ConfigValue::Command(_)
            | ConfigValue::External(_)
            | ConfigValue::Absent => *value = ConfigValue::Literal(String::new()),
            ConfigValue::Literal(_) | ConfigValue::Generate(_) | ConfigValue::From(_) => {}
        }
    }
    environment
}

/// What each config var takes its value from, by the var's address.
fn references(environment: &Environment) -> BTreeMap<String, Address> {
    let vars = environment.spec.config.iter().filter_map(|(name, value)| match value {
        ConfigValue::From(reference) => Some((config::SECTION.address(name).as_str().to_owned(), reference)),
        _ => None,
    });
    vars.map(|(var, reference)| (var, target(reference))).collect()
}

fn target(reference: &Reference) -> Address {
    match reference {
        Reference::AppName | Reference::AppWebUrl => app::SECTION.whole(),
        Reference::Bucket(local, _) => bucket::SECTION.address(local),
        Reference::IamUser(local, UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey) => {
            access_key::SECTION.address(local)
        }
        Reference::IamUser(local, _) => iam_user::SECTION.address(local),
    }
}
