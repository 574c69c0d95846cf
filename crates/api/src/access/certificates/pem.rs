//! An authority's certificate as it is sent: PEM, one authority or a bundle of them, and nothing else.

use model::Timestamp;
use x509_parser::{certificate::X509Certificate, pem::Pem, prelude::FromDer};

use super::md5;

/// Most certificates of a bundle.
const MOST: usize = 20;

/// What an authority's certificate says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// Of the first certificate: MD5 of its DER form, in upper-case hexadecimal with colons.
    pub fingerprint: String,
    /// The first end of validity among them.
    pub expires_on: Timestamp,
}

/// Reads the text. The error says what is wrong and what to send.
pub(super) fn read(text: &str, now: Timestamp) -> Result<Authority, String> {
    let blocks: Vec<Pem> = Pem::iter_from_buffer(text.as_bytes())
        .take(MOST + 1)
        .collect::<Result<_, _>>()
        .map_err(|_| "is not PEM: it begins with -----BEGIN CERTIFICATE----- and ends with -----END CERTIFICATE-----".to_owned())?;
    if blocks.len() > MOST {
        return Err(format!("holds more than {MOST} certificates"));
    }
    let mut found: Option<Authority> = None;
    for (at, block) in blocks.iter().enumerate() {
        let authority = one(block, now)
            .map_err(|why| if blocks.len() == 1 { why } else { format!("certificate {} of {}: {why}", at + 1, blocks.len()) })?;
        found = Some(match found {
            Some(first) => Authority { expires_on: first.expires_on.min(authority.expires_on), ..first },
            None => authority,
        });
    }
    found.ok_or_else(|| "holds no certificate: send it as PEM, beginning with -----BEGIN CERTIFICATE-----".to_owned())
}

fn one(block: &Pem, now: Timestamp) -> Result<Authority, String> {
    if block.label.contains("PRIVATE KEY") {
        return Err("holds a private key: send the authority's certificate alone, and keep the key to yourself".into());
    }
    if block.label != "CERTIFICATE" {
        let label: String = block.label.chars().take(40).collect();
        return Err(format!("holds a {label:?}: send the authority's certificate alone"));
    }
    let (rest, certificate) = X509Certificate::from_der(&block.contents).map_err(|_| "is not an X.509 certificate".to_owned())?;
    if !rest.is_empty() {
        return Err("is not an X.509 certificate: something follows it".into());
    }
    if !certificate.is_ca() {
        let name: String = certificate.subject().to_string().chars().take(80).collect();
        return Err(format!(
            "{name:?} is not an authority's certificate (CA:TRUE is missing): send the one that signs client certificates"
        ));
    }
    let expires_on = Timestamp::from_millis(certificate.validity().not_after.timestamp().saturating_mul(1000));
    if expires_on <= now {
        return Err(format!("ended on {}: send one that is valid", expires_on.rfc3339()));
    }
    let digest = md5::digest(&block.contents);
    let fingerprint = digest.map(|byte| format!("{byte:02X}")).join(":");
    Ok(Authority { fingerprint, expires_on })
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(is_ca: IsCa, year: i32) -> (String, KeyPair) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = is_ca;
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), key)
    }

    #[test]
    fn authorities_are_read_and_nothing_else() {
        let now = Timestamp::from_millis(1_772_611_200_000);
        let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
        let ((good, key), (other, _)) = (certificate(ca(), 2030), certificate(ca(), 2028));
        let read = |text: &str| super::read(text, now);
        let alone = read(&good).unwrap();
        assert_eq!((alone.fingerprint.len(), alone.expires_on.rfc3339().as_str()), (47, "2030-01-01T00:00:00Z"));
        let bundle = read(&format!("# harbour\n{good}\n{other}")).unwrap();
        assert_eq!((bundle.fingerprint, bundle.expires_on.rfc3339().as_str()), (alone.fingerprint, "2028-01-01T00:00:00Z"));
        let table = [
            (String::new(), "holds no certificate"),
            ("hello".into(), "holds no certificate"),
            (good[..good.len() / 2].to_owned(), "PEM"),
            (key.serialize_pem(), "private key"),
            (format!("{good}{}", key.serialize_pem()), "private key"),
            (certificate(IsCa::NoCa, 2030).0, "CA:TRUE"),
            (certificate(IsCa::ExplicitNoCa, 2030).0, "CA:TRUE"),
            (certificate(ca(), 2026).0, "ended on 2026-01-01T00:00:00Z"),
            (good.repeat(21), "more than 20"),
            (good.replace("CERTIFICATE", "CERTIFICATE REQUEST"), "CERTIFICATE REQUEST"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(), "X.509"),
        ];
        for (text, expect) in table {
            let why = read(&text).unwrap_err();
            assert!(why.contains(expect), "{expect}: {why}");
        }
    }
}
