//! A user is proven by its access key.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
