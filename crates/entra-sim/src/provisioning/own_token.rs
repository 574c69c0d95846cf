//! Owns the token that the provisioning service sends when the administrator gave no secret token.

use serde_json::json;

use crate::oidc::keys::Signer;
use crate::state::Sim;

/// The application id that stands for custom applications; the audience of the token.
const AUDIENCE: &str = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";

/// A token of the tenant's own, of the older version, valid for an hour.
pub fn token(sim: &Sim) -> String {
    let (tenant, now) = (sim.tenant().tenant.id, sim.told().unix());
    let claims = json!({
        "aud": AUDIENCE,
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "iat": now - 300,
        "nbf": now - 300,
        "exp": now + 3_600,
        "appidacr": "2",
        "idp": format!("https://sts.windows.net/{tenant}/"),
        "tid": tenant,
        "ver": "1.0",
    });
    sim.keys.read().sign(Signer::Own, &claims)
}
