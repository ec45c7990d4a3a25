//! Counts and logs what the SDK sends, retries among them: for the meter of the run, for the log, and for a
//! single call. Nothing of a body or a header is logged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use http_body_util::Limited;

use crate::cloud::Meter;

/// More than any answer that is read here: a page of a thousand keys has a hundredth of it.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Put into every client.
#[derive(Debug)]
pub(super) struct Counter(pub(super) Meter);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.count_aws();
        Ok(())
    }

    /// An answer without end stops here: the SDK itself would read on until there is no memory left.
    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        exchange(context, |body| SdkBody::from_body_1_x(Limited::new(body, LARGEST_BODY)));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, operation) =
            config.load::<Metadata>().map_or(("", ""), |call| (call.service(), call.name()));
        let status = context.response().map(|response| response.status().as_u16());
        tracing::debug!(service, operation, status, "aws");
        Ok(())
    }
}

/// Puts another body in the place of an answer's.
pub(in crate::cloud) fn exchange(
    context: &mut BeforeDeserializationInterceptorContextMut<'_>,
    other: impl FnOnce(SdkBody) -> SdkBody,
) {
    let body = context.response_mut().body_mut();
    *body = other(std::mem::replace(body, SdkBody::taken()));
}

/// How often one creation was sent. "It exists already" to the first attempt means that someone else made it;
/// to a later one, that an earlier attempt may have, whose answer was lost.
#[derive(Clone, Debug, Default)]
pub(in crate::cloud) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// Begins to count anew.
    pub(in crate::cloud) fn restart(&self) -> Self {
        self.0.store(0, Ordering::Relaxed);
        self.clone()
    }

    /// Whether it was sent more than once.
    pub(in crate::cloud) fn is_repeated(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
