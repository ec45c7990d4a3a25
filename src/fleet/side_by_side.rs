//! Work on many environments at once, with the results in order.

use std::collections::BTreeMap;

use futures_util::stream::{self, Stream, StreamExt};

/// The most environments that are worked on at once.
///
/// Most of the time goes into waiting for answers: an environment has some three to twenty calls under way, so at
/// a tenth of a second a call this many keep a processor busy, and fifty environments take hardly longer than
/// one. More would gain little, and each needs open connections.
const WIDEST: usize = 48;
/// The connections that an environment has open at once, and as many files again: with the embedded cloud both
/// ends are in this process.
const FILES: usize = 50;

/// How many environments are worked on at once by a process that may have so many files open.
#[must_use]
pub fn width(open_files: usize) -> usize {
    (open_files / FILES).clamp(1, WIDEST)
}

/// Does the work of every item, at most `width` at once, and gives the results in the order of the items, each as
/// soon as those before it are there. One that takes long holds back only the output of later ones, not their
/// work.
pub fn side_by_side<T, F: Future>(
    width: usize,
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> F,
) -> impl Stream<Item = F::Output> {
    let numbered = items.into_iter().enumerate().map(move |(number, item)| {
        let work = work(item);
        async move { (number, work.await) }
    });
    in_order(stream::iter(numbered).buffer_unordered(width))
}

/// Holds back what comes before its turn.
fn in_order<R>(results: impl Stream<Item = (usize, R)>) -> impl Stream<Item = R> {
    let start = (Box::pin(results), BTreeMap::new(), 0);
    stream::unfold(start, |(mut results, mut early, turn)| async move {
        loop {
            if let Some(result) = early.remove(&turn) {
                return Some((result, (results, early, turn + 1)));
            }
            let (number, result) = results.next().await?;
            early.insert(number, result);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::pin::pin;

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn where_few_files_may_be_open_less_is_done_at_once() {
        assert_eq!([0, 256, 1024, 1_000_000].map(width), [1, 5, 20, WIDEST]);
    }

    #[test]
    fn results_come_in_order_whichever_is_done_first() {
        let (mut finish, wait): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
        let results = side_by_side(3, wait, |wait: oneshot::Receiver<&str>| async { wait.await.unwrap() });
        let mut results = pin!(results);
        let mut next = || results.next().now_or_never().flatten();
        assert_eq!(next(), None);
        finish.pop().unwrap().send("third").unwrap();
        finish.pop().unwrap().send("second").unwrap();
        assert_eq!(next(), None, "the first is still under way");
        finish.pop().unwrap().send("first").unwrap();
        assert_eq!([next(), next(), next(), next()], [Some("first"), Some("second"), Some("third"), None]);
    }

    #[test]
    fn no_more_than_the_width_are_under_way_and_a_slow_one_holds_back_no_work() {
        const WIDTH: usize = 4;
        let started = Cell::new(0);
        let waiting = RefCell::new(Vec::new());
        let results = side_by_side(WIDTH, 0..3 * WIDTH, |number| {
            started.set(started.get() + 1);
            let (finish, wait) = oneshot::channel();
            waiting.borrow_mut().push(finish);
            async move { wait.await.map(|()| number).unwrap() }
        });
        let mut results = pin!(results);
        assert_eq!(results.next().now_or_never(), None);
        assert_eq!(started.get(), WIDTH);
        for number in 1..3 * WIDTH {
            let finish = waiting.borrow_mut().remove(1);
            finish.send(()).unwrap();
            assert_eq!(results.next().now_or_never(), None, "the first is still under way");
            assert_eq!(started.get(), (number + WIDTH).min(3 * WIDTH));
        }
        waiting.borrow_mut().remove(0).send(()).unwrap();
        let all: Vec<usize> = results.collect().now_or_never().unwrap();
        assert_eq!(all, (0..3 * WIDTH).collect::<Vec<_>>());
    }
}
