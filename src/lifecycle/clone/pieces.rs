//! What tells that a value leads to somebody else's add-on: the parts of the URLs and keys that its attachments set. A clone
//! that had one would write to its source (heroku-api.md section 8.1). Pure.

#![expect(clippy::disallowed_methods, reason = "the rule that decides what a clone may hold reads values")]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::cloud::heroku::{Addon, Attachment};
use crate::secret::Secret;

/// Shorter ones are words that anyone may use, such as a user called `default`.
const SHORTEST: usize = 8;

/// So many times what is encoded is decoded again.
const LAYERS: usize = 2;

/// Base64 with or without its padding, and with whatever bits are left over.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A part of what leads to an add-on.
struct Piece {
    text: String,
    what: &'static str,
    addon: String,
}

/// Everything by which an app's add-ons can be reached.
pub(super) struct Pieces(Vec<Piece>);

/// What a value was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// `the password`.
    pub(super) what: &'static str,
    /// The add-on that it is of.
    pub(super) addon: String,
}

impl Pieces {
    /// Of the vars that an app's add-ons own.
    pub(super) fn of(addons: &[Addon], attachments: &[Attachment], vars: &BTreeMap<String, Secret>) -> Self {
        let mut pieces = Self(Vec::new());
        for (var, addon) in owners(addons, attachments) {
            if let Some(value) = vars.get(var) {
                pieces.add(var, value.reveal(), addon);
            }
        }
        pieces
    }

    fn add(&mut self, var: &str, value: &str, addon: &str) {
        let mut piece = |text: &str, what| {
            if text.len() >= SHORTEST {
                self.0.push(Piece { text: text.to_ascii_lowercase(), what, addon: addon.to_owned() });
            }
        };
        let Some(url) = Url::parse(value).ok().filter(Url::has_host) else {
            // A provider's server has the same name for all its customers.
            if !is_server(var) {
                piece(value, "the value");
            }
            return;
        };
        piece(&decoded(url.password().unwrap_or_default()), "the password");
        piece(&decoded(url.username()), "the user");
        let host = url.host_str().unwrap_or_default();
        if !is_local(host) {
            piece(host, "the host");
        }
        piece(value, "the URL");
    }

    /// What of it a value holds, however it is dressed: within another URL, encoded, or by itself.
    pub(super) fn held_by(&self, value: &Secret) -> Option<Held> {
        let forms: Vec<String> = forms(value.reveal()).iter().map(|form| form.to_ascii_lowercase()).collect();
        let held = self.0.iter().find(|piece| forms.iter().any(|form| form.contains(&piece.text)))?;
        Some(Held { what: held.what, addon: held.addon.clone() })
    }
}

/// The vars that add-ons own, each with its add-on.
pub(super) fn owners<'a>(
    addons: &'a [Addon],
    attachments: &'a [Attachment],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let own = addons
        .iter()
        .flat_map(|addon| addon.config_vars.iter().map(|var| (var.as_str(), addon.name.as_str())));
    let attached = attachments
        .iter()
        .flat_map(|one| one.config_vars.iter().map(|var| (var.as_str(), one.addon_name.as_str())));
    own.chain(attached)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What a value says to whoever decodes it: as it is, out of a URL, and out of what stands in it in base64 or hexadecimal
/// digits, each once more.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    for _ in 0..LAYERS {
        let within = forms.iter().flat_map(|form| [vec![decoded(form)], packed(form)].concat());
        let within: Vec<String> = within.filter(|form| !forms.contains(form)).collect();
        forms.extend(within);
    }
    forms
}

/// The texts that stand in another one in base64 or hexadecimal digits. Lines of base64 belong together.
fn packed(text: &str) -> Vec<String> {
    let whole: String = text.split_ascii_whitespace().collect();
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let words = [text, whole.as_str()].into_iter().flat_map(|text| text.split(move |c| !is_sign(c)));
    let words = words.filter(|word| word.len() >= SHORTEST);
    let unpacked = words.flat_map(|word| {
        let plain = word.replace('-', "+").replace('_', "/");
        [BASE64.decode(plain).ok(), hex::decode(word).ok()]
    });
    unpacked.flatten().filter_map(|bytes| String::from_utf8(bytes).ok()).collect()
}

