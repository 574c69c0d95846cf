//! The `doorward` program.

mod commands;
mod say;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use say::{say, say_once};
use serve::Serve;
use server::{Config, init::Init};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Self-hosted Zero Trust access: lets the right people into the right applications, and nobody else.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up an installation: configuration (unless it exists), keys, and the first administrator's API token.
    Init {
        /// Configuration file: used when it exists, written when not.
        #[arg(long, default_value = "doorward.toml")]
        config: PathBuf,
        /// Host on which people sign in, for a new configuration.
        #[arg(long)]
        team_domain: Option<String>,
        /// Name of the organisation, for a new configuration.
        #[arg(long)]
        name: Option<String>,
        /// Write the API token to this file (readable by its owner only) and do not show it.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// Make a one-time token for the console's local door: good once and for thirty minutes, whatever the identity provider does. Takes
    /// nothing but the configuration and the sealing key; every use is written down with the name.
    Door {
        /// Configuration file.
        #[arg(long, default_value = "doorward.toml")]
        config: PathBuf,
        /// Who you are, for the audit log.
        #[arg(long, env = "USER", default_value = "somebody")]
        by: String,
        /// Write the token to this new file (readable by its owner only) and do not show it.
        #[arg(long)]
        token_file: Option<PathBuf>,
    },
    /// Serve. Stops cleanly on SIGTERM and SIGINT; on SIGUSR2 a new process takes over without a request that fails.
    Serve(Serve),
    /// Ask a running server what is wrong with its set-up.
    Doctor {
        #[command(subcommand)]
        of: Doctor,
    },
    /// Ask a running server about people.
    Users {
        #[command(subcommand)]
        of: Users,
    },
    /// Say why a decision was made: who asked, by which policy, rule and fact, and what to do. Takes the reference from the page.
    Why {
        /// The reference.
        reference: String,
        /// Write JSON for scripts.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Try policies before they are in force.
    Policy {
        #[command(subcommand)]
        of: Policy,
    },
    /// Read what provisioning clients (SCIM) wrote, from a running server.
    Provisioning {
        #[command(subcommand)]
        of: Provisioning,
    },
    /// Read who changed what, from a running server.
    Audit(commands::Audit),
    /// Write a running server's whole configuration as a file, without secrets.
    Export(commands::Export),
    /// Tell what `apply` would change. Exits with 0 when that is nothing, with 2 when it is something, with 1 on errors.
    Plan(commands::File),
    /// Make a running server's configuration what a file says.
    Apply(commands::File),
    /// Write a sealed backup of a running server to a file.
    Backup(commands::Backup),
    /// Put a backup into the place of a store. The server must not be running.
    Restore(commands::Restore),
    /// Check a configuration file; reports every fault at once.
    Check {
        /// Configuration file.
        #[arg(long, default_value = "doorward.toml")]
        config: PathBuf,
    },
}

#[derive(Subcommand)]
enum Doctor {
    /// Check login methods without a browser. Exits with 0 without a fault, 1 with one, 2 when the server could not be asked.
    Idp {
        /// Name or id of one login method instead of all.
        #[arg(long)]
        provider: Option<String>,
        /// Somebody to look up there: user principal name or object id.
        #[arg(long)]
        person: Option<String>,
        /// Write JSON for scripts.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Compare the people of groups that rules name: those whom SCIM sent with those of the directory, nested groups included.
    /// Exits with 0 without a difference, 1 with one, 2 when it could not be found out.
    Drift {
        /// Name or id of one login method instead of all that are provisioned.
        #[arg(long)]
        provider: Option<String>,
        /// Write JSON for scripts.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Subcommand)]
enum Provisioning {
    /// Show the newest hundred writes, the newest last.
    Log {
        #[command(flatten)]
        wanted: Wanted,
        /// Write JSON for scripts, one object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Write all of them, the oldest first.
    Export {
        #[command(flatten)]
        wanted: Wanted,
        /// Form of the file.
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Table,
        /// File to write instead of standard output.
        #[arg(long)]
        output: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
    },
}

/// Which writes are wanted.
#[derive(clap::Args)]
struct Wanted {
    /// Name or id of one login method instead of all.
    #[arg(long)]
    provider: Option<String>,
    /// From then on, for example 2026-03-04T05:06:07Z.
    #[arg(long)]
    since: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Table {
    /// One JSON object a line.
    Ndjson,
    /// A table without request bodies.
    Csv,
}

/// The server that is asked.
#[derive(clap::Args)]
struct Server {
    /// Address of the API, for example `https://team.example/client/v4`.
    #[arg(long)]
    api: String,
    /// File with an API token: `doctor` needs one that may write the organisation's settings, `users` one that may read people.
    #[arg(long)]
    token_file: PathBuf,
    /// Root certificates to trust as well, PEM.
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Policy {
    /// Decide the logged requests again with edited policies: who would gain access, who would lose it.
    Replay {
        /// From when on: how long ago, or a time like 2026-03-04T05:06:07Z.
        #[arg(long, default_value = "24h")]
        since: String,
        /// JSON file with an edited policy, or a list of edited policies, rule groups and applications, as the API writes them.
        #[arg(long)]
        with: PathBuf,
        /// Write JSON for scripts.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Subcommand)]
enum Users {
    /// Show what is known about a person: each fact with its source, provisioning, groups, devices, seat and sessions.
    Show {
        /// Mail address (everybody who has it is shown) or id.
        who: String,
        /// Write JSON for scripts.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Init { config, team_domain, name, token_file } => run(init(Init { config, team_domain, name, token_file })),
        Command::Door { config, by, token_file } => door(&config, &by, token_file.as_deref()),
        Command::Serve(order) => run(serve::serve(order)),
        Command::Check { config } => check(&config),
        Command::Doctor { of } => return doctor(of),
        Command::Users { of } => run(users(of)),
        Command::Audit(audit) => run(commands::audit(audit)),
        Command::Export(export) => run(commands::export(export)),
        Command::Backup(backup) => run(commands::backup(backup)),
        Command::Restore(restore) => run(commands::restore(restore)),
        Command::Plan(file) => return exit(run(commands::plan(file))),
        Command::Apply(file) => return exit(run(commands::apply(file))),
        Command::Provisioning { of } => run(provisioning(of)),
        Command::Why { reference, json, server } => run(why(reference, json, server)),
        Command::Policy { of } => run(policy(of)),
    };
    exit(outcome.map(|()| ExitCode::SUCCESS))
}

fn exit(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("doorward: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run<T>(task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?.block_on(task)
}

fn check(path: &std::path::Path) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    let faults = server::check(&config);
    if !faults.is_empty() {
        anyhow::bail!(
            "{} names {} thing(s) that cannot be used:\n{}",
            path.display(),
            faults.len(),
            faults.iter().map(|f| format!("  {f}")).collect::<Vec<_>>().join("\n")
        );
    }
    say(format_args!("{} is in order\n", path.display()))
}

async fn init(request: Init) -> anyhow::Result<()> {
    let (path, token_file) = (request.config.clone(), request.token_file.clone());
    let done = server::init::init(request).await?;
    if done.wrote_config {
        say(format_args!("Wrote {}. Read it through before you serve.\n", path.display()))?;
    }
    say(format_args!("Account: {}\n", done.account))?;
    say("The console is at /console/ on the team domain; `doorward door` makes a one-time token for it.\n")?;
    match token_file {
        Some(file) => say(format_args!("The first administrator's API token is in {}\n", file.display())),
        None => say_once(format_args!("The first administrator's API token, shown this once:\n\n    {}\n\n", done.token.expose())),
    }
}

fn door(config: &std::path::Path, by: &str, token_file: Option<&std::path::Path>) -> anyhow::Result<()> {
    let door = server::door::make(&Config::load(config)?, by, token_file)?;
    match token_file {
        Some(file) => say(format_args!("The one-time token is in {}. Give it in at {}\n", file.display(), door.address)),
        None => say_once(format_args!(
            "Give this one-time token in at {}, within thirty minutes. It works once.\n\n    {}\n\n",
            door.address,
            door.token.expose()
        )),
    }
}

fn doctor(of: Doctor) -> ExitCode {
    use server::doctor::{Form, Order, drift, idp};
    let order = |provider, person, Server { api, token_file, ca_file }| Order { provider, person, api, token_file, ca_file };
    let form = |json| if json { Form::Json } else { Form::Text };
    let mut verdict = None;
    let asked = run(async {
        verdict = Some(match of {
            Doctor::Idp { provider, person, json, server } => idp(&order(provider, person, server), form(json)).await?,
            Doctor::Drift { provider, json, server } => drift(&order(provider, None, server), form(json)).await?,
        });
        Ok(())
    });
    let said = asked.and_then(|()| verdict.as_ref().map_or(Ok(()), |verdict| say(&verdict.text)));
    match (said, verdict) {
        (Ok(()), Some(verdict)) => verdict.exit_code(),
        (outcome, _) => {
            if let Err(error) = outcome {
                eprintln!("doorward: {error:#}");
            }
            ExitCode::from(2)
        }
    }
}

async fn users(of: Users) -> anyhow::Result<()> {
    use server::users::{Form, Order, show};
    let Users::Show { who, json, server: Server { api, token_file, ca_file } } = of;
    let form = if json { Form::Json } else { Form::Text };
    say(show(&Order { who, api, token_file, ca_file }, form).await?)
}

async fn why(reference: String, json: bool, server: Server) -> anyhow::Result<()> {
    use server::why::{Form, Order, why};
    let Server { api, token_file, ca_file } = server;
    let form = if json { Form::Json } else { Form::Text };
    say(why(&Order { reference, api, token_file, ca_file }, form).await?)
}

async fn policy(of: Policy) -> anyhow::Result<()> {
    use server::{
        replay::{Order, replay},
        why::Form,
    };
    let Policy::Replay { since, with, json, server: Server { api, token_file, ca_file } } = of;
    let form = if json { Form::Json } else { Form::Text };
    say(replay(&Order { since, with, api, token_file, ca_file }, form).await?)
}

async fn provisioning(of: Provisioning) -> anyhow::Result<()> {
    use server::doctor::{Form, Order, provisioning};
    let order = |provider, Server { api, token_file, ca_file }| Order { provider, person: None, api, token_file, ca_file };
    match of {
        Provisioning::Log { wanted: Wanted { provider, since }, json, server } => {
            let form = if json { Form::Json } else { Form::Text };
            say(provisioning::log(&order(provider, server), since.as_deref(), form).await?)?;
        }
        Provisioning::Export { wanted: Wanted { provider, since }, format, output, server } => {
            let format = match format {
                Table::Ndjson => provisioning::Export::Ndjson,
                Table::Csv => provisioning::Export::Csv,
            };
            provisioning::export(&order(provider, server), since.as_deref(), format, output.as_ref()).await?;
        }
    }
    Ok(())
}
