//! A rendered tree beside a folder: a line a file, the differences, and what was done. Knows changes only; what must
//! not live here: reading or writing them.

use std::path::Path;

use similar::TextDiff;

use super::style::{Label, Theme};
use super::text::clean;
use crate::render::{self, Change, Fate, File};
use crate::spec::Environment;

/// How a survey is shown.
#[derive(Clone, Copy, Debug)]
pub struct FilesOptions {
    /// With colour or without.
    pub theme: Theme,
    /// Every difference line by line, not only those of conflicts.
    pub diff: bool,
    /// Conflicts are overwritten.
    pub force: bool,
    /// Nothing is written.
    pub check: bool,
}

/// A line a file that is not as it should be, with what differs, and a line that counts.
#[must_use]
pub fn files(environment: &Environment, folder: &Path, changes: &[Change], options: FilesOptions) -> String {
    let folder = match folder.to_str() {
        Some("" | ".") | None => "this folder",
        Some(text) => text,
    };
    let template = render::template_of(environment);
    shown(&format!("{} · template {template} · {folder}", environment.name), changes, options)
}

fn shown(head: &str, changes: &[Change], options: FilesOptions) -> String {
    let differing: Vec<&Change> = changes.iter().filter(|change| change.fate != Fate::Same).collect();
    let mut text = format!("{}\n\n", options.theme.paint(Label::Heading, &clean(head)));
    for change in &differing {
        text.push_str(&line(change, options));
        if options.diff || (change.fate.is_conflict() && !options.force) {
            text.push_str(&difference(change, options.theme));
        }
    }
    if !differing.is_empty() {
        text.push('\n');
    }
    text.push_str(&count(changes, options));
    text
}

fn line(change: &Change, options: FilesOptions) -> String {
    let (sign, label, why) = match change.fate {
        Fate::Same => return String::new(),
        Fate::Create => ("+", Label::Added, ""),
        Fate::Update if is_mode_alone(change) => ("~", Label::Changed, mode(change)),
        Fate::Update => ("~", Label::Changed, ""),
        Fate::Delete => ("-", Label::Removed, "no longer part of the template"),
        Fate::ChangedByHand => ("!", Label::Warning, "changed by hand since it was rendered"),
        Fate::Abandoned => ("!", Label::Warning, "no longer part of the template, and changed by hand"),
        Fate::NotOurs => ("!", Label::Warning, "already there, and not written by trueup"),
    };
    let end = match (change.fate.is_conflict(), options.force, options.check) {
        (false, ..) | (true, _, true) => "",
        (true, true, false) => ": overwritten",
        (true, false, false) => ": conflict, left as it is",
    };
    let name = clean(&change.path);
    let sign = options.theme.paint(label, sign);
    let said = if why.is_empty() { String::new() } else { format!("  {why}{end}") };
    format!("  {sign} {name}{}\n", options.theme.paint(Label::Quiet, &said))
}

fn is_mode_alone(change: &Change) -> bool {
    let bytes = |file: &Option<File>| file.as_ref().map(|file| file.bytes.clone());
    bytes(&change.before) == bytes(&change.after)
}

fn mode(change: &Change) -> &'static str {
    let is_program = change.after.as_ref().is_some_and(|file| file.is_executable);
    if is_program { "made executable" } else { "made not executable" }
}

/// As `diff -u` shows it; bytes that are no text are only said to differ.
fn difference(change: &Change, theme: Theme) -> String {
    let text = |file: &Option<File>| match file {
        None => Some(String::new()),
        Some(file) => std::str::from_utf8(&file.bytes).ok().map(str::to_owned),
    };
    let (Some(before), Some(after)) = (text(&change.before), text(&change.after)) else {
        return "      (not text)\n".to_owned();
    };
    let lines = TextDiff::from_lines(&before, &after);
    let mut shown = String::new();
    for hunk in lines.unified_diff().context_radius(3).iter_hunks() {
        for line in hunk.to_string().lines() {
            let label = match line.as_bytes().first() {
                Some(b'+') => Label::Added,
                Some(b'-') => Label::Removed,
                Some(b'@') => Label::Quiet,
                _ => Label::Text,
            };
            let line = clean(line.trim_end_matches('\r'));
            shown.push_str(&format!("      {}\n", theme.paint(label, &line)));
        }
    }
    shown
}

