//! Whether memory or descriptors grew and answers became slower, from the windows of a run.

use std::time::Duration;

/// Figures of one window.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Seconds since the start, at its end.
    pub at: f64,
    pub resident: u64,
    pub anonymous: u64,
    pub descriptors: usize,
    pub requests: usize,
    pub p50: Duration,
    pub p99: Duration,
    /// Share of all cores that the machine used.
    pub load: f64,
}

/// What the last third of the windows may be above the middle one; the first third is for warming up, and is not judged.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Memory: as a share, and in bytes at least.
    memory: (f64, f64),
    descriptors: f64,
    /// The p99 as a multiple, and what is added to it.
    p99: (f64, Duration),
}

impl Bounds {
    /// Short runs end before the database's caches are full, and run in builds without optimisation on machines that do other things.
    pub const fn of(is_short: bool) -> Self {
        if is_short {
            Self { memory: (0.25, 24e6), descriptors: 80.0, p99: (4.0, Duration::from_millis(300)) }
        } else {
            Self { memory: (0.03, 4e6), descriptors: 16.0, p99: (1.5, Duration::from_millis(5)) }
        }
    }
}

/// The judgement.
#[derive(Debug)]
pub struct Verdict {
    pub lines: Vec<String>,
    pub faults: Vec<String>,
}

/// Judges the windows.
pub fn judge(windows: &[Window], bounds: Bounds) -> Verdict {
    let third = windows.len() / 3;
    let (middle, last) = (&windows[third..2 * third], &windows[2 * third..]);
    let both = |value: fn(&Window) -> f64| (median(middle, value), median(last, value));
    let (memory, descriptors) = (both(|w| w.resident as f64), both(|w| w.descriptors as f64));
    let p99 = both(|w| w.p99.as_secs_f64());
    let most_memory = memory.0 + (bounds.memory.0 * memory.0).max(bounds.memory.1);
    let most_descriptors = descriptors.0 + bounds.descriptors;
    let most_p99 = p99.0 * bounds.p99.0 + bounds.p99.1.as_secs_f64();
    let told = |what: &str, (middle, last): (f64, f64), most: f64, scale: f64, unit: &str| {
        let [middle, last, most] = [middle, last, most].map(|value| format!("{:.1}{unit}", value / scale));
        format!("{what}: {middle} in the middle third, {last} in the last (medians); allowed {most}")
    };
    let lines = vec![
        told("memory", memory, most_memory, 1_048_576.0, " MiB"),
        told("descriptors", descriptors, most_descriptors, 1.0, ""),
        told("p99", p99, most_p99, 1e-3, " ms"),
    ];
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    must(windows.len() >= 6, "there are too few windows to judge");
    must(memory.1 <= most_memory, "memory grew");
    must(descriptors.1 <= most_descriptors, "descriptors grew");
    must(p99.1 <= most_p99, "answers became slower");
    must(
        windows.iter().all(|w| w.requests > 0) || windows.iter().all(|w| w.requests == 0),
        "there was a window without an answered request",
    );
    Verdict { lines, faults }
}

fn median(windows: &[Window], value: fn(&Window) -> f64) -> f64 {
    let mut all: Vec<f64> = windows.iter().map(value).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(resident: fn(u64) -> u64, descriptors: fn(usize) -> usize, p99: fn(u64) -> u64) -> Vec<String> {
        let window = |n: u64| Window {
            at: n as f64 * 10.0,
            resident: resident(n) * 1_000_000,
            anonymous: 0,
            descriptors: descriptors(n as usize),
            requests: 10,
            p50: Duration::from_millis(1),
            p99: Duration::from_millis(p99(n)),
            load: 0.5,
        };
        judge(&(1..=60).map(window).collect::<Vec<_>>(), Bounds::of(false)).faults
    }

    #[test]
    fn what_grows_after_the_warming_up_is_told() {
        assert!(run(|n| 60 + n % 3, |_| 120, |_| 3).is_empty());
        let warm = run(|n| if n < 20 { 40 + n } else { 65 }, |n| if n < 20 { n } else { 120 }, |_| 3);
        assert!(warm.is_empty(), "growth at the start is none");
        assert!(run(|n| if n % 20 == 5 { 90 } else { 60 }, |n| if n % 20 == 5 { 300 } else { 100 }, |_| 3).is_empty(), "nor is a peak");
        assert_eq!(run(|n| 60 + n / 4, |_| 120, |_| 3), ["memory grew"]);
        assert_eq!(run(|_| 60, |n| 100 + n, |_| 3), ["descriptors grew"]);
        assert_eq!(run(|_| 60, |_| 100, |n| if n > 45 { 40 } else { 3 }), ["answers became slower"]);
    }
}
