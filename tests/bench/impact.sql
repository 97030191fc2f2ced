-- :cases more companies, each with an admitted case and a copy of the agreement of case 1, for the what-if of a draft rulebook.
-- Run by tests/bench/run as superuser, without triggers.

BEGIN;
SET LOCAL session_replication_role = replica;

INSERT INTO enrolment.company (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region)
SELECT (300000000 + i)::text, 'Ateliers Lefebvre ' || i, '5710', '62.01Z', '12', '1995-01-01'::date + i % 5000, false, '00012',
       '59350', '59', '32'
  FROM generate_series(1, :cases) AS i;
INSERT INTO enrolment.support_case
OVERRIDING SYSTEM VALUE
SELECT c.*
  FROM generate_series(1, :cases) AS i, enrolment.support_case k
 CROSS JOIN LATERAL jsonb_populate_record(k, jsonb_build_object('case_id', 10000000 + i, 'siren', (300000000 + i)::text)) c
 WHERE k.case_id = 1;

INSERT INTO funding.agreement
OVERRIDING SYSTEM VALUE
SELECT c.*
  FROM generate_series(1, :cases) AS i, funding.agreement a
 CROSS JOIN LATERAL jsonb_populate_record(a, jsonb_build_object('agreement_id', 10000000 + i, 'case_id', 10000000 + i,
                                                                'siren', (300000000 + i)::text)) c
 WHERE a.case_id = 1;
INSERT INTO funding.agreement_version
SELECT c.*
  FROM generate_series(1, :cases) AS i, funding.agreement a JOIN funding.agreement_version v USING (agreement_id)
 CROSS JOIN LATERAL jsonb_populate_record(v, jsonb_build_object('agreement_id', 10000000 + i)) c
 WHERE a.case_id = 1;
INSERT INTO funding.agreement_funder
SELECT c.*
  FROM generate_series(1, :cases) AS i, funding.agreement a JOIN funding.agreement_funder f USING (agreement_id)
 CROSS JOIN LATERAL jsonb_populate_record(f, jsonb_build_object('agreement_id', 10000000 + i)) c
 WHERE a.case_id = 1;

COMMIT;
VACUUM ANALYZE enrolment.company, enrolment.support_case, funding.agreement, funding.agreement_version, funding.agreement_funder;
