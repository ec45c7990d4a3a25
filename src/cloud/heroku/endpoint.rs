//! Where an API is: which addresses are accepted, and the HTTP client for them.
//!
//! What must not live here: calls and tokens.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::redirect::Policy;
use url::Url;

use crate::cloud::clean::root_cause;
use crate::cloud::proxy::Hop;
use crate::cloud::{CloudError, ErrorKind, Proxy, Service};

/// A checked base address.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    base: Url,
    /// Host, with the port when it is not the scheme's own: `api.heroku.com`, `127.0.0.1:8899`.
    pub(super) name: String,
    pub(super) reach: Reach,
    pub(super) way: Way,
}

/// What stands on the way to an endpoint.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// Nothing that a variable names: the system may have settings of its own.
    System,
    /// Nothing, since a variable says so.
    Direct,
    /// A proxy.
    Through(Hop),
}

/// How an endpoint is reached, which decides how its client is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Over the network: TLS, through the system's proxy.
    Remote,
    /// On this machine with TLS.
    LoopbackTls,
    /// On this machine, plain.
    LoopbackPlain,
}

impl Endpoint {
    /// Accepts https, and http on loopback, so that a token never crosses a network in clear.
    pub(super) fn new(base: &Url, proxy: &Proxy) -> Result<Self, CloudError> {
        let name = name(base);
        let reach = match (base.scheme(), crate::cloud::is_loopback(base)) {
            ("https", true) => Reach::LoopbackTls,
            ("https", false) => Reach::Remote,
            ("http", true) => Reach::LoopbackPlain,
            ("http", false) => {
                return Err(refused(&name, "plain http is refused except on loopback"));
            }
            (scheme, _) => {
                return Err(refused(&name, &format!("`{scheme}` is not a scheme for an API, use https")));
            }
        };
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused(
                &name,
                "the address must not hold a user name or password, use HEROKU_API_KEY",
            ));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused(&name, "the address must end with its path"));
        }
        let way = match proxy.towards(base)? {
            Some(hop) => Way::Through(hop),
            None if proxy.is_named() => Way::Direct,
            None => Way::System,
        };
        Ok(Self { base: base.clone(), name, reach, way })
    }

    /// The proxy on the way, for people.
    pub(super) fn via(&self) -> Option<Box<str>> {
        match &self.way {
            Way::Through(hop) => Some(hop.shown.as_str().into()),
            Way::System | Way::Direct => None,
        }
    }

    /// Whether one client can reach both.
    pub(super) fn is_reached_as(&self, other: &Self) -> bool {
        self.reach == other.reach && self.via() == other.via()
    }

    /// The address of a path that is encoded already and begins with `/`.
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn refused(service: &str, message: &str) -> CloudError {
    CloudError::new(Service::Heroku(service.to_owned()), "connect", ErrorKind::BadAddress, message)
}

/// Builds the HTTP client: no redirects, so that a token goes only where the operator said; no proxy to loopback.
pub(super) fn client(
    endpoint: &Endpoint,
    user_agent: &str,
    connect: Duration,
    request: Duration,
) -> Result<reqwest::Client, CloudError> {
    client_to(endpoint, None, user_agent, (connect, request))
}

/// The same, which looks for the host at an address, whatever the system's DNS says.
pub(super) fn client_to(
    endpoint: &Endpoint,
    address: Option<IpAddr>,
    user_agent: &str,
    (connect, request): (Duration, Duration),
) -> Result<reqwest::Client, CloudError> {
    let no_client = |error: reqwest::Error| {
        let cause = root_cause(&error);
        if cause.contains("CA certificates") {
            let why = "there are no certificates to trust: SSL_CERT_FILE or SSL_CERT_DIR, if one is set, names a file or folder that holds none or cannot be read";
            return CloudError::unusable(why);
        }
        refused(&endpoint.name, &format!("no HTTP client could be built: {cause}"))
    };
    let builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(connect)
        .timeout(request);
    let builder = match endpoint.reach {
        Reach::Remote => match &endpoint.way {
            Way::System => builder,
            Way::Direct => builder.no_proxy(),
            Way::Through(hop) => builder.proxy(reqwest::Proxy::all(hop.address.reveal()).map_err(no_client)?),
        }
        .https_only(true),
        Reach::LoopbackTls => builder.https_only(true).no_proxy(),
        // Without TLS there is no need for the system's roots, which take time to load and may be missing.
        Reach::LoopbackPlain => builder.no_proxy().tls_certs_only([]),
    };
    let builder = match (address, endpoint.base.host_str()) {
        // Port 0 stands for that of the address that is asked for.
        (Some(address), Some(host)) => builder.resolve(host, SocketAddr::new(address, 0)),
        _ => builder,
    };
    builder.build().map_err(no_client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Endpoint, CloudError> {
        Endpoint::new(&Url::parse(text).unwrap(), &Proxy::default())
    }

    #[test]
    fn https_is_accepted_and_plain_http_on_loopback_only() {
        let table = [
            ("https://api.heroku.com", Some(Reach::Remote)),
            ("https://localhost:8443", Some(Reach::LoopbackTls)),
            ("http://127.0.0.1:8899", Some(Reach::LoopbackPlain)),
            ("http://127.9.9.9", Some(Reach::LoopbackPlain)),
            ("http://localhost:1", Some(Reach::LoopbackPlain)),
            ("http://[::1]:1", Some(Reach::LoopbackPlain)),
            ("http://api.heroku.com", None),
            ("http://localhost.evil.example", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://10.0.0.1", None),
            ("http://0.0.0.0", None),
            ("http://[::ffff:10.0.0.1]", None),
            ("ftp://api.heroku.com", None),
            ("https://me:secret@api.heroku.com", None),
            ("https://api.heroku.com?token=1", None),
        ];
        for (text, expected) in table {
            assert_eq!(endpoint(text).ok().map(|endpoint| endpoint.reach), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_what_to_use_and_no_password() {
        let error = endpoint("http://api.heroku.com:8080").unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot use the address api.heroku.com:8080: plain http is refused except on loopback"
        );
        assert!(!endpoint("https://me:secret@api.heroku.com").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn paths_are_put_after_the_path_of_the_base() {
        assert_eq!(
            endpoint("https://api.heroku.com").unwrap().url("/apps/a%2Fb").as_str(),
            "https://api.heroku.com/apps/a%2Fb"
        );
        assert_eq!(
            endpoint("https://proxy.example/heroku/").unwrap().url("/apps").as_str(),
            "https://proxy.example/heroku/apps"
        );
        assert_eq!(endpoint("http://127.0.0.1:8899").unwrap().name, "127.0.0.1:8899");
    }
}
