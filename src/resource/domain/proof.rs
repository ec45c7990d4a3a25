//! Whether each domain is added, its DNS leads to the target that Heroku gave it, and its certificate is good for some
//! time yet (life-and-ci.md section 9.1).

mod certificate;
mod dns;

use url::Url;

use super::{Kind, address};
use crate::cloud::heroku::{App, Domain, DomainStatus};
use crate::resource::app::proof as app;
use crate::resource::proof::{Asked, Chain, Finding, Proof, Prove};
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
                let mut chain = Chain::default();
                let leads = chain.add(address.part("dns").to_string(), dns::leads_there(asked, live));
                // Of all hosts of a domain none is known to be one.
                if !live.hostname.starts_with("*.") {
                    chain.add_after(leads, address.part("up").to_string(), answers(asked, app, live));
                    chain.within(app::LIMIT);
                }
                proof.chain(chain);
                let is_good = certificate::is_good(app, live, certificates.clone(), asked);
                proof.check(address.part("certificate").to_string(), is_good);
            }
        }
    }
}

/// Whether the app answers by that name, once it can over https.
async fn answers(asked: Asked<'_>, app: &App, domain: &Domain) -> Finding {
    if app.acm && !certificate::is_issued(domain) {
        return Finding::skipped("its certificate is not issued yet");
    }
    app::answers(asked, app, Url::parse(&format!("https://{}/", domain.hostname)).ok()).await
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
