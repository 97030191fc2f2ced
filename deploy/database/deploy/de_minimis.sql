-- Deploy jalon:de_minimis to pg
-- requires: calendar

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

-- De minimis aid (law 8), under Regulation (EU) 2023/2831: what one single undertaking was granted, within one Member
-- State, over any three years, by the dates of the grants. Whether a member belongs is enrolment's business; entries are
-- kept by SIREN and summed over the members, as these change with their links.

-- Ceilings nest: aid to fishery counts for agriculture as well, and both count for the general one (art. 5(1) of
-- Regulations 2023/2831, 1408/2013 and 717/2014).
CREATE TABLE funding.de_minimis_regime (
  regime        text   NOT NULL CONSTRAINT de_minimis_regime_pkey PRIMARY KEY,
  place         int    NOT NULL CONSTRAINT de_minimis_regime_place UNIQUE,  -- a ceiling bounds the aid of its place and below
  ceiling_cents bigint NOT NULL CONSTRAINT de_minimis_ceiling_positive CHECK (ceiling_cents > 0)
);
INSERT INTO funding.de_minimis_regime (regime, place, ceiling_cents) VALUES
  ('fishery', 1, 3000000), ('agriculture', 2, 5000000), ('general', 3, 30000000);

-- granted: by us, at the signature or by an amendment, and what takes it back; declared: by the company; confirmed: found
-- in the national register.
CREATE TYPE funding.aid_origin AS ENUM ('granted', 'declared', 'confirmed');

