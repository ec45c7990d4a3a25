//! How the plans of several environments stand beside each other in each format.

use super::arguments::PlanFormat;
use super::shown::Paragraphs;
use crate::message::Failure;
use crate::plan::{Plan, PlanDigest};
use crate::secret::FingerprintKey;
use crate::spec::EnvironmentName;
use crate::view::markdown::{self, Asked, Item};
use crate::view::{Total, failure, html, json};

/// The pages of one run.
pub(super) enum Layout {
    Text(Paragraphs),
    /// One object, or nothing when there is no plan.
    Object,
    List(json::List),
    /// Everything at the end, since what matters comes first.
    Whole,
}

impl Layout {
    pub(super) fn of(format: PlanFormat, is_list: bool) -> Self {
        match format {
            PlanFormat::Text => Self::Text(Paragraphs::default()),
            PlanFormat::Json if is_list => Self::List(json::List::default()),
            PlanFormat::Json => Self::Object,
            PlanFormat::Markdown | PlanFormat::Html => Self::Whole,
        }
    }

    /// The next environment: its plan as it is printed, or why there is none.
    pub(super) fn next(&mut self, environment: &EnvironmentName, planned: Result<&str, &Failure>) -> String {
        match (self, planned) {
            (Self::Text(paragraphs), Ok(plan)) => paragraphs.next(plan),
            (Self::Object, Ok(plan)) => plan.to_owned(),
            (Self::Text(_) | Self::Object, Err(_)) | (Self::Whole, _) => String::new(),
            (Self::List(list), Ok(plan)) => list.item(plan),
            (Self::List(list), Err(failure)) => list.failure(environment, failure),
        }
    }

    /// What comes after the last one.
    pub(super) fn end(self, digest: Option<&PlanDigest>, total: &Total) -> String {
        match self {
            Self::Text(mut paragraphs) if total.is_of_several() => paragraphs.next(&total.line()),
            Self::Text(_) | Self::Object | Self::Whole => String::new(),
            Self::List(list) => list.end_with(digest),
        }
    }
}

/// All that there is to say, kept for a document that begins with what matters.
pub(super) struct Whole {
    items: Vec<Item>,
    is_list: bool,
}

impl Whole {
    pub(super) fn new(is_list: bool) -> Self {
        Self { items: Vec::new(), is_list }
    }

    /// An environment's plan, or why there is none; and why it is refused, when it is.
    pub(super) fn add(
        &mut self,
        environment: &EnvironmentName,
        planned: Result<Plan, &Failure>,
        refused: Option<&Failure>,
    ) {
        let plan = planned.map_err(failure::words);
        self.items.push(Item {
            environment: environment.clone(),
            plan,
            refused: refused.map(failure::words),
        });
    }

    /// As a page for a browser.
    pub(super) fn page(&self, digest: Option<&PlanDigest>, key: &FingerprintKey) -> String {
        html::plans(&self.items, self.is_list, digest, key)
    }

    /// As a comment of at most so many bytes.
    pub(super) fn comment(&self, digest: Option<&PlanDigest>, key: &FingerprintKey, limit: usize) -> String {
        let asked = if self.is_list { Asked::List(digest) } else { Asked::One };
        markdown::plans(&self.items, asked, key, limit)
    }
}
