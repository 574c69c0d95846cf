//! Warnings on their way: a webhook and a mail server on loopback.

use std::net::SocketAddr;

use model::{IdpId, WarningId, finding::Finding, warning::Subject};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;
use crate::config::{Mail, MailSecurity, Webhook};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn warning() -> Warning {
    let finding = Finding::warning("secret-ends", "the client secret ends in 3 days", "Make a new one.").ending_in(3);
    Warning::raise(WarningId::random(), Subject::IdentityProvider(IdpId::random()), finding, NOW)
}

fn client(allowed: &[&str]) -> idp::Client {
    let allowed_private = allowed.iter().map(|net| net.parse().unwrap()).collect();
    idp::Client::new(idp::Config { allowed_private, ..idp::Config::default() }).unwrap()
}

/// Answers one request with this status; gives what was sent.
async fn receiver(status: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut text, mut part) = (String::new(), [0; 4096]);
        while !text.ends_with('}') {
            let n = socket.read(&mut part).await.unwrap();
            text.push_str(str::from_utf8(&part[..n]).unwrap());
        }
        socket.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        text
    });
    (address, heard)
}

/// Takes one letter; gives what was said and the letter.
async fn postman() -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.into_split();
        let (mut lines, mut all, mut in_letter) = (BufReader::new(read).lines(), String::new(), false);
        write.write_all(b"220 harbour\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            all.push_str(&line);
            all.push('\n');
            let answer = match line.as_str() {
                "." => "250 taken",
                _ if in_letter => continue,
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 harbour",
            };
            in_letter = line == "DATA";
            write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            if line == "QUIT" || line == "." {
                break;
            }
        }
        all
    });
    (address, heard)
}

/// Alerts that know a mail server on loopback.
fn with_mail(address: SocketAddr, to: &[&str]) -> Alerts {
    let mail = Mail {
        host: "127.0.0.1".into(),
        port: Some(address.port()),
        security: MailSecurity::None,
        username: None,
        password_file: None,
        from: "doorward@harbourworks.example".into(),
        to: to.iter().map(|one| (*one).to_owned()).collect(),
    };
    let settings = config::Alerts { webhook: None, mail: Some(mail) };
    Alerts::open(&settings, client(&["127.0.0.0/8"]), "https://team.harbourworks.example").unwrap()
}

fn by_webhook(address: SocketAddr, allowed: &[&str], secret: Option<&Path>) -> Alerts {
    let url = format!("http://{address}/hook").parse().unwrap();
    let webhook = Some(Webhook { url, secret_file: secret.map(Path::to_owned) });
    Alerts::open(&config::Alerts { webhook, mail: None }, client(allowed), "https://team.harbourworks.example").unwrap()
}

#[tokio::test]
async fn a_webhook_gets_the_warning_signed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("doorward-alerts-{}", WarningId::random()));
    std::fs::create_dir(&folder).unwrap();
    let secret = folder.join("secret");
    std::fs::write(&secret, "webhook secret\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (address, heard) = receiver("204 No Content").await;
    let alerts = by_webhook(address, &["127.0.0.0/8"], Some(&secret));
    let warning = warning();
    alerts.tell(Told { warning: &warning, subject: "Entra" }, &Stored::default(), NOW).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let text = heard.await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"webhook secret");
    let expected = hex::encode(aws_lc_rs::hmac::sign(&key, format!("{}.{body}", NOW.secs()).as_bytes()));
    assert!(head.contains(&format!("doorward-signature: t={},v1={expected}", NOW.secs())), "{head}");
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((told["code"].as_str(), told["days_left"].as_i64()), (Some("secret-ends"), Some(3)));
    assert_eq!(told["subject"]["name"], "Entra");
}

#[tokio::test]
async fn a_webhook_that_fails_or_lies_at_a_private_address_is_an_error() {
    let (address, heard) = receiver("500 Oh").await;
    let warning = warning();
    let told = Told { warning: &warning, subject: "Entra" };
    let failed = by_webhook(address, &["127.0.0.0/8"], None).tell(told, &Stored::default(), NOW).await.unwrap_err().error;
    assert!(matches!(failed, TellError::Unreached(_) | TellError::Status(500)), "{failed:?}");
    heard.await.unwrap();
    let refused = by_webhook(address, &[], None).tell(told, &Stored::default(), NOW).await.unwrap_err().error;
    assert!(matches!(refused, TellError::Unreached(_)), "{refused:?}");
}

#[tokio::test]
async fn a_webhook_may_answer_in_any_format() {
    let warning = warning();
    for status in ["200 OK\r\ncontent-type: text/html", "200 OK\r\ncontent-type: text/plain; charset=utf-8", "202 Accepted"] {
        let (address, heard) = receiver(status).await;
        by_webhook(address, &["127.0.0.0/8"], None)
            .tell(Told { warning: &warning, subject: "Entra" }, &Stored::default(), NOW)
            .await
            .unwrap();
        heard.await.unwrap();
    }
}

