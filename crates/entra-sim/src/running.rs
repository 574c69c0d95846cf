//! Owns the handle of a running simulator: where it is, what is in it, and stopping it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::seed::{ADMIN_APP, PROVISIONING_APP, SIGN_IN_APP};
use crate::state::Sim;

/// A running simulator. Dropping it does not stop it; call [`Running::shutdown`].
pub struct Running {
    /// The address taken.
    pub addr: SocketAddr,
    /// Public base URL, no slash at the end.
    pub base: String,
    sim: Arc<Sim>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// An application as its owner knows it.
#[derive(Clone)]
pub struct AppCard {
    /// Name.
    pub name: String,
    /// Client id.
    pub client_id: Uuid,
    /// Client secret.
    pub client_secret: String,
    /// Object id of the registration.
    pub object_id: Uuid,
    /// Object id of the enterprise application.
    pub service_principal_id: Uuid,
}

/// A provisioning job as scripts need it.
#[derive(Debug, Clone)]
pub struct JobCard {
    /// Job id.
    pub id: String,
    /// Enterprise application.
    pub service_principal_id: Uuid,
    /// Synchronisation rule, for on-demand provisioning.
    pub rule_id: Uuid,
}

/// A person as a test knows them.
#[derive(Clone)]
pub struct PersonCard {
    /// Object id.
    pub id: Uuid,
    /// User name.
    pub upn: String,
    /// Name.
    pub name: String,
    /// Mail.
    pub mail: Option<String>,
    /// Password.
    pub password: String,
    /// Names of all groups, nested ones included, sorted.
    pub groups: Vec<String>,
}

impl Running {
    pub(crate) fn new(addr: SocketAddr, sim: Arc<Sim>, stop: watch::Sender<bool>, tasks: Vec<JoinHandle<()>>) -> Self {
        Self { addr, base: sim.base.clone(), sim, stop, tasks }
    }

    /// Stops listening, lets open requests end, writes the state.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the simulator failed");
            }
        }
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> Uuid {
        self.sim.tenant().tenant.id.guid()
    }

    /// The tenant's domain.
    pub fn domain(&self) -> String {
        self.sim.tenant().tenant.domain.clone()
    }

    /// `{base}/{tenant id}`
    pub fn authority(&self) -> String {
        format!("{}/{}", self.base, self.tenant_id())
    }

    /// An application by name.
    pub fn app(&self, name: &str) -> Option<AppCard> {
        let tenant = self.sim.tenant();
        let app = tenant.applications.values().find(|app| app.display_name == name)?;
        let sp = tenant.principal_of(app.app_id)?;
        let secret = app.password_credentials.first()?;
        Some(AppCard {
            name: app.display_name.clone(),
            client_id: app.app_id.guid(),
            client_secret: secret.text.reveal().to_owned(),
            object_id: app.id.guid(),
            service_principal_id: sp.id.guid(),
        })
    }

    /// The sign-in application of the built-in tenant (`doorward`).
    pub fn sign_in_app(&self) -> Option<AppCard> {
        self.app(SIGN_IN_APP)
    }

    /// The automation application of the built-in tenant (`harbour-admin`).
    pub fn admin_app(&self) -> Option<AppCard> {
        self.app(ADMIN_APP)
    }

    /// The provisioning application of the built-in tenant.
    pub fn provisioning_app(&self) -> Option<AppCard> {
        self.app(PROVISIONING_APP)
    }

    /// The first provisioning job.
    pub fn job(&self) -> Option<JobCard> {
        let tenant = self.sim.tenant();
        let job = tenant.jobs.values().next()?;
        Some(JobCard { id: job.id.clone(), service_principal_id: job.principal.guid(), rule_id: job.schema.rule_id })
    }

    /// A person by user name.
    pub fn person(&self, upn: &str) -> Option<PersonCard> {
        let tenant = self.sim.tenant();
        let user = tenant.user(upn)?;
        let mut groups: Vec<String> =
            tenant.all_groups(user.id).iter().filter_map(|id| tenant.groups.get(id)).map(|group| group.display_name.clone()).collect();
        groups.sort();
        Some(PersonCard {
            id: user.id.guid(),
            upn: user.profile.user_principal_name.clone(),
            name: user.profile.display_name.clone(),
            mail: user.mail().map(str::to_owned),
            password: user.password.reveal().to_owned(),
            groups,
        })
    }

    /// User names of everyone who is not deleted.
    pub fn user_names(&self) -> Vec<String> {
        self.sim.tenant().live_users().map(|user| user.profile.user_principal_name.clone()).collect()
    }

    /// Object id of a group by name.
    pub fn group_id(&self, name: &str) -> Option<Uuid> {
        self.sim.tenant().groups.values().find(|group| group.display_name == name).map(|group| group.id.guid())
    }
}
