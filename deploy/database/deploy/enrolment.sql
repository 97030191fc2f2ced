-- Deploy jalon:enrolment to pg
-- requires: programme

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

-- What a public register says of a company. Rows come by the thousand (import_companies), so the table carries what a
-- law or a list needs and no more: the primary key, one index, no trigger. A SIREN is digits: collation "C" compares
-- them byte by byte.
CREATE TABLE enrolment.company (
  siren          text COLLATE "C" NOT NULL CONSTRAINT company_pkey PRIMARY KEY
                                           CONSTRAINT company_siren_nine_digits CHECK (siren ~ '^[0-9]{9}$'),
  name           text        NOT NULL,
  legal_category text,
  naf            text,
  headcount_band text,
  created_on     date,  -- NULL: the register holds none that exists
  ceased         boolean     NOT NULL,
  seat_nic       text,
  commune        text,
  department     text,  -- of the commune, as is the region
  region         text,
  updated_at     timestamptz NOT NULL DEFAULT now()
);
-- The list of companies: by name, letter case ignored. Collation "C" makes a prefix a range whatever the database's
-- own collation. The region stands last so that a list of one region skips the others inside the index.
CREATE INDEX company_by_name ON enrolment.company (lower(name) COLLATE "C", siren, region);

-- A company's way through a programme (dossier): the contract's Case, a word SQL keeps for itself.
CREATE TABLE enrolment.support_case (
  case_id              bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT case_pkey PRIMARY KEY,
  programme            text        NOT NULL,
  siren                text COLLATE "C" NOT NULL CONSTRAINT case_of_company REFERENCES enrolment.company,
  state                text        NOT NULL DEFAULT 'open' CONSTRAINT case_state_known
                                   CHECK (state IN ('open', 'admitted', 'rejected', 'withdrawn')),
  applied_on           date        NOT NULL,
  -- What the company declared of its last closed year. Never changed: a new declaration is a new case.
  headcount_hundredths bigint      NOT NULL CONSTRAINT case_headcount_not_negative CHECK (headcount_hundredths >= 0),
  turnover_cents       bigint      NOT NULL CONSTRAINT case_turnover_not_negative CHECK (turnover_cents >= 0),
  balance_sheet_cents  bigint      NOT NULL CONSTRAINT case_balance_sheet_not_negative CHECK (balance_sheet_cents >= 0),
  year_closed_on       date        NOT NULL CONSTRAINT case_year_closed_before_application CHECK (year_closed_on <= applied_on),
  independent          boolean     NOT NULL,
  site_headcount_hundredths bigint CONSTRAINT case_site_headcount_not_negative CHECK (site_headcount_hundredths >= 0),
  declared_group_headcount_hundredths bigint
                                   CONSTRAINT case_declared_group_headcount_not_negative CHECK (declared_group_headcount_hundredths >= 0),
  statuses             text[]      NOT NULL DEFAULT '{}',
  -- As the links and accounts known at the opening make it; judged again, for good, by the admission.
  size_class           text        NOT NULL CONSTRAINT case_size_class_known
                                   CHECK (size_class IN ('micro', 'small', 'medium', 'eti', 'large')),
  group_headcount_hundredths bigint,  -- NULL: not known
  -- Set by the admission, all together, and kept through a withdrawal: why it was admitted can be shown for ever.
  admitted_on          date,
  rulebook_version     int,
  eligibility          jsonb,  -- every condition with its evidence, as judged that day
  cap_half_days        int,
  granted_half_days    int,
  window_ends_on       date,  -- NULL: the window runs from a date still to come; enrolment.opened_window has it then
  reason               text,
  version              int         NOT NULL DEFAULT 1,
  updated_at           timestamptz NOT NULL DEFAULT now(),
  -- Law 1, its second half; the first is calendar.case_grant's.
  CONSTRAINT case_grant_within_cap CHECK (granted_half_days BETWEEN 1 AND cap_half_days),
  CONSTRAINT case_admitted_after_application CHECK (admitted_on >= applied_on),
  CONSTRAINT case_window_not_empty CHECK (window_ends_on >= admitted_on),
  CONSTRAINT case_admission_whole CHECK (
    CASE num_nonnulls(admitted_on, rulebook_version, eligibility, cap_half_days, granted_half_days)
      WHEN 0 THEN state <> 'admitted' AND window_ends_on IS NULL
      WHEN 5 THEN state IN ('admitted', 'withdrawn')
      ELSE false
    END),
  CONSTRAINT case_end_has_reason CHECK ((reason IS NOT NULL) = (state IN ('rejected', 'withdrawn')))
);
CREATE UNIQUE INDEX one_live_case_per_company ON enrolment.support_case (programme, siren) WHERE state IN ('open', 'admitted');
-- Lists of cases go newest first, read backwards; without a filter they follow the primary key.
CREATE INDEX case_by_company ON enrolment.support_case (siren, case_id);
CREATE INDEX case_by_programme ON enrolment.support_case (programme, case_id);
CREATE INDEX case_by_state ON enrolment.support_case (state, case_id);

