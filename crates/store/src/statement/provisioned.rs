//! Statements of SCIM resources.

use super::statements;

statements! {
    /// Adds a resource; no row when its id or its name is taken.
    ADD(population_no: Int, id: Text, name_folded: OptText, external_id_folded: OptText, display_name_folded: OptText, email_folded: OptText,
        active: Int, created_at: Int, doc: Text) -> (no: Int) =
        "INSERT INTO provisioned (account_no, population_no, id, name_folded, external_id_folded, display_name_folded, email_folded, active, created_at, doc) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING no";
    /// What is indexed of a resource, and where it belongs.
    KEYS(id: Text) -> (no: Int, population_no: Int, name_folded: OptText, external_id_folded: OptText, display_name_folded: OptText,
        email_folded: OptText, active: Int, created_at: Int) =
        "SELECT no, population_no, name_folded, external_id_folded, display_name_folded, email_folded, active, created_at \
         FROM provisioned WHERE account_no = $1 AND id = $2";
    /// Replaces what is indexed and the document.
    REPLACE(name_folded: OptText, external_id_folded: OptText, display_name_folded: OptText, email_folded: OptText, active: Int, created_at: Int,
        doc: Text, account_no: Account, no: Int) -> () =
        "UPDATE provisioned SET name_folded = $1, external_id_folded = $2, display_name_folded = $3, email_folded = $4, active = $5, created_at = $6, \
         doc = $7 WHERE account_no = $8 AND no = $9";
    /// Replaces the document alone: no index is touched.
    REWRITE(doc: Text, account_no: Account, no: Int) -> () = "UPDATE provisioned SET doc = $1 WHERE account_no = $2 AND no = $3";
    /// The number of a resource.
    NUMBER(id: Text) -> (no: Int) = "SELECT no FROM provisioned WHERE account_no = $1 AND id = $2";
    /// The kind of a provider's resource.
    KIND(idp: Text, id: Text) -> (kind: Text) =
        "SELECT n.kind FROM provisioned p JOIN population n ON n.no = p.population_no WHERE p.account_no = $1 AND n.idp = $2 AND p.id = $3";
    /// The number of the one with this name.
    NAMED(population_no: Int, name_folded: Text) -> (no: Int) =
        "SELECT no FROM provisioned WHERE account_no = $1 AND population_no = $2 AND name_folded = $3";
    /// By id.
    BY_ID(population_no: Int, id: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND id = $3";
    /// By a user's `userName` or a group's `displayName`.
    BY_NAME(population_no: Int, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND name_folded = $3";
    /// By `externalId`.
    BY_EXTERNAL_ID(population_no: Int, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND external_id_folded = $3";
    /// By a user's `displayName`.
    BY_DISPLAY_NAME(population_no: Int, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND display_name_folded = $3";
    /// By work e-mail.
    BY_EMAIL(population_no: Int, value: Text) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND email_folded = $3";
    /// A page in order of creation.
    PAGE(population_no: Int, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 ORDER BY created_at, no LIMIT $3 OFFSET $4";
    /// Some whose name holds a pattern, by name.
    NAMED_LIKE(population_no: Int, pattern: Text, limit: Int) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND name_folded LIKE $3 ESCAPE '!' \
         ORDER BY name_folded LIMIT $4";
    /// A page of those with a part of a name or address, in order of creation.
    PAGE_OF_PART(population_no: Int, pattern: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND (name_folded LIKE $3 ESCAPE '!' \
         OR display_name_folded LIKE $3 ESCAPE '!' OR email_folded LIKE $3 ESCAPE '!') ORDER BY created_at, no LIMIT $4 OFFSET $5";
    /// How many those are.
    COUNT_OF_PART(population_no: Int, pattern: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM provisioned WHERE account_no = $1 AND population_no = $2 AND (name_folded LIKE $3 ESCAPE '!' \
         OR display_name_folded LIKE $3 ESCAPE '!' OR email_folded LIKE $3 ESCAPE '!')";
    /// All, in order of creation.
    EACH(population_no: Int) -> (doc: Text) =
        "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 ORDER BY created_at, no";
    /// Those that are inactive.
    INACTIVE(population_no: Int) -> (doc: Text) = "SELECT doc FROM provisioned WHERE account_no = $1 AND population_no = $2 AND active = 0";
    /// Removes one.
    REMOVE(no: Int) -> () = "DELETE FROM provisioned WHERE account_no = $1 AND no = $2";
    /// Removes all of a provider.
    REMOVE_ALL(idp: Text) -> () =
        "DELETE FROM provisioned WHERE account_no = $1 AND population_no IN (SELECT n.no FROM population n WHERE n.account_no = $1 AND n.idp = $2)";
}
