-- Applications that people marked for themselves in the App Launcher. Nothing is decided by them, so they are not in the feed.
CREATE TABLE favourite (
    account_no INTEGER NOT NULL,
    user_id    TEXT    NOT NULL,
    app        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_no, user_id, app)
) STRICT;
