-- Deploy jalon:assignment to pg
-- requires: ownership

BEGIN;
SET LOCAL ROLE jalon_assignment_owner;

CREATE TABLE assignment.consultant (
  consultant_id    bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT consultant_pkey PRIMARY KEY,
  name             text   NOT NULL,
  skills           text[] NOT NULL,
  skill_levels     int[]  NOT NULL,  -- of each skill, in their order: 1 knows it, 2 has practised it, 3 is an expert
  regions          text[] NOT NULL,
  sectors          text[] NOT NULL DEFAULT '{}',  -- sections of the NAF, as C
  languages        text[] NOT NULL DEFAULT '{}',  -- ISO 639-1, as fr
  home_commune     text,  -- INSEE code; NULL: not known
  radius_km        int CONSTRAINT consultant_radius_positive CHECK (radius_km > 0),  -- how far from home; NULL: no matter
  employer_siren   text COLLATE "C",
  day_rate_cents   bigint NOT NULL CONSTRAINT consultant_day_rate_not_negative CHECK (day_rate_cents >= 0),
  accredited_until date,  -- inclusive; NULL: without end
  -- When the consultant works in an ordinary week: bit 2 * (isodow - 1), and the next for the afternoon. NULL: Monday to
  -- Friday, mornings and afternoons.
  working_halves         int CONSTRAINT consultant_works_sometime CHECK (working_halves BETWEEN 1 AND 16383),
  max_half_days_per_week int CONSTRAINT consultant_week_has_fourteen_halves CHECK (max_half_days_per_week BETWEEN 1 AND 14), -- NULL: none
  left_on          date,  -- last day in the programme; NULL: still there
  version          int    NOT NULL DEFAULT 1,
  CONSTRAINT consultant_skill_has_level CHECK (cardinality(skills) = cardinality(skill_levels) AND 1 <= ALL (skill_levels)
                                               AND 3 >= ALL (skill_levels))
);
CREATE INDEX consultant_by_employer ON assignment.consultant (employer_siren) WHERE employer_siren IS NOT NULL;

-- The programmes a consultant may work for, and when. One who has none may work for every programme. An accreditation
-- given again from the same day lasts as it was last said.
CREATE TABLE assignment.accreditation (
  consultant_id bigint NOT NULL CONSTRAINT accreditation_of_consultant REFERENCES assignment.consultant,
  programme     text   NOT NULL,
  starts_on     date   NOT NULL,
  ends_on       date,  -- inclusive; NULL: without end
  CONSTRAINT accreditation_pkey PRIMARY KEY (consultant_id, programme, starts_on),
  CONSTRAINT accreditation_not_empty CHECK (starts_on <= ends_on)
);

-- Companies that a consultant worked for outside the programme, until when. Declared once, for good.
CREATE TABLE assignment.previous_client (
  consultant_id bigint           NOT NULL CONSTRAINT previous_client_of_consultant REFERENCES assignment.consultant,
  siren         text COLLATE "C" NOT NULL,
  ended_on      date             NOT NULL,
  declared_on   date             NOT NULL,
  CONSTRAINT previous_client_pkey PRIMARY KEY (consultant_id, siren, ended_on)
);
CREATE INDEX previous_client_by_siren ON assignment.previous_client (siren);
CREATE TRIGGER previous_client_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON assignment.previous_client
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Days on which a consultant does not work. Those of one consultant do not overlap: add_absence sees to it, one at a
-- time under the lock of the consultant.
CREATE TABLE assignment.absence (
  absence_id    bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT absence_pkey PRIMARY KEY,
  consultant_id bigint NOT NULL CONSTRAINT absence_of_consultant REFERENCES assignment.consultant,
  starts_on     date   NOT NULL,
  ends_on       date   NOT NULL,
  label         text,
  CONSTRAINT absence_not_empty CHECK (starts_on <= ends_on)
);
-- "Absent on that day?" reads on from the first absence that ends no earlier: one entry or none, for a recent day.
CREATE INDEX absence_by_consultant ON assignment.absence (consultant_id, ends_on, starts_on);

-- Law 3: nobody is assigned to a company in which they have an interest. What is withdrawn leaves the table; the audit keeps
-- who declared it, who withdrew it, and why.
CREATE TABLE assignment.conflict (
  consultant_id bigint           NOT NULL CONSTRAINT conflict_of_consultant REFERENCES assignment.consultant,
  siren         text COLLATE "C" NOT NULL,
  reason        text             NOT NULL,
  declared_on   date             NOT NULL,
  CONSTRAINT conflict_pkey PRIMARY KEY (consultant_id, siren)
);
CREATE TRIGGER conflict_never_edited BEFORE UPDATE OR TRUNCATE ON assignment.conflict
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- A consultant on a phase of a case, between two days. Those of one consultant, case and phase do not overlap. One that
-- is ended before its first day has its last day before it, and covers nothing.
CREATE TABLE assignment.assignment (
  assignment_id bigint           NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT assignment_pkey PRIMARY KEY,
  case_id       bigint           NOT NULL,
  consultant_id bigint           NOT NULL CONSTRAINT assignment_of_consultant REFERENCES assignment.consultant,
  phase         text             NOT NULL,
  siren         text COLLATE "C" NOT NULL,  -- of the case, which never changes it
  starts_on     date             NOT NULL,
  ends_on       date             NOT NULL,
  ended         boolean          NOT NULL DEFAULT false,
  CONSTRAINT assignment_not_empty CHECK (starts_on <= ends_on OR ended)
) WITH (fillfactor = 80);  -- recording locks these rows and end_assignment rewrites them, both in their page
CREATE INDEX assignment_by_case ON assignment.assignment (case_id, consultant_id, phase, starts_on);
CREATE INDEX assignment_by_consultant ON assignment.assignment (consultant_id, assignment_id);

