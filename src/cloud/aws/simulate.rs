//! What an identity may do, as IAM's simulator says it. It knows policies of the identity, not those of buckets.
//!
//! What must not live here: what is needed.

use std::collections::BTreeSet;

use aws_sdk_iam::types::PolicyEvaluationDecisionType;

use super::error::{Effect, cloud_error};
use super::iam::Iam;
use crate::cloud::CloudError;

impl Iam {
    /// Which of these actions on a resource a user or role may not do.
    pub async fn denied(
        &self,
        principal: &str,
        actions: &BTreeSet<&'static str>,
        resource: &str,
    ) -> Result<Vec<String>, CloudError> {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        let request = self.client().await?.simulate_principal_policy().policy_source_arn(principal);
        let request = request.set_action_names(Some(actions)).resource_arns(resource).max_items(1000);
        let operation = "iam:SimulatePrincipalPolicy";
        let answer = request.send().await.map_err(|error| cloud_error(operation, Effect::Read, &error))?;
        let denied = answer
            .evaluation_results()
            .iter()
            .filter(|result| *result.eval_decision() != PolicyEvaluationDecisionType::Allowed);
        Ok(denied.map(|result| result.eval_action_name().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn what_is_not_allowed_is_denied_whether_someone_says_so_or_nobody_does() {
        let member = |action: &str, decision: &str| {
            format!(
                "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName>\
                 <EvalDecision>{decision}</EvalDecision></member>"
            )
        };
        let results = [("s3:A", "allowed"), ("s3:B", "implicitDeny"), ("s3:C", "explicitDeny")];
        let members: String = results.map(|(action, decision)| member(action, decision)).concat();
        let body =
            format!("<EvaluationResults>{members}</EvaluationResults><IsTruncated>false</IsTruncated>");
        let server = Server::always(Reply::result("SimulatePrincipalPolicy", &body)).await;
        let iam = server.aws().await.iam();
        let denied =
            iam.denied("arn:aws:iam::1:user/a", &BTreeSet::from(["s3:A", "s3:B", "s3:C"]), "*").await;
        assert_eq!(denied.unwrap(), ["s3:B", "s3:C"]);
    }
}
