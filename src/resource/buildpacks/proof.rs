//! Which buildpacks are set shows in a plan alone: the app is proven to run.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
