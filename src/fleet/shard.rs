//! A part of the environments, for a run that shares the work with others.
//!
//! What must not live here: reading the variables of a CI system, which is `settings`'.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::spec::EnvironmentName;

/// More runs side by side than this are a mistake: they share one account's budget of calls.
const MOST: u32 = 1000;

/// Which part of the environments a run is about: one of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: u32,
    of: u32,
}

/// Why there is no such part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is written otherwise than `I/N`, or out of its range.
    #[error(
        "`{0}` is not a shard, expected I/N such as 2/8, with I from 1 to N and N of at most {MOST}, or `auto`"
    )]
    Form(String),
    /// No variable of a CI system says which it is.
    #[error("no variable says which shard this is")]
    Unknown,
    /// Only one of two variables is set.
    #[error("`{set}` is set, and `{missing}` is not")]
    Incomplete {
        /// The one that is.
        set: &'static str,
        /// The other.
        missing: &'static str,
    },
    /// The variables say something that cannot be.
    #[error("`{index}` and `{total}` are `{said}`, which is no shard")]
    Unusable {
        /// The variable of the number.
        index: &'static str,
        /// The variable of how many there are.
        total: &'static str,
        /// What they say.
        said: String,
    },
}

/// What CI systems say of the run, as it was set (life-and-ci.md section 16).
#[derive(Clone, Debug, Default)]
pub struct ShardVariables {
    /// `CI_NODE_INDEX` of GitLab, from 1; only of a job with `parallel`.
    pub node_index: Option<String>,
    /// `CI_NODE_TOTAL` of GitLab.
    pub node_total: Option<String>,
    /// `JOB_COMPLETION_INDEX` of a Kubernetes Indexed Job, from 0.
    pub completion_index: Option<String>,
    /// `TRUEUP_SHARDS`, since Kubernetes does not say how many completions there are.
    pub shards: Option<String>,
}

impl Shard {
    fn new(number: u32, of: u32) -> Option<Self> {
        ((1..=of).contains(&number) && of <= MOST).then_some(Self { number, of })
    }

    /// How many runs share the work.
    #[must_use]
    pub fn siblings(self) -> u32 {
        self.of
    }

    /// The shard that the variables of a CI system name.
    pub fn of_ci(variables: &ShardVariables) -> Result<Self, ShardError> {
        let ShardVariables { node_index, node_total, completion_index, shards } = variables;
        match (completion_index, shards, node_index, node_total) {
            (Some(index), Some(total), ..) => {
                let from_one = index.parse::<u32>().ok().and_then(|index| index.checked_add(1));
                Self::said(from_one, total).ok_or_else(|| ShardError::Unusable {
                    index: "JOB_COMPLETION_INDEX",
                    total: "TRUEUP_SHARDS",
                    said: format!("{index}, {total}"),
                })
            }
            (Some(_), None, ..) => {
                Err(ShardError::Incomplete { set: "JOB_COMPLETION_INDEX", missing: "TRUEUP_SHARDS" })
            }
            (None, _, Some(index), Some(total)) => {
                Self::said(index.parse().ok(), total).ok_or_else(|| ShardError::Unusable {
                    index: "CI_NODE_INDEX",
                    total: "CI_NODE_TOTAL",
                    said: format!("{index}, {total}"),
                })
            }
            (None, _, Some(_), None) => {
                Err(ShardError::Incomplete { set: "CI_NODE_INDEX", missing: "CI_NODE_TOTAL" })
            }
            // A job of GitLab without `parallel` is the only one, and has no index.
            (None, _, None, Some(total)) if total == "1" => Ok(Self { number: 1, of: 1 }),
            (None, _, None, Some(_)) => {
                Err(ShardError::Incomplete { set: "CI_NODE_TOTAL", missing: "CI_NODE_INDEX" })
            }
            (None, Some(_), None, None) => {
                Err(ShardError::Incomplete { set: "TRUEUP_SHARDS", missing: "JOB_COMPLETION_INDEX" })
            }
            (None, None, None, None) => Err(ShardError::Unknown),
        }
    }

    fn said(number: Option<u32>, total: &str) -> Option<Self> {
        Self::new(number?, total.parse().ok()?)
    }

