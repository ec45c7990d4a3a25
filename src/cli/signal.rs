//! How a person or a job runner asks a command to stop: Ctrl-C, and SIGTERM where there is one.

use std::pin::pin;

use super::Output;
use crate::cloud::Stop;
use crate::message::Notice;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from when it is made, so that nothing is missed between two looks.
pub(super) struct Interruptions {
    #[cfg(unix)]
    signals: Option<[Signal; 2]>,
}

impl Interruptions {
    pub(super) fn listen() -> Self {
        #[cfg(unix)]
        let listen = |kind| signal(kind).ok();
        Self {
            // Without a way to listen, what a signal does by default, ending the process, stays.
            #[cfg(unix)]
            signals: listen(SignalKind::interrupt())
                .zip(listen(SignalKind::terminate()))
                .map(|(interrupt, terminate)| [interrupt, terminate]),
        }
    }

    /// Ends at the next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        let Some([interrupt, terminate]) = &mut self.signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    /// Ends at the next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What interruptions mean to a command that writes: the first asks to stop, the second ends it at once.
pub(super) struct Interrupt<'a> {
    /// Asked by the first interruption.
    pub(super) stop: Stop,
    interruptions: Interruptions,
    output: &'a Output,
}

impl<'a> Interrupt<'a> {
    pub(super) fn listen(stop: &Stop, output: &'a Output) -> Self {
        Self { stop: stop.clone(), interruptions: Interruptions::listen(), output }
    }

    /// Ends at the first interruption; a second one ends the process.
    pub(super) async fn next(&mut self) {
        self.interruptions.next().await;
        if self.stop.is_asked() {
            self.output.notice(&Notice::EndedAtOnce);
            std::process::abort();
        }
        self.stop.ask();
    }

    /// Does work to its end, and listens meanwhile: what is to stop earlier looks at `stop`.
    pub(super) async fn attend<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.next() => {}
                done = &mut work => return done,
            }
        }
    }
}
