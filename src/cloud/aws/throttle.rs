//! How often the SDK tries again: longer for calls that come too fast, since waiting is all that helps, and as usual
//! for everything else. A wait that is long enough to be noticed is announced, with what may follow.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::{FinalizerInterceptorContextRef, InterceptorContext};
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;

use super::error::TOO_MANY;
use crate::cloud::announce::{Announcements, WORTH_ANNOUNCING};

/// Attempts in all at a call that is throttled: waits of 1, 2, 4, 8, 16 and 20 seconds at most.
const THROTTLED: u32 = 7;

/// Put into every client, as an interceptor and as a classifier.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    /// Attempts in all at a call that fails otherwise.
    usual: u32,
    announced: Arc<Announcements>,
}

impl Patience {
    pub(super) fn of(config: &SdkConfig) -> Self {
        let usual = config
            .retry_config()
            .map_or_else(|| RetryConfig::standard().max_attempts(), RetryConfig::max_attempts);
        Self { usual, announced: Arc::default() }
    }

    /// What to tell before the wait that follows this attempt.
    fn announcement(&self, attempt: u32, retries: &RetryConfig) -> Option<String> {
        let next = pause(attempt, retries);
        if attempt >= retries.max_attempts() || next < WORTH_ANNOUNCING || !self.announced.is_news(next) {
            return None;
        }
        let then: Duration =
            (attempt + 1..retries.max_attempts()).map(|attempt| pause(attempt, retries)).sum();
        let (next, then) = (next.as_secs(), then.as_secs());
        Some(format!("AWS asks to slow down; waiting {next} s at most, and after that {then} s at most"))
    }
}

/// The longest that the SDK waits after an attempt; it draws a part of it at random.
fn pause(attempt: u32, retries: &RetryConfig) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    retries.initial_backoff().saturating_mul(doubled).min(retries.max_backoff())
}

fn is_throttled(response: &HttpResponse) -> bool {
    let says = |code: &&str| {
        let element = format!("<Code>{code}</Code>");
        let body = response.body().bytes().unwrap_or_default();
        body.windows(element.len()).any(|part| part == element.as_bytes())
    };
    response.status().as_u16() == 429 || (!response.status().is_success() && TOO_MANY.iter().any(says))
}

impl Intercept for Patience {
    fn name(&self) -> &'static str {
        "Patience"
    }

    /// The SDK decides right after this whether it tries again, by the number of attempts that is set here.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let set = config.load::<RetryConfig>().cloned().filter(|set| set.max_attempts() > 1);
        let (Some(set), Some(attempt)) = (set, config.load::<RequestAttempts>().copied()) else {
            return Ok(());
        };
        let is_throttled = context.response().is_some_and(is_throttled);
        let most = if is_throttled { self.usual.max(THROTTLED) } else { self.usual };
        let retries = set.with_max_attempts(most);
        if is_throttled && let Some(announcement) = self.announcement(attempt.attempts(), &retries) {
            tracing::warn!("{announcement}");
        }
        config.interceptor_state().store_put(retries);
        Ok(())
    }
}

/// A 429 is throttling whatever its body says, also when something before AWS says it.
impl ClassifyRetry for Patience {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 429 => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Patience"
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};
    use super::*;

    fn refusal(status: u16, code: &str) -> Reply {
        Reply::new(
            status,
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"),
        )
    }

    #[tokio::test]
    async fn a_throttled_call_is_tried_longer_than_one_that_fails() {
        for (status, code, times) in [
            (400, "Throttling", 7),
            (503, "SlowDown", 7),
            (429, "Odd", 7),
            (500, "InternalFailure", 3),
            (403, "AccessDenied", 1),
        ] {
            let server = Server::always(refusal(status, code)).await;
            let outcome = server.aws().await.iam().access_keys(&user()).await;
            assert!(outcome.is_err());
            assert_eq!(server.calls().len(), times, "{status} {code}");
        }
    }

    #[tokio::test]
    async fn a_creation_that_may_not_be_repeated_is_not() {
        let server = Server::always(refusal(500, "InternalFailure")).await;
        assert!(server.aws().await.iam().create_access_key(&user(), &[]).await.is_err());
        let creations = server.calls().into_iter().filter(|call| call.contains("CreateAccessKey"));
        assert_eq!(creations.count(), 1);
    }

    #[test]
    fn a_wait_is_told_once_with_what_may_follow() {
        let patience = Patience { usual: 3, announced: Arc::default() };
        let retries = RetryConfig::standard().with_max_attempts(7);
        let tell = |attempt| patience.announcement(attempt, &retries);
        assert_eq!(tell(1), None, "a second is not noticed");
        let announced = tell(2).unwrap();
        assert_eq!(announced, "AWS asks to slow down; waiting 2 s at most, and after that 48 s at most");
        assert_eq!(tell(2), None, "by another call that waits as long");
        assert!(tell(5).unwrap().contains("waiting 16 s at most, and after that 20 s"));
        assert_eq!(tell(7), None, "nothing is waited for after the last");
    }
}
