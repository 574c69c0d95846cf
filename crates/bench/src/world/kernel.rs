//! What the kernel says of processes and cores: time used, memory, descriptors.

use std::{fs, time::Duration};

/// Kernel ticks a second, as every Linux shows them to programs.
const TICKS: f64 = 100.0;

/// Time that something used of processors, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    pub user: f64,
    pub system: f64,
}

impl Used {
    pub fn total(self) -> f64 {
        self.user + self.system
    }

    /// What was used since.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self { user: self.user - before.user, system: self.system - before.system }
    }
}

/// Time that one core was busy, and that its host took away, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Core {
    pub busy: f64,
    pub stolen: f64,
}

/// A process and all that come of it.
pub fn family(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut at = 0;
    while let Some(parent) = all.get(at).copied() {
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        at += 1;
    }
    all
}

/// Time that these processes used so far, all their threads together.
pub fn used(processes: &[u32]) -> Used {
    processes.iter().fold(Used::default(), |sum, process| {
        let [user, system, ..] = times(&process.to_string());
        Used { user: sum.user + user, system: sum.system + system }
    })
}

/// Time of the ended children of this process that were waited for.
pub fn used_by_ended_children() -> f64 {
    let [_, _, user, system] = times("self");
    user + system
}

/// User, system, and the same of children that were waited for (proc(5), fields 14 to 17 of `stat`).
fn times(process: &str) -> [f64; 4] {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name stands in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    [11, 12, 13, 14].map(|at| fields.get(at).and_then(|n| n.parse::<f64>().ok()).unwrap_or_default() / TICKS)
}

/// What a core did since the machine started.
pub fn core(number: usize) -> Core {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let name = format!("cpu{number} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_default();
    let n: Vec<f64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let at = |i: usize| n.get(i).copied().unwrap_or_default() / TICKS;
    // user, nice, system, irq and softirq; idle, iowait and stolen time are not work done here.
    Core { busy: at(0) + at(1) + at(2) + at(5) + at(6), stolen: at(7) }
}

/// Resident memory of these processes in bytes, pages they share counted for each.
pub fn resident(processes: &[u32]) -> u64 {
    processes.iter().map(|process| kib(&format!("/proc/{process}/smaps_rollup"), "Rss:") * 1024).sum()
}

/// Of it, what stands in no file: heaps and stacks, and the database's page cache.
pub fn anonymous(processes: &[u32]) -> u64 {
    processes.iter().map(|process| kib(&format!("/proc/{process}/smaps_rollup"), "Anonymous:") * 1024).sum()
}

/// Open descriptors of a process.
pub fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

fn kib(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A share of a time.
pub fn share(seconds: f64, of: Duration) -> f64 {
    (seconds / of.as_secs_f64()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_this_process() {
        let own = std::process::id();
        assert_eq!(family(own)[0], own);
        assert!(resident(&[own]) > 100_000);
        assert!(anonymous(&[own]) > 0 && anonymous(&[own]) <= resident(&[own]));
        assert!(descriptors(own) > 2);
        assert!(core(0).busy > 0.0);
        let before = used(&[own]);
        assert!(used(&[own]).since(before).total() >= 0.0);
        assert_eq!(resident(&[u32::MAX]), 0, "nobody has this id");
    }
}
