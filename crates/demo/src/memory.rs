//! Owns the count of resident memory, as the kernel reports it.

use crate::child::Child;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Name.
    pub name: &'static str,
    /// Resident memory in KiB.
    pub kib: u64,
}

/// Resident memory of this process and the children.
pub fn of(children: &[&Child]) -> Vec<Resident> {
    let own = Resident { name: "demo with its origins", kib: resident("self") };
    let others = children.iter().map(|child| {
        let kib = child.id().map_or(0, |id| resident(&id.to_string()));
        Resident { name: child.name(), kib }
    });
    others.chain([own]).collect()
}

fn resident(process: &str) -> u64 {
    std::fs::read_to_string(format!("/proc/{process}/status")).map(|text| vm_rss(&text)).unwrap_or(0)
}

fn vm_rss(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn resident_memory_is_read_from_the_kernels_table() {
        assert_eq!(super::vm_rss("Name:\tdoorward\nVmPeak:\t  999 kB\nVmRSS:\t   51234 kB\n"), 51_234);
        assert_eq!(super::vm_rss("Name:\tgone\n"), 0);
    }
}
