//! One mutation as data, of whatever kind: the whole inventory of what this program can ever do to the outside world.
//!
//! What must not live here: what any of them does, which is its kind's, or its task's.

use std::fmt::Debug;
use std::future::Future;

use super::kinds::{kinds, tasks};
use super::{Effects, Output, Outputs, Recheck, Row, Run};
use crate::cloud::CloudError;

#[cfg(test)]
use super::World;

/// One mutation, as data.
pub trait Operation: Clone + Debug + Send + Sync + 'static {
    /// What it does, at which addresses.
    fn describe(&self) -> Vec<Row>;

    /// What else it causes.
    fn effects(&self) -> Effects {
        Effects::default()
    }

    /// What must have been brought about before.
    fn needs(&self) -> Vec<Output>;

    /// What it brings about.
    fn gives(&self) -> Vec<Output>;

    /// What must have ended before, however it ended: the order of writes that do not rest on each other.
    fn follows(&self) -> Vec<Output> {
        Vec::new()
    }

    /// Looks whether what it rests on is still as planned. Called just before [`Operation::apply`].
    fn recheck(&self, run: &Run) -> impl Future<Output = Result<Recheck, CloudError>> + Send;

    /// Does it; returns the values that it brought about. Safe to do again.
    fn apply(&self, run: &Run) -> impl Future<Output = Result<Outputs, CloudError>> + Send;

    /// What the world would be if it had been done, and the values that it would have brought about: for the law that
    /// a plan that was carried out leaves nothing to plan.
    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs);
}

/// Expands the two lists to a variant for each, and to the functions that dispatch to them.
macro_rules! expand {
    (kinds { $($kind:ident: $Kind:ident),* $(,)? } tasks { $($task:ident: $Task:ident),* $(,)? }) => {
        /// One mutation: a variant a kind of thing, then a variant a task.
        #[derive(Clone, Debug)]
        pub enum Change {
            $(#[doc = concat!("A change of `", stringify!($kind), "`.")] $Kind(super::$kind::Change),)*
            $(#[doc = concat!("The task `", stringify!($task), "`.")] $Task(super::task::$task::Change),)*
        }

        dispatch! { $($kind: $Kind,)* $($task: $Task,)* }

        $(impl From<super::$kind::Change> for Change {
            fn from(change: super::$kind::Change) -> Self { Self::$Kind(change) }
        })*
        $(impl From<super::task::$task::Change> for Change {
            fn from(change: super::task::$task::Change) -> Self { Self::$Task(change) }
        })*
    };
}

macro_rules! dispatch {
    ($($one:ident: $One:ident,)*) => {
        impl Operation for Change {
            fn describe(&self) -> Vec<Row> { match self { $(Self::$One(change) => change.describe(),)* } }
            fn effects(&self) -> Effects { match self { $(Self::$One(change) => change.effects(),)* } }
            fn needs(&self) -> Vec<Output> { match self { $(Self::$One(change) => change.needs(),)* } }
            fn gives(&self) -> Vec<Output> { match self { $(Self::$One(change) => change.gives(),)* } }
            fn follows(&self) -> Vec<Output> { match self { $(Self::$One(change) => change.follows(),)* } }
            #[cfg(test)]
            fn assume(&self, world: &mut World, outputs: &mut Outputs) {
                match self { $(Self::$One(change) => change.assume(world, outputs),)* }
            }
            async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
                match self { $(Self::$One(change) => change.recheck(run).await,)* }
            }
            async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
                match self { $(Self::$One(change) => change.apply(run).await,)* }
            }
        }
    };
}

macro_rules! with_tasks {
    ($($kinds:tt)*) => { tasks! { expand { $($kinds)* } } };
}

kinds!(with_tasks);
