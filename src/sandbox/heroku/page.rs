//! Lists in pages: `Range` in, 206 and `Next-Range` out (heroku-api.md section 1.4).

use std::cmp::Ordering;

use serde_json::Value;

use super::Call;
use super::problem::{Answered, Problem};
use crate::sandbox::http::Response;

/// No page is longer.
const LONGEST: usize = 1000;

/// What a `Range` asks for: `version ]3..; max=2, order=desc`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    field: Option<String>,
    first: Option<Bound>,
    last: Option<Bound>,
    descending: bool,
    max: Option<usize>,
}

/// Where a page begins or ends; a bracket that opens outward leaves the value itself out.
#[derive(Debug, PartialEq, Eq)]
struct Bound {
    value: String,
    is_inclusive: bool,
}

impl Bound {
    fn first(text: &str) -> Option<Self> {
        let outside = text.strip_prefix(']');
        Self::of(outside.or_else(|| text.strip_prefix('[')).unwrap_or(text), outside.is_none())
    }

    fn last(text: &str) -> Option<Self> {
        let outside = text.strip_suffix('[');
        Self::of(outside.or_else(|| text.strip_suffix(']')).unwrap_or(text), outside.is_none())
    }

    fn of(value: &str, is_inclusive: bool) -> Option<Self> {
        (!value.is_empty()).then(|| Self { value: value.to_owned(), is_inclusive })
    }

    /// As it is written behind the dots.
    fn as_last(&self) -> String {
        let bracket = if self.is_inclusive { "" } else { "[" };
        format!("{}{bracket}", self.value)
    }

    /// Whether an item stands on the wanted side: `wanted` is how it compares with the value.
    fn admits(&self, item: &Value, wanted: Ordering) -> bool {
        let here = match item.as_i64() {
            Some(number) => self.value.parse().map_or(Ordering::Greater, |bound| number.cmp(&bound)),
            None => text(item).cmp(&self.value),
        };
        here == wanted || (self.is_inclusive && here == Ordering::Equal)
    }
}

fn parse(range: &str) -> Option<Asked> {
    let (bounds, options) = range.split_once(';').unwrap_or((range, ""));
    let (field, span) = bounds.trim().split_once(' ')?;
    let (first, last) = span.trim().split_once("..")?;
    let mut asked = Asked {
        field: Some(field.to_owned()),
        first: Bound::first(first),
        last: Bound::last(last),
        ..Asked::default()
    };
    for option in options.split([',', ';']).map(str::trim).filter(|option| !option.is_empty()) {
        match option.split_once('=')? {
            ("max", max) => asked.max = Some(max.parse().ok()?),
            ("order", "asc") => asked.descending = false,
            ("order", "desc") => asked.descending = true,
            _ => return None,
        }
    }
    Some(asked)
}

/// One page of a list that can be asked for by one key of its items.
pub(super) fn paged(call: &Call<'_>, items: &[Value], field: &str) -> Answered {
    paged_by(call, items, &[field])
}

/// One page of a list that can be asked for by any of these keys, and is sorted by the first of them otherwise.
pub(super) fn paged_by(call: &Call<'_>, items: &[Value], fields: &[&str]) -> Answered {
    let refused =
        || Problem::new(416, "requested_range_not_satisfiable", "The requested range is not valid.");
    let asked = match call.request.header("range") {
        Some(range) => parse(range).ok_or_else(refused)?,
        None => Asked::default(),
    };
    let field = asked.field.as_deref().or_else(|| fields.first().copied()).unwrap_or("id");
    let size = asked.max.unwrap_or(call.moment.knobs.page_size);
    if size == 0 || size > LONGEST || !fields.contains(&field) {
        return Err(refused());
    }
    let (page, is_last) = select(items, field, size, &asked);
    let next = page.last().filter(|_| !is_last).map(|last| text(&last[field]));
    let response = Response::json(if is_last { 200 } else { 206 }, &Value::from(page));
    let order = if asked.descending { ", order=desc" } else { "" };
    Ok(match next {
        Some(next) => {
            let last = asked.last.as_ref().map_or_else(String::new, Bound::as_last);
            response.with_header("next-range", format!("{field} ]{next}..{last}; max={size}{order}"))
        }
        None => response,
    })
}

/// The items of a page, and whether nothing comes after it. In descending order the first bound is the greatest.
fn select(items: &[Value], field: &str, size: usize, asked: &Asked) -> (Vec<Value>, bool) {
    let (after, before) = if asked.descending {
        (Ordering::Less, Ordering::Greater)
    } else {
        (Ordering::Greater, Ordering::Less)
    };
    let is_within = |item: &&Value| {
        asked.first.as_ref().is_none_or(|bound| bound.admits(&item[field], after))
            && asked.last.as_ref().is_none_or(|bound| bound.admits(&item[field], before))
    };
    let mut items: Vec<&Value> = items.iter().filter(is_within).collect();
    items.sort_by_cached_key(|item| key(&item[field]));
    if asked.descending {
        items.reverse();
    }
    let is_last = items.len() <= size;
    (items.into_iter().take(size).cloned().collect(), is_last)
}

/// Numbers sort as numbers.
fn key(value: &Value) -> (i64, String) {
    (value.as_i64().unwrap_or_default(), text(value))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_real_clients_send_are_understood() {
        let bound = |value: &str, is_inclusive| Some(Bound { value: value.to_owned(), is_inclusive });
        let asked = |field: &str, first, last, descending, max| {
            Some(Asked { field: Some(field.to_owned()), first, last, descending, max })
        };
        for (range, expected) in [
            ("version ..; order=desc,max=1", asked("version", None, None, true, Some(1))),
            ("version ..; max=15, order=desc", asked("version", None, None, true, Some(15))),
            ("id ..; max=1000;", asked("id", None, None, false, Some(1000))),
            ("id ]abc..; max=2", asked("id", bound("abc", false), None, false, Some(2))),
            ("id a..b", asked("id", bound("a", true), bound("b", true), false, None)),
            ("id [a..b]; order=asc", asked("id", bound("a", true), bound("b", true), false, None)),
            ("id a..b[", asked("id", bound("a", true), bound("b", false), false, None)),
            ("nonsense", None),
            ("id ..; max=many", None),
            ("id ..; max=-1", None),
            ("id ..; order=upwards", None),
            ("id ..; colour=red", None),
        ] {
            assert_eq!(parse(range), expected, "{range}");
        }
    }
}
