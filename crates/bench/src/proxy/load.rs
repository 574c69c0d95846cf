//! One load on one proxy: the command of wrk or h2load, and what it took.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    cases::{Case, Engine, Load},
    peers::found,
};
use crate::world::kernel::{self, Used};

/// What a browser sends beside host and cookies.
pub const BROWSER: [&str; 11] = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-NZ,en;q=0.7",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "DNT: 1",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    "Priority: u=0, i",
    // The bench plays the load balancer that ended TLS.
    "X-Forwarded-For: 198.51.100.7",
];
/// Cookies of the application itself.
pub const OTHER_COOKIES: &str = "theme=dark; _session=4f1d8c2b9a7e6350; ";

/// Where and with what requests are sent.
pub struct Target {
    pub port: u16,
    /// With the port that people see.
    pub host: String,
    pub connections: usize,
    pub core: usize,
    pub token: String,
    pub script: PathBuf,
    /// One token a line.
    pub people: PathBuf,
    pub cold: PathBuf,
}

/// What a load took.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub requests: u64,
    pub rate: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub used: Used,
    /// Share of the proxy's core that the proxy used.
    pub busy: f64,
    /// The larger share that others took of the proxy's or the load's core, the host's included.
    pub foreign: f64,
}

impl Sample {
    /// Processor seconds for 100,000 requests.
    pub fn cpu(&self) -> f64 {
        self.used.total() / self.requests.max(1) as f64 * 1e5
    }
}

impl Target {
    /// The command, with the place at which the tokens of a file begin.
    pub fn command(&self, case: &Case, engine: Engine, secs: u64, first: u64) -> Vec<String> {
        let url = format!("{}://127.0.0.1:{}{}", if engine.is_tls() { "https" } else { "http" }, self.port, case.path);
        let mut words = vec!["taskset".to_owned(), "-c".to_owned(), self.core.to_string()];
        let mut add = |list: &[&str]| words.extend(list.iter().map(|word| (*word).to_owned()));
        let (connections, secs) = (self.connections.to_string(), secs.to_string());
        if case.load == Load::Http2 {
            add(&["h2load", "-t", "1", "-c", &connections, "-m", "4", "-D", &secs, "-H", &format!(":authority: {}", self.host)]);
        } else {
            add(&["wrk", "-t1", &format!("-c{connections}"), &format!("-d{secs}s"), "--latency", "-H", &format!("Host: {}", self.host)]);
        }
        BROWSER.iter().for_each(|header| add(&["-H", header]));
        if case.load == Load::Connections {
            add(&["-H", "Connection: close"]);
        }
        match case.load {
            Load::People | Load::Cold => {
                let file = if case.load == Load::Cold { &self.cold } else { &self.people };
                let (script, file) = (self.script.to_string_lossy(), file.to_string_lossy());
                add(&["-s", &script, &url, "--", &file, &first.to_string()]);
            }
            _ => add(&["-H", &format!("Cookie: {OTHER_COOKIES}CF_Authorization={}", self.token), &url]),
        }
        words
    }

    /// Loads the proxy with these processes; `origin` runs on the load's core.
    pub fn run(&self, case: &Case, engine: Engine, secs: u64, first: u64, watched: &Watched) -> Result<Sample> {
        let words = self.command(case, engine, secs, first);
        let program = found(&words[0]).with_context(|| format!("there is no program {}", words[0]))?;
        let before = watched.look();
        let out = Command::new(program).args(&words[1..]).output().context("cannot start the load")?;
        let after = watched.look();
        let text = String::from_utf8_lossy(&out.stdout);
        let told = if case.load == Load::Http2 { Told::of_h2load(&text) } else { Told::of_wrk(&text, case.load) };
        let told = told.with_context(|| format!("the load on {} said\n{text}{}", engine.name(), String::from_utf8_lossy(&out.stderr)))?;
        if told.bad > 0 {
            bail!("{} of {} answers of {} were not what they should be:\n{text}", told.bad, told.requests, engine.name());
        }
        let (used, wall) = (after.proxy.since(before.proxy), after.at - before.at);
        let own_load = after.load - before.load;
        let foreign_here =
            after.proxy_core.busy - before.proxy_core.busy - used.total() + after.proxy_core.stolen - before.proxy_core.stolen;
        let foreign_there = after.load_core.busy - before.load_core.busy - own_load + after.load_core.stolen - before.load_core.stolen;
        Ok(Sample {
            requests: told.requests,
            rate: told.rate,
            p50_us: told.p50_us,
            p99_us: told.p99_us,
            busy: kernel::share(used.total(), Duration::from_secs(secs)),
            foreign: kernel::share(foreign_here, wall).max(kernel::share(foreign_there, wall)),
            used,
        })
    }
}

