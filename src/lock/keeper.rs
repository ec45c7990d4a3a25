//! Renews a lock while an apply runs, and says at once when it was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::hold::{Held, Released, Renewed};
use super::state::Found;
use crate::cloud::CloudError;

/// How a lock was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Someone broke it: what lies there now, if anything.
    Broken(Option<Box<Found>>),
    /// It could not be renewed until its time was over.
    NotRenewed(Box<CloudError>),
}

/// Holds a lock in the background.
pub struct Keeper {
    task: JoinHandle<Held>,
    end: oneshot::Sender<()>,
    lost: Arc<AtomicBool>,
}

impl Keeper {
    /// Begins to renew it. `on_loss` is called once, when it is lost; nothing is renewed after that.
    #[must_use]
    pub fn start(mut held: Held, on_loss: impl FnOnce(&Loss) + Send + 'static) -> Self {
        let (end, ended) = oneshot::channel();
        let lost = Arc::new(AtomicBool::new(false));
        let is_lost = Arc::clone(&lost);
        let task = tokio::spawn(async move {
            if let Some(loss) = keep(&mut held, ended).await {
                is_lost.store(true, Ordering::SeqCst);
                on_loss(&loss);
            }
            held
        });
        Self { task, end, lost }
    }

    /// Whether it was lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    /// Ends the renewals, of which one that is under way is not cut off, and gives the lock back.
    pub async fn release(self) -> Result<Released, CloudError> {
        // The task is gone already when the lock was lost.
        let _ = self.end.send(());
        match self.task.await {
            Ok(_) if self.lost.load(Ordering::SeqCst) => Ok(Released::Broken),
            Ok(held) => held.release().await,
            // A task that broke off holds nothing any more; the lock expires by itself.
            Err(_) => Ok(Released::Broken),
        }
    }
}

/// Renews until it is told to end, or the lock is lost.
async fn keep(held: &mut Held, mut ended: oneshot::Receiver<()>) -> Option<Loss> {
    let lifetime = held.terms().lifetime;
    let every = held.terms().renew_every();
    // A little early, since the service counts in whole seconds and from its own moment.
    let usable = lifetime * 9 / 10;
    let mut until = Instant::now() + usable;
    let mut pause = every;
    loop {
        tokio::select! {
            biased;
            _ = &mut ended => return None,
            () = tokio::time::sleep(pause) => {}
        }
        let sent = Instant::now();
        pause = match held.renew().await {
            Ok(Renewed::Renewed) => {
                until = sent + usable;
                every
            }
            Ok(Renewed::Broken(now)) => return Some(Loss::Broken(now)),
            Err(error) if Instant::now() >= until => return Some(Loss::NotRenewed(Box::new(error))),
            Err(_) => soon(every, until),
        };
    }
}

/// After a failure sooner than usual, and once more just when the time is over.
fn soon(every: Duration, until: Instant) -> Duration {
    (every / 6).min(until.saturating_duration_since(Instant::now())).max(Duration::from_millis(50))
}
