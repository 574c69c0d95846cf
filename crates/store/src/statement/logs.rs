//! Statements of the access log and the audit log.

use super::statements;

statements! {
    /// Keeps a decision.
    RECORD(reference: Text, at: Int, allowed: Int, app_id: OptText, email_folded: OptText, doc: Text, identity: OptText,
        circumstances: OptText, user_id: OptText, policy_id: OptText, admission: Int) -> () =
        "INSERT INTO access_log (account_no, reference, at, allowed, app_id, email_folded, doc, identity, circumstances, user_id, policy_id, admission) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (account_no, reference) DO NOTHING";
    /// Keeps a person as judged.
    KEEP_JUDGED(hash: Text, doc: Text) -> () =
        "INSERT INTO judged_identity (account_no, hash, doc) VALUES ($1, $2, $3) ON CONFLICT (account_no, hash) DO NOTHING";
    /// A person as judged.
    JUDGED(hash: Text) -> (doc: Text) = "SELECT doc FROM judged_identity WHERE account_no = $1 AND hash = $2";
    /// Drops a person as judged whom no decision refers to.
    DROP_JUDGED(hash: Text) -> () =
        "DELETE FROM judged_identity WHERE account_no = $1 AND hash = $2 \
         AND NOT EXISTS (SELECT 1 FROM access_log l WHERE l.account_no = judged_identity.account_no AND l.identity = judged_identity.hash)";
    /// One decision with what it takes to find the person as judged.
    DECISION(reference: Text) -> (doc: Text, identity: OptText, circumstances: OptText) =
        "SELECT doc, identity, circumstances FROM access_log WHERE account_no = $1 AND reference = $2";
    /// The decisions after a place in time, the oldest first, with what it takes to find people as judged.
    DECISIONS_AFTER(at: Int, reference: Text, until: Int, limit: Int) -> (doc: Text, identity: OptText, circumstances: OptText) =
        "SELECT doc, identity, circumstances FROM access_log WHERE account_no = $1 AND (at > $2 OR (at = $2 AND reference > $3)) AND at < $4 \
         ORDER BY at, reference LIMIT $5";
    /// The decisions after a place in time that are looked for, the oldest first.
    DECISIONS_FOUND_AFTER(at: Int, reference: Text, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: OptText, email: OptText,
        user_id: OptText, limit: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND (at > $2 OR (at = $2 AND reference > $3)) AND at < $4 AND (allowed = $5 OR $5 IS NULL) \
         AND (admission = $6 OR $6 IS NULL) AND (policy_id = $7 OR $7 IS NULL) AND (app_id = $8 OR $8 IS NULL) AND (email_folded = $9 OR $9 IS NULL) \
         AND (user_id = $10 OR $10 IS NULL) ORDER BY at, reference LIMIT $11";
    /// A page of everybody's on everything, newest first.
    DECISIONS(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) ORDER BY at DESC, reference DESC LIMIT $7 OFFSET $8";
    /// How many those are.
    COUNT_DECISIONS(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText) -> (total: Int) =
        "SELECT count(*) AS total FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL)";
    /// A page of one policy's on everything, newest first.
    DECISIONS_BY_POLICY(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND policy_id = $6 ORDER BY at DESC, reference DESC LIMIT $7 OFFSET $8";
    /// How many those are.
    COUNT_DECISIONS_BY_POLICY(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND policy_id = $6";
    /// A page of one application's, newest first.
    DECISIONS_BY_APP(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND app_id = $7 ORDER BY at DESC, reference DESC LIMIT $8 OFFSET $9";
    /// How many those are.
    COUNT_DECISIONS_BY_APP(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND app_id = $7";
    /// A page of those of one person by address, newest first.
    DECISIONS_BY_EMAIL(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: OptText, email: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND (app_id = $7 OR $7 IS NULL) AND email_folded = $8 ORDER BY at DESC, reference DESC LIMIT $9 OFFSET $10";
    /// How many those are.
    COUNT_DECISIONS_BY_EMAIL(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: OptText, email: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND (app_id = $7 OR $7 IS NULL) AND email_folded = $8";
    /// A page of those of one person by id, newest first.
    DECISIONS_BY_USER(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: OptText, user_id: Text, limit: Int, offset: Int) -> (doc: Text) =
        "SELECT doc FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND (app_id = $7 OR $7 IS NULL) AND user_id = $8 ORDER BY at DESC, reference DESC LIMIT $9 OFFSET $10";
    /// How many those are.
    COUNT_DECISIONS_BY_USER(since: Int, until: Int, allowed: OptInt, admission: OptInt, policy_id: OptText, app_id: OptText, user_id: Text) -> (total: Int) =
        "SELECT count(*) AS total FROM access_log WHERE account_no = $1 AND at >= $2 AND at < $3 AND (allowed = $4 OR $4 IS NULL) AND (admission = $5 OR $5 IS NULL) \
         AND (policy_id = $6 OR $6 IS NULL) AND (app_id = $7 OR $7 IS NULL) AND user_id = $8";
    /// How many there are in each hour since 1970, of the newest so many.
    DECISIONS_BY_HOUR(since: Int, until: Int, limit: Int) -> (hour: Int, allowed: Int, admission: Int, total: Int) =
        "SELECT n.hour AS hour, n.allowed AS allowed, n.admission AS admission, count(*) AS total FROM \
         (SELECT l.at / 3600000 AS hour, l.allowed AS allowed, l.admission AS admission FROM access_log l \
         WHERE l.account_no = $1 AND l.at >= $2 AND l.at < $3 ORDER BY l.at DESC, l.reference DESC LIMIT $4) AS n \
         GROUP BY n.hour, n.allowed, n.admission ORDER BY n.hour, n.allowed, n.admission";
    /// The youngest decision that is one too many.
    FIRST_OVER(kept: Int) -> (at: Int, reference: Text) =
        "SELECT at, reference FROM access_log WHERE account_no = $1 ORDER BY at DESC, reference DESC LIMIT 1 OFFSET $2";
    /// Removes old decisions, the oldest first; a decision of exactly the given time goes when its reference is not above the given one.
    PRUNE_DECISIONS(at: Int, reference: Text, limit: Int) -> (identity: OptText) =
        "DELETE FROM access_log WHERE account_no = $1 AND reference IN \
         (SELECT l.reference FROM access_log l WHERE l.account_no = $1 AND (l.at < $2 OR (l.at = $2 AND l.reference <= $3)) ORDER BY l.at, l.reference LIMIT $4) \
         RETURNING identity";
    /// Adds an administrator's change.
    AUDIT(at: Int, actor: Text, action: Text, object: Text, doc: Text) -> () =
        "INSERT INTO audit_log (account_no, no, at, actor, action, object, doc) \
         VALUES ($1, (SELECT coalesce(max(a.no), 0) + 1 FROM audit_log a WHERE a.account_no = $1), $2, $3, $4, $5, $6)";
    /// A page of what is looked for, newest first.
    CHANGES(actor: OptText, action: OptText, action_end: OptText, object: OptText, object_end: OptText, since: Int, until: Int, limit: Int, offset: Int)
        -> (no: Int, at: Int, actor: Text, action: Text, object: Text, doc: Text) =
        "SELECT no, at, actor, action, object, doc FROM audit_log WHERE account_no = $1 AND (actor = $2 OR $2 IS NULL) \
         AND (action >= $3 AND action < $4 OR $3 IS NULL) AND (object >= $5 AND object < $6 OR $5 IS NULL) \
         AND at >= $7 AND at < $8 ORDER BY no DESC LIMIT $9 OFFSET $10";
    /// How many those are.
    COUNT_CHANGES(actor: OptText, action: OptText, action_end: OptText, object: OptText, object_end: OptText, since: Int, until: Int) -> (total: Int) =
        "SELECT count(*) AS total FROM audit_log WHERE account_no = $1 AND (actor = $2 OR $2 IS NULL) \
         AND (action >= $3 AND action < $4 OR $3 IS NULL) AND (object >= $5 AND object < $6 OR $5 IS NULL) \
         AND at >= $7 AND at < $8";
    /// The next of them, oldest first.
    CHANGES_AFTER(actor: OptText, action: OptText, action_end: OptText, object: OptText, object_end: OptText, since: Int, until: Int, after: Int, up_to: Int, limit: Int)
        -> (no: Int, at: Int, actor: Text, action: Text, object: Text, doc: Text) =
        "SELECT no, at, actor, action, object, doc FROM audit_log WHERE account_no = $1 AND (actor = $2 OR $2 IS NULL) \
         AND (action >= $3 AND action < $4 OR $3 IS NULL) AND (object >= $5 AND object < $6 OR $5 IS NULL) \
         AND at >= $7 AND at < $8 AND no > $9 AND no <= $10 ORDER BY no LIMIT $11";
    /// Number of the newest change.
    NEWEST_CHANGE() -> (no: Int) = "SELECT no FROM audit_log WHERE account_no = $1 ORDER BY no DESC LIMIT 1";
    /// The youngest change that is one too many.
    FIRST_CHANGE_OVER(kept: Int) -> (no: Int) = "SELECT no FROM audit_log WHERE account_no = $1 ORDER BY no DESC LIMIT 1 OFFSET $2";
    /// Removes old changes up to a number, the oldest first.
    PRUNE_CHANGES(no: Int, limit: Int) -> () =
        "DELETE FROM audit_log WHERE account_no = $1 AND no IN \
         (SELECT a.no FROM audit_log a WHERE a.account_no = $1 AND a.no <= $2 ORDER BY a.no LIMIT $3)";
    /// A page, newest first.
    AUDITS(limit: Int, offset: Int) -> (no: Int, at: Int, actor: Text, action: Text, object: Text, doc: Text) =
        "SELECT no, at, actor, action, object, doc FROM audit_log WHERE account_no = $1 ORDER BY no DESC LIMIT $2 OFFSET $3";
    /// How many there are.
    COUNT_AUDITS() -> (total: Int) = "SELECT count(*) AS total FROM audit_log WHERE account_no = $1";
    /// Removes old changes, the oldest first.
    PRUNE_AUDITS(at: Int, limit: Int) -> () =
        "DELETE FROM audit_log WHERE account_no = $1 AND no IN (SELECT a.no FROM audit_log a WHERE a.account_no = $1 AND a.at < $2 ORDER BY a.at, a.no LIMIT $3)";
}
