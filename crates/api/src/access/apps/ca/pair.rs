//! A fresh key pair (ECDSA on P-256), its public half as OpenSSH writes it.

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Secret;
use zeroize::Zeroizing;

const ALGORITHM: &str = "ecdsa-sha2-nistp256";

/// The public line with this comment, and the private half (base64 of PKCS #8 in DER).
pub(super) fn generate(comment: &str) -> Result<(String, Secret), Unspecified> {
    let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref()).map_err(|_| Unspecified)?;
    let text = Zeroizing::new(STANDARD.encode(private.as_ref()));
    Ok((public_line(pair.public_key().as_ref(), comment), Secret::new(text.as_str())))
}

/// RFC 5656 section 3.1: three strings, each behind its length.
fn public_line(point: &[u8], comment: &str) -> String {
    let mut blob = Vec::with_capacity(104);
    for part in [ALGORITHM.as_bytes(), b"nistp256", point] {
        blob.extend_from_slice(&u32::try_from(part.len()).unwrap_or(0).to_be_bytes());
        blob.extend_from_slice(part);
    }
    format!("{ALGORITHM} {} {comment}", STANDARD.encode(blob))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_line_is_one_that_openssh_reads() {
        let (line, private) = generate("open-ssh-ca@team.localhost").unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!((words[0], words[2]), (ALGORITHM, "open-ssh-ca@team.localhost"));
        assert!(words[1].starts_with("AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBB"), "{line}");
        let blob = STANDARD.decode(words[1]).unwrap();
        let der = STANDARD.decode(private.expose()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
        assert_eq!((blob.len(), &blob[39..]), (104, pair.public_key().as_ref()));
    }
}
