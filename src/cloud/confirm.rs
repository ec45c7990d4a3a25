//! A call that does not bear repeating, whose answer may get lost: looking decides whether it was done.

use super::{Certainty, CloudError, ErrorKind};

/// Sends once. When the answer was lost, looks whether it was done; when it was not, sends once more, except
/// after a time-out: a service that is slow may still do it, and then it would be done twice.
pub async fn confirmed<T, S, L>(
    send: impl Fn() -> S + Send,
    look: impl Fn() -> L + Send,
) -> Result<T, CloudError>
where
    S: Future<Output = Result<T, CloudError>> + Send,
    L: Future<Output = Result<Option<T>, CloudError>> + Send,
{
    let mut may_repeat = true;
    loop {
        let lost = match send().await {
            Err(error) if error.certainty == Certainty::Unknown => error,
            answer => return answer,
        };
        match look().await {
            Ok(Some(done)) => return Ok(done),
            Ok(None) if may_repeat && lost.kind != ErrorKind::TimedOut => may_repeat = false,
            Ok(None) | Err(_) => return Err(lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn lost(kind: ErrorKind) -> CloudError {
        CloudError { certainty: Certainty::Unknown, kind, ..CloudError::moved("lost") }
    }

    /// How often a call is sent, and what comes of it, when these are its answers and looking sees this.
    async fn sent(
        answers: &[Result<u8, CloudError>],
        seen: Result<Option<u8>, CloudError>,
    ) -> (usize, Result<u8, CloudError>) {
        let count = AtomicUsize::new(0);
        let send = || async { answers[count.fetch_add(1, Ordering::SeqCst)].clone() };
        let result = confirmed(send, || async { seen.clone() }).await;
        (count.load(Ordering::SeqCst), result)
    }

    #[tokio::test]
    async fn a_lost_answer_is_looked_for_before_anything_is_sent_again() {
        let cut = || Err(lost(ErrorKind::Malformed));
        assert_eq!(sent(&[cut()], Ok(Some(7))).await, (1, Ok(7)), "it was done");
        assert_eq!(sent(&[cut(), Ok(9)], Ok(None)).await, (2, Ok(9)), "it was not");
        let (count, result) = sent(&[cut(), cut()], Ok(None)).await;
        assert_eq!((count, result.unwrap_err().certainty), (2, Certainty::Unknown), "twice is enough");
    }

    #[tokio::test]
    async fn what_may_still_be_done_is_not_sent_again() {
        let late = Err(lost(ErrorKind::TimedOut));
        assert_eq!(sent(std::slice::from_ref(&late), Ok(None)).await.0, 1);
        let blind = Err(lost(ErrorKind::ServerFailed));
        assert_eq!(sent(&[blind], Err(CloudError::moved("no look"))).await.0, 1);
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer() {
        let refused = CloudError { kind: ErrorKind::Invalid, ..CloudError::moved("no") };
        assert_eq!(sent(&[Err(refused.clone())], Ok(Some(1))).await, (1, Err(refused)));
    }
}
