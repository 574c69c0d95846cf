//! Statements of the guard against mass deactivation.

use super::statements;

statements! {
    /// Counts one more in a minute.
    COUNT_ONE(idp: Text, minute: Int) -> () =
        "INSERT INTO deactivation (account_no, idp, minute, people) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (account_no, idp, minute) DO UPDATE SET people = deactivation.people + 1";
    /// Counts one less in a minute.
    COUNT_ONE_LESS(account_no: Account, idp: Text, minute: Int) -> () =
        "UPDATE deactivation SET people = people - 1 WHERE account_no = $1 AND idp = $2 AND minute = $3 AND people > 0";
    /// In which minute a person was counted.
    COUNTED_IN(idp: Text, person: Text) -> (minute: Int) = "SELECT minute FROM deactivated WHERE account_no = $1 AND idp = $2 AND person = $3";
    /// Notes in which minute a person was counted.
    NOTE(idp: Text, person: Text, minute: Int) -> () =
        "INSERT INTO deactivated (account_no, idp, person, minute) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_no, idp, person) DO UPDATE SET minute = excluded.minute";
    /// Forgets who was counted before a minute.
    FORGET_NOTED(idp: Text, before: Int) -> () = "DELETE FROM deactivated WHERE account_no = $1 AND idp = $2 AND minute < $3";
    /// What was counted since a minute.
    COUNTED(idp: Text, since: Int) -> (people: Int) =
        "SELECT people FROM deactivation WHERE account_no = $1 AND idp = $2 AND minute >= $3";
    /// Forgets what was counted before a minute.
    FORGET_COUNTED(idp: Text, before: Int) -> () = "DELETE FROM deactivation WHERE account_no = $1 AND idp = $2 AND minute < $3";
    /// Holds something; what is held already stays.
    HOLD(idp: Text, kind: Text, resource: Text, subject: Text, held_at: Int, external_id_folded: OptText, user_name_folded: OptText,
        doc: Text) -> () =
        "INSERT INTO held (account_no, idp, kind, resource, subject, held_at, external_id_folded, user_name_folded, doc) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_no, idp, kind, resource, subject) DO NOTHING";
    /// What is held, the oldest first.
    PAGE(idp: Text, limit: Int) -> (kind: Text, resource: Text, subject: Text, held_at: Int, doc: Text) =
        "SELECT kind, resource, subject, held_at, doc FROM held WHERE account_no = $1 AND idp = $2 \
         ORDER BY held_at, resource, kind, subject LIMIT $3";
    /// How many of a kind.
    COUNT(idp: Text, kind: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM held WHERE account_no = $1 AND idp = $2 AND kind = $3";
    /// Held deletions by `externalId`.
    BY_EXTERNAL_ID(idp: Text, value: Text) -> (resource: Text) =
        "SELECT resource FROM held WHERE account_no = $1 AND idp = $2 AND external_id_folded = $3 ORDER BY resource";
    /// Held deletions by `userName`.
    BY_USER_NAME(idp: Text, value: Text) -> (resource: Text) =
        "SELECT resource FROM held WHERE account_no = $1 AND idp = $2 AND user_name_folded = $3 ORDER BY resource";
    /// Holds one thing no longer.
    LET_GO(idp: Text, kind: Text, resource: Text, subject: Text) -> () =
        "DELETE FROM held WHERE account_no = $1 AND idp = $2 AND kind = $3 AND resource = $4 AND subject = $5";
    /// Holds nothing of a kind and provisioned user any longer.
    LET_GO_OF(idp: Text, kind: Text, resource: Text) -> (subject: Text) =
        "DELETE FROM held WHERE account_no = $1 AND idp = $2 AND kind = $3 AND resource = $4 RETURNING subject";
    /// Holds nothing of a provider any longer.
    LET_ALL_GO(idp: Text) -> () = "DELETE FROM held WHERE account_no = $1 AND idp = $2";
}
