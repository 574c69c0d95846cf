//! Hears what the readers ask of a request.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};

/// A place in a request and a fragment of the schema of what may stand there.
pub type Ask = (String, Value);

/// Listens on the present thread while it lives.
pub struct Listening {
    heard: Arc<Mutex<Vec<Ask>>>,
    _guard: DefaultGuard,
}

impl Listening {
    pub fn begin() -> Self {
        let heard = Arc::<Mutex<Vec<Ask>>>::default();
        let guard = tracing::subscriber::set_default(Ear(Arc::clone(&heard)));
        Self { heard, _guard: guard }
    }
    /// What was heard since the last time.
    pub fn take(&self) -> Vec<Ask> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

struct Ear(Arc<Mutex<Vec<Ask>>>);

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == api::ASKED
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        self.0.lock().unwrap().push((said.place, serde_json::from_str(&said.ask).unwrap()));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Said {
    place: String,
    ask: String,
}

impl Visit for Said {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
    fn record_str(&mut self, field: &Field, text: &str) {
        match field.name() {
            "place" => text.clone_into(&mut self.place),
            "ask" => text.clone_into(&mut self.ask),
            _ => {}
        }
    }
}