/// `97 files: 95 created, 1 updated, 1 left alone.`
fn count(changes: &[Change], options: FilesOptions) -> String {
    let of = |wanted: &dyn Fn(Fate) -> bool| changes.iter().filter(|change| wanted(change.fate)).count();
    let whole = changes.iter().filter(|change| change.after.is_some()).count();
    let files = if whole == 1 { "1 file".to_owned() } else { format!("{whole} files") };
    let conflicts = of(&Fate::is_conflict);
    let forced = if options.force { conflicts } else { 0 };
    let words: [(usize, &str, &str); 4] = [
        (of(&|fate| fate == Fate::Create), "created", "to create"),
        (of(&|fate| fate == Fate::Update) + forced, "updated", "to update"),
        (of(&|fate| fate == Fate::Delete), "deleted", "to delete"),
        (conflicts - forced, "left alone", "changed by hand"),
    ];
    let counted: Vec<String> = words
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, done, to_do)| format!("{number} {}", if options.check { to_do } else { done }))
        .collect();
    if counted.is_empty() {
        format!("No difference in {files}.\n")
    } else {
        format!("{files}: {}.\n", counted.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that differs; an empty text stands for no file.
    fn change(path: &str, fate: Fate, before: &str, after: &str) -> Change {
        let file = |text: &str| File { bytes: text.as_bytes().to_vec(), is_executable: false };
        let [before, after] = [before, after].map(|text| (!text.is_empty()).then(|| file(text)));
        Change { path: path.to_owned(), fate, before, after }
    }

    fn text(diff: bool, force: bool, check: bool) -> String {
        let mut program = change("bin/rails", Fate::Update, "#!", "#!");
        program.after = program.after.map(|file| File { is_executable: true, ..file });
        let changes = [
            change("Gemfile", Fate::Same, "gem", "gem"),
            change("Procfile", Fate::ChangedByHand, "web: mine\n", "web: bin/rails server\n"),
            program,
            change("config/old.rb", Fate::Delete, "1\n", ""),
            change("config/puma.rb", Fate::Create, "", "port 3000\n"),
        ];
        shown("production", &changes, FilesOptions { theme: Theme::Plain, diff, force, check })
    }

    #[test]
    fn each_file_has_a_line_and_a_conflict_its_difference() {
        insta::assert_snapshot!(text(false, false, false), @r"
        production

          ! Procfile  changed by hand since it was rendered: conflict, left as it is
              @@ -1 +1 @@
              -web: mine
              +web: bin/rails server
          ~ bin/rails  made executable
          - config/old.rb  no longer part of the template
          + config/puma.rb

        4 files: 1 created, 1 updated, 1 deleted, 1 left alone.
        ");
    }

    #[test]
    fn a_check_tells_what_is_to_do_and_every_difference_when_asked() {
        insta::assert_snapshot!(text(true, false, true), @r"
        production

          ! Procfile  changed by hand since it was rendered
              @@ -1 +1 @@
              -web: mine
              +web: bin/rails server
          ~ bin/rails  made executable
          - config/old.rb  no longer part of the template
              @@ -1 +0,0 @@
              -1
          + config/puma.rb
              @@ -0,0 +1 @@
              +port 3000

        4 files: 1 to create, 1 to update, 1 to delete, 1 changed by hand.
        ");
    }

    #[test]
    fn what_is_forced_is_told_as_overwritten() {
        let text = text(false, true, false);
        assert!(text.contains("! Procfile  changed by hand since it was rendered: overwritten\n"), "{text}");
        assert!(text.ends_with("4 files: 1 created, 2 updated, 1 deleted.\n"), "{text}");
    }

    #[test]
    fn nothing_in_a_file_steers_the_terminal() {
        let odd = change("a\u{1b}[31m", Fate::ChangedByHand, "\u{1b}]0;x\u{7}\u{9b}\n", "\u{202e}\n");
        let options = FilesOptions { theme: Theme::Plain, diff: true, force: false, check: false };
        let text = shown("x", &[odd], options);
        assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'), "{text:?}");
    }

    #[test]
    fn when_nothing_differs_it_says_so() {
        let options = FilesOptions { theme: Theme::Plain, diff: true, force: false, check: true };
        let same = change("Gemfile", Fate::Same, "gem", "gem");
        assert_eq!(shown("production", &[same], options), "production\n\nNo difference in 1 file.\n");
    }
}
