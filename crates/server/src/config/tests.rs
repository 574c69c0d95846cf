//! All faults at once, with their paths.

use std::path::Path;

use super::*;

const GOOD: &str = r#"
[team]
domain = "Team.Example.com"
[http]
listen = ["127.0.0.1:8443"]
[tls.local_ca]
domains = ["example.com"]
[store]
directory = "data"
sealing_key_file = "sealing.key"
"#;

#[test]
fn a_small_file_is_enough_and_paths_are_relative_to_it() {
    let config = Config::parse(GOOD, Path::new("/etc/doorward")).unwrap();
    assert_eq!(config.team.domain, "team.example.com");
    assert_eq!(config.store.directory, Path::new("/etc/doorward/data"));
    assert_eq!(config.outbound.entra.login_url, "https://login.microsoftonline.com");
}

#[test]
fn every_fault_is_reported_with_its_path() {
    let text = r#"
colour = "blue"
[team]
domain = "https://team.example.com"
nmae = "x"
[http]
listen = ["127.0.0.1:8443", "nowhere"]
public_port = 99999
country_header = "x-country"
[tls]
[store]
directory = 7
[logs]
format = "xml"
"#;
    let Err(ConfigError::Faults(faults)) = Config::parse(text, Path::new(".")) else { panic!("faults expected") };
    let paths: Vec<&str> = faults.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "colour",
            "http.listen[1]",
            "http.public_port",
            "http.trusted_peers",
            "logs.format",
            "store.directory",
            "store.sealing_key_file",
            "team.domain",
            "team.nmae",
            "tls.certificates"
        ]
    );
}

#[test]
fn the_memory_for_the_database_has_bounds() {
    let read = |key: &str| Config::parse(&GOOD.replace("[store]", &format!("[store]\n{key}")), Path::new("/etc/doorward"));
    assert_eq!(read("").unwrap().store.cache, store::CacheSize::mebibytes(192));
    assert_eq!(read("cache_mib = 24").unwrap().store.cache, store::CacheSize::mebibytes(24));
    assert!(read("cache_mib = 4").is_err());
}

#[test]
fn federated_tokens_are_files_by_name() {
    let text = format!("{GOOD}\n[outbound.federated_tokens]\nworkload = \"tokens/workload\"\nother = \"/run/other\"\n");
    let config = Config::parse(&text, Path::new("/etc/doorward")).unwrap();
    let of = |name: &str| config.outbound.federated_tokens.iter().find(|(n, _)| n == name).map(|(_, path)| path.clone());
    assert_eq!(of("workload").as_deref(), Some(Path::new("/etc/doorward/tokens/workload")));
    assert_eq!(of("other").as_deref(), Some(Path::new("/run/other")));
}

#[test]
fn alerts_are_read_and_their_faults_told_together() {
    let alerts = |text: &str| Config::parse(&format!("{GOOD}\n{text}"), Path::new("/etc/doorward"));
    let read = alerts(
        "[alerts]\nwebhook_url = \"https://hooks.example/x\"\nwebhook_secret_file = \"hook\"\n[alerts.mail]\nhost = \"smtp.example\"\n\
         from = \"doorward <doorward@harbourworks.example>\"\nto = [\"ilo@harbourworks.example\"]",
    );
    let read = read.unwrap().alerts;
    assert_eq!(read.webhook.unwrap().secret_file.unwrap(), Path::new("/etc/doorward/hook"));
    assert_eq!(read.mail.unwrap().security, MailSecurity::StartTls);
    let bad = "[alerts]\nwebhook_url = \"ftp://x\"\n[alerts.mail]\nhost = \"smtp.example\"\nsecurity = \"none\"\nusername = \"doorward\"\n\
               password_file = \"p\"\nfrom = \"nobody\"";
    let Err(ConfigError::Faults(faults)) = alerts(bad) else { panic!("taken") };
    let paths: Vec<String> = faults.into_iter().map(|f| f.path).collect();
    for path in ["alerts.webhook_url", "alerts.mail.from", "alerts.mail.to", "alerts.mail.security"] {
        assert!(paths.iter().any(|p| p == path), "{path} in {paths:?}");
    }
}

