//! Pages in a real browser, headless: what stands there without a script, and what comes out on paper.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::of_the_system;
use crate::support::{Cloud, LEDGER, Project, quick};

/// A browser, and a folder for what it keeps and writes.
struct Browser {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// What a user has chosen who wants no JavaScript.
const WITHOUT_SCRIPTS: &str = r#"{"profile":{"default_content_setting_values":{"javascript":2}}}"#;

impl Browser {
    /// One that runs no script.
    fn without_scripts() -> Option<Self> {
        let browser = Self::with_preferences(WITHOUT_SCRIPTS)?;
        let file = browser.folder.path().join("script.html");
        std::fs::write(
            &file,
            "<p id=a>off</p><script>document.getElementById('a').textContent='on'</script>",
        )
        .unwrap();
        assert!(browser.open(&file, &["--dump-dom"]).contains(">off</p>"), "it runs scripts");
        Some(browser)
    }

    fn with_preferences(preferences: &str) -> Option<Self> {
        let browser = Self { program: of_the_system("chromium")?, folder: tempfile::tempdir().unwrap() };
        let profile = browser.folder.path().join("profile/Default");
        std::fs::create_dir_all(&profile).unwrap();
        std::fs::write(profile.join("Preferences"), preferences).unwrap();
        Some(browser)
    }

    /// What it prints when it opens a file with these options. It reaches no host.
    fn open(&self, file: &Path, options: &[&str]) -> String {
        let profile = format!("--user-data-dir={}", self.folder.path().join("profile").display());
        let output = Command::new(&self.program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                &profile,
            ])
            .args(options)
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// How a file looks to who wants it light or dark, as a picture.
    fn picture(&self, file: &Path, scheme: Scheme) -> Vec<u8> {
        let picture = self.folder.path().join("page.png");
        let scheme = format!("--blink-settings=preferredColorScheme={}", scheme as u8);
        let written = format!("--screenshot={}", picture.display());
        self.open(file, &["--hide-scrollbars", "--window-size=1000,1200", &scheme, &written]);
        std::fs::read(picture).unwrap()
    }

    /// How many pages a file has on paper.
    fn pages(&self, file: &Path) -> usize {
        let paper = self.folder.path().join("page.pdf");
        let written = format!("--print-to-pdf={}", paper.display());
        self.open(file, &["--no-pdf-header-footer", &written]);
        let paper = std::fs::read(paper).unwrap();
        let count = |mark: &[u8]| paper.windows(mark.len()).filter(|part| *part == mark).count();
        count(b"/Type /Page\n")
    }
}

/// As the browser counts them.
#[derive(Clone, Copy)]
enum Scheme {
    Dark = 0,
    Light = 1,
}

/// The page of a command, in a file of the project.
fn page(project: &Project, name: &str, arguments: &[&str]) -> PathBuf {
    let page = project.run(&[arguments, &["--format", "html"]].concat());
    project.write(name, &page.stdout);
    project.file(name)
}

#[test]
fn a_browser_shows_a_plan_in_the_light_in_the_dark_and_on_paper_without_a_script() {
    let Some(browser) = Browser::without_scripts() else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let file = page(&project, "plan.html", &["plan"]);
    let shown = browser.open(&file, &["--dump-dom"]);
    let last = project.run(&["plan"]).stdout.lines().last().unwrap().to_owned();
    let (until_unchanged, _) = last.split_once(" unchanged,").unwrap();
    for part in [until_unchanged, "<h2>Order</h2>", "addons.DATABASE", "<desc>"] {
        assert!(shown.contains(part), "`{part}` is not in {shown}");
    }
    let boxes = std::fs::read_to_string(&file).unwrap().matches("<rect").count();
    assert!(boxes > 3 && shown.matches("<rect").count() == boxes, "the browser read every box as one");
    let [light, dark] = [Scheme::Light, Scheme::Dark].map(|scheme| browser.picture(&file, scheme));
    assert!(light != dark, "it is dark where the reader wants that");
    let usual = Browser::with_preferences("{}").unwrap();
    assert!(light == usual.picture(&file, Scheme::Light), "scripts add nothing to it");
    assert!(browser.pages(&file) >= 2, "a plan from nothing is longer than a sheet of paper");
}

#[test]
fn a_browser_shows_the_fleet_and_takes_hostile_names_for_text() {
    let Some(browser) = Browser::without_scripts() else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with("app: { name: shop-production }\nconfig: { A: b }\n").at(cloud.sandbox());
    project.run(&["apply", "--yes"]);
    project.write(
        "environments/broken.yaml",
        "app: { name: shop }\n\"</p><script>document.title='x'</script>\": 1\n",
    );
    let file = page(&project, "status.html", &["status"]);
    let shown = browser.open(&file, &["--dump-dom"]);
    for part in ["2 environments", "<span class=\"state word good\">in sync</span>", "&lt;script&gt;"] {
        assert!(shown.contains(part), "`{part}` is not in {shown}");
    }
    assert!(!shown.contains("<script"), "{shown}");
    assert!(shown.contains("<title>trueup status: 2 environments</title>"), "no script has changed it");
    assert_eq!(browser.pages(&file), 1);
    let whole = browser.picture(&file, Scheme::Light);
    let page = std::fs::read_to_string(&file).unwrap();
    let choice = page
        .replace(" checked=\"checked\"", "")
        .replace("id=\"show-failed\"", "id=\"show-failed\" checked=\"\"");
    // The same choice where it hides nothing: what differs is not only which button is on.
    let nothing_hidden = choice.replace("body:has(#show-failed:checked)", "body:has(#nothing)");
    let [choice, nothing_hidden] = [("a.html", choice), ("b.html", nothing_hidden)].map(|(name, page)| {
        project.write(name, &page);
        browser.picture(&project.file(name), Scheme::Light)
    });
    assert!(choice != whole && choice != nothing_hidden, "a choice hides the others, without a script");
}
