//! The list of all kinds, and that of all tasks: the one place, besides its own file, where one is registered.

/// Hands the list to a macro that makes something of it. A line `app: App` stands for the file `app.rs`, with its
/// `Kind`, `Observed` and `Change`, and for the variant `App`. Changes are shown in this order where none needs
/// another.
macro_rules! kinds {
    ($expand:ident) => {
        $expand! {
            app: App,
            addon: Addon,
            attachment: Attachment,
            buildpacks: Buildpacks,
            feature: Feature,
            domain: Domain,
            pipeline: Pipeline,
            acm: Acm,
            log_drain: LogDrain,
            collaborator: Collaborator,
            iam_user: IamUser,
            iam_policy: IamPolicy,
            access_key: AccessKey,
            config: Config,
            formation: Formation,
            bucket: Bucket,
            backups: Backups,
        }
    };
}

/// Hands the kinds and the list of tasks to a macro. A line `build: Build` stands for the file `task/build.rs`, with its
/// `Change`, and for the variant `Build`.
macro_rules! tasks {
    ($expand:ident { $($kinds:tt)* }) => {
        $expand! {
            kinds { $($kinds)* }
            tasks {
                objects: Objects,
                slug: Slug,
                build: Build,
                credential: Credential,
                trial: Trial,
                rollback: Rollback,
                scale: Scale,
                transfer: Transfer,
                download: Download,
            }
        }
    };
}

pub(super) use {kinds, tasks};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::resource::Section;

    macro_rules! sections {
        ($($kind:ident: $Kind:ident),* $(,)?) => {
            const SECTIONS: &[&Section] = &[$(&crate::resource::$kind::SECTION),*];
        };
    }

    kinds!(sections);

    #[test]
    fn every_kind_has_a_name_of_its_own_for_programs() {
        let names: BTreeSet<&str> = SECTIONS.iter().map(|section| section.kind).collect();
        assert_eq!(names.len(), SECTIONS.len());
    }

    #[test]
    fn every_section_is_a_key_of_the_spec() {
        let schema: serde_json::Value = serde_json::from_str(&crate::spec::json_schema()).unwrap();
        for section in SECTIONS {
            let mut keys = section.key.split('.');
            let first = keys.next().unwrap_or_default();
            assert!(schema["properties"].get(first).is_some(), "{} is no key of a spec", section.key);
        }
    }
}
