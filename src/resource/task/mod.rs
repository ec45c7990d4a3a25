//! What no spec asks for and a command does all the same: a build, a backup, a copy. A task is one file, with its
//! section and its `Change`; it is planned, shown, carried out and taken up again as every change is.
//!
//! What must not live here: what follows from a spec, which is a kind's, and when a task is due, which its command
//! decides (`lifecycle`).

pub mod build;
pub mod credential;
pub mod download;
pub mod objects;
pub mod rollback;
mod rollout;
pub mod scale;
pub mod slug;
pub mod transfer;
pub mod trial;

/// `, 30 MB/s, 60 s left`, of so many bytes in so many seconds; nothing before there is a pace.
fn pace(done: u64, of: u64, seconds: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let (copied, left) = (done as f64, of.saturating_sub(done) as f64);
    if seconds < 1.0 || copied <= 0.0 {
        return String::new();
    }
    let rate = copied / seconds;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
    let (each, time) = (rate as u64, (left / rate) as u64);
    let time = if time < 120 { format!("{time} s") } else { format!("{} min", time / 60) };
    format!(", {}/s, {time} left", objects::size(each))
}
