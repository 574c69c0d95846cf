//! Where a text stops being TOML and why, without showing the line: a secret may stand in it.

/// `line 12, column 7: …`. No key is told: where a text is broken, what stands in a key's place may be the rest of a secret.
pub(super) fn told(text: &str, error: &toml::de::Error) -> String {
    let why = error.message();
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return why.to_owned() };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_and_never_what_stands_there() {
        for (text, begins) in [
            ("[alerts]\nwebhook_url = \"https://hooks.example/s3cret\n", "line 2, column "),
            ("[alerts]\nwebhook_url = https://hooks.example/s3cret\n", "line 2, column "),
            ("[a]\nx = 1\ns3cret s3cret\n", "line 3, column "),
            ("x = 1\nx = \"s3cret\"\n", "line 2, column "),
            ("a = \"\u{e9}\", s3cret", "line 1, column "),
            ("[alerts]\nwebhook_secret =\ns3cret==\n", "line "),
            ("[s3cret]\nx = 1\n[s3cret]\n", "line 3, column "),
        ] {
            let error = text.parse::<toml::Table>().unwrap_err();
            let told = told(text, &error);
            assert!(told.starts_with(begins) && !told.contains("s3cret") && !told.contains('\n'), "{told}");
        }
    }
}
