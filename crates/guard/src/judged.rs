//! The facts of a decision, taken from a request and put before the evaluator: what is recorded is what was judged.

use std::sync::Arc;

use model::{
    Timestamp,
    identity::Identity,
    judged::{CertificateSeen, Judged},
    readings::Readings,
};
use policy::{Fact, Facts, Presented, RequestFacts};

use crate::record::Circumstances;

/// What a record keeps of the facts of a request as it was judged.
pub(crate) fn of_request(identity: Option<&Arc<Identity>>, facts: &RequestFacts<'_>, readings: &Readings, version: u64) -> Judged {
    let certificate = match facts.certificate {
        Fact::Unknown => CertificateSeen::NotAsked,
        Fact::Known(None) => CertificateSeen::NotShown,
        Fact::Known(Some(shown)) => {
            CertificateSeen::Shown { authority: shown.authority, common_name: shown.common_name.map(str::to_owned) }
        }
    };
    let country = match facts.country {
        Fact::Known(country) => Some(country.to_owned()),
        Fact::Unknown => None,
    };
    Judged {
        ip: facts.ip,
        country,
        service_token: facts.service_token,
        certificate,
        linked_app: facts.linked_app,
        identity: identity.cloned(),
        standing: None,
        readings: identity.map(|identity| Judged::readings_of(identity, readings)).unwrap_or_default(),
        version,
    }
}

/// The same of a sign-in or refusal.
pub(crate) fn of(identity: Option<&Arc<Identity>>, at: &Circumstances<'_>, readings: &Readings, version: u64) -> Judged {
    of_request(identity, &crate::record::request_facts(at), readings, version)
}

/// The same facts as the evaluator takes them. `readings` are [`Judged::readings`].
pub fn facts<'a>(judged: &'a Judged, readings: &'a Readings, now: Timestamp) -> Facts<'a> {
    let certificate = match &judged.certificate {
        CertificateSeen::NotAsked => Fact::Unknown,
        CertificateSeen::NotShown => Fact::Known(None),
        CertificateSeen::Shown { authority, common_name } => {
            Fact::Known(Some(Presented { authority: *authority, common_name: common_name.as_deref() }))
        }
    };
    Facts {
        request: RequestFacts {
            ip: judged.ip,
            country: crate::admit::known(judged.country.as_deref()),
            service_token: judged.service_token,
            certificate,
            linked_app: judged.linked_app,
            now,
        },
        identity: judged.identity.as_deref(),
        readings: Some(readings),
        standing: judged.standing.as_ref(),
    }
}
