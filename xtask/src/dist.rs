//! doorward as it is shipped: built, loaded with the benchmark's own cases for a profile, and built once more by it (decision 0026).

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

mod stamp;

/// Seconds of each load.
const SECONDS: &str = "3";
/// Counts are summed up over the loads; that some functions were changed since is no matter of a build's log.
const QUIETLY: &str = "-Cllvm-args=-no-pgo-warn-mismatch";
/// Part of the names of functions that every relayed request goes through: a profile in which they were never called is of something else.
const RELAY: &str = "5proxy5relay5carry7sending";

/// Folder of what is built by a profile.
const BUILT: &str = "built";

/// Where the profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Taken now.
    Anew,
    /// The last one, where there is one.
    Kept,
}

/// What was built.
pub struct Built {
    pub program: PathBuf,
    pub how: &'static str,
}

/// Builds `target/dist/doorward`; none when a build failed. Where no profile can be taken it says so, and builds without one.
pub fn run(root: &Path, profile: Profile) -> anyhow::Result<Option<Built>> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let dist = Dist { root, folder: std::path::absolute(target)?.join("dist"), triple: triple()? };
    fs::create_dir_all(&dist.folder)?;
    let data = dist.folder.join("doorward.profdata");
    let stamp = dist.folder.join("doorward.profile");
    let now = stamp::of(root, &rustc(&["--version", "--verbose"])?)?;
    let how = if profile == Profile::Kept && data.is_file() {
        if fs::read_to_string(&stamp).is_ok_and(|then| then == now) { "built by profile" } else { "built by an older profile" }
    } else {
        // Nobody is to take the last one for this one, should there be none.
        for old in [&data, &stamp] {
            if old.exists() {
                fs::remove_file(old)?;
            }
        }
        let trained = dist.trained(&data)?;
        if trained {
            fs::write(&stamp, &now)?;
        }
        if trained { "built by profile" } else { "built without a profile" }
    };
    let guided = data.is_file();
    let by_profile = [format!("-Cprofile-use={}", data.display()), QUIETLY.to_owned()];
    let Some(built) = dist.build(BUILT, if guided { &by_profile } else { &[] })? else { return Ok(None) };
    let program = dist.folder.join("doorward");
    // A running one stays as it is.
    let new = program.with_extension("new");
    fs::copy(&built, &new)?;
    fs::rename(&new, &program)?;
    eprintln!("{}: {how}", program.display());
    Ok(Some(Built { program, how }))
}

struct Dist<'a> {
    root: &'a Path,
    folder: PathBuf,
    triple: String,
}

impl Dist<'_> {
    /// Takes a profile; false, after saying why, when it cannot be taken here.
    fn trained(&self, data: &Path) -> anyhow::Result<bool> {
        let Some(merge) = profdata(&self.triple)? else {
            eprintln!("no profile is taken: llvm-profdata is missing (`rustup component add llvm-tools`)");
            return Ok(false);
        };
        let raw = self.folder.join("raw");
        if raw.exists() {
            fs::remove_dir_all(&raw)?;
        }
        let Some(program) = self.build("profiled", &[format!("-Cprofile-generate={}", raw.display())])? else { return Ok(false) };
        let mut bench = self.cargo(&["run", "--release", "--locked", "--quiet", "--package", "bench", "--"]);
        let loaded =
            self.cargo(&["build", "--release", "--locked", "--package", "entra-sim", "--package", "bench", "--bins"]).status()?.success()
                && bench.args(["proxy", "--train", "--secs", SECONDS, "--doorward"]).arg(program).status()?.success();
        if !loaded {
            eprintln!("no profile is taken: the loads of `bench proxy --train` did not go through");
            return Ok(false);
        }
        let new = data.with_extension("new");
        let merged = Command::new(&merge).arg("merge").arg("-o").arg(&new).arg(&raw).status().context("cannot start llvm-profdata")?;
        if !merged.success() {
            eprintln!("no profile is taken: llvm-profdata could not merge what is in {}", raw.display());
            return Ok(false);
        }
        fs::remove_dir_all(&raw)?;
        let shown = Command::new(&merge).args(["show", "--all-functions", "--counts"]).arg(&new).output()?;
        if !was_called(&String::from_utf8_lossy(&shown.stdout), RELAY) {
            fs::remove_file(&new)?;
            eprintln!("no profile is taken: the loads left no count of a relayed request");
            return Ok(false);
        }
        fs::rename(&new, data)?;
        // Cargo does not see that it is another profile: what was built by the last one goes.
        let built = self.folder.join(BUILT);
        if built.exists() {
            fs::remove_dir_all(built)?;
        }
        Ok(true)
    }

    /// Builds with these flags, which do not reach build scripts and macros as a target is named. None when it failed.
    fn build(&self, folder: &str, flags: &[String]) -> anyhow::Result<Option<PathBuf>> {
        let target = self.folder.join(folder);
        let arguments =
            ["build", "--profile", "dist", "--locked", "--target", self.triple.as_str(), "--package", "server", "--bin", "doorward"];
        let mut cargo = self.cargo(&arguments);
        let flags = [inherited(env::var("CARGO_ENCODED_RUSTFLAGS").ok(), env::var("RUSTFLAGS").ok()).as_slice(), flags].concat();
        cargo.env("CARGO_TARGET_DIR", &target).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        let built = cargo.status().context("cannot start cargo")?.success();
        Ok(built.then(|| target.join(&self.triple).join("dist").join("doorward")))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).current_dir(self.root);
        cargo
    }
}

