//! The project's folder as editors, file systems and colleagues leave it.

use crate::common::{SMALL, cloud_and, writes};

/// ember-cli/ember-cli#6527, schell/steeloverseer#12
#[test]
fn what_editors_leave_in_the_folder_is_no_environment() {
    let (_cloud, project) = cloud_and(SMALL);
    let folder = project.file("environments");
    std::os::unix::fs::symlink("someone@host.123:456", folder.join(".#production.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("broken.yaml.bak")).unwrap();
    for name in ["._production.yaml", "production.yaml~", ".production.yaml.swp", "#production.yaml#"] {
        project.write(&format!("environments/{name}"), "\0\u{5}not YAML: [");
    }
    std::fs::create_dir(folder.join("old.yaml")).unwrap();
    let ran = project.run(&["validate"]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("production: valid\n", ""));
    project.run(&["plan", "--all"]).exits(0);
    project.run(&["apply", "--yes"]).exits(0);
}

/// DNSControl/dnscontrol#195
#[test]
fn two_files_that_name_one_app_are_refused_together_and_stop_no_other() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("environments/copy.yaml", SMALL);
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    let told = ["the app `shop-production` is in the environment `copy` too"];
    let ran = project.run(&["validate"]).exits(1).tells(&told);
    assert_eq!(ran.stdout, "staging: valid\n");
    project.run(&["apply", "--all", "--yes"]).exits(1).tells(&told).shows(&["shop-staging"]);
    assert_eq!(writes(&cloud), ["POST apps"]);
    assert!(cloud.sandbox().calls().iter().all(|call| !call.path.contains("shop-production")));
}

/// rwx-research/captain#93, Sceptre/sceptre#67, docker/compose#2492
#[test]
fn of_two_files_for_one_environment_none_is_chosen() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("environments/production.yml", "app: { name: shop-elsewhere }\n");
    let told = ["`production` has two files: environments/production.yaml and environments/production.yml"];
    for command in [&["validate"][..], &["plan", "production"], &["apply", "--all", "--yes"]] {
        project.run(command).exits(1).tells(&told);
    }
    assert!(cloud.sandbox().calls().is_empty());
    std::fs::remove_file(project.file("environments/production.yaml")).unwrap();
    project.run(&["plan"]).exits(0).shows(&["shop-elsewhere"]);
}

/// getsops/sops#1820, AntaresSimulatorTeam/Antares_Simulator#3695
#[test]
fn a_file_that_nothing_reads_for_its_name_is_told() {
    let (_cloud, project) = cloud_and(SMALL);
    project.write("environments/client a.yaml", "app: { name: shop-a }\n");
    project.write("environments/client.b.yml", "app: { name: shop-b }\n");
    let ran = project.run(&["validate"]).exits(0);
    assert_eq!(ran.stdout, "production: valid\n");
    ran.tells(&[
        "nothing reads `environments/client a.yaml`: its name cannot be an environment's",
        "nothing reads `environments/client.b.yml`",
        "letters, digits, _ and -",
    ]);
}
