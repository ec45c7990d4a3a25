//! The token of a web identity: what it says of itself, for the trust policy of the role that refuses it.
//!
//! What must not live here: the token itself in any text. Its claims are no secret; the signature makes it one.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::cloud::clean::clean;

/// The longest claim that is shown.
const LONGEST: usize = 200;

/// What the token in a file says of itself, in words: whom it is for and whom it is about. Or why it is not to be had.
pub(super) async fn told(path: &Path) -> String {
    let path_shown = path.display();
    match tokio::fs::read_to_string(path).await {
        Err(error) => format!("the token's file `{path_shown}` cannot be read ({error})"),
        Ok(token) => match claims(&token) {
            None => format!("`{path_shown}` holds no token that can be read"),
            Some(claims) => format!("the token in `{path_shown}` says {claims}"),
        },
    }
}

fn claims(token: &str) -> Option<String> {
    let body = token.trim().split('.').nth(1)?;
    let body = BASE64_URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let text = |key: &str| match body.get(key)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(many) => {
            Some(many.iter().filter_map(|one| one.as_str()).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    };
    let claim = |key: &str| Some(format!("{key} `{}`", clean(&text(key)?, &[], LONGEST)));
    let claims: Vec<String> = ["iss", "aud", "sub"].into_iter().filter_map(claim).collect();
    (!claims.is_empty()).then(|| claims.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.canary-signature\n", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_tells_its_issuer_audience_and_subject_and_nothing_else() {
        let github = r#"{"iss":"https://token.example","aud":"sts.amazonaws.com","sub":"repo:o/r:ref:refs/heads/main","jti":"canary"}"#;
        let told = "iss `https://token.example`, aud `sts.amazonaws.com`, sub `repo:o/r:ref:refs/heads/main`";
        assert_eq!(claims(&token(github)).as_deref(), Some(told));
        assert_eq!(claims(&token(r#"{"aud":["a","b"]}"#)).as_deref(), Some("aud `a, b`"));
        for none in
            [token("{}"), token("[]"), token("?"), "no token".to_owned(), String::new(), "a.!.c".to_owned()]
        {
            assert_eq!(claims(&none), None, "{none}");
        }
    }
}
