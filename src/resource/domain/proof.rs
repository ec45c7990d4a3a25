//! What is proven of domains.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
