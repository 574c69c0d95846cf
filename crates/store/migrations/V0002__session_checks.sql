-- Checks of sessions between sign-ins: one row for each session whose provider gave a refresh token. It goes when the session ends.
--
-- `key_id` and `ciphertext` are the sealed refresh token. `idp` and `user_id` repeat the session's, which never change, so that
-- what is due at one provider is found by one index.
CREATE TABLE session_check (
    account_no    INTEGER NOT NULL,
    nonce         TEXT    NOT NULL,
    idp           TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    next_check_at INTEGER NOT NULL,
    checked_at    INTEGER,
    good_at       INTEGER,
    failing_since INTEGER,
    failures      INTEGER NOT NULL,
    outcome       TEXT,
    key_id        TEXT    NOT NULL,
    ciphertext    BLOB    NOT NULL,
    PRIMARY KEY (account_no, nonce),
    FOREIGN KEY (account_no, nonce) REFERENCES session (account_no, nonce) ON DELETE CASCADE
) STRICT;
CREATE INDEX session_check_due ON session_check (account_no, idp, next_check_at, nonce);
CREATE INDEX session_check_user ON session_check (account_no, user_id);
CREATE INDEX session_check_failing ON session_check (account_no, idp, failing_since, nonce) WHERE failing_since IS NOT NULL;
