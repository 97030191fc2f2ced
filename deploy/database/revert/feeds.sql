-- Revert jalon:feeds from pg

BEGIN;

DROP FUNCTION
  calendar.read_feed, calendar.revoke_feed, calendar.set_feed_cases, calendar.create_feed, calendar.check_cases, calendar.owns_target;
DROP VIEW calendar.feed_row;
DROP TABLE calendar.feed;
DROP TYPE calendar.feed_kind;

COMMIT;
