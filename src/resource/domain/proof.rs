//! Whether each domain is added, its DNS leads to the target that Heroku gave it, and its certificate is good for some
//! time yet (life-and-ci.md section 9.1).

mod certificate;
mod dns;

use super::{Kind, address};
use crate::cloud::heroku::{Domain, DomainStatus};
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::spec::Hostname;

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let Some(app) = asked.app() else { return };
        let domains = asked.overview.desired.spec().app.domains.iter().flatten();
        let (mut live, world) = (Vec::new(), asked.overview.world);
        for hostname in domains {
            let address = address(hostname);
            let found = world.domain.iter().find(|one| one.hostname == hostname.as_str());
            proof.known(address.to_string(), is_added(hostname, found, asked));
            if let Some(found) = found {
                proof.check(address.part("dns").to_string(), dns::leads_there(asked, found));
                live.push((address.part("certificate").to_string(), found));
            }
        }
        certificate::prove(app, live, asked, proof);
    }
}

fn is_added(hostname: &Hostname, live: Option<&Domain>, asked: Asked<'_>) -> Finding {
    let Some(live) = live else {
        return Finding::fail("the app has no such domain", asked.command("apply"));
    };
    match &live.status {
        DomainStatus::None | DomainStatus::Succeeded => Finding::pass("added to the app"),
        DomainStatus::Pending => Finding::warn("Heroku is still adding it", asked.command("apply")),
        DomainStatus::Other(status) => Finding::fail(
            format!("Heroku could not add it: its status is `{status}`"),
            format!("heroku domains:remove '{hostname}' -a {}", asked.overview.desired.spec().app.name),
        ),
    }
}
