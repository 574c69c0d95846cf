-- The ground: configuration, people, sessions, provisioned resources, logs and the change feed.
--
-- Migrations are append-only: a released file never changes, a correction is the next number. Types are only INTEGER, TEXT and
-- BLOB; times are Unix milliseconds, booleans 0 or 1, JSON is text, ids are text. Every row carries its account's number.

-- The counter of the feed. `seq` is raised last before the commit, so positions are gap-free and in commit order.
-- `config_seq` is the position of the last change of configuration; `epoch` is a random number that changes when history does.
CREATE TABLE head (
    account_no INTEGER NOT NULL PRIMARY KEY,
    seq        INTEGER NOT NULL,
    config_seq INTEGER NOT NULL,
    epoch      INTEGER NOT NULL
) STRICT;

-- The feed. `tag` is random: it tells a position apart that was used twice (after a lost commit).
CREATE TABLE changes (
    account_no INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    tag        INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_no, seq)
) STRICT;

-- Configuration: one JSON document an object. `owner` is the application that a policy or an upstream dies with.
CREATE TABLE object (
    account_no INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    owner      TEXT,
    version    INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, kind, id)
) STRICT;
CREATE INDEX object_owner ON object (account_no, owner) WHERE owner IS NOT NULL;

-- Sealed values. `key_id` names the sealing key, so that two can be in use while one replaces the other.
CREATE TABLE secret (
    account_no INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    ciphertext BLOB    NOT NULL,
    PRIMARY KEY (account_no, kind, id)
) STRICT;

-- What a sign-in told, addressed by its SHA-256: equal sign-ins share a row. What differs each time (moment, address) is in the
-- session's `circumstances`.
CREATE TABLE identity (
    account_no INTEGER NOT NULL,
    hash       TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, hash)
) STRICT;

-- People. `identity` and `circumstances` are those of the last sign-in and outlive its session.
CREATE TABLE users (
    account_no     INTEGER NOT NULL,
    id             TEXT    NOT NULL,
    issuer         TEXT,
    subject        TEXT,
    subject_folded TEXT,
    email_folded   TEXT    NOT NULL,
    upn_folded     TEXT,
    name_folded    TEXT    NOT NULL,
    access_seat    INTEGER NOT NULL,
    generation     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    identity       TEXT,
    circumstances  TEXT,
    doc            TEXT    NOT NULL,
    PRIMARY KEY (account_no, id),
    FOREIGN KEY (account_no, identity) REFERENCES identity (account_no, hash)
) STRICT;
CREATE UNIQUE INDEX users_key ON users (account_no, issuer, subject);
CREATE INDEX users_subject_folded ON users (account_no, issuer, subject_folded);
CREATE INDEX users_upn ON users (account_no, issuer, upn_folded);
CREATE INDEX users_email ON users (account_no, email_folded);
CREATE INDEX users_order ON users (account_no, created_at, id);
CREATE INDEX users_seat ON users (account_no, access_seat);
CREATE INDEX users_identity ON users (account_no, identity);

-- Sessions, kept until they would have expired, ended ones included.
CREATE TABLE session (
    account_no         INTEGER NOT NULL,
    nonce              TEXT    NOT NULL,
    user_id            TEXT    NOT NULL,
    idp                TEXT    NOT NULL,
    identity           TEXT    NOT NULL,
    circumstances      TEXT    NOT NULL,
    user_generation    INTEGER NOT NULL,
    account_generation INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    revoked_at         INTEGER,
    revoked_why        TEXT,
    PRIMARY KEY (account_no, nonce),
    FOREIGN KEY (account_no, user_id) REFERENCES users (account_no, id),
    FOREIGN KEY (account_no, identity) REFERENCES identity (account_no, hash)
) STRICT;
CREATE INDEX session_user ON session (account_no, user_id, created_at);
CREATE INDEX session_idp ON session (account_no, idp);
CREATE INDEX session_expiry ON session (account_no, expires_at);
CREATE INDEX session_identity ON session (account_no, identity);

-- SCIM resources. The folded columns are the ones that are looked up; the document is in `doc`, as it was sent.
CREATE TABLE provisioned (
    account_no          INTEGER NOT NULL,
    idp                 TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    external_id_folded  TEXT,
    user_name_folded    TEXT,
    display_name_folded TEXT,
    email_folded        TEXT,
    active              INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    doc                 TEXT    NOT NULL,
    PRIMARY KEY (account_no, id)
) STRICT;
CREATE INDEX provisioned_order ON provisioned (account_no, idp, kind, created_at, id);
CREATE INDEX provisioned_external_id ON provisioned (account_no, idp, kind, external_id_folded);
CREATE UNIQUE INDEX provisioned_user_name ON provisioned (account_no, idp, kind, user_name_folded);
CREATE UNIQUE INDEX provisioned_group_name ON provisioned (account_no, idp, display_name_folded) WHERE kind = 'Group';
CREATE INDEX provisioned_display_name ON provisioned (account_no, idp, kind, display_name_folded);
CREATE INDEX provisioned_email ON provisioned (account_no, idp, kind, email_folded);

-- Direct members of provisioned groups. A member may be a group, or a resource that is not known here (yet).
CREATE TABLE membership (
    account_no INTEGER NOT NULL,
    group_id   TEXT    NOT NULL,
    member_id  TEXT    NOT NULL,
    display    TEXT,
    PRIMARY KEY (account_no, group_id, member_id),
    FOREIGN KEY (account_no, group_id) REFERENCES provisioned (account_no, id)
) STRICT;
CREATE INDEX membership_member ON membership (account_no, member_id, group_id);

-- Decisions, found by reference. No feed.
CREATE TABLE access_log (
    account_no   INTEGER NOT NULL,
    reference    TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    allowed      INTEGER NOT NULL,
    app_id       TEXT,
    email_folded TEXT,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (account_no, reference)
) STRICT;
CREATE INDEX access_log_at ON access_log (account_no, at, reference);
CREATE INDEX access_log_email ON access_log (account_no, email_folded, at, reference);
CREATE INDEX access_log_app ON access_log (account_no, app_id, at, reference);

-- Administrators' changes. Rows are added and, when their time is over, removed; never altered.
CREATE TABLE audit_log (
    account_no INTEGER NOT NULL,
    no         INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, no)
) STRICT;
CREATE INDEX audit_log_at ON audit_log (account_no, at);
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log rows are never altered');
END;
