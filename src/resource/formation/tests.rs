//! The formation: what the spec says × what is live.

#![cfg(test)]

use super::*;
use crate::resource::Shown;
use crate::resource::testing::{changes, want, world};

const WEB: &str = "formation: { web: { quantity: 2, size: Standard-1X } }";

#[test]
fn a_type_is_scaled_when_its_quantity_or_size_differs() {
    for (quantity, size, paths) in [
        (2, "standard-1x", &[][..]),
        (1, "standard-1x", &["quantity"]),
        (2, "basic", &["size"]),
        (0, "basic", &["quantity", "size"]),
    ] {
        let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", quantity, size));
        assert_eq!(crate::resource::testing::paths(&draft), paths, "{quantity} {size}");
    }
}

#[test]
fn a_size_that_heroku_does_not_tell_is_no_difference() {
    let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", 2, None));
    assert!(draft.changes.is_empty() && draft.unchanged == 1);
    let draft = want(WEB).diff::<Kind>(&world().with_dynos("web", 1, None));
    assert_eq!(crate::resource::testing::paths(&draft), ["quantity"]);
}

#[test]
fn sizes_are_asked_for_only_when_something_changes() {
    let want = want(WEB);
    let asks = |world: &World| asks_sizes(want.desired().spec(), &world.formation);
    assert!(asks(&world()) && asks(&world().with_dynos("web", 1, "standard-1x")));
    assert!(!asks(&world().with_dynos("web", 2, "standard-1x")), "a plan without changes costs no call");
}

#[test]
fn a_size_that_the_spec_does_not_name_is_left_alone() {
    let draft = want("formation: { web: { quantity: 2 } }").diff::<Kind>(&world().with_dynos(
        "web",
        2,
        "performance-l",
    ));
    assert!(draft.changes.is_empty());
    assert_eq!(draft.unchanged, 1);
}

#[test]
fn what_no_release_has_defined_is_deferred_and_says_what_to_do() {
    let draft = want(WEB).diff::<Kind>(&world());
    assert!(draft.changes.is_empty());
    assert_eq!(draft.deferred[0].address.as_str(), "formation.web");
    assert!(draft.deferred[0].reason.contains("no release yet"), "{}", draft.deferred[0].reason);
    let draft = want(WEB).diff::<Kind>(&world().with_dynos("console", 0, "basic"));
    assert!(draft.deferred[0].reason.contains("Procfile"), "{}", draft.deferred[0].reason);
}

#[test]
fn all_types_go_out_in_one_change_since_tiers_cannot_mix_on_the_way() {
    let spec =
        "formation: { web: { quantity: 1, size: standard-1x }, worker: { quantity: 1, size: standard-1x } }";
    let world = world().with_dynos("web", 1, "basic").with_dynos("worker", 0, "basic");
    let draft = want(spec).diff::<Kind>(&world);
    assert_eq!(draft.changes.len(), 1);
    assert_eq!(changes(&draft), ["update formation.web", "update formation.worker"]);
    assert_eq!(draft.changes[0].effects().restarts, ["web"], "worker has no dyno to restart");
}

#[test]
fn sizes_that_cannot_run_together_are_refused_before_heroku_does() {
    let spec = "formation: { web: { quantity: 1, size: standard-1x }, worker: { quantity: 1 } }";
    let world = world().with_dynos("web", 1, "basic").with_dynos("worker", 0, "basic");
    let draft = want(spec).diff::<Kind>(&world);
    assert_eq!(draft.blocked[0].address.as_str(), "formation.worker");
    assert!(draft.changes.is_empty());
    let off = want("formation: { web: { quantity: 1, size: standard-1x } }").diff::<Kind>(&world);
    assert!(off.blocked.is_empty(), "a worker without dynos is in nobody's way");
}

#[test]
fn running_dynos_that_the_spec_forgot_are_reported_when_it_manages_others() {
    let world = world().with_dynos("web", 2, "standard-1x").with_dynos("clock", 1, "standard-1x");
    let draft = want(WEB).diff::<Kind>(&world);
    assert_eq!(draft.unmanaged[0].address.as_str(), "formation.clock");
    assert!(want("").diff::<Kind>(&world).unmanaged.is_empty());
}

/// What the plan does about `web: <line>` when so many dynos of a size are live.
fn decides(line: &str, quantity: u32, size: &'static str) -> Vec<String> {
    let want = want(&format!("formation: {{ web: {line} }}"));
    fields(&want.diff::<Kind>(&world().with_dynos("web", quantity, size)))
}

/// The fields that change: `quantity 6 → 5`.
fn fields(draft: &Draft) -> Vec<String> {
    let fields = draft.changes.iter().flat_map(Operation::describe).flat_map(|row| row.fields);
    let text = |shown: Shown| match shown {
        Shown::Plain(text) => text,
        other => format!("{other:?}"),
    };
    fields.map(|field| format!("{} {} → {}", field.path, text(field.before), text(field.after))).collect()
}

