//! Owns making ID tokens out of the ordinary: the older shape, claims withheld, claims overwritten.

use serde_json::{Value, json};

use crate::sim::switches::{Reshape, Version};

/// Changes the claims as a switch wants them.
pub fn apply(claims: &mut Value, wanted: &Reshape) {
    let Some(map) = claims.as_object_mut() else {
        return;
    };
    if wanted.version == Some(Version::One) {
        let tenant = map.get("tid").and_then(Value::as_str).unwrap_or_default().to_owned();
        map.insert("iss".into(), format!("https://sts.windows.net/{tenant}/").into());
        map.insert("ver".into(), "1.0".into());
        map.insert("amr".into(), json!(["pwd"]));
        map.insert("ipaddr".into(), "127.0.0.1".into());
        if let Some(name) = map.shift_remove("preferred_username") {
            map.insert("unique_name".into(), name.clone());
            map.insert("upn".into(), name);
        }
        map.shift_remove("rh");
    }
    for name in &wanted.withhold {
        map.shift_remove(name);
    }
    for (name, value) in &wanted.set {
        map.insert(name.clone(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_shape_has_another_issuer_and_other_names() {
        let mut claims =
            json!({"tid": "t-1", "ver": "2.0", "iss": "https://x/t-1/v2.0", "preferred_username": "mara@harbourworks.example"});
        apply(&mut claims, &Reshape { version: Some(Version::One), ..Reshape::default() });
        assert_eq!(claims["iss"], "https://sts.windows.net/t-1/");
        assert_eq!(claims["unique_name"], "mara@harbourworks.example");
        assert!(claims.get("preferred_username").is_none());
    }

    #[test]
    fn claims_are_withheld_before_others_are_set() {
        let mut claims = json!({"oid": "o", "nonce": "n"});
        let set = json!({"nonce": "another"}).as_object().cloned().unwrap();
        apply(&mut claims, &Reshape { withhold: vec!["oid".into(), "nonce".into()], set, ..Reshape::default() });
        assert_eq!(claims, json!({"nonce": "another"}));
    }
}
