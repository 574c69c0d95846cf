//! doorward beside other proxies, side by side on one core: processor time for a request, time of answers, memory.

mod cases;
mod idle;
mod keys;
mod load;
mod peers;
mod plan;
mod rounds;
mod table;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use anyhow::{Context, Result, bail};

pub use self::plan::Plan;
use self::{
    cases::{Case, Engine, Load},
    idle::Visit,
    keys::Keys,
    load::{OTHER_COOKIES, Target, Watched},
    peers::{Kitchen, Ports, Trusted},
    rounds::Rounds,
    table::Outcome,
};
use crate::{
    document, machine,
    measure::say,
    world::{Wish, World, new_folder, process::Process, server::Run},
};

/// Seconds of load before the first round, so that connections to the origin and caches are there.
const WARM_UP: u64 = 1;

/// The others.
struct Peers {
    nginx: Process,
    haproxy: Process,
}

/// Everybody who runs.
struct Field {
    plan: Plan,
    world: World,
    ports: Ports,
    origin: Process,
    /// None where doorward is loaded alone.
    peers: Option<Peers>,
    target: Target,
    /// Requests with tokens of a file so far, by case and engine: the next load goes on from there.
    sent: BTreeMap<(&'static str, &'static str), u64>,
    unseen: Unseen,
}

/// Tokens that doorward has not seen yet.
struct Unseen {
    keys: Keys,
    /// For a second of load.
    each_second: usize,
    /// Made so far: the next ones are others.
    made: usize,
    /// Who was sent those that are in the file.
    used_by: Vec<Engine>,
}

impl Unseen {
    const fn new(keys: Keys, each_second: usize) -> Self {
        Self { keys, each_second, made: 0, used_by: Vec::new() }
    }

    /// Puts tokens for so many seconds of load into the file.
    fn put(&mut self, world: &World, file: &Path, secs: u64) -> Result<()> {
        let wanted = self.each_second * usize::try_from(secs)?;
        let tokens = self.keys.tokens(&world.people, self.made..self.made + wanted)?;
        self.made += wanted;
        self.used_by.clear();
        fs::write(file, tokens.join("\n"))?;
        // Nothing of that is left to be done during the load.
        Ok(File::open(file)?.sync_all()?)
    }
}

/// Measures; an error when a goal is missed.
pub async fn run(plan: Plan) -> Result<()> {
    peers::must_be_installed(&plan)?;
    let machine = machine::told();
    say(&machine);
    let versions = peers::versions(&plan).join("; ");
    say(&versions);
    let mut field = Field::prepared(plan).await?;
    if field.plan.hold {
        return field.hold().await;
    }
    if field.plan.train {
        return field.train().await;
    }
    let outcome = field.measure().await?;
    let text = format!("{machine}.\n\n{versions}.\n\n{}", outcome.markdown());
    say(&text);
    if let Some(document) = &field.plan.document {
        document::put(document, "bench proxy", &text)?;
        say(&format!("written into {}", document.display()));
    }
    field.world.stop().await?;
    match outcome.missed().as_slice() {
        [] => Ok(()),
        missed => bail!("{} missed:\n  {}", if missed.len() == 1 { "a goal is" } else { "goals are" }, missed.join("\n  ")),
    }
}

