//! Lists over their pages (heroku-api.md section 1.4).
//!
//! What must not live here: what the items are.

use serde::de::DeserializeOwned;

use super::call::Call;
use super::{CloudError, Heroku, failure};

/// An account with so many pages of anything does not exist; a server in a loop does.
const MOST_PAGES: usize = 100;
/// More than the pages of any list come to, in bytes; beyond it is a server that does not end one.
const LARGEST_LIST: usize = 64 * 1024 * 1024;
/// A page of a list that has more.
const PARTIAL_CONTENT: u16 = 206;
/// The longest pages that are served, in the one order in which they are stable.
const LONGEST_PAGES: &str = "id ..; max=1000";

impl Heroku {
    /// All items of a list, over as many pages as there are; of a call with a range, that part of it.
    pub(super) async fn list<T: DeserializeOwned>(&self, call: Call) -> Result<Vec<T>, CloudError> {
        let most = if call.range.is_some() { 1 } else { MOST_PAGES };
        let Pages { items, is_whole, call } = self.pages(call, most).await?;
        if is_whole || most == 1 {
            return Ok(items);
        }
        let message = format!("the list did not end after {MOST_PAGES} pages");
        Err(failure::malformed(&call, self.transport.service_of(&call), &message))
    }

    /// All items of a list in pages of a thousand; `None` when there are more pages than that.
    pub(super) async fn whole_list<T: DeserializeOwned>(
        &self,
        call: Call,
        most_pages: usize,
    ) -> Result<Option<Vec<T>>, CloudError> {
        let Pages { items, is_whole, .. } = self.pages(call.range(LONGEST_PAGES), most_pages).await?;
        Ok(is_whole.then_some(items))
    }

    async fn pages<T: DeserializeOwned>(&self, mut call: Call, most: usize) -> Result<Pages<T>, CloudError> {
        let (mut items, mut size) = (Vec::new(), 0);
        for _ in 0..most {
            let answer = self.send(&call).await?;
            size += answer.body.len();
            if size > LARGEST_LIST {
                return Err(failure::malformed(&call, &answer.service, "the list is larger than 64 MiB"));
            }
            items.extend(answer.decode::<Option<Vec<T>>>(&call)?.unwrap_or_default());
            match answer.next_range.filter(|_| answer.status == PARTIAL_CONTENT) {
                Some(next) if call.range.as_ref() != Some(&next) => call.range = Some(next),
                Some(_) => return Err(failure::malformed(&call, &answer.service, "the list repeats a page")),
                None => return Ok(Pages { items, is_whole: true, call }),
            }
        }
        Ok(Pages { items, is_whole: false, call })
    }
}

/// What some pages of a list held.
struct Pages<T> {
    items: Vec<T>,
    /// Whether these were all.
    is_whole: bool,
    /// The call for the page that follows, or for the last one.
    call: Call,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Seen, Server};

    fn app(id: usize) -> Value {
        json!({ "id": id.to_string(), "name": format!("app-{id}") })
    }

    /// A list of so many pages, each with one app; the ranges after the first are the server's own.
    async fn of_pages(count: usize) -> Server {
        Server::start(move |seen: &Seen, _| {
            let page = match seen.header("range") {
                Some("id ..; max=1000") => 1,
                Some(range) => range.trim_start_matches("page ").parse().unwrap(),
                None => return Reply::error(400, "bad_request", "no range"),
            };
            let body = json!([app(page)]).to_string();
            if page < count {
                Reply::new(206, body).with("Next-Range", format!("page {}", page + 1))
            } else {
                Reply::new(200, body)
            }
        })
        .await
    }

    #[tokio::test]
    async fn a_whole_list_comes_in_pages_of_a_thousand_by_id() {
        let server = of_pages(3).await;
        let apps = server.heroku().all_apps(3).await.unwrap().unwrap();
        assert_eq!(apps.iter().map(|app| app.name.as_str()).collect::<Vec<_>>(), ["app-1", "app-2", "app-3"]);
        let ranges: Vec<_> =
            server.seen().iter().map(|seen| seen.header("range").unwrap().to_owned()).collect();
        assert_eq!(ranges, ["id ..; max=1000", "page 2", "page 3"]);
    }

    #[tokio::test]
    async fn a_list_of_more_pages_than_it_is_worth_is_given_up() {
        let server = of_pages(3).await;
        assert_eq!(server.heroku().all_apps(2).await.unwrap(), None);
        assert_eq!(server.calls().len(), 2, "and no more is asked for");
    }

    #[tokio::test]
    async fn a_partial_page_without_a_next_one_is_the_last() {
        let server = Server::always(Reply::new(206, json!([app(1)]).to_string())).await;
        assert_eq!(server.heroku().all_apps(5).await.unwrap().unwrap().len(), 1);
        assert_eq!(server.calls(), ["GET /apps"]);
    }

    #[tokio::test]
    async fn a_list_that_is_refused_or_broken_says_so() {
        let refused = Server::always(Reply::error(403, "forbidden", "no")).await;
        let error = refused.heroku().all_addons(5).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`GET /addons` failed on {}: no (403, forbidden)", error.service)
        );
        let round = Server::always(Reply::new(206, "[]").with("Next-Range", "id ]a..; max=1000")).await;
        assert!(round.heroku().all_apps(5).await.unwrap_err().message.contains("repeats a page"));
    }

    #[tokio::test]
    async fn nothing_is_a_list_too() {
        for body in ["[]", "null"] {
            let server = Server::always(Reply::new(200, body)).await;
            assert_eq!(server.heroku().all_attachments(1).await.unwrap(), Some(Vec::new()));
        }
    }
}
