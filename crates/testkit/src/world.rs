//! The box itself: what starts after what, and the ways into it.

mod folder;

use std::sync::Arc;

use entra_sim::Seed;
use http::Method;
use login::liveness::Tally;
use serde_json::{Value, json};

use self::folder::Folder;
use crate::{
    api::Api,
    app::AppPlan,
    browser::Browser,
    clock::Clock,
    graph::Graph,
    must::Must,
    network::{Network, Speech},
    origin::Origin,
    plan::Plan,
    policy::Policy,
    provisioning::Provisioning,
    raw::Wire,
    scim::Scim,
};

const TEAM_HOST: &str = "team.localhost";

/// doorward, the Entra simulator and an origin, running.
pub struct World {
    network: Network,
    origin: Origin,
    sim: Option<entra_sim::Running>,
    server: Option<server::Running>,
    folder: Folder,
    http: String,
    entra: String,
    port: u16,
    api: Option<Api>,
    graph: Option<Graph>,
    scim: Option<Scim>,
    idp: String,
}

impl World {
    /// The usual world.
    pub async fn start() -> Self {
        Plan::default().start().await
    }

    /// A world that is told more before it starts.
    pub fn plan() -> Plan {
        Plan::default()
    }

    pub(crate) async fn begin(plan: Plan) -> Self {
        let clock = Clock::default();
        let folder = Folder::make();
        let authority = folder.authority();
        let network = Network::new(&authority.pem, clock.clone());
        let sim = start_sim(&plan, &authority, &clock).await;
        let mut world = Self {
            entra: sim.base.clone(),
            sim: Some(sim),
            network,
            origin: Origin::start().await,
            server: None,
            folder,
            http: plan.http,
            port: 0,
            api: None,
            graph: None,
            scim: None,
            idp: String::new(),
        };
        let config = world.folder.write_configuration(&world.http, world.port, &world.entra);
        let init = server::init::Init { config, team_domain: None, name: None, token_file: None };
        let token = server::init::init(init).await.must("doorward init").token;
        world.serve().await;
        let client = world.network.client(Speech::Http1);
        world.api = Some(Api::open(client.clone(), &world.team(), token.expose()).await);
        world.graph = Some(Graph::open(client, world.sim()).await);
        world.register_callback().await;
        world.make_provider(&plan.provider, &plan.scim).await;
        if plan.organization.is_object() {
            world.api().organization(plan.organization).await;
        }
        world
    }

    /// Starts doorward on what its folder holds.
    async fn serve(&mut self) {
        let config = self.folder.write_configuration(&self.http, self.port, &self.entra);
        let config = server::Config::load(&config).must("doorward's configuration");
        let clock = self.network.clock().clone();
        let running = server::start_at(config, Arc::new(move || clock.timestamp())).await.must("doorward starts");
        self.port = running.addresses.first().must("an address").port();
        self.server = Some(running);
    }

    /// Stops doorward and starts it again in the same folder, at the same address.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// Stops doorward.
    pub async fn stop(&mut self) {
        self.server.take().must("a running doorward").shutdown().await;
    }

    /// Starts it again on what its folder holds.
    pub async fn resume(&mut self) {
        self.serve().await;
    }

    /// The folder of doorward's files: `doorward.toml`, `sealing.key`, `data`, `ca/ca.pem`.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Where TLS terminators connect (`http.plain_listen`).
    pub fn plain_address(&self) -> std::net::SocketAddr {
        *self.server.as_ref().and_then(|server| server.plain_addresses.first()).must("http.plain_listen in the plan")
    }

    /// Where the machine's own watchers ask (`operation.listen`).
    pub fn operation_address(&self) -> std::net::SocketAddr {
        *self.server.as_ref().and_then(|server| server.operation_addresses.first()).must("operation.listen in the plan")
    }

    /// Stops the simulator.
    pub async fn stop_entra(&mut self) {
        self.sim.take().must("a running simulator").shutdown().await;
    }

    async fn register_callback(&self) {
        let app = self.sim().sign_in_app().must("the sign-in application").object_id;
        let callback = format!("{}/cdn-cgi/access/callback", self.team());
        let body = json!({ "web": { "redirectUris": [callback] } });
        self.graph_admin().call(Method::PATCH, &format!("/applications/{app}"), Some(body)).await;
    }

    async fn make_provider(&mut self, config: &Value, scim: &Value) {
        let app = self.sim().sign_in_app().must("the sign-in application");
        let mut config = config.clone();
        for (member, value) in [
            ("client_id", app.client_id.to_string()),
            ("client_secret", app.client_secret),
            ("directory_id", self.sim().tenant_id().to_string()),
        ] {
            if config.get(member).is_none() {
                config[member] = json!(value);
            }
        }
        let body = json!({ "name": "Harbour Works Entra", "type": "azureAD", "config": config, "scim_config": scim });
        let made = self.api().post("access/identity_providers", body).await;
        made["id"].as_str().must("a provider's id").clone_into(&mut self.idp);
        let settings = &made["scim_config"];
        if let (Some(base), Some(secret)) = (settings["scim_base_url"].as_str(), settings["secret"].as_str()) {
            self.scim = Some(Scim::new(self.network.client(Speech::Http1), base, secret));
        }
    }
}

async fn start_sim(plan: &Plan, authority: &demo::authority::Authority, clock: &Clock) -> entra_sim::Running {
    let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = entra_sim::Config::new(loopback, "https://localhost:{port}");
    config.tls = Some(authority.issue("localhost").and_then(|identity| identity.server()).must("the simulator's certificate"));
    config.scim_ca_pem = Some(authority.pem.clone().into_bytes());
    config.seed = Seed { tenant: plan.tenant.source(), external_id: plan.external_id, ..Seed::default() };
    let clock = clock.clone();
    config.now = Arc::new(move || clock.now());
    entra_sim::start(config).await.must("the simulator starts")
}

