//! Statements of SCIM resources.

use super::statements;

statements! {
    /// Puts a resource.
    PUT(idp: Text, kind: Text, id: Text, external_id_folded: OptText, user_name_folded: OptText, display_name_folded: OptText,
        email_folded: OptText, active: Int, created_at: Int, doc: Text) -> () =
        "INSERT INTO provisioned (account_no, idp, kind, id, external_id_folded, user_name_folded, display_name_folded, email_folded, active, created_at, doc) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (account_no, id) DO UPDATE SET external_id_folded = excluded.external_id_folded, user_name_folded = excluded.user_name_folded, \
         display_name_folded = excluded.display_name_folded, email_folded = excluded.email_folded, active = excluded.active, \
         created_at = excluded.created_at, doc = excluded.doc";
    /// By id.
    BY_ID(idp: Text, kind: Text, id: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND id = $4";
    /// To whom an id belongs.
    PLACE(id: Text) -> (idp: Text, kind: Text) = "SELECT idp, kind FROM provisioned WHERE account_no = $1 AND id = $2";
    /// By `userName`.
    BY_USER_NAME(idp: Text, kind: Text, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND user_name_folded = $4 ORDER BY created_at, id";
    /// By `externalId`.
    BY_EXTERNAL_ID(idp: Text, kind: Text, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND external_id_folded = $4 ORDER BY created_at, id";
    /// By `displayName`.
    BY_DISPLAY_NAME(idp: Text, kind: Text, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND display_name_folded = $4 ORDER BY created_at, id";
    /// By work e-mail.
    BY_EMAIL(idp: Text, kind: Text, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND email_folded = $4 ORDER BY created_at, id";
    /// A page in order of creation.
    PAGE(idp: Text, kind: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 ORDER BY created_at, id LIMIT $4 OFFSET $5";
    /// How many there are.
    COUNT(idp: Text, kind: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3";
    /// All, in order of creation.
    EACH(idp: Text, kind: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 ORDER BY created_at, id";
    /// Removes one.
    REMOVE(idp: Text, kind: Text, id: Text) -> (id: Text) =
        "DELETE FROM provisioned WHERE account_no = $1 AND idp = $2 AND kind = $3 AND id = $4 RETURNING id";
    /// Removes all of a provider.
    REMOVE_ALL(idp: Text) -> () = "DELETE FROM provisioned WHERE account_no = $1 AND idp = $2";
}
