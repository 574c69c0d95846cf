//! `doorward serve`: from the first look at the environment to the last request, and what signals and the service manager mean to it.

use std::{ffi::OsString, net::TcpListener, os::fd::AsFd, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use listenfd::ListenFd;
use server::{
    Config, Running,
    handover::{Given, Program},
    systemd::ServiceManager,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the service manager tells this process, and this process only.
const OWN_VARIABLES: [&str; 4] = ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "WATCHDOG_PID"];
const TAKE_OVER: &str = "--take-over";

#[derive(Args)]
pub(crate) struct Serve {
    /// Configuration file.
    #[arg(long, default_value = "doorward.toml")]
    config: PathBuf,
    /// Given by a running server to its successor.
    #[arg(long, hide = true)]
    take_over: bool,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hand_over: Signal,
    reload: Signal,
}

enum Call {
    Stop,
    Reload,
    HandOver,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hand_over: signal(SignalKind::user_defined2())?,
            reload: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Call {
        tokio::select! {
            _ = self.terminate.recv() => Call::Stop,
            _ = self.interrupt.recv() => Call::Stop,
            _ = self.hand_over.recv() => Call::HandOver,
            _ = self.reload.recv() => Call::Reload,
        }
    }
}

pub(crate) async fn serve(order: Serve) -> anyhow::Result<()> {
    // The file as it was named: a new release may have been put into its place.
    let program = program()?;
    let mut given = if order.take_over {
        let channel = std::io::stdin().as_fd().try_clone_to_owned()?;
        Given::by_predecessor(channel).context("the running server does not hand over")?
    } else {
        Given { sockets: sockets_of_system()?, predecessor: None }
    };
    let config = match (Config::load(&order.config), &mut given.predecessor) {
        (Err(error), Some(predecessor)) => {
            predecessor.tell(Some(error.to_string())).await;
            return Err(error.into());
        }
        (config, _) => config?,
    };
    let follow_logs = server::telemetry::start(&config.logs);
    let mut signals = Signals::listen()?;
    let manager = ServiceManager::at(std::env::var_os("NOTIFY_SOCKET").as_deref()).context("NOTIFY_SOCKET is not an address")?;
    let mut running = server::start_given(config, given).await?;
    running.reload().follow_logs(follow_logs);
    tracing::info!(team = running.team_origin, addresses = ?running.addresses, "serving");
    manager.ready();
    let mut alive = tokio::time::interval(watchdog_time());
    let successor = loop {
        tokio::select! {
            _ = alive.tick() => if running.is_live() { manager.alive() },
            call = signals.next() => match call {
                Call::Stop => break None,
                // What came of it is in the log.
                Call::Reload => drop(running.reload().run().await),
                Call::HandOver => if let Some(process) = hand_over(&mut running, &program).await { break Some(process) },
            },
        }
    };
    match successor {
        Some(process) => manager.successor(process),
        None => {
            tracing::info!("stopping");
            manager.stopping();
        }
    }
    running.shutdown().await;
    Ok(())
}

async fn hand_over(running: &mut Running, program: &Program) -> Option<u32> {
    tracing::info!(program = %program.path.display(), "a new server is to take over");
    match running.hand_over(program).await {
        Ok(process) => Some(process),
        Err(error) => {
            tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "nothing was handed over; this server goes on");
            None
        }
    }
}

fn program() -> anyhow::Result<Program> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).filter(|argument| argument != TAKE_OVER).collect();
    arguments.push(TAKE_OVER.into());
    Ok(Program { path: std::env::current_exe()?, arguments, not_passed_on: OWN_VARIABLES.to_vec() })
}

/// Sockets that the service manager holds (sd_listen_fds(3)).
fn sockets_of_system() -> anyhow::Result<Vec<TcpListener>> {
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..given.len() {
        let socket = given.take_tcp_listener(number).with_context(|| format!("socket {number} of the service manager is no TCP socket"))?;
        sockets.extend(socket);
    }
    Ok(sockets)
}

/// Half of the time after which the service manager takes a silent process for dead.
fn watchdog_time() -> Duration {
    let told = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse::<u64>().ok()).filter(|micros| *micros > 0);
    told.map_or(Duration::from_secs(3600), |micros| Duration::from_micros(micros / 2).max(Duration::from_millis(100)))
}
