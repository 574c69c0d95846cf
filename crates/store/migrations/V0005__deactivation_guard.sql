-- The guard against mass deactivation: what it counts, and what it holds for an administrator. That it tripped is an object beside.

-- How many people of a provider became inactive or were deleted, by minute of the Unix time.
CREATE TABLE deactivation (
    account_no INTEGER NOT NULL,
    idp        TEXT    NOT NULL,
    minute     INTEGER NOT NULL,
    people     INTEGER NOT NULL,
    PRIMARY KEY (account_no, idp, minute)
) STRICT;

-- Who was counted in which minute: somebody who goes twice within the window is one person. `person` is the folded `userName`, else the id.
CREATE TABLE deactivated (
    account_no INTEGER NOT NULL,
    idp        TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    minute     INTEGER NOT NULL,
    PRIMARY KEY (account_no, idp, person)
) STRICT;
CREATE INDEX deactivated_minute ON deactivated (account_no, idp, minute);

-- What is held. `resource` is the provisioned user. Kind `seat`: `subject` is the person whose seat would have been freed, and `doc` is
-- empty. Kind `deletion`: `subject` is the provisioned user once more, `doc` is it with its memberships, and the folded columns find it when
-- its person signs in or it is created anew.
CREATE TABLE held (
    account_no         INTEGER NOT NULL,
    idp                TEXT    NOT NULL,
    kind               TEXT    NOT NULL,
    resource           TEXT    NOT NULL,
    subject            TEXT    NOT NULL,
    held_at            INTEGER NOT NULL,
    external_id_folded TEXT,
    user_name_folded   TEXT,
    doc                TEXT    NOT NULL,
    PRIMARY KEY (account_no, idp, kind, resource, subject)
) STRICT;
CREATE INDEX held_order ON held (account_no, idp, held_at, resource, kind, subject);
CREATE INDEX held_external_id ON held (account_no, idp, external_id_folded) WHERE external_id_folded IS NOT NULL;
CREATE INDEX held_user_name ON held (account_no, idp, user_name_folded) WHERE user_name_folded IS NOT NULL;