fn is_server(var: &str) -> bool {
    ["_SERVER", "_HOST", "_REGION", "_DOMAIN"].iter().any(|end| var.ends_with(end))
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://u1a2b3c4d5:p%2Fsecretword@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d9x8y7";

    fn pieces() -> Pieces {
        let attachment = |var: &str, addon: &str| Attachment {
            id: var.to_owned(),
            name: var.to_owned(),
            addon_id: addon.to_owned(),
            addon_name: addon.to_owned(),
            addon_app: "ledger".to_owned(),
            addon_plan: None,
            app_name: "ledger".to_owned(),
            namespace: None,
            config_vars: vec![var.to_owned()],
        };
        let attachments = [
            attachment("DATABASE_URL", "postgresql-flat-1"),
            attachment("MAIL_API_TOKEN", "mail-round-2"),
            attachment("MAIL_SMTP_SERVER", "mail-round-2"),
            attachment("REDIS_URL", "redis-square-3"),
        ];
        let vars = [
            ("DATABASE_URL", URL),
            ("MAIL_API_TOKEN", "0123456789abcdef"),
            ("MAIL_SMTP_SERVER", "smtp.mail.example"),
            ("REDIS_URL", "redis://default:pw@127.0.0.1:6379"),
            ("OWN", "a value of the app's own"),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
        Pieces::of(&[], &attachments, &vars)
    }

    #[test]
    fn a_value_that_leads_to_an_addon_is_found_however_it_is_dressed() {
        for (value, what) in [
            (URL.to_owned(), Some("the password")),
            (format!("{URL}?pool=20"), Some("the password")),
            (URL.replace("postgres://", "jdbc:postgresql://"), Some("the password")),
            (URL.replace(['/', ':', '@'], " "), Some("the password")),
            ("p/secretword".to_owned(), Some("the password")),
            ("p%2Fsecretword".to_owned(), Some("the password")),
            ("p%252Fsecretword".to_owned(), Some("the password")),
            ("u1a2b3c4d5".to_owned(), Some("the user")),
            ("EC2-1-2-3-4.compute-1.amazonaws.com:5432".to_owned(), Some("the host")),
            ("postgres%3A%2F%2Fother%40ec2-1-2-3-4.compute-1.amazonaws.com".to_owned(), Some("the host")),
            ("Bearer 0123456789abcdef".to_owned(), Some("the value")),
            (format!("Basic {}", BASE64.encode("u1a2b3c4d5:p/secretword")), Some("the password")),
            (BASE64.encode(URL).trim_end_matches('=').to_owned(), Some("the password")),
            (BASE64.encode(URL).replace('+', "-").replace('/', "_"), Some("the password")),
            (format!("{{\"url\":\"{}\"}}", BASE64.encode(URL)), Some("the password")),
            (wrapped(&BASE64.encode(URL.repeat(3))), Some("the password")),
            (BASE64.encode(URL).replace('=', "%3D"), Some("the password")),
            (hex::encode("p/secretword"), Some("the password")),
            (BASE64.encode("a text of one's own, with nothing in it"), None),
            ("smtp.mail.example".to_owned(), None),
            ("default".to_owned(), None),
            ("redis://127.0.0.1:6379".to_owned(), None),
            ("postgres://localhost/test".to_owned(), None),
            ("a value of the app's own".to_owned(), None),
        ] {
            let held = pieces().held_by(&Secret::new(value.clone()));
            assert_eq!(held.map(|held| held.what), what, "{value}");
        }
    }

    /// In lines, as `base64` prints it.
    fn wrapped(text: &str) -> String {
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(76).collect();
        bytes.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_addon_is_named() {
        let held = pieces().held_by(&Secret::new("u1a2b3c4d5")).unwrap();
        assert_eq!(held.addon, "postgresql-flat-1");
    }
}
