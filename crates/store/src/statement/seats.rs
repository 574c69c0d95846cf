//! Statements of seats and of what people use.

use super::statements;

statements! {
    /// Seats in use; no row before the first one was taken.
    USED() -> (used: Int) = "SELECT used FROM seats WHERE account_no = $1";
    /// Changes how many are in use.
    CHANGE(by: Int) -> () =
        "INSERT INTO seats (account_no, used) VALUES ($1, $2) ON CONFLICT (account_no) DO UPDATE SET used = seats.used + excluded.used";
    /// The person with a seat record.
    HOLDER(seat_id: Text) -> (doc: Text) = "SELECT doc FROM users WHERE account_no = $1 AND seat_id = $2";
    /// Holders of seats who were not seen since, the longest first.
    IDLE(before: Int, limit: Int) -> (doc: Text, last_seen: OptInt) =
        "SELECT doc, last_seen FROM users WHERE account_no = $1 AND access_seat = 1 AND last_seen < $2 ORDER BY last_seen, id LIMIT $3";
    /// Notes that a person was seen, unless they were seen later.
    SEEN(at: Int, account_no: Account, id: Text) -> () =
        "UPDATE users SET last_seen = $1 WHERE account_no = $2 AND id = $3 AND (last_seen IS NULL OR last_seen < $1)";
    /// When a person was seen.
    LAST_SEEN(id: Text) -> (last_seen: OptInt) = "SELECT last_seen FROM users WHERE account_no = $1 AND id = $2";
    /// Notes that a session was let into an application; the first time counts.
    NOTE_APP(nonce: Text, app: Text, at: Int) -> () =
        "INSERT INTO session_app (account_no, nonce, app, at) VALUES ($1, $2, $3, $4) ON CONFLICT (account_no, nonce, app) DO NOTHING";
    /// Whether it is noted.
    HAS_APP(nonce: Text, app: Text) -> (at: Int) = "SELECT at FROM session_app WHERE account_no = $1 AND nonce = $2 AND app = $3";
    /// The applications of a person's sessions.
    APPS_OF(user_id: Text) -> (nonce: Text, app: Text, at: Int) =
        "SELECT a.nonce, a.app, a.at FROM session s JOIN session_app a ON a.account_no = s.account_no AND a.nonce = s.nonce \
         WHERE s.account_no = $1 AND s.user_id = $2 ORDER BY a.at, a.nonce, a.app";
}
