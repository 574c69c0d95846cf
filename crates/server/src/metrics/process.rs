//! What the system tells of this process.

/// Bytes of memory in use, when the system tells.
pub(super) fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Open file descriptors, when the system tells.
pub(super) fn descriptors() -> Option<u64> {
    // The listing itself is open while it is counted.
    std::fs::read_dir("/proc/self/fd").ok().map(|list| (list.count() as u64).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_of_this_process() {
        assert!(memory().unwrap() > 1 << 20);
        assert!(descriptors().unwrap() >= 3);
    }
}
