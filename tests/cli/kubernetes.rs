//! The manifests of `init --ci kubernetes`, executed: the commands of their containers, with what Kubernetes sets, against
//! the embedded cloud.

use serde_json::Value;

use crate::common::writes;
use crate::support::{Cloud, Project, Ran, quick};

/// Environments beyond the number of parts, so that most parts have some.
fn fleet() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    for number in 0..12 {
        let spec = format!("app: {{ name: client-{number}-shop }}\nconfig: {{ A: b }}\n");
        project.write(&format!("environments/client-{number}.yaml"), &spec);
    }
    project.run(&["init", "--ci", "kubernetes"]).exits(0);
    (cloud, project)
}

/// The object of a kind in a file.
fn object(project: &Project, file: &str, kind: &str) -> Value {
    let text = std::fs::read_to_string(project.file(&format!("deploy/trueup/{file}.yaml"))).unwrap();
    let documents = text.split("\n---\n").map(|document| serde_yaml::from_str::<Value>(document).unwrap());
    documents.into_iter().find(|document| document["kind"] == kind).unwrap()
}

/// Runs the container of a pod as its command says, for one index of a Job.
fn run(project: &Project, pod: &Value, index: &str) -> Ran {
    let container = &pod["spec"]["containers"][0];
    let words =
        |key: &str| container[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
    let words: Vec<String> = words("command").chain(words("args")).collect();
    assert_eq!(&words[..3], ["trueup", "-C", "/project"]);
    let rest: Vec<&str> = words[3..].iter().map(String::as_str).collect();
    let mut command = project.command(&rest);
    command.env("JOB_COMPLETION_INDEX", index);
    for variable in container["env"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        match variable["value"].as_str() {
            Some(value) => command.env(name, value),
            None => command.env(name, "key-of-the-secret"),
        };
    }
    Ran::from(command.output().unwrap())
}

#[test]
fn the_parts_of_the_job_apply_every_environment_once_and_leave_no_file() {
    let (cloud, project) = fleet();
    let job = &object(&project, "apply", "Job")["spec"];
    let parts = job["completions"].as_u64().unwrap();
    assert_eq!((job["completionMode"].as_str(), &job["parallelism"]), (Some("Indexed"), &Value::from(parts)));
    let said: Vec<String> =
        (0..parts).map(|index| run(&project, &job["template"], &index.to_string()).exits(0).stdout).collect();
    assert!(said.iter().filter(|part| part.contains("Applied: ")).count() > 1, "it is more than one part");
    let made = writes(&cloud).into_iter().filter(|operation| operation == "POST apps").count();
    assert_eq!(made, 12, "{:?}", writes(&cloud));
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    assert!(!project.file(".trueup").exists(), "the file system of the container can only be read");
}

#[test]
fn the_nightly_job_fails_where_something_differs() {
    let (cloud, project) = fleet();
    let pod = &object(&project, "drift", "CronJob")["spec"]["jobTemplate"]["spec"]["template"];
    project.run(&["apply", "--all", "--yes"]).exits(0);
    run(&project, pod, "0").exits(0);
    let by_hand = serde_json::json!({ "A": "c" });
    cloud.heroku("PATCH", "/apps/client-7-shop/config-vars", Some(by_hand));
    run(&project, pod, "0").exits(2).shows(&["config.A"]);
}
