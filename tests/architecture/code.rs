//! Reads a source file as the compiler would: its tokens without the items that only tests have, and every path
//! they name, written out in full.
//!
//! What must not live here: what a room may do. That is the table of `rooms.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a file names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Paths in full: `crate::cloud::s3::Put`, `std::fs::read`. Imported names, `self` and `super` are resolved.
    pub paths: BTreeSet<String>,
    /// Every identifier and keyword, such as `await`; a method without arguments also as `exists()`.
    pub words: BTreeSet<String>,
    /// The modules in files of their own that only tests have.
    pub test_modules: BTreeSet<Module>,
}

/// Where a module without a body is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Module {
    /// Where its name says.
    Named(String),
    /// In the file that `#[path]` gives.
    At(String),
}

impl Code {
    /// Reads the text of the file whose module is `module`: `["cloud", "heroku"]` for `src/cloud/heroku/mod.rs`.
    pub fn of(text: &str, module: &[&str]) -> Self {
        let tokens = text.parse::<TokenStream>().expect("the compiler reads it too");
        let mut code = Self::default();
        let shipped = code.without_tests(tokens);
        let mut reader = Reader { code, imports: BTreeMap::new(), found: Vec::new() };
        let module = module.iter().map(ToString::to_string).collect::<Vec<_>>();
        reader.read(&shipped, &module);
        reader.finish()
    }

    /// Whether a path is named, or anything below it.
    pub fn names(&self, path: &str) -> bool {
        self.paths.iter().any(|named| is_within(named, path))
    }

    /// The tokens without the items that have `#[cfg(test)]`. Fields and expressions that have it are kept: where
    /// they end is not as clear, and a rule that reads too much is noticed, one that reads too little is not.
    fn without_tests(&mut self, tokens: TokenStream) -> Vec<TokenTree> {
        let mut kept = Vec::new();
        let mut left = tokens.into_iter().peekable();
        while let Some(token) = left.next() {
            if is(&token, '#') && left.peek().is_some_and(is_test_only) {
                left.next();
                kept.extend(self.skip_item(&mut left));
            } else if let TokenTree::Group(group) = &token {
                let inner = self.without_tests(group.stream()).into_iter().collect();
                kept.push(TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner)));
            } else {
                kept.push(token);
            }
        }
        kept
    }

    /// Skips an item up to its first `;` or `{…}`, and notes where it is if it is a module without a body. What is
    /// not an item is given back.
    fn skip_item(&mut self, left: &mut Peekable<impl Iterator<Item = TokenTree>>) -> Vec<TokenTree> {
        let mut item = Vec::new();
        let mut attributes = Vec::new();
        while let Some(sign) = left.next_if(|token| is(token, '#')) {
            attributes.extend(left.peek().and_then(|token| is_group(token, Delimiter::Bracket)));
            item.extend([sign].into_iter().chain(left.next()));
        }
        if !left.peek().is_some_and(|token| ITEMS.contains(&&*token.to_string())) {
            return item;
        }
        for token in left.by_ref() {
            let ends = is(&token, ';') || is_group(&token, Delimiter::Brace).is_some();
            item.push(token);
            if ends {
                break;
            }
        }
        if let [.., keyword, name, end] = &item[..]
            && keyword.to_string() == "mod"
            && is(end, ';')
        {
            let path = attributes.iter().find_map(path_of);
            self.test_modules.insert(path.map_or_else(|| Module::Named(name.to_string()), Module::At));
        }
        Vec::new()
    }
}

/// The words with which items begin.
const ITEMS: [&str; 14] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "pub",
    "static",
    "struct",
    "trait",
    "type",
    "use",
];

/// Whether a path is `place`, or lies within it.
pub fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}

fn is_test_only(attribute: &TokenTree) -> bool {
    is_group(attribute, Delimiter::Bracket)
        .is_some_and(|inner| inner.to_string().replace(' ', "") == "cfg(test)")
}

/// The file of `[path = "file"]`.
fn path_of(attribute: &TokenStream) -> Option<String> {
    let file = attribute.to_string().replace(' ', "");
    Some(file.strip_prefix("path=\"")?.strip_suffix('"')?.to_owned())
}

struct Reader {
    code: Code,
    /// What a name stands for, by the `use` items of the file.
    imports: BTreeMap<String, String>,
    /// Paths outside of `use` items, not yet looked up among the imports.
    found: Vec<String>,
}

