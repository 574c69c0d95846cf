-- Nested members of provisioned groups, read from the directory and kept apart from what SCIM sent: `membership` is Entra's to patch.
--
-- One row a group that is expanded: when its members were read, when that was tried, and why the last try failed.
CREATE TABLE expansion (
    account_no INTEGER NOT NULL,
    group_id   TEXT    NOT NULL,
    idp        TEXT    NOT NULL,
    begun_at   INTEGER NOT NULL,
    read_at    INTEGER,
    tried_at   INTEGER NOT NULL,
    why        TEXT,
    PRIMARY KEY (account_no, group_id)
) STRICT;
CREATE INDEX expansion_idp ON expansion (account_no, idp, group_id);

-- Who is in such a group through a group in it only. `user_id` is the provisioned user when there is one.
CREATE TABLE expanded_member (
    account_no INTEGER NOT NULL,
    group_id   TEXT    NOT NULL,
    object_id  TEXT    NOT NULL,
    user_id    TEXT,
    display    TEXT,
    since      INTEGER NOT NULL,
    PRIMARY KEY (account_no, group_id, object_id),
    FOREIGN KEY (account_no, group_id) REFERENCES expansion (account_no, group_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX expanded_member_user ON expanded_member (account_no, user_id, group_id) WHERE user_id IS NOT NULL;
CREATE INDEX expanded_member_object ON expanded_member (account_no, object_id, group_id);
