//! Statements of what people marked for themselves, and what they used lately.

use super::statements;

statements! {
    /// Marks an application.
    ADD(user_id: Text, app: Text, at: Int) -> () =
        "INSERT INTO favourite (account_no, user_id, app, at) VALUES ($1, $2, $3, $4) ON CONFLICT (account_no, user_id, app) DO NOTHING";
    /// Takes a mark away.
    DROP(user_id: Text, app: Text) -> () = "DELETE FROM favourite WHERE account_no = $1 AND user_id = $2 AND app = $3";
    /// What a person marked, in the order in which they did.
    OF(user_id: Text) -> (app: Text) = "SELECT app FROM favourite WHERE account_no = $1 AND user_id = $2 ORDER BY at, app";
    /// How many those are.
    COUNT_OF(user_id: Text) -> (n: Int) = "SELECT count(*) AS n FROM favourite WHERE account_no = $1 AND user_id = $2";
    /// Forgets what a person marked.
    FORGET_OF(user_id: Text) -> () = "DELETE FROM favourite WHERE account_no = $1 AND user_id = $2";
    /// Forgets who marked an application.
    FORGET_APP(app: Text) -> () = "DELETE FROM favourite WHERE account_no = $1 AND app = $2";
    /// The applications that a person was let into since a time, the last one first.
    RECENT_OF(user_id: Text, since: Int, limit: Int) -> (app_id: Text) =
        "SELECT app_id FROM access_log WHERE account_no = $1 AND user_id = $2 AND at >= $3 AND allowed = 1 AND app_id IS NOT NULL \
         GROUP BY app_id ORDER BY max(at) DESC, app_id LIMIT $4";
}
