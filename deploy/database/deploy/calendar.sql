-- Deploy jalon:calendar to pg
-- requires: assignment

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

CREATE TYPE calendar.half AS ENUM ('morning', 'afternoon');
-- In the order of a half-day's life.
CREATE TYPE calendar.half_day_state AS ENUM ('planned', 'performed', 'attested', 'approved', 'cancelled');

-- What a case may use and what it uses: the one narrow row that every writer of the case's half-days locks (law 1). It
-- is opened at admission. A closed grant has no place left, and what is cancelled on it is not given back.
CREATE TABLE calendar.case_grant (
  case_id           bigint  NOT NULL CONSTRAINT case_grant_pkey PRIMARY KEY,
  granted_half_days int     NOT NULL,
  live_half_days    int     NOT NULL DEFAULT 0,
  starts_on         date    NOT NULL,
  ends_on           date    NOT NULL,
  closed            boolean NOT NULL DEFAULT false,
  siren             text    NOT NULL,
  department        text    NOT NULL,  -- '': not known
  CONSTRAINT grant_not_exceeded CHECK (live_half_days BETWEEN 0 AND granted_half_days),
  CONSTRAINT grant_window_not_empty CHECK (starts_on <= ends_on),
  CONSTRAINT closed_grant_has_no_place CHECK (NOT closed OR live_half_days = granted_half_days)
) WITH (fillfactor = 50);  -- room for the next versions of a row that changes at every half-day (HOT)
CREATE INDEX case_grant_by_siren ON calendar.case_grant (siren);

-- No foreign key to the grant: whoever inserts holds its row and has read it, and no grant is ever deleted.
CREATE TABLE calendar.half_day (
  half_day_id     uuid                    NOT NULL CONSTRAINT half_day_pkey PRIMARY KEY,
  case_id         bigint                  NOT NULL,
  consultant_id   bigint                  NOT NULL,
  assignment_id   bigint                  NOT NULL,
  phase           text                    NOT NULL,
  date            date                    NOT NULL,
  half            calendar.half           NOT NULL,
  state           calendar.half_day_state NOT NULL,
  non_working_day boolean                 NOT NULL,
  note            text                    NOT NULL,
  updated_at      timestamptz             NOT NULL DEFAULT now()
);
-- Law 2.
CREATE UNIQUE INDEX one_live_half_day_per_slot ON calendar.half_day (consultant_id, date, half) WHERE state <> 'cancelled';
CREATE INDEX half_day_by_case ON calendar.half_day (case_id, date, half, half_day_id);
CREATE INDEX half_day_by_consultant ON calendar.half_day (consultant_id, date, half, half_day_id);
CREATE INDEX half_day_by_date ON calendar.half_day (date, half, half_day_id);
CREATE INDEX half_day_by_assignment ON calendar.half_day (assignment_id, date) WHERE state <> 'cancelled';
-- What waits for the officer's approval.
CREATE INDEX half_day_attested ON calendar.half_day (date, half, half_day_id) WHERE state = 'attested';

-- Days on which nobody works unless it is confirmed. Territory: 'FR' for the whole country, or a department.
CREATE TABLE calendar.holiday (
  date      date    NOT NULL,
  territory text    NOT NULL,
  name_fr   text    NOT NULL,
  name_en   text    NOT NULL,
  worked    boolean NOT NULL DEFAULT false,  -- as the solidarity day
  CONSTRAINT holiday_pkey PRIMARY KEY (date, territory),
  CONSTRAINT solidarity_day_is_whit_monday CHECK (NOT worked OR territory = 'FR' AND name_en = 'Whit Monday')
);
COMMENT ON TABLE calendar.holiday IS
  'Public holidays 2000-2100. Whit Monday counts as one in every year in which calendar.set_solidarity_day does not say that it is worked.';

