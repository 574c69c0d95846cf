//! The folder is private, held by one demo, and never somebody else's.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("doorward-demo-{name}-{}", std::process::id()));
    let _old = fs::remove_dir_all(&path);
    path
}

#[test]
fn secrets_are_kept_for_the_owner_and_forgotten_with_fresh() {
    let root = scratch("kept");
    let folder = Folder::open(&root, Age::Kept).unwrap();
    folder.keep(&Kept { client_secret: "x".into(), ..Kept::default() }).unwrap();
    let mode = fs::metadata(folder.at("kept.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(folder);
    assert_eq!(Folder::open(&root, Age::Kept).unwrap().kept().unwrap().client_secret, "x");
    assert_eq!(Folder::open(&root, Age::Fresh).unwrap().kept().unwrap().client_secret, "");
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_second_demo_is_refused_while_the_first_runs() {
    let root = scratch("lock");
    let first = Folder::open(&root, Age::Kept).unwrap();
    assert!(Folder::open(&root, Age::Fresh).unwrap_err().to_string().contains("already runs"));
    drop(first);
    Folder::open(&root, Age::Fresh).unwrap();
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let root = scratch("foreign");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("letters.txt"), "dear").unwrap();
    assert!(Folder::open(&root, Age::Fresh).is_err());
    assert!(root.join("letters.txt").exists());
    fs::remove_dir_all(root).unwrap();
}
