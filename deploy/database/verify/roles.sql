-- Verify jalon:roles on pg

SELECT 1 / count(*) FROM pg_namespace WHERE nspname = 'common';
SELECT 1 / (count(*) = 7)::int FROM pg_roles
 WHERE rolname IN ('jalon_programme', 'jalon_enrolment', 'jalon_assignment', 'jalon_calendar', 'jalon_funding', 'jalon_inbox',
                   'jalon_audit')
   AND rolcanlogin AND NOT rolsuper;
