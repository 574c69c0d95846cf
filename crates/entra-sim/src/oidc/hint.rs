//! Owns the `login_hint` claim: an opaque value that names an account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::directory::user::User;

/// The claim's value for a person.
pub fn claim(person: ObjectId) -> String {
    format!("O.{}", URL_SAFE_NO_PAD.encode(person.guid().as_bytes()))
}

/// The person that a hint names: the claim's value, a user name or a mail address.
pub fn person<'d>(directory: &'d Directory, hint: &str) -> Option<&'d User> {
    let opaque = hint
        .strip_prefix("O.")
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .and_then(|bytes| Uuid::from_slice(&bytes).ok())
        .and_then(|id| directory.account(ObjectId::new(id)))
        .filter(|user| user.is_live());
    opaque.or_else(|| directory.login(None, hint))
}