-- The end of a window that opened after the admission: with the signature, or with the first day. No foreign key: whoever
-- writes holds the case's grant, and the key would lock the case after it, the other way round than a withdrawal.
CREATE TABLE enrolment.opened_window (
  case_id bigint NOT NULL CONSTRAINT opened_window_pkey PRIMARY KEY,
  ends_on date   NOT NULL
);

-- A company as the contract's jalon.enrolment.v1.Company; "#key" and the SIREN are the order of the list.
CREATE VIEW enrolment.company_row AS
SELECT c.siren, c.name, c.legal_category, c.naf, c.headcount_band, c.created_on, c.ceased, c.seat_nic, c.commune,
       c.department, c.region, c.updated_at, lower(c.name) COLLATE "C" AS "#key"
  FROM enrolment.company c;

-- A case as the contract's jalon.enrolment.v1.Case.
CREATE VIEW enrolment.case_row AS
SELECT k.case_id, k.programme, k.siren, c.name AS company_name, k.state, k.applied_on, k.admitted_on,
       k.granted_half_days, coalesce(k.window_ends_on, w.ends_on) AS window_ends_on,
       k.headcount_hundredths AS "facts.headcount_hundredths", k.turnover_cents AS "facts.turnover",
       k.balance_sheet_cents AS "facts.balance_sheet", k.year_closed_on AS "facts.year_closed_on",
       k.independent AS "facts.independent", k.size_class, c.department, c.region, k.reason, k.version::text AS etag,
       k.updated_at, k.site_headcount_hundredths AS "facts.site_headcount_hundredths",
       k.declared_group_headcount_hundredths AS "facts.group_headcount_hundredths", k.statuses AS "facts.statuses",
       k.group_headcount_hundredths
  FROM enrolment.support_case k
  JOIN enrolment.company c USING (siren)
  LEFT JOIN enrolment.opened_window w USING (case_id);

-- Published: what the other areas may know of a case.
CREATE VIEW enrolment.case_facts AS
SELECT k.case_id, k.programme, k.siren, c.name AS company_name, k.state, k.applied_on, k.admitted_on,
       k.granted_half_days, coalesce(k.window_ends_on, w.ends_on) AS window_ends_on, c.department, c.region, k.size_class,
       k.version::text AS etag, c.naf, k.headcount_hundredths, c.created_on, k.site_headcount_hundredths,
       k.group_headcount_hundredths, k.statuses, c.commune
  FROM enrolment.support_case k
  JOIN enrolment.company c USING (siren)
  LEFT JOIN enrolment.opened_window w USING (case_id);

-- Published: what a case may be judged on without its links: what it declared, what the register has of the company, and when
-- the company applied to the programme otherwise.
CREATE VIEW enrolment.eligibility_facts AS
SELECT k.case_id, k.programme, k.siren, c.name AS company_name, k.state, k.applied_on, k.admitted_on, k.granted_half_days,
       k.rulebook_version, k.headcount_hundredths, k.site_headcount_hundredths, k.turnover_cents, k.balance_sheet_cents,
       k.independent, k.size_class, k.statuses, c.ceased, c.created_on, c.region, c.naf,
       (SELECT string_agg(e.applied_on::text, ',')
          FROM enrolment.support_case e
         WHERE e.programme = k.programme AND e.siren = k.siren AND e.case_id <> k.case_id AND e.state <> 'rejected') AS earlier_requests
  FROM enrolment.support_case k
  JOIN enrolment.company c USING (siren);

-- Published: that a company exists, and its name.
CREATE VIEW enrolment.company_name AS
SELECT c.siren, c.name FROM enrolment.company c;

-- Published: the case, held as it is until the caller's transaction ends, so that no withdrawal slips between the
-- caller's check and its write. No row where there is no such case. Only the case is locked: an import may go on
-- refreshing its company.
CREATE FUNCTION enrolment.lock_case(p_case_id bigint) RETURNS SETOF enrolment.case_facts
LANGUAGE plpgsql ROWS 1 SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM enrolment.support_case k WHERE k.case_id = p_case_id FOR SHARE;
  -- A second statement, so that it sees what was committed while the first waited.
  RETURN QUERY SELECT * FROM enrolment.case_facts f WHERE f.case_id = p_case_id;
