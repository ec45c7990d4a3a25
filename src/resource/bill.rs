//! What stands when a plan was carried out costs a month, as far as Heroku tells prices, and the limit that a spec sets
//! to it. What AWS charges goes by use, and is in no bill.
//!
//! What must not live here: what a kind pays for, which each adds by itself.

use super::{Address, Blocked, Desired, Note, Section, World, bill_of_kinds};

/// Where a spec says the limit.
static LIMITS: Section = Section::new("limits").kind("limit").noun("limit");

/// What everything costs a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What is known, in US cents.
    pub cents: i64,
    /// What costs something, and Heroku does not tell how much.
    pub unknown: Vec<Address>,
}

impl Bill {
    /// Something that is paid for, and its price, when that is known.
    pub(super) fn add(&mut self, address: Address, cents: Option<i64>) {
        match cents {
            Some(cents) => self.cents += cents,
            None => self.unknown.push(address),
        }
    }
}

/// What a plan ends at, beside what its spec allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The most that it may be, in US cents a month.
    pub cents: i64,
    /// What it comes to.
    pub bill: Bill,
}

impl Limit {
    /// Of a plan, when its spec sets one.
    #[must_use]
    pub fn of(desired: &Desired<'_>, world: &World) -> Option<Self> {
        let cents = desired.spec().monthly_limit_cents?;
        Some(Self { cents, bill: bill_of_kinds(desired, world) })
    }

    /// Whether more stands afterwards than may.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.bill.cents > self.cents
    }

    /// Why the plan is refused, when it is.
    #[must_use]
    pub fn refusal(&self) -> Option<Blocked> {
        let (comes_to, most) = (dollars(self.bill.cents), dollars(self.cents));
        let besides = match self.unknown() {
            Some(unknown) => format!(", and Heroku states no price for {unknown}"),
            None => String::new(),
        };
        self.is_exceeded().then(|| Blocked {
            address: LIMITS.address(&"monthly_usd"),
            reason: format!("{comes_to} a month afterwards, and the limit is {most}{besides}"),
            advice: "ask for less, or raise the limit".to_owned(),
        })
    }

    /// What the limit cannot hold for, when the plan is within it.
    #[must_use]
    pub fn warning(&self) -> Option<Note> {
        let unknown = self.unknown().filter(|_| !self.is_exceeded())?;
        let known = dollars(self.bill.cents);
        Some(Note {
            address: LIMITS.address(&"monthly_usd"),
            reason: format!(
                "{known} a month afterwards, without {unknown}, for which Heroku states no price"
            ),
            cause: None,
        })
    }

    fn unknown(&self) -> Option<String> {
        let names: Vec<&str> = self.bill.unknown.iter().map(Address::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// `$99.50`
fn dollars(cents: i64) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
#[path = "bill_tests.rs"]
mod tests;
