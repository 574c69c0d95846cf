//! `domain`, `self_hosted_domains` and `destinations`: three spellings of one thing. Changing one rewrites the others.

use std::str::FromStr;

use model::{AppId, hostname::AppAddress};
use serde_json::{Value, json};
use store::Snapshot;

use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Most addresses of an application.
const MOST: usize = 100;

/// The three members as a body has them; `None` where one is left out.
#[derive(Debug)]
pub(super) struct Addresses {
    domain: Option<AppAddress>,
    self_hosted_domains: Option<Vec<AppAddress>>,
    destinations: Option<Vec<AppAddress>>,
}

/// An address that some request can have: a path with dot or empty segments is refused at the door before any
/// application is looked for, so that an application there would protect nothing.
struct Reachable(AppAddress);

impl FromStr for Reachable {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address: AppAddress = text.parse().map_err(|e| format!("{e}"))?;
        let path = address.path().strip_prefix('/').unwrap_or_default();
        let inner = path.strip_suffix('/').unwrap_or(path);
        if !inner.is_empty() && inner.split('/').any(|segment| matches!(segment, "" | "." | "..")) || path.starts_with('/') {
            return Err(format!("{text:?} is not usable as an application address: no request has empty, . or .. segments in its path"));
        }
        Ok(Self(address))
    }
}