-- What is known of aid, as it came to be known. Rows only grow: what we take back is an entry of its own, on the date of
-- the grant that it lowers; of what others granted, the newest row under a reference counts, 0 taking it away.
CREATE TABLE funding.aid (
  aid_id       bigint             NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT aid_pkey PRIMARY KEY,
  siren        text COLLATE "C"   NOT NULL,
  origin       funding.aid_origin NOT NULL,
  regime       text               NOT NULL CONSTRAINT aid_of_regime REFERENCES funding.de_minimis_regime,
  granted_on   date               NOT NULL,
  amount_cents bigint             NOT NULL,
  reference    text COLLATE "C"   NOT NULL,
  authority    text               NOT NULL,  -- who granted it; '': we
  case_id      bigint,
  recorded_at  timestamptz        NOT NULL DEFAULT now(),
  recorded_by  text               NOT NULL,
  CONSTRAINT aid_of_others_not_negative CHECK (origin = 'granted' OR amount_cents >= 0),
  CONSTRAINT aid_granted_has_its_case CHECK ((origin = 'granted') = (case_id IS NOT NULL))
);
CREATE INDEX aid_by_siren ON funding.aid (siren, granted_on);
CREATE INDEX aid_by_case ON funding.aid (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX aid_granted_by_date ON funding.aid (granted_on, aid_id) WHERE origin = 'granted';
CREATE TRIGGER aid_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.aid
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Which of our entries stand in the national register, and under what number there.
CREATE TABLE funding.aid_registered (
  aid_id             bigint NOT NULL CONSTRAINT aid_registered_once PRIMARY KEY CONSTRAINT aid_registered_of REFERENCES funding.aid,
  siren              text COLLATE "C" NOT NULL,
  register_reference text COLLATE "C" NOT NULL,
  registered_on      date   NOT NULL
);
CREATE INDEX aid_registered_by_reference ON funding.aid_registered (siren, register_reference);
CREATE TRIGGER aid_registered_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.aid_registered
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- The aid that counts, of these companies. What is confirmed stands for what was declared under the same reference; what
-- we granted ourselves stands for whatever others tell of it, under our reference or the register's: no aid counts twice.
-- `first_id`: the row from which on it was known.
CREATE FUNCTION funding.counted_aid(p_members text[])
RETURNS TABLE (siren text, reference text, regime text, origin funding.aid_origin, granted_on date, amount_cents bigint,
               authority text, case_id bigint, first_id bigint)
LANGUAGE sql STABLE AS $$
  SELECT a.siren, a.reference, a.regime, a.origin, a.granted_on, sum(a.amount_cents)::bigint, '', a.case_id, min(a.aid_id)
    FROM funding.aid a
   WHERE a.siren = ANY (p_members) AND a.origin = 'granted'
   GROUP BY a.siren, a.reference, a.regime, a.origin, a.granted_on, a.case_id
  HAVING sum(a.amount_cents) <> 0
  UNION ALL
  SELECT o.*
    FROM (SELECT DISTINCT ON (a.siren, a.reference)
                 a.siren, a.reference, a.regime, a.origin, a.granted_on, a.amount_cents, a.authority, a.case_id, a.aid_id
            FROM funding.aid a
           WHERE a.siren = ANY (p_members) AND a.origin <> 'granted'
           ORDER BY a.siren, a.reference, a.origin DESC, a.aid_id DESC) o
   WHERE o.amount_cents > 0
     AND NOT EXISTS (SELECT FROM funding.aid g WHERE g.siren = o.siren AND g.origin = 'granted' AND g.reference = o.reference)
     AND NOT EXISTS (SELECT FROM funding.aid_registered r WHERE r.siren = o.siren AND r.register_reference = o.reference)
$$;

-- The first day of the three years that end on a day, inclusive: 30 January 2024 looks back to 30 January 2021.
CREATE FUNCTION funding.three_years_before(p_day date) RETURNS date LANGUAGE sql IMMUTABLE
RETURN (p_day - interval '3 years')::date;

-- The windows that an aid granted on a day would lie in, with what is granted in each: the one that ends that day, and
-- those that end on a later grant already known (a signature may be entered late), since sums are greatest where a grant
-- ends the window. One row for each ceiling that binds the regime. `p_known_before`: only later grants known before that
-- row make a window of their own; NULL: all do.
CREATE FUNCTION funding.de_minimis_windows(p_siren text, p_on date, p_regime text, p_known_before bigint DEFAULT NULL)
RETURNS TABLE (starts_on date, ends_on date, undertaking text, members text[], ceiling_cents bigint, used_cents bigint)
LANGUAGE sql STABLE AS $$
  WITH last_day AS (
    SELECT p_on AS day
    UNION
    SELECT c.granted_on
      FROM enrolment.single_undertaking(p_siren, p_on) u, funding.counted_aid(u.members) c
     WHERE c.granted_on > p_on AND funding.three_years_before(c.granted_on) <= p_on
       AND (p_known_before IS NULL OR c.first_id < p_known_before)
  )
  SELECT funding.three_years_before(d.day), d.day, u.undertaking, u.members, r.ceiling_cents,
         (SELECT coalesce(sum(c.amount_cents), 0)::bigint
            FROM funding.counted_aid(u.members) c
            JOIN funding.de_minimis_regime q ON q.regime = c.regime AND q.place <= r.place
           WHERE c.granted_on BETWEEN funding.three_years_before(d.day) AND d.day)
    FROM last_day d
   CROSS JOIN LATERAL enrolment.single_undertaking(p_siren, d.day) u
    JOIN funding.de_minimis_regime r ON r.place >= (SELECT o.place FROM funding.de_minimis_regime o WHERE o.regime = p_regime)
   ORDER BY d.day, r.place
$$;

-- Law 8: enters an aid of ours, or refuses it whole. The caller holds the single undertaking
-- (enrolment.lock_single_undertaking), and this is a later statement than the one that locked it.
CREATE FUNCTION funding.award_aid(call common.call, p_siren text, p_on date, p_regime text, p_case_id bigint, p_cents bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  tight record;
BEGIN
  SELECT w.* INTO STRICT tight FROM funding.de_minimis_windows(p_siren, p_on, p_regime) w
   ORDER BY w.ceiling_cents - w.used_cents, w.ends_on LIMIT 1;
  IF tight.used_cents + p_cents > tight.ceiling_cents THEN
    PERFORM common.refuse('DE_MINIMIS_EXCEEDED', 'aid_cents', p_cents::text, 'ceiling_cents', tight.ceiling_cents::text,
                          'left_cents', greatest(tight.ceiling_cents - tight.used_cents, 0)::text, 'date', tight.ends_on::text,
                          'members', array_to_string(tight.members, ', '));
  END IF;
  INSERT INTO funding.aid (siren, origin, regime, granted_on, amount_cents, reference, authority, case_id, recorded_by)
  VALUES (p_siren, 'granted', p_regime, p_on, p_cents, 'jalon-' || p_case_id, '', p_case_id, call.actor);
END $$;

-- Takes back part of what a case was granted: from its newest grant first. The caller holds the agreement.
CREATE FUNCTION funding.take_back_aid(call common.call, p_case_id bigint, p_cents bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  still bigint := p_cents;
  g     record;
BEGIN
  FOR g IN
    SELECT a.siren, a.regime, a.granted_on, a.reference, sum(a.amount_cents)::bigint AS cents
      FROM funding.aid a
     WHERE a.case_id = p_case_id
     GROUP BY a.siren, a.regime, a.granted_on, a.reference
    HAVING sum(a.amount_cents) > 0
     ORDER BY a.granted_on DESC
  LOOP
    EXIT WHEN still = 0;
    INSERT INTO funding.aid (siren, origin, regime, granted_on, amount_cents, reference, authority, case_id, recorded_by)
    VALUES (g.siren, 'granted', g.regime, g.granted_on, -least(still, g.cents), g.reference, '', p_case_id, call.actor);
    still := still - least(still, g.cents);
  END LOOP;
END $$;

-- An aid as the contract's jalon.funding.v1.Aid.
CREATE VIEW funding.aid_row AS
SELECT a.aid_id, a.siren, n.name AS company_name, a.origin, a.regime, a.granted_on, a.amount_cents AS amount, a.reference, a.authority,
       a.case_id
  FROM funding.aid a
  LEFT JOIN enrolment.company_name n ON n.siren = a.siren;

-- Enters what a company declares, or the register confirms, of aid by others. It is a fact, so it is taken even where it
-- exceeds the ceiling; awards see it from then on. Refusals: COMPANY_NOT_FOUND.
CREATE FUNCTION funding.enter_aid(
  call common.call, p_origin funding.aid_origin, p_siren text, p_granted_on date, p_regime text, p_amount_cents bigint,
  p_reference text, p_authority text
) RETURNS SETOF funding.aid_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
  id     bigint;
  result funding.aid_row;
BEGIN
  -- No award to these companies is under way: each knows all that was entered before it.
  PERFORM enrolment.lock_single_undertaking(p_siren, p_granted_on);
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.aid_row, answer);
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM enrolment.company_name c WHERE c.siren = p_siren) THEN
    PERFORM common.refuse('COMPANY_NOT_FOUND', 'siren', p_siren);
  END IF;
  INSERT INTO funding.aid (siren, origin, regime, granted_on, amount_cents, reference, authority, recorded_by)
  VALUES (p_siren, p_origin, p_regime, p_granted_on, p_amount_cents, p_reference, p_authority, call.actor)
  RETURNING aid_id INTO id;
  SELECT * INTO STRICT result FROM funding.aid_row r WHERE r.aid_id = id;
  PERFORM audit.append(call, 'funding', 'aid.' || p_origin, 'company/' || p_siren, NULL, to_jsonb(result));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Law 8, on what is known now: every window that ends on a grant of ours, and those that ended on a later grant known when
-- ours was made. What came to light since counts as well: the aid must then be taken back.
CREATE FUNCTION funding.check_de_minimis() RETURNS common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH award AS (
    SELECT a.siren, a.regime, a.granted_on, min(a.aid_id) AS first_id
      FROM funding.aid a
     WHERE a.origin = 'granted'
     GROUP BY a.siren, a.reference, a.regime, a.granted_on
    HAVING sum(a.amount_cents) > 0
  ), breach AS (
    SELECT DISTINCT format('single undertaking %s: %s cents of de minimis aid from %s to %s, %s at the most',
                           w.undertaking, w.used_cents, w.starts_on, w.ends_on, w.ceiling_cents) AS what
      FROM award a
     CROSS JOIN LATERAL funding.de_minimis_windows(a.siren, a.granted_on, a.regime, a.first_id) w
     WHERE w.used_cents > w.ceiling_cents
  )
  SELECT 8, (SELECT count(*) FROM award), (SELECT count(*) FROM breach),
         coalesce((SELECT string_agg(f.what, E'\n' ORDER BY f.what) FROM (SELECT b.what FROM breach b ORDER BY b.what LIMIT 5) f), '')
$$;

GRANT SELECT ON funding.de_minimis_regime, funding.aid, funding.aid_registered, funding.aid_row TO jalon_funding;
GRANT INSERT ON funding.aid, funding.aid_registered TO jalon_funding;
GRANT EXECUTE ON FUNCTION
  funding.counted_aid, funding.three_years_before, funding.de_minimis_windows, funding.award_aid, funding.take_back_aid,
  funding.enter_aid TO jalon_funding;
GRANT USAGE ON SCHEMA funding TO jalon_audit;
GRANT EXECUTE ON FUNCTION funding.check_de_minimis TO jalon_audit;

COMMIT;
