//! Statements of the provisioning log.

use super::statements;

statements! {
    /// Adds a record.
    ADD(no: Int, at: Int, upto: Int, idp: Text, kind: Text, method: Text, status: Int, resource: OptText, external_id_folded: OptText,
        email_folded: OptText, group_folded: OptText, doc: Text, request: OptText, doc_before: OptText, doc_after: OptText) -> () =
        "INSERT INTO provisioning_log (account_no, no, at, upto, idp, kind, method, status, resource, external_id_folded, email_folded, \
         group_folded, doc, request, doc_before, doc_after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    /// The youngest record's number, and the size of all up to it.
    LAST() -> (no: Int, upto: Int) = "SELECT no, upto FROM provisioning_log WHERE account_no = $1 ORDER BY no DESC LIMIT 1";
    /// One record.
    ONE(no: Int) -> (at: Int, idp: Text, kind: Text, method: Text, status: Int, resource: OptText, doc: Text, request: OptText,
        doc_before: OptText, doc_after: OptText) =
        "SELECT at, idp, kind, method, status, resource, doc, request, doc_before, doc_after FROM provisioning_log \
         WHERE account_no = $1 AND no = $2";
    /// The next provider in the log after the one of this name.
    NEXT_IDP(idp: Text) -> (idp: Text) =
        "SELECT idp FROM provisioning_log WHERE account_no = $1 AND idp > $2 ORDER BY idp LIMIT 1";
    /// Numbers of a page of a provider's, newest first.
    PAGE_DOWN(idp: Text, since: Int, until: Int, limit: Int, offset: Int) -> (no: Int) =
        "SELECT no FROM provisioning_log WHERE account_no = $1 AND idp = $2 AND at >= $3 AND at < $4 \
         ORDER BY at DESC, no DESC LIMIT $5 OFFSET $6";
    /// Numbers of a page of a provider's, oldest first.
    PAGE_UP(idp: Text, since: Int, until: Int, limit: Int, offset: Int) -> (no: Int) =
        "SELECT no FROM provisioning_log WHERE account_no = $1 AND idp = $2 AND at >= $3 AND at < $4 ORDER BY at, no LIMIT $5 OFFSET $6";
    /// How many those are.
    COUNT(idp: Text, since: Int, until: Int) -> (total: Int) =
        "SELECT count(*) AS total FROM provisioning_log WHERE account_no = $1 AND idp = $2 AND at >= $3 AND at < $4";
    /// A provider's records by what its index holds.
    OF_IDP(idp: Text, since: Int, until: Int) -> (at: Int, no: Int, kind: Text, method: Text, status: Int) =
        "SELECT at, no, kind, method, status FROM provisioning_log WHERE account_no = $1 AND idp = $2 AND at >= $3 AND at < $4 \
         ORDER BY at, no";
    /// A resource's records by what is looked for.
    OF_RESOURCE(value: Text, since: Int, until: Int) -> (at: Int, no: Int, kind: Text, method: Text, status: Int, idp: Text,
        resource: OptText, external_id_folded: OptText, email_folded: OptText, group_folded: OptText) =
        "SELECT at, no, kind, method, status, idp, resource, external_id_folded, email_folded, group_folded FROM provisioning_log \
         WHERE account_no = $1 AND resource = $2 AND at >= $3 AND at < $4 ORDER BY at";
    /// Those with an `externalId`.
    OF_EXTERNAL_ID(value: Text, since: Int, until: Int) -> (at: Int, no: Int, kind: Text, method: Text, status: Int, idp: Text,
        resource: OptText, external_id_folded: OptText, email_folded: OptText, group_folded: OptText) =
        "SELECT at, no, kind, method, status, idp, resource, external_id_folded, email_folded, group_folded FROM provisioning_log \
         WHERE account_no = $1 AND external_id_folded = $2 AND at >= $3 AND at < $4 ORDER BY at";
    /// Those of users with an address.
    OF_EMAIL(value: Text, since: Int, until: Int) -> (at: Int, no: Int, kind: Text, method: Text, status: Int, idp: Text,
        resource: OptText, external_id_folded: OptText, email_folded: OptText, group_folded: OptText) =
        "SELECT at, no, kind, method, status, idp, resource, external_id_folded, email_folded, group_folded FROM provisioning_log \
         WHERE account_no = $1 AND email_folded = $2 AND at >= $3 AND at < $4 ORDER BY at";
    /// Those of groups with a name.
    OF_GROUP(value: Text, since: Int, until: Int) -> (at: Int, no: Int, kind: Text, method: Text, status: Int, idp: Text,
        resource: OptText, external_id_folded: OptText, email_folded: OptText, group_folded: OptText) =
        "SELECT at, no, kind, method, status, idp, resource, external_id_folded, email_folded, group_folded FROM provisioning_log \
         WHERE account_no = $1 AND group_folded = $2 AND at >= $3 AND at < $4 ORDER BY at";
    /// The oldest records.
    OLDEST(limit: Int) -> (no: Int, at: Int, upto: Int) =
        "SELECT no, at, upto FROM provisioning_log WHERE account_no = $1 ORDER BY no LIMIT $2";
    /// Removes records up to a number.
    PRUNE(no: Int) -> () = "DELETE FROM provisioning_log WHERE account_no = $1 AND no <= $2";
}