-- The bits of working_halves as the contract names them.
CREATE FUNCTION assignment.halves_worked(p_bits int) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT day || '_' || half
               FROM unnest(ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
                    WITH ORDINALITY AS d (day, place),
                    (VALUES ('morning', 0), ('afternoon', 1)) AS h (half, later)
              WHERE (p_bits >> (2 * (place::int - 1) + later)) & 1 = 1
              ORDER BY place, later);

-- The contract's jalon.assignment.v1 resources.
CREATE VIEW assignment.consultant_row AS
SELECT c.consultant_id, c.name, c.skills, c.regions, c.day_rate_cents AS day_rate, c.accredited_until, c.skill_levels, c.sectors,
       c.languages, c.home_commune, c.radius_km, c.employer_siren, assignment.halves_worked(c.working_halves) AS working_halves,
       c.max_half_days_per_week, c.left_on, c.version::text AS etag
  FROM assignment.consultant c;

CREATE VIEW assignment.accreditation_row AS
SELECT a.consultant_id, a.programme, a.starts_on, a.ends_on
  FROM assignment.accreditation a;

CREATE VIEW assignment.previous_client_row AS
SELECT p.consultant_id, p.siren, p.ended_on
  FROM assignment.previous_client p;

CREATE VIEW assignment.absence_row AS
SELECT a.absence_id, a.consultant_id, a.starts_on, a.ends_on, a.label
  FROM assignment.absence a;

CREATE VIEW assignment.conflict_row AS
SELECT c.consultant_id, c.siren, c.reason
  FROM assignment.conflict c;

CREATE VIEW assignment.assignment_row AS
SELECT a.assignment_id, a.case_id, a.consultant_id, c.name AS consultant_name, a.phase, a.starts_on, a.ends_on, a.ended
  FROM assignment.assignment a
  JOIN assignment.consultant c USING (consultant_id);

-- Published: who is or was assigned to which case, for the areas that show a consultant the own cases only.
CREATE VIEW assignment.assignee AS
SELECT DISTINCT a.case_id, a.consultant_id
  FROM assignment.assignment a
 WHERE a.starts_on <= a.ends_on;

-- Published: what law 3 is rechecked against.
CREATE VIEW assignment.assigned_period AS
SELECT a.assignment_id, a.case_id, a.consultant_id, a.phase, a.starts_on, a.ends_on
  FROM assignment.assignment a;

CREATE VIEW assignment.absent_period AS
SELECT a.consultant_id, a.starts_on, a.ends_on
  FROM assignment.absence a;

-- Published: when a consultant works in an ordinary week, how much at the most, and until when, for whoever plans.
CREATE VIEW assignment.consultant_capacity AS
SELECT c.consultant_id, c.working_halves, c.max_half_days_per_week, c.left_on
  FROM assignment.consultant c;

-- Published: how a consultant is called.
CREATE VIEW assignment.consultant_name AS
SELECT c.consultant_id, c.name
  FROM assignment.consultant c;

