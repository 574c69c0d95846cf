//! A whole installation on loopback: doorward as shipped, the simulator, applications, and people who signed in through the front door.

mod api;
mod authority;
mod browser;
pub mod kernel;
pub mod process;
pub mod server;
mod sim;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use reqwest::Client;
use tokio::{sync::Semaphore, task::JoinSet};

use self::{
    api::Api,
    browser::Browser,
    process::Process,
    server::{Run, Server, TEAM},
};
pub use self::{
    api::App,
    authority::{Authority, Files},
};

/// Sign-ins at the same time.
const AT_ONCE: usize = 12;
/// Longest wait for an answer while everything is set up.
const PATIENCE: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(5);

/// What is wanted.
pub struct Wish<'a> {
    pub doorward: &'a Path,
    pub entra_sim: &'a Path,
    /// From [`new_folder`]; removed at the end.
    pub folder: &'a Path,
    /// Name and origin of each application.
    pub apps: &'a [(String, String)],
    pub people: usize,
}

/// Somebody who signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    /// Which application.
    pub app: usize,
    /// The token of that.
    pub token: String,
}

/// The installation.
pub struct World {
    pub folder: PathBuf,
    pub authority: Authority,
    pub server: Server,
    pub door: Option<Process>,
    pub api: Api,
    pub apps: Vec<App>,
    pub people: Vec<Person>,
    pub client: Client,
    _simulator: Process,
}

impl World {
    /// Builds it; doorward runs then, on whatever cores there are.
    pub async fn build(wish: &Wish<'_>) -> Result<Self> {
        let folder = wish.folder.to_owned();
        let authority = Authority::made(&folder)?;
        let hosts: Vec<String> =
            [TEAM.to_owned()].into_iter().chain(wish.apps.iter().map(|(name, _)| format!("{name}.localhost"))).collect();
        let names: Vec<String> = hosts.iter().cloned().chain(["127.0.0.1".to_owned()]).collect();
        let port = free_port()?;
        let simulator_port = free_port()?;
        let mut server = Server {
            program: wish.doorward.to_owned(),
            folder: folder.clone(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            plain: SocketAddr::from(([127, 0, 0, 1], free_port()?)),
            operation: SocketAddr::from(([127, 0, 0, 1], free_port()?)),
            certificate: authority.issue(&names, &folder, "door")?,
            entra: String::new(),
        };
        let team = server.team();
        let place = sim::Place { program: wish.entra_sim, folder: &folder, port: simulator_port, team: &team };
        let (simulator, tenant) = sim::start(&place, &authority).await?;
        server.entra.clone_from(&tenant.url);
        let client = client(&authority, &hosts)?;
        let groups = tenant.grow(&client, wish.people).await?;
        let token = server.init(&authority)?;
        let door = server.serve(&authority, Run::default()).await?;
        let api = Api::open(client.clone(), &team, &token).await?;
        let provider = api.provider(&tenant).await?;
        let mut apps = Vec::new();
        for (name, upstream) in wish.apps {
            apps.push(api.app(name, upstream, &provider, &groups).await?);
        }
        let mut world = Self { folder, authority, server, door: Some(door), api, apps, people: Vec::new(), client, _simulator: simulator };
        world.people = world.sign_in(0..wish.people).await?;
        Ok(world)
    }

    /// Signs these people of the crowd in, the applications shared out among them.
    pub async fn sign_in(&self, numbers: std::ops::Range<usize>) -> Result<Vec<Person>> {
        let (places, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
        for number in numbers {
            let (places, visit) = (places.clone(), self.visit(number));
            tasks.spawn(async move {
                let _place = places.acquire_owned().await?;
                Ok::<_, anyhow::Error>((number, visit.await?))
            });
        }
        let mut people = Vec::new();
        while let Some(done) = tasks.join_next().await {
            people.push(done??);
        }
        people.sort_by_key(|(number, _)| *number);
        Ok(people.into_iter().map(|(_, person)| person).collect())
    }

    /// One sign-in with a fresh browser.
    pub fn visit(&self, number: usize) -> impl Future<Output = Result<Person>> + Send + 'static {
        let (email, password) = sim::person(number);
        // A documentation network for each 250, so that nobody's limit is used up by others.
        let address = format!("203.0.{}.{}", 113 + number / 250 % 100, number % 250 + 1);
        let mut browser = Browser::new(self.client.clone(), email.clone(), password, address);
        let app = number % self.apps.len().max(1);
        let host = self.apps.get(app).map(|app| app.host.clone()).unwrap_or_default();
        let url = format!("https://{host}:{}/ok", self.server.port());
        async move {
            let status = browser.open(&url).await?;
            if !(200..300).contains(&status) {
                bail!("{email} came to a page with status {status} instead of the application");
            }
            let token = browser.cookie(&host, "CF_Authorization").with_context(|| format!("{email} has no token"))?;
            Ok(Person { token: token.to_owned(), email, app })
        }
    }

    /// Stops doorward.
    pub async fn stop(&mut self) -> Result<()> {
        match self.door.take() {
            Some(door) => door.stop().await,
            None => Ok(()),
        }
    }

    /// Starts doorward as wanted, after a stop where it runs.
    pub async fn start(&mut self, run: Run) -> Result<()> {
        self.stop().await?;
        self.door = Some(self.server.serve(&self.authority, run).await?);
        Ok(())
    }

    /// The process of doorward.
    pub fn door(&self) -> Result<&Process> {
        self.door.as_ref().context("doorward does not run")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.door.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes the folder of a run, which must not be there yet.
pub fn new_folder(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        bail!("{} is there already; remove it, or name another folder", path.display());
    }
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path.canonicalize()?)
}

/// Knows where the hosts are and whom to trust; follows nothing by itself.
fn client(authority: &Authority, hosts: &[String]) -> Result<Client> {
    let mut builder = Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(authority.pem.as_bytes())?])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .http1_only()
        // Shorter than anybody here keeps an idle connection.
        .pool_idle_timeout(IDLE)
        .timeout(PATIENCE);
    for host in hosts.iter().map(String::as_str).chain(["localhost"]) {
        // Port 0: that of the address.
        builder = builder.resolve(host, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    }
    Ok(builder.build()?)
}

/// A port that nobody listens on just now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
