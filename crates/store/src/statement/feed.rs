//! Statements of the feed: the counter and its rows.

use super::statements;

statements! {
    /// Makes the counter of a new database.
    START(epoch: Int) -> () =
        "INSERT INTO head (account_no, seq, config_seq, epoch) VALUES ($1, 0, 0, $2) ON CONFLICT (account_no) DO NOTHING";
    /// Another history begins.
    RENEW(epoch: Int, account_no: Account) -> () = "UPDATE head SET epoch = $1 WHERE account_no = $2";
    /// Position, position of the last change of configuration, epoch.
    HEAD() -> (seq: Int, config_seq: Int, epoch: Int) = "SELECT seq, config_seq, epoch FROM head WHERE account_no = $1";
    /// Takes the next positions; the last statement but the rows themselves.
    ADVANCE(steps: Int, account_no: Account) -> (seq: Int) = "UPDATE head SET seq = seq + $1 WHERE account_no = $2 RETURNING seq";
    /// Notes where configuration last changed.
    MARK_CONFIG(config_seq: Int, account_no: Account) -> () = "UPDATE head SET config_seq = $1 WHERE account_no = $2";
    /// One row.
    APPEND(seq: Int, tag: Int, kind: Text, key: Text, body: Text, at: Int) -> () =
        "INSERT INTO changes (account_no, seq, tag, kind, key, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Rows after a position.
    AFTER(seq: Int, limit: Int) -> (seq: Int, tag: Int, body: Text, at: Int) =
        "SELECT seq, tag, body, at FROM changes WHERE account_no = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    /// The oldest row that is young enough to stay.
    FIRST_SINCE(at: Int) -> (seq: Int) = "SELECT seq FROM changes WHERE account_no = $1 AND at >= $2 ORDER BY seq LIMIT 1";
    /// The oldest row.
    OLDEST() -> (seq: Int) = "SELECT seq FROM changes WHERE account_no = $1 ORDER BY seq LIMIT 1";
    /// Removes rows below a position.
    TRIM(seq: Int) -> () = "DELETE FROM changes WHERE account_no = $1 AND seq < $2";
    /// A write that changes nothing: tells whether the database takes writes.
    PROBE() -> () = "UPDATE head SET seq = seq WHERE account_no = $1";
}
