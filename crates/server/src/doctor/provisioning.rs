//! `doorward provisioning log` and `doorward provisioning export`: what provisioning clients wrote, as the running server tells it.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{
    Form, Order,
    ask::{AskError, Client},
};

/// Most records that are shown at once.
const MOST: u32 = 100;

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// One JSON object a line.
    Ndjson,
    /// A table.
    Csv,
}

/// The newest records of one login method or of all, the newest last.
///
/// Errors: files that cannot be read, a server that does not answer or refuses, a login method that is not there.
pub async fn log(order: &Order, since: Option<&str>, form: Form) -> Result<String, AskError> {
    let (client, account, query) = asked(order, since).await?;
    let path = format!("accounts/{account}/doorward/provisioning_log?per_page={MOST}&{query}");
    let mut records = client.call(Method::GET, &path, None).await?;
    let records = records.as_array_mut().map(std::mem::take).unwrap_or_default();
    Ok(match form {
        Form::Json => records.iter().rev().map(|record| format!("{record}\n")).collect(),
        Form::Text if records.is_empty() => "No write of a provisioning client is logged.\n".into(),
        Form::Text => records.iter().rev().map(line).collect(),
    })
}

/// Writes every record to a file or, without one, to standard output, the oldest first.
///
/// Errors: those of [`log`], and what the file system says.
pub async fn export(order: &Order, since: Option<&str>, format: Export, output: Option<&PathBuf>) -> Result<(), AskError> {
    let (client, account, query) = asked(order, since).await?;
    let format = match format {
        Export::Ndjson => "ndjson",
        Export::Csv => "csv",
    };
    let path = format!("accounts/{account}/doorward/provisioning_log/export?format={format}&{query}");
    let name = output.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    let failed = |error: io::Error| AskError::Written(name.clone(), error);
    // Opened when the server has begun to answer: what it refuses must not cost the file of the last time.
    let mut sink: Option<Box<dyn Write>> = None;
    let take = &mut |part: &[u8]| {
        let sink = match &mut sink {
            Some(sink) => sink,
            none => none.insert(open(output).map_err(failed)?),
        };
        sink.write_all(part).map_err(failed)
    };
    client.download(&path, take).await?;
    match sink {
        Some(mut sink) => sink.flush().map_err(failed),
        None => open(output).map(drop).map_err(failed),
    }
}

/// A file that is made here is for its owner only: it names people.
fn open(output: Option<&PathBuf>) -> io::Result<Box<dyn Write>> {
    Ok(match output {
        Some(path) => Box::new(File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?),
        None => Box::new(io::stdout().lock()),
    })
}

async fn asked(order: &Order, since: Option<&str>) -> Result<(Client, String, String), AskError> {
    let client = Client::open(order)?;
    let account = client.account().await?;
    let mut query = Serializer::new(String::new());
    if order.provider.is_some() {
        for provider in client.providers(&account, order.provider.as_deref()).await? {
            query.append_pair("idp_id", &provider.id);
        }
    }
    if let Some(since) = since {
        query.append_pair("since", since);
    }
    let query = query.finish();
    Ok((client, account, query))
}

/// One record on a line: when, what, about whom, how it ended, what followed.
fn line(record: &Value) -> String {
    let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
    let about = ["resource_user_email", "resource_group_name", "idp_resource_id", "cf_resource_id"].map(text);
    let about = about.into_iter().find(|about| !about.is_empty()).unwrap_or("-");
    let mut out = format!(
        "{}  {:<6} {:<5} {about}  {} ({})",
        text("logged_at"),
        text("request_method"),
        text("resource_type"),
        text("status"),
        record["response_status"]
    );
    let effects = record["effects"].as_array().into_iter().flatten().filter_map(|effect| effect["effect"].as_str());
    for what in effects.chain(record.get("error_description").and_then(Value::as_str)) {
        out.push_str("; ");
        out.push_str(what);
    }
    // Names come from people: nothing of theirs steers a terminal.
    let mut out: String = out.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::json;

    use super::*;

    /// Answers each connection with the next of these: a status and a body.
    fn answering(answers: &'static [(u16, &'static str)]) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let length = body.len();
                write!(stream, "HTTP/1.1 {status} Told\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn an_export_that_is_refused_leaves_the_file_of_the_last_time() {
        let folder = std::env::temp_dir().join(format!("doorward-export-{}", model::UserId::random()));
        std::fs::create_dir_all(&folder).unwrap();
        let (token_file, output) = (folder.join("token"), folder.join("changes.csv"));
        std::fs::write(&token_file, "token").unwrap();
        std::fs::write(&output, "the last time").unwrap();
        let order = |api| Order { provider: None, person: None, api, token_file: token_file.clone(), ca_file: None };
        const ACCOUNT: (u16, &str) = (200, r#"{"success":true,"result":[{"id":"a"}]}"#);
        let api = answering(&[ACCOUNT, (400, r#"{"success":false,"errors":[{"message":"since is not a time"}]}"#)]);
        let refused = export(&order(api), Some("yesterday"), Export::Csv, Some(&output)).await.unwrap_err();
        assert!(refused.to_string().contains("since is not a time"), "{refused}");
        assert_eq!(std::fs::read_to_string(&output).unwrap(), "the last time");
        for (body, expected) in [(&[ACCOUNT, (200, "a,b\r\n")], "a,b\r\n"), (&[ACCOUNT, (200, "")], "")] {
            export(&order(answering(body)), None, Export::Csv, Some(&output)).await.unwrap();
            assert_eq!(std::fs::read_to_string(&output).unwrap(), expected);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_line_names_whom_it_is_about_and_what_followed_and_steers_no_terminal() {
        let done = json!({
            "logged_at": "2026-03-04T05:06:07Z", "request_method": "PATCH", "resource_type": "USER", "status": "SUCCESS", "response_status": 200,
            "resource_user_email": "ilo@harbourworks.example", "effects": [{"effect": "sessions_ended"}, {"effect": "seat_freed"}],
        });
        let expected = "2026-03-04T05:06:07Z  PATCH  USER  ilo@harbourworks.example  SUCCESS (200); sessions_ended; seat_freed\n";
        assert_eq!(line(&done), expected);
        let refused = json!({
            "logged_at": "2026-03-04T05:06:07Z", "request_method": "POST", "resource_type": "GROUP", "status": "FAILURE", "response_status": 409,
            "resource_group_name": "Pilots\u{1b}[2J\n", "effects": [], "error_description": "taken",
        });
        assert_eq!(line(&refused), "2026-03-04T05:06:07Z  POST   GROUP Pilots [2J   FAILURE (409); taken\n");
    }
}
