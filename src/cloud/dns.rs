//! The DNS, as a visitor's machine asks it: where a name leads. It is asked without the system's `hosts` file, so that
//! what is told is what everybody else sees.
//!
//! What must not live here: where a name should lead.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::{CloudError, ErrorKind, Service};

/// How long one server has to answer, and how often it is asked again when it did not.
const PATIENCE: (Duration, usize) = (Duration::from_secs(3), 1);
/// No question takes longer, however many servers there are.
const LONGEST: Duration = Duration::from_secs(8);
/// A name that leads to another, to another … leads nowhere in the end.
const LONGEST_CHAIN: usize = 8;
/// What is remembered within a run.
const REMEMBERED: u64 = 64;

/// Whom to ask. Filled by `settings`, which alone reads the environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsSettings {
    /// The nameserver; `None` is what the system uses.
    pub server: Option<SocketAddr>,
}

/// The DNS, as one nameserver sees it. Cheap to clone.
#[derive(Clone)]
pub struct Dns {
    server: Option<SocketAddr>,
    resolver: Arc<OnceLock<TokioResolver>>,
}

/// Where a name leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lead {
    /// The names that it stands for, one after another.
    pub names: Vec<String>,
    /// The addresses in the end; not asked for where a name on the way was the one in question.
    pub addresses: BTreeSet<IpAddr>,
}

impl Dns {
    /// Asks nobody yet.
    #[must_use]
    pub fn new(settings: DnsSettings) -> Self {
        Self { server: settings.server, resolver: Arc::default() }
    }