END $$;

CREATE TYPE enrolment.import_counts AS (added int, changed int, unchanged int);

-- Adds or refreshes companies; the arrays run in parallel. A SIREN given twice counts once, and its last row stays.
-- Rows already known as given are left out by a plain read first: ON CONFLICT would lock, and so write, each of them.
-- Companies are locked in the order of their SIREN, so that two imports never deadlock.
CREATE FUNCTION enrolment.import_companies(
  call common.call, p_siren text[], p_name text[], p_legal_category text[], p_naf text[], p_headcount_band text[],
  p_created_on date[], p_ceased boolean[], p_seat_nic text[], p_commune text[], p_department text[], p_region text[]
) RETURNS SETOF enrolment.import_counts
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  result enrolment.import_counts;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.import_counts, answer);
    RETURN;
  END IF;

  WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (g.siren COLLATE "C") g.*
      FROM unnest(p_siren, p_name, p_legal_category, p_naf, p_headcount_band, p_created_on, p_ceased, p_seat_nic,
                  p_commune, p_department, p_region) WITH ORDINALITY
           AS g (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department,
                 region, place)
     ORDER BY g.siren COLLATE "C", g.place DESC
  ), written AS (
    INSERT INTO enrolment.company AS c
           (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region)
    SELECT g.siren, g.name, g.legal_category, g.naf, g.headcount_band, g.created_on, g.ceased, g.seat_nic, g.commune,
           g.department, g.region
      FROM given g
     WHERE NOT EXISTS (
             SELECT FROM enrolment.company k
              WHERE k.siren = g.siren
                AND (k.name, k.legal_category, k.naf, k.headcount_band, k.created_on, k.ceased, k.seat_nic, k.commune,
                     k.department, k.region)
                    IS NOT DISTINCT FROM
                    (g.name, g.legal_category, g.naf, g.headcount_band, g.created_on, g.ceased, g.seat_nic, g.commune,
                     g.department, g.region))
     ORDER BY g.siren COLLATE "C"
    ON CONFLICT ON CONSTRAINT company_pkey DO UPDATE
       SET name = excluded.name, legal_category = excluded.legal_category, naf = excluded.naf,
           headcount_band = excluded.headcount_band, created_on = excluded.created_on, ceased = excluded.ceased,
           seat_nic = excluded.seat_nic, commune = excluded.commune, department = excluded.department,
           region = excluded.region, updated_at = now()
    RETURNING c.xmax = 0 AS added  -- an inserted row has no xmax; one that ON CONFLICT updated was locked first
  )
  SELECT count(*) FILTER (WHERE w.added), count(*) FILTER (WHERE NOT w.added), (SELECT count(*) FROM given) - count(*)
    INTO result
    FROM written w;

  PERFORM audit.append(call, 'enrolment', 'companies.imported', 'import/' || call.request_id, NULL, to_jsonb(result));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Published to calendar, which holds the case's grant: when the window that has opened ends; NULL: it is not open any more.
