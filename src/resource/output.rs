//! What steps bring about and what others need: the one source of a plan's order.

use std::collections::BTreeMap;

use super::{Address, Published};
use crate::secret::Secret;
use crate::spec::{AttachmentName, Generated, LocalName};

/// What a value that users need is called.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// By programs: `dns_target`.
    pub name: &'static str,
    /// By people.
    pub words: &'static str,
}

/// Something that a step brings about: a value, or the bare fact that a thing is there.
///
/// A step that needs one comes after every step of the plan that gives it; when none does, it is live already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// The app is live under its name; its value is the app's id.
    App,
    /// The address that the app answers on.
    AppWebUrl,
    /// The add-on is ordered and attached.
    AddonOrdered(AttachmentName),
    /// The add-on can be used.
    AddonReady(AttachmentName),
    /// A part of a bucket is as it should be.
    Bucket(LocalName, BucketPart),
    /// The IAM user is there; its value is its ARN.
    User(LocalName),
    /// The user has the boundary that the spec asks for.
    Boundary(LocalName),
    /// The user's policy is in place.
    Policy(LocalName),
    /// The user has a slot for another access key.
    KeySlot(LocalName),
    /// The id of a new access key.
    AccessKeyId(LocalName),
    /// The secret of a new access key.
    SecretAccessKey(LocalName),
    /// All config vars are set.
    Config,
    /// The formation is set.
    Formation,
    /// A value of the thing at an address, by its name: the `id` of `app.domains.app.ledger.example`.
    Of(Address, &'static str),
    /// A value of the thing at an address that a user needs to know afterwards.
    Published(Address, &'static Label),
    /// The thing at an address was made by this run: nobody else has touched it yet.
    Made(Address),
    /// The thing at an address is there no more.
    Gone(Address),
    /// Something that no other step waits for.
    Nothing,
}

/// A part of a bucket that is written by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketPart {
    /// The bucket itself.
    Bucket,
    /// One of its settings, by the name that the list in `bucket` gives it.
    Setting(&'static str),
    /// Nothing lies in it any more.
    Empty,
    /// The bucket that this run made came with that setting as it should be.
    AsMade(&'static str),
}

/// The values that steps have brought about so far.
#[derive(Clone, Debug, Default)]
pub struct Outputs(BTreeMap<Output, Given>);

/// A value that a step brought about.
#[derive(Clone, Debug)]
enum Given {
    /// An id, a name or an address, which may be shown.
    Plain(String),
    /// A value that may not.
    Secret(Secret),
}

impl Outputs {
    /// No values: what most steps return.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same values and one more, which may be shown.
    #[must_use]
    pub fn and(mut self, output: Output, value: impl Into<String>) -> Self {
        self.0.insert(output, Given::Plain(value.into()));
        self
    }

    /// The same values and one more, which may not be shown.
    #[must_use]
    pub fn and_secret(mut self, output: Output, value: Secret) -> Self {
        self.0.insert(output, Given::Secret(value));
        self
    }

    /// The values that a user needs to know, in the order of their addresses.
    #[must_use]
    pub fn published(&self) -> Vec<Published> {
        let published = self.0.iter().filter_map(|(output, given)| match (output, given) {
            (Output::Published(address, label), Given::Plain(value)) => {
                Some(Published { address: address.clone(), label, value: value.clone() })
            }
            _ => None,
        });
        published.collect()
    }

    /// Takes over what another step brought about.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value of an output, once its step is done.
    #[must_use]
    pub fn get(&self, output: &Output) -> Option<Secret> {
        self.0.get(output).map(|given| match given {
            Given::Plain(value) => Secret::new(value.clone()),
            Given::Secret(value) => value.clone(),
        })
    }

    /// The value of an output that may be shown, once its step is done.
    #[must_use]
    pub fn plain(&self, output: &Output) -> Option<&str> {
        match self.0.get(output)? {
            Given::Plain(value) => Some(value),
            Given::Secret(_) => None,
        }
    }
}

/// A value that a change will write.
#[derive(Clone, Debug)]
pub enum Value {
    /// Known now.
    Known(Secret),
    /// Drawn from the system's random source when it is written.
    Generate(Generated),
    /// Brought about by an earlier step.
    From(Output),
}
