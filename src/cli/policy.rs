//! `trueup policy`: which rights an environment needs; offline.

use super::Exit;
use super::arguments::{OnlyJson, Policy as Request};
use super::branch;
use super::context::{Context, select_one};
use crate::access::{self, Jobs, ROOM};
use crate::lifecycle::clone::{self, Asked};
use crate::message::{Failure, Notice};
use crate::resource::rights::Purpose;
use crate::spec;
use crate::view;

pub(super) fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project()?;
    let name = select_one(&project, request.name.as_deref())?;
    let named = spec::load(&project, &name).map_err(Failure::Spec)?;
    let purpose = Purpose::from(request.purpose);
    let (environment, source) = match (&request.new, &named.spec.cloned_from) {
        (Some(new), _) => {
            let asked = Asked { name: new.clone(), app: None, settings: Vec::new() };
            let text = clone::document(&asked, &named, None);
            (spec::load_as(&project, new, &text).map_err(Failure::Spec)?, Some(named))
        }
        (None, Some(source)) if purpose == Purpose::Clone => {
            let source = spec::load(&project, source).map_err(Failure::Spec)?;
            (named, Some(source))
        }
        (None, None) if purpose == Purpose::Clone => return Err(Failure::CloneUnnamed(name)),
        (None, _) => (named, None),
    };
    let branch = branch::of(request.branch.as_ref(), &project);
    let jobs = request.trust.as_ref().map(|repository| Jobs { repository, branch: &branch });
    let access = access::of(&environment, (purpose, source.as_ref()), jobs)?;
    let exit = match request.format {
        OnlyJson::Json => context.output.data(&view::policy::json(&access))?,
    };
    if access.aws.is_some() && environment.spec.aws_account.is_none() {
        context.output.notice(&Notice::RightsInAnyAccount);
    }
    if let Some(policy) = access.aws.as_ref().filter(|policy| policy.counted() > ROOM) {
        context.output.notice(&Notice::LongPolicy { counted: policy.counted(), most: ROOM });
    }
    if let Some(repository) = request.trust.as_ref() {
        context.output.notice(&Notice::TrustedJobs(repository.clone()));
    }
    context.output.notice(&Notice::ScopesOfAccount(access.scopes));
    Ok(exit)
}
