-- Revert jalon:attestation_links from pg

BEGIN;

DROP FUNCTION
  calendar.attest_by_code, calendar.attest_by_link, calendar.sheet_of, calendar.sign_sheet, calendar.check_link,
  calendar.revoke_attestation_link, calendar.create_attestation_link, calendar.open_attestation;
DROP TYPE calendar.attestation_answer;
DROP VIEW calendar.attestation_link_row;
DROP TABLE calendar.attestation_link;

COMMIT;
