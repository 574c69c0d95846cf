//! A SCIM server on loopback for trying clients against: `cargo run -p provisioning --example serve -- <folder>`.
//!
//! Plain HTTP, a fixed secret, one provider; writes `base_url` and `secret` to standard output. Never for real people.

use std::{error::Error, io::Write as _, net::Ipv4Addr, path::PathBuf, sync::Arc};

use model::{
    IdpId, Timestamp,
    idp::{EntraOptions, EntraSettings, IdentityProvider, IdentityUpdateBehavior, IdpConfig, ScimSettings},
};
use provisioning::{ProvisioningState, router};
use store::{Config, Purpose, SealingKey, Store};

const SECRET: &str = "dw_scim_example_only";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("the folder for the store is missing")?);
    std::fs::create_dir_all(&folder)?;
    let now: store::Clock = Arc::new(|| Timestamp::from(time::OffsetDateTime::now_utc()));
    let store =
        Store::open(Config { path: folder, sealing_key: SealingKey::from_bytes([7; 32]), now: now.clone(), cache: Default::default() })
            .await?;
    store.initialise("Harbour Works").await?;
    let idp = provider(&store, now()).await?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    writeln!(std::io::stdout(), "{origin}/populations/{idp}/scim/v2 {SECRET}")?;
    axum::serve(listener, router(ProvisioningState { store, team_origin: origin, contacts: provisioning::Contacts::default() })).await?;
    Ok(())
}

async fn provider(store: &Store, now: Timestamp) -> Result<IdpId, Box<dyn Error>> {
    let provider = IdentityProvider {
        id: IdpId::random(),
        name: "Harbour Works Entra".into(),
        config: IdpConfig::Entra(EntraSettings {
            client_id: "2f6d3a7e-5f0b-4a3d-8f53-0c8f7f1d2b11".into(),
            directory_id: "6c1f0a52-7d1b-4b9e-9e51-2f1c7b7a9d30".parse()?,
            support_groups: true,
            conditional_access_enabled: false,
            email_claim_name: None,
            claims: Vec::new(),
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: EntraOptions::default(),
        }),
        scim: ScimSettings {
            enabled: true,
            user_deprovision: true,
            seat_deprovision: true,
            identity_update_behavior: IdentityUpdateBehavior::Reauth,
            secret_hash: Some(store.sealer().hash(Purpose::ScimSecret, SECRET)),
            ..ScimSettings::default()
        },
        created_at: now,
        updated_at: now,
    };
    let id = provider.id;
    store.write(move |tx| tx.put_idp(&provider)).await?;
    Ok(id)
}
