//! What is sealed opens only in its place, with its key, for its purpose.

use super::*;

fn sealer(byte: u8) -> Sealer {
    Sealer::new(Rings::derive(&SealingKey::from_bytes([byte; 32])), &[7; 32])
}

#[test]
fn sealed_values_open_for_the_same_purpose_and_place_only() {
    let sealer = sealer(1);
    let sealed = sealer.seal(Purpose::LoginState, b"here", b"secret of Mara");
    assert_eq!(sealer.open(Purpose::LoginState, b"here", &sealed).as_deref(), Some(&b"secret of Mara"[..]));
    assert_eq!(sealer.open(Purpose::LoginState, b"there", &sealed), None);
    assert_eq!(sealer.open(Purpose::TransferTicket, b"here", &sealed), None);
    for at in 0..sealed.len() {
        let mut bent = sealed.clone();
        bent[at] ^= 1;
        assert_eq!(sealer.open(Purpose::LoginState, b"here", &bent), None, "byte {at}");
        assert_eq!(sealer.open(Purpose::LoginState, b"here", &sealed[..at]), None, "cut at {at}");
    }
    assert_ne!(sealed, sealer.seal(Purpose::LoginState, b"here", b"secret of Mara"));
}

#[test]
fn a_row_moved_to_another_id_does_not_open() {
    let sealer = Rings::derive(&SealingKey::from_bytes([1; 32]));
    let sealed = sealer.seal_row("idp", "a", b"x");
    assert!(sealer.open_row("idp", "a", sealer.key_id(), &sealed).is_some());
    assert!(sealer.open_row("idp", "b", sealer.key_id(), &sealed).is_none());
    assert!(sealer.open_row("key", "a", sealer.key_id(), &sealed).is_none());
    assert!(sealer.open_row("idp", "a", "0000000000000000", &sealed).is_none());
}

#[test]
fn the_previous_key_still_opens_and_no_longer_seals() {
    let old = sealer(1);
    let new = Sealer::new(Rings::derive(&SealingKey::from_bytes([2; 32]).with_previous([1; 32])), &[7; 32]);
    let ticket = old.seal(Purpose::TransferTicket, b"", b"x");
    assert!(new.open(Purpose::TransferTicket, b"", &ticket).is_some());
    assert!(new.rings().open_row("idp", "a", old.rings().key_id(), &old.rings().seal_row("idp", "a", b"x")).is_some());
    assert!(old.open(Purpose::TransferTicket, b"", &new.seal(Purpose::TransferTicket, b"", b"x")).is_none());
    assert!(new.matches(Purpose::ApiToken, "t", &old.hash(Purpose::ApiToken, "t")), "hashes outlive the sealing key");
}

#[test]
fn hashes_match_their_secret_and_purpose_only() {
    let sealer = sealer(1);
    let hash = sealer.hash(Purpose::ServiceToken, "s3cret");
    assert_eq!(hash.expose().len(), 64);
    assert!(sealer.matches(Purpose::ServiceToken, "s3cret", &hash));
    assert!(!sealer.matches(Purpose::ServiceToken, "s3cret ", &hash));
    assert!(!sealer.matches(Purpose::ApiToken, "s3cret", &hash));
    for odd in ["", "zz", "ab", &hash.expose()[..62]] {
        assert!(!sealer.matches(Purpose::ServiceToken, "s3cret", &Secret::new(odd)), "{odd:?}");
    }
}

#[test]
fn keys_do_not_print() {
    let key = SealingKey::from_bytes([0xab; 32]).with_previous([0xcd; 32]);
    assert_eq!(format!("{key:?}"), "SealingKey(***)");
    let public_name = Rings::derive(&key).key_id().to_owned();
    assert_eq!(public_name.len(), 16);
    assert_eq!(format!("{:?}", Sealer::new(Rings::derive(&key), &[7; 32])), format!("Sealer({public_name})"));
}
