-- Revert jalon:de_minimis from pg

BEGIN;

DROP FUNCTION
  funding.check_de_minimis, funding.enter_aid, funding.take_back_aid, funding.award_aid,
  funding.de_minimis_windows, funding.three_years_before, funding.counted_aid;
DROP VIEW funding.aid_row;
DROP TABLE funding.aid_registered, funding.aid, funding.de_minimis_regime;
DROP TYPE funding.aid_origin;
REVOKE USAGE ON SCHEMA funding FROM jalon_audit;

COMMIT;
