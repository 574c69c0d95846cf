//! Configuration files: reading YAML and JSON, and writing them.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{
    ConfigurationError,
    current::{Current, Object},
    kinds::{self, KINDS, Kind, Shape},
    references, shape,
};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
}

/// A file that was read: objects by kind, as they are written.
#[derive(Debug)]
pub(super) struct Document {
    /// Where it is: secrets in files are looked for beside it.
    pub folder: PathBuf,
    /// In the order of the kinds.
    pub kinds: Vec<(&'static Kind, Vec<Value>)>,
}

/// Reads a file; one that ends in `.json` is JSON, every other YAML.
pub(super) fn read(path: &Path) -> Result<Document, ConfigurationError> {
    let name = path.display().to_string();
    let failed = |source| ConfigurationError::File { path: name.clone(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(ConfigurationError::Wrong { path: name, faults: vec![format!("is larger than {LARGEST} bytes")] });
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let value = parse(&text, if json { Format::Json } else { Format::Yaml });
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    value.and_then(|value| kinds_of(value, folder)).map_err(|faults| ConfigurationError::Wrong { path: name, faults })
}

fn parse(text: &str, format: Format) -> Result<Value, Vec<String>> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|e| vec![e.to_string()]),
        Format::Yaml => {
            let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
            serde_saphyr::from_str_with_options(text, options).map_err(|e| vec![e.to_string()])
        }
    }
}

/// Every fault at once.
fn kinds_of(value: Value, folder: PathBuf) -> Result<Document, Vec<String>> {
    let Value::Object(members) = value else { return Err(vec!["must be an object whose members are kinds of object, like apps".into()]) };
    let mut faults = Vec::new();
    for key in members.keys().filter(|key| kinds::named(key).is_none()) {
        let known = KINDS.iter().map(|kind| kind.key).collect::<Vec<_>>().join(", ");
        faults.push(format!("{key}: is no kind of object; the kinds are {known}"));
    }
    let mut kinds = Vec::new();
    for kind in KINDS {
        let Some(value) = members.get(kind.key) else { continue };
        let objects = match (kind.shape, value) {
            (Shape::One, object @ Value::Object(_)) => vec![object.clone()],
            (Shape::One, _) => {
                faults.push(format!("{}: must be an object", kind.key));
                continue;
            }
            (Shape::Many, Value::Array(list)) => list.clone(),
            // Nothing written is not the same as none: with --prune it would remove them all.
            (Shape::Many, _) => {
                faults.push(format!("{}: must be a list; [] says that there is to be none", kind.key));
                continue;
            }
        };
        for (at, object) in objects.iter().enumerate() {
            faults.extend(fault_of(kind, object).map(|fault| format!("{}/{at}: {fault}", kind.key)));
        }
        kinds.push((kind, objects));
    }
    if faults.is_empty() { Ok(Document { folder, kinds }) } else { Err(faults) }
}

fn fault_of(kind: &Kind, object: &Value) -> Option<String> {
    let Some(members) = object.as_object() else { return Some("must be an object".into()) };
    if kind.shape == Shape::Many && members.get("name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        return Some("name is required: objects are told apart by it".into());
    }
    let parts = match members.get("doorward") {
        None | Some(Value::Null) => return None,
        Some(Value::Object(parts)) => parts,
        Some(_) => return Some("doorward must be an object".into()),
    };
    let unknown = parts.keys().find(|key| !kind.parts.iter().any(|part| part.key == key.as_str()))?;
    let known: Vec<&str> = kind.parts.iter().map(|part| part.key).collect();
    Some(match known.as_slice() {
        [] => format!("doorward: a {} has no settings of its own there", kind.noun),
        known => format!("doorward/{unknown}: is unknown; there are {}", known.join(", ")),
    })
}

/// Everything that the server has, as a file: names in the place of ids where a name is enough, and no secret.
pub(super) fn write(current: &Current, format: Format) -> Result<String, ConfigurationError> {
    let mut document = Map::new();
    for kind in KINDS {
        let Some(objects) = current.0.get(kind.key) else { continue };
        let mut written = objects.iter().map(|object| written(current, kind, object));
        let value = match kind.shape {
            Shape::One => written.next().unwrap_or_default(),
            Shape::Many => written.collect(),
        };
        document.insert(kind.key.to_owned(), value);
    }
    let document = Value::Object(document);
    match format {
        Format::Json => Ok(format!("{document:#}\n")),
        Format::Yaml => {
            let text = serde_saphyr::to_string(&document).map_err(|e| ConfigurationError::Unwritable(e.to_string()))?;
            // What is written has to say the same when it is read.
            match parse(&text, Format::Yaml) {
                Ok(again) if again == document => Ok(text),
                Ok(_) => Err(ConfigurationError::Unwritable("a value would be read differently: use --format json".into())),
                Err(faults) => Err(ConfigurationError::Unwritable(faults.join("; "))),
            }
        }
    }
}

