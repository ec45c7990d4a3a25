//! How a person or a job runner asks a command to stop: Ctrl-C, and SIGTERM where there is one.

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