impl Field {
    /// Everything set up and running, everybody checked.
    async fn prepared(plan: Plan) -> Result<Self> {
        let (ports, folder) = (Ports::free()?, new_folder(&plan.folder)?);
        let kitchen = Kitchen { folder: &folder, ports };
        let origin = kitchen.origin(plan.load_core).await?;
        let wish = Wish {
            doorward: &plan.doorward,
            entra_sim: &plan.entra_sim,
            folder: &folder,
            apps: &[("wiki".to_owned(), format!("http://127.0.0.1:{}", ports.origin))],
            people: plan.people,
        };
        say(&format!("{} people sign in …", plan.people));
        let mut world = World::build(&wish).await?;
        world.stop().await?;
        let keys = Keys::read(&world.server).await?;
        let public_key = keys.public_pem.clone();
        let app = world.apps.first().context("there is no application")?;
        let issuer = world.server.team();
        let trusted = Trusted { public_key: &public_key, issuer: &issuer, audience: &app.aud };
        let (people, cold) = (world.folder.join("people.tokens"), world.folder.join("cold.tokens"));
        let tokens: Vec<&str> = world.people.iter().map(|person| person.token.as_str()).collect();
        fs::write(&people, tokens.join("\n"))?;
        let mut unseen = Unseen::new(keys, plan.cold_tokens);
        if plan.hold {
            unseen.put(&world, &cold, plan.secs)?;
        }
        let target = Target {
            port: 0,
            host: format!("{}:{}", app.host, world.server.port()),
            connections: plan.connections,
            core: plan.load_core,
            token: tokens.first().map(|token| (*token).to_owned()).context("nobody signed in")?,
            script: kitchen.script(OTHER_COOKIES)?,
            people,
            cold,
        };
        let peers = if plan.train {
            None
        } else {
            let nginx = kitchen.nginx(&world.server.certificate, plan.proxy_core).await?;
            Some(Peers { nginx, haproxy: kitchen.haproxy(&trusted, plan.proxy_core).await? })
        };
        world.start(Run { core: Some(plan.proxy_core), workers: 1, ..Run::default() }).await?;
        let field = Self { plan, world, ports, origin, peers, target, sent: BTreeMap::new(), unseen };
        for engine in Engine::ALL.into_iter().filter(|engine| engine.is_doorward() || field.peers.is_some()) {
            field.check(engine).await.with_context(|| format!("{} does not do what it should", engine.name()))?;
        }
        Ok(field)
    }

    fn port(&self, engine: Engine) -> u16 {
        let own = if engine.is_tls() { self.world.server.port() } else { self.world.server.plain.port() };
        self.ports.of(engine).unwrap_or(own)
    }

    fn processes(&self, engine: Engine) -> Result<Vec<u32>> {
        let peers = || self.peers.as_ref().context("doorward runs alone");
        Ok(match engine {
            Engine::Doorward | Engine::DoorwardTls => self.world.door()?.family(),
            Engine::Nginx | Engine::NginxTls => peers()?.nginx.family(),
            Engine::Haproxy | Engine::HaproxyRs256 => peers()?.haproxy.family(),
        })
    }