CREATE FUNCTION enrolment.open_window(p_case_id bigint, p_ends_on date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF p_ends_on IS NULL THEN
    DELETE FROM enrolment.opened_window w WHERE w.case_id = p_case_id;
    RETURN;
  END IF;
  INSERT INTO enrolment.opened_window (case_id, ends_on) VALUES (p_case_id, p_ends_on)
  ON CONFLICT ON CONSTRAINT opened_window_pkey DO UPDATE SET ends_on = excluded.ends_on;
END $$;

-- Opens a case. Refusals, in order: COMPANY_NOT_FOUND, PROGRAMME_NOT_FOUND, STATUS_UNKNOWN, CASE_ALREADY_OPEN.
CREATE FUNCTION enrolment.open_case(
  call common.call, p_programme text, p_siren text, p_applied_on date, p_headcount_hundredths bigint,
  p_turnover_cents bigint, p_balance_sheet_cents bigint, p_year_closed_on date, p_independent boolean, p_size_class text,
  p_site_headcount_hundredths bigint, p_declared_group_headcount_hundredths bigint, p_group_headcount_hundredths bigint,
  p_statuses text[]
) RETURNS SETOF enrolment.case_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  rules  record;
  alien  text;
  id     bigint;
  result enrolment.case_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.case_row, answer);
    RETURN;
  END IF;

  IF NOT EXISTS (SELECT FROM enrolment.company c WHERE c.siren = p_siren) THEN
    PERFORM common.refuse('COMPANY_NOT_FOUND', 'siren', p_siren);
  END IF;
  SELECT b.statuses INTO rules FROM programme.rulebook_in_force(p_programme, p_applied_on, NULL, NULL, NULL) b;
  IF NOT FOUND THEN
    PERFORM common.refuse('PROGRAMME_NOT_FOUND', 'programme', p_programme);
  END IF;
  SELECT s INTO alien FROM unnest(p_statuses) WITH ORDINALITY AS s (s, place) WHERE s <> ALL (rules.statuses) ORDER BY place LIMIT 1;
  IF FOUND THEN
    PERFORM common.refuse('STATUS_UNKNOWN', 'status', alien, 'known', coalesce(nullif(array_to_string(rules.statuses, ', '), ''), '–'));
  END IF;
  INSERT INTO enrolment.support_case
         (programme, siren, applied_on, headcount_hundredths, turnover_cents, balance_sheet_cents, year_closed_on,
          independent, size_class, site_headcount_hundredths, declared_group_headcount_hundredths, group_headcount_hundredths, statuses)
  VALUES (p_programme, p_siren, p_applied_on, p_headcount_hundredths, p_turnover_cents, p_balance_sheet_cents,
          p_year_closed_on, p_independent, p_size_class, p_site_headcount_hundredths, p_declared_group_headcount_hundredths,
          p_group_headcount_hundredths, p_statuses)
  ON CONFLICT (programme, siren) WHERE state IN ('open', 'admitted') DO NOTHING
  RETURNING case_id INTO id;
  IF NOT FOUND THEN
    answer := common.replay(call);  -- perhaps a copy of this very request opened it since
    IF answer IS NULL THEN
      PERFORM common.refuse('CASE_ALREADY_OPEN');
    END IF;
    RETURN NEXT jsonb_populate_record(NULL::enrolment.case_row, answer);
    RETURN;
  END IF;

  SELECT * INTO STRICT result FROM enrolment.case_row r WHERE r.case_id = id;
  PERFORM audit.append(call, 'enrolment', 'case.opened', 'case/' || id, id,
                       jsonb_build_object('programme', p_programme, 'siren', p_siren, 'applied_on', p_applied_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- The commands on an existing case lock it first and look for their first answer next: a copy of the same request that
-- waited for the lock finds that answer, and not the state its twin left behind.

-- Admits a case and grants its half-days (NULL: the rulebook's cap). Whether it is eligible is judged by the caller:
-- on the facts it read at p_facts_etag and by p_rulebook_version (NULL: it found none); p_eligibility is what it found,
-- and p_unmet says what fails (NULL: nothing). p_etag is the end client's, NULL where it has none. p_assessment holds the
-- three computations about the company (jalon.enrolment.v1.CompanyAssessment) by the links and accounts that were at
-- p_ownership_etag, p_size_class the class and p_group_headcount_hundredths the staff that follow; all are frozen here, with
-- the single undertaking. p_tacit: working days of silence that make the admission; NULL where somebody decides.
-- Refusals, in order: CASE_NOT_FOUND, ADMITTED_BEFORE_APPLICATION, PROGRAMME_NOT_FOUND, NOT_ELIGIBLE, GRANT_OVER_CAP,
-- STALE_ETAG, CASE_STATE, WINDOW_OVER.
CREATE FUNCTION enrolment.admit_case(
  call common.call, p_case_id bigint, p_admitted_on date, p_granted_half_days int, p_etag text, p_rulebook_version int,
  p_facts_etag text, p_eligibility jsonb, p_unmet text, p_assessment bytea, p_size_class text, p_group_headcount_hundredths bigint,
  p_ownership_etag text, p_tacit int
) RETURNS SETOF enrolment.case_row
LANGUAGE plpgsql AS $$
DECLARE
  held    enrolment.support_case;
  answer  jsonb;
  rules   record;
  owners  record;
  granted int;
  opens   date;  -- first and last day of the window; NULL: from a date still to come
  closes  date;
  result  enrolment.case_row;
BEGIN
  SELECT * INTO held FROM enrolment.support_case k WHERE k.case_id = p_case_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.case_row, answer);
    RETURN;
  END IF;

  IF held.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  IF p_admitted_on < held.applied_on THEN
    PERFORM common.refuse('ADMITTED_BEFORE_APPLICATION', 'date', p_admitted_on::text, 'applied_on', held.applied_on::text);
  END IF;
  SELECT b.version, b.cap_half_days, b.window_months, b.window_from, b.no_start_before INTO rules
    FROM programme.rulebook_in_force(held.programme, held.applied_on, p_admitted_on, NULL, NULL) b;
  IF NOT FOUND THEN
    PERFORM common.refuse('PROGRAMME_NOT_FOUND', 'programme', held.programme);
  END IF;
  IF p_unmet IS NOT NULL THEN
    PERFORM common.refuse('NOT_ELIGIBLE', 'conditions', p_unmet);
  END IF;
  granted := coalesce(p_granted_half_days, rules.cap_half_days);
  IF granted > rules.cap_half_days THEN
    PERFORM common.refuse('GRANT_OVER_CAP', 'cap', rules.cap_half_days::text);
  END IF;
  -- One statement, so that both are of one moment.
  SELECT u.undertaking, u.members, enrolment.ownership_etag(held.siren) AS etag INTO owners
    FROM enrolment.single_undertaking(held.siren, p_admitted_on) u;
  -- A rulebook published or a link declared since the judgement makes it as stale as a change of the case does.
  IF held.version::text <> p_etag OR held.version::text IS DISTINCT FROM p_facts_etag
     OR rules.version IS DISTINCT FROM p_rulebook_version OR owners.etag IS DISTINCT FROM p_ownership_etag THEN
    PERFORM common.refuse('STALE_ETAG');
  END IF;
  IF held.state <> 'open' THEN
    PERFORM common.refuse('CASE_STATE', 'state', held.state);
  END IF;

  -- The window ends with the day that bears the date it runs from, or, in a month that lacks it, with the last one
  -- (Regulation 1182/71, art. 3(2)(c)): what adding months to a date does.
  opens := CASE rules.window_from WHEN 'application' THEN held.applied_on WHEN 'admission' THEN p_admitted_on END;
  closes := opens + make_interval(months => rules.window_months);
  IF closes < p_admitted_on THEN
    PERFORM common.refuse('WINDOW_OVER', 'date', closes::text);
  END IF;
  UPDATE enrolment.support_case k
     SET state = 'admitted', admitted_on = p_admitted_on, rulebook_version = rules.version,
         eligibility = p_eligibility, size_class = p_size_class, cap_half_days = rules.cap_half_days,
         granted_half_days = granted, group_headcount_hundredths = p_group_headcount_hundredths,
         window_ends_on = closes,
         version = k.version + 1, updated_at = now()
   WHERE k.case_id = p_case_id;
  INSERT INTO enrolment.case_assessment (case_id, assessed_on, undertaking, members, assessment)
  VALUES (p_case_id, p_admitted_on, owners.undertaking, owners.members, p_assessment);
  SELECT * INTO STRICT result FROM enrolment.case_row r WHERE r.case_id = p_case_id;
  PERFORM calendar.open_grant(p_case_id, result.siren, result.programme, granted, coalesce(result.department, ''), rules.window_from,
                              rules.window_months, opens, closes, p_admitted_on,
                              CASE rules.no_start_before WHEN 'application' THEN held.applied_on
                                                         WHEN 'admission' THEN p_admitted_on
                                                         WHEN 'agreement' THEN 'infinity' END);

  PERFORM audit.append(call, 'enrolment', 'case.admitted', 'case/' || p_case_id, p_case_id,
                       jsonb_build_object('admitted_on', result.admitted_on, 'granted_half_days', granted,
                                          'window_ends_on', result.window_ends_on,
                                          'rulebook_version', rules.version, 'size_class', p_size_class,
                                          'undertaking', owners.undertaking)
                       || CASE WHEN p_tacit IS NULL THEN '{}'
                               ELSE jsonb_build_object('tacit', format('no answer in %s working days', p_tacit)) END);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Refusals, in order: CASE_NOT_FOUND, STALE_ETAG, CASE_STATE.
CREATE FUNCTION enrolment.reject_case(call common.call, p_case_id bigint, p_reason text, p_etag text)
RETURNS SETOF enrolment.case_row
LANGUAGE plpgsql AS $$
DECLARE
  held   enrolment.support_case;
  answer jsonb;
  result enrolment.case_row;
BEGIN
  SELECT * INTO held FROM enrolment.support_case k WHERE k.case_id = p_case_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.case_row, answer);
    RETURN;
  END IF;

  IF held.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  IF held.version::text <> p_etag THEN
    PERFORM common.refuse('STALE_ETAG');
  END IF;
  IF held.state <> 'open' THEN
    PERFORM common.refuse('CASE_STATE', 'state', held.state);
  END IF;

  UPDATE enrolment.support_case k
     SET state = 'rejected', reason = p_reason, version = k.version + 1, updated_at = now()
   WHERE k.case_id = p_case_id;
  SELECT * INTO STRICT result FROM enrolment.case_row r WHERE r.case_id = p_case_id;
  PERFORM audit.append(call, 'enrolment', 'case.rejected', 'case/' || p_case_id, p_case_id);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Ends a live case. One that was admitted must have nothing planned any more, and nothing more may then be recorded on
-- it; what was performed can still be attested, approved and charged.
-- Refusals, in order: CASE_NOT_FOUND, STALE_ETAG, CASE_STATE, CASE_HAS_HALF_DAYS.
CREATE FUNCTION enrolment.withdraw_case(call common.call, p_case_id bigint, p_reason text, p_etag text)
RETURNS SETOF enrolment.case_row
LANGUAGE plpgsql AS $$
DECLARE
  held   enrolment.support_case;
  answer jsonb;
  result enrolment.case_row;
BEGIN
  SELECT * INTO held FROM enrolment.support_case k WHERE k.case_id = p_case_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.case_row, answer);
    RETURN;
  END IF;

  IF held.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  IF held.version::text <> p_etag THEN
    PERFORM common.refuse('STALE_ETAG');
  END IF;
  IF held.state NOT IN ('open', 'admitted') THEN
    PERFORM common.refuse('CASE_STATE', 'state', held.state);
  END IF;
  IF held.state = 'admitted' AND calendar.close_grant(p_case_id) > 0 THEN
    PERFORM common.refuse('CASE_HAS_HALF_DAYS');
  END IF;

  UPDATE enrolment.support_case k
     SET state = 'withdrawn', reason = p_reason, version = k.version + 1, updated_at = now()
   WHERE k.case_id = p_case_id;
  SELECT * INTO STRICT result FROM enrolment.case_row r WHERE r.case_id = p_case_id;
  PERFORM audit.append(call, 'enrolment', 'case.withdrawn', 'case/' || p_case_id, p_case_id);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Law 1, its second half, by the rulebook itself and not by the copy of its cap that the constraint holds.
