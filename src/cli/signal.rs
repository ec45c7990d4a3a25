//! How a person or a job runner asks a command to stop: Ctrl-C, and SIGTERM where there is one.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::Output;
use crate::cloud::Stop;
use crate::message::Notice;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Within this time one request can come twice: the terminal tells the whole group of processes, and a wrapper passes
/// on to its child what it was told.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Which way it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    #[cfg(unix)]
    Terminate,
}

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
    pub(super) async fn next(&mut self) -> Way {
        let Some([interrupt, terminate]) = &mut self.signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => Way::Interrupt,
            _ = terminate.recv() => Way::Terminate,
        }
    }

    /// Ends at the next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Way {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Way::Interrupt
    }
}

/// What interruptions mean to a command that writes: the first asks to stop, a second one of the same way ends it at
/// once. Another way is no second request: a job runner says SIGINT, then SIGTERM, and then it kills.
pub(super) struct Interrupt<'a> {
    /// Asked by the first interruption.
    pub(super) stop: Stop,
    interruptions: Interruptions,
    first: Option<(Way, Instant)>,
    output: &'a Output,
}

impl<'a> Interrupt<'a> {
    pub(super) fn listen(stop: &Stop, output: &'a Output) -> Self {
        Self { stop: stop.clone(), interruptions: Interruptions::listen(), first: None, output }
    }

    /// Ends at the first interruption; a second one ends the process.
    pub(super) async fn next(&mut self) {
        let way = self.interruptions.next().await;
        match self.first {
            None => self.first = Some((way, Instant::now())),
            Some((first, at)) if first == way && at.elapsed() >= ONE_REQUEST => {
                self.output.notice(&Notice::EndedAtOnce);
                std::process::abort();
            }
            Some(_) => {}
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