    /// Whoever checks tokens names the person to the origin, and lets nobody through without one.
    async fn check(&self, engine: Engine) -> Result<()> {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(self.world.authority.pem.as_bytes())?])
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .build()?;
        let scheme = if engine.is_tls() { "https" } else { "http" };
        let ask = |path: &str, token: &str| {
            let request = client.get(format!("{scheme}://127.0.0.1:{}{path}", self.port(engine))).header("host", &self.target.host);
            request.header("x-forwarded-for", "198.51.100.7").header("cookie", format!("CF_Authorization={token}")).send()
        };
        for (path, length) in [("/1k", 1024), ("/64k", 65_536)] {
            let answer = ask(path, &self.target.token).await?;
            let (status, body) = (answer.status(), answer.bytes().await?);
            if status != 200 || body.len() != length {
                bail!("{path} answered {status} with {} bytes", body.len());
            }
        }
        let told = ask("/echo", &self.target.token).await?.text().await?;
        let email = self.world.people.first().map(|person| person.email.as_str()).unwrap_or_default();
        let forged = format!("{}AAAA", &self.target.token[..self.target.token.len() - 4]);
        let refused = ask("/echo", &forged).await?.status();
        if engine.checks() && (told.trim() != email || refused.is_success()) {
            bail!("it told the origin {told:?} instead of {email:?}, and answered {refused} to a forged token");
        }
        Ok(())
    }

    async fn measure(&mut self) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for case in self.plan.cases() {
            if case.load == Load::Idle {
                let (engine, judged) = (case.engines[0], !case.engines[0].is_tls());
                let kib = self.idle(engine).await?;
                say(&format!("{}: {kib:.1} KiB", case.title));
                outcome.idle.push((case.title.to_owned(), kib, judged));
            } else {
                outcome.rounds.push(self.rounds(case)?);
            }
        }
        Ok(outcome)
    }

    fn rounds(&mut self, case: &'static Case) -> Result<Rounds> {
        for engine in case.engines {
            self.sample(case, *engine, WARM_UP)?;
        }
        let plan = (self.plan.rounds, self.plan.retries, self.plan.most_foreign);
        let secs = self.plan.secs;
        Rounds::made(case, plan, |engine| self.sample(case, engine, secs))
    }

    /// Every load once, on doorward alone, and a stop in good order: it writes its profile then, when it was built for that.
    async fn train(&mut self) -> Result<()> {
        for case in self.plan.cases() {
            for engine in case.engines.iter().filter(|engine| engine.is_doorward()) {
                if case.load == Load::Idle {
                    self.idle(*engine).await?;
                } else {
                    self.sample(case, *engine, self.plan.secs)?;
                }
            }
        }
        self.world.stop().await
    }

    /// One load. Tokens that doorward did not see before are made once a round, and each of them is sent once.
    fn sample(&mut self, case: &'static Case, engine: Engine, secs: u64) -> Result<load::Sample> {
        if case.load != Load::Cold {
            return self.one(case, engine, secs);
        }
        loop {
            if self.unseen.made == 0 || self.unseen.used_by.contains(&engine) {
                self.unseen.put(&self.world, &self.target.cold, secs)?;
            }
            self.unseen.used_by.push(engine);
            let sample = self.one(case, engine, secs)?;
            let enough = self.unseen.each_second as u64 * secs;
            if sample.requests <= enough || !engine.is_doorward() {
                return Ok(sample);
            }
            self.unseen.each_second *= 2;
            say(&format!("  {enough} tokens were too few for that: again with twice as many"));
        }
    }

    fn one(&mut self, case: &'static Case, engine: Engine, secs: u64) -> Result<load::Sample> {
        let watched = Watched {
            proxy: self.processes(engine)?,
            origin: self.origin.family(),
            proxy_core: self.plan.proxy_core,
            load_core: self.plan.load_core,
        };
        self.target.port = self.port(engine);
        let sent = self.sent.entry((case.id, engine.name())).or_default();
        let first = if case.load == Load::Cold { 0 } else { *sent };
        let sample = self.target.run(case, engine, secs, first, &watched)?;
        *sent += sample.requests;
        say(&format!(
            "  {:<11}{:<24}{:>7.0}/s  {:.3} s for 100,000  p99 {:.2} ms  core {:.2}  foreign {:.2}",
            case.id,
            engine.name(),
            sample.rate,
            sample.cpu(),
            sample.p99_us / 1e3,
            sample.busy,
            sample.foreign
        ));
        Ok(sample)
    }

    /// KiB for each waiting connection, of a doorward that did nothing else yet.
    async fn idle(&mut self, engine: Engine) -> Result<f64> {
        self.world.start(Run { core: Some(self.plan.proxy_core), workers: 1, ..Run::default() }).await?;
        let tls = engine.is_tls().then_some(&self.world.authority);
        let visit = Visit { port: self.port(engine), tls, host: &self.target.host, token: &self.target.token };
        let bytes = visit.memory(&self.processes(engine)?, self.plan.idle).await?;
        Ok(bytes / 1024.0)
    }

    /// Prints the commands and stays, for a profiler.
    async fn hold(&mut self) -> Result<()> {
        say(&format!("doorward is process {}; its files are in {}", self.world.door()?.id(), self.world.folder.display()));
        for case in self.plan.cases().iter().filter(|case| case.load != Load::Idle) {
            for engine in case.engines {
                self.target.port = self.port(*engine);
                let words = self.target.command(case, *engine, self.plan.secs, 0);
                let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
                let file = self.world.folder.join(format!("{}-{}.sh", case.id, engine.name().replace([' ', ','], "-")));
                fs::write(&file, format!("exec {}\n", quoted.join(" ")))?;
                say(&format!("sh {}", file.display()));
            }
        }
        say("everything stays until Ctrl-C");
        std::future::pending().await
    }
}
