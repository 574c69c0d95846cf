//! Certificates of every kind before one authority.

use model::CertificateId;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::*;

type Signer = Issuer<'static, KeyPair>;

struct Made {
    signer: Signer,
    der: CertificateDer<'static>,
    pem: String,
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn params(name: &str, from: i64, until: i64) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (now() + Duration::days(from), now() + Duration::days(until));
    params
}

fn authority_named(name: &str, by: Option<&Signer>, until: i64) -> Made {
    let key = KeyPair::generate().unwrap();
    let mut params = params(name, -10, until);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let made = match by {
        Some(by) => params.signed_by(&key, by),
        None => params.self_signed(&key),
    };
    let made = made.unwrap();
    Made { der: made.der().clone(), pem: made.pem(), signer: Issuer::new(params, key) }
}

fn client(by: &Signer, (from, until): (i64, i64), uses: &[ExtendedKeyUsagePurpose]) -> CertificateDer<'static> {
    let mut params = params("tug-7", from, until);
    params.extended_key_usages = uses.to_vec();
    params.signed_by(&KeyPair::generate().unwrap(), by).unwrap().der().clone()
}

fn judge(bundle: &[&Made], chain: &[CertificateDer<'static>]) -> Result<(), CertificateFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let at = Timestamp::from_secs(now().unix_timestamp());
    let certificate = Certificate {
        id: CertificateId::random(),
        name: "Harbour Works clients".into(),
        pem: bundle.iter().map(|made| made.pem.as_str()).collect(),
        fingerprint: String::new(),
        expires_on: at,
        associated_hostnames: vec!["berths.localhost".into()],
        created_at: at,
        updated_at: at,
    };
    authority(&provider, &certificate).judge(&chain[0], &chain[1..], at)
}

#[test]
fn only_what_the_authority_vouches_for_within_its_time_and_for_clients_counts() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let (ours, theirs) = (authority_named("ours", None, 10), authority_named("theirs", None, 10));
    let same_name = authority_named("ours", None, 10);
    let over = authority_named("over", None, -1);
    for (what, by, time, uses, expected) in [
        ("good", &ours, (-1, 1), &[ClientAuth][..], Ok(())),
        ("good among others", &ours, (-1, 1), &[ServerAuth, ClientAuth], Ok(())),
        ("for every purpose", &ours, (-1, 1), &[], Ok(())),
        ("for servers", &ours, (-1, 1), &[ServerAuth], Err(CertificateFault::WrongPurpose)),
        ("expired", &ours, (-2, -1), &[ClientAuth], Err(CertificateFault::Expired)),
        ("from tomorrow", &ours, (1, 2), &[ClientAuth], Err(CertificateFault::NotYetValid)),
        ("of another authority", &theirs, (-1, 1), &[ClientAuth], Err(CertificateFault::UnknownAuthority)),
        ("of another authority of the same name", &same_name, (-1, 1), &[ClientAuth], Err(CertificateFault::UnknownAuthority)),
    ] {
        assert_eq!(judge(&[&ours], &[client(&by.signer, time, uses)]), expected, "{what}");
    }
    let late = client(&over.signer, (-1, 1), &[ClientAuth]);
    assert_eq!(judge(&[&over], &[late]), Err(CertificateFault::UnknownAuthority), "the authority's own time is over");
}

#[test]
fn intermediates_come_with_the_certificate_or_with_the_bundle() {
    let root = authority_named("root", None, 10);
    let middle = authority_named("middle", Some(&root.signer), 10);
    let leaf = client(&middle.signer, (-1, 1), &[ExtendedKeyUsagePurpose::ClientAuth]);
    assert_eq!(judge(&[&root], std::slice::from_ref(&leaf)), Err(CertificateFault::UnknownAuthority));
    assert_eq!(judge(&[&root], &[leaf.clone(), middle.der.clone()]), Ok(()));
    assert_eq!(judge(&[&root, &middle], &[leaf]), Ok(()));
}

#[test]
fn what_is_told_of_a_certificate_is_read_from_it() {
    let ours = authority_named("ours", None, 10);
    let shown = read(&client(&ours.signer, (-1, 1), &[])).unwrap();
    assert_eq!((shown.common_name.as_deref(), shown.issuer.as_str()), (Some("tug-7"), "CN=ours"));
    assert_eq!((shown.sha256.len(), shown.issuer_key.is_empty(), shown.serial.is_empty()), (64, false, false));
    assert_eq!(shown.expires_at, Timestamp::from_secs((now() + Duration::days(1)).unix_timestamp()));
}