impl Reader {
    fn read(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                // `use<'a>` in a type imports nothing
                TokenTree::Ident(word)
                    if word == "use" && !tokens.get(at + 1).is_some_and(|next| is(next, '<')) =>
                {
                    let end =
                        tokens[at..].iter().position(|token| is(token, ';')).unwrap_or(tokens.len() - at);
                    self.import(&tokens[at + 1..at + end], "", module);
                    at += end;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let [TokenTree::Ident(name), TokenTree::Group(body), ..] = &tokens[at + 1..] {
                        let inner = [module, &[name.to_string()]].concat();
                        self.read(&body.stream().into_iter().collect::<Vec<_>>(), &inner);
                        at += 2;
                    }
                    at += 1;
                }
                TokenTree::Ident(name) => {
                    if let Some(TokenTree::Group(arguments)) = tokens.get(at + 1)
                        && arguments.delimiter() == Delimiter::Parenthesis
                        && arguments.stream().is_empty()
                    {
                        self.code.words.insert(format!("{name}()"));
                    }
                    at += self.path(&tokens[at..], module);
                }
                TokenTree::Group(group) => {
                    self.read(&group.stream().into_iter().collect::<Vec<_>>(), module);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the path that begins here, as in an expression or a type; returns how many tokens it has.
    fn path(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        let (segments, length) = segments(tokens);
        self.code.words.extend(segments.iter().cloned());
        self.found.push(absolute(&segments, module));
        length
    }

    /// Reads what `use` names below `prefix`: one path, or several in braces.
    fn import(&mut self, tokens: &[TokenTree], prefix: &str, module: &[String]) {
        for one in tokens.split(|token| is(token, ',')) {
            let start = one.iter().position(|token| !is(token, ':')).unwrap_or(one.len());
            let (segments, length) = segments(&one[start..]);
            self.code.words.extend(segments.iter().cloned());
            let named = match (prefix, &segments[..]) {
                ("", _) => absolute(&segments, module),
                (_, [] | [_]) if segments.first().is_none_or(|only| only == "self") => prefix.to_owned(),
                _ => format!("{prefix}::{}", segments.join("::")),
            };
            let rest = &one[start + length..];
            if let Some(inner) = rest.iter().find_map(|token| is_group(token, Delimiter::Brace)) {
                self.import(&inner.into_iter().collect::<Vec<_>>(), &named, module);
            } else if !one.is_empty() {
                let name = match rest {
                    [TokenTree::Ident(keyword), alias] if keyword == "as" => alias.to_string(),
                    _ => named.rsplit("::").next().unwrap_or_default().to_owned(),
                };
                self.imports.insert(name, named.clone());
                self.code.paths.insert(named);
            }
        }
    }

    fn finish(mut self) -> Code {
        for path in self.found {
            let (first, rest) =
                path.split_once("::").map_or((&path[..], None), |(first, rest)| (first, Some(rest)));
            let first = self.imports.get(first).map_or(first, String::as_str);
            self.code.paths.insert(rest.map_or_else(|| first.to_owned(), |rest| format!("{first}::{rest}")));
        }
        self.code
    }
}

/// Whether the file says below its documentation that only tests have it, whatever its name and wherever it is declared.
pub fn is_for_tests(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.starts_with("//!"));
    lines.next() == Some("") && lines.next() == Some("#![cfg(test)]")
}

/// The names that `::` joins from the first token on, and how many tokens they are, a last `::` included.
fn segments(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.to_string());
        at += 1;
        match &tokens[at..] {
            [first, second, ..] if is(first, ':') && is(second, ':') => at += 2,
            _ => break,
        }
    }
    (names, at)
}

/// A path from the root of the crate, if it begins with `crate`, `self` or `super`; else as it is.
fn absolute(segments: &[String], module: &[String]) -> String {
    let ups = segments.iter().take_while(|name| *name == "super").count();
    let rest = match segments.first().map(String::as_str) {
        Some("super") => &segments[ups..],
        Some("self") if segments.len() > 1 => &segments[1..],
        _ => return segments.join("::"),
    };
    let home = &module[..module.len().saturating_sub(ups)];
    [&["crate".to_owned()], home, rest].concat().join("::")
}
