//! A backup of the running server, restored.

use std::path::Path;

use server::{
    Access, Config,
    backup::{BackupError, Replace, backup, restore},
};
use testkit::{World, allow_group};

async fn fetch(world: &World, out: &Path) -> Result<u64, BackupError> {
    let token_file = world.folder().join("token");
    std::fs::write(&token_file, world.api().token()).unwrap();
    let ca_file = world.folder().join("ca/ca.pem");
    backup(&Access { api: &world.team(), token_file: &token_file, ca_file: Some(&ca_file) }, out).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_server_is_as_it_was_and_everybody_signs_in_again() {
    let mut world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let out = world.folder().join("harbour.backup");
    let size = fetch(&world, &out).await.unwrap();
    assert_eq!(std::fs::metadata(&out).unwrap().len(), size);
    assert!(fetch(&world, &out).await.unwrap_err().to_string().contains("harbour.backup"), "a file that is there is not overwritten");
    assert!(world.api().get("doorward/audit?action=backup.").await[0]["after"]["from"].is_string());
    world.api().delete(&format!("access/apps/{}", wiki.id)).await;
    assert_eq!(mara.open(wiki.at("/")).await.status, 404);

    let config = Config::load(&world.folder().join("doorward.toml")).unwrap();
    let running = restore(&config, &out, None, Replace::PutAside).await.unwrap_err();
    assert!(matches!(running, BackupError::Restore(_)), "not while the server runs: {running}");
    world.stop().await;
    assert!(restore(&config, &out, None, Replace::Never).await.is_err(), "not over a store, unasked");
    let done = restore(&config, &out, None, Replace::PutAside).await.unwrap();
    assert_eq!(done.account, "Harbour Works");
    world.resume().await;

    assert_eq!(mara.get(wiki.at("/")).await.status, 302, "the session of before is over");
    let page = mara.open(wiki.at("/")).await;
    assert_eq!(page.status, 200, "the application is there again, and so is its login method with its secret");
    assert_eq!(world.api().get("access/apps").await[0]["id"], wiki.id, "the token of before is good");
    assert_eq!(world.api().get("doorward/audit").await[0]["action"], "store.restore");
}
