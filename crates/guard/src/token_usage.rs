//! When service tokens were last used: told by every admitted request at the price of a look-up, noted in the store now and then.

use std::sync::atomic::{AtomicI64, Ordering};

use model::{ServiceTokenId, Timestamp};
use store::StoreError;

use crate::door::Guard;

/// Uses of one minute count as one.
const GRAIN_MS: i64 = 60_000;
/// Uses within five minutes of what is noted are not noted.
const NOTED_EVERY_MS: i64 = 300_000;

/// The last use of each token since the start. As many entries as there are tokens: only good ones come here.
#[derive(Default)]
pub(crate) struct TokenUsage {
    seen: papaya::HashMap<ServiceTokenId, Usage>,
}

/// Milliseconds since the epoch, both; 0 is never.
#[derive(Default)]
struct Usage {
    seen: AtomicI64,
    noted: AtomicI64,
}

impl TokenUsage {
    /// The token admitted a request.
    pub(crate) fn used(&self, id: ServiceTokenId, now: Timestamp) {
        let pinned = self.seen.pin();
        let usage = pinned.get_or_insert_with(id, Usage::default);
        if now.millis() - usage.seen.load(Ordering::Relaxed) >= GRAIN_MS {
            usage.seen.store(now.millis(), Ordering::Relaxed);
        }
    }

    /// What the store does not know yet, of at least this age.
    fn unnoted(&self, least_ms: i64) -> Vec<(ServiceTokenId, Timestamp)> {
        let is_due = |usage: &Usage| {
            let (seen, noted) = (usage.seen.load(Ordering::Relaxed), usage.noted.load(Ordering::Relaxed));
            (seen > noted && seen - noted >= least_ms).then(|| Timestamp::from_millis(seen))
        };
        self.seen.pin().iter().filter_map(|(id, usage)| Some((*id, is_due(usage)?))).collect()
    }

    fn noted(&self, list: &[(ServiceTokenId, Timestamp)]) {
        let pinned = self.seen.pin();
        for (usage, at) in list.iter().filter_map(|(id, at)| Some((pinned.get(id)?, at))) {
            usage.noted.store(at.millis(), Ordering::Relaxed);
        }
    }
}

impl Guard {
    /// Notes when service tokens were last used, of those whose noted use is five minutes old.
    pub(crate) async fn note_tokens_seen(&self) -> Result<(), StoreError> {
        self.note_tokens_seen_after(NOTED_EVERY_MS).await
    }

    /// The same for those whose noted use is at least so old.
    pub(crate) async fn note_tokens_seen_after(&self, least_ms: i64) -> Result<(), StoreError> {
        let due = self.inner.token_usage.unnoted(least_ms);
        if due.is_empty() {
            return Ok(());
        }
        let list = due.clone();
        self.inner.store.write(move |tx| list.iter().try_for_each(|(id, at)| tx.note_service_token_seen(id, *at))).await?;
        self.inner.token_usage.noted(&due);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_told_once_until_another_minute() {
        let (usage, id) = (TokenUsage::default(), ServiceTokenId::random());
        let at = Timestamp::from_secs;
        usage.used(id, at(1000));
        usage.used(id, at(1030));
        assert_eq!(usage.unnoted(0), [(id, at(1000))]);
        usage.noted(&[(id, at(1000))]);
        assert!(usage.unnoted(0).is_empty());
        usage.used(id, at(1061));
        assert!(usage.unnoted(NOTED_EVERY_MS).is_empty(), "too soon");
        assert_eq!(usage.unnoted(0), [(id, at(1061))]);
    }
}