-- Published to calendar, which calls it before it writes half-days; the arrays run in parallel. For each item, in no
-- order: its place from 1, the assignment that covers it (NULL: none), and whether the consultant is absent that day.
-- Each assignment stays locked until the caller's transaction ends, in the order of their ids: whoever would shorten it
-- or add an absence waits, and then finds the half-days written here.
-- Its two statements are planned once, for any number of items and for big tables: planned again at each call, as arrays
-- of known length tempt the planner to, they take five times as long.
CREATE FUNCTION assignment.hold(p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[])
RETURNS TABLE (ord int, assignment_id bigint, absent boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  places int[];
  held   bigint[];
BEGIN
  -- A row that changed while this waited for it is judged again as it now is.
  SELECT array_agg(l.place), array_agg(l.assignment_id) INTO places, held
    FROM (SELECT i.place::int, a.assignment_id
            FROM unnest(p_case_id, p_consultant_id, p_phase, p_date) WITH ORDINALITY
                 AS i (case_id, consultant_id, phase, date, place)
            JOIN assignment.assignment a
              ON a.case_id = i.case_id AND a.consultant_id = i.consultant_id AND a.phase = i.phase
                 AND i.date BETWEEN a.starts_on AND a.ends_on
           ORDER BY a.assignment_id
             FOR SHARE OF a) l;
  -- Absences in a second statement, so that it sees those committed while the first waited.
  RETURN QUERY
    SELECT i.place::int, h.assignment_id,
           EXISTS (SELECT FROM assignment.absence b
                    WHERE b.consultant_id = i.consultant_id AND b.ends_on >= i.date AND b.starts_on <= i.date)
      FROM unnest(p_consultant_id, p_date) WITH ORDINALITY AS i (consultant_id, date, place)
      LEFT JOIN unnest(places, held) AS h (place, assignment_id) ON h.place = i.place;
END $$;

-- Published to calendar, before it moves half-days of these consultants: until its transaction ends, nobody else adds
-- half-days of theirs, for that takes a share of one of these rows. In the order of assignment.hold.
CREATE FUNCTION assignment.hold_consultants(p_consultant_id bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM assignment.assignment a WHERE a.consultant_id = ANY (p_consultant_id) ORDER BY a.assignment_id FOR UPDATE;
END $$;

-- The commands below lock the consultant first and look for their first answer next: absences, conflicts and
-- assignments of one consultant come one at a time, and a copy of the same request that waited for the lock finds the
-- answer its twin gave. Where it also takes the consultant's assignments, recording is shut out until the end of the
-- transaction. The events name people by their number only: an event can never be purged, a name must be.

CREATE FUNCTION assignment.create_consultant(
  call common.call, p_name text, p_skills text[], p_regions text[], p_day_rate_cents bigint, p_accredited_until date,
  p_skill_levels int[], p_sectors text[], p_languages text[], p_home_commune text, p_radius_km int, p_employer_siren text,
  p_working_halves int, p_max_half_days_per_week int
) RETURNS SETOF assignment.consultant_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint;
  result assignment.consultant_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.consultant_row, answer);
    RETURN;
  END IF;

  INSERT INTO assignment.consultant
         (name, skills, skill_levels, regions, day_rate_cents, accredited_until, sectors, languages, home_commune, radius_km,
          employer_siren, working_halves, max_half_days_per_week)
  VALUES (p_name, p_skills, p_skill_levels, p_regions, p_day_rate_cents, p_accredited_until, p_sectors, p_languages,
          p_home_commune, p_radius_km, p_employer_siren, p_working_halves, p_max_half_days_per_week)
  RETURNING consultant_id INTO id;
  SELECT * INTO STRICT result FROM assignment.consultant_row r WHERE r.consultant_id = id;
  PERFORM audit.append(call, 'assignment', 'consultant.created', 'consultant/' || id);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Changes the columns that `p_mask` names, and no other. What is planned stays as it is: a new week or another employer
-- governs what is assigned and planned from now on. `p_etag` NULL: whatever was read.
-- Refusals, in order: CONSULTANT_NOT_FOUND, STALE_ETAG.
CREATE FUNCTION assignment.update_consultant(
  call common.call, p_consultant_id bigint, p_etag text, p_mask text[], p_name text, p_skills text[], p_regions text[],
  p_day_rate_cents bigint, p_accredited_until date, p_skill_levels int[], p_sectors text[], p_languages text[],
  p_home_commune text, p_radius_km int, p_employer_siren text, p_working_halves int, p_max_half_days_per_week int
) RETURNS SETOF assignment.consultant_row
LANGUAGE plpgsql AS $$
DECLARE
  held   assignment.consultant;
  answer jsonb;
  result assignment.consultant_row;
BEGIN
  SELECT * INTO held FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.consultant_row, answer);
    RETURN;
  END IF;

  IF held.consultant_id IS NULL THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF held.version::text <> p_etag THEN
    PERFORM common.refuse('STALE_ETAG');
  END IF;

  UPDATE assignment.consultant c
     SET name = CASE WHEN 'name' = ANY (p_mask) THEN p_name ELSE c.name END,
         skills = CASE WHEN 'skills' = ANY (p_mask) THEN p_skills ELSE c.skills END,
         skill_levels = CASE WHEN 'skills' = ANY (p_mask) THEN p_skill_levels ELSE c.skill_levels END,
         regions = CASE WHEN 'regions' = ANY (p_mask) THEN p_regions ELSE c.regions END,
         day_rate_cents = CASE WHEN 'day_rate' = ANY (p_mask) THEN p_day_rate_cents ELSE c.day_rate_cents END,
         accredited_until = CASE WHEN 'accredited_until' = ANY (p_mask) THEN p_accredited_until ELSE c.accredited_until END,
         sectors = CASE WHEN 'sectors' = ANY (p_mask) THEN p_sectors ELSE c.sectors END,
         languages = CASE WHEN 'languages' = ANY (p_mask) THEN p_languages ELSE c.languages END,
         home_commune = CASE WHEN 'home_commune' = ANY (p_mask) THEN p_home_commune ELSE c.home_commune END,
         radius_km = CASE WHEN 'radius_km' = ANY (p_mask) THEN p_radius_km ELSE c.radius_km END,
         employer_siren = CASE WHEN 'employer_siren' = ANY (p_mask) THEN p_employer_siren ELSE c.employer_siren END,
         working_halves = CASE WHEN 'working_halves' = ANY (p_mask) THEN p_working_halves ELSE c.working_halves END,
         max_half_days_per_week = CASE WHEN 'max_half_days_per_week' = ANY (p_mask) THEN p_max_half_days_per_week
                                       ELSE c.max_half_days_per_week END,
         version = c.version + 1
   WHERE c.consultant_id = p_consultant_id;
  SELECT * INTO STRICT result FROM assignment.consultant_row r WHERE r.consultant_id = p_consultant_id;
  PERFORM audit.append(call, 'assignment', 'consultant.updated', 'consultant/' || p_consultant_id, NULL,
                       jsonb_build_object('changed', p_mask));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- The consultant leaves the programme after a day: the assignments end by then. Whoever still has half-days after it is
