//! A policy is proven by what the user's access key may do, and may not.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
