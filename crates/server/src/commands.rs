//! The commands that work on everything: `audit`, `export`, `plan`, `apply`, `backup`, `restore`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use server::{
    Access, audit,
    configuration::{self, Format, Prune},
};

use crate::{Server, say::say};

impl Server {
    pub(crate) fn access(&self) -> Access<'_> {
        Access { api: &self.api, token_file: &self.token_file, ca_file: self.ca_file.as_deref() }
    }
}

/// `doorward audit`.
#[derive(Args)]
pub(crate) struct Audit {
    /// Show the newest hundred, the newest last, or export all, the oldest first, one JSON object a line.
    #[arg(value_enum, default_value = "show")]
    what: What,
    /// Of this actor, for example `api-token:6f0c…`.
    #[arg(long)]
    actor: Option<String>,
    /// Actions that begin so, for example `app.` or `app.update`.
    #[arg(long)]
    action: Option<String>,
    /// Objects that begin so, for example `app/`.
    #[arg(long)]
    object: Option<String>,
    /// From then on, for example 2026-03-04T05:06:07Z.
    #[arg(long)]
    since: Option<String>,
    /// Before then.
    #[arg(long)]
    until: Option<String>,
    /// Write JSON for scripts, one object a line.
    #[arg(long)]
    json: bool,
    /// File to export to instead of standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Show,
    Export,
}

pub(crate) async fn audit(Audit { what, actor, action, object, since, until, json, output, server }: Audit) -> anyhow::Result<()> {
    let order = audit::Order { actor, action, object, since, until };
    match what {
        What::Export => audit::export(&server.access(), &order, output.as_ref()).await?,
        What::Show => {
            let form = if json { audit::Form::Json } else { audit::Form::Text };
            say(audit::show(&server.access(), &order, form).await?)?;
        }
    }
    Ok(())
}

/// `doorward export`.
#[derive(Args)]
pub(crate) struct Export {
    /// Form of the file.
    #[arg(long, value_enum, default_value = "yaml")]
    format: Text,
    /// File to write instead of standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

#[derive(Clone, Copy, ValueEnum)]
enum Text {
    Yaml,
    Json,
}

pub(crate) async fn export(Export { format, output, server }: Export) -> anyhow::Result<()> {
    let format = match format {
        Text::Yaml => Format::Yaml,
        Text::Json => Format::Json,
    };
    let text = configuration::export(&server.access(), format).await?;
    match output {
        Some(path) => std::fs::write(&path, text).map_err(|e| anyhow::anyhow!("{} could not be written: {e}", path.display()))?,
        None => say(text)?,
    }
    Ok(())
}

/// `doorward plan` and `doorward apply`.
#[derive(Args)]
pub(crate) struct File {
    /// Configuration file: YAML, or JSON when it ends in .json.
    #[arg(short, long)]
    file: PathBuf,
    /// Remove objects that are not in the file, of the kinds that are.
    #[arg(long)]
    prune: bool,
    /// New file for secrets that the server makes and tells once (service tokens, SCIM), one JSON object a line.
    #[arg(long)]
    secrets_out: Option<PathBuf>,
    /// Write JSON for scripts.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

impl File {
    fn order(&self) -> configuration::Order {
        let prune = if self.prune { Prune::Listed } else { Prune::Nothing };
        configuration::Order { file: self.file.clone(), prune, secrets_out: self.secrets_out.clone() }
    }
}

/// Exits with 0 when there is nothing to do and with 2 when there is.
pub(crate) async fn plan(file: File) -> anyhow::Result<ExitCode> {
    let plan = configuration::plan(&file.server.access(), &file.order()).await?;
    if file.json {
        say(format_args!("{:#}\n", plan.json()))?;
    } else {
        say(plan.text())?;
    }
    Ok(if plan.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Exits with 1 when a step was refused.
pub(crate) async fn apply(file: File) -> anyhow::Result<ExitCode> {
    let applied = configuration::apply(&file.server.access(), &file.order()).await?;
    if file.json {
        say(format_args!("{:#}\n", applied.json()))?;
    } else {
        say(applied.text())?;
    }
    Ok(if applied.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `doorward backup`.
#[derive(Args)]
pub(crate) struct Backup {
    /// New file for the backup.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    server: Server,
}

pub(crate) async fn backup(Backup { out, server }: Backup) -> anyhow::Result<()> {
    let size = server::backup::backup(&server.access(), &out).await?;
    say(format_args!(
        "Wrote {} ({size} bytes). It is sealed: to restore it, the server's sealing key is needed. Keep a copy of that elsewhere.\n",
        out.display()
    ))
}

/// `doorward restore`.
#[derive(Args)]
pub(crate) struct Restore {
    /// Backup to restore.
    #[arg(long)]
    from: PathBuf,
    /// Configuration file: it names the folder of the store and the sealing key.
    #[arg(long, default_value = "doorward.toml")]
    config: PathBuf,
    /// Put a store that is there aside.
    #[arg(long)]
    replace: bool,
    /// File with the sealing key that the backup was made under, when the configured one replaced it since.
    #[arg(long)]
    former_key_file: Option<PathBuf>,
}

pub(crate) async fn restore(Restore { from, config, replace, former_key_file }: Restore) -> anyhow::Result<()> {
    use server::backup::Replace;
    let config = server::Config::load(&config)?;
    let replace = if replace { Replace::PutAside } else { Replace::Never };
    let done = server::backup::restore(&config, &from, former_key_file.as_deref(), replace).await?;
    say(format_args!("Restored {:?} as it was at {}.\n", done.account, done.made_at.rfc3339()))?;
    if let Some(former) = done.former {
        say(format_args!("The store that was there is {} now.\n", former.display()))?;
    }
    say("Everybody signs in again; API tokens, service tokens and SCIM secrets are those of the backup. Start the server now.\n")
}
