//! Answers that are asked for once in a run, whoever needs them first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::CloudError;

/// An answer that is asked for once, whoever needs it first; a failure is an answer too.
pub(super) struct Once<T>(OnceCell<Result<T, CloudError>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T: Clone> Once<T> {
    pub(super) fn known(answer: T) -> Self {
        Self(OnceCell::new_with(Some(Ok(answer))))
    }

    pub(super) async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        self.0.get_or_init(ask).await.clone()
    }
}

/// One such answer a key.
pub(super) struct Memo<K, T>(Mutex<BTreeMap<K, Arc<Once<T>>>>);

impl<K, T> Default for Memo<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Ord, T: Clone> Memo<K, T> {
    pub(super) async fn get<F>(&self, key: &K, ask: impl FnOnce() -> F) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let once = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(key.clone()).or_default())
        };
        once.get(ask).await
    }
}
