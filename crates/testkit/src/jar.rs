//! A browser's cookies: host-only, as every cookie of the door is.

use std::collections::BTreeMap;

use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

/// Cookies by host and name.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    hosts: BTreeMap<String, BTreeMap<String, String>>,
}

impl Jar {
    /// Takes a `Set-Cookie` value of a host; one that has expired removes the cookie.
    pub fn take(&mut self, host: &str, set_cookie: &str, now: OffsetDateTime) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let over = parts.filter_map(|part| part.split_once('=')).any(|(key, value)| match key.to_ascii_lowercase().as_str() {
            "expires" => expires(value).is_none_or(|end| end <= now),
            "max-age" => value.parse::<i64>().is_ok_and(|secs| secs <= 0),
            _ => false,
        });
        let cookies = self.hosts.entry(host.to_owned()).or_default();
        if over {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The `Cookie` value for a host.
    pub fn header(&self, host: &str) -> Option<String> {
        let cookies = self.hosts.get(host)?;
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// A cookie of a host.
    pub fn get(&self, host: &str, name: &str) -> Option<String> {
        self.hosts.get(host)?.get(name).cloned()
    }

    /// Plants a cookie.
    pub fn put(&mut self, host: &str, name: &str, value: &str) {
        self.hosts.entry(host.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// Takes a cookie out.
    pub fn remove(&mut self, host: &str, name: &str) {
        if let Some(cookies) = self.hosts.get_mut(host) {
            cookies.remove(name);
        }
    }
}

/// Reads the date of an `Expires` attribute (RFC 9110 section 5.6.7, the preferred form).
pub(crate) fn expires(text: &str) -> Option<OffsetDateTime> {
    let form = format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    PrimitiveDateTime::parse(text, form).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_replaced_and_expired_ones_go() {
        let (mut jar, now) = (Jar::default(), OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
        jar.take("a.localhost", "one=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Path=/", now);
        jar.take("a.localhost", "two=2; Path=/", now);
        jar.take("b.localhost", "one=3", now);
        assert_eq!(jar.header("a.localhost").unwrap(), "one=1; two=2");
        jar.take("a.localhost", "one=; Expires=Thu, 01 Jan 1970 00:00:01 GMT", now);
        assert_eq!(jar.header("a.localhost").unwrap(), "two=2");
        assert_eq!(jar.get("b.localhost", "one").unwrap(), "3");
        jar.take("b.localhost", "one=; Max-Age=0", now);
        assert_eq!(jar.header("b.localhost"), None);
    }
}