-- to be reassigned first. Refusals, in order: CONSULTANT_NOT_FOUND, CONSULTANT_LEFT, HALF_DAYS_LEFT_OUTSIDE.
CREATE FUNCTION assignment.retire_consultant(call common.call, p_consultant_id bigint, p_left_on date)
RETURNS SETOF assignment.consultant_row
LANGUAGE plpgsql AS $$
DECLARE
  held    assignment.consultant;
  answer  jsonb;
  left_at date;
  result  assignment.consultant_row;
BEGIN
  SELECT * INTO held FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.consultant_row, answer);
    RETURN;
  END IF;

  IF held.consultant_id IS NULL THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF held.left_on IS NOT NULL THEN
    PERFORM common.refuse('CONSULTANT_LEFT', 'date', held.left_on::text);
  END IF;
  PERFORM FROM assignment.assignment a WHERE a.consultant_id = p_consultant_id ORDER BY a.assignment_id FOR UPDATE;
  left_at := calendar.first_live_half_day(p_consultant_id, p_left_on + 1, 'infinity');
  IF left_at IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_at::text);
  END IF;

  UPDATE assignment.assignment a SET ends_on = p_left_on, ended = true
   WHERE a.consultant_id = p_consultant_id AND a.ends_on > p_left_on;
  UPDATE assignment.consultant c SET left_on = p_left_on, version = c.version + 1 WHERE c.consultant_id = p_consultant_id;
  SELECT * INTO STRICT result FROM assignment.consultant_row r WHERE r.consultant_id = p_consultant_id;
  PERFORM audit.append(call, 'assignment', 'consultant.left', 'consultant/' || p_consultant_id, NULL,
                       jsonb_build_object('left_on', p_left_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Refusals, in order: CONSULTANT_NOT_FOUND, PROGRAMME_NOT_FOUND.
CREATE FUNCTION assignment.accredit(call common.call, p_consultant_id bigint, p_programme text, p_starts_on date, p_ends_on date)
RETURNS SETOF assignment.accreditation_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  result           assignment.accreditation_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.accreditation_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF NOT EXISTS (SELECT FROM programme.published_rulebook b WHERE b.programme = p_programme) THEN
    PERFORM common.refuse('PROGRAMME_NOT_FOUND', 'programme', p_programme);
  END IF;

  INSERT INTO assignment.accreditation (consultant_id, programme, starts_on, ends_on)
  VALUES (p_consultant_id, p_programme, p_starts_on, p_ends_on)
  ON CONFLICT ON CONSTRAINT accreditation_pkey DO UPDATE SET ends_on = excluded.ends_on;
  SELECT * INTO STRICT result FROM assignment.accreditation_row r
   WHERE (r.consultant_id, r.programme, r.starts_on) = (p_consultant_id, p_programme, p_starts_on);
  PERFORM audit.append(call, 'assignment', 'consultant.accredited', 'consultant/' || p_consultant_id, NULL,
                       jsonb_build_object('programme', p_programme, 'starts_on', p_starts_on, 'ends_on', p_ends_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- A mission declared again stands as it was first declared. Refusals: CONSULTANT_NOT_FOUND.
CREATE FUNCTION assignment.declare_previous_client(
  call common.call, p_today date, p_consultant_id bigint, p_siren text, p_ended_on date
) RETURNS SETOF assignment.previous_client_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  result           assignment.previous_client_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.previous_client_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  INSERT INTO assignment.previous_client (consultant_id, siren, ended_on, declared_on)
  VALUES (p_consultant_id, p_siren, p_ended_on, p_today)
  ON CONFLICT ON CONSTRAINT previous_client_pkey DO NOTHING;
  IF FOUND THEN
    PERFORM audit.append(call, 'assignment', 'previous_client.declared', 'consultant/' || p_consultant_id, NULL,
                         jsonb_build_object('siren', p_siren, 'ended_on', p_ended_on));
  END IF;
  SELECT * INTO STRICT result FROM assignment.previous_client_row r
   WHERE (r.consultant_id, r.siren, r.ended_on) = (p_consultant_id, p_siren, p_ended_on);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Refusals, in order: CONSULTANT_NOT_FOUND, ABSENCE_OVERLAPS, HALF_DAYS_LEFT_OUTSIDE.
CREATE FUNCTION assignment.add_absence(call common.call, p_consultant_id bigint, p_starts_on date, p_ends_on date, p_label text)
RETURNS SETOF assignment.absence_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  left_on          date;
  id               bigint;
  result           assignment.absence_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.absence_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF EXISTS (SELECT FROM assignment.absence a
              WHERE a.consultant_id = p_consultant_id AND a.ends_on >= p_starts_on AND a.starts_on <= p_ends_on) THEN
    PERFORM common.refuse('ABSENCE_OVERLAPS');
  END IF;
  PERFORM FROM assignment.assignment a
    WHERE a.consultant_id = p_consultant_id
    ORDER BY a.assignment_id
      FOR UPDATE;
  left_on := calendar.first_live_half_day(p_consultant_id, p_starts_on, p_ends_on);
  IF left_on IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_on::text);
  END IF;

  INSERT INTO assignment.absence (consultant_id, starts_on, ends_on, label)
  VALUES (p_consultant_id, p_starts_on, p_ends_on, p_label)
  RETURNING absence_id INTO id;
  SELECT * INTO STRICT result FROM assignment.absence_row r WHERE r.absence_id = id;
  PERFORM audit.append(call, 'assignment', 'absence.added', 'absence/' || id, NULL,
                       jsonb_build_object('consultant_id', p_consultant_id, 'starts_on', p_starts_on, 'ends_on', p_ends_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- For a caller who may remove the scope's absences alone (NULL: all). Nothing rests on an absence: whatever was lawful with it is
-- lawful without. Refusals, in order: ABSENCE_NOT_FOUND, NOT_ALLOWED.
CREATE FUNCTION assignment.remove_absence(call common.call, p_absence_id bigint, p_scope_consultant bigint)
RETURNS SETOF assignment.absence_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held   assignment.absence_row;
  answer jsonb;
BEGIN
  PERFORM FROM assignment.consultant c
    WHERE c.consultant_id = (SELECT a.consultant_id FROM assignment.absence a WHERE a.absence_id = p_absence_id)
      FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.absence_row, answer);
    RETURN;
  END IF;

  SELECT * INTO held FROM assignment.absence_row r WHERE r.absence_id = p_absence_id;
  IF NOT FOUND THEN
    PERFORM common.refuse('ABSENCE_NOT_FOUND', 'absence_id', p_absence_id::text);
  END IF;
  IF held.consultant_id <> p_scope_consultant THEN
    PERFORM common.refuse('NOT_ALLOWED');
  END IF;
  DELETE FROM assignment.absence a WHERE a.absence_id = p_absence_id;
  PERFORM audit.append(call, 'assignment', 'absence.removed', 'absence/' || p_absence_id, NULL,
                       jsonb_build_object('consultant_id', held.consultant_id, 'starts_on', held.starts_on, 'ends_on', held.ends_on));
  PERFORM common.remember(call, to_jsonb(held));
  RETURN NEXT held;
END $$;

-- A conflict declared again stands as it was first declared. `p_today`: an assignment that ended before it, or before
-- it began, is no obstacle.
-- Refusals, in order: CONSULTANT_NOT_FOUND, COMPANY_NOT_FOUND, ASSIGNED_TO_COMPANY.
CREATE FUNCTION assignment.declare_conflict(call common.call, p_today date, p_consultant_id bigint, p_siren text, p_reason text)
RETURNS SETOF assignment.conflict_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  result           assignment.conflict_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.conflict_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF NOT EXISTS (SELECT FROM enrolment.company_name n WHERE n.siren = p_siren) THEN
    PERFORM common.refuse('COMPANY_NOT_FOUND', 'siren', p_siren);
  END IF;
  IF EXISTS (SELECT FROM assignment.assignment a
              WHERE a.consultant_id = p_consultant_id AND a.siren = p_siren
                AND a.ends_on >= greatest(a.starts_on, p_today)) THEN
    PERFORM common.refuse('ASSIGNED_TO_COMPANY');
  END IF;

  INSERT INTO assignment.conflict (consultant_id, siren, reason, declared_on)
  VALUES (p_consultant_id, p_siren, p_reason, p_today)
  ON CONFLICT ON CONSTRAINT conflict_pkey DO NOTHING;
  IF FOUND THEN
    PERFORM audit.append(call, 'assignment', 'conflict.declared', 'consultant/' || p_consultant_id, NULL,
                         jsonb_build_object('siren', p_siren));
  END IF;
  SELECT * INTO STRICT result
    FROM assignment.conflict_row r
   WHERE r.consultant_id = p_consultant_id AND r.siren = p_siren;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Refusals: CONFLICT_NOT_FOUND.
CREATE FUNCTION assignment.withdraw_conflict(call common.call, p_consultant_id bigint, p_siren text, p_reason text)
RETURNS SETOF assignment.conflict_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  answer jsonb;
  held   assignment.conflict_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.conflict_row, answer);
    RETURN;
  END IF;

  SELECT * INTO held FROM assignment.conflict_row r WHERE (r.consultant_id, r.siren) = (p_consultant_id, p_siren);
  IF NOT FOUND THEN
    PERFORM common.refuse('CONFLICT_NOT_FOUND', 'siren', p_siren);
  END IF;
  DELETE FROM assignment.conflict c WHERE (c.consultant_id, c.siren) = (p_consultant_id, p_siren);
  PERFORM audit.append(call, 'assignment', 'conflict.withdrawn', 'consultant/' || p_consultant_id, NULL,
                       jsonb_build_object('siren', p_siren, 'reason', p_reason));
  PERFORM common.remember(call, to_jsonb(held));
  RETURN NEXT held;
END $$;

-- Who may not work for the company of a case, and why; a row for each tie. `kind`:
--   declared  a conflict of interest, declared and not withdrawn;
--   employer  the consultant is employed in the same single undertaking as the company, on p_on;
--   client    a mission for a member of that undertaking ended less than the rulebook's `conflict_months` before p_on.
-- `siren` is the company that makes the tie, `ended_on` the end of the mission. `p_consultant_id` NULL: everybody's.
CREATE FUNCTION assignment.ties(p_case_id bigint[], p_on date, p_consultant_id bigint)
RETURNS TABLE (case_id bigint, consultant_id bigint, kind text, siren text, ended_on date)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH the_case AS MATERIALIZED (
    SELECT f.case_id, f.siren, p_on - make_interval(months => coalesce(b.conflict_months, 0)) AS clients_since
      FROM enrolment.case_facts f
      LEFT JOIN LATERAL programme.rulebook_in_force(f.programme, f.applied_on, f.admitted_on, NULL, NULL) b ON true
     WHERE f.case_id = ANY (p_case_id)
  ), member AS MATERIALIZED (
    SELECT k.case_id, m.siren, k.clients_since
      FROM the_case k
     CROSS JOIN LATERAL enrolment.single_undertaking_members(k.siren, p_on) AS m (siren)
  )
  SELECT k.case_id, c.consultant_id, 'declared', c.siren, NULL::date
    FROM the_case k
    JOIN assignment.conflict c USING (siren)
   WHERE p_consultant_id IS NULL OR c.consultant_id = p_consultant_id
  UNION ALL
  SELECT m.case_id, c.consultant_id, 'employer', m.siren, NULL
    FROM member m
    JOIN assignment.consultant c ON c.employer_siren = m.siren
   WHERE p_consultant_id IS NULL OR c.consultant_id = p_consultant_id
  UNION ALL
  SELECT m.case_id, c.consultant_id, 'client', m.siren, c.ended_on
    FROM member m
    JOIN assignment.previous_client c USING (siren)
   WHERE c.ended_on > m.clients_since AND (p_consultant_id IS NULL OR c.consultant_id = p_consultant_id);
END $$;

-- Whether a consultant is accredited for a programme on every day from one to another.
CREATE FUNCTION assignment.is_accredited(p_consultant_id bigint, p_programme text, p_from date, p_until date) RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce((SELECT c.accredited_until >= p_until FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id), true)
   AND (NOT EXISTS (SELECT FROM assignment.accreditation a WHERE a.consultant_id = p_consultant_id)
        OR coalesce((SELECT range_agg(daterange(a.starts_on, a.ends_on, '[]')) @> daterange(p_from, p_until, '[]')
                       FROM assignment.accreditation a
                      WHERE a.consultant_id = p_consultant_id AND a.programme = p_programme), false));

-- Published to calendar: who could take a half-day of a phase of a case on a day, as far as accreditation, departure,
-- ties and regions tell; those assigned to it that day come first, then those who master most of what the consultant does whose
-- place they would take (`shared`: how many skills). Whether they are free is calendar's to know, and whoever is not assigned yet
-- must be before anything is planned.
CREATE FUNCTION assignment.qualified(p_case_id bigint, p_phase text, p_date date, p_in_place_of bigint)
RETURNS TABLE (consultant_id bigint, consultant_name text, assigned boolean, shared int, home_commune text, radius_km int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
  the_case enrolment.case_facts;
BEGIN
  SELECT * INTO the_case FROM enrolment.case_facts f WHERE f.case_id = p_case_id AND f.state = 'admitted';
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH on_case AS MATERIALIZED (
      SELECT DISTINCT a.consultant_id FROM assignment.assignment a
       WHERE a.case_id = p_case_id AND a.phase = p_phase AND p_date BETWEEN a.starts_on AND a.ends_on
    ), others AS (  -- by what their own rows tell: of thousands most are sorted out as they are read
      SELECT c.* FROM assignment.consultant c
       WHERE (the_case.region IS NULL OR c.regions = '{}' OR the_case.region = ANY (c.regions))
         AND (c.accredited_until >= p_date) IS NOT FALSE
      OFFSET 0
    )
    SELECT c.consultant_id, c.name, c.assigned,
           (SELECT count(*)::int FROM unnest(c.skills) AS s (skill) WHERE s.skill = ANY (i.skills)), c.home_commune, c.radius_km
      FROM (SELECT w.*, true AS assigned FROM on_case o JOIN assignment.consultant w USING (consultant_id)
            UNION ALL
            SELECT w.*, false FROM others w
             WHERE w.consultant_id NOT IN (SELECT o.consultant_id FROM on_case o)
               AND w.consultant_id NOT IN (SELECT t.consultant_id FROM assignment.ties(ARRAY[p_case_id], p_date, NULL) t)
               -- Whose accreditations are listed has one for this programme and that day.
               AND w.consultant_id NOT IN (SELECT a.consultant_id FROM assignment.accreditation a
                                            GROUP BY a.consultant_id
                                           HAVING NOT bool_or(a.programme = the_case.programme AND p_date >= a.starts_on
                                                              AND (p_date <= a.ends_on) IS NOT FALSE))) c
      LEFT JOIN assignment.consultant i ON i.consultant_id = p_in_place_of
     WHERE (c.left_on >= p_date) IS NOT FALSE
     ORDER BY c.assigned DESC, 4 DESC, c.consultant_id;
END $$;

-- Assigns a consultant, whose row the caller has locked, to a phase of a case that the caller holds: from the day of
-- admission (p_starts_on NULL) to the end of the case's window (p_ends_on NULL). Its number. Refusals, in order:
-- CASE_NOT_ADMITTED, CONSULTANT_NOT_FOUND, PHASE_NOT_FOUND, INVALID_REQUEST (the period is empty once completed, or has no
-- end as the window is not open yet), CONSULTANT_LEFT, NOT_ACCREDITED, CONFLICT_OF_INTEREST, CONFLICT_DERIVED, ASSIGNMENT_OVERLAPS.
CREATE FUNCTION assignment.assign(
  call common.call, held enrolment.case_facts, p_consultant_id bigint, p_phase text, p_starts_on date, p_ends_on date
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  first_day date := coalesce(p_starts_on, held.admitted_on);
  last_day  date := coalesce(p_ends_on, held.window_ends_on);
  worker    assignment.consultant;
  tie       record;
  id        bigint;
BEGIN
  IF held.state <> 'admitted' THEN
    PERFORM common.refuse('CASE_NOT_ADMITTED', 'case_id', held.case_id::text);
  END IF;
  SELECT * INTO worker FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id;
  IF NOT FOUND THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF NOT EXISTS (SELECT FROM programme.rulebook_in_force(held.programme, held.applied_on, held.admitted_on, NULL, NULL) b
                   JOIN programme.chargeable_phase p USING (programme, version)
                  WHERE p.phase = p_phase) THEN
    PERFORM common.refuse('PHASE_NOT_FOUND', 'phase', p_phase);
  END IF;
  IF last_day IS NULL THEN
    PERFORM common.refuse('INVALID_REQUEST', 'violations', 'ends_on');
  END IF;
  IF first_day > last_day THEN
    PERFORM common.refuse('INVALID_REQUEST', 'violations', format('starts_on %s > ends_on %s', first_day, last_day));
  END IF;
  IF worker.left_on < last_day THEN
    PERFORM common.refuse('CONSULTANT_LEFT', 'date', worker.left_on::text);
  END IF;
  IF NOT assignment.is_accredited(p_consultant_id, held.programme, first_day, last_day) THEN
    PERFORM common.refuse('NOT_ACCREDITED');
  END IF;
  SELECT t.kind, t.siren, t.ended_on INTO tie
    FROM assignment.ties(ARRAY[held.case_id], first_day, p_consultant_id) t
   ORDER BY t.kind = 'declared' DESC, t.kind DESC, t.siren, t.ended_on DESC
   LIMIT 1;
  IF tie.kind = 'declared' THEN
    PERFORM common.refuse('CONFLICT_OF_INTEREST');
  ELSIF FOUND THEN
    PERFORM common.refuse('CONFLICT_DERIVED', 'evidence', concat_ws(', ', 'SIREN ' || tie.siren, tie.ended_on));
  END IF;
  IF EXISTS (SELECT FROM assignment.assignment a
              WHERE a.case_id = held.case_id AND a.consultant_id = p_consultant_id AND a.phase = p_phase
                AND a.starts_on <= last_day AND a.ends_on >= greatest(a.starts_on, first_day)) THEN
    PERFORM common.refuse('ASSIGNMENT_OVERLAPS');
  END IF;

  INSERT INTO assignment.assignment (case_id, consultant_id, phase, siren, starts_on, ends_on)
  VALUES (held.case_id, p_consultant_id, p_phase, held.siren, first_day, last_day)
  RETURNING assignment_id INTO id;
  PERFORM audit.append(call, 'assignment', 'assignment.created', 'assignment/' || id, held.case_id,
                       jsonb_build_object('consultant_id', p_consultant_id, 'phase', p_phase,
                                          'starts_on', first_day, 'ends_on', last_day));
  RETURN id;
END $$;

-- Refusals, in order: CASE_NOT_FOUND, then those of assignment.assign.
CREATE FUNCTION assignment.create_assignment(
  call common.call, p_case_id bigint, p_consultant_id bigint, p_phase text, p_starts_on date, p_ends_on date
) RETURNS SETOF assignment.assignment_row
LANGUAGE plpgsql AS $$
DECLARE
  held   enrolment.case_facts;
  answer jsonb;
  id     bigint;
  result assignment.assignment_row;
BEGIN
  SELECT * INTO held FROM enrolment.lock_case(p_case_id);
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.assignment_row, answer);
    RETURN;
  END IF;

  IF held.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  id := assignment.assign(call, held, p_consultant_id, p_phase, p_starts_on, p_ends_on);
  SELECT * INTO STRICT result FROM assignment.assignment_row r WHERE r.assignment_id = id;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Shortens an assignment to a last day. One that ends by that day anyway counts as ended.
-- Refusals, in order: ASSIGNMENT_NOT_FOUND, ASSIGNMENT_ENDED, HALF_DAYS_LEFT_OUTSIDE.
CREATE FUNCTION assignment.end_assignment(call common.call, p_assignment_id bigint, p_ends_on date)
RETURNS SETOF assignment.assignment_row
LANGUAGE plpgsql AS $$
DECLARE
  held    assignment.assignment;
  answer  jsonb;
  left_on date;
  result  assignment.assignment_row;
BEGIN
  SELECT * INTO held FROM assignment.assignment a WHERE a.assignment_id = p_assignment_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.assignment_row, answer);
    RETURN;
  END IF;

  IF held.assignment_id IS NULL THEN
    PERFORM common.refuse('ASSIGNMENT_NOT_FOUND', 'assignment_id', p_assignment_id::text);
  END IF;
  IF held.ended OR held.ends_on <= p_ends_on THEN
    PERFORM common.refuse('ASSIGNMENT_ENDED');
  END IF;
  left_on := calendar.first_live_half_day_of_assignment(p_assignment_id, p_ends_on);
  IF left_on IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_on::text);
  END IF;

  UPDATE assignment.assignment a SET ends_on = p_ends_on, ended = true WHERE a.assignment_id = p_assignment_id;
  SELECT * INTO STRICT result FROM assignment.assignment_row r WHERE r.assignment_id = p_assignment_id;
  PERFORM audit.append(call, 'assignment', 'assignment.ended', 'assignment/' || p_assignment_id, held.case_id,
                       jsonb_build_object('ends_on', p_ends_on, 'until_then', held.ends_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Law 3, its second half: nobody assigned to a company from the day of a declared conflict on. Overlaps are reported
-- with it, for an item covered twice would have no one assignment.
CREATE FUNCTION assignment.check_laws() RETURNS SETOF common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH breach AS (
    SELECT format('assignment %s: consultant %s has a conflict with company %s', a.assignment_id, a.consultant_id,
                  a.siren) AS what
      FROM assignment.assignment a
      JOIN assignment.conflict c USING (consultant_id, siren)
     WHERE a.ends_on >= greatest(a.starts_on, c.declared_on)
    UNION ALL
    SELECT format('assignments %s and %s overlap', a.assignment_id, b.assignment_id)
      FROM assignment.assignment a
      JOIN assignment.assignment b USING (case_id, consultant_id, phase)
     WHERE a.assignment_id < b.assignment_id
       AND a.ends_on >= greatest(a.starts_on, b.starts_on) AND b.ends_on >= greatest(b.starts_on, a.starts_on)
    UNION ALL
    SELECT format('absences %s and %s overlap', a.absence_id, b.absence_id)
      FROM assignment.absence a
      JOIN assignment.absence b USING (consultant_id)
     WHERE a.absence_id < b.absence_id AND a.starts_on <= b.ends_on AND b.starts_on <= a.ends_on
  )
  SELECT 3, (SELECT count(*) FROM assignment.assignment) + (SELECT count(*) FROM assignment.absence),
         (SELECT count(*) FROM breach),
         coalesce((SELECT string_agg(b.what, E'\n') FROM (SELECT what FROM breach ORDER BY what LIMIT 5) b), '');
END;

GRANT USAGE ON SCHEMA assignment TO
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_enrolment, jalon_calendar, jalon_funding,
  jalon_audit;
GRANT SELECT ON assignment.assignee TO
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON assignment.consultant_name TO jalon_calendar_owner, jalon_calendar;
GRANT SELECT ON assignment.assigned_period, assignment.absent_period TO jalon_calendar_owner;
GRANT SELECT ON assignment.consultant_capacity, assignment.consultant_name TO jalon_calendar_owner, jalon_calendar;
GRANT EXECUTE ON FUNCTION assignment.hold, assignment.hold_consultants, assignment.qualified TO jalon_calendar_owner, jalon_calendar;
GRANT SELECT, INSERT ON
  assignment.consultant, assignment.absence, assignment.conflict, assignment.assignment, assignment.accreditation,
  assignment.previous_client TO jalon_assignment;
-- A row lock asks for the right to update some column, were it the one that no update can set to a value of its choice.
GRANT UPDATE (consultant_id, name, skills, skill_levels, regions, day_rate_cents, accredited_until, sectors, languages, home_commune,
              radius_km, employer_siren, working_halves, max_half_days_per_week, left_on, version)
  ON assignment.consultant TO jalon_assignment;
GRANT UPDATE (ends_on) ON assignment.accreditation TO jalon_assignment;
GRANT UPDATE (ends_on, ended) ON assignment.assignment TO jalon_assignment;
GRANT SELECT ON
  assignment.consultant_row, assignment.absence_row, assignment.conflict_row, assignment.assignment_row,
  assignment.accreditation_row, assignment.previous_client_row TO jalon_assignment;
GRANT EXECUTE ON FUNCTION
  assignment.halves_worked, assignment.create_consultant, assignment.update_consultant, assignment.retire_consultant,
  assignment.accredit, assignment.declare_previous_client, assignment.add_absence, assignment.remove_absence,
  assignment.declare_conflict, assignment.withdraw_conflict, assignment.ties, assignment.is_accredited, assignment.assign,
  assignment.create_assignment, assignment.end_assignment
  TO jalon_assignment;
GRANT EXECUTE ON FUNCTION assignment.check_laws TO jalon_audit;

COMMIT;
