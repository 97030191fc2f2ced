-- The rules of coverage a second time, in PostgreSQL's numeric, written from services/rules/coverage.h and not from the engine:
-- aid is taken upwards under running caps where the engine cuts downwards. Only for tests; never deployed.

CREATE SCHEMA oracle;

CREATE TYPE oracle.line AS (phase text, cost numeric, eligible numeric, funders text[], cents numeric[]);

-- a × n ÷ d for amounts that are not negative; a half goes up.
CREATE FUNCTION oracle.half_up(a numeric, n numeric, d numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN div(2 * a * n + d, 2 * d);

CREATE FUNCTION oracle.cents(money jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN coalesce((money ->> 'cents')::numeric, 0);

-- Whether a company of these facts is one that a scope is for.
CREATE FUNCTION oracle.fits(scope jsonb, facts jsonb, terms date) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  heads   numeric;
  created date := nullif(facts ->> 'created_on', '')::date;
BEGIN
  IF scope IS NULL THEN
    RETURN true;
  END IF;
  IF scope ? 'size_classes' AND NOT scope -> 'size_classes' ? coalesce(facts ->> 'size_class', 'SIZE_CLASS_UNSPECIFIED') THEN
    RETURN false;
  END IF;
  IF scope ? 'regions' AND NOT scope -> 'regions' ? coalesce(facts ->> 'region', '') THEN
    RETURN false;
  END IF;
  IF scope ? 'statuses' AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(facts -> 'statuses') s
                                         WHERE scope -> 'statuses' ? s) THEN
    RETURN false;
  END IF;
  IF scope ? 'min_headcount_hundredths' OR scope ? 'max_headcount_hundredths' THEN
    heads := (facts ->> CASE scope ->> 'headcount_basis' WHEN 'HEADCOUNT_BASIS_SITE' THEN 'site_headcount_hundredths'
                                                         WHEN 'HEADCOUNT_BASIS_GROUP' THEN 'group_headcount_hundredths'
                                                         ELSE 'headcount_hundredths' END)::numeric;
    IF heads IS NULL OR heads < coalesce((scope ->> 'min_headcount_hundredths')::numeric, heads)
                     OR heads > coalesce((scope ->> 'max_headcount_hundredths')::numeric, heads) THEN
      RETURN false;
    END IF;
  END IF;
  IF scope ? 'min_age_months' OR scope ? 'max_age_months' THEN
    IF created IS NULL OR created > terms
       OR created + make_interval(months => coalesce((scope ->> 'min_age_months')::int, 0)) > terms
       OR (scope ? 'max_age_months' AND created + make_interval(months => (scope ->> 'max_age_months')::int + 1) <= terms) THEN
      RETURN false;
    END IF;
  END IF;
  RETURN true;
END $$;

-- The one tariff of a phase for a case, or NULL.
CREATE FUNCTION oracle.tariff(phase jsonb, half_days int, facts jsonb, terms date) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  t jsonb;
BEGIN
  FOR i IN 0 .. jsonb_array_length(coalesce(phase -> 'tariffs', '[]')) - 1 LOOP
    t := phase -> 'tariffs' -> i;
    IF terms BETWEEN coalesce(t ->> 'valid_from', '-infinity')::date AND coalesce(t ->> 'valid_until', 'infinity')::date
       AND half_days >= coalesce((t ->> 'min_half_days')::int, 0)
       AND half_days <= coalesce((t ->> 'max_half_days')::int, half_days)
       AND oracle.fits(t -> 'scope', facts, terms) THEN
      RETURN t;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- What each funder of the rulebook gives to a phase, 0 for none, under the stack cap; or the refusal.
CREATE FUNCTION oracle.phase_line(r jsonb, t jsonb, agreed jsonb, facts jsonb, terms date, OUT line oracle.line, OUT refusal text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  half_days  numeric := (agreed ->> 'half_days')::numeric;
  counted    numeric := least(half_days, coalesce((t ->> 'eligible_half_days')::numeric, half_days));
  rate       numeric := oracle.cents(agreed -> 'day_rate');
  cap        jsonb := coalesce(t -> 'stack_cap', r -> 'stack_cap');
  room       numeric;
  wanted     numeric := 0;  -- by the funders so far, before the stack cap
  given      numeric := 0;
  aid        numeric;
  total      numeric;
  c          jsonb;
  found      jsonb;
  funder     text;
BEGIN
  line.phase := agreed ->> 'phase';
  line.funders := '{}';
  line.cents := '{}';
  line.cost := CASE WHEN t ? 'fixed_price' THEN oracle.cents(t -> 'fixed_price')
                    WHEN t ? 'agreed_price' THEN oracle.cents(agreed -> 'price')
                    ELSE oracle.half_up(rate, half_days, 2) END;
  line.eligible := least(line.cost,
                         CASE WHEN t ? 'max_day_rate' OR t ? 'any_day_rate' THEN oracle.half_up(rate, counted, 2) END,
                         CASE WHEN t ? 'eligible_day_rate' THEN oracle.half_up(oracle.cents(t -> 'eligible_day_rate'), counted, 2) END,
                         CASE WHEN t ? 'eligible_cost' THEN oracle.cents(t -> 'eligible_cost') END);
  IF line.eligible < oracle.cents(t -> 'min_cost') THEN
    RETURN;
  END IF;
  room := div(line.eligible * coalesce((cap ->> 'numerator')::numeric, 0), (cap ->> 'denominator')::numeric);
  FOR f IN 0 .. jsonb_array_length(r -> 'funders') - 1 LOOP
    funder := r -> 'funders' ->> f;
    found := NULL;
    FOR i IN 0 .. jsonb_array_length(coalesce(t -> 'coverage', '[]')) - 1 LOOP
      c := t -> 'coverage' -> i;
      IF c ->> 'funder' = funder AND oracle.fits(c -> 'scope', facts, terms) THEN
        found := c;
        EXIT;
      END IF;
    END LOOP;
    CONTINUE WHEN found IS NULL;
    aid := CASE WHEN found ? 'rate'
                THEN oracle.half_up(line.eligible, coalesce((found -> 'rate' ->> 'numerator')::numeric, 0),
                                    (found -> 'rate' ->> 'denominator')::numeric)
                WHEN found ? 'remaining_charge'
                THEN greatest(0, line.cost - wanted - oracle.cents(found -> 'remaining_charge'))
                WHEN found ? 'flat_amount'
                THEN least(line.eligible, oracle.cents(found -> 'flat_amount'))
                ELSE least(line.eligible, oracle.half_up(oracle.cents(found -> 'amount_per_day'), counted, 2)) END;
    IF found ? 'ceiling' AND aid > oracle.cents(found -> 'ceiling') THEN
      IF found ->> 'at_ceiling' = 'AT_CEILING_REFUSE' THEN
        refusal := format('AID_OVER_CEILING %s %s', line.phase, aid);
        RETURN;
      END IF;
      aid := oracle.cents(found -> 'ceiling');
    END IF;
    wanted := wanted + aid;
    total := least(wanted, room);
    line.funders := line.funders || funder;
    line.cents := line.cents || (total - given);
    given := total;
  END LOOP;
END $$;

-- Whether aid of a phase and a funder counts under a ceiling; of one that is not told it does.
CREATE FUNCTION oracle.counts(ceiling jsonb, phase text, funder text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (phase IS NULL OR coalesce(ceiling -> 'phases' ? phase, true))
       AND (funder IS NULL OR coalesce(ceiling -> 'funders' ? funder, true));

-- What the company had in the period of a ceiling.
CREATE FUNCTION oracle.earlier(ceiling jsonb, facts jsonb, granted_on date) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
SELECT greatest(0, coalesce(sum(oracle.cents(e -> 'amount')), 0))
  FROM jsonb_array_elements(coalesce(facts -> 'earlier_aid', '[]')) e,
       LATERAL (SELECT (e ->> 'granted_on')::date AS day) d
 WHERE CASE WHEN ceiling -> 'period' ? 'rolling_years'
            THEN d.day BETWEEN granted_on - make_interval(years => (ceiling -> 'period' ->> 'rolling_years')::int) AND granted_on
            ELSE extract(year FROM d.day) BETWEEN extract(year FROM granted_on) + 1 - (ceiling -> 'period' ->> 'calendar_years')::int
                                              AND extract(year FROM granted_on) END
   AND oracle.counts(ceiling, e ->> 'phase', e ->> 'funder')
$$;

-- Lines held under the company's ceilings: from the first funder of the first phase on, each takes what room is left. The
-- ceilings of the fewest phases and funders come first.
CREATE FUNCTION oracle.hold(r jsonb, facts jsonb, granted_on date, INOUT lines oracle.line[], OUT refusal text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  ceiling jsonb;
  room    numeric;
  total   numeric;
  line    oracle.line;
BEGIN
  FOR ceiling IN
    SELECT c.doc FROM jsonb_array_elements(r -> 'company_ceilings') WITH ORDINALITY AS c (doc, place)
     ORDER BY jsonb_array_length(coalesce(c.doc -> 'phases', r -> 'phases'))
              * jsonb_array_length(coalesce(c.doc -> 'funders', r -> 'funders')), c.place
  LOOP
    room := greatest(0, oracle.cents(ceiling -> 'ceiling') - oracle.earlier(ceiling, facts, granted_on));
    total := (SELECT coalesce(sum(s.cents), 0) FROM unnest(lines) l, unnest(l.funders, l.cents) AS s (funder, cents)
               WHERE oracle.counts(ceiling, l.phase, s.funder));
    CONTINUE WHEN total <= room;
    IF ceiling ->> 'at_ceiling' = 'AT_CEILING_REFUSE' THEN
      refusal := format('COMPANY_OVER_CEILING %s', total);
      RETURN;
    END IF;
    FOR l IN 1 .. cardinality(lines) LOOP
      line := lines[l];
      FOR s IN 1 .. cardinality(line.cents) LOOP
        CONTINUE WHEN NOT oracle.counts(ceiling, line.phase, line.funders[s]);
        line.cents[s] := least(line.cents[s], room);
        room := room - line.cents[s];
      END LOOP;
      lines[l] := line;
    END LOOP;
  END LOOP;
END $$;

-- The coverage of a case as a text, "phase cost eligible company funder=cents …;" a line, or the refusal.
CREATE FUNCTION oracle.coverage(r jsonb, c jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  facts   jsonb := c -> 'facts';
  terms   date := (c ->> 'terms_date')::date;
  agreed  jsonb := c -> 'agreed';
  phases  jsonb[] := '{}';
  missing text[] := '{}';
  tariffs jsonb[] := '{}';
  lines   oracle.line[] := '{}';
  made    record;
  answer  text := '';
  p       jsonb;
  wanted  text;
BEGIN
  r := r || '{}';  -- out of its compressed form, once
  FOR i IN 0 .. jsonb_array_length(agreed) - 1 LOOP
    p := NULL;
    FOR j IN 0 .. jsonb_array_length(r -> 'phases') - 1 LOOP
      IF r -> 'phases' -> j ->> 'code' = agreed -> i ->> 'phase' AND r -> 'phases' -> j ? 'chargeable' THEN
        p := r -> 'phases' -> j;
        EXIT;
      END IF;
    END LOOP;
    IF p IS NULL THEN
      missing := missing || (agreed -> i ->> 'phase');
    END IF;
    phases := phases || p;
  END LOOP;
  IF missing <> '{}' THEN
    RETURN 'PHASE_NOT_FOUND ' || array_to_string(missing, ', ');
  END IF;
  FOR i IN 1 .. cardinality(phases) LOOP
    CONTINUE WHEN NOT phases[i] ? 'prerequisites';
    FOR wanted IN SELECT jsonb_array_elements_text(phases[i] -> 'prerequisites') LOOP
      IF NOT (coalesce(facts -> 'phases_done', '[]') ? wanted
              OR jsonb_path_exists(agreed, '$[*] ? (@.phase == $w)', jsonb_build_object('w', wanted))) THEN
        RETURN format('PREREQUISITE_MISSING %s %s', phases[i] ->> 'code', wanted);
      END IF;
    END LOOP;
  END LOOP;
  FOR i IN 1 .. cardinality(phases) LOOP
    p := oracle.tariff(phases[i], (agreed -> (i - 1) ->> 'half_days')::int, facts, terms);
    IF p IS NULL THEN
      RETURN 'NO_TARIFF ' || (phases[i] ->> 'code');
    END IF;
    tariffs := tariffs || p;
  END LOOP;
  FOR i IN 1 .. cardinality(phases) LOOP
    IF oracle.cents(agreed -> (i - 1) -> 'day_rate') > oracle.cents(tariffs[i] -> 'max_day_rate') AND tariffs[i] ? 'max_day_rate' THEN
      RETURN 'DAY_RATE_OVER_CAP ' || (phases[i] ->> 'code');
    END IF;
  END LOOP;
  FOR i IN 1 .. cardinality(phases) LOOP
    made := oracle.phase_line(r, tariffs[i], agreed -> (i - 1), facts, terms);
    IF made.refusal IS NOT NULL THEN
      RETURN made.refusal;
    END IF;
    lines := lines || made.line;
  END LOOP;
  IF r ? 'company_ceilings' THEN
    made := oracle.hold(r, facts, (facts ->> 'granted_on')::date, lines);
    IF made.refusal IS NOT NULL THEN
      RETURN made.refusal;
    END IF;
    lines := made.lines;
  END IF;
  FOR i IN 1 .. cardinality(lines) LOOP
    DECLARE
      aid  numeric := 0;
      told text := '';
    BEGIN
      FOR s IN 1 .. cardinality(lines[i].cents) LOOP
        CONTINUE WHEN lines[i].cents[s] = 0;
        aid := aid + lines[i].cents[s];
        told := told || ' ' || lines[i].funders[s] || '=' || lines[i].cents[s];
      END LOOP;
      answer := answer || format('%s %s %s %s%s;', lines[i].phase, lines[i].cost, lines[i].eligible, lines[i].cost - aid, told);
    END;
  END LOOP;
  RETURN answer;
END $$;

CREATE UNLOGGED TABLE oracle.rulebook (batch int, id int, doc jsonb);
CREATE UNLOGGED TABLE oracle.kase (batch int, id bigint, rulebook int, doc jsonb, engine text);
