//! The expressions of GitHub Actions, as far as workflows of ours use them: `a.b == 'c' && !cancelled()`.

use serde_json::Value;

/// The text with every `${{ … }}` filled in.
pub fn filled_in(text: &str, contexts: &Value) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").expect("an expression that ends");
        filled += before;
        filled += &as_text(&value_of(expression, contexts));
        rest = after;
    }
    filled + rest
}

/// Whether a condition holds; without one of the functions of a status, only where nothing failed.
pub fn holds(condition: Option<&str>, contexts: &Value) -> bool {
    let condition = condition.unwrap_or("success()").trim();
    let condition =
        condition.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(condition);
    let asks =
        ["success()", "failure()", "cancelled()", "always()"].iter().any(|name| condition.contains(name));
    (asks || contexts["status"] == "success") && is_true(&value_of(condition, contexts))
}

fn value_of(expression: &str, contexts: &Value) -> Value {
    let mut reading = Reading { rest: expression, contexts };
    let value = reading.any();
    assert_eq!(reading.rest.trim(), "", "in `{expression}`");
    value
}

struct Reading<'a> {
    rest: &'a str,
    contexts: &'a Value,
}

impl Reading<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start();
        rest.strip_prefix(sign).is_some_and(|after| {
            self.rest = after;
            true
        })
    }

    fn any(&mut self) -> Value {
        let mut value = self.all();
        while self.takes("||") {
            let other = self.all();
            value = if is_true(&value) { value } else { other };
        }
        value
    }

    fn all(&mut self) -> Value {
        let mut value = self.compared();
        while self.takes("&&") {
            let other = self.compared();
            value = if is_true(&value) { other } else { value };
        }
        value
    }

    fn compared(&mut self) -> Value {
        let value = self.one();
        if self.takes("==") {
            let other = self.one();
            return Value::Bool(as_text(&value).eq_ignore_ascii_case(&as_text(&other)));
        }
        if self.takes("!=") {
            let other = self.one();
            return Value::Bool(!as_text(&value).eq_ignore_ascii_case(&as_text(&other)));
        }
        value
    }

    fn one(&mut self) -> Value {
        if self.takes("!") {
            return Value::Bool(!is_true(&self.one()));
        }
        if self.takes("(") {
            let value = self.any();
            assert!(self.takes(")"), "`)` is missing before `{}`", self.rest);
            return value;
        }
        if self.takes("'") {
            let (text, after) = self.rest.split_once('\'').expect("a text that ends");
            self.rest = after;
            return text.into();
        }
        self.rest = self.rest.trim_start();
        let is_name = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
        let end = self.rest.find(|sign| !is_name(sign)).unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        assert!(!name.is_empty(), "nothing to read in `{}`", self.rest);
        self.rest = after;
        if self.takes("()") {
            let status = &self.contexts["status"];
            return Value::Bool(match name {
                "success" | "failure" | "cancelled" => status == name,
                "always" => true,
                other => panic!("no function `{other}` is known here"),
            });
        }
        name.split('.')
            .fold(self.contexts.clone(), |value, part| value.get(part).cloned().unwrap_or(Value::Null))
    }
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value != "" && value != 0
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn expressions_are_read_as_github_reads_them() {
    let contexts = serde_json::json!({
        "status": "success", "a": { "b": "x", "none": "" }, "n": 7, "head": { "repo": null },
    });
    for (condition, expected) in [
        ("a.b == 'x'", true),
        ("a.b == 'X' && a.b != 'y'", true),
        ("a.none == 'x' || n == '7'", true),
        ("!(a.b == 'x')", false),
        ("${{ !cancelled() }}", true),
        ("failure() && a.b == 'x'", false),
        ("a.missing != ''", false),
        ("head.repo.full_name == 'o/r'", false),
    ] {
        assert_eq!(holds(Some(condition), &contexts), expected, "{condition}");
    }
    assert_eq!(filled_in("${{ a.none || a.b }}-${{ n }}", &contexts), "x-7");
}
