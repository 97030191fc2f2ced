-- Revert jalon:programme from pg

BEGIN;
SET LOCAL ROLE jalon_programme_owner;

DROP FUNCTION programme.publish_rulebook, programme.rulebook_in_force;
DROP VIEW programme.tacit_programme, programme.phase_title, programme.ordered_phase,
          programme.phase_order, programme.chargeable_phase, programme.rulebook_limit,
          programme.published_rulebook,
  programme.rulebook_version_row;
DROP TABLE programme.rulebook_phase, programme.rulebook_version;
REVOKE USAGE ON SCHEMA programme FROM
  jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;

COMMIT;
