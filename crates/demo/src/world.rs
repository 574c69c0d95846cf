//! Owns the order of things: what starts after what, who is watched, and how everything ends.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rand::distr::{Alphanumeric, SampleString};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::Api;
use crate::arguments::Arguments;
use crate::authority::Authority;
use crate::cast::{APPLICATIONS, OriginOf, PEOPLE, group_names};
use crate::child::Child;
use crate::configure::{Configured, Setup};
use crate::entra::{self, Graph, Tenant};
use crate::folder::{Age, Folder, Kept};
use crate::origins::{self, Origin, Subject, Verifier};
use crate::places::Places;
use crate::ready_file::{self, Ready, ReadyFile};
use crate::story::Story;
use crate::{doorward, memory, provision, web};

/// Runs the demo until a signal ends it, or one of its programs dies.
pub async fn run(arguments: Arguments) -> Result<()> {
    let started = Instant::now();
    let listen = |kind: SignalKind| signal(kind).context("cannot wait for signals");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut hang_up = listen(SignalKind::hangup())?;
    if let Some(path) = &arguments.ready_file {
        ReadyFile::clear(path)?;
    }
    let mut world = World::start(&arguments, started).await?;
    let ended = tokio::select! {
        ended = world.live(arguments.ready_file.as_deref()) => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    };
    say("Stopping.");
    let stopped = world.stop().await;
    ended.and(stopped)
}

struct World {
    started: Instant,
    folder: Folder,
    places: Places,
    authority: Authority,
    client: reqwest::Client,
    kept: Kept,
    origins: Vec<Origin>,
    entra: Child,
    doorward: Child,
    // Removed before anything stops.
    ready: Option<ReadyFile>,
}

impl World {
    async fn start(arguments: &Arguments, started: Instant) -> Result<Self> {
        let programs = arguments.programs()?;
        let places = Places::above(arguments.port_base);
        free(&[places.doorward, places.entra]).await?;
        let folder = Folder::open(&arguments.state_folder(), if arguments.fresh { Age::Fresh } else { Age::Kept })?;
        let kept = secrets(&folder)?;
        let authority = Authority::open_or_make(&folder.at("ca"))?;
        let client = web::client(&authority.pem)?;
        say("Starting the origins, the Entra simulator and doorward.");
        let origins = start_origins(&places, &authority, &client).await?;
        let entra = entra::start(&programs, &folder, &places, &authority, &kept)?;
        let doorward = match doorward::start(&programs, &folder, &places, &authority).await {
            Ok(doorward) => doorward,
            Err(error) => {
                let _also = entra.stop().await;
                return Err(error);
            }
        };
        Ok(Self { started, folder, places, authority, client, kept, origins, entra, doorward, ready: None })
    }

    /// Sets up, tells everybody, and waits for a program's death, which is the only end.
    async fn live(&mut self, ready_file: Option<&Path>) -> Result<()> {
        let prepared = tokio::select! {
            prepared = prepare(&self.folder, &self.places, &self.authority, &self.client, &mut self.kept) => prepared?,
            death = self.entra.death() => return Err(death),
            death = self.doorward.death() => return Err(death),
        };
        let (ready, configured, provisioned) = prepared;
        if let Some(path) = ready_file {
            self.ready = Some(ReadyFile::write(path, &ready)?);
        }
        let story = Story {
            ready: &ready,
            service_token: &configured.service_token,
            provisioned,
            took: self.started.elapsed(),
            memory: &memory::of(&[&self.doorward, &self.entra]),
            state: self.folder.root(),
        };
        say(&story.text());
        tokio::select! {
            death = self.entra.death() => Err(death),
            death = self.doorward.death() => Err(death),
        }
    }

    async fn stop(self) -> Result<()> {
        drop(self.ready);
        let doorward = self.doorward.stop().await;
        let entra = self.entra.stop().await;
        for origin in self.origins {
            origin.stop().await;
        }
        doorward.and(entra)
    }
}

