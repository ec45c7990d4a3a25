//! Where the output goes: readers that leave, disks that are full, terminals of any width.

use std::io::Read;
use std::process::Stdio;

use crate::common::{SMALL, cloud_and, writes};

/// hashicorp/terraform#31911, rustic-rs/rustic#1915
#[test]
fn an_apply_whose_reader_went_away_is_carried_through() {
    let (cloud, project) = cloud_and(&format!("{SMALL}config: {{ A: b }}\n"));
    let mut command = project.command(&["apply", "--yes", "-v"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    let ended = child.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert_eq!(writes(&cloud), ["POST apps", "PATCH config-vars"]);
}
