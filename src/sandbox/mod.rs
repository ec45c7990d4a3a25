//! The embedded cloud: Heroku's Platform and data APIs, S3, IAM and STS on one loopback port, for every call
//! that trueup makes and for the real `heroku`, `aws` and `terraform` programs.
//!
//! Faithful in what bites. It shares no code with the client side (`cloud`, `resource`), so that the two
//! cannot be wrong together; tests/architecture.rs keeps it so.

mod aws;
mod fault;
mod heroku;
mod http;
mod server;
mod store;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use fault::{Call, Fault, FaultKind};

use server::Shared;
use store::Store;

/// The access key id of the account's owner.
pub const ROOT_KEY: &str = "AKIASANDBOXROOT00000";
/// Its secret, which opens nothing but the embedded cloud.
pub const ROOT_SECRET: &str = "sandbox-root-secret";
/// The access key id of a second account, so that a test can be a stranger.
pub const OTHER_KEY: &str = aws::OTHER_ACCESS_KEY;
/// The secret of the second account.
pub const OTHER_SECRET: &str = aws::OTHER_SECRET_KEY;

/// How the embedded cloud is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// The folder of its state; `None` keeps everything in memory.
    pub state_dir: Option<PathBuf>,
    /// How it behaves.
    pub knobs: Knobs,
}

/// Whether the PostgreSQL that new databases are to be on can be used.
///
/// # Errors
/// Why not.
pub fn check_postgres(knobs: &Knobs) -> io::Result<()> {
    heroku::check_postgres(knobs).map_err(io::Error::other)
}

/// How the embedded cloud behaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Knobs {
    /// Added to every call.
    pub latency: Duration,
    /// How long a database takes until it is provisioned; the data API needs half as long again.
    pub provisioning: Duration,
    /// The state of a new add-on after that: `provisioned`, or any other when its provider gives up.
    pub addon_state: String,
    /// How long a new domain is pending; its DNS target is known after half of it.
    pub domain: Duration,
    /// The status of a new domain after that: `succeeded`, `none`, or any other for a failure.
    pub domain_status: String,
    /// How far the certificates of domains are, where they are managed: `pending` waits for the DNS, and `cert issued` has one.
    pub acm_status: String,
    /// Why they are no farther.
    pub acm_reason: Option<String>,
    /// How many days a managed certificate is good for, from when the app's first domain was added; it may be over already.
    pub certificate_days: i64,
    /// The URL of a PostgreSQL, as somebody who may do everything there: every new database has one of its own on it. Without
    /// a server they lead nowhere.
    pub postgres: Option<String>,
    /// The folder of `pg_dump` and `pg_restore`, which make and restore backups of it; without one they are looked for as
    /// any program is.
    pub postgres_programs: Option<PathBuf>,
    /// How long a backup, a restore or a copy of a database takes.
    pub transfer: Duration,
    /// How each of them ends: `succeeded`, or any other for a failure.
    pub transfer_status: String,
    /// How long until a new access key works.
    pub key_propagation: Duration,
    /// How long until the dynos of the formation run a new release.
    pub restart: Duration,
    /// How long the password of a database takes to be replaced.
    pub rotation: Duration,
    /// How long a build takes.
    pub build: Duration,
    /// How a build ends, when its code does not make it fail: `succeeded`, or any other for a failure.
    pub build_status: String,
    /// How long a release phase takes.
    pub release: Duration,
    /// How a release phase ends, when its command does not make it fail: `succeeded`, or any other for a failure.
    pub release_status: String,
    /// How many items a page of a list holds when the client does not say.
    pub page_size: usize,
    /// How many calls to Heroku an account may make.
    pub budget: Budget,
    /// Which calls fail.
    pub faults: Vec<Fault>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            provisioning: Duration::from_secs(2),
            addon_state: "provisioned".to_owned(),
            domain: Duration::from_secs(1),
            domain_status: "succeeded".to_owned(),
            acm_status: "pending".to_owned(),
            acm_reason: None,
            certificate_days: 90,
            postgres: None,
            postgres_programs: None,
            transfer: Duration::from_millis(600),
            transfer_status: "succeeded".to_owned(),
            key_propagation: Duration::from_millis(500),
            restart: Duration::from_millis(300),
            rotation: Duration::from_millis(600),
            build: Duration::from_millis(600),
            build_status: "succeeded".to_owned(),
            release: Duration::from_millis(400),
            release_status: "succeeded".to_owned(),
            page_size: 200,
            budget: Budget::default(),
            faults: Vec::new(),
        }
    }
}

/// How many calls to Heroku an account may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// At most, and at once.
    pub size: u32,
    /// What an account begins with; `None` is all.
    pub left: Option<u32>,
    /// What comes back.
    pub calls_a_minute: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { size: 4500, left: None, calls_a_minute: 75 }
    }
}

/// A running embedded cloud.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Sandbox {
    /// Starts it on loopback.
    ///
    /// # Errors
    /// When the port is taken, or the state cannot be read.
    pub async fn start(options: Options) -> io::Result<Self> {
        Self::serve(Store::open(options.state_dir)?, options.port, options.knobs).await
    }

    /// Starts it in memory, on any free port, from what [`Sandbox::state`] gave.
    ///
    /// # Errors
    /// When that is no state.
    pub async fn start_from(state: serde_json::Value, knobs: Knobs) -> io::Result<Self> {
        Self::serve(Store::with(state)?, 0, knobs).await
    }

    async fn serve(store: Store, port: u16, knobs: Knobs) -> io::Result<Self> {
        let shared = Arc::new(Shared::open(store, knobs));
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        Ok(Self { address, shared, stop, serving })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.shared.forget_calls();
    }

    /// Everything there is in it, as it is written to disk.
    ///
    /// # Errors
    /// When the state on disk cannot be read.
    pub fn state(&self) -> io::Result<serde_json::Value> {
        self.shared.store().snapshot()
    }

    /// Returns when no call is being answered, also of those whose client has gone.
    pub async fn wait_until_idle(&self) {
        self.shared.wait_until_idle().await;
    }

    /// Returns when a call is held by a fault.
    pub async fn wait_for_held(&self) {
        self.shared.wait_for_held().await;
    }

    /// Lets every held call go on, or closes its connection instead.
    pub fn release(&self, goes_on: bool) {
        self.shared.release(goes_on);
    }

    /// Which calls fail from now on.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.shared.change_knobs(|knobs| knobs.faults = faults);
    }

    /// What every call takes from now on.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.change_knobs(|knobs| knobs.latency = latency);
    }

    /// Stops listening. What is being answered is answered; nothing waits for it. What is kept in memory alone takes its
    /// databases along.
    pub async fn stop(self) {
        // The server is gone already when nobody listens.
        let _ = self.stop.send(true);
        let _ = self.serving.await;
        self.shared.remove_databases();
    }

    /// Serves until the process ends.
    pub async fn wait(self) {
        let _ = self.serving.await;
    }
}