/// Sets doorward and Entra up, lets a first cycle run, and gathers what is to be told.
async fn prepare(
    folder: &Folder,
    places: &Places,
    authority: &Authority,
    client: &reqwest::Client,
    kept: &mut Kept,
) -> Result<(Ready, Configured, u64)> {
    let (tenant, answers) = tokio::join!(entra::ready(folder), doorward::ready(client, places));
    let tenant = tenant?;
    answers?;
    let graph = Graph::open(client.clone(), &tenant).await.context("the simulator's Graph cannot be used")?;
    let groups = graph.group_ids(&group_names()).await?;
    let api = Api::open(client.clone(), places.api(), doorward::api_token(folder)?).await.context("doorward's API cannot be used")?;
    say("Setting doorward up through its API.");
    let setup = Setup { api: &api, tenant: &tenant, groups: &groups, places, authority_pem: &authority.pem, folder };
    let configured = setup.run(kept).await.context("doorward cannot be set up")?;
    say("Provisioning Harbour Works through SCIM.");
    let provisioned = provision::run(client, &graph, &tenant, &configured).await.context("provisioning failed")?;
    let ready = Ready {
        team_domain: places.team(),
        api_base: places.api(),
        account_id: api.account().to_owned(),
        api_token: api.token().to_owned(),
        console_url: Some(format!("{}/console/", places.team())),
        ca_file: authority.file.clone(),
        entra: entra_part(&tenant, kept),
        scim: scim_part(&tenant, &configured),
        apps: apps_part(places, &configured),
        people: people_part(&graph).await?,
    };
    Ok((ready, configured, provisioned))
}

fn entra_part(tenant: &Tenant, kept: &Kept) -> ready_file::Entra {
    ready_file::Entra {
        authority: tenant.authority.clone(),
        graph: tenant.base.clone(),
        tenant_id: tenant.tenant_id.clone(),
        client_id: tenant.sign_in_app.client_id.clone(),
        client_secret: kept.client_secret.clone(),
        admin_client_id: tenant.admin_app.client_id.clone(),
        admin_client_secret: kept.admin_client_secret.clone(),
    }
}

fn scim_part(tenant: &Tenant, configured: &Configured) -> ready_file::Scim {
    ready_file::Scim {
        idp_id: configured.idp_id.clone(),
        base_url: configured.scim_base.clone(),
        secret: configured.scim_secret.clone(),
        service_principal_id: tenant.job.service_principal_id.clone(),
        job_id: tenant.job.id.clone(),
        rule_id: tenant.job.rule_id.clone(),
    }
}

fn apps_part(places: &Places, configured: &Configured) -> Vec<ready_file::App> {
    let pairs = APPLICATIONS.iter().zip(&configured.apps);
    pairs
        .map(|(shown, made)| ready_file::App {
            name: shown.name.to_owned(),
            url: places.host(shown.host),
            aud: made.aud.clone(),
            id: made.id.clone(),
        })
        .collect()
}

async fn people_part(graph: &Graph) -> Result<Vec<ready_file::Person>> {
    let mut people = Vec::new();
    for person in &PEOPLE {
        let groups = graph.groups_of(person.upn).await?;
        let may_open = APPLICATIONS.iter().filter(|app| app.admits(&groups, person.upn)).map(|app| app.name.to_owned()).collect();
        people.push(ready_file::Person { upn: person.upn.to_owned(), password: person.password(), groups, may_open });
    }
    Ok(people)
}

/// The secrets of the tenant's registrations, made once.
fn secrets(folder: &Folder) -> Result<Kept> {
    let mut kept = folder.kept()?;
    if kept.client_secret.is_empty() {
        let random = || Alphanumeric.sample_string(&mut rand::rng(), 40);
        (kept.client_secret, kept.admin_client_secret) = (random(), random());
        folder.keep(&kept)?;
    }
    Ok(kept)
}

/// Says which port is taken before anything starts.
async fn free(ports: &[u16]) -> Result<()> {
    for port in ports {
        let address = Places::loopback(*port);
        if let Err(error) = TcpListener::bind(address).await {
            bail!("{address} cannot be used ({error}): stop what listens there, or move all ports with --port-base");
        }
    }
    Ok(())
}

async fn start_origins(places: &Places, authority: &Authority, client: &reqwest::Client) -> Result<Vec<Origin>> {
    let mut origins = Vec::new();
    for (origin, port) in [(OriginOf::Wiki, places.wiki_origin), (OriginOf::Payroll, places.payroll_origin)] {
        let shown = APPLICATIONS.iter().find(|app| app.origin == origin).context("an origin without an application")?;
        let subject = Subject { title: shown.title.to_owned(), text: shown.text.to_owned() };
        let tls = authority.issue("localhost")?.server()?;
        let verifier = Verifier::new(client.clone(), &places.team());
        origins.push(origins::start(Places::loopback(port), tls, subject, verifier).await?);
    }
    Ok(origins)
}

/// Prints a line. Nobody may be listening any more, which is no reason to stop.
fn say(text: &str) {
    let _unheard = writeln!(std::io::stdout(), "{text}");
}
