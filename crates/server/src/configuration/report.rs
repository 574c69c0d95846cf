//! Plans and what became of them, for people and for scripts. No secret is in them: none is in a plan's differences.

use serde_json::{Value, json};

use super::{
    apply::Applied,
    plan::{Act, Plan, Step},
};

/// Longest text of a value on a line.
const LONGEST: usize = 60;

impl Plan {
    /// The plan for people.
    #[must_use]
    pub fn text(&self) -> String {
        if self.is_empty() {
            return "Nothing to do: the server is as the file says.\n".into();
        }
        let mut out: String = self.steps.iter().map(|step| told(self, step)).collect();
        out.push_str(&format!("\nPlan: {}.\n", summary(&self.steps)));
        out
    }
    /// The same for scripts.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "steps": self.steps.iter().map(step_json).collect::<Value>(), "changes": self.steps.len() })
    }
}

fn summary(steps: &[Step]) -> String {
    let count = |act| steps.iter().filter(|step| step.act == act).count();
    format!("{} to make, {} to change, {} to remove", count(Act::Create), count(Act::Update), count(Act::Delete))
}

/// What is done, on one line.
fn title(step: &Step) -> String {
    let part = step.part.map(|part| format!(", its {}", part.key)).unwrap_or_default();
    let name = if step.name == step.kind.key { String::new() } else { format!(" {}", plain(&format!("{:?}", step.name))) };
    format!("{}{name}{part}", step.kind.noun)
}

fn told(plan: &Plan, step: &Step) -> String {
    let sign = match step.act {
        Act::Create => '+',
        Act::Update => '~',
        Act::Delete => '-',
    };
    let mut out = format!("{sign} {}\n", title(step));
    for change in step.changes.iter().filter(|_| step.act != Act::Delete) {
        let after = shortened(plan, &change.after);
        let place = plain(&change.pointer);
        out.push_str(&match (&change.before, step.act) {
            (Value::Null, _) | (_, Act::Create) => format!("    {place}: {after}\n"),
            (before, _) => format!("    {place}: {} -> {after}\n", shortened(plan, before)),
        });
    }
    out.push_str(&step.secrets.iter().map(|sent| format!("    /{}: (secret)\n", plain(&sent.path))).collect::<String>());
    out
}

/// A value on a line: ids of the server's objects by name, cut where it is long.
fn shortened(plan: &Plan, value: &Value) -> String {
    let mut text = value.to_string();
    for objects in plan.current.0.values() {
        for object in objects.iter().filter(|object| object.id.len() == 36) {
            if text.contains(&object.id) {
                text = text.replace(&object.id, &object.name);
            }
        }
    }
    let text = plain(&text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Names come from people: nothing of theirs steers a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn step_json(step: &Step) -> Value {
    let action = match step.act {
        Act::Create => "create",
        Act::Update => "update",
        Act::Delete => "delete",
    };
    let changes: Value = step.changes.iter().map(|c| json!({ "path": c.pointer, "before": c.before, "after": c.after })).collect();
    let secrets: Value = step.secrets.iter().map(|sent| json!(format!("/{}", sent.path))).collect();
    json!({
        "action": action, "kind": step.kind.key, "name": step.name, "id": step.id, "part": step.part.map(|part| part.key),
        "changes": changes, "secrets": secrets,
    })
}

/// What became of a plan, for people.
pub(super) fn applied(applied: &Applied) -> String {
    let steps = &applied.plan.steps;
    if steps.is_empty() {
        return applied.plan.text();
    }
    let mut out = String::new();
    for (at, step) in steps.iter().enumerate() {
        let verb = match step.act {
            Act::Create => "make",
            Act::Update => "change",
            Act::Delete => "remove",
        };
        let state = match at.cmp(&applied.done) {
            std::cmp::Ordering::Less => "done    ",
            std::cmp::Ordering::Equal => "FAILED  ",
            std::cmp::Ordering::Greater => "not done",
        };
        out.push_str(&format!("{state}  {verb} {}\n", title(step)));
        if let (Some(error), true) = (&applied.failed, at == applied.done) {
            out.push_str(&format!("          {}\n", plain(&error.to_string())));
        }
    }
    let (done, all) = (applied.done, steps.len());
    out.push_str(&if applied.is_whole() {
        format!("\nApplied: {done} steps.\n")
    } else {
        format!("\nStopped: {done} of {all} steps were done and stay. Mend what is told above and apply again: what is done is not done twice.\n")
    });
    out
}

/// The same for scripts.
pub(super) fn applied_json(applied: &Applied) -> Value {
    let mut out = applied.plan.json();
    out["done"] = json!(applied.done);
    out["error"] = json!(applied.failed.as_ref().map(ToString::to_string));
    out
}