#[test]
fn within_a_range_or_without_a_number_something_else_scales() {
    for (line, live, expected) in [
        ("{ quantity: 2..5 }", 2, ""),
        ("{ quantity: 2..5 }", 4, ""),
        ("{ quantity: { min: 2, max: 5 } }", 5, ""),
        ("{ quantity: 2..5 }", 1, "quantity 1 → 2"),
        ("{ quantity: { min: 2, max: 5 } }", 9, "quantity 9 → 5"),
        ("{ size: standard-1x }", 7, ""),
        ("{}", 7, ""),
        ("{ scale: unmanaged }", 7, ""),
        ("{ scale: unmanaged, size: standard-2x }", 7, "size Standard-1X → standard-2x"),
        ("{ quantity: 2..5, size: standard-2x }", 4, "size Standard-1X → standard-2x"),
        ("{ size: Standard-2X }", 4, "size Standard-1X → Standard-2X"),
    ] {
        assert_eq!(decides(line, live, "Standard-1X").join(", "), expected, "{line}, {live} live");
    }
}

#[test]
fn a_number_that_something_else_chose_is_neither_set_nor_looked_at() {
    let draft = want("formation: { web: { quantity: 2..5, size: standard-2x } }")
        .diff::<Kind>(&world().with_dynos("web", 3, "Standard-1X"));
    let Some(crate::resource::Change::Formation(Change { scales, .. })) = draft.changes.first() else {
        panic!("one change of the formation")
    };
    assert_eq!(
        (scales[0].count(), scales[0].size.as_ref().map(DynoSize::as_str)),
        (None, Some("standard-2x"))
    );
    for (quantity, size, is_as_before, is_as_after) in [
        (3, "Standard-1X", true, false),
        (5, "Standard-1X", true, false),
        (1, "Standard-2X", true, true),
        (3, "Basic", false, false),
    ] {
        let live = world().with_dynos("web", quantity, size).formation.remove(0);
        let part = scales[0].compare_with(Some(&live));
        assert_eq!((part.is_as_before, part.is_as_after), (is_as_before, is_as_after), "{quantity} {size}");
    }
}

#[test]
fn what_something_else_scales_is_no_fact_of_a_saved_plan() {
    let count = |asked: Option<Quantity>, quantity| {
        let mut live = world().with_dynos("web", quantity, "Standard-1X").formation.remove(0);
        live.asked = asked;
        live.count()
    };
    let range = Some(Quantity::Between { min: 2, max: 5 });
    assert_eq!(count(range, 2), count(range, 5));
    assert_ne!(count(range, 5), count(range, 6));
    assert_eq!(count(None, 1), count(None, 6));
    assert_ne!(count(None, 0), count(None, 1));
    assert_ne!(count(Some(Quantity::Exactly(2)), 2), count(Some(Quantity::Exactly(2)), 3));
}

#[test]
fn old_and_new_names_of_a_size_are_no_difference_and_what_is_unknown_can_be_replaced() {
    for (size, live, expected) in [
        ("basic", "Hobby", ""),
        ("eco", "Free", ""),
        ("Standard-1X", "1X", ""),
        ("shield-m", "Private-M", ""),
        ("standard-3x", "Standard-3X", ""),
        ("standard-1x", "Colossal", "size Colossal → standard-1x"),
    ] {
        assert_eq!(
            decides(&format!("{{ quantity: 1, size: {size} }}"), 1, live).join(", "),
            expected,
            "{size}"
        );
    }
}

#[test]
fn more_than_one_dyno_of_a_size_that_has_one_is_refused_before_heroku_does() {
    let spec = want("formation: { web: { quantity: 2 } }");
    let draft = spec.diff::<Kind>(&world().with_dynos("web", 1, "Basic"));
    assert!(draft.changes.is_empty());
    assert_eq!(draft.blocked[0].reason, "a process type runs on one Basic dyno at most");
    let draft = spec.diff::<Kind>(&world().with_dynos("web", 1, "Standard-1X"));
    assert!(draft.blocked.is_empty() && draft.changes.len() == 1);
}

#[test]
fn a_type_that_starts_beside_dynos_of_another_family_is_refused_before_heroku_does() {
    let draft = want("formation: { web: { size: standard-1x }, worker: { quantity: 1 } }")
        .diff::<Kind>(&world().with_dynos("web", 1, "Standard-1X").with_dynos("worker", 0, "Basic"));
    assert_eq!(draft.blocked[0].address.as_str(), "formation.worker", "the one whose size is not said");
    assert!(draft.blocked[0].advice.contains("`size`"), "{:?}", draft.blocked);
}

#[test]
fn a_size_of_another_generation_or_of_no_space_is_told() {
    let told = |generation: &str, space: Option<&str>, size: &str| {
        let mut live = crate::resource::testing::live_app("ledger");
        (live.generation, live.space) = (Some(generation.to_owned()), space.map(str::to_owned));
        let world = World { app: crate::resource::app::Observed::Live(live), ..World::default() };
        let draft = want(&format!("formation: {{ web: {{ size: {size} }} }}")).diff::<Kind>(&world);
        draft.blocked.first().map_or_else(String::new, |blocked| blocked.reason.clone())
    };
    assert!(told("fir", None, "standard-1x").contains("Fir generation"));
    assert!(told("cedar", None, "dyno-1c-0.5gb").contains("Cedar generation"));
    assert!(told("cedar", Some("acme"), "standard-1x").contains("Private Space `acme`"));
    for (generation, space, size) in
        [("fir", None, "dyno-1c-0.5gb"), ("cedar", None, "standard-1x"), ("cedar", Some("acme"), "private-s")]
    {
        assert_eq!(told(generation, space, size), "", "{generation} {size}");
    }
}
