//! Why what lies in a project is not trusted.

/// Why what lies in the project may be a stranger's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// `--untrusted` says so.
    Asked,
    /// The change that is looked at comes from elsewhere.
    Fork {
        /// From where; `None` when that is gone.
        head: Option<String>,
        /// Where it is to go.
        base: Option<String>,
    },
    /// A change is looked at, and where it comes from cannot be told.
    Unclear {
        /// The variable that should tell.
        variable: &'static str,
        /// What is wrong with it.
        why: Unclear,
    },
}

/// Why a variable does not tell where a change comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// It is not set.
    Unset,
    /// Its file cannot be read: what the system said.
    Unreadable(String),
    /// Its file is larger than any event.
    TooLarge,
    /// Its file holds something else.
    OtherShape,
}
