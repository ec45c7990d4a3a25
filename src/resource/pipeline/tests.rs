//! The app's pipeline: what the spec says × where the app is × which pipelines have that name.

#![cfg(test)]

use super::{Kind, Observed, Place};
use crate::cloud::heroku::Pipeline;
use crate::resource::testing::{changes, outcome, reasons, want_app, world};
use crate::resource::{Draft, Operation, World, app};

fn place(pipeline: &str, stage: &str) -> Place {
    Place {
        coupling_id: "c1".to_owned(),
        pipeline_id: format!("id of {pipeline}"),
        pipeline: Some(pipeline.to_owned()),
        stage: stage.to_owned(),
    }
}

fn named(ids: &[&str]) -> Vec<Pipeline> {
    let json =
        |id: &&str| serde_json::json!({ "id": id, "name": "ledger", "owner": { "id": "o", "type": "team" } });
    ids.iter().map(|id| Pipeline::of_json(json(id))).collect()
}

fn seen(place: Option<Place>, ids: &[&str]) -> World {
    World { pipeline: Observed { place, named: named(ids) }, ..world() }
}

#[track_caller]
fn planned(world: &World) -> Draft {
    want_app("app: { name: ledger, pipeline: { name: ledger, stage: production } }", "").diff::<Kind>(world)
}

/// The fields of all changes: `stage staging → production`.
fn fields(draft: &Draft) -> Vec<String> {
    let rows = draft.changes.iter().flat_map(Operation::describe);
    rows.flat_map(|row| row.fields)
        .map(|field| format!("{} {:?} → {:?}", field.path, field.before, field.after))
        .collect()
}

#[test]
fn the_app_enters_the_pipeline_of_that_name_which_is_created_when_nobody_has_it() {
    let draft = planned(&seen(None, &["p1"]));
    assert_eq!(changes(&draft), ["create app.pipeline"]);
    assert_eq!(fields(&draft), ["name Nothing → Plain(\"ledger\")", "stage Nothing → Plain(\"production\")"]);
    let draft = planned(&seen(None, &[]));
    assert_eq!(changes(&draft), ["create app.pipeline", "create app.pipeline"]);
    assert_eq!(reasons(&draft), ["no pipeline has that name yet: a new one of the acting account"]);
    assert!(draft.changes[1].needs().contains(&draft.changes[0].gives()[0]));
}

#[test]
fn a_new_pipeline_is_the_teams_whose_app_it_is() {
    let spec = "app: { name: ledger, team: books, pipeline: { name: ledger, stage: staging } }";
    let draft = want_app(spec, "").diff::<Kind>(&seen(None, &[]));
    assert_eq!(reasons(&draft), ["no pipeline has that name yet: a new one of the team books"]);
}

#[test]
fn an_app_that_is_there_stays_also_when_others_have_pipelines_of_that_name() {
    for ids in [&["id of ledger"][..], &["id of ledger", "p2"]] {
        assert_eq!(outcome(&planned(&seen(Some(place("ledger", "production")), ids))), ["unchanged 1"]);
    }
}

#[test]
fn another_stage_is_a_move_within_the_pipeline() {
    let draft = planned(&seen(Some(place("ledger", "staging")), &["id of ledger", "p2"]));
    assert_eq!(changes(&draft), ["update app.pipeline"]);
    assert_eq!(fields(&draft), ["stage Plain(\"staging\") → Plain(\"production\")"]);
}

#[test]
fn from_another_pipeline_the_app_is_moved_and_the_plan_says_so() {
    for (ids, steps) in [(&["p1"][..], 1), (&[], 2)] {
        let draft = planned(&seen(Some(place("other", "production")), ids));
        assert_eq!(changes(&draft), vec!["update app.pipeline"; steps]);
        assert_eq!(fields(&draft), ["name Plain(\"other\") → Plain(\"ledger\")"]);
        let notes = draft.changes.last().unwrap().effects().notes;
        assert_eq!(notes, ["leaves the pipeline other, and for a moment the app is in none"]);
    }
}

#[test]
fn a_pipeline_that_may_not_be_seen_is_told_by_its_id() {
    let unseen = Place { pipeline: None, ..place("other", "staging") };
    let draft = planned(&seen(Some(unseen), &["p1"]));
    assert_eq!(
        fields(&draft),
        [
            "name Plain(\"id of other\") → Plain(\"ledger\")",
            "stage Plain(\"staging\") → Plain(\"production\")"
        ]
    );
}

#[test]
fn of_two_pipelines_of_that_name_none_is_chosen() {
    for place in [None, Some(place("other", "production"))] {
        let draft = planned(&seen(place, &["p1", "p2"]));
        assert_eq!(outcome(&draft), ["blocked app.pipeline"]);
        let [blocked] = draft.blocked.as_slice() else { panic!("{draft:?}") };
        assert_eq!(blocked.reason, "2 pipelines are called `ledger`: p1 (of the team o), p2 (of the team o)");
        assert!(blocked.advice.contains("heroku pipelines:add ID -a ledger -s production"));
    }
}

#[test]
fn nothing_is_said_of_an_app_of_someone_elses_or_without_the_key() {
    let foreign = World { app: app::Observed::Foreign, ..seen(None, &[]) };
    assert_eq!(outcome(&planned(&foreign)), [""; 0]);
    let silent = want_app("app: { name: ledger }", "").diff::<Kind>(&seen(Some(place("other", "test")), &[]));
    assert_eq!(outcome(&silent), [""; 0]);
}
