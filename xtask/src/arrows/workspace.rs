//! The workspace's crates and what their manifests name, as `cargo metadata` tells it.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

#[derive(Debug, Clone)]
pub struct Package {
    pub name: String,
    /// Its manifest, from the top of the repository.
    pub manifest: String,
    /// As stated in `[package.metadata.shelf]`.
    pub shelf: Option<String>,
    pub dependencies: Vec<Dependency>,
}

impl Package {
    /// Its arrows to rooms of ours, tests aside.
    pub fn house(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|dependency| dependency.origin == Origin::House && dependency.purpose == Purpose::Product)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The crate's real name, also when it is renamed.
    pub name: String,
    pub origin: Origin,
    pub purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    House,
    Outside,
}

/// Normal and build dependencies reach the product, the others only tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Product,
    Tests,
}

/// Runs `cargo metadata` offline.
pub fn read(root: &Path) -> anyhow::Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .context("cargo metadata could not be started")?;
    anyhow::ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    parse(&String::from_utf8(output.stdout).context("cargo metadata did not answer in UTF-8")?)
}

#[derive(Deserialize)]
struct Wire {
    packages: Vec<WirePackage>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct WirePackage {
    name: String,
    manifest_path: String,
    metadata: Option<serde_json::Value>,
    dependencies: Vec<WireDependency>,
}

#[derive(Deserialize)]
struct WireDependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Turns the answer of `cargo metadata` into packages, by name.
pub fn parse(json: &str) -> anyhow::Result<Vec<Package>> {
    let wire: Wire = serde_json::from_str(json).context("the answer of cargo metadata was not understood")?;
    let mut packages: Vec<Package> = wire
        .packages
        .into_iter()
        .map(|package| Package {
            manifest: package.manifest_path.trim_start_matches(&wire.workspace_root).trim_start_matches('/').to_owned(),
            shelf: package.metadata.as_ref().and_then(|value| value.pointer("/shelf/name")?.as_str()).map(str::to_owned),
            dependencies: package.dependencies.into_iter().map(dependency).collect(),
            name: package.name,
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn dependency(wire: WireDependency) -> Dependency {
    Dependency {
        origin: if wire.path.is_some() { Origin::House } else { Origin::Outside },
        purpose: if wire.kind.as_deref() == Some("dev") { Purpose::Tests } else { Purpose::Product },
        name: wire.name,
    }
}