-- Labour Code L3133-1 (France), L3134-13 (Alsace-Moselle), L3422-2 and decree 83-1003 (abolition of slavery, overseas). Easter
-- by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, ch. 8), whose letters it keeps.
WITH cycle AS (
  SELECT y, y % 19 AS a, y / 100 AS b, y % 100 AS c FROM generate_series(2000, 2100) AS y
), epact AS (
  SELECT *, (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 AS h FROM cycle
), weekday AS (
  SELECT *, (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 AS l FROM epact
), correction AS (
  SELECT *, h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114 AS n FROM weekday
), easter AS (
  SELECT y, make_date(y, n / 31, n % 31 + 1) AS sunday FROM correction
), one AS (
  SELECT make_date(y, month, day) AS date, territory, name_fr, name_en
    FROM easter,
         (VALUES (1, 1, 'FR', 'Jour de l’an', 'New Year’s Day'), (5, 1, 'FR', 'Fête du Travail', 'Labour Day'),
                 (5, 8, 'FR', 'Victoire de 1945', 'Victory in Europe Day'), (7, 14, 'FR', 'Fête nationale', 'National Day'),
                 (8, 15, 'FR', 'Assomption', 'Assumption'), (11, 1, 'FR', 'Toussaint', 'All Saints’ Day'),
                 (11, 11, 'FR', 'Armistice de 1918', 'Armistice Day'), (12, 25, 'FR', 'Noël', 'Christmas Day'),
                 (12, 26, '57', 'Saint-Étienne', 'St Stephen’s Day'), (12, 26, '67', 'Saint-Étienne', 'St Stephen’s Day'),
                 (12, 26, '68', 'Saint-Étienne', 'St Stephen’s Day'),
                 (5, 27, '971', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (5, 22, '972', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (6, 10, '973', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (12, 20, '974', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (4, 27, '976', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (10, 9, '977', 'Abolition de l’esclavage', 'Abolition of Slavery'),
                 (5, 28, '978', 'Abolition de l’esclavage', 'Abolition of Slavery')
         ) AS fixed (month, day, territory, name_fr, name_en)
  UNION ALL
  SELECT sunday + days, territory, name_fr, name_en
    FROM easter,
         (VALUES (1, 'FR', 'Lundi de Pâques', 'Easter Monday'), (39, 'FR', 'Ascension', 'Ascension Day'),
                 (50, 'FR', 'Lundi de Pentecôte', 'Whit Monday'), (-2, '57', 'Vendredi saint', 'Good Friday'),
                 (-2, '67', 'Vendredi saint', 'Good Friday'), (-2, '68', 'Vendredi saint', 'Good Friday')
         ) AS moveable (days, territory, name_fr, name_en)
)
INSERT INTO calendar.holiday (date, territory, name_fr, name_en)
-- Two may fall on one day: in 2008 Ascension was on 1 May.
SELECT date, territory, string_agg(name_fr, ', ' ORDER BY name_fr), string_agg(name_en, ', ' ORDER BY name_en)
  FROM one
 GROUP BY date, territory;

-- A half-day as the contract's jalon.calendar.v1.HalfDay.
CREATE VIEW calendar.half_day_row AS
SELECT half_day_id, case_id, consultant_id, phase, date, half, state, note, non_working_day, updated_at
  FROM calendar.half_day;

-- A case with all its half-days in one read: a row a half-day, or one row of NULLs after the case's own columns.
CREATE VIEW calendar.case_calendar AS
SELECT g.case_id AS "#case_id", g.siren AS "#siren", c.company_name AS "#company_name",
       g.granted_half_days AS "#granted_half_days", g.live_half_days AS "#live_half_days",
       g.starts_on AS "#window_starts_on", g.ends_on AS "#window_ends_on", h.*
  FROM calendar.case_grant g
  JOIN enrolment.case_facts c ON c.case_id = g.case_id
  LEFT JOIN calendar.half_day_row h ON h.case_id = g.case_id;

-- First step of whatever adds half-days. Holds, until the transaction ends, what their lawfulness rests on: the
-- assignments (FOR SHARE: no absence and no end can slip in, law 3), then the grants (law 1). Parallel to the items:
-- the assignment that covers each, or NULL, and whether its consultant is absent.
CREATE FUNCTION calendar.hold(
  p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  OUT assignment_id bigint[], OUT absent boolean[]
)
LANGUAGE plpgsql AS $$
BEGIN
  SELECT array_agg(h.assignment_id ORDER BY h.ord), array_agg(h.absent ORDER BY h.ord) INTO assignment_id, absent
    FROM assignment.hold(p_case_id, p_consultant_id, p_phase, p_date) h;
  PERFORM FROM calendar.case_grant g WHERE g.case_id = ANY (p_case_id) ORDER BY g.case_id FOR UPDATE;
END $$;

-- Why a new half-day could not be entered: its id or its slot is taken, by an item before it in the same call or by a
-- transaction that came first, or the grant has no place. An id that names the very same half-day is no refusal.
CREATE FUNCTION calendar.why_not_entered(
  p_half_day_id uuid, p_case_id bigint, p_consultant_id bigint, p_phase text, p_date date, p_half calendar.half, p_note text
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  known calendar.half_day;
BEGIN
  SELECT * INTO known FROM calendar.half_day h WHERE h.half_day_id = p_half_day_id;
  IF FOUND THEN
    RETURN CASE WHEN (known.case_id, known.consultant_id, known.phase, known.date, known.half, known.note)
                     = (p_case_id, p_consultant_id, p_phase, p_date, p_half, p_note) THEN '' ELSE 'HALF_DAY_ID_REUSED' END;
  END IF;
  PERFORM FROM calendar.half_day h
    WHERE (h.consultant_id, h.date, h.half) = (p_consultant_id, p_date, p_half) AND h.state <> 'cancelled';
  RETURN CASE WHEN FOUND THEN 'SLOT_TAKEN' ELSE 'GRANT_EXHAUSTED' END;
END $$;

-- Adds half-days in state `p_target`, planned or performed; a planned one becomes performed. The caller has called
-- calendar.hold. `p_outcome` runs parallel to the items: NULL where an item is to be entered; the answer has '' there if
-- it was accepted, else its refusal, the first in the contract's order. `p_today` NULL: the future is allowed.
--
-- What can be judged beforehand is judged in one statement. Then one slot after the other is taken, always in the
-- order of the slots: two transactions never wait for each other's. The counters follow, once a case.
CREATE FUNCTION calendar.enter(
  p_target calendar.half_day_state, p_today date, p_call int[], p_request_id uuid[], p_actor text[],
  p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[], p_assignment_id bigint[], p_absent boolean[],
  p_outcome text[]
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  outcome    text[] := p_outcome;
  i          record;
  of_case    int;     -- where the arrays name the item's case first: the element of `taken` that counts for it
  taken      int[] := array_fill(0, ARRAY[cardinality(p_case_id)]);
  -- The events to tell, an element a half-day written.
  of_request uuid[];
  actors     text[];
  actions    text[];
  subjects   text[];
  cases      bigint[];
  details    jsonb[];
BEGIN
  FOR i IN
    SELECT e.*, g.granted_half_days - g.live_half_days AS places, day.off AS non_working_day,
           known.state IS NOT NULL AS is_known,
           CASE
             WHEN (known.case_id, known.consultant_id, known.phase, known.date, known.half)
                  <> (e.case_id, e.consultant_id, e.phase, e.date, e.half) THEN 'HALF_DAY_ID_REUSED'
             WHEN known.state = 'cancelled' THEN 'HALF_DAY_STATE'
             WHEN known.state >= p_target THEN CASE WHEN known.note = e.note THEN '' ELSE 'HALF_DAY_ID_REUSED' END
             WHEN e.date > p_today THEN 'IN_FUTURE'
             WHEN e.assignment_id IS NULL THEN 'NOT_ASSIGNED'
             WHEN (e.date BETWEEN g.starts_on AND g.ends_on) IS NOT TRUE THEN 'OUTSIDE_WINDOW'
             WHEN e.absent THEN 'CONSULTANT_ABSENT'
             WHEN day.off AND NOT e.confirmed AND known.non_working_day IS NOT TRUE THEN 'NON_WORKING_DAY'
           END AS decided
      FROM unnest(p_call, p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half, p_note, p_confirmed,
                  p_assignment_id, p_absent, p_outcome)
           WITH ORDINALITY AS e (call, half_day_id, case_id, consultant_id, phase, date, half, note, confirmed,
                                 assignment_id, absent, outcome, item)
      LEFT JOIN calendar.case_grant g ON g.case_id = e.case_id
      LEFT JOIN calendar.half_day known ON known.half_day_id = e.half_day_id
     CROSS JOIN LATERAL (SELECT extract(isodow FROM e.date) > 5
                             OR EXISTS (SELECT FROM calendar.holiday o
                                         WHERE o.date = e.date AND o.territory IN ('FR', g.department)
                                           AND NOT o.worked) AS off OFFSET 0) AS day
     WHERE e.outcome IS NULL
     ORDER BY e.consultant_id, e.date, e.half, e.item
  LOOP
    IF i.decided IS NOT NULL THEN
      outcome[i.item] := i.decided;
      CONTINUE;
    END IF;
    IF i.is_known THEN
      -- Unless an item before it did: the same half-day again, in this call or in a resend that travels with it.
      UPDATE calendar.half_day SET state = p_target, note = i.note, non_working_day = i.non_working_day, updated_at = now()
       WHERE half_day_id = i.half_day_id AND state < p_target;
      IF NOT FOUND THEN
        outcome[i.item] := calendar.why_not_entered(i.half_day_id, i.case_id, i.consultant_id, i.phase, i.date, i.half, i.note);
        CONTINUE;
      END IF;
    ELSE
      of_case := array_position(p_case_id, i.case_id);
      IF taken[of_case] < i.places THEN
        INSERT INTO calendar.half_day (half_day_id, case_id, consultant_id, assignment_id, phase, date, half, state, note, non_working_day)
        VALUES (i.half_day_id, i.case_id, i.consultant_id, i.assignment_id, i.phase, i.date, i.half, p_target, i.note, i.non_working_day)
        ON CONFLICT DO NOTHING;
      END IF;
      IF taken[of_case] >= i.places OR NOT FOUND THEN
        outcome[i.item] := calendar.why_not_entered(i.half_day_id, i.case_id, i.consultant_id, i.phase, i.date, i.half, i.note);
        CONTINUE;
      END IF;
      taken[of_case] := taken[of_case] + 1;
    END IF;
    outcome[i.item] := '';
    of_request := of_request || p_request_id[i.call];
    actors := actors || p_actor[i.call];
    actions := actions || ('half_day.' || p_target);
    subjects := subjects || ('half_day/' || i.half_day_id);
    cases := cases || i.case_id;
    details := details || jsonb_build_object('consultant_id', i.consultant_id, 'phase', i.phase, 'date', i.date, 'half', i.half);
  END LOOP;

  IF subjects IS NOT NULL THEN
    UPDATE calendar.case_grant g SET live_half_days = g.live_half_days + t.half_days
      FROM unnest(p_case_id, taken) AS t (case_id, half_days)
     WHERE g.case_id = t.case_id AND t.half_days > 0;
    PERFORM audit.append_many(of_request, actors, 'calendar', actions, subjects, cases, details);
  END IF;
  RETURN outcome;
END $$;

-- Records half-days that took place: the hottest path of all. Set-based over calls that travel together: call n has
-- request p_request_id[n], and its items are those with p_call = n. A row an item, in their order; refusal NULL:
-- accepted. What is kept as a call's first answer is the array of its refusals, '' for accepted (law 11).
-- The plans of its statements are made once, whatever the number of items, and for big tables: replanning at each call
-- would cost more than the call, and a plan made while the tables are empty must not outlive their growth.
CREATE FUNCTION calendar.record_half_days(
  p_request_id uuid[], p_request_hash bytea[], p_actor text[], p_today date,
  p_call int[], p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[]
) RETURNS TABLE (call int, item int, half_day_id uuid, refusal text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held    record;
  known   record;
  answer  jsonb[] := '{}';
  outcome text[] := array_fill(NULL::text, ARRAY[cardinality(p_call)]);
  settled boolean[] := array_fill(false, ARRAY[cardinality(p_request_id)]);
  place   int;
BEGIN
  held := calendar.hold(p_case_id, p_consultant_id, p_phase, p_date);

  -- Only now: a copy of a call still at work waited for its locks, and finds its answer here.
  FOR known IN SELECT * FROM common.replay_many(p_request_id, p_request_hash, 'RecordHalfDays', p_actor) LOOP
    settled[known.call] := true;
    place := 0;
    FOR i IN 1 .. cardinality(p_call) LOOP
      IF p_call[i] = known.call THEN
        outcome[i] := CASE WHEN known.reused THEN 'REQUEST_ID_REUSED' ELSE known.answer ->> place END;
        place := place + 1;
      END IF;
    END LOOP;
  END LOOP;

  outcome := calendar.enter('performed', p_today, p_call, p_request_id, p_actor, p_half_day_id, p_case_id, p_consultant_id, p_phase,
                            p_date, p_half, p_note, p_confirmed, held.assignment_id, held.absent, outcome);

  IF cardinality(p_request_id) = 1 THEN
    answer[1] := CASE WHEN NOT settled[1] THEN to_jsonb(outcome) END;
  ELSE
    answer := ARRAY(SELECT CASE WHEN NOT settled[c]
                                THEN (SELECT jsonb_agg(o.outcome ORDER BY o.item)
                                        FROM unnest(p_call, outcome) WITH ORDINALITY AS o (call, outcome, item) WHERE o.call = c) END
                      FROM generate_series(1, cardinality(p_request_id)) AS c ORDER BY c);
  END IF;
  PERFORM common.remember_many(p_request_id, p_request_hash, 'RecordHalfDays', p_actor, answer);

  FOR i IN 1 .. cardinality(p_call) LOOP
    call := p_call[i];
    item := i;
    half_day_id := p_half_day_id[i];
    refusal := nullif(outcome[i], '');
    RETURN NEXT;
  END LOOP;
END $$;

-- Why a half-day is not entered: its refusal, and the words for the blanks of its sentence.
CREATE TYPE calendar.refusal AS (
  refusal      text,  -- NULL: it is entered
  phase        text,
  "from"       date,
  until        date,
  prerequisite text,
  most         int
);

-- Plans half-days, all or none: if one is refused, or under `p_validate_only`, nothing is written and nothing remembered.
-- Beside what is recorded too, a plan minds the phase's part of the window and the phases before it, and the consultant's
-- ordinary week and most half-days in one (calendar.judge_planned). `p_answer` is kept as the first answer.
CREATE FUNCTION calendar.plan(
  call common.call, p_validate_only boolean, p_answer jsonb,
  p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[]
) RETURNS TABLE (item int, half_day_id uuid, why calendar.refusal)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held    record;
  known   uuid[];
  judged  record;
  outcome text[] := array_fill(NULL::text, ARRAY[cardinality(p_half_day_id)]);
  whys    calendar.refusal[] := array_fill(NULL::calendar.refusal, ARRAY[cardinality(p_half_day_id)]);
BEGIN
  IF common.replay(call) IS NULL THEN
    BEGIN
      PERFORM calendar.hold_weeks(p_consultant_id);
      held := calendar.hold(p_case_id, p_consultant_id, p_phase, p_date);
      IF common.replay(call) IS NULL THEN
        known := ARRAY(SELECT h.half_day_id FROM calendar.half_day h WHERE h.half_day_id = ANY (p_half_day_id));
        outcome := calendar.enter('planned', NULL, array_fill(1, ARRAY[cardinality(p_half_day_id)]), ARRAY[call.request_id],
                                  ARRAY[call.actor], p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half,
                                  p_note, p_confirmed, held.assignment_id, held.absent, outcome);
        -- What was planned before is there already, and is not judged again.
        FOR judged IN
          SELECT j.*
            FROM calendar.judge_planned(ARRAY(SELECT CASE WHEN outcome[i.item] = '' AND i.id <> ALL (known) THEN i.id END
                                                FROM unnest(p_half_day_id) WITH ORDINALITY AS i (id, item) ORDER BY i.item),
                                        p_confirmed) j
        LOOP
          outcome[judged.item] := (judged.why).refusal;
          whys[judged.item] := judged.why;
        END LOOP;
        IF p_validate_only OR '' <> ANY (outcome) THEN
          RAISE SQLSTATE 'JL002';  -- back to the BEGIN above: the variables stay, what was written does not
        END IF;
        PERFORM common.remember(call, p_answer);
      END IF;
    EXCEPTION WHEN SQLSTATE 'JL002' THEN
      NULL;
    END;
  END IF;
  -- A request that is remembered had every item accepted.
  FOR i IN 1 .. cardinality(p_half_day_id) LOOP
    item := i;
    half_day_id := p_half_day_id[i];
    why := whys[i];
    why.refusal := nullif(outcome[i], '');
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION calendar.plan_half_days(
  call common.call, p_validate_only boolean,
  p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[]
) RETURNS TABLE (item int, half_day_id uuid, why calendar.refusal)
LANGUAGE sql AS $$
  SELECT * FROM calendar.plan(call, p_validate_only, '[]', p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half,
                              p_note, p_confirmed)
$$;

-- Whether a half-day may go from one state to another. An approved one never changes: a correction is a reversal in
-- funding, because a charge may already stand on it.
CREATE FUNCTION calendar.may_become(p_from calendar.half_day_state, p_to calendar.half_day_state) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN (p_from, p_to) IN (('planned', 'performed'), ('planned', 'cancelled'),
                          ('performed', 'attested'), ('performed', 'cancelled'),
                          ('attested', 'approved'), ('attested', 'performed'));

-- Brings half-days to a state, all or none, for a caller who sees only the scope's half-days (NULL: all). A half-day that
-- changes its case's count locks the grant before itself, as whoever adds half-days does.
CREATE FUNCTION calendar.move(
  call common.call, p_to calendar.half_day_state, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  ids    uuid[];
  found  int;
  bad    record;
BEGIN
  IF answer IS NULL THEN
    SELECT array_agg(DISTINCT id ORDER BY id) INTO ids FROM unnest(p_half_day_ids) AS id;
    IF p_to = 'cancelled' THEN
      PERFORM FROM calendar.case_grant g
        WHERE g.case_id IN (SELECT h.case_id FROM calendar.half_day h WHERE h.half_day_id = ANY (ids))
        ORDER BY g.case_id FOR UPDATE;
    END IF;
    PERFORM FROM calendar.half_day h WHERE h.half_day_id = ANY (ids) ORDER BY h.half_day_id FOR UPDATE;
    answer := common.replay(call);  -- a copy of this call waited for the locks
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT * FROM jsonb_populate_recordset(NULL::calendar.half_day_row, answer);
    RETURN;
  END IF;

  SELECT id AS half_day_id, h.state, h.half_day_id IS NULL AS missing,
         h.consultant_id <> p_scope_consultant OR g.siren <> p_scope_siren AS hidden
    INTO bad
    FROM unnest(ids) AS id
    LEFT JOIN calendar.half_day h ON h.half_day_id = id
    LEFT JOIN calendar.case_grant g ON g.case_id = h.case_id
   WHERE h.half_day_id IS NULL OR h.consultant_id <> p_scope_consultant OR g.siren <> p_scope_siren
      OR NOT calendar.may_become(h.state, p_to)
      -- attested → performed is a reopening, planned → performed a recording: the one never does the other's work
      OR p_to = 'performed' AND h.state <> 'attested'
   ORDER BY missing DESC, hidden DESC NULLS LAST, id
   LIMIT 1;
  IF bad.missing THEN
    PERFORM common.refuse('HALF_DAY_NOT_FOUND', 'half_day_id', bad.half_day_id::text);
  ELSIF bad.hidden THEN
    PERFORM common.refuse('NOT_ALLOWED');
  ELSIF bad.half_day_id IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAY_STATE', 'state', bad.state::text, 'half_day_id', bad.half_day_id::text);
  END IF;

  UPDATE calendar.half_day SET state = p_to, updated_at = now() WHERE half_day_id = ANY (ids);
  IF p_to = 'cancelled' THEN
    UPDATE calendar.case_grant g
       SET live_half_days = g.live_half_days - freed.half_days,
           granted_half_days = g.granted_half_days - CASE WHEN g.closed THEN freed.half_days ELSE 0 END
      FROM (SELECT h.case_id, count(*)::int AS half_days FROM calendar.half_day h WHERE h.half_day_id = ANY (ids) GROUP BY h.case_id) freed
     WHERE g.case_id = freed.case_id;
  END IF;

  PERFORM audit.append_many(array_agg(call.request_id), array_agg(call.actor), 'calendar',
                            array_agg(CASE WHEN p_to = 'performed' THEN 'half_day.reopened' ELSE 'half_day.' || p_to END),
                            array_agg('half_day/' || h.half_day_id), array_agg(h.case_id),
                            array_agg(jsonb_strip_nulls(jsonb_build_object('reason', p_reason))))
    FROM calendar.half_day h
   WHERE h.half_day_id = ANY (ids);
  SELECT jsonb_agg(r ORDER BY r.date, r.half, r.half_day_id) INTO answer
    FROM calendar.half_day_row r WHERE r.half_day_id = ANY (ids);
  PERFORM common.remember(call, answer);
  RETURN QUERY SELECT * FROM jsonb_populate_recordset(NULL::calendar.half_day_row, answer);
END $$;

CREATE FUNCTION calendar.attest_half_days(call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text)
RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'attested', p_half_day_ids, p_scope_consultant, p_scope_siren, NULL);

CREATE FUNCTION calendar.approve_half_days(call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text)
RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'approved', p_half_day_ids, p_scope_consultant, p_scope_siren, NULL);

CREATE FUNCTION calendar.cancel_half_days(
  call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'cancelled', p_half_day_ids, p_scope_consultant, p_scope_siren, p_reason);

CREATE FUNCTION calendar.reopen_half_days(
  call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'performed', p_half_day_ids, p_scope_consultant, p_scope_siren, p_reason);

-- Published to enrolment: opens the grant of a case that it admits.
CREATE FUNCTION calendar.open_grant(
  p_case_id bigint, p_siren text, p_granted int, p_starts_on date, p_ends_on date, p_department text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  INSERT INTO calendar.case_grant (case_id, siren, granted_half_days, starts_on, ends_on, department)
  VALUES (p_case_id, p_siren, p_granted, p_starts_on, p_ends_on, coalesce(p_department, ''));
END;

-- Published to enrolment: closes the grant of a case that is withdrawn, unless planned half-days remain; returns how
-- many do. What was performed stays, to be attested, approved and charged.
CREATE FUNCTION calendar.close_grant(p_case_id bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  planned int;
BEGIN
  PERFORM FROM calendar.case_grant g WHERE g.case_id = p_case_id FOR UPDATE;
  SELECT count(*) INTO planned FROM calendar.half_day h WHERE h.case_id = p_case_id AND h.state = 'planned';
  IF planned = 0 THEN
    UPDATE calendar.case_grant SET closed = true, granted_half_days = live_half_days WHERE case_id = p_case_id;
  END IF;
  RETURN planned;
END $$;

-- Published to assignment, which holds the consultant's assignments while it asks: the first live half-day from one day
-- to another, inclusive.
CREATE FUNCTION calendar.first_live_half_day(p_consultant_id bigint, p_from date, p_until date) RETURNS date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN (SELECT min(h.date) FROM calendar.half_day h
           WHERE h.consultant_id = p_consultant_id AND h.date BETWEEN p_from AND p_until AND h.state <> 'cancelled');
END $$;

-- Published to assignment, likewise: the first live half-day of an assignment after a day.
CREATE FUNCTION calendar.first_live_half_day_of_assignment(p_assignment_id bigint, p_after date) RETURNS date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN (SELECT min(h.date) FROM calendar.half_day h
           WHERE h.assignment_id = p_assignment_id AND h.date > p_after AND h.state <> 'cancelled');
END $$;

-- Published to funding: what may be charged (law 7).
CREATE VIEW calendar.approved_half_day AS
SELECT half_day_id, case_id, consultant_id, phase, date, half FROM calendar.half_day WHERE state = 'approved';

-- Published to funding: how many half-days of a case may still come to be charged, or be cancelled.
CREATE FUNCTION calendar.half_days_waiting(p_case_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT count(*) FROM calendar.half_day h WHERE h.case_id = p_case_id AND h.state IN ('planned', 'performed', 'attested');
END;

-- Published to funding: the day that ends a time given in working days (Monday to Friday, without the holidays of the whole
-- country), counted from the day after `p_day`. Twenty such days take fewer than sixty in any year.
CREATE FUNCTION calendar.working_days_after(p_day date, p_count int) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT d.day
    FROM (SELECT p_day + n AS day FROM generate_series(1, p_count * 3) AS n) d
   WHERE extract(isodow FROM d.day) < 6
     AND NOT EXISTS (SELECT FROM calendar.holiday o WHERE o.date = d.day AND o.territory = 'FR')
   ORDER BY d.day
   LIMIT 1 OFFSET p_count - 1;
END;

-- Laws 1 to 3, from the half-days themselves.
CREATE FUNCTION calendar.check_laws() RETURNS SETOF common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT 1, count(*), count(*) FILTER (WHERE c.wrong),
         coalesce(string_agg(c.what, E'\n') FILTER (WHERE c.wrong AND c.nth <= 5), '')
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.wrong ORDER BY w.case_id) AS nth
            FROM (SELECT case_id, g.case_id IS NULL OR l.live > g.granted_half_days OR coalesce(l.live, 0) <> g.live_half_days AS wrong,
                         format('case %s: %s half-days live, %s counted, %s granted', case_id, coalesce(l.live, 0), g.live_half_days,
                                g.granted_half_days) AS what
                    FROM calendar.case_grant g
                    FULL JOIN (SELECT h.case_id, count(*) AS live FROM calendar.half_day h
                                WHERE h.state <> 'cancelled' GROUP BY h.case_id) l USING (case_id)) w) c
  UNION ALL
  SELECT 2, coalesce(sum(s.live), 0), count(*) FILTER (WHERE s.wrong),
         coalesce(string_agg(s.what, E'\n') FILTER (WHERE s.wrong AND s.nth <= 5), '')
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.wrong) AS nth
            FROM (SELECT count(*) AS live, count(*) > 1 AS wrong,
                         format('consultant %s is %s times at %s %s', h.consultant_id, count(*), h.date, h.half) AS what
                    FROM calendar.half_day h WHERE h.state <> 'cancelled'
                   GROUP BY h.consultant_id, h.date, h.half) w) s
  UNION ALL
  SELECT 3, count(*), count(*) FILTER (WHERE o.wrong),
         coalesce(string_agg(o.what, E'\n') FILTER (WHERE o.wrong AND o.nth <= 5), '')
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.wrong ORDER BY w.half_day_id) AS nth
            FROM (SELECT h.half_day_id,
                         p.assignment_id IS NULL
                           OR EXISTS (SELECT FROM assignment.absent_period b
                                       WHERE b.consultant_id = h.consultant_id AND h.date BETWEEN b.starts_on AND b.ends_on) AS wrong,
                         format('half-day %s lies outside its assignment %s or in an absence', h.half_day_id, h.assignment_id) AS what
                    FROM calendar.half_day h
                    LEFT JOIN assignment.assigned_period p
                           ON (p.assignment_id, p.case_id, p.consultant_id, p.phase)
                              = (h.assignment_id, h.case_id, h.consultant_id, h.phase)
                              AND h.date BETWEEN p.starts_on AND p.ends_on
                   WHERE h.state <> 'cancelled') w) o;
END;

GRANT SELECT, INSERT ON calendar.half_day TO jalon_calendar;
GRANT UPDATE (state, note, non_working_day, updated_at) ON calendar.half_day TO jalon_calendar;
GRANT SELECT ON calendar.case_grant, calendar.holiday, calendar.half_day_row, calendar.case_calendar TO jalon_calendar;
GRANT UPDATE (live_half_days, granted_half_days) ON calendar.case_grant TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.hold, calendar.enter, calendar.why_not_entered, calendar.record_half_days, calendar.plan,
  calendar.plan_half_days, calendar.may_become, calendar.move,
  calendar.attest_half_days, calendar.approve_half_days, calendar.cancel_half_days, calendar.reopen_half_days
  TO jalon_calendar;

GRANT USAGE ON SCHEMA calendar TO
  jalon_enrolment_owner, jalon_enrolment, jalon_assignment_owner, jalon_assignment, jalon_funding_owner, jalon_funding, jalon_audit;
GRANT EXECUTE ON FUNCTION calendar.open_grant, calendar.close_grant TO jalon_enrolment_owner, jalon_enrolment;
GRANT EXECUTE ON FUNCTION calendar.first_live_half_day, calendar.first_live_half_day_of_assignment
  TO jalon_assignment_owner, jalon_assignment;
GRANT SELECT ON calendar.approved_half_day TO jalon_funding_owner, jalon_funding;
GRANT EXECUTE ON FUNCTION calendar.half_days_waiting, calendar.working_days_after TO jalon_funding_owner, jalon_funding;
GRANT EXECUTE ON FUNCTION calendar.check_laws TO jalon_audit;

COMMIT;
