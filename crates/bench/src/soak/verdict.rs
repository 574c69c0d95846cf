//! Whether memory or descriptors grew and answers became slower, from the windows of a run.

use std::time::Duration;

/// Figures of one window.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Seconds since the start, at its end.
    pub at: f64,
    pub resident: u64,
    pub descriptors: usize,
    pub requests: usize,
    pub p50: Duration,
    pub p99: Duration,
    /// Share of all cores that the machine used.
    pub load: f64,
}

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Growth of memory over the second half, as a share of it, and in bytes at least.
    memory: (f64, f64),
    /// Growth of descriptors over the second half.
    descriptors: f64,
    /// The last third's p99 as a multiple of the middle third's, and what is added to it.
    p99: (f64, Duration),
}

impl Bounds {
    /// Short runs end before the database's caches are full, and run in builds without optimisation on machines that do other things.
    pub const fn of(is_short: bool) -> Self {
        if is_short {
            Self { memory: (0.25, 24e6), descriptors: 80.0, p99: (4.0, Duration::from_millis(300)) }
        } else {
            Self { memory: (0.05, 4e6), descriptors: 16.0, p99: (1.5, Duration::from_millis(5)) }
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
    let second = &windows[windows.len() / 2..];
    let span = second.last().map_or(0.0, |w| w.at) - second.first().map_or(0.0, |w| w.at);
    let growth = |value: fn(&Window) -> f64| slope(&second.iter().map(|w| (w.at, value(w))).collect::<Vec<_>>()) * span;
    let (memory, descriptors) = (growth(|w| w.resident as f64), growth(|w| w.descriptors as f64));
    let mean = second.iter().map(|w| w.resident as f64).sum::<f64>() / second.len().max(1) as f64;
    let most_memory = (bounds.memory.0 * mean).max(bounds.memory.1);
    let third = windows.len() / 3;
    let (middle, last) = (median_p99(&windows[third..2 * third]), median_p99(&windows[2 * third..]));
    let most_p99 = middle.mul_f64(bounds.p99.0) + bounds.p99.1;
    let mib = |bytes: f64| bytes / 1_048_576.0;
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let lines = vec![
        format!(
            "memory: {:+.1} MiB over the second half ({:.0} s), of {:.0} MiB; allowed {:.1}",
            mib(memory),
            span,
            mib(mean),
            mib(most_memory)
        ),
        format!("descriptors: {descriptors:+.1} over the second half; allowed {:.0}", bounds.descriptors),
        format!("p99: {:.2} ms in the middle third, {:.2} ms in the last; allowed {:.2}", millis(middle), millis(last), millis(most_p99)),
    ];
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    must(windows.len() >= 6, "there are too few windows to judge");
    must(memory <= most_memory, "memory grew");
    must(descriptors <= bounds.descriptors, "descriptors grew");
    must(last <= most_p99, "answers became slower");
    must(windows.iter().all(|w| w.requests > 0), "there was a window without an answered request");
    Verdict { lines, faults }
}

fn median_p99(windows: &[Window]) -> Duration {
    let mut all: Vec<Duration> = windows.iter().map(|w| w.p99).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Slope of the line of least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let over: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let under: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if under > 0.0 { over / under } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(resident: fn(u64) -> u64, descriptors: fn(usize) -> usize, p99: fn(u64) -> u64) -> Vec<String> {
        let window = |n: u64| Window {
            at: n as f64 * 10.0,
            resident: resident(n) * 1_000_000,
            descriptors: descriptors(n as usize),
            requests: 10,
            p50: Duration::from_millis(1),
            p99: Duration::from_millis(p99(n)),
            load: 0.5,
        };
        judge(&(1..=60).map(window).collect::<Vec<_>>(), Bounds::of(false)).faults
    }

    #[test]
    fn what_grows_in_the_second_half_is_told() {
        assert!(run(|n| 60 + n % 3, |_| 120, |_| 3).is_empty());
        assert!(
            run(|n| if n < 25 { 40 + n } else { 65 }, |n| if n < 20 { n } else { 120 }, |_| 3).is_empty(),
            "growth at the start is none"
        );
        assert_eq!(run(|n| 60 + n, |_| 120, |_| 3), ["memory grew"]);
        assert_eq!(run(|_| 60, |n| 100 + n, |_| 3), ["descriptors grew"]);
        assert_eq!(run(|_| 60, |_| 100, |n| if n > 45 { 40 } else { 3 }), ["answers became slower"]);
    }

    #[test]
    fn a_slope_is_that_of_the_line() {
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-9);
        assert_eq!(slope(&[(1.0, 7.0)]), 0.0);
    }
}