#[tokio::test]
async fn a_letter_says_what_to_do() {
    let (address, heard) = postman().await;
    let alerts = with_mail(address, &["ilo@harbourworks.example", "mara@harbourworks.example"]);
    let warning = warning();
    // One whom the configuration names too, and one whom only an administrator named.
    let mail_to = ["mara@harbourworks.example", "tessa@harbourworks.example"].map(|to| to.parse().unwrap()).to_vec();
    let stored = Stored { delivery: Some(AlertDelivery { webhook_url: None, mail_to, updated_at: NOW }), secret: None };
    alerts.tell(Told { warning: &warning, subject: "Entra\r\nBcc: x@evil.test" }, &stored, NOW).await.unwrap();
    let letter = heard.await.unwrap();
    let unfolded = letter.replace("\n ", " ");
    for part in ["RCPT TO:<ilo@", "RCPT TO:<mara@", "RCPT TO:<tessa@", "secret-ends", "3 day(s) left", "What to do: Make a new one."] {
        assert!(unfolded.contains(part), "{part} in {letter}");
    }
    assert_eq!(letter.matches("RCPT TO:<mara@").count(), 1, "{letter}");
    let head = letter.split("\n\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc:")), "{head}");
}

#[tokio::test]
async fn a_webhook_that_an_administrator_set_gets_it_signed_with_the_stored_secret() {
    let (address, heard) = receiver("200 OK").await;
    let delivery = AlertDelivery { webhook_url: Some(Secret::new(format!("http://{address}/set"))), mail_to: Vec::new(), updated_at: NOW };
    let stored = Stored { delivery: Some(delivery), secret: Some(Secret::new("a stored secret")) };
    let alerts = Alerts::open(&config::Alerts::default(), client(&["127.0.0.0/8"]), "https://team.harbourworks.example").unwrap();
    let warning = warning();
    alerts.tell(Told { warning: &warning, subject: "Entra" }, &stored, NOW).await.unwrap();
    let text = heard.await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a stored secret");
    let expected = hex::encode(aws_lc_rs::hmac::sign(&key, format!("{}.{body}", NOW.secs()).as_bytes()));
    assert!(head.starts_with("POST /set ") && head.contains(&expected), "{head}");
}

#[tokio::test]
async fn one_broken_way_does_not_repeat_the_letter() {
    let (address, heard) = postman().await;
    let alerts = with_mail(address, &["ilo@harbourworks.example"]);
    let hook = |address: SocketAddr| {
        let delivery =
            AlertDelivery { webhook_url: Some(Secret::new(format!("http://{address}/set"))), mail_to: Vec::new(), updated_at: NOW };
        Stored { delivery: Some(delivery), secret: None }
    };
    let (broken, refused) = receiver("403 No").await;
    let mut warning = warning();
    let Untold { delivered, error } = alerts.tell(Told { warning: &warning, subject: "Entra" }, &hook(broken), NOW).await.unwrap_err();
    assert!(matches!(error, TellError::Status(403)), "{error:?}");
    refused.await.unwrap();
    assert!(heard.await.unwrap().contains("RCPT TO:<ilo@"));
    assert!(delivered.len() == 1 && delivered[0].starts_with("mail:") && !delivered[0].contains("ilo"), "{delivered:?}");
    // The postman has gone: another letter would be an error. The webhook has moved, and is asked.
    warning.alert = warning.alert.failed(NOW, delivered);
    let (mended, taken) = receiver("204 No Content").await;
    alerts.tell(Told { warning: &warning, subject: "Entra" }, &hook(mended), NOW).await.unwrap();
    taken.await.unwrap();
    warning.alert = model::warning::Alert::due(NOW);
    let (again, heard_again) = receiver("204 No Content").await;
    let failed = alerts.tell(Told { warning: &warning, subject: "Entra" }, &hook(again), NOW).await.unwrap_err();
    assert!(matches!(failed.error, TellError::Refused(_)), "raised again, everybody is told again: {:?}", failed.error);
    heard_again.await.unwrap();
}

#[tokio::test]
async fn people_without_a_mail_server_are_an_error_and_not_silence() {
    let mail_to = vec!["tessa@harbourworks.example".parse().unwrap()];
    let stored = Stored { delivery: Some(AlertDelivery { webhook_url: None, mail_to, updated_at: NOW }), secret: None };
    let alerts = Alerts::open(&config::Alerts::default(), client(&[]), "https://team.harbourworks.example").unwrap();
    let warning = warning();
    let failed = alerts.tell(Told { warning: &warning, subject: "Entra" }, &stored, NOW).await.unwrap_err().error;
    assert!(matches!(failed, TellError::NoMailServer), "{failed:?}");
}

#[test]
fn a_secret_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("doorward-secret-{}", WarningId::random()));
    std::fs::write(&file, "x").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(secret(&file), Err(AlertsError::Open(_))));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(secret(&file).unwrap(), "x");
    std::fs::write(&file, " \n").unwrap();
    assert!(matches!(secret(&file), Err(AlertsError::Empty(_))));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(secret(&file), Err(AlertsError::File(..))));
}
