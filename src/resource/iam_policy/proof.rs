//! Nothing of its own: what a policy allows, the user's access key tries, and what it should not allow too. A document
//! that reads right and does not work would pass here, and fail there.

use super::Kind;
use crate::resource::proof::Prove;

impl Prove for Kind {}
