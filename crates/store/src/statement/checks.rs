//! Statements of the checks of sessions between sign-ins.

use super::statements;

statements! {
    /// Begins the checks of a session.
    WATCH(nonce: Text, idp: Text, user_id: Text, next_check_at: Int, key_id: Text, ciphertext: Blob) -> () =
        "INSERT INTO session_check (account_no, nonce, idp, user_id, next_check_at, failures, key_id, ciphertext) \
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    /// How the checks of a person's sessions stand.
    OF(user_id: Text) -> (nonce: Text, next_check_at: Int, checked_at: OptInt, good_at: OptInt, failing_since: OptInt, failures: Int, outcome: OptText) =
        "SELECT nonce, next_check_at, checked_at, good_at, failing_since, failures, outcome FROM session_check \
         WHERE account_no = $1 AND user_id = $2 ORDER BY nonce";
    /// What is due at a provider, the most overdue first.
    DUE(idp: Text, now: Int, limit: Int) -> (nonce: Text, next_check_at: Int, checked_at: OptInt, good_at: OptInt, failing_since: OptInt,
        failures: Int, outcome: OptText, key_id: Text, ciphertext: Blob) =
        "SELECT nonce, next_check_at, checked_at, good_at, failing_since, failures, outcome, key_id, ciphertext FROM session_check \
         WHERE account_no = $1 AND idp = $2 AND next_check_at <= $3 ORDER BY next_check_at, nonce LIMIT $4";
    /// Those about whom nothing was learnt since a time, the longest first.
    SILENT(idp: Text, since: Int, limit: Int) -> (nonce: Text, failing_since: OptInt) =
        "SELECT nonce, failing_since FROM session_check WHERE account_no = $1 AND idp = $2 AND failing_since <= $3 ORDER BY failing_since, nonce LIMIT $4";
    /// A check that went well.
    GOOD(now: Int, outcome: Text, next_check_at: Int, account_no: Account, nonce: Text) -> () =
        "UPDATE session_check SET checked_at = $1, good_at = $1, failing_since = NULL, failures = 0, outcome = $2, next_check_at = $3 \
         WHERE account_no = $4 AND nonce = $5";
    /// A check that taught nothing.
    FAILED(now: Int, outcome: Text, next_check_at: Int, account_no: Account, nonce: Text) -> () =
        "UPDATE session_check SET checked_at = $1, failing_since = coalesce(failing_since, $1), failures = failures + 1, outcome = $2, \
         next_check_at = $3 WHERE account_no = $4 AND nonce = $5";
    /// The provider cannot be asked: the grace of everybody who is due begins.
    UNREACHABLE(now: Int, outcome: Text, account_no: Account, idp: Text) -> () =
        "UPDATE session_check SET failing_since = $1, outcome = $2 \
         WHERE account_no = $3 AND idp = $4 AND next_check_at <= $1 AND failing_since IS NULL";
    /// The refresh token to use from now on.
    RENEW(key_id: Text, ciphertext: Blob, account_no: Account, nonce: Text) -> () =
        "UPDATE session_check SET key_id = $1, ciphertext = $2 WHERE account_no = $3 AND nonce = $4";
    /// Checks a person's sessions no later than then.
    FORWARD_OF(latest: Int, account_no: Account, user_id: Text) -> () =
        "UPDATE session_check SET next_check_at = $1 WHERE account_no = $2 AND user_id = $3 AND next_check_at > $1";
    /// Checks a provider's sessions no later than then.
    FORWARD_BY_IDP(latest: Int, account_no: Account, idp: Text) -> () =
        "UPDATE session_check SET next_check_at = $1 WHERE account_no = $2 AND idp = $3 AND next_check_at > $1";
    /// Ends the checks of one session.
    FORGET(nonce: Text) -> () = "DELETE FROM session_check WHERE account_no = $1 AND nonce = $2";
    /// Ends the checks of a person's sessions.
    FORGET_OF(user_id: Text) -> () = "DELETE FROM session_check WHERE account_no = $1 AND user_id = $2";
    /// Ends the checks of a provider's sessions.
    FORGET_BY_IDP(idp: Text) -> () = "DELETE FROM session_check WHERE account_no = $1 AND idp = $2";
    /// Ends all checks.
    FORGET_ALL() -> () = "DELETE FROM session_check WHERE account_no = $1";
    /// Refresh tokens that are not under the current sealing key.
    SEALED_OTHERWISE(key_id: Text, limit: Int) -> (nonce: Text, key_id: Text, ciphertext: Blob) =
        "SELECT nonce, key_id, ciphertext FROM session_check WHERE account_no = $1 AND key_id <> $2 ORDER BY nonce LIMIT $3";
}
