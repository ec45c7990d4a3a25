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
        let world = asked.overview.world;
        let certificates = certificate::ask(app, asked);
        for hostname in asked.overview.desired.spec().app.domains.iter().flatten() {
            let address = address(hostname);
            let live = world.domain.iter().find(|one| one.hostname == hostname.as_str());
            proof.known(address.to_string(), is_added(hostname, live, asked));
            if let Some(live) = live {
                proof.check(address.part("dns").to_string(), dns::leads_there(asked, live));
                let is_good = certificate::is_good(app, live, certificates.clone(), asked);
                proof.check(address.part("certificate").to_string(), is_good);
            }
        }
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
