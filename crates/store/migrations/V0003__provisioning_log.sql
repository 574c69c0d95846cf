-- The provisioning log: each write of a provisioning client.
--
-- `no` counts the records; `upto` is the size of the log in bytes up to and with this record, as if nothing had been removed, so that the
-- log can be cut to a size without adding anything up. `doc` holds what is only shown. The texts `request`, `doc_before` and `doc_after`
-- come last: what is looked for is found without reading them.
CREATE TABLE provisioning_log (
    account_no         INTEGER NOT NULL,
    no                 INTEGER NOT NULL,
    at                 INTEGER NOT NULL,
    upto               INTEGER NOT NULL,
    idp                TEXT    NOT NULL,
    kind               TEXT    NOT NULL,
    method             TEXT    NOT NULL,
    status             INTEGER NOT NULL,
    resource           TEXT,
    external_id_folded TEXT,
    email_folded       TEXT,
    group_folded       TEXT,
    doc                TEXT    NOT NULL,
    request            TEXT,
    doc_before         TEXT,
    doc_after          TEXT,
    PRIMARY KEY (account_no, no)
) STRICT;
-- With everything that narrows a list down without naming a resource: such a list is read from the index alone.
CREATE INDEX provisioning_log_idp ON provisioning_log (account_no, idp, at, no, kind, method, status);
CREATE INDEX provisioning_log_resource ON provisioning_log (account_no, resource, at) WHERE resource IS NOT NULL;
CREATE INDEX provisioning_log_external_id ON provisioning_log (account_no, external_id_folded, at) WHERE external_id_folded IS NOT NULL;
CREATE INDEX provisioning_log_email ON provisioning_log (account_no, email_folded, at) WHERE email_folded IS NOT NULL;
CREATE INDEX provisioning_log_group ON provisioning_log (account_no, group_folded, at) WHERE group_folded IS NOT NULL;
