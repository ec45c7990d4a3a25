//! Pages for a browser: one file each, that asks nobody for anything and runs no script.
//!
//! `markup` is the one way in for what others wrote, `page` the frame that all have; each kind of page is a file. What
//! must not live here: words that the other formats have too.

mod drift;
mod graph;
mod markup;
mod page;
mod plan;
mod status;
mod svg;
mod verify;

pub use drift::findings;
pub use plan::plans;
pub use status::fleet;
pub use svg::resources;
pub use verify::checks;

#[cfg(test)]
mod tests;
