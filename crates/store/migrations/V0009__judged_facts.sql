-- What decisions were made from, so that they can be made again: people as they were judged, once for equal ones. A row goes with the
-- last decision that refers to it.
CREATE TABLE judged_identity (
    account_no INTEGER NOT NULL,
    hash       TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (account_no, hash)
) STRICT;

-- The person as judged (absent where nobody had signed in), what to list decisions by, and whether it is a first admission to an
-- application instead of a sign-in or a refusal.
ALTER TABLE access_log ADD COLUMN identity TEXT;
ALTER TABLE access_log ADD COLUMN circumstances TEXT;
ALTER TABLE access_log ADD COLUMN user_id TEXT;
ALTER TABLE access_log ADD COLUMN policy_id TEXT;
ALTER TABLE access_log ADD COLUMN admission INTEGER NOT NULL DEFAULT 0;
CREATE INDEX access_log_identity ON access_log (account_no, identity) WHERE identity IS NOT NULL;
CREATE INDEX access_log_user ON access_log (account_no, user_id, at, reference) WHERE user_id IS NOT NULL;
CREATE INDEX access_log_policy ON access_log (account_no, policy_id, at, reference) WHERE policy_id IS NOT NULL;
