//! What a Gemfile says in so many words. A Gemfile is a Ruby program; what it computes is left to Bundler.

/// What is plain from a Gemfile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gemfile {
    /// The gems that it asks for, whatever else is so.
    pub(super) gems: Vec<Gem>,
    /// The Ruby that it asks for.
    pub(super) ruby: Option<Ruby>,
}

/// A gem.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gem {
    pub(super) name: String,
    pub(super) requirements: Vec<String>,
}

/// Where the version of Ruby stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ruby {
    /// In the Gemfile.
    Requirements(Vec<String>),
    /// In a file, mostly `.ruby-version`.
    File(String),
}

pub(super) fn read(text: &str) -> Gemfile {
    let mut gemfile = Gemfile::default();
    // For each open block, whether what is in it depends on something.
    let mut blocks: Vec<bool> = Vec::new();
    for statement in statements(text) {
        let first = statement.split([' ', '(']).next().unwrap_or_default();
        if first == "end" {
            blocks.pop();
            continue;
        }
        let is_conditional = blocks.contains(&true) || has_modifier(&statement);
        match first {
            "gem" if !is_conditional => gemfile.gems.extend(gem(&statement)),
            "ruby" if !is_conditional => gemfile.ruby = ruby(&statement),
            _ => {}
        }
        if let Some(depends) = opens(first, &statement) {
            blocks.push(depends);
        }
    }
    gemfile
}

/// Lines without comments, those that go on joined with what follows.
fn statements(text: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    let (mut goes_on, mut is_comment) = (false, false);
    for line in text.lines() {
        is_comment = match line.split_whitespace().next() {
            Some("=begin") => true,
            Some("=end") => {
                is_comment = false;
                continue;
            }
            Some("__END__") => break,
            _ => is_comment,
        };
        let line = without_comment(line).trim();
        if is_comment || line.is_empty() {
            continue;
        }
        match statements.last_mut() {
            Some(last) if goes_on => last.extend([" ", line]),
            _ => statements.push(line.to_owned()),
        }
        goes_on = line.ends_with(',') || line.ends_with('\\');
    }
    statements
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, letter) in line.char_indices() {
        match (quote, letter) {
            (None, '#') => return &line[..at],
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    line
}

/// Whether a statement opens a block, and then whether what is in it depends on something.
fn opens(first: &str, statement: &str) -> Option<bool> {
    let is_do = statement.ends_with(" do") || statement.contains(" do |");
    match first {
        "if" | "unless" | "case" | "while" | "until" | "def" | "begin" | "for" => Some(true),
        // Blocks that say where gems come from or when they are needed; they are locked all the same.
        "group" | "source" | "platforms" | "platform" | "path" | "git" | "github" | "install_if" => {
            is_do.then_some(false)
        }
        _ => is_do.then_some(true),
    }
}

fn has_modifier(statement: &str) -> bool {
    let mut bare = String::new();
    let mut quote = None;
    for letter in statement.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, letter) => bare.push(letter),
        }
    }
    [" if ", " unless ", " and ", " or ", "&&", "||", " ? "].iter().any(|word| bare.contains(word))
}

fn gem(statement: &str) -> Option<Gem> {
    let mut texts = texts(&statement["gem".len()..]).into_iter();
    Some(Gem { name: texts.next()?, requirements: texts.collect() })
}

fn ruby(statement: &str) -> Option<Ruby> {
    let rest = statement["ruby".len()..].trim_start_matches(['(', ' ']);
    let file = rest.strip_prefix("file:").or_else(|| rest.strip_prefix(":file =>"));
    match file {
        Some(file) => texts(file).into_iter().next().map(Ruby::File),
        None => Some(texts(rest)).filter(|texts| !texts.is_empty()).map(Ruby::Requirements),
    }
}

/// The strings with which a list of arguments begins.
fn texts(arguments: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = arguments.trim_start_matches(['(', ' ']);
    while let Some(quote) = rest.chars().next().filter(|letter| ['"', '\''].contains(letter)) {
        let Some((text, after)) = rest[1..].split_once(quote) else { break };
        if quote == '"' && text.contains("#{") {
            break;
        }
        texts.push(text.to_owned());
        let Some(after) = after.trim_start().strip_prefix(',') else { break };
        rest = after.trim_start();
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(text).gems.into_iter().map(|gem| gem.name).collect()
    }

    #[test]
    fn gems_are_read_where_they_are_plain() {
        let text = r#"
source "https://rubygems.org"
ruby file: ".ruby-version"
gem "rails", "~> 8.1.4" # the framework
gem('pg', '>= 1.5', '< 3')
# gem "old"
gem "aws-sdk-s3", require: false
gem "long",
  "~> 1.0",
  require: "x"
group :development, :test do
  gem "debug", platforms: %i[mri windows], require: "debug/prelude"
end
platforms :mri do
  gem "byebug"
end
gem "tzinfo-data", platforms: %i[windows jruby]
"#;
        let gemfile = read(text);
        let gem = |name: &str, requirements: &[&str]| Gem {
            name: name.to_owned(),
            requirements: requirements.iter().map(|text| (*text).to_owned()).collect(),
        };
        assert_eq!(
            gemfile.gems,
            [
                gem("rails", &["~> 8.1.4"]),
                gem("pg", &[">= 1.5", "< 3"]),
                gem("aws-sdk-s3", &[]),
                gem("long", &["~> 1.0"]),
                gem("debug", &[]),
                gem("byebug", &[]),
                gem("tzinfo-data", &[]),
            ]
        );
        assert_eq!(gemfile.ruby, Some(Ruby::File(".ruby-version".to_owned())));
    }

    #[test]
    fn what_depends_on_something_is_left_to_bundler() {
        let text = r#"
gem "a" if ENV["A"]
gem "b" unless RUBY_PLATFORM.include?("x")
if ENV["C"]
  gem "c"
else
  gem "d"
end
%w[e f].each do |name|
  gem name
  gem "g"
end
gem "rails-#{version}"
gem "kept", require: "if something"
=begin
gem "h"
=end
gem "last"
__END__
gem "i"
"#;
        assert_eq!(names(text), ["kept", "last"]);
    }

    #[test]
    fn the_ruby_stands_in_the_gemfile_or_in_a_file() {
        for (line, expected) in [
            ("ruby \"3.4.11\"", Some(Ruby::Requirements(vec!["3.4.11".to_owned()]))),
            (
                "ruby '~> 3.4', '>= 3.4.2'",
                Some(Ruby::Requirements(vec!["~> 3.4".to_owned(), ">= 3.4.2".to_owned()])),
            ),
            ("ruby(file: '.tool-versions')", Some(Ruby::File(".tool-versions".to_owned()))),
            ("ruby :file => \".ruby-version\"", Some(Ruby::File(".ruby-version".to_owned()))),
            ("ruby File.read(\".ruby-version\")", None),
            ("rubyish \"1\"", None),
        ] {
            assert_eq!(read(line).ruby, expected, "{line}");
        }
    }
}
