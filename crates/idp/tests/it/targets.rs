//! Private addresses are called only when the configuration file lists them.

use idp::{Client, Config, SignInError};

use crate::provider::{NOW, Provider, SECRET, callback, secret, sign_in};

async fn cause(login: &str, config: Config) -> String {
    let p = Provider::start().await;
    let mut idp = p.settings();
    idp.cloud.as_mut().unwrap().login_url = login.to_owned();
    let client = Client::new(config).unwrap();
    let result = sign_in(&client, &idp, &secret(SECRET), &callback(), NOW).await;
    match result {
        Err(SignInError::Refused(refusal)) if refusal.error == "private_address" => refusal.cause.clone(),
        other => panic!("{login}: {other:?}"),
    }
}

// Attack case 31.
#[tokio::test]
async fn a_private_address_in_the_url_is_refused() {
    for (login, shown) in [
        ("https://10.0.0.7", "10.0.0.7"),
        ("https://169.254.169.254", "169.254.169.254"),
        ("https://2130706433", "127.0.0.1"),
        ("https://0x7f.1", "127.0.0.1"),
        ("https://[::1]", "::1"),
        ("https://[::ffff:10.0.0.7]", "10.0.0.7"),
        ("https://[fd00::7]", "fd00::7"),
    ] {
        let cause = cause(login, Config::default()).await;
        assert!(cause.contains("not a public address"), "{cause}");
        let found = cause.contains(shown) || cause.contains("::ffff:");
        assert!(found, "{cause} should name {shown}");
    }
}

// Attack case 31.
#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused() {
    let inner = Config { resolve: vec![("login.harbourworks.example".into(), "10.0.0.7".parse().unwrap())], ..Config::default() };
    let told = cause("https://login.harbourworks.example", inner).await;
    assert_eq!(told, "login.harbourworks.example is at 10.0.0.7, which is not a public address");
    let told = cause("http://localhost:9", Config::default()).await;
    assert!(told.starts_with("localhost is at "), "{told}");
}

#[tokio::test]
async fn a_listed_network_opens_only_itself() {
    let config = Config { allowed_private: vec!["127.0.0.0/8".parse().unwrap()], ..Config::default() };
    let told = cause("https://192.168.1.1", config).await;
    assert!(told.contains("192.168.1.1"), "{told}");
}