/// Reads the three members. Empty ones count as left out.
pub(super) fn read(fields: &Fields<'_>) -> Addresses {
    let domain = if fields.text("domain").is_some_and(str::is_empty) { None } else { fields.parsed::<Reachable>("domain") };
    let domain = domain.map(|Reachable(address)| address);
    let self_hosted_domains = fields.parsed_array::<Reachable>("self_hosted_domains");
    let self_hosted_domains: Option<Vec<AppAddress>> =
        self_hosted_domains.map(|list| list.into_iter().map(|Reachable(address)| address).collect());
    let self_hosted_domains = self_hosted_domains.filter(|list| !list.is_empty());
    let destinations = fields.array("destinations").map(|items| destinations(items, fields.faults())).filter(|list| !list.is_empty());
    for (key, given) in [("self_hosted_domains", &self_hosted_domains), ("destinations", &destinations)] {
        if let Some(list) = given {
            check_list(fields, key, list);
        }
    }
    let none = ["domain", "self_hosted_domains", "destinations"].iter().all(|key| fields.get(key).is_none_or(is_empty));
    if none {
        fields.fault("domain", "domain is required (or destinations)");
    }
    Addresses { domain, self_hosted_domains, destinations }
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn check_list(fields: &Fields<'_>, key: &'static str, list: &[AppAddress]) {
    if list.len() > MOST {
        fields.fault(key, format!("has more than {MOST} addresses"));
    }
    for (i, address) in list.iter().enumerate() {
        if list[..i].iter().any(|earlier| same(earlier, address)) {
            fields.faults().add(format!("{}/{i}", fields.at(key)), format!("{address} is listed twice"));
        }
    }
}

fn destinations(items: Vec<(String, &Value)>, faults: &Faults) -> Vec<AppAddress> {
    items.into_iter().filter_map(|(pointer, value)| destination(pointer, value, faults)).collect()
}

fn destination(pointer: String, value: &Value, faults: &Faults) -> Option<AppAddress> {
    let fields = Fields::of(value, pointer, faults)?;
    let kind = fields.text("type").unwrap_or("public");
    if kind != "public" {
        fields.fault("type", format!("destinations of type {kind:?} are not supported yet; supported: public"));
        return None;
    }
    fields.not_yet(&["overrides"]);
    let address = fields.required::<Reachable>("uri");
    fields.done();
    address.map(|Reachable(address)| address)
}

impl Addresses {
    /// The addresses of a new application; the first is the primary one.
    pub(super) fn for_new(self) -> Result<Vec<AppAddress>, ApiError> {
        self.against(&[])
    }

    /// The addresses after a change: what differs from the stored ones wins, and two that differ must agree.
    pub(super) fn against(self, stored: &[AppAddress]) -> Result<Vec<AppAddress>, ApiError> {
        let changed = |list: &Vec<AppAddress>| list.as_slice() != stored;
        let by_destinations = self.destinations.filter(changed);
        let by_domains = self.self_hosted_domains.filter(changed);
        let list = match (by_destinations, by_domains) {
            (Some(a), Some(b)) if a != b => {
                return Err(ApiError::fault(
                    "/self_hosted_domains",
                    "names other addresses than destinations: they are one thing; send one of them",
                ));
            }
            (Some(list), _) | (None, Some(list)) => Some(list),
            (None, None) => None,
        };
        let domain = self.domain.filter(|domain| stored.first() != Some(domain));
        match (list, domain) {
            (None, None) => Ok(stored.to_vec()),
            (Some(list), None) => Ok(list),
            (None, Some(domain)) => {
                let mut list = stored.to_vec();
                list.retain(|address| !same(address, &domain));
                if list.len() == stored.len() && !list.is_empty() {
                    list.remove(0);
                }
                list.insert(0, domain);
                Ok(list)
            }
            (Some(mut list), Some(domain)) => match list.iter().position(|address| same(address, &domain)) {
                Some(at) => {
                    list[..=at].rotate_right(1);
                    Ok(list)
                }
                None => Err(ApiError::fault(
                    "/domain",
                    format!("{domain} is not one of the destinations: domain names the primary one of them"),
                )),
            },
        }
    }
}

/// Checks that nobody else has one of the addresses, and that the team domain stays free.
pub(super) fn check_free(snapshot: &Snapshot, team_host: &str, id: &AppId, addresses: &[AppAddress]) -> Result<(), ApiError> {
    for address in addresses {
        if address.host() == team_host {
            return Err(ApiError::fault(
                "/domain",
                format!("{address} is the team domain, where people sign in: an application needs another host"),
            ));
        }
        let other = snapshot.apps.values().find(|app| app.id != *id && app.destinations.iter().any(|theirs| same(theirs, address)));
        if let Some(other) = other {
            return Err(ApiError::Conflict(format!("{address} belongs to the application {:?} already", other.name)));
        }
    }
    Ok(())
}

/// The same host and path pattern, however written.
fn same(a: &AppAddress, b: &AppAddress) -> bool {
    a.host() == b.host() && a.path() == b.path()
}

/// The wire form of `destinations`.
pub(super) fn write(addresses: &[AppAddress]) -> Value {
    addresses.iter().map(|address| json!({ "type": "public", "uri": address.as_str() })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<AppAddress> {
        texts.iter().map(|t| t.parse().unwrap()).collect()
    }

    #[test]
    fn what_differs_from_the_stored_addresses_wins() {
        let stored = ["wiki.example", "docs.example"];
        type Case<'a> = (Option<&'a str>, Option<&'a [&'a str]>, Option<&'a [&'a str]>, &'a [&'a str]);
        let table: [Case<'_>; 6] = [
            (Some("wiki.example"), Some(&stored), Some(&stored), &stored),
            (Some("new.example"), Some(&stored), Some(&stored), &["new.example", "docs.example"]),
            (Some("docs.example"), Some(&stored), Some(&stored), &["docs.example", "wiki.example"]),
            (Some("wiki.example"), Some(&stored), Some(&["a.example", "b.example"]), &["a.example", "b.example"]),
            (Some("wiki.example"), Some(&["c.example"]), None, &["c.example"]),
            (Some("wiki.example"), None, None, &stored),
        ];
        for (domain, domains, destinations, expect) in table {
            let given = Addresses {
                domain: domain.map(|d| d.parse().unwrap()),
                self_hosted_domains: domains.map(list),
                destinations: destinations.map(list),
            };
            assert_eq!(given.against(&list(&stored)).unwrap(), list(expect), "{domain:?} {domains:?} {destinations:?}");
        }
    }

    #[test]
    fn a_path_that_no_request_has_is_refused() {
        for good in ["wiki.example", "wiki.example/", "wiki.example/*", "wiki.example/a/", "wiki.example/a/*/b", "wiki.example/..a/.b"] {
            assert!(good.parse::<Reachable>().is_ok(), "{good}");
        }
        for bad in ["wiki.example/../a", "wiki.example/a/.", "wiki.example/%2e%2e", "wiki.example//a", "wiki.example/a//", "wiki.example//"]
        {
            assert!(bad.parse::<Reachable>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_new_application_has_its_domain_among_its_destinations() {
        let given = |domain: &str, destinations: &[&str]| Addresses {
            domain: Some(domain.parse().unwrap()),
            self_hosted_domains: None,
            destinations: Some(list(destinations)),
        };
        assert_eq!(given("b.example", &["a.example", "b.example"]).for_new().unwrap(), list(&["b.example", "a.example"]));
        assert!(given("c.example", &["a.example", "b.example"]).for_new().is_err());
    }
}
