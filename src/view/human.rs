//! A plan for people: one block a resource, only what changes, readable at 80 columns,
//! without colour and in a log.

use super::layout::Layout;
use super::sheet::Sheet;
use super::style::Label;
use super::text::{clean, wrap};
use super::{Looking, Options, blocks, sections, summary};
use crate::plan::Plan;

/// A plan as text.
#[must_use]
pub fn plan(plan: &Plan, looking: Looking, options: &Options) -> String {
    sheet(&Sheet::of(plan), looking, options)
}

pub(super) fn sheet(sheet: &Sheet<'_>, looking: Looking, options: &Options) -> String {
    let layout = Layout::new(options.theme, options.width, blocks::name_ends(&sheet.entries));
    let parts = [
        headline(sheet, options),
        blocks::blocks(&sheet.entries, &layout, options),
        sections::sections(sheet, options),
        if options.digest { format!("digest     {}\n", sheet.plan_digest) } else { String::new() },
        summary::last_line(sheet, looking, options),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// `production · ledger-production (heroku us) · aws us-east-1 (111122223333)`
fn headline(sheet: &Sheet<'_>, options: &Options) -> String {
    let place = sheet.place;
    let heroku = place.heroku_region.as_deref().map_or_else(String::new, |region| format!(" {region}"));
    let mut text = format!("{} · {} (heroku{heroku})", sheet.environment, place.app);
    if !place.aws_regions.is_empty() || place.aws_account.is_some() {
        text.push_str(" · aws");
    }
    if !place.aws_regions.is_empty() {
        text.extend([" ", &place.aws_regions.join(", ")]);
    }
    if let Some(account) = &place.aws_account {
        text.extend([" (", account, ")"]);
    }
    let text = wrap(&clean(&text), options.width).join("\n  ");
    // The environment's name holds no space, so it is whole on the first line.
    let rest = text.strip_prefix(sheet.environment).unwrap_or_default().to_owned();
    format!("{}{rest}\n", options.theme.paint(Label::Heading, sheet.environment))
}
