//! Statements of purposes, requests for access and grants.

use super::statements;

statements! {
    /// Keeps a purpose; a later one takes its place.
    GIVE_PURPOSE(nonce: Text, app: Text, policy: Text, doc: Text) -> () =
        "INSERT INTO purpose (account_no, nonce, app, policy, doc) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_no, nonce, app, policy) DO UPDATE SET doc = excluded.doc";
    /// Purposes of all sessions.
    PURPOSES() -> (nonce: Text, doc: Text) = "SELECT nonce, doc FROM purpose WHERE account_no = $1 ORDER BY nonce, app, policy";
    /// One grant.
    GRANT(id: Text) -> (doc: Text) = "SELECT doc FROM access_grant WHERE account_no = $1 AND id = $2";
    /// Puts a grant.
    PUT_GRANT(id: Text, user_id: Text, until_at: Int, created_at: Int, doc: Text) -> () =
        "INSERT INTO access_grant (account_no, id, user_id, until_at, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (account_no, id) DO UPDATE SET until_at = excluded.until_at, doc = excluded.doc";
    /// Removes a grant.
    REMOVE_GRANT(id: Text) -> () = "DELETE FROM access_grant WHERE account_no = $1 AND id = $2";
    /// A person's grants that are not over.
    GRANTS_OF(user_id: Text, now: Int) -> (doc: Text) =
        "SELECT doc FROM access_grant WHERE account_no = $1 AND user_id = $2 AND until_at > $3 ORDER BY created_at, id";
    /// Everybody's grants that are not over.
    GRANTS(now: Int) -> (doc: Text) = "SELECT doc FROM access_grant WHERE account_no = $1 AND until_at > $2 ORDER BY user_id, created_at, id";
    /// A page of all grants, or of those that are not over at a time, the youngest first.
    GRANT_PAGE(now: OptInt, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_grant WHERE account_no = $1 AND (until_at > $2 OR $2 IS NULL) ORDER BY created_at DESC, id LIMIT $3 OFFSET $4";
    /// How many those are.
    GRANT_COUNT(now: OptInt) -> (n: Int) = "SELECT count(*) AS n FROM access_grant WHERE account_no = $1 AND (until_at > $2 OR $2 IS NULL)";
    /// Forgets a person's grants.
    FORGET_GRANTS_OF(user_id: Text) -> () = "DELETE FROM access_grant WHERE account_no = $1 AND user_id = $2";
    /// One request.
    REQUEST(id: Text) -> (doc: Text) = "SELECT doc FROM access_request WHERE account_no = $1 AND id = $2";
    /// Puts a request.
    PUT_REQUEST(id: Text, user_id: Text, created_at: Int, doc: Text) -> () =
        "INSERT INTO access_request (account_no, id, user_id, created_at, doc) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_no, id) DO UPDATE SET doc = excluded.doc";
    /// A person's requests since a time, the youngest first.
    REQUESTS_OF(user_id: Text, since: Int) -> (doc: Text) =
        "SELECT doc FROM access_request WHERE account_no = $1 AND user_id = $2 AND created_at >= $3 ORDER BY created_at DESC, id";
    /// Everybody's requests since a time, the youngest first.
    REQUESTS_SINCE(since: Int) -> (doc: Text) =
        "SELECT doc FROM access_request WHERE account_no = $1 AND created_at >= $2 ORDER BY created_at DESC, id";
    /// A page of all requests, the youngest first.
    REQUEST_PAGE(limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_request WHERE account_no = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3";
    /// How many requests there are.
    REQUEST_COUNT() -> (n: Int) = "SELECT count(*) AS n FROM access_request WHERE account_no = $1";
    /// Forgets a person's requests.
    FORGET_REQUESTS_OF(user_id: Text) -> () = "DELETE FROM access_request WHERE account_no = $1 AND user_id = $2";
    /// Forgets requests from before a time.
    FORGET_REQUESTS(before: Int) -> () = "DELETE FROM access_request WHERE account_no = $1 AND created_at < $2";
    /// Forgets grants that were over before a time.
    FORGET_GRANTS(before: Int) -> () = "DELETE FROM access_grant WHERE account_no = $1 AND until_at < $2";
}
