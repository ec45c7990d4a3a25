//! One step of a plan as it runs: looks once more, then does it.

use crate::cloud::CloudError;
use crate::resource::{Change, Operation, Outputs, Recheck, Run};

/// Carries a change out. Between the plan and this moment others may have been there, so it looks first.
pub(super) async fn carry_out(change: &Change, run: &Run) -> Result<Outputs, CloudError> {
    let outcome = match Box::pin(change.recheck(run)).await {
        Ok(Recheck::AsPlanned) => change.apply(run).await,
        Ok(Recheck::Done(outputs)) => {
            run.progress.update("already up to date");
            Ok(outputs)
        }
        Ok(Recheck::Moved(what)) => Err(CloudError::moved(what)),
        Err(error) => Err(error),
    };
    outcome.map_err(|error| with_name(error, run))
}

/// Calls go to the app's id, which says nothing to people.
fn with_name(mut error: CloudError, run: &Run) -> CloudError {
    error.operation = error.operation.replace(&run.app(), &run.app_name());
    error
}

/// What a step that panicked failed with: a defect of ours, and nobody knows what it did before.
pub(super) fn crashed() -> CloudError {
    CloudError::defect("this step ended unexpectedly").maybe_done()
}
