//! The commands beyond plan and apply, one file each: what such a command decides, as a plan that the one engine
//! carries out.
//!
//! Pure: what is looked at comes in, and what is done goes out as data. What must not live here: any call, and words.

pub mod destroy;
