//! What a restore decides: where from × what is there × what may be overwritten.

#![cfg(test)]

use super::*;
use crate::resource::Operation as _;
use crate::resource::testing::{NOW, changes, want, world};

const SPEC: &str =
    "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", extensions: [vector, citext] } }";

fn transfer(number: u32, kind: TransferKind, state: TransferState, minutes_ago: i64) -> Transfer {
    let begun = NOW - Duration::minutes(minutes_ago);
    Transfer {
        id: format!("t{number}"),
        number,
        kind,
        from: "DATABASE".to_owned(),
        to: "DATABASE".to_owned(),
        begun,
        ended: state.is_over().then_some(begun),
        state,
        source_bytes: 0,
        processed_bytes: 0,
        address: Some(Secret::new("https://canary.example")),
    }
}

fn good(number: u32, kind: TransferKind, minutes_ago: i64) -> Transfer {
    transfer(number, kind, TransferState::Succeeded(0), minutes_ago)
}

fn decided(spec: &str, transfers: Vec<Transfer>, allow_protected: bool) -> Draft {
    let want = want(spec);
    let name = AttachmentName::parse("DATABASE").unwrap();
    let asked = Asked { name: &name, origin: &Origin::Address(Secret::new("https://x")), allow_protected };
    let found = Found { words: "b001 of ledger, 3 days old".to_owned(), address: Secret::new("canary") };
    let live = world().with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0");
    let mut draft = Draft::default();
    decide(
        (&want.desired(), &live),
        asked,
        &Seen { transfers, elsewhere: Vec::new() },
        Ok(found),
        &mut draft,
    );
    draft
}

const CAPTURE: &str = "create addons.DATABASE.backup";
const RESTORE: &str = "update addons.DATABASE.data";

#[test]
fn a_place_to_restore_from_is_a_backup_an_environment_or_an_address() {
    assert!(matches!("b003".parse().unwrap(), From::Backup(_)));
    assert!(matches!("staging".parse().unwrap(), From::Environment(_)));
    assert!(matches!("https://x.example/a?Signature=1".parse().unwrap(), From::Address(_)));
    for wrong in ["http://canary.example", "", "No Name", "https://a b"] {
        let told = wrong.parse::<From>().unwrap_err().to_string();
        assert!(told.starts_with("expected a backup's name") && !told.contains("canary"), "{told}");
    }
}

#[test]
fn what_is_there_gets_a_backup_before_it_is_overwritten() {
    let draft = decided(SPEC, vec![good(1, TransferKind::Backup, 4000)], true);
    assert_eq!(changes(&draft), [CAPTURE, RESTORE]);
    assert!(
        draft.changes[1].needs().contains(&transfer::captured(&AttachmentName::parse("DATABASE").unwrap()))
    );
    let shown = format!("{draft:?}");
    assert!(shown.contains("[\"citext\", \"vector\"]") && !shown.contains("canary"), "{shown}");
}

#[test]
fn a_protected_database_is_refused_unless_that_is_allowed() {
    let draft = decided(SPEC, Vec::new(), false);
    assert!(draft.blocked[0].advice.contains("--allow-protected"), "{:?}", draft.blocked);
    let open = "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", protect: false } }";
    assert!(decided(open, Vec::new(), false).blocked.is_empty());
}

#[test]
fn what_is_half_overwritten_is_not_taken_for_what_was_there() {
    use TransferKind::{Backup, Restore};
    use TransferState::{Failed, Running};
    let running = vec![transfer(3, Restore, Running, 1), good(2, Backup, 2)];
    assert_eq!(changes(&decided(SPEC, running, true)), [RESTORE]);
    let failed = vec![transfer(3, Restore, Failed, 1), good(2, Backup, 2)];
    let draft = decided(SPEC, failed, true);
    assert_eq!(changes(&draft), [RESTORE]);
    assert!(format!("{draft:?}").contains("Some(\"b002\")"), "the way back is known: {draft:?}");
    for over in [
        vec![transfer(3, Restore, Failed, 90), good(2, Backup, 92)],
        vec![transfer(3, Restore, Failed, 1), good(2, Backup, 1000)],
        vec![transfer(3, Restore, Failed, 1), good(2, Restore, 2), good(1, Backup, 3)],
        vec![good(3, Restore, 1), good(2, Backup, 2)],
    ] {
        assert_eq!(changes(&decided(SPEC, over, true)), [CAPTURE, RESTORE]);
    }
}
