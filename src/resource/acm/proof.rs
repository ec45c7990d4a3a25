//! What Heroku says of it is what it is: there is nothing to prove beside a plan.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
