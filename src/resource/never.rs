//! The change of what can only be looked at.

use std::convert::Infallible;
use std::fmt::Debug;
use std::marker::PhantomData;

use super::{Operation, Output, Outputs, Recheck, Row, Run};
use crate::cloud::CloudError;

/// No change: there is no value of this type. Each kind has its own, as each change belongs to one kind.
#[derive(Clone, Debug)]
pub struct Never<Kind>(Infallible, PhantomData<Kind>);

impl<Kind: Clone + Debug + Send + Sync + 'static> Operation for Never<Kind> {
    fn describe(&self) -> Vec<Row> {
        match self.0 {}
    }

    fn needs(&self) -> Vec<Output> {
        match self.0 {}
    }

    fn gives(&self) -> Vec<Output> {
        match self.0 {}
    }

    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        match self.0 {}
    }

    async fn apply(&self, _: &Run) -> Result<Outputs, CloudError> {
        match self.0 {}
    }
}
