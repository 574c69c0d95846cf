//! Logging: form and level, set by the program; both change while it runs.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, reload, util::SubscriberInitExt};

use crate::{
    config::{LogFormat, Logs},
    reload::FollowLogs,
};

/// Starts logging to standard error; the answer lets the log follow another level and form.
pub fn start(logs: &Logs) -> FollowLogs {
    let (filter, levels) = reload::Layer::new(filter(logs));
    let (lines, forms) = reload::Layer::new(form(logs));
    // A second start (in tests) leaves the first in place.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Box::new(move |logs| {
        levels.reload(self::filter(logs)).map_err(|e| e.to_string())?;
        forms.reload(form(logs)).map_err(|e| e.to_string())
    })
}

fn filter(logs: &Logs) -> EnvFilter {
    EnvFilter::try_new(&logs.level).unwrap_or_else(|_| EnvFilter::new("info"))
}

fn form<S>(logs: &Logs) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match logs.format {
        LogFormat::Json => Box::new(fmt::layer().json().flatten_event(true).with_writer(io::stderr)),
        LogFormat::Text => Box::new(fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr)),
    }
}
