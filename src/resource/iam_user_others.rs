//! What gives a user rights beside what the spec says: left alone, but never passed over in silence. All of it is a
//! warning as well, since the app may do more than its grants.
//!
//! What must not live here: anything that is written.

use super::iam_policy::POLICY_NAME;
use super::iam_user::SECTION;
use super::{Address, Draft};
use crate::cloud::aws::User;
use crate::spec::{IamUser, LocalName};

/// A sort of thing that gives rights.
struct Source<'a> {
    /// One, as a warning words it.
    one: &'static str,
    /// Several, as a report words them.
    many: &'static str,
    /// What lists them.
    operation: &'static str,
    /// Those of others; `None` when they may not be listed.
    names: Option<Vec<&'a str>>,
}

/// Reports the policies, groups and boundary of a user of ours that the spec does not name.
pub(super) fn report(local: &LocalName, user: &IamUser, live: &User, draft: &mut Draft) {
    let address = SECTION.address(local);
    let sources = sources(live);
    for source in &sources {
        told(&address, source, draft);
    }
    let hidden: Vec<&str> =
        sources.iter().filter(|source| source.names.is_none()).map(|source| source.operation).collect();
    if !hidden.is_empty() {
        let reason = format!(
            "what else the user may do is not known: these credentials lack the right to {}",
            hidden.join(", ")
        );
        draft.warning(address.clone(), reason);
    }
    if let (None, Some(boundary)) = (&user.permissions_boundary, &live.boundary) {
        draft.unmanaged(address, &format!("permissions boundary of others: left alone ({boundary})"));
    }
}

fn sources(live: &User) -> [Source<'_>; 3] {
    fn all(names: Option<&Vec<String>>) -> Option<Vec<&str>> {
        names.map(|names| names.iter().map(String::as_str).collect())
    }
    let inline = all(live.rights.inline.as_ref());
    [
        Source {
            one: "the attached policy",
            many: "attached policies",
            operation: "iam:ListAttachedUserPolicies",
            names: all(live.rights.attached.as_ref()),
        },
        Source {
            one: "the inline policy",
            many: "inline policies",
            operation: "iam:ListUserPolicies",
            names: inline.map(|names| names.into_iter().filter(|name| *name != POLICY_NAME).collect()),
        },
        Source {
            one: "the group",
            many: "groups",
            operation: "iam:ListGroupsForUser",
            names: all(live.rights.groups.as_ref()),
        },
    ]
}

fn told(address: &Address, source: &Source<'_>, draft: &mut Draft) {
    let names = source.names.as_deref().unwrap_or_default();
    for name in names {
        let reason = format!("{} {name} of others lets the app do more than its grants", source.one);
        draft.warning(address.clone(), reason);
    }
    if !names.is_empty() {
        let reason = format!("{} of others: left alone ({})", source.many, names.join(", "));
        draft.unmanaged(address.clone(), &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::super::iam_user::Kind;
    use crate::cloud::aws::Rights;
    use crate::resource::testing::{local, outcome, tags, want, world};
    use crate::resource::{Draft, Note};

    const SPEC: &str = "iam_users: { app: { name: ledger-app } }";
    const EDGE: &str = "arn:aws:iam::111122223333:policy/Edge";

    fn draft(rights: Rights, boundary: Option<&str>, is_ours: bool) -> Draft {
        let mut world = world().with_user(&[]);
        let user = world.iam_user.get_mut(&local("app")).unwrap();
        (user.rights, user.boundary) = (rights, boundary.map(str::to_owned));
        if !is_ours {
            user.tags = tags(&[]);
        }
        want(SPEC).diff::<Kind>(&world)
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn reasons(notes: &[Note]) -> Vec<&str> {
        notes.iter().map(|note| note.reason.as_str()).collect()
    }

    #[test]
    fn what_others_let_the_app_do_is_warned_of_and_left_alone() {
        let rights = Rights {
            attached: Some(names(&["arn:aws:iam::aws:policy/AdministratorAccess"])),
            inline: Some(names(&["extra", "trueup"])),
            groups: Some(names(&["admins"])),
        };
        let draft = draft(rights, None, true);
        assert_eq!(draft.changes.len(), 0);
        assert_eq!(
            reasons(&draft.warnings),
            [
                "the attached policy arn:aws:iam::aws:policy/AdministratorAccess of others lets the app do more than its grants",
                "the inline policy extra of others lets the app do more than its grants",
                "the group admins of others lets the app do more than its grants",
            ]
        );
        assert_eq!(
            reasons(&draft.unmanaged),
            [
                "attached policies of others: left alone (arn:aws:iam::aws:policy/AdministratorAccess)",
                "inline policies of others: left alone (extra)",
                "groups of others: left alone (admins)",
            ]
        );
    }

    #[test]
    fn lists_that_may_not_be_read_are_a_warning() {
        let draft = draft(Rights { attached: None, groups: None, ..Rights::default() }, None, true);
        assert_eq!(outcome(&draft), ["warning iam_users.app", "unchanged 1"]);
        assert_eq!(
            reasons(&draft.warnings),
            [
                "what else the user may do is not known: these credentials lack the right to iam:ListAttachedUserPolicies, iam:ListGroupsForUser"
            ]
        );
    }

    #[test]
    fn a_boundary_that_the_spec_does_not_name_stays_and_is_told() {
        let draft = draft(Rights::default(), Some(EDGE), true);
        assert_eq!(draft.changes.len(), 0);
        assert_eq!(
            reasons(&draft.unmanaged),
            [format!("permissions boundary of others: left alone ({EDGE})")]
        );
        assert!(draft.warnings.is_empty());
    }

    #[test]
    fn nothing_is_told_of_a_user_that_is_not_ours() {
        let draft =
            draft(Rights { groups: Some(names(&["admins"])), ..Rights::default() }, Some(EDGE), false);
        assert!(draft.unmanaged.is_empty() && draft.warnings.is_empty());
    }
}
