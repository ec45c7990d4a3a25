//! Fills a template in: `MiniJinja` with strict names, the house's filters, and errors that show the line.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::manifest::Manifest;
use super::{File, RenderError, Source, Tree, filters};

/// A file of this ending is filled in, and loses it.
pub(super) const ENDING: &str = ".j2";
/// The folder of the tree in a template.
const FILES: &str = "files/";
/// Steps that one file may take: a template that loops must end. The longest of ours takes a hundredth.
const FUEL: u64 = 1_000_000;

type Context = BTreeMap<String, Value>;

/// The whole tree.
pub(super) fn fill(source: &Source, manifest: &Manifest, context: &Context) -> Result<Tree, RenderError> {
    let environment = environment(context);
    let mut tree = Tree::default();
    for (path, bytes) in &source.files {
        let Some(inside) = path.strip_prefix(FILES) else { continue };
        let failed = |error: &Error, text: &str| describe_error(source, path, error, text);
        let target = inside.strip_suffix(ENDING).unwrap_or(inside);
        let target = if target.contains("{{") {
            environment.render_str(target, context).map_err(|error| failed(&error, target))?
        } else {
            target.to_owned()
        };
        if !is_wanted(source, manifest, &environment, &target, context)? {
            continue;
        }
        let bytes = if inside.ends_with(ENDING) {
            let text = std::str::from_utf8(bytes).map_err(|_| plain(source, path, "is not text"))?;
            environment.render_str(text, context).map_err(|error| failed(&error, text))?.into_bytes()
        } else {
            bytes.clone()
        };
        let is_executable = rules(manifest, &target).any(|rule| rule.mode.as_deref() == Some("0755"));
        tree.add(&target, File { bytes, is_executable }).map_err(|why| plain(source, path, &why))?;
    }
    Ok(tree)
}

/// One text of the manifest.
pub(super) fn one(source: &Source, text: &str, context: &Context) -> Result<String, RenderError> {
    let rendered = environment(context).render_str(text, context);
    rendered.map_err(|error| describe_error(source, super::manifest::FILE, &error, text))
}

fn environment(context: &Context) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax());
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    filters::add(&mut environment);
    let from = context.get("vars").and_then(|vars| vars.get_attr("migrations_from").ok());
    let from = from.and_then(|from| u64::try_from(from).ok()).unwrap_or(20_260_101_000_000);
    environment.add_function("migration", move |number: u32| migration(from, number));
    environment
}

/// Lines of `{% %}` leave nothing behind, and the last line keeps its end.
fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    syntax.build().expect("the usual delimiters go together")
}

/// A timestamp that follows from the spec alone, never from the clock.
fn migration(from: u64, number: u32) -> Result<String, Error> {
    let digits = format_description!("[year][month][day][hour][minute][second]");
    let wrong = || {
        let message = format!("`migrations_from` is {from}, which is no moment of 14 digits");
        Error::new(minijinja::ErrorKind::InvalidOperation, message)
    };
    let from = PrimitiveDateTime::parse(&from.to_string(), digits).map_err(|_| wrong())?;
    (from + time::Duration::seconds(i64::from(number))).format(digits).map_err(|_| wrong())
}

fn rules<'a>(manifest: &'a Manifest, path: &'a str) -> impl Iterator<Item = &'a super::manifest::Rule> {
    manifest.files.iter().filter(move |rule| is_like(&rule.path, path))
}

fn is_wanted(
    source: &Source,
    manifest: &Manifest,
    environment: &Environment<'_>,
    path: &str,
    context: &Context,
) -> Result<bool, RenderError> {
    let Some(when) = rules(manifest, path).find_map(|rule| rule.when.as_ref()) else { return Ok(true) };
    let answer = environment.compile_expression(when).and_then(|expression| expression.eval(context));
    answer
        .map(|value| value.is_true())
        .map_err(|error| describe_error(source, super::manifest::FILE, &error, when))
}

/// Whether a path has the form, part by part; `*` stands for anything within a part.
fn is_like(form: &str, path: &str) -> bool {
    let part = |form: &str, part: &str| match form.split_once('*') {
        None => form == part,
        Some((before, after)) => {
            part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
        }
    };
    form.split('/').count() == path.split('/').count()
        && form.split('/').zip(path.split('/')).all(|(form, text)| part(form, text))
}

fn plain(source: &Source, path: &str, message: &str) -> RenderError {
    RenderError::Template { file: source.shown(path), line: None, message: message.to_owned(), text: None }
}

fn describe_error(source: &Source, path: &str, error: &Error, text: &str) -> RenderError {
    let line = error.line();
    let shown = line.and_then(|line| text.lines().nth(line.saturating_sub(1)));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    RenderError::Template {
        file: source.shown(path),
        line,
        message: if error.detail().is_some() { format!("{}: {detail}", error.kind()) } else { detail },
        text: shown.map(|text| text.trim_end().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_within_a_part() {
        for (form, path, expected) in [
            ("bin/*", "bin/rails", true),
            ("bin/*", "bin/a/b", false),
            ("*.rb", "a.rb", true),
            ("db/*.rb", "db/schema.rb", true),
            ("Procfile", "Procfile", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(is_like(form, path), expected, "{form} {path}");
        }
    }

    #[test]
    fn timestamps_carry_and_are_never_the_clocks() {
        assert_eq!(migration(20_260_101_000_059, 1).unwrap(), "20260101000100");
        assert!(migration(20_261_301_000_000, 1).is_err());
    }
}
