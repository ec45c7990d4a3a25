//! Which scopes config vars need of the Heroku token (life-and-ci.md section 11).

use super::Kind;
use crate::resource::rights::{Asked, Entitled, Rights, Scope};
use crate::spec::{ConfigValue, Spec, UnmanagedConfig};

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::ReadProtected);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        let is_written = |value: &ConfigValue| !matches!(value, ConfigValue::External(_));
        let removes = asked.spec.unmanaged.config == UnmanagedConfig::Remove;
        if removes || asked.spec.config.values().any(is_written) {
            rights.scope(Scope::WriteProtected);
        }
    }

    /// Those of the source are read, and copied where that is asked for.
    fn to_take(_: &Asked<'_>, _: &Spec, rights: &mut Rights) {
        rights.scope(Scope::WriteProtected);
    }

    /// They go with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}
