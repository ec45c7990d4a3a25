//! Templates of any text: a manifest, the name of a file, and the file.

use trueup::testing::hostile;
use trueup::testing::render::{Source, render};
use trueup::testing::view::{Theme, message};

use super::fit_for_a_terminal;

/// Divides an input into its three parts.
const NEXT: &str = "\n--8<--\n";
/// The spec that every input is rendered for.
const SPEC: &[u8] = b"app: { name: ledger }\nformation: { web: { quantity: 1 } }\n\
    template: { name: rails, vars: { text: a, number: 1, flag: true, list: [a, b] } }\n";

/// One template.
pub fn template(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.splitn(3, NEXT);
    let [manifest, path, file] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let environment = hostile::environment(SPEC, b"").expect("a spec of our own");
    let files = [("template.yaml", manifest), (path, file)];
    let files = files.map(|(path, text)| {
        let path = if path == "template.yaml" { path.to_owned() } else { format!("files/{path}.j2") };
        (path, text.as_bytes().to_vec())
    });
    let source = Source { name: "rails".to_owned(), files: files.into() };
    let (once, again) = (render(&source, &environment, &[]), render(&source, &environment, &[]));
    assert_eq!(once, again, "the same template and spec give the same files");
    match once {
        Ok(rendered) => rendered.tree.files().keys().for_each(|path| stays_inside(path)),
        Err(error) => fit_for_a_terminal(&message(&error.to_string(), None, Theme::Plain)),
    }
}

fn stays_inside(path: &str) {
    let joined = std::path::Path::new("/out").join(path);
    let is_plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::RootDir);
    assert!(joined.starts_with("/out") && joined.components().all(is_plain), "`{path}` leaves the folder");
}
