//! What the benchmark ran on, as far as the system tells.

use std::fs;

/// One line: processor, cores, memory, load.
pub fn told() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unnamed processor".to_owned());
    let memory = line("/proc/meminfo", "MemTotal").and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(|| "unknown memory".to_owned(), |kib| format!("{:.0} GiB of memory", kib as f64 / 1024.0 / 1024.0));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("{cores} cores ({processor}), {memory}, load average {} at the start", load.split(' ').next().unwrap_or("unknown"))
}

/// The value behind a name in a file of lines "name: value".
fn line(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':').map(|value| value.trim().to_owned()))
}