impl World {
    /// Begins an application `{name}.localhost` in front of the origin.
    pub fn app(&self, name: &str) -> AppPlan<'_> {
        AppPlan::new(self, name)
    }

    /// A fresh browser over HTTP/1.1.
    pub fn browser(&self) -> Browser {
        Browser::new(self.network.clone(), Speech::Http1)
    }

    /// The v4 API as the first administrator.
    pub fn api(&self) -> &Api {
        self.api.as_ref().must("the API")
    }

    /// doorward's SCIM endpoint with its secret.
    pub fn scim(&self) -> &Scim {
        self.scim.as_ref().must("SCIM is enabled")
    }

    /// Graph with an administrator's rights.
    pub fn graph_admin(&self) -> &Graph {
        self.graph.as_ref().must("Graph")
    }

    /// Entra's provisioning service, set up for doorward.
    pub async fn provisioning(&self) -> Provisioning {
        self.provisioning_with("").await
    }

    /// The same, with a flag at the end of the tenant URL, e.g. `?aadOptscim062020`.
    pub async fn provisioning_with(&self, flag: &str) -> Provisioning {
        Provisioning::set_up(self, self.graph_admin(), self.network.client(Speech::Http1), flag).await
    }

    /// The origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The simulator.
    pub fn sim(&self) -> &entra_sim::Running {
        self.sim.as_ref().must("a running simulator")
    }

    /// Makes the simulator fail as told, see its `/sim/faults`.
    pub async fn fault(&self, fault: Value) {
        let call = self.network.client(Speech::Http1).post(format!("{}/sim/faults", self.entra)).json(&fault);
        let answer = call.send().await.must("the simulator answers");
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// Turns one of the simulator's switches, see the control endpoints in its README.
    pub async fn turn(&self, switch: &str, body: Value) {
        let call = self.network.client(Speech::Http1).put(format!("{}/sim/{switch}", self.entra)).json(&body);
        let answer = call.send().await.must("the simulator answers");
        assert!(answer.status().is_success(), "{switch}: {}", answer.status());
    }

    /// Ends all faults of the simulator.
    pub async fn heal(&self) {
        let call = self.network.client(Speech::Http1).delete(format!("{}/sim/faults", self.entra));
        call.send().await.must("the simulator answers");
    }

    /// Origin of the team domain, as in `iss`.
    pub fn team(&self) -> String {
        format!("https://{TEAM_HOST}:{}", self.port)
    }

    /// doorward's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The provider's id.
    pub fn idp(&self) -> &str {
        &self.idp
    }

    /// The way into the box, for clients of one's own.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Checks the sessions that are due at the provider now, as doorward does by itself every second.
    pub async fn check_sessions(&self) -> Tally {
        self.server.as_ref().must("a running doorward").liveness.run_once().await
    }

    /// Polls devices and risk anew, as doorward does by itself at each source's interval.
    pub async fn poll(&self) {
        self.server.as_ref().must("a running doorward").poll().await;
    }

    /// Fills in the nested members whose turn it is now, as doorward does by itself.
    pub async fn expand(&self) {
        self.server.as_ref().must("a running doorward").expand().await.must("a round of filling in");
    }

    /// Sets how often nested members of the provider's groups are filled in.
    pub async fn fill_in_nested(&self, every_secs: Option<u32>) {
        let id: model::IdpId = self.idp.parse().must("a provider's id");
        let store = self.server.as_ref().must("a running doorward").guard.store();
        let set = store.write(move |tx| {
            let Some(mut idp) = tx.idp(&id)? else { return Ok(()) };
            idp.scim.own.expand_nested_secs = every_secs;
            tx.put_idp(&idp)
        });
        set.await.must("the provider's settings");
    }

    /// Frees the seats of people who stay away, as doorward does by itself once a day; how many.
    pub async fn free_idle_seats(&self) -> u64 {
        self.server.as_ref().must("a running doorward").free_idle_seats().await.must("a store that answers")
    }

    /// The switch that makes doorward's store fail.
    pub fn store_fault(&self, fault: store::faults::Fault) {
        self.store().faults().set(fault);
    }

    /// doorward's store.
    pub fn store(&self) -> &store::Store {
        self.server.as_ref().must("a running doorward").guard.store()
    }

    /// Does doorward's regular work now, as it does by itself once a minute.
    pub async fn tend(&self) -> Result<(), String> {
        self.server
            .as_ref()
            .must("a running doorward")
            .guard
            .tend(self.network.clock().timestamp())
            .await
            .map_err(|error| error.to_string())
    }

    /// From now on time passes by [`pass`](Self::pass) alone.
    pub fn hold_clock(&self) {
        self.network.clock().hold();
    }

    /// Moves the time of doorward, simulator and browsers on.
    pub fn pass(&self, secs: i64) {
        self.network.clock().pass(secs);
    }

    /// A TLS connection to doorward that names this host and speaks HTTP/1.1.
    pub async fn wire(&self, sni: &str) -> Wire {
        Wire::new(self.network.tls(sni, self.port, &["http/1.1"]).await)
    }

    /// A policy as the API takes it, with the object ids of its groups.
    pub fn policy_body(&self, policy: &Policy) -> Value {
        policy.body(&self.idp, &|name| self.sim().group_id(name).map(|id| id.to_string()))
    }

    /// Makes a policy that applications link to; returns its id.
    pub async fn policy(&self, policy: &Policy) -> String {
        let made = self.api().post("access/policies", self.policy_body(policy)).await;
        made["id"].as_str().must("a policy's id").to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else { return };
        // Its threads would outlive the test otherwise.
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(server.shutdown()));
    }
}