    /// Whether the operator named the nameserver.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.server.is_some()
    }

    /// Where a name leads, as far as to `target` when that is on the way.
    pub async fn follow(&self, name: &str, target: &str) -> Result<Lead, CloudError> {
        let mut lead = Lead::default();
        let mut last = name.to_owned();
        while let Some(next) = self.canonical(&last).await? {
            lead.names.push(next.clone());
            if next == target || lead.names.len() > LONGEST_CHAIN {
                return Ok(lead);
            }
            last = next;
        }
        lead.addresses = self.addresses(&last).await?;
        Ok(lead)
    }

    /// All addresses of a name; none where it has none, or is not there.
    pub async fn addresses(&self, name: &str) -> Result<BTreeSet<IpAddr>, CloudError> {
        let (four, six) = tokio::try_join!(self.ask(name, RecordType::A), self.ask(name, RecordType::AAAA))?;
        let address = |data: RData| match data {
            RData::A(four) => Some(IpAddr::V4(four.0)),
            RData::AAAA(six) => Some(IpAddr::V6(six.0)),
            _ => None,
        };
        Ok(four.into_iter().chain(six).filter_map(address).collect())
    }

    /// Whether a name is the top of a zone, where no CNAME can be.
    pub async fn is_apex(&self, name: &str) -> Result<bool, CloudError> {
        Ok(!self.ask(name, RecordType::SOA).await?.is_empty())
    }

    /// The authorities that may issue certificates for a name, when a CAA record of it or of a domain above names some.
    pub async fn issuers(&self, name: &str) -> Result<Option<BTreeSet<String>>, CloudError> {
        let mut domain = name;
        loop {
            let records = self.ask(domain, RecordType::CAA).await?;
            let issuer = |data: RData| match data {
                RData::CAA(caa) if caa.tag.starts_with("issue") => {
                    let (issuer, _) = caa.value_as_issue().ok()?;
                    Some(issuer.map_or_else(|| "nobody".to_owned(), |issuer| plain(&issuer)))
                }
                _ => None,
            };
            let issuers: BTreeSet<String> = records.into_iter().filter_map(issuer).collect();
            if !issuers.is_empty() {
                return Ok(Some(issuers));
            }
            match domain.split_once('.') {
                Some((_, above)) if above.contains('.') => domain = above,
                _ => return Ok(None),
            }
        }
    }

    /// The name that a name stands for, if it stands for one.
    async fn canonical(&self, name: &str) -> Result<Option<String>, CloudError> {
        let records = self.ask(name, RecordType::CNAME).await?;
        Ok(records.into_iter().find_map(|data| match data {
            RData::CNAME(other) => Some(plain(&other.0)),
            _ => None,
        }))
    }

    /// The records of a name and kind; none where there are none.
    async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, CloudError> {
        let asked = format!("{kind} {name}");
        let failed = |kind, message: String| CloudError::new(self.service(), asked.as_str(), kind, message);
        let mut full = Name::from_ascii(name)
            .map_err(|error| failed(ErrorKind::Invalid, format!("no name that the DNS knows: {error}")))?;
        full.set_fqdn(true);
        let resolver = self.resolver().map_err(|error| failed(ErrorKind::Unreachable, error.to_string()))?;
        let answer = tokio::time::timeout(LONGEST, resolver.lookup(full, kind)).await;
        match answer.unwrap_or(Err(NetError::Timeout)) {
            Ok(found) => Ok(found
                .answers()
                .iter()
                .filter(|record| record.record_type() == kind)
                .map(|record| record.data.clone())
                .collect()),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => {
                let (kind, message) = reason(&error);
                Err(failed(kind, message))
            }
        }
    }

    fn resolver(&self) -> Result<&TokioResolver, NetError> {
        if self.resolver.get().is_none() {
            let built = self.build()?;
            // Another task may have been faster, with the same.
            let _ = self.resolver.set(built);
        }
        self.resolver.get().ok_or(NetError::NoConnections)
    }

    fn build(&self) -> Result<TokioResolver, NetError> {
        let mut builder = match self.server {
            None => TokioResolver::builder_tokio()?,
            Some(server) => {
                let mut udp = ConnectionConfig::udp();
                let mut tcp = ConnectionConfig::tcp();
                (udp.port, tcp.port) = (server.port(), server.port());
                let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options: &mut ResolverOpts = builder.options_mut();
        (options.timeout, options.attempts) = PATIENCE;
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = REMEMBERED;
        builder.build()
    }

    fn service(&self) -> Service {
        Service::Nameserver(self.server)
    }
}

impl Default for Dns {
    fn default() -> Self {
        Self::new(DnsSettings::default())
    }
}

/// In lower case and without the dot at its end.
fn plain(name: &Name) -> String {
    name.to_lowercase().to_ascii().trim_end_matches('.').to_owned()
}

fn reason(error: &NetError) -> (ErrorKind, String) {
    match error {
        NetError::Timeout => (ErrorKind::TimedOut, "no answer came in time".to_owned()),
        NetError::Dns(DnsError::ResponseCode(ResponseCode::ServFail)) => (
            ErrorKind::ServerFailed,
            "SERVFAIL: those who answer for the name do not, or not rightly".to_owned(),
        ),
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => {
            (ErrorKind::Forbidden, "it refuses to be asked".to_owned())
        }
        NetError::Io(error) => (ErrorKind::Unreachable, error.to_string()),
        NetError::NoConnections => (ErrorKind::Unreachable, "no nameserver is there".to_owned()),
        other => (ErrorKind::Malformed, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn asking(server: SocketAddr) -> Dns {
        Dns::new(DnsSettings { server: Some(server) })
    }

    #[tokio::test(start_paused = true)]
    async fn a_nameserver_that_says_nothing_is_waited_for_no_longer_than_so() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        let began = tokio::time::Instant::now();
        let error = asking(server).follow("app.ledger.example", "target.example").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert!(began.elapsed() <= LONGEST + Duration::from_millis(1));
        let words = format!(
            "the nameserver {server} did not answer `CNAME app.ledger.example`: no answer came in time"
        );
        assert_eq!(error.to_string(), words);
    }

    #[tokio::test]
    async fn what_is_no_name_is_asked_of_nobody() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let dns = asking(silent.local_addr().unwrap());
        let error = dns.addresses(&format!("{}.example", "a".repeat(64))).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
}