fn written(current: &Current, kind: &'static Kind, object: &Object) -> Value {
    let mut value = object.value.clone();
    for policy in value.get_mut("policies").and_then(Value::as_array_mut).into_iter().flatten() {
        shape::leave_out(policy, "id");
    }
    references::each(&mut value, &mut |kind, _, text| {
        if let Some(name) = unique_name(current, kind, text) {
            *text = name;
        }
    });
    let mut out = Map::new();
    if kind.shape == Shape::Many && kind.id != "name" && unique_name(current, kind.key, &object.id).is_none() {
        out.insert(kind.id.to_owned(), object.id.clone().into());
    }
    out.extend(value.as_object().cloned().unwrap_or_default());
    let mut value = Value::Object(out);
    for (key, part) in &object.parts {
        shape::put(&mut value, &format!("doorward/{key}"), part.clone());
    }
    for (part, path) in &object.secrets {
        let path = part.map_or_else(|| (*path).to_owned(), |part| format!("doorward/{part}/{path}"));
        if part.is_none_or(|part| object.parts.contains_key(part)) && shape::at(&value, &path).is_none() {
            let variable = variable(&object.name, path.rsplit('/').next().unwrap_or_default());
            shape::put(&mut value, &path, serde_json::json!({ "env": variable }));
        }
    }
    value
}

/// The name of an object, when no other of its kind has it and it cannot be taken for an id.
fn unique_name(current: &Current, kind: &str, id: &str) -> Option<String> {
    let objects = current.of(kind);
    let name = &objects.iter().find(|object| object.id == id)?.name;
    let one = objects.iter().filter(|object| object.name == *name).count() == 1;
    let an_id = objects.iter().any(|object| object.id == *name && object.id != id) || name.parse::<model::AppId>().is_ok();
    (one && !an_id && !name.trim().is_empty()).then(|| name.clone())
}

/// `Entra ID`, `client_secret` → `ENTRA_ID_CLIENT_SECRET`.
fn variable(name: &str, member: &str) -> String {
    let letters = format!("{name}_{member}").to_ascii_uppercase();
    let plain: String = letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_are_told_all_at_once() {
        let text = "apps: [{name: wiki, doorward: {upstreams: {}}}, {type: self_hosted}, 3]\ngroup: []\nkeys: []\norganization: {name: x}\ntags:\n";
        let faults = parse(text, Format::Yaml).and_then(|value| kinds_of(value, PathBuf::new())).unwrap_err();
        let starts = [
            "group: is no kind",
            "tags: must be a list; []",
            "apps/0: doorward/upstreams: is unknown; there are upstream",
            "apps/1: name is required",
            "apps/2: must be",
            "keys: must be",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn yaml_is_read_as_version_1_2_and_only_once_said() {
        assert_eq!(parse("a: no\nb: 12:30\nc: true\nd: 0x1f\n", Format::Yaml).unwrap()["a"], json!("no"));
        for bad in ["a: 1\na: 2\n", "a: [1\n", "a: &x [*x]\n", "a: 1\n---\nb: 2\n"] {
            assert!(parse(bad, Format::Yaml).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_that_grows_or_goes_deep_when_it_is_read_is_refused() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
            bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
        }
        for text in [bomb, "[".repeat(100_000), format!("a: {}", "{b: ".repeat(50_000)), "- ".repeat(50_000)] {
            let begun = std::time::Instant::now();
            assert!(parse(&text, Format::Yaml).is_err());
            assert!(begun.elapsed().as_secs() < 20);
        }
        assert!(parse(&"[".repeat(100_000), Format::Json).is_err());
    }

    #[test]
    fn texts_that_look_like_something_else_survive_being_written() {
        let odd = [
            "no",
            "true",
            "null",
            "~",
            "1",
            "1e3",
            "0x10",
            "",
            " a",
            "a: b",
            "# c",
            "- d",
            "é\n\tline\r\n",
            "'",
            "\"",
            "{",
            "*x",
            "2026-01-01",
            "\u{1b}",
            "=",
            "<<",
            "y",
            "a\n\nb\n",
            "\n a",
        ];
        let value = json!({ "apps": odd.iter().map(|text| json!({ "name": text, (*text): [text, 1, 1.5, null, true, {}, []] })).collect::<Vec<_>>() });
        let text = serde_saphyr::to_string(&value).unwrap();
        assert_eq!(parse(&text, Format::Yaml).unwrap(), value, "{text}");
    }

    #[test]
    fn variables_have_names_that_a_shell_takes() {
        assert_eq!(variable("Entra ID", "client_secret"), "ENTRA_ID_CLIENT_SECRET");
        assert_eq!(variable("1 é", "x"), "_1___X");
    }
}