    /// Whether an environment belongs to this part. Its name alone decides, so that another environment moves none, and
    /// another number of shards moves only those that a new one takes or a gone one had.
    #[must_use]
    pub fn has(self, name: &EnvironmentName) -> bool {
        let weight = |number: &u32| {
            let digest: [u8; 32] = Sha256::digest(format!("{name}/{number}")).into();
            digest
        };
        (1..=self.of).max_by_key(weight) == Some(self.number)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(written: &str) -> Result<Self, ShardError> {
        let parsed = written
            .split_once('/')
            .and_then(|(number, of)| Self::new(number.parse().ok()?, of.parse().ok()?));
        parsed.ok_or_else(|| ShardError::Form(written.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(count: usize) -> Vec<EnvironmentName> {
        (0..count).map(|number| EnvironmentName::parse(&format!("client-{number}")).unwrap()).collect()
    }

    /// Which of so many shards has it, and that no other does.
    fn home(name: &EnvironmentName, of: u32) -> u32 {
        let homes: Vec<u32> = (1..=of).filter(|&number| Shard::new(number, of).unwrap().has(name)).collect();
        assert_eq!(homes.len(), 1, "{name} is in {homes:?} of {of}");
        homes[0]
    }

    #[test]
    fn every_environment_is_in_one_shard_and_shards_are_about_alike() {
        let mut sizes = [0; 8];
        for name in fleet(400) {
            sizes[home(&name, 8) as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (30..=70).contains(size)), "{sizes:?}");
    }

    #[test]
    fn one_more_shard_takes_its_share_and_moves_nothing_else() {
        let moved: Vec<_> = fleet(400).into_iter().filter(|name| home(name, 8) != home(name, 9)).collect();
        assert!((20..=75).contains(&moved.len()), "{}", moved.len());
        assert!(moved.iter().all(|name| home(name, 9) == 9));
    }

    #[test]
    fn the_same_name_is_in_the_same_shard_on_every_machine() {
        let homes: Vec<u32> = fleet(8).iter().map(|name| home(name, 4)).collect();
        assert_eq!(homes, [3, 1, 3, 1, 1, 2, 3, 4]);
    }

    #[test]
    fn a_shard_is_written_as_a_part_of_a_whole() {
        for written in ["1/1", "1/8", "8/8", "1000/1000"] {
            assert_eq!(written.parse::<Shard>().unwrap().to_string(), written);
        }
        for wrong in ["", "1", "0/8", "9/8", "1/0", "-1/8", "1/8/2", "a/b", " 1/8", "1/1001", "1/99999999999"]
        {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError::Form(wrong.to_owned())));
        }
    }

    #[test]
    fn ci_systems_count_in_their_own_ways() {
        let ci = |node_index, node_total, completion_index, shards| {
            let text = |value: Option<&str>| value.map(str::to_owned);
            let variables = ShardVariables {
                node_index: text(node_index),
                node_total: text(node_total),
                completion_index: text(completion_index),
                shards: text(shards),
            };
            Shard::of_ci(&variables).map(|shard| shard.to_string()).map_err(|error| error.to_string())
        };
        let is = |written: &str| Ok(written.to_owned());
        assert_eq!(ci(Some("1"), Some("8"), None, None), is("1/8"), "GitLab counts from 1");
        assert_eq!(ci(None, Some("1"), None, None), is("1/1"), "GitLab without `parallel`");
        assert_eq!(ci(None, None, Some("0"), Some("8")), is("1/8"), "Kubernetes counts from 0");
        assert_eq!(ci(None, None, Some("7"), Some("8")), is("8/8"));
        assert_eq!(ci(None, Some("1"), Some("2"), Some("4")), is("3/4"), "a runner of GitLab in Kubernetes");
        for (given, expected) in [
            (ci(None, None, None, None), "no variable"),
            (ci(Some("9"), Some("8"), None, None), "`9, 8`"),
            (ci(Some("x"), Some("8"), None, None), "`x, 8`"),
            (ci(Some("1"), None, None, None), "`CI_NODE_TOTAL` is not"),
            (ci(None, Some("8"), None, None), "`CI_NODE_INDEX` is not"),
            (ci(None, None, Some("0"), None), "`TRUEUP_SHARDS` is not"),
            (ci(None, None, None, Some("8")), "`JOB_COMPLETION_INDEX` is not"),
            (ci(None, None, Some("8"), Some("8")), "`8, 8`"),
            (ci(None, None, Some("4294967295"), Some("8")), "`4294967295, 8`"),
        ] {
            let error = given.unwrap_err();
            assert!(error.contains(expected), "{error}: {expected}");
        }
    }
}
