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
fn federated_tokens_are_files_by_name() {
    let text = format!("{GOOD}\n[outbound.federated_tokens]\nworkload = \"tokens/workload\"\nother = \"/run/other\"\n");
    let config = Config::parse(&text, Path::new("/etc/doorward")).unwrap();
    let of = |name: &str| config.outbound.federated_tokens.iter().find(|(n, _)| n == name).map(|(_, path)| path.clone());
    assert_eq!(of("workload").as_deref(), Some(Path::new("/etc/doorward/tokens/workload")));
    assert_eq!(of("other").as_deref(), Some(Path::new("/run/other")));
}
