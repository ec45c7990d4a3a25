//! The proxy between here and the services, as the operator's variables name it: the clients are told which one, so
//! that a failure can name it too.
//!
//! What must not live here: the system's own settings of a proxy, which the HTTP client knows on macOS and Windows.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{CloudError, ErrorKind, Service};
use crate::secret::Secret;

/// The variables that name a proxy for https, the first one that is set wins. The order is that of the HTTP client.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What the variables say.
#[derive(Clone, Debug, Default)]
pub struct Proxy {
    named: Option<(&'static str, Secret)>,
    /// Hosts that are reached without it.
    except: String,
}

/// A proxy that can be used.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    /// With the user's name and password, if it has them.
    pub(super) address: Secret,
    /// For people: `` `http://proxy.example:3128` of HTTPS_PROXY ``.
    pub(super) shown: String,
}

impl Proxy {
    /// Reads the variables through `text`, which knows none that is set to nothing.
    pub fn read(text: &dyn Fn(&str) -> Option<String>) -> Self {
        let named = VARIABLES.into_iter().find_map(|name| Some((name, Secret::new(text(name)?))));
        Self { named, except: ["NO_PROXY", "no_proxy"].into_iter().find_map(text).unwrap_or_default() }
    }

    /// The proxy that a variable names, for people.
    pub fn in_words(&self) -> Result<Option<String>, CloudError> {
        Ok(self.hop()?.map(|hop| hop.shown))
    }

    /// Whether a variable names one.
    pub(super) fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// The hosts that are reached without it, as they are written.
    pub(super) fn except(&self) -> &str {
        &self.except
    }

    /// The proxy that requests to this address go through.
    pub(super) fn towards(&self, url: &Url) -> Result<Option<Hop>, CloudError> {
        if super::is_loopback(url) {
            return Ok(None);
        }
        let Some(hop) = self.hop()? else { return Ok(None) };
        let matcher =
            Matcher::builder().all(hop.address.reveal().to_owned()).no(self.except.as_str()).build();
        let is_on_the_way = |uri: &Uri| matcher.intercept(uri).is_some();
        Ok(url.as_str().parse().ok().filter(is_on_the_way).map(|_: Uri| hop))
    }

    /// The proxy, whatever is to be reached.
    pub(super) fn hop(&self) -> Result<Option<Hop>, CloudError> {
        let Some((variable, written)) = &self.named else { return Ok(None) };
        let unusable = |why: &str| {
            let message = format!("the environment variable `{variable}` {why}");
            CloudError::new(Service::Trueup, "connect", ErrorKind::BadSetting, message)
        };
        let written = written.reveal();
        let address = if written.contains("://") { written.to_owned() } else { format!("http://{written}") };
        let url = Url::parse(&address).ok().filter(Url::has_host);
        let Some(url) = url.filter(|_| address.parse::<Uri>().is_ok()) else {
            return Err(unusable("is not the address of a proxy, such as http://proxy.example:3128"));
        };
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            let why = format!("names a proxy for `{scheme}`, and only those for http and https can be used");
            return Err(unusable(&why));
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("`{}://{host}{port}` of {variable}", url.scheme());
        Ok(Some(Hop { address: Secret::new(address), shown }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)]) -> Proxy {
        let value =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Proxy::read(&value)
    }

    fn towards(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, String> {
        let hop = proxy(variables).towards(&Url::parse(url).unwrap());
        hop.map(|hop| hop.map(|hop| hop.shown)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_proxy_and_no_password_is_shown() {
        let heroku = "https://api.heroku.com/apps";
        let shown = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(towards(&[], heroku), Ok(None));
        assert_eq!(towards(&[("HTTP_PROXY", "http://p:1")], heroku), Ok(None));
        let both = [("ALL_PROXY", "http://all:1"), ("https_proxy", "http://me:secret@p.example:3128/")];
        assert_eq!(towards(&both, heroku), shown("`http://p.example:3128` of https_proxy"));
        assert_eq!(
            towards(&[("all_proxy", "p.example:3128")], heroku),
            shown("`http://p.example:3128` of all_proxy")
        );
        assert!(!format!("{:?}", proxy(&both)).contains("secret"));
    }

    #[test]
    fn some_hosts_are_reached_without_it() {
        let to = |except: &str, url: &str| {
            towards(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", except)], url).unwrap().is_some()
        };
        assert!(to("", "https://api.heroku.com"));
        assert!(!to("heroku.com", "https://api.heroku.com"));
        assert!(to("heroku.com", "https://sts.amazonaws.com"));
        assert!(!to("*", "https://sts.amazonaws.com"));
        for here in ["https://localhost:1", "https://127.0.0.1", "https://[::1]:1", "http://127.0.0.1:1"] {
            assert!(!to("", here), "{here}");
        }
    }

    #[test]
    fn what_is_no_proxy_names_its_variable() {
        let to = |value: &str| towards(&[("ALL_PROXY", value)], "https://api.heroku.com").unwrap_err();
        for nothing in ["http://", "ht tp://p:1", "http://p:port", "http://:3128"] {
            assert!(to(nothing).contains("`ALL_PROXY` is not the address of a proxy"), "{nothing}");
        }
        assert!(to("socks5h://127.0.0.1:1080").contains("`ALL_PROXY` names a proxy for `socks5h`"));
    }
}
