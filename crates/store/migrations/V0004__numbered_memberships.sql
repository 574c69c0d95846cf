-- Provisioned resources get a number, and memberships are kept by it: at 50 groups a person two UUIDs a row, twice, were most of the database.
--
-- A population is the users or the groups of one provider, with running totals; its number stands for provider and kind in every index.
CREATE TABLE population (
    no         INTEGER NOT NULL PRIMARY KEY,
    account_no INTEGER NOT NULL,
    idp        TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    total      INTEGER NOT NULL,
    active     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX population_of ON population (account_no, idp, kind);
INSERT INTO population (account_no, idp, kind, total, active)
    SELECT account_no, idp, kind, count(*), sum(active) FROM provisioned GROUP BY account_no, idp, kind ORDER BY account_no, idp, kind;

-- `name_folded` is what is unique within the population: a user's `userName`, a group's `displayName`. `display_name_folded` is a user's only.
CREATE TABLE numbered (
    no                  INTEGER NOT NULL PRIMARY KEY,
    account_no          INTEGER NOT NULL,
    population_no       INTEGER NOT NULL,
    id                  TEXT    NOT NULL,
    name_folded         TEXT,
    external_id_folded  TEXT,
    display_name_folded TEXT,
    email_folded        TEXT,
    active              INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    doc                 TEXT    NOT NULL
) STRICT;
INSERT INTO numbered (account_no, population_no, id, name_folded, external_id_folded, display_name_folded, email_folded, active, created_at, doc)
    SELECT r.account_no, p.no, r.id,
           CASE r.kind WHEN 'Group' THEN r.display_name_folded ELSE r.user_name_folded END,
           r.external_id_folded,
           CASE r.kind WHEN 'Group' THEN NULL ELSE r.display_name_folded END,
           r.email_folded, r.active, r.created_at, r.doc
    FROM provisioned r JOIN population p ON p.account_no = r.account_no AND p.idp = r.idp AND p.kind = r.kind
    ORDER BY r.account_no, p.no, r.created_at, r.id;

-- Direct members of provisioned groups, each a user or a group that is there. Rows of members that were not there had no effect: whoever is
-- removed leaves every group, and provisioning never took in a member it did not know. They stay behind.
--
-- No foreign keys: each would look its resource up once more for every row of a bulk load. Members are resolved to numbers in the
-- transaction that adds them, and whatever removes a resource removes its rows here.
CREATE TABLE numbered_membership (
    group_no   INTEGER NOT NULL,
    member_no  INTEGER NOT NULL,
    account_no INTEGER NOT NULL,
    display    TEXT,
    PRIMARY KEY (group_no, member_no, account_no)
) STRICT, WITHOUT ROWID;
INSERT INTO numbered_membership (account_no, group_no, member_no, display)
    SELECT m.account_no, g.no, r.no, m.display
    FROM membership m
    JOIN numbered g ON g.account_no = m.account_no AND g.id = m.group_id
    JOIN numbered r ON r.account_no = m.account_no AND r.id = m.member_id
    ORDER BY m.account_no, g.no, r.no;

DROP TABLE membership;
DROP TABLE provisioned;
ALTER TABLE numbered RENAME TO provisioned;
ALTER TABLE numbered_membership RENAME TO membership;

-- The account stands last, as in the key of memberships: an engine without statistics would else think that it narrows anything down.
CREATE UNIQUE INDEX provisioned_id ON provisioned (id, account_no);
CREATE UNIQUE INDEX provisioned_name ON provisioned (population_no, name_folded);
CREATE INDEX provisioned_external_id ON provisioned (population_no, external_id_folded) WHERE external_id_folded IS NOT NULL;
CREATE INDEX provisioned_display_name ON provisioned (population_no, display_name_folded) WHERE display_name_folded IS NOT NULL;
CREATE INDEX provisioned_email ON provisioned (population_no, email_folded) WHERE email_folded IS NOT NULL;
CREATE INDEX provisioned_order ON provisioned (population_no, created_at, no);
CREATE INDEX membership_member ON membership (member_no, group_no, account_no);
