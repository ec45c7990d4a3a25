//! Lists in pages: `Range` in, 206 and `Next-Range` out (heroku-api.md section 1.4).

use serde_json::Value;

use super::Call;
use super::problem::{Answered, Problem};
use crate::sandbox::http::Response;

/// No page is longer.
const LONGEST: usize = 1000;

/// What a `Range` asks for: `version ]3..; max=2, order=desc`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    after: Option<String>,
    descending: bool,
    max: Option<usize>,
}

fn parse(range: &str) -> Option<Asked> {
    let (bounds, options) = range.split_once(';').unwrap_or((range, ""));
    let (_, span) = bounds.trim().split_once(' ')?;
    let (first, _) = span.split_once("..")?;
    let mut asked = Asked { after: first.strip_prefix(']').map(str::to_owned), ..Asked::default() };
    for option in options.split([',', ';']).map(str::trim).filter(|option| !option.is_empty()) {
        match option.split_once('=')? {
            ("max", max) => asked.max = Some(max.parse().ok()?),
            ("order", order) => asked.descending = order == "desc",
            _ => return None,
        }
    }
    Some(asked)
}

/// One page of a list whose items are sorted by `field`.
pub(super) fn paged(call: &Call<'_>, items: &[Value], field: &str) -> Answered {
    let refused =
        || Problem::new(416, "requested_range_not_satisfiable", "The requested range is not valid.");
    let asked = match call.request.header("range") {
        Some(range) => parse(range).ok_or_else(refused)?,
        None => Asked::default(),
    };
    let size = asked.max.unwrap_or(call.moment.knobs.page_size);
    if size == 0 || size > LONGEST {
        return Err(refused());
    }
    let mut items = items.to_vec();
    items.sort_by(|one, other| key(one, field).cmp(&key(other, field)));
    if asked.descending {
        items.reverse();
    }
    let start = match &asked.after {
        Some(after) => {
            items.iter().position(|item| text(item, field) == *after).map_or(items.len(), |at| at + 1)
        }
        None => 0,
    };
    let left = items.len() - start;
    let page = &items[start..start + left.min(size)];
    let response = Response::json(if left > size { 206 } else { 200 }, &Value::from(page));
    let order = if asked.descending { ", order=desc" } else { "" };
    Ok(match page.last() {
        Some(last) if left > size => {
            response.with_header("next-range", format!("{field} ]{}..; max={size}{order}", text(last, field)))
        }
        _ => response,
    })
}

/// Numbers sort as numbers.
fn key(item: &Value, field: &str) -> (i64, String) {
    (item[field].as_i64().unwrap_or_default(), text(item, field))
}

fn text(item: &Value, field: &str) -> String {
    item[field].as_str().map_or_else(|| item[field].to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_real_clients_send_are_understood() {
        let asked = |after: Option<&str>, descending, max| {
            Some(Asked { after: after.map(str::to_owned), descending, max })
        };
        for (range, expected) in [
            ("version ..; order=desc,max=1", asked(None, true, Some(1))),
            ("version ..; max=15, order=desc", asked(None, true, Some(15))),
            ("id ..; max=1000;", asked(None, false, Some(1000))),
            ("id ]abc..; max=2", asked(Some("abc"), false, Some(2))),
            ("nonsense", None),
        ] {
            assert_eq!(parse(range), expected, "{range}");
        }
    }
}
