//! The folder of a world: configuration, authority and database, removed with it.

use std::path::{Path, PathBuf};

use demo::authority::Authority;

use crate::must::Must;

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn make() -> Self {
        let path = std::env::temp_dir().join(format!("doorward-world-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(path.join("ca")).must("the world's folder");
        Self(path)
    }

    /// The authority that signs for doorward, which opens it as its own, and for the simulator.
    pub(crate) fn authority(&self) -> Authority {
        Authority::open_or_make(&self.0.join("ca")).must("an authority")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes doorward's configuration; port 0 takes a free one.
    pub(crate) fn write_configuration(&self, http: &str, port: u16, entra: &str) -> PathBuf {
        let text = format!(
            r#"[team]
name = "Harbour Works"
domain = "{team}"

[http]
listen = ["127.0.0.1:{port}"]
workers = 2
drain_seconds = 0
{http}

[tls.local_ca]
directory = "ca"
domains = ["localhost"]

[store]
directory = "data"
sealing_key_file = "sealing.key"

[outbound]
entra_login_url = "{entra}"
entra_graph_url = "{entra}"
allowed_private = ["127.0.0.0/8"]
ca_files = ["ca/ca.pem"]

[outbound.resolve]
"localhost" = "127.0.0.1"
".localhost" = "127.0.0.1"

[[logs.access]]
to = "file"
path = "access.log"
query = "names"
"#,
            team = super::TEAM_HOST,
        );
        let path = self.path().join("doorward.toml");
        std::fs::write(&path, text).must("doorward's configuration");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the machine's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