/// The flags that whoever builds gives in the environment, as cargo reads them: the first that is there counts.
fn inherited(encoded: Option<String>, plain: Option<String>) -> Vec<String> {
    let flags = match (encoded, plain) {
        (Some(encoded), _) => encoded.split('\u{1f}').map(str::to_owned).collect(),
        (None, Some(plain)) => plain.split(' ').map(|flag| flag.trim().to_owned()).collect(),
        (None, None) => Vec::new(),
    };
    flags.into_iter().filter(|flag| !flag.is_empty()).collect()
}

/// Whether a function with this in its name was called, by what llvm-profdata shows: its name, then its counts, each in lines of their own.
fn was_called(shown: &str, name: &str) -> bool {
    let mut named = false;
    shown.lines().any(|line| match line.trim().strip_prefix("Block counts: [") {
        Some(counts) => named && counts.contains(|digit| matches!(digit, '1'..='9')),
        None => {
            if line.ends_with(':') {
                named = line.contains(name);
            }
            false
        }
    })
}

/// The machine's own, as rustc names it.
fn triple() -> anyhow::Result<String> {
    let said = rustc(&["--version", "--verbose"])?;
    let triple = said.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    Ok(triple.to_owned())
}

/// The toolchain's own program: profiles are of one version of LLVM.
fn profdata(triple: &str) -> anyhow::Result<Option<PathBuf>> {
    let sysroot = rustc(&["--print", "sysroot"])?;
    let program = Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("bin/llvm-profdata");
    Ok(program.is_file().then_some(program))
}

fn rustc(arguments: &[&str]) -> anyhow::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let out = Command::new(rustc).args(arguments).output().context("cannot start rustc")?;
    anyhow::ensure!(out.status.success(), "rustc {} failed", arguments.join(" "));
    Ok(String::from_utf8(out.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_of_the_relay_when_the_relay_was_called() {
        let shown = |counts: &str| {
            format!(
                "Counters:\n  _ZN4init3runE:\n    Hash: 0x01\n    Counters: 2\n    Block counts: [7, 0]\n  \
                 server.1-cgu.0;_ZN5proxy5relay5carry7sending3runE:\n    Hash: 0x02\n    Counters: 2\n    Block counts: [{counts}]\n\
                 Instrumentation level: IR\n"
            )
        };
        assert!(was_called(&shown("0, 20"), RELAY));
        assert!(!was_called(&shown("0, 0"), RELAY));
        assert!(!was_called("", RELAY));
    }

    #[test]
    fn flags_of_the_environment_stay() {
        let inherited = |encoded: Option<&str>, plain: Option<&str>| inherited(encoded.map(Into::into), plain.map(Into::into));
        assert_eq!(inherited(None, Some(" -Cforce-frame-pointers=yes  -g ")), ["-Cforce-frame-pointers=yes", "-g"]);
        assert_eq!(inherited(Some("-Clink-arg=a b\u{1f}-g"), Some("-Cunused")), ["-Clink-arg=a b", "-g"]);
        assert!(inherited(None, None).is_empty() && inherited(Some(""), Some("-g")).is_empty());
    }
}
