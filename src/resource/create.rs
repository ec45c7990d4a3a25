//! Making what was not there when the plan was made: when it is there now, is it this run's or another's?
//!
//! What must not live here: what is made, which each kind knows.

use crate::cloud::{CloudError, confirmed};

/// Creates a thing whose name was free when the plan was made. A refusal for which `is_taken` holds, while the thing
/// is there, says that another apply made it, as `taken` words it.
pub(super) async fn create<T, S, L>(
    send: impl Fn() -> S + Send,
    look: impl Fn() -> L + Send + Sync,
    is_taken: impl Fn(&CloudError) -> bool + Send,
    taken: impl FnOnce() -> String + Send,
) -> Result<T, CloudError>
where
    S: Future<Output = Result<T, CloudError>> + Send,
    L: Future<Output = Result<Option<T>, CloudError>> + Send,
{
    match confirmed(send, &look).await {
        Err(error) if is_taken(&error) && look().await.is_ok_and(|seen| seen.is_some()) => {
            Err(CloudError::moved(format!("{} since the plan", taken())))
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{ErrorKind, Service};

    async fn created(seen: Option<u8>) -> Result<u8, CloudError> {
        let refused = || CloudError::new(Service::Iam, "make", ErrorKind::Invalid, "no");
        let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
        create(
            || async { Err(refused()) },
            || async { Ok(seen) },
            is_taken,
            || "it was made by someone else".to_owned(),
        )
        .await
    }

    #[tokio::test]
    async fn what_is_refused_and_there_is_anothers() {
        let error = created(Some(1)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Moved);
        assert_eq!(error.message, "it was made by someone else since the plan");
    }

    #[tokio::test]
    async fn what_is_refused_and_not_there_is_refused() {
        assert_eq!(created(None).await.unwrap_err().kind, ErrorKind::Invalid);
    }
}
