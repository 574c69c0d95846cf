//! Memory: how much is taken of what may be, looked at once a second.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::config::Limits;

const LOOK: Duration = Duration::from_secs(1);

/// How tight memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Everything is served.
    Calm,
    /// New connections are refused and resting ones ended.
    Soft,
    /// Requests are answered with 503 besides.
    Hard,
}

/// How tight memory is now. One relaxed load to ask.
pub(crate) struct Pressure {
    level: AtomicU8,
    taken: AtomicU64,
    marks: Option<Marks>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    soft: u64,
    hard: u64,
}

impl Pressure {
    /// Of the configured memory, else of what the control group or the machine has.
    pub(crate) fn of(limits: &Limits) -> Arc<Self> {
        let ceiling = if limits.memory_mib > 0 { Some(limits.memory_mib << 20) } else { found_ceiling(Path::new("/")) };
        let part = |ceiling: u64, percent: u64| ceiling / 100 * percent;
        let marks = ceiling.map(|c| Marks { soft: part(c, limits.memory_soft_percent), hard: part(c, limits.memory_hard_percent) });
        if marks.is_none() {
            tracing::warn!("neither configuration nor system tells how much memory there is: load is not shed by memory");
        }
        Arc::new(Self { level: AtomicU8::new(0), taken: AtomicU64::new(0), marks })
    }

    /// How tight it is.
    pub(crate) fn level(&self) -> Level {
        match self.level.load(Ordering::Relaxed) {
            0 => Level::Calm,
            1 => Level::Soft,
            _ => Level::Hard,
        }
    }

    /// Bytes taken at the last look.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    fn note(&self, taken: u64) {
        let (was, is) = (self.level(), self.marks.map_or(Level::Calm, |marks| marks.level(taken)));
        self.taken.store(taken, Ordering::Relaxed);
        self.level.store(is as u8, Ordering::Relaxed);
        if was != is {
            let mebibytes = taken >> 20;
            match is {
                Level::Calm => tracing::info!(mebibytes, "memory is below its marks again"),
                Level::Soft => tracing::warn!(mebibytes, "memory is above the soft mark: new connections are refused, resting ones ended"),
                Level::Hard => tracing::error!(mebibytes, "memory is above the hard mark: requests are answered with 503"),
            }
        }
    }
}

impl Marks {
    fn level(self, taken: u64) -> Level {
        match taken {
            t if t >= self.hard => Level::Hard,
            t if t >= self.soft => Level::Soft,
            _ => Level::Calm,
        }
    }
}

/// Looks once a second until the server ends.
pub(crate) async fn watch(pressure: Arc<Pressure>, end: CancellationToken) {
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Some(taken) = taken() {
            pressure.note(taken);
        }
    }
}

/// Resident bytes of this process (proc(5), `statm`: the second number, in pages).
fn taken() -> Option<u64> {
    let pages = pages(&fs::read_to_string("/proc/self/statm").ok()?)?;
    Some(pages * u64::try_from(rustix::param::page_size()).ok()?)
}

fn pages(statm: &str) -> Option<u64> {
    statm.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The smallest limit of the control groups this process is in (version 2, else 1), or the machine's memory, whichever is less.
fn found_ceiling(root: &Path) -> Option<u64> {
    let machine = fs::read_to_string(root.join("proc/meminfo")).ok().as_deref().and_then(machine_total);
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut limits: Vec<u64> = machine.into_iter().collect();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let (top, file) = match controllers {
            "" => (root.join("sys/fs/cgroup"), "memory.max"),
            list if list.split(',').any(|c| c == "memory") => (root.join("sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
            _ => continue,
        };
        // Every group above counts as well.
        let mut folder = top.join(group.trim_start_matches('/'));
        while folder.starts_with(&top) {
            limits.extend(fs::read_to_string(folder.join(file)).ok().and_then(|text| text.trim().parse::<u64>().ok()));
            if !folder.pop() {
                break;
            }
        }
    }
    limits.into_iter().filter(|limit| *limit > 0).min()
}

fn machine_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_divide_memory_in_three() {
        let marks = Marks { soft: 80, hard: 90 };
        let levels = [0, 79, 80, 89, 90, u64::MAX].map(|taken| marks.level(taken));
        assert_eq!(levels, [Level::Calm, Level::Calm, Level::Soft, Level::Soft, Level::Hard, Level::Hard]);
        let pressure = Pressure { level: AtomicU8::new(0), taken: AtomicU64::new(0), marks: Some(marks) };
        for (taken, level) in [(95, Level::Hard), (85, Level::Soft), (5, Level::Calm)] {
            pressure.note(taken);
            assert_eq!((pressure.level(), pressure.taken()), (level, taken));
        }
    }

    #[test]
    fn what_this_process_takes_is_read_from_the_system() {
        assert_eq!(pages("12345 678 90 1 0 2 0\n"), Some(678));
        assert!(taken().unwrap() > 1 << 20);
        assert!(found_ceiling(Path::new("/")).unwrap() > 1 << 20);
    }

    #[test]
    fn the_smallest_limit_of_all_groups_counts() {
        let root = std::env::temp_dir().join(format!("doorward-memory-{}", rand::random::<u64>()));
        let file = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file("proc/meminfo", "MemTotal:        1048576 kB\nMemFree: 1 kB\n");
        assert_eq!(found_ceiling(&root), Some(1 << 30));
        file("proc/self/cgroup", "0::/system.slice/doorward.service\n");
        file("sys/fs/cgroup/system.slice/doorward.service/memory.max", "max\n");
        assert_eq!(found_ceiling(&root), Some(1 << 30));
        file("sys/fs/cgroup/system.slice/memory.max", "268435456\n");
        assert_eq!(found_ceiling(&root), Some(256 << 20));
        file("sys/fs/cgroup/system.slice/doorward.service/memory.max", "134217728\n");
        assert_eq!(found_ceiling(&root), Some(128 << 20));
        fs::remove_dir_all(root).unwrap();
    }
}
