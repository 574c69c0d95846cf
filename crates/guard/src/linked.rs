//! Linked applications: an origin hands the assertion it was given on to another application, in `Cf-Access-Token` ("Linked app token" of
//! Cloudflare One). It is a fact about the request, and never a session of the application that it is shown to.

use std::sync::Arc;

use model::{AppId, Timestamp};
use policy::{Fact, Facts, RequestFacts};

use crate::{
    admit::{Verified, check_signature},
    compiled::{Compiled, CompiledApp},
    door::Guard,
    end::End,
    live::LiveSession,
    program::ServiceState,
    token::Claims,
};

/// Another application's token that is good now.
#[derive(Clone)]
pub(crate) struct Linked {
    pub(crate) app: AppId,
    /// Cancelled when the session or the service token behind it ends.
    pub(crate) ended: End,
    /// Cancelled when its application withdraws its tokens or is removed.
    withdrawn: End,
    pub(crate) until: Timestamp,
}

impl Linked {
    /// True while nothing that it rests on has ended.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        !self.ended.is_cancelled() && !self.withdrawn.is_cancelled() && now < self.until
    }
}

impl Guard {
    /// The other application that a token is of, when everything about it is good: signature, issuer, time, that application's
    /// generation, and the session or the service token behind it. Its binding is not asked for: an origin never sees that.
    pub(crate) fn linked(
        &self,
        compiled: &Compiled,
        here: &CompiledApp,
        (token, person): (&str, Option<&Verified>),
        now: Timestamp,
    ) -> Option<Linked> {
        if let Some(person) = person {
            let other = self.other(compiled, here, &person.claims)?;
            if !self.is_good(compiled, other, person, now) || !self.still_admits(other, &person.live, now) {
                return None;
            }
            let until = Timestamp::from_secs(person.claims.exp).min(person.live.session.expires_at);
            return Some(Linked { app: other.app.id, ended: person.live.ended.clone(), withdrawn: other.anchor.cut.clone(), until });
        }
        let (claims, _) = check_signature(compiled, token, now)?;
        let other = self.other(compiled, here, &claims)?;
        match self.program_by_cookie(compiled, other, token, now) {
            ServiceState::Good(program) => {
                let exp = Timestamp::from_secs(claims.exp);
                let until = program.until.map_or(exp, |end| end.min(exp));
                Some(Linked { app: other.app.id, ended: program.cut, withdrawn: other.anchor.cut.clone(), until })
            }
            ServiceState::None | ServiceState::Bad => None,
        }
    }

    /// False when that application would not let the person in any more. Its rules may look at more than the identity: that was told to
    /// it, not to us, and its origin handed the token on.
    fn still_admits(&self, other: &CompiledApp, live: &LiveSession, now: Timestamp) -> bool {
        if other.set.has_continuous_rules() {
            return true;
        }
        let request =
            RequestFacts { ip: None, country: Fact::Unknown, service_token: None, certificate: Fact::Unknown, linked_app: None, now };
        let standing = live.standing();
        let facts = Facts { request, identity: Some(&live.identity), readings: None, standing: Some(&standing) };
        policy::evaluate(&other.set, &facts).outcome.is_open()
    }

    fn other<'a>(&self, compiled: &'a Compiled, here: &CompiledApp, claims: &Claims) -> Option<&'a Arc<CompiledApp>> {
        let issuer = &self.inner.config.team_origin;
        compiled.apps().find(|app| app.app.id != here.app.id && claims.is_for(issuer, &app.app))
    }
}
