//! Owns the `claims` parameter: authentication contexts, client capabilities and the demand for a second factor.
//!
//! Source: "Claims challenges, claims requests and client capabilities".

use serde_json::Value;

use super::fault::Fault;
use super::params::Params;
use crate::directory::Directory;

/// Contexts asked for one kind of token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Without which there is to be no token.
    pub essential: Vec<String>,
    /// Welcome if they hold already.
    pub welcome: Vec<String>,
}

/// Whether the client can deal with claims challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capability {
    /// It did not say so.
    #[default]
    Plain,
    /// It sent `xms_cc` with `cp1`.
    Challenges,
}

/// Whether the client insists on a second factor (`acr` with `urn:microsoft:policies:mfa`, undocumented by Microsoft).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Insists {
    /// Policies alone decide.
    #[default]
    No,
    /// Whatever the policies say.
    SecondFactor,
}

/// A claims request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// For the ID token.
    pub id_token: Asked,
    /// For the access token.
    pub access_token: Asked,
    /// Capability.
    pub capability: Capability,
    /// Second factor.
    pub insists: Insists,
}

impl ClaimsRequest {
    /// Reads the parameter; contexts that the tenant does not define are passed over.
    pub fn read(params: &Params, directory: &Directory) -> Result<Self, Fault> {
        let Some(text) = params.get("claims") else {
            return Ok(Self::default());
        };
        let bad = || Fault::new(90_014, "invalid_request", "The 'claims' parameter is not a JSON object of the claims request kind.");
        let claims: Value = serde_json::from_str(text).map_err(|_| bad())?;
        if !claims.is_object() {
            return Err(bad());
        }
        let known = |id: &str| directory.contexts.iter().any(|context| context.id == id);
        let declared =
            claims.pointer("/access_token/xms_cc").is_some_and(|asked| words(asked).any(|word| word.eq_ignore_ascii_case("cp1")));
        let strong = claims.pointer("/id_token/acr").is_some_and(|asked| words(asked).any(|word| word == "urn:microsoft:policies:mfa"));
        Ok(Self {
            id_token: asked(claims.pointer("/id_token/acrs"), known),
            access_token: asked(claims.pointer("/access_token/acrs"), known),
            capability: if declared { Capability::Challenges } else { Capability::Plain },
            insists: if strong { Insists::SecondFactor } else { Insists::No },
        })
    }

    /// The same with the capability of the request that redeems the code, which libraries repeat there. Contexts were settled
    /// when the person could be asked, so those are left out.
    #[must_use]
    pub fn with(&self, token_request: &Self) -> Self {
        let capability = if token_request.capability == Capability::Challenges { Capability::Challenges } else { self.capability };
        Self { capability, ..self.clone() }
    }

    /// Contexts without which there is to be no token.
    pub fn demanded(&self) -> Vec<String> {
        self.id_token.essential.iter().chain(&self.access_token.essential).cloned().collect()
    }
}

fn words(asked: &Value) -> impl Iterator<Item = &str> {
    let one = asked.get("value").and_then(Value::as_str);
    let many = asked.get("values").and_then(Value::as_array);
    one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str))
}

fn asked(acrs: Option<&Value>, known: impl Fn(&str) -> bool) -> Asked {
    let Some(acrs) = acrs else {
        return Asked::default();
    };
    let mut ids: Vec<String> = words(acrs).filter(|id| known(id)).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    if acrs.get("essential").and_then(Value::as_bool) == Some(true) {
        Asked { essential: ids, welcome: Vec::new() }
    } else {
        Asked { essential: Vec::new(), welcome: ids }
    }
}
