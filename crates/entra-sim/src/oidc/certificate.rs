//! Owns the certificates that signing keys are published with (`x5c`); their thumbprint is the key's id.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use rcgen::{CertificateParams, DistinguishedName, DnType, PKCS_RSA_SHA256};
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::config::StartError;

/// Makes a key's self-signed certificate, the same one each time.
pub fn of(pair: &KeyPair) -> Result<Vec<u8>, StartError> {
    let der = AsDer::<Pkcs8V1Der<'static>>::as_der(pair).map_err(|_| StartError::Key)?;
    let der = PrivatePkcs8KeyDer::from(der.as_ref());
    let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256).map_err(|_| StartError::Key)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "accounts.accesscontrol.windows.net");
    // Fixed dates keep the thumbprint, and with it the key's id, over restarts.
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2044, 1, 1);
    let certificate = params.self_signed(&key).map_err(|_| StartError::Key)?;
    Ok(certificate.der().to_vec())
}
