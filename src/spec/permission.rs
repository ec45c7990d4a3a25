//! What a collaborator of an app may do, where a team has such rights at all (life-and-ci.md section 9.3).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A right of a collaborator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// To see the app.
    View,
    /// To deploy, and to read and write config vars.
    Deploy,
    /// To scale, and to change config and log drains.
    Operate,
    /// To rename, transfer and delete the app, and to say who may do what.
    Manage,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::View, Self::Deploy, Self::Operate, Self::Manage];

    /// What Heroku calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Deploy => "deploy",
            Self::Operate => "operate",
            Self::Manage => "manage",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
