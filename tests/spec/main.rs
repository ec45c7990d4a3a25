//! The spec: what each key means, what a mistake is told as, and the example environments.
#![allow(missing_docs, reason = "these are tests")]

mod examples;
mod meaning;
mod mistakes;
