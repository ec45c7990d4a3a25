//! The list of all kinds: the one place, besides its own file, where a kind is registered.

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

pub(super) use kinds;