#[test]
fn certificates_come_from_files_acme_and_the_local_authority_side_by_side() {
    let all = GOOD.replace("[tls.local_ca]", "[[tls.certificates]]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n[tls.local_ca]");
    let text = format!("{all}\n[tls.acme]\nnames = [\"Wiki.example.com\", \"wiki.example.com\"]\nterms = \"agreed\"\n");
    let tls = Config::parse(&text, Path::new("/etc/doorward")).unwrap().tls;
    assert_eq!((tls.certificates.len(), tls.min_version), (1, MinVersion::Tls12));
    assert_eq!(tls.local_ca.unwrap().directory, Path::new("/etc/doorward/ca"));
    let acme = tls.acme.unwrap();
    assert_eq!(acme.names, ["wiki.example.com"]);
    assert_eq!(acme.directory_url.as_str(), "https://acme-v02.api.letsencrypt.org/directory");
    assert_eq!(acme.challenges, [Challenge::TlsAlpn01], "nothing listens on port 80");
    let both = text
        .replace("[tls.local_ca]", "[tls]\nmin_version = \"1.3\"\n[tls.local_ca]")
        .replace("[http]", "[http]\nredirect_listen = [\"127.0.0.1:80\"]");
    let both = both.replacen("[[tls.certificates]]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n", "", 1);
    let tls = Config::parse(&both, Path::new(".")).unwrap().tls;
    assert_eq!(tls.min_version, MinVersion::Tls13);
    assert_eq!(tls.acme.unwrap().challenges, [Challenge::TlsAlpn01, Challenge::Http01]);
}

#[test]
fn faults_of_acme_are_told_together() {
    let bad = "[tls.acme]\ndirectory_url = \"http://acme.example/dir\"\nnames = [\"*.example.com\", \"a b\"]\ncontact = \"nobody\"\n\
               challenges = [\"http-01\", \"dns-01\"]\nexternal_account_key_id = \"k\"\nname = \"x\"";
    let Err(ConfigError::Faults(faults)) = Config::parse(&format!("{GOOD}\n{bad}"), Path::new(".")) else { panic!("taken") };
    let paths: Vec<&str> = faults.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "tls.acme.challenges",
            "tls.acme.challenges[1]",
            "tls.acme.contact",
            "tls.acme.directory_url",
            "tls.acme.external_account_key_id",
            "tls.acme.name",
            "tls.acme.names",
            "tls.acme.names[0]",
            "tls.acme.names[1]",
            "tls.acme.terms"
        ]
    );
}

#[test]
fn limits_have_defaults_and_ranges() {
    let limits = |text: &str| Config::parse(&format!("{GOOD}\n[limits]\n{text}"), Path::new("/etc/doorward"));
    let given = limits("").unwrap().limits;
    assert_eq!((given.headers, given.header_bytes, given.header_seconds, given.idle_seconds), (100, 65_536, 15, 75));
    assert_eq!(given.pace().map(|pace| pace.bytes_per_second), Some(240));
    assert!(limits("upload_bytes_per_second = 0").unwrap().limits.pace().is_none());
    let bad = "headers = 1\nidle_seconds = \"long\"\nmemory_soft_percent = 95\nheader_bytes = 8192\ntarget_bytes = 8192\nspeed = 1";
    let Err(ConfigError::Faults(faults)) = limits(bad) else { panic!("taken") };
    let paths: Vec<&str> = faults.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["limits.headers", "limits.idle_seconds", "limits.memory_soft_percent", "limits.speed", "limits.target_bytes"]);
}

#[test]
fn the_commented_limits_of_a_new_configuration_are_the_defaults() {
    let template = include_str!("../init/doorward.toml");
    let section: Vec<&str> = template.lines().skip_while(|line| *line != "# [limits]").take_while(|line| line.starts_with("# ")).collect();
    let uncommented: String = section.iter().map(|line| format!("{}\n", &line[2..])).collect();
    let told = Config::parse(&format!("{GOOD}\n{uncommented}"), Path::new(".")).unwrap().limits;
    let given = Config::parse(GOOD, Path::new(".")).unwrap().limits;
    assert_eq!(format!("{told:?}"), format!("{given:?}"));
    assert!(section.len() > 20, "{section:?}");
}
