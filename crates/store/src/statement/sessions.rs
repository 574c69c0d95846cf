//! Statements of sessions and of the identities behind them.

use super::statements;

statements! {
    /// Keeps an identity; one that is already there stays as it is.
    KEEP_IDENTITY(hash: Text, doc: Text) -> () =
        "INSERT INTO identity (account_no, hash, doc) VALUES ($1, $2, $3) ON CONFLICT (account_no, hash) DO NOTHING";
    /// Drops an identity that nobody refers to.
    DROP_IDENTITY(hash: Text) -> () =
        "DELETE FROM identity WHERE account_no = $1 AND hash = $2 \
         AND NOT EXISTS (SELECT 1 FROM session s WHERE s.account_no = identity.account_no AND s.identity = identity.hash) \
         AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_no = identity.account_no AND u.identity = identity.hash)";
    /// Starts a session.
    START(nonce: Text, user_id: Text, idp: Text, identity: Text, circumstances: Text, user_generation: Int, account_generation: Int,
        created_at: Int, expires_at: Int, revoked_at: OptInt, revoked_why: OptText) -> () =
        "INSERT INTO session (account_no, nonce, user_id, idp, identity, circumstances, user_generation, account_generation, created_at, expires_at, revoked_at, revoked_why) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// One session, whatever its state.
    GET(nonce: Text) -> (nonce: Text, user_id: Text, idp: Text, user_generation: Int, account_generation: Int, created_at: Int, expires_at: Int,
        revoked_at: OptInt, revoked_why: OptText, circumstances: Text, doc: Text) =
        "SELECT s.nonce, s.user_id, s.idp, s.user_generation, s.account_generation, s.created_at, s.expires_at, s.revoked_at, s.revoked_why, s.circumstances, i.doc \
         FROM session s JOIN identity i ON i.account_no = s.account_no AND i.hash = s.identity WHERE s.account_no = $1 AND s.nonce = $2";
    /// The usable sessions of a person.
    LIVE_OF(user_id: Text, now: Int, account_generation: Int) -> (nonce: Text, user_id: Text, idp: Text, user_generation: Int, account_generation: Int,
        created_at: Int, expires_at: Int, revoked_at: OptInt, revoked_why: OptText, circumstances: Text, doc: Text) =
        "SELECT s.nonce, s.user_id, s.idp, s.user_generation, s.account_generation, s.created_at, s.expires_at, s.revoked_at, s.revoked_why, s.circumstances, i.doc \
         FROM session s JOIN users u ON u.account_no = s.account_no AND u.id = s.user_id \
         JOIN identity i ON i.account_no = s.account_no AND i.hash = s.identity \
         WHERE s.account_no = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 \
         AND s.account_generation >= $4 AND s.user_generation >= u.generation ORDER BY s.created_at, s.nonce";
    /// The sessions of a person that were ended and are still kept, the last one first.
    ENDED_OF(user_id: Text, limit: Int) -> (nonce: Text, user_id: Text, idp: Text, user_generation: Int, account_generation: Int,
        created_at: Int, expires_at: Int, revoked_at: OptInt, revoked_why: OptText, circumstances: Text, doc: Text) =
        "SELECT s.nonce, s.user_id, s.idp, s.user_generation, s.account_generation, s.created_at, s.expires_at, s.revoked_at, s.revoked_why, s.circumstances, i.doc \
         FROM session s JOIN identity i ON i.account_no = s.account_no AND i.hash = s.identity \
         WHERE s.account_no = $1 AND s.user_id = $2 AND s.revoked_at IS NOT NULL ORDER BY s.revoked_at DESC, s.nonce LIMIT $3";
    /// All usable sessions.
    LIVE(now: Int, account_generation: Int) -> (nonce: Text, user_id: Text, idp: Text, user_generation: Int, account_generation: Int,
        created_at: Int, expires_at: Int, revoked_at: OptInt, revoked_why: OptText, circumstances: Text, doc: Text) =
        "SELECT s.nonce, s.user_id, s.idp, s.user_generation, s.account_generation, s.created_at, s.expires_at, s.revoked_at, s.revoked_why, s.circumstances, i.doc \
         FROM session s JOIN users u ON u.account_no = s.account_no AND u.id = s.user_id \
         JOIN identity i ON i.account_no = s.account_no AND i.hash = s.identity \
         WHERE s.account_no = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
         AND s.account_generation >= $3 AND s.user_generation >= u.generation ORDER BY s.created_at, s.nonce";
    /// Ends one session; no row when it was not there or already ended.
    REVOKE(at: Int, why: Text, account_no: Account, nonce: Text) -> (nonce: Text) =
        "UPDATE session SET revoked_at = $1, revoked_why = $2 WHERE account_no = $3 AND nonce = $4 AND revoked_at IS NULL RETURNING nonce";
    /// Ends every session of a person.
    REVOKE_OF(at: Int, why: Text, account_no: Account, user_id: Text) -> () =
        "UPDATE session SET revoked_at = $1, revoked_why = $2 WHERE account_no = $3 AND user_id = $4 AND revoked_at IS NULL";
    /// Ends every session that a provider vouched for.
    REVOKE_BY_IDP(at: Int, why: Text, account_no: Account, idp: Text) -> (nonce: Text) =
        "UPDATE session SET revoked_at = $1, revoked_why = $2 WHERE account_no = $3 AND idp = $4 AND revoked_at IS NULL RETURNING nonce";
    /// Forgets a person's sessions.
    FORGET_OF(user_id: Text) -> (identity: Text) = "DELETE FROM session WHERE account_no = $1 AND user_id = $2 RETURNING identity";
    /// Forgets sessions whose time is over, the oldest first.
    FORGET_EXPIRED(now: Int, limit: Int) -> (identity: Text) =
        "DELETE FROM session WHERE account_no = $1 AND nonce IN \
         (SELECT s.nonce FROM session s WHERE s.account_no = $1 AND s.expires_at <= $2 ORDER BY s.expires_at LIMIT $3) RETURNING identity";
}
