//! Whether a domain is added shows in a plan alone; nobody looks its DNS or its certificate up.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
