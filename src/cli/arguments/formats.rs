//! How each command can print what it found.

use clap::ValueEnum;

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment on a pull request, of at most 64,000 bytes
    Markdown,
    /// For a browser: one file
    Html,
}

/// How the status of environments is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment or an issue, of at most 64,000 bytes
    Markdown,
    /// For a browser: one file
    Html,
}

/// How the graph of an environment is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For Markdown on GitHub, GitLab and others
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

/// How the manual is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ManFormat {
    /// For `man`
    Roff,
    /// All commands on one page
    Markdown,
}

/// What there is a JSON Schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A file in `environments/`
    Environment,
    /// What `plan --format json` prints
    Plan,
    /// What `drift --format json` prints
    Drift,
    /// What `status --format json` prints
    Status,
    /// What `verify --format json` and `backup ENV verify --format json` print
    Verify,
    /// A line of `apply --events`
    Events,
    /// What `matrix` prints
    Matrix,
    /// What `backup ENV list --format json` prints
    Backups,
    /// What `doctor --format json` prints
    Doctor,
    /// What `policy` prints
    Policy,
}

/// How backups are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackupFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For an issue, of at most 64,000 bytes
    Markdown,
    /// For a browser, or on paper: one file that asks nobody for anything
    Html,
}

/// How checks are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a CI system that shows tests: XML
    Junit,
    /// For a comment or an issue, of at most 64,000 bytes
    Markdown,
    /// For a browser: one file
    Html,
}

/// How the findings of `doctor` are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How something is printed that is for programs alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyJson {
    /// For programs
    Json,
}