/// Whose time is looked at.
pub struct Watched {
    pub proxy: Vec<u32>,
    pub origin: Vec<u32>,
    pub proxy_core: usize,
    pub load_core: usize,
}

struct Look {
    at: Instant,
    proxy: Used,
    load: f64,
    proxy_core: kernel::Core,
    load_core: kernel::Core,
}

impl Watched {
    fn look(&self) -> Look {
        Look {
            at: Instant::now(),
            proxy: kernel::used(&self.proxy),
            load: kernel::used_by_ended_children() + kernel::used(&self.origin).total(),
            proxy_core: kernel::core(self.proxy_core),
            load_core: kernel::core(self.load_core),
        }
    }
}

/// What the load generator says.
#[derive(Debug, PartialEq)]
struct Told {
    requests: u64,
    rate: f64,
    bad: u64,
    p50_us: f64,
    p99_us: f64,
}

impl Told {
    fn of_wrk(text: &str, load: Load) -> Option<Self> {
        let after = |mark: &str| text.lines().find_map(|line| line.trim().strip_prefix(mark)).map(str::trim);
        let requests = text.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())?;
        let refused: u64 = after("Non-2xx or 3xx responses:").and_then(|n| n.parse().ok()).unwrap_or(0);
        // "connect 0, read 1, write 0, timeout 0"; closing is meant where each request has a connection of its own.
        let errors = after("Socket errors:").filter(|_| load != Load::Connections).unwrap_or_default();
        let errors: u64 = errors.split([' ', ',']).filter_map(|n| n.parse::<u64>().ok()).sum();
        Some(Self {
            requests,
            rate: after("Requests/sec:")?.parse().ok()?,
            bad: refused + errors,
            p50_us: micros(after("50%")?)?,
            p99_us: micros(after("99%")?)?,
        })
    }

    /// Its times are those of the mean and the longest.
    fn of_h2load(text: &str) -> Option<Self> {
        let after = |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark)).map(str::trim);
        let count = |what: &str| after("requests:")?.split(',').find_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok());
        let ok = after("status codes:")?.split(',').find_map(|part| part.trim().strip_suffix("2xx")?.trim().parse::<u64>().ok())?;
        let rate = after("finished in")?.split(',').find_map(|part| part.trim().strip_suffix("req/s")?.trim().parse().ok())?;
        let times: Vec<f64> = after("time for request:")?.split_whitespace().filter_map(micros).collect();
        let requests = count("succeeded")?;
        let bad = count("failed")? + requests.saturating_sub(ok);
        Some(Self { requests, rate, bad, p50_us: *times.get(2)?, p99_us: *times.get(1)? })
    }
}

fn micros(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let factor = match &text[split..] {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(text[..split].parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read() {
        let text = "Running 2s test @ http://127.0.0.1:1/1k\n  Latency Distribution\n     50%  950.00us\n     75%    1.20ms\n     90%    1.30ms\n     \
                    99%    1.60ms\n  126080 requests in 2.00s, 150.00MB read\n  Socket errors: connect 0, read 3, write 0, timeout 1\n  \
                    Non-2xx or 3xx responses: 7\nRequests/sec:  63040.50\nTransfer/sec:     75.00MB\n";
        let told = Told { requests: 126_080, rate: 63_040.5, bad: 11, p50_us: 950.0, p99_us: 1600.0 };
        assert_eq!(Told::of_wrk(text, Load::One), Some(told));
        assert_eq!(Told::of_wrk(text, Load::Connections).map(|told| told.bad), Some(7), "connections are closed on purpose");
        assert_eq!(Told::of_wrk("unable to connect to 127.0.0.1:1 Connection refused\n", Load::One), None);
    }

    #[test]
    fn what_h2load_says_is_read() {
        let text = "finished in 2.00s, 60020.50 req/s, 66.10MB/s\n\
                    requests: 120041 total, 120297 started, 120041 done, 120040 succeeded, 1 failed, 0 errored, 0 timeout\n\
                    status codes: 120038 2xx, 0 3xx, 2 4xx, 0 5xx\n\
                    traffic: 132.20MB (138620000) total, 3.10MB (3200000) headers (space savings 90.00%), 117.22MB (122921984) data\n\
                    \x20                    min         max         mean         sd        +/- sd\n\
                    time for request:      310us     20.13ms      4.21ms       980us    80.00%\n";
        let told = Told { requests: 120_040, rate: 60_020.5, bad: 3, p50_us: 4210.0, p99_us: 20_130.0 };
        assert_eq!(Told::of_h2load(text), Some(told));
    }
}
