//! What has to go before a user can: IAM removes none that has anything left (aws-s3-iam.md section 4, `DeleteUser`).
//!
//! What must not live here: whether a user may go at all.

use super::error::{Effect, cloud_error};
use super::iam::{Iam, found, gone};
use super::pages::Pages;
use super::rights::{Rights, listed};
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::UserName;

/// Everything that hangs on a user. What cannot be listed is empty: `DeleteUser` refuses when there is some.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Children {
    /// The ids of its access keys.
    pub keys: Vec<String>,
    /// The names of its inline policies.
    pub inline: Vec<String>,
    /// The ARNs of the managed policies that are attached.
    pub attached: Vec<String>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// Whether it has a password for the console.
    pub has_password: bool,
    /// The serial numbers of its MFA devices.
    pub mfa_devices: Vec<String>,
    /// The ids of its signing certificates.
    pub certificates: Vec<String>,
    /// The ids of its SSH public keys.
    pub ssh_keys: Vec<String>,
    /// The ids of its credentials for single services.
    pub service_credentials: Vec<String>,
}

impl Iam {
    /// Everything that hangs on a user, asked for all at once.
    pub async fn children(&self, name: &UserName) -> Result<Children, CloudError> {
        let (keys, rights, password, mfa_devices, certificates, ssh_keys, service_credentials) = tokio::join!(
            self.access_keys(name),
            self.rights(name),
            self.has_password(name),
            listed!(self, name, "iam:ListMFADevices", list_mfa_devices, mfa_devices, |device| Some(
                device.serial_number().to_owned()
            )),
            listed!(
                self,
                name,
                "iam:ListSigningCertificates",
                list_signing_certificates,
                certificates,
                |certificate| Some(certificate.certificate_id().to_owned())
            ),
            listed!(self, name, "iam:ListSSHPublicKeys", list_ssh_public_keys, ssh_public_keys, |key| Some(
                key.ssh_public_key_id().to_owned()
            )),
            listed!(
                self,
                name,
                "iam:ListServiceSpecificCredentials",
                list_service_specific_credentials,
                service_specific_credentials,
                |credential| Some(credential.service_specific_credential_id().to_owned())
            ),
        );
        let Rights { attached, inline, groups } = rights?;
        Ok(Children {
            keys: keys?.into_iter().map(|key| key.id).collect(),
            inline: inline.unwrap_or_default(),
            attached: attached.unwrap_or_default(),
            groups: groups.unwrap_or_default(),
            has_password: password?,
            mfa_devices: where_known(mfa_devices)?,
            certificates: where_known(certificates)?,
            ssh_keys: where_known(ssh_keys)?,
            service_credentials: where_known(service_credentials)?,
        })
    }

    async fn has_password(&self, name: &UserName) -> Result<bool, CloudError> {
        let request = self.client().await?.get_login_profile().user_name(name.as_str());
        match found("iam:GetLoginProfile", request.send().await) {
            Err(error) if error.kind == ErrorKind::Forbidden => Ok(false),
            answer => answer.map(|answer| answer.is_some()),
        }
    }

    /// Removes everything that hangs on a user, and then the user; what is gone already is fine.
    ///
    /// IAM may still see a child that was removed just now, or another run may have made one: then it is looked for
    /// again, as long as it may take IAM to hear of a change.
    pub async fn delete_user(&self, name: &UserName) -> Result<(), CloudError> {
        let mut pace = self.aws().paces().iam.clone();
        loop {
            let children = Box::pin(self.children(name)).await?;
            self.delete_children(name, &children).await?;
            let request = self.client().await?.delete_user().user_name(name.as_str());
            let outcome = gone(self.patiently("iam:DeleteUser", name, || request.clone().send()).await);
            let Err(error) = outcome else { return Ok(()) };
            let is_conflict = error.id.as_deref() == Some("DeleteConflict");
            let Some(pause) = pace.next().filter(|_| is_conflict) else { return Err(error) };
            if self.aws().paces().stop.pause(pause).await.is_err() {
                return Err(error);
            }
        }
    }

