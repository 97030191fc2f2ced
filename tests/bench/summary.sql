-- Charges for the half-days of companies :from to :until: 30 each, over three months of three years, in 18 regions, posted on
-- any of 28 days of the month after; Bpifrance and the company's Région share the aid, reserved in the same posting for a
-- window that ends a year later. A posting is of a company and a month, for its ten half-days; each company has one case. Run by
-- tests/bench/run as superuser, without triggers, and folded as the funding service does it.

BEGIN;
SET LOCAL session_replication_role = replica;

WITH charged AS (
  SELECT nextval(pg_get_serial_sequence('funding.posting', 'posting_id')) AS posting_id, c AS company,
         '2024-01-01'::date + make_interval(months => (c + m * 5) % 36) AS month,
         (ARRAY['01','02','03','04','06','11','24','27','28','32','44','52','53','75','76','84','93','94'])[1 + c % 95 % 18] AS region,
         CASE WHEN m = 0 THEN 'diagnosis' ELSE 'accompaniment' END AS phase,
         (ARRAY['micro','small','medium','eti','large'])[1 + c / 648 % 5] AS size_class, c % 28 AS day
    FROM generate_series(:from, :until) AS c, generate_series(0, 2) AS m
), posted AS (
  INSERT INTO funding.posting (posting_id, kind, case_id, reference, request_id)
  OVERRIDING SYSTEM VALUE
  SELECT posting_id, 'charge', company, '', '00000000-0000-4000-8000-000000000000' FROM charged
)
INSERT INTO funding.entry (posting_id, case_id, half_day_id, amount_cents, line_cost_cents, month,
                           half_days, side, funder, programme, region,
                           department, phase, size_class, sector, posted_on, due_month)
SELECT p.posting_id, p.company, '00000000-0000-4000-8000-000000000000', leg.cents, leg.line_cents, p.month, leg.half_days,
       leg.side::funding.side, leg.funder, 'ia-booster-hdf', p.region, (1 + p.company % 95)::text, p.phase, p.size_class,
       substr('CFGHIJLMNS', 1 + p.company % 10, 1), p.month + interval '1 month' + make_interval(days => p.day),
       p.month + interval '1 year'
  FROM charged p
 CROSS JOIN LATERAL (VALUES ('cost', '', 600000, 600000, 10), ('aid', 'bpifrance', -300000, 600000, 10),
                            ('aid', 'region-' || p.region, -180000, 600000, 10), ('company', '', -120000, 0, 0),
                            ('reserved', 'bpifrance', 300000, 0, 0), ('reserved', 'region-' || p.region, 180000, 0, 0))
            AS leg (side, funder, cents, line_cents, half_days);

INSERT INTO funding.case_entry (case_id, siren, month, cases, companies, companies_anywhere, funder, programme, region, department,
                                phase, size_class, sector, posted_on)
SELECT c.company, (100000000 + c.company)::text, c.month, 1, 1, 1, f.funder, 'ia-booster-hdf', c.region, c.department, p.phase,
       c.size_class, c.sector, c.month + interval '1 month' + make_interval(days => c.day)
  FROM (SELECT c AS company, '2024-01-01'::date + make_interval(months => c % 36) AS month,
               (ARRAY['01','02','03','04','06','11','24','27','28',
                      '32','44','52','53','75','76','84','93','94'])[1 + c % 95 % 18] AS region,
               (1 + c % 95)::text AS department,
               (ARRAY['micro','small','medium','eti','large'])[1 + c / 648 % 5] AS size_class,
               substr('CFGHIJLMNS', 1 + c % 10, 1) AS sector, c % 28 AS day
          FROM generate_series(:from, :until) AS c) c
 CROSS JOIN LATERAL (VALUES (''), ('bpifrance'), ('region-' || c.region)) AS f (funder)
 CROSS JOIN (VALUES (''), ('diagnosis'), ('accompaniment')) AS p (phase);

COMMIT;
SELECT funding.fold_summary();
VACUUM ANALYZE funding.entry, funding.case_entry, funding.posting, funding.summary_cell,
  funding.summary_posted;
