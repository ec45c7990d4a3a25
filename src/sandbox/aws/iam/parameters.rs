//! The parameters of a Query call: `Action=…&Tags.member.1.Key=…`, from the form body and the query.
//!
//! Reads and pages; knows no operation.

use std::collections::BTreeMap;

use crate::sandbox::http::Request;

use super::super::fault::Fault;
use super::super::xml::Element;

/// Entries a page when `MaxItems` is not given.
const DEFAULT_PAGE: usize = 100;

/// The entries of a page, and the marker of the next one when there is one.
type Portion<'a, T> = (&'a [(String, T)], Option<&'a str>);

/// Parameters by their full dotted name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the form body, and the query of a GET.
    pub(crate) fn read(request: &Request) -> Self {
        let mut all: BTreeMap<String, String> = request.query.iter().cloned().collect();
        let form = request
            .headers
            .get("content-type")
            .is_none_or(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        // an object may be large and is never a form
        if form && request.path == "/" {
            all.extend(url::form_urlencoded::parse(&request.body).into_owned());
        }
        Self(all)
    }

    /// The operation that is called; empty when none is.
    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    /// A parameter that may be absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Fault> {
        let field = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            Fault::validation(format!("1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"))
        })
    }

    /// `NAME.member.1`, `NAME.member.2` … in order.
    pub(super) fn members(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{name}.member.{index}"))).collect()
    }

    /// `Tags.member.1.Key` and `.Value`, in order.
    pub(super) fn tags(&self) -> Vec<(String, String)> {
        (1..)
            .map_while(|index| {
                let key = self.get(&format!("Tags.member.{index}.Key"))?;
                let value = self.get(&format!("Tags.member.{index}.Value")).unwrap_or_default();
                Some((key.to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Adds one page of entries to a result as `NAME`, `IsTruncated` and `Marker`.
    pub(super) fn page(
        &self,
        result: Element,
        name: &str,
        entries: &[(String, Element)],
        largest: usize,
    ) -> Result<Element, Fault> {
        let (page, marker) = self.portion(entries, largest)?;
        let list = Element::new(name).all(page.iter().map(|(_, entry)| entry.clone()));
        Ok(result.with(list).text("IsTruncated", marker.is_some()).maybe("Marker", marker))
    }

    /// One page of entries. The marker is the key of its last entry, so that it survives changes between two pages.
    pub(super) fn portion<'a, T>(
        &self,
        entries: &'a [(String, T)],
        largest: usize,
    ) -> Result<Portion<'a, T>, Fault> {
        let asked: usize = match self.get("MaxItems") {
            Some(text) => text.parse().ok().filter(|count| (1..=1000).contains(count)).ok_or_else(|| {
                Fault::validation("1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000")
            })?,
            None => DEFAULT_PAGE,
        };
        let start = match self.get("Marker") {
            None => 0,
            Some(marker) => entries
                .iter()
                .position(|(key, _)| key == marker)
                .map(|index| index + 1)
                .ok_or_else(|| Fault::new(400, "ValidationError", "Invalid Marker."))?,
        };
        let rest = &entries[start..];
        let page = &rest[..rest.len().min(asked.min(largest))];
        let more = rest.len() > page.len();
        let marker = page.last().filter(|_| more).map(|(key, _)| key.as_str());
        Ok((page, marker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        Parameters(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn entries() -> Vec<(String, Element)> {
        ["a", "b", "c"].map(|key| (key.to_owned(), Element::leaf("member", key))).to_vec()
    }

    fn names(result: &Element) -> Vec<&str> {
        result.child("L").unwrap().children.iter().map(|child| child.text.as_str()).collect()
    }

    #[test]
    fn pages_follow_each_other_by_marker() {
        let first = parameters(&[("MaxItems", "2")]).page(Element::new("R"), "L", &entries(), 1000).unwrap();
        assert_eq!((names(&first), first.value("Marker")), (vec!["a", "b"], Some("b")));
        let second = parameters(&[("Marker", "b")]).page(Element::new("R"), "L", &entries(), 1000).unwrap();
        assert_eq!((names(&second), second.value("IsTruncated")), (vec!["c"], Some("false")));
        let short = parameters(&[]).page(Element::new("R"), "L", &entries(), 1).unwrap();
        assert_eq!(short.value("IsTruncated"), Some("true"), "a page may be shorter than asked");
    }

    #[test]
    fn lists_are_read_in_order_and_a_missing_parameter_is_named() {
        let given =
            parameters(&[("TagKeys.member.2", "y"), ("TagKeys.member.1", "x"), ("Tags.member.1.Key", "k")]);
        assert_eq!(given.members("TagKeys"), ["x", "y"]);
        assert_eq!(given.tags(), [("k".to_owned(), String::new())]);
        assert!(given.required("UserName").unwrap_err().message.contains("'userName'"));
    }
}
