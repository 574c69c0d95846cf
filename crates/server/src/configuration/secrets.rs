//! Secrets of a configuration file: named, never written. They are fetched from the environment or from files, and sent.

use std::path::Path;

use model::Secret;
use serde_json::Value;

use super::{
    kinds::Credential,
    shape::{at, leave_out},
};

/// A secret that an object is sent with.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// Path of the member.
    pub path: String,
    /// Its text.
    pub secret: Secret,
}

/// Takes the references to secrets out of an object and fetches what they name. A secret that cannot be fetched is a fault only where it
/// is `needed`: what is not sent need not be there.
pub(super) fn take(object: &mut Value, secrets: &[Credential], folder: &Path) -> (Vec<Sent>, Vec<String>) {
    let (mut taken, mut faults) = (Vec::new(), Vec::new());
    for Credential { path, .. } in secrets {
        let Some(reference) = at(object, path).filter(|value| !value.is_null()).cloned() else { continue };
        leave_out(object, path);
        match fetch(&reference, folder) {
            Ok(secret) => taken.push(Sent { path: (*path).to_owned(), secret }),
            Err(why) => faults.push(format!("{path}: {why}")),
        }
    }
    (taken, faults)
}

fn fetch(reference: &Value, folder: &Path) -> Result<Secret, String> {
    let members = reference.as_object().filter(|members| members.len() == 1);
    let one = members.and_then(|members| members.iter().next()).and_then(|(key, value)| Some((key.as_str(), value.as_str()?)));
    let text = match one {
        Some(("env", name)) => std::env::var(name).map_err(|_| format!("the environment has no variable {name} (or it is not text)"))?,
        Some(("file", path)) => {
            let text = std::fs::read_to_string(folder.join(path)).map_err(|error| format!("{path} could not be read: {error}"))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        _ => return Err("secrets are not written into the file: name one as {env: NAME} or {file: PATH}".into()),
    };
    if text.is_empty() { Err("is empty".into()) } else { Ok(Secret::new(text)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::kinds::Exported, *};

    #[test]
    fn secrets_come_from_elsewhere_and_leave_the_object() {
        let folder = std::env::temp_dir().join(format!("doorward-secrets-{}", model::UserId::random()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("secret"), "q3H8Q~vX1\n").unwrap();
        let table = [Credential { path: "config/client_secret", exported: Exported::Always }];
        let read = |value: Value| {
            let mut object = json!({ "name": "x", "config": { "client_secret": value } });
            let (taken, faults) = take(&mut object, &table, &folder);
            (object, taken, faults)
        };
        let (object, taken, faults) = read(json!({ "file": "secret" }));
        assert_eq!((object, faults.len()), (json!({ "name": "x", "config": {} }), 0));
        assert_eq!(taken[0].secret.expose(), "q3H8Q~vX1");
        assert!(!format!("{taken:?}").contains("q3H8Q"));
        for wrong in [
            json!("q3H8Q~vX1"),
            json!({ "env": "DOORWARD_NO_SUCH" }),
            json!({ "file": "none" }),
            json!({ "env": "A", "file": "b" }),
            json!({}),
            json!({ "env": 1 }),
        ] {
            let (_, taken, faults) = read(wrong.clone());
            assert_eq!((taken.len(), faults.len()), (0, 1), "{wrong}");
            assert!(!faults[0].contains("q3H8Q"), "{}", faults[0]);
        }
        let (object, taken, faults) = read(json!(null));
        assert_eq!((&object["config"], taken.len(), faults.len()), (&json!({ "client_secret": null }), 0, 0));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
