-- Seats are counted and found; what people use is noted.
--
-- `seat_id` repeats the record's, so that a seat is found by it. `last_seen` is the person's last sign-in or, when that was later, the
-- last request that was noted (not every one is). Who holds a seat always has it.
ALTER TABLE users ADD COLUMN seat_id TEXT;
ALTER TABLE users ADD COLUMN last_seen INTEGER;
UPDATE users SET seat_id = json_extract(doc, '$.seat_id'), last_seen = json_extract(doc, '$.last_successful_login');
UPDATE users SET last_seen = created_at WHERE access_seat = 1 AND last_seen IS NULL;
CREATE INDEX users_seat_id ON users (account_no, seat_id);
DROP INDEX users_seat;
CREATE INDEX users_idle ON users (account_no, access_seat, last_seen, id);

-- How many seats are in use: kept by whatever takes or frees one, so that a sign-in need not count a million people.
CREATE TABLE seats (
    account_no INTEGER NOT NULL PRIMARY KEY,
    used       INTEGER NOT NULL
) STRICT;
INSERT INTO seats (account_no, used) SELECT account_no, sum(access_seat) FROM users GROUP BY account_no;

-- The applications that a session was let into, and when first. They go with the session.
CREATE TABLE session_app (
    account_no INTEGER NOT NULL,
    nonce      TEXT    NOT NULL,
    app        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_no, nonce, app),
    FOREIGN KEY (account_no, nonce) REFERENCES session (account_no, nonce) ON DELETE CASCADE
) STRICT;