CREATE FUNCTION enrolment.check_laws() RETURNS SETOF common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH granted AS (
    SELECT k.case_id, k.granted_half_days, l.cap_half_days,
           row_number() OVER (ORDER BY k.granted_half_days <= l.cap_half_days NULLS FIRST, k.case_id) AS place,
           k.granted_half_days > l.cap_half_days OR l.cap_half_days IS NULL AS breach
      FROM enrolment.support_case k
      LEFT JOIN programme.rulebook_limit l ON (l.programme, l.version) = (k.programme, k.rulebook_version)
     WHERE k.admitted_on IS NOT NULL
  )
  SELECT 1, count(*), count(*) FILTER (WHERE g.breach),
         coalesce(string_agg(format('case %s is granted %s of %s', g.case_id, g.granted_half_days, g.cap_half_days), E'\n'
                             ORDER BY g.place) FILTER (WHERE g.breach AND g.place <= 5), '')
    FROM granted g;
END;

GRANT USAGE ON SCHEMA enrolment TO
  jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_assignment, jalon_calendar, jalon_funding,
  jalon_audit;
GRANT EXECUTE ON FUNCTION enrolment.open_window TO jalon_calendar_owner, jalon_calendar;
GRANT SELECT ON enrolment.case_facts, enrolment.company_name TO
  jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON enrolment.eligibility_facts TO jalon_funding;
GRANT EXECUTE ON FUNCTION enrolment.lock_case TO
  jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT, INSERT ON enrolment.company, enrolment.support_case TO jalon_enrolment;
GRANT UPDATE (name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region,
              updated_at) ON enrolment.company TO jalon_enrolment;
GRANT UPDATE (state, size_class, admitted_on, rulebook_version, eligibility, cap_half_days, granted_half_days, group_headcount_hundredths,
              window_ends_on, reason, version, updated_at) ON enrolment.support_case TO jalon_enrolment;
GRANT SELECT ON enrolment.company_row, enrolment.case_row TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION
  enrolment.import_companies, enrolment.open_case, enrolment.admit_case, enrolment.reject_case, enrolment.withdraw_case
  TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION enrolment.check_laws TO jalon_audit;

COMMIT;