    async fn delete_children(&self, name: &UserName, children: &Children) -> Result<(), CloudError> {
        for id in &children.keys {
            self.delete_access_key(name, id).await?;
        }
        for policy in &children.inline {
            self.delete_user_policy(name, policy).await?;
        }
        let client = self.client().await?;
        for arn in &children.attached {
            let request = client.detach_user_policy().user_name(name.as_str()).policy_arn(arn);
            gone(self.patiently("iam:DetachUserPolicy", name, || request.clone().send()).await)?;
        }
        for group in &children.groups {
            let request = client.remove_user_from_group().user_name(name.as_str()).group_name(group);
            gone(self.patiently("iam:RemoveUserFromGroup", name, || request.clone().send()).await)?;
        }
        if children.has_password {
            let request = client.delete_login_profile().user_name(name.as_str());
            gone(self.patiently("iam:DeleteLoginProfile", name, || request.clone().send()).await)?;
        }
        for serial in &children.mfa_devices {
            let request = client.deactivate_mfa_device().user_name(name.as_str()).serial_number(serial);
            gone(self.patiently("iam:DeactivateMFADevice", name, || request.clone().send()).await)?;
        }
        for id in &children.certificates {
            let request = client.delete_signing_certificate().user_name(name.as_str()).certificate_id(id);
            gone(self.patiently("iam:DeleteSigningCertificate", name, || request.clone().send()).await)?;
        }
        for id in &children.ssh_keys {
            let request = client.delete_ssh_public_key().user_name(name.as_str()).ssh_public_key_id(id);
            gone(self.patiently("iam:DeleteSSHPublicKey", name, || request.clone().send()).await)?;
        }
        for id in &children.service_credentials {
            let request = client.delete_service_specific_credential().user_name(name.as_str());
            let request = request.service_specific_credential_id(id);
            let operation = "iam:DeleteServiceSpecificCredential";
            gone(self.patiently(operation, name, || request.clone().send()).await)?;
        }
        Ok(())
    }
}

/// What was listed; nothing where the list may not be asked for, or where a service that stands in for IAM does not have
/// it, as moto has no `ListServiceSpecificCredentials` and answers with a page of HTML.
fn where_known(listed: Result<Option<Vec<String>>, CloudError>) -> Result<Vec<String>, CloudError> {
    match listed {
        Err(error) if error.kind == ErrorKind::ServerFailed && error.id.is_none() => Ok(Vec::new()),
        Err(error) if error.id.as_deref() == Some("InvalidAction") => Ok(Vec::new()),
        listed => Ok(listed?.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, user};

    #[tokio::test]
    async fn a_user_goes_after_all_that_hangs_on_it_and_again_when_iam_still_sees_some() {
        let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
            ("ListAttachedUserPolicies", _) => {
                let member = "<member><PolicyArn>arn:aws:iam::aws:policy/A</PolicyArn></member>";
                Reply::result(
                    "ListAttachedUserPolicies",
                    &format!("<AttachedPolicies>{member}</AttachedPolicies>"),
                )
            }
            ("ListMFADevices", _) => {
                let member = "<member><UserName>u</UserName><SerialNumber>arn:aws:iam::1:mfa/u</SerialNumber>\
                    <EnableDate>2026-11-23T00:00:00Z</EnableDate></member>";
                Reply::result("ListMFADevices", &format!("<MFADevices>{member}</MFADevices>"))
            }
            ("GetLoginProfile", _) => Reply::iam(403, "AccessDenied"),
            (call, _) if call.starts_with("List") => Reply::result(call, ""),
            ("DeleteUser", 0) => Reply::iam(409, "DeleteConflict"),
            (call, _) => Reply::new(200, format!("<{call}Response/>")),
        })
        .await;
        server.aws().await.iam().delete_user(&user()).await.unwrap();
        let calls = server.calls();
        let writes: Vec<&String> =
            calls.iter().filter(|call| !call.starts_with("List") && !call.starts_with("Get")).collect();
        let round = ["DetachUserPolicy", "DeactivateMFADevice", "DeleteUser"];
        assert_eq!(writes, [round, round].concat());
    }

    #[tokio::test]
    async fn a_list_that_the_service_does_not_have_is_empty_and_one_that_fails_is_an_error() {
        for (answer, is_known) in [
            (Reply::new(500, "<!doctype html><title>500 Internal Server Error</title>"), false),
            (Reply::iam(400, "InvalidAction"), false),
            (Reply::iam(500, "ServiceFailure"), true),
        ] {
            let server = Server::start(move |seen, _| match seen.call.as_str() {
                "ListServiceSpecificCredentials" => answer.clone(),
                "GetLoginProfile" => Reply::iam(404, "NoSuchEntity"),
                call => Reply::result(call, ""),
            })
            .await;
            let iam = server.aws().await.iam();
            let children = Box::pin(iam.children(&user())).await;
            assert_eq!(children.is_err(), is_known, "{children:?}");
        }
    }
}
