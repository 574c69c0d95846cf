-- What people have beside their identity when a policy demands more: purposes given in a session, requests for access, grants.
--
-- A purpose goes with its session.
CREATE TABLE purpose (
    account_no INTEGER NOT NULL,
    nonce      TEXT    NOT NULL,
    app        TEXT    NOT NULL,
    policy     TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, nonce, app, policy),
    FOREIGN KEY (account_no, nonce) REFERENCES session (account_no, nonce) ON DELETE CASCADE
) STRICT;

-- Grants are kept for a while after their time, so that one can look up who had access.
CREATE TABLE access_grant (
    account_no INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    until_at   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, id)
) STRICT;
CREATE INDEX access_grant_user ON access_grant (account_no, user_id);
CREATE INDEX access_grant_order ON access_grant (account_no, created_at, id);

CREATE TABLE access_request (
    account_no INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, id)
) STRICT;
CREATE INDEX access_request_user ON access_request (account_no, user_id, created_at);
CREATE INDEX access_request_order ON access_request (account_no, created_at, id);
