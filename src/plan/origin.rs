//! Whose a change is: what moved since a revision of the spec, and who moved it.
//!
//! What must not live here: how that is told, which is `drift`'s.

use time::OffsetDateTime;

use crate::resource::Cause;

/// Where a change comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is.
    pub cause: Cause,
    /// Whether the value comes from the operator's side, so that what it was is not known.
    pub is_supplied: bool,
    /// Who moved what is live, where releases show it.
    pub by: Option<By>,
}

impl Origin {
    /// Nothing but whose it is.
    #[must_use]
    pub fn of(cause: Cause) -> Self {
        Self { cause, is_supplied: false, by: None }
    }
}

/// A release in which a value became what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who made it, as far as that is certain.
    pub who: Option<Who>,
    /// When.
    pub when: Option<OffsetDateTime>,
    /// How many days ago that is.
    pub days: Option<i64>,
    /// The earliest release that it can have been in, when it is not known which one it was.
    pub earliest: Option<u64>,
    /// The release that it was in, or at latest in.
    pub release: u64,
    /// What the release says of itself.
    pub what: Option<String>,
}

/// Who made a release, by e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person, or a program under a person's account.
    Person(String),
    /// A team's own account.
    Team(String),
    /// An add-on's provider.
    Provider(String),
    /// The buildpack, in a build of this account.
    Buildpack(String),
}

impl Who {
    /// The e-mail of the account.
    #[must_use]
    pub fn email(&self) -> &str {
        match self {
            Self::Person(email) | Self::Team(email) | Self::Provider(email) | Self::Buildpack(email) => email,
        }
    }
}
