//! Statements of nested members that were read from the directory.

use super::statements;

statements! {
    /// Puts how the expansion of a group stands.
    PUT(group_id: Text, idp: Text, begun_at: Int, read_at: OptInt, tried_at: Int, why: OptText) -> () =
        "INSERT INTO expansion (account_no, group_id, idp, begun_at, read_at, tried_at, why) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (account_no, group_id) DO UPDATE SET idp = excluded.idp, begun_at = excluded.begun_at, read_at = excluded.read_at, \
         tried_at = excluded.tried_at, why = excluded.why";
    /// How the expansions of a provider stand.
    OF_IDP(idp: Text) -> (group_id: Text, begun_at: Int, read_at: OptInt, tried_at: Int, why: OptText) =
        "SELECT group_id, begun_at, read_at, tried_at, why FROM expansion WHERE account_no = $1 AND idp = $2 ORDER BY group_id";
    /// How the expansion of a group stands.
    OF_GROUP(group_id: Text) -> (group_id: Text, begun_at: Int, read_at: OptInt, tried_at: Int, why: OptText) =
        "SELECT group_id, begun_at, read_at, tried_at, why FROM expansion WHERE account_no = $1 AND group_id = $2";
    /// Providers with expansions.
    IDPS() -> (idp: Text) = "SELECT DISTINCT idp FROM expansion WHERE account_no = $1 ORDER BY idp";
    /// Forgets a group; its members go with it.
    FORGET(group_id: Text) -> () = "DELETE FROM expansion WHERE account_no = $1 AND group_id = $2";
    /// Forgets the groups of a provider; their members go with them.
    FORGET_IDP(idp: Text) -> () = "DELETE FROM expansion WHERE account_no = $1 AND idp = $2";
    /// Adds a member, or ties one to a provisioned user.
    ADD(group_id: Text, object_id: Text, user_id: OptText, display: OptText, since: Int) -> () =
        "INSERT INTO expanded_member (account_no, group_id, object_id, user_id, display, since) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (account_no, group_id, object_id) DO UPDATE SET user_id = excluded.user_id, display = excluded.display";
    /// Takes a member out.
    TAKE_OUT(group_id: Text, object_id: Text) -> () =
        "DELETE FROM expanded_member WHERE account_no = $1 AND group_id = $2 AND object_id = $3";
    /// Takes a provisioned user out of every group.
    LEAVE_ALL(user_id: Text) -> () = "DELETE FROM expanded_member WHERE account_no = $1 AND user_id = $2";
    /// Members of a group.
    MEMBERS(group_id: Text) -> (object_id: Text, user_id: OptText, display: OptText, since: Int) =
        "SELECT object_id, user_id, display, since FROM expanded_member WHERE account_no = $1 AND group_id = $2 ORDER BY object_id";
    /// A page of them.
    PAGE(group_id: Text, limit: Int, offset: Int) -> (object_id: Text, user_id: OptText, display: OptText, since: Int) =
        "SELECT object_id, user_id, display, since FROM expanded_member WHERE account_no = $1 AND group_id = $2 ORDER BY object_id \
         LIMIT $3 OFFSET $4";
    /// How many there are.
    COUNT(group_id: Text) -> (total: Int) = "SELECT count(*) AS total FROM expanded_member WHERE account_no = $1 AND group_id = $2";
    /// Groups of a provisioned user.
    GROUPS_OF_USER(user_id: Text) -> (group_id: Text, since: Int, read_at: OptInt) =
        "SELECT m.group_id, m.since, e.read_at FROM expanded_member m JOIN expansion e ON e.account_no = m.account_no AND e.group_id = m.group_id \
         WHERE m.account_no = $1 AND m.user_id = $2 ORDER BY m.group_id";
    /// Groups of a person by object id.
    GROUPS_OF_OBJECT(object_id: Text) -> (group_id: Text, since: Int, read_at: OptInt) =
        "SELECT m.group_id, m.since, e.read_at FROM expanded_member m JOIN expansion e ON e.account_no = m.account_no AND e.group_id = m.group_id \
         WHERE m.account_no = $1 AND m.object_id = $2 ORDER BY m.group_id";
}
