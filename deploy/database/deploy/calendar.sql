-- Deploy jalon:calendar to pg
-- requires: assignment

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

CREATE TYPE calendar.half AS ENUM ('morning', 'afternoon');
-- In the order of a half-day's life.
CREATE TYPE calendar.half_day_state AS ENUM ('planned', 'performed', 'attested', 'approved', 'cancelled');

-- The first day of a day's month.
CREATE FUNCTION calendar.month_of(p_day date) RETURNS date LANGUAGE sql IMMUTABLE
RETURN p_day - (extract(day FROM p_day)::int - 1);

-- What a case may use and what it uses: the one narrow row that every writer of the case's half-days locks (law 1). It
-- is opened at admission. A closed grant has no place left, and what is cancelled on it is not given back.
-- The first open month stands here too, although it is the programme's: whoever enters a half-day holds this row, and so
-- finds the month open or locked for good, with nothing more to look up and no other lock.
CREATE TABLE calendar.case_grant (
  case_id           bigint  NOT NULL CONSTRAINT case_grant_pkey PRIMARY KEY,
  granted_half_days int     NOT NULL,
  live_half_days    int     NOT NULL DEFAULT 0,
  starts_on         date    NOT NULL,
  ends_on           date    NOT NULL,
  closed            boolean NOT NULL DEFAULT false,
  siren             text    NOT NULL,
  department        text    NOT NULL,  -- '': not known
  -- Of the rulebook: what the window runs from, and for how long. One that is not open yet runs from infinity to infinity;
  -- that of the first day has no end until then.
  opens_with        text    NOT NULL DEFAULT 'admission' CONSTRAINT grant_opens_with_known
                            CHECK (opens_with IN ('application', 'admission', 'agreement', 'first_day')),
  window_months     int,
  not_before        date,   -- nothing may start earlier; infinity: until the agreement is signed; NULL: no such rule
  programme         text    NOT NULL,
  open_from         date    NOT NULL DEFAULT '-infinity',  -- first day of the first month that is not locked
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
  updated_at      timestamptz             NOT NULL DEFAULT now(),
  -- Its sheet: the month of its date, or the first open one after it when that was locked; by its first day.
  sheet_month     date                    NOT NULL,
  performed_on    date,  -- day on which it was recorded; NULL: not yet
  dispute         text,  -- why the company disputes it; NULL: it does not
  CONSTRAINT sheet_month_by_its_first CHECK (extract(day FROM sheet_month) = 1),
  CONSTRAINT sheet_not_before_its_day CHECK (date < sheet_month + '1 month'::interval),
  CONSTRAINT disputed_is_not_attested CHECK (dispute IS NULL OR state IN ('performed', 'cancelled'))
);
-- Law 2. Live ones have nothing in the last column, and nothing equals nothing here; a cancelled one has its own id. So the
-- one index serves whoever looks for a consultant's half-days too, and tells when they are taken without their rows.
CREATE UNIQUE INDEX one_live_half_day_per_slot
  ON calendar.half_day (consultant_id, date, half, (CASE state WHEN 'cancelled' THEN half_day_id END)) INCLUDE (state)
  NULLS NOT DISTINCT;
CREATE INDEX half_day_by_case ON calendar.half_day (case_id, date, half, half_day_id);
CREATE INDEX half_day_by_date ON calendar.half_day (date, half, half_day_id);
-- What waits for the company or for the officer: a few, however many half-days there are.
CREATE INDEX half_day_unsettled ON calendar.half_day (case_id, consultant_id, sheet_month) WHERE state IN ('performed', 'attested');
-- Those on the sheet of a later month than their own; the others of a sheet are found by their date.
CREATE INDEX half_day_late ON calendar.half_day (sheet_month, case_id) WHERE sheet_month > date;

-- The months that are locked, by programme: without a gap from the first one on. In a locked month every half-day is
-- approved or cancelled, and nothing changes state any more (law 10).
CREATE TABLE calendar.locked_month (
  programme text COLLATE "C" NOT NULL,
  month     date             NOT NULL CONSTRAINT locked_month_by_its_first CHECK (extract(day FROM month) = 1),
  locked_at timestamptz      NOT NULL DEFAULT now(),
  locked_by text             NOT NULL,
  CONSTRAINT locked_month_pkey PRIMARY KEY (programme, month)
);
CREATE TRIGGER locked_month_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON calendar.locked_month
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- First key of the advisory lock on the months of a programme: shared by whoever opens a grant.
CREATE FUNCTION calendar.month_lock() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1246838119;
-- The first month of a programme that is not locked.
CREATE FUNCTION calendar.open_from(p_programme text) RETURNS date LANGUAGE sql STABLE
RETURN coalesce((SELECT (max(m.month) + '1 month'::interval)::date FROM calendar.locked_month m WHERE m.programme = p_programme),
                '-infinity');

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
SELECT half_day_id, case_id, consultant_id, phase, date, half, state, note, non_working_day, updated_at,
       left(sheet_month::text, 7) AS sheet_month, dispute
  FROM calendar.half_day;

-- A case with all its half-days in one read: a row a half-day, or one row of NULLs after the case's own columns.
CREATE VIEW calendar.case_calendar AS
SELECT g.case_id AS "#case_id", g.siren AS "#siren", c.company_name AS "#company_name",
       g.granted_half_days AS "#granted_half_days", g.live_half_days AS "#live_half_days",
       nullif(greatest(g.starts_on, g.not_before), 'infinity') AS "#window_starts_on",
       nullif(g.ends_on, 'infinity') AS "#window_ends_on", h.*
  FROM calendar.case_grant g
  JOIN enrolment.case_facts c ON c.case_id = g.case_id
  LEFT JOIN calendar.half_day_row h ON h.case_id = g.case_id;

-- First step of whatever adds half-days. Holds, until the transaction ends, what their lawfulness rests on: the
-- assignments (FOR SHARE: no absence and no end can slip in, law 3), then the grants (law 1). Parallel to the items:
-- the assignment that covers each, or NULL, and whether its consultant is absent. `ordered`: whether the programme of one of
-- the cases gives phases a part of the window or an order.
CREATE FUNCTION calendar.hold(
  p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  OUT assignment_id bigint[], OUT absent boolean[], OUT ordered boolean
)
LANGUAGE plpgsql AS $$
BEGIN
  SELECT array_agg(h.assignment_id ORDER BY h.ord), array_agg(h.absent ORDER BY h.ord) INTO assignment_id, absent
    FROM assignment.hold(p_case_id, p_consultant_id, p_phase, p_date) h;
  SELECT bool_or(g.ordered) INTO ordered
    FROM (SELECT EXISTS (SELECT FROM programme.ordered_phase o WHERE o.programme = c.programme) AS ordered
            FROM calendar.case_grant c
           WHERE c.case_id = ANY (p_case_id)
           ORDER BY c.case_id
             FOR UPDATE OF c) g;
END $$;

-- Whether the half-days that took place, with one more, lie within the months that run from the first of them; those planned
-- must lie there when they take place. Only where the window opens with the first day. The caller holds the grant.
CREATE FUNCTION calendar.fits_first_day(p_case_id bigint, p_date date, p_months int) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT greatest(max(h.date), p_date) <= least(min(h.date), p_date) + make_interval(months => p_months)
            FROM calendar.half_day h
           WHERE h.case_id = p_case_id AND h.state IN ('performed', 'attested', 'approved'));
END $$;

-- Moves the end of such windows after half-days took place or were cancelled. The caller holds the grants.
CREATE FUNCTION calendar.follow_first_day(p_case_id bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  moved record;
BEGIN
  FOR moved IN
    SELECT g.case_id, f.day + make_interval(months => g.window_months) AS ends_on
      FROM calendar.case_grant g
     CROSS JOIN LATERAL (SELECT min(h.date) AS day FROM calendar.half_day h
                          WHERE h.case_id = g.case_id AND h.state IN ('performed', 'attested', 'approved')) f
     WHERE g.case_id = ANY (p_case_id) AND g.opens_with = 'first_day'
       AND g.ends_on <> coalesce(f.day + make_interval(months => g.window_months), 'infinity')
  LOOP
    UPDATE calendar.case_grant SET ends_on = coalesce(moved.ends_on, 'infinity') WHERE case_id = moved.case_id;
    PERFORM enrolment.open_window(moved.case_id, moved.ends_on::date);
  END LOOP;
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

-- What can be told of half-days before any is entered, a row an item. `decided`: its outcome if it has one; else '' if it
-- stands there already, or its refusal, the first in the contract's order; NULL: it is to be entered, or performed if it is
-- planned (`is_known`). `places`: those left in its case's grant. `p_of_phase`: what calendar.judge_phases says of each item,
-- NULL of all of them where no phase asks anything; what was planned was judged by it then, and is not again.
CREATE FUNCTION calendar.judge_entries(
  p_target calendar.half_day_state, p_today date, p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[],
  p_phase text[], p_date date[], p_half calendar.half[], p_note text[], p_confirmed boolean[], p_assignment_id bigint[],
  p_absent boolean[], p_of_phase text[], p_outcome text[]
) RETURNS TABLE (item bigint, half_day_id uuid, case_id bigint, consultant_id bigint, assignment_id bigint, phase text, date date,
                 half calendar.half, note text, non_working_day boolean, sheet_month date, places int, opens_with text,
                 window_months int, is_known boolean, decided text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT e.item, e.half_day_id, e.case_id, e.consultant_id, e.assignment_id, e.phase, e.date, e.half, e.note, day.off,
         greatest(calendar.month_of(e.date), g.open_from), g.granted_half_days - g.live_half_days, g.opens_with, g.window_months,
         known.state IS NOT NULL,
         CASE
           WHEN e.outcome IS NOT NULL THEN e.outcome
           WHEN (known.case_id, known.consultant_id, known.phase, known.date, known.half)
                <> (e.case_id, e.consultant_id, e.phase, e.date, e.half) THEN 'HALF_DAY_ID_REUSED'
           WHEN known.state = 'cancelled' THEN 'HALF_DAY_STATE'
           WHEN known.state >= p_target THEN CASE WHEN known.note = e.note THEN '' ELSE 'HALF_DAY_ID_REUSED' END
           WHEN e.date > p_today THEN 'IN_FUTURE'
           WHEN e.assignment_id IS NULL THEN 'NOT_ASSIGNED'
           WHEN e.date < g.not_before THEN 'BEFORE_APPROVAL'
           WHEN (e.date BETWEEN g.starts_on AND g.ends_on) IS NOT TRUE THEN 'OUTSIDE_WINDOW'
           WHEN e.absent THEN 'CONSULTANT_ABSENT'
           WHEN day.off AND NOT e.confirmed AND known.non_working_day IS NOT TRUE THEN 'NON_WORKING_DAY'
           WHEN known.state IS NULL THEN p_of_phase[e.item]
         END
    FROM unnest(p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half, p_note, p_confirmed, p_assignment_id,
                p_absent, p_outcome)
         WITH ORDINALITY AS e (half_day_id, case_id, consultant_id, phase, date, half, note, confirmed, assignment_id, absent,
                               outcome, item)
    LEFT JOIN calendar.case_grant g ON g.case_id = e.case_id
    LEFT JOIN calendar.half_day known ON known.half_day_id = e.half_day_id
   CROSS JOIN LATERAL (SELECT extract(isodow FROM e.date) > 5
                           OR EXISTS (SELECT FROM calendar.holiday o
                                       WHERE o.date = e.date AND o.territory IN ('FR', g.department)
                                         AND NOT o.worked) AS off OFFSET 0) AS day;
END;

-- Enters what judge_entries leaves to enter, one after the other in the order of their slots. `outcome` as calendar.enter's;
-- `added`: the items that are new half-days, `written`: these and those that were planned; `of_first`: cases whose window
-- follows their first day. A phase that comes first may have had its half-day from an item before.
CREATE FUNCTION calendar.enter_in_turn(
  p_target calendar.half_day_state, p_today date, p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[],
  p_phase text[], p_date date[], p_half calendar.half[], p_note text[], p_confirmed boolean[], p_assignment_id bigint[],
  p_absent boolean[], p_of_phase text[], p_outcome text[],
  OUT outcome text[], OUT added int[], OUT written int[], OUT of_first bigint[]
)
LANGUAGE plpgsql AS $$
DECLARE
  taken    int[] := array_fill(0, ARRAY[cardinality(p_case_id)]);
  of_case  int;  -- where the arrays name the item's case first: the element of `taken` that counts for it
  is_there boolean;
  i        record;
BEGIN
  outcome := p_outcome;
  FOR i IN
    SELECT * FROM calendar.judge_entries(p_target, p_today, p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half,
                                         p_note, p_confirmed, p_assignment_id, p_absent, p_of_phase, p_outcome) j
     ORDER BY j.consultant_id, j.date, j.half, j.item
  LOOP
    IF i.decided = 'PREREQUISITE_PHASE' AND p_outcome[i.item] IS NULL THEN
      i.decided := (SELECT (j.why).refusal
                      FROM calendar.judge_phases(ARRAY[i.case_id], ARRAY[i.phase], ARRAY[i.date], ARRAY[i.half]) j);
    END IF;
    IF i.decided IS NOT NULL THEN
      outcome[i.item] := i.decided;
      CONTINUE;
    END IF;
    IF i.opens_with = 'first_day' THEN
      IF NOT calendar.fits_first_day(i.case_id, i.date, i.window_months) THEN
        outcome[i.item] := 'OUTSIDE_WINDOW';
        CONTINUE;
      END IF;
      of_first := of_first || i.case_id;
    END IF;
    is_there := false;
    of_case := array_position(p_case_id, i.case_id);
    IF i.is_known THEN
      -- Unless an item before it did: the same half-day again, in this call or in a resend that travels with it.
      UPDATE calendar.half_day
         SET state = p_target, note = i.note, non_working_day = i.non_working_day, performed_on = p_today, updated_at = now()
       WHERE half_day_id = i.half_day_id AND state < p_target;
      is_there := FOUND;
    ELSIF taken[of_case] < i.places THEN
      INSERT INTO calendar.half_day (half_day_id, case_id, consultant_id, assignment_id, phase, date, half, state, note,
                                     non_working_day, sheet_month, performed_on)
      VALUES (i.half_day_id, i.case_id, i.consultant_id, i.assignment_id, i.phase, i.date, i.half, p_target, i.note,
              i.non_working_day, i.sheet_month, p_today)
      ON CONFLICT DO NOTHING;
      is_there := FOUND;
    END IF;
    IF NOT is_there THEN
      outcome[i.item] := calendar.why_not_entered(i.half_day_id, i.case_id, i.consultant_id, i.phase, i.date, i.half, i.note);
      CONTINUE;
    END IF;
    outcome[i.item] := '';
    written := written || i.item::int;
    IF NOT i.is_known THEN
      added := added || i.item::int;
      taken[of_case] := taken[of_case] + 1;
    END IF;
  END LOOP;
END $$;

-- Adds half-days in state `p_target`, planned or performed; a planned one becomes performed. The caller has called
-- calendar.hold. `p_outcome` runs parallel to the items: NULL where an item is to be entered; the answer has '' there if
-- it was accepted, else its refusal, the first in the contract's order. `p_today`: the day on
-- which what was performed is recorded; NULL: nothing is, and the future is allowed. `p_of_phase` as calendar.judge_entries'.
--
-- Items that cannot come in each other's way, for a place, a slot, an id or a window, nor make way for each other, are entered
-- by one statement, which readies the table's constraints and indexes once; others, and one alone, in turn. Slots are always
-- taken in their order: two transactions never wait for each other's.
CREATE FUNCTION calendar.enter(
  p_target calendar.half_day_state, p_today date, p_call int[], p_request_id uuid[], p_actor text[],
  p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[], p_assignment_id bigint[], p_absent boolean[],
  p_of_phase text[], p_outcome text[]
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  apart    boolean := false;  -- no item can come in another's way
  outcome  text[];
  added    int[];
  written  int[];
  of_first bigint[];
  i        record;
BEGIN
  IF cardinality(p_half_day_id) > 1 THEN
    WITH judged AS MATERIALIZED (
      SELECT j.*, count(*) FILTER (WHERE j.decided IS NULL AND NOT j.is_known) OVER (PARTITION BY j.case_id) AS wanted
        FROM calendar.judge_entries(p_target, p_today, p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half, p_note,
                                    p_confirmed, p_assignment_id, p_absent, p_of_phase, p_outcome) j
    ), all_of_them AS (
      SELECT count(*) = count(DISTINCT j.half_day_id) AND count(*) = count(DISTINCT (j.consultant_id, j.date, j.half))
             AND bool_and(j.wanted <= j.places AND j.opens_with <> 'first_day')
             AND coalesce('PREREQUISITE_PHASE' <> ALL (p_of_phase), true) AS apart
        FROM judged j
       WHERE j.decided IS NULL
    ), ready AS (
      SELECT j.* FROM judged j, all_of_them a WHERE a.apart AND j.decided IS NULL
    ), added AS (
      INSERT INTO calendar.half_day (half_day_id, case_id, consultant_id, assignment_id, phase, date, half, state, note,
                                     non_working_day, sheet_month, performed_on)
      SELECT r.half_day_id, r.case_id, r.consultant_id, r.assignment_id, r.phase, r.date, r.half, p_target, r.note,
             r.non_working_day, r.sheet_month, p_today
        FROM ready r
       WHERE NOT r.is_known
       ORDER BY r.consultant_id, r.date, r.half
      ON CONFLICT DO NOTHING
      RETURNING half_day_id
    ), moved AS (
      UPDATE calendar.half_day h
         SET state = p_target, note = r.note, non_working_day = r.non_working_day, performed_on = p_today, updated_at = now()
        FROM ready r
       WHERE r.is_known AND h.half_day_id = r.half_day_id AND h.state < p_target
      RETURNING h.half_day_id
    )
    SELECT coalesce((SELECT a.apart FROM all_of_them a), true),
           array_agg(CASE WHEN d.is_added OR d.is_moved THEN '' ELSE d.decided END ORDER BY d.item),
           array_agg(d.item) FILTER (WHERE d.is_added), array_agg(d.item) FILTER (WHERE d.is_added OR d.is_moved)
      INTO apart, outcome, added, written
      FROM (SELECT j.item, j.decided, j.decided IS NULL AND j.half_day_id IN (SELECT a.half_day_id FROM added a) AS is_added,
                   j.decided IS NULL AND j.half_day_id IN (SELECT m.half_day_id FROM moved m) AS is_moved
              FROM judged j OFFSET 0) d;
  END IF;

  IF apart THEN
    FOR i IN SELECT o.item FROM unnest(outcome) WITH ORDINALITY AS o (outcome, item) WHERE o.outcome IS NULL LOOP
      outcome[i.item] := calendar.why_not_entered(p_half_day_id[i.item], p_case_id[i.item], p_consultant_id[i.item],
                                                  p_phase[i.item], p_date[i.item], p_half[i.item], p_note[i.item]);
    END LOOP;
  ELSE
    SELECT e.* INTO outcome, added, written, of_first
      FROM calendar.enter_in_turn(p_target, p_today, p_half_day_id, p_case_id, p_consultant_id, p_phase, p_date, p_half, p_note,
                                  p_confirmed, p_assignment_id, p_absent, p_of_phase, p_outcome) e;
  END IF;
  IF written IS NULL THEN
    RETURN outcome;
  END IF;

  UPDATE calendar.case_grant g SET live_half_days = g.live_half_days + t.half_days
    FROM (SELECT p_case_id[a.item] AS case_id, count(*)::int AS half_days FROM unnest(added) AS a (item) GROUP BY 1) t
   WHERE g.case_id = t.case_id;
  IF of_first IS NOT NULL AND p_target = 'performed' THEN
    PERFORM calendar.follow_first_day(of_first);
  END IF;
  PERFORM audit.append_many(array_agg(p_request_id[p_call[w.item]]), array_agg(p_actor[p_call[w.item]]), 'calendar',
                            array_agg('half_day.' || p_target), array_agg('half_day/' || p_half_day_id[w.item]),
                            array_agg(p_case_id[w.item]),
                            array_agg(jsonb_build_object('consultant_id', p_consultant_id[w.item], 'phase', p_phase[w.item],
                                                         'date', p_date[w.item], 'half', p_half[w.item])))
     FROM unnest(written) AS w (item);
  RETURN outcome;
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

-- Records half-days that took place: the hottest path of all. Set-based over calls that travel together: call n has
-- request p_request_id[n], and its items are those with p_call = n. A row an item, in their order; refusal NULL:
-- accepted. What is kept as a call's first answer is the array of its refusals, '' for accepted (law 11). `why` has the words
-- for their sentences too.
-- The plans of its statements are made once, whatever the number of items, and for big tables: replanning at each call
-- would cost more than the call, and a plan made while the tables are empty must not outlive their growth.
CREATE FUNCTION calendar.record_half_days(
  p_request_id uuid[], p_request_hash bytea[], p_actor text[], p_today date,
  p_call int[], p_half_day_id uuid[], p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[],
  p_half calendar.half[], p_note text[], p_confirmed boolean[]
) RETURNS TABLE (call int, item int, half_day_id uuid, why calendar.refusal)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  held    record;
  known   record;
  answer  jsonb[] := '{}';
  outcome text[] := array_fill(NULL::text, ARRAY[cardinality(p_call)]);
  whys    calendar.refusal[];  -- of the items' phases; NULL: no phase asks anything
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

  IF held.ordered THEN
    whys := ARRAY(SELECT j.why
                    FROM generate_series(1, cardinality(p_call)) AS i (item)
                    LEFT JOIN calendar.judge_phases(p_case_id, p_phase, p_date, p_half) j USING (item)
                   ORDER BY i.item);
  END IF;
  outcome := calendar.enter('performed', p_today, p_call, p_request_id, p_actor, p_half_day_id, p_case_id, p_consultant_id, p_phase,
                            p_date, p_half, p_note, p_confirmed, held.assignment_id, held.absent,
                            CASE WHEN held.ordered
                                 THEN ARRAY(SELECT w.refusal FROM unnest(whys) WITH ORDINALITY AS w ORDER BY w.ordinality) END,
                            outcome);

  IF cardinality(p_request_id) = 1 THEN
    answer[1] := CASE WHEN NOT settled[1] THEN to_jsonb(outcome) END;
  ELSE
    answer := ARRAY(SELECT CASE WHEN NOT settled[c]
                                THEN (SELECT jsonb_agg(o.outcome ORDER BY o.item)
                                        FROM unnest(p_call, outcome) WITH ORDINALITY AS o (call, outcome, item) WHERE o.call = c) END
                      FROM generate_series(1, cardinality(p_request_id)) AS c ORDER BY c);
  END IF;
  PERFORM common.remember_many(p_request_id, p_request_hash, 'RecordHalfDays', p_actor, answer);

  RETURN QUERY
    SELECT i.call, i.item::int, i.half_day_id,
           CASE WHEN i.outcome IN ('PHASE_WINDOW_CLOSED', 'PREREQUISITE_PHASE') AND i.phase IS NULL  -- a first answer, given long ago
                THEN (SELECT ROW(i.outcome, i.of_phase, p.opens_on, p.closes_on, p.prerequisites[1], NULL)::calendar.refusal
                        FROM calendar.phase_period(i.case_id, i.of_phase) p)
                ELSE ROW(nullif(i.outcome, ''), i.phase, i."from", i.until, i.prerequisite, i.most)::calendar.refusal END
      FROM unnest(p_call, p_half_day_id, p_case_id, p_phase, outcome, whys) WITH ORDINALITY
           AS i (call, half_day_id, case_id, of_phase, outcome, refusal, phase, "from", until, prerequisite, most, item);
END $$;

-- Plans half-days, all or none: if one is refused, or under `p_validate_only`, nothing is written and nothing remembered.
-- Beside what is recorded too, a plan minds the consultant's ordinary week and most half-days in one; these, and what its phase
-- asks, are judged once all are entered (calendar.judge_planned). `p_answer` is kept as the first answer.
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
                                  p_note, p_confirmed, held.assignment_id, held.absent, NULL, outcome);
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

-- What people do with half-days that stand in the calendar, and the state that it brings them to.
CREATE TYPE calendar.step AS ENUM ('attest', 'approve', 'cancel', 'reopen', 'dispute');
CREATE FUNCTION calendar.state_after(p_step calendar.step) RETURNS calendar.half_day_state
LANGUAGE sql IMMUTABLE
RETURN CASE p_step WHEN 'attest' THEN 'attested' WHEN 'approve' THEN 'approved' WHEN 'cancel' THEN 'cancelled'
                   ELSE 'performed' END::calendar.half_day_state;

-- Whether a half-day in a state may take a step. An approved one never changes: where it is wrong, its charge is reversed in
-- funding and it is cancelled, with the reason, so that a right one may be recorded. In a locked month nothing else can
-- happen either: what is not approved or cancelled left it when it was locked.
CREATE FUNCTION calendar.may_take(p_state calendar.half_day_state, p_step calendar.step) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN (p_state, p_step) IN (('performed', 'attest'), ('attested', 'approve'),
                             ('planned', 'cancel'), ('performed', 'cancel'), ('approved', 'cancel'),
                             ('attested', 'reopen'), ('performed', 'dispute'), ('attested', 'dispute'));

-- Tells the audit of a step that half-days took, or of another change: a word as 'attested'.
CREATE FUNCTION calendar.tell(call common.call, p_done text, p_half_day_ids uuid[], p_details jsonb) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  SELECT audit.append_many(array_agg(call.request_id), array_agg(call.actor), 'calendar', array_agg('half_day.' || p_done),
                           array_agg('half_day/' || h.half_day_id), array_agg(h.case_id), array_agg(p_details))
    FROM calendar.half_day h
   WHERE h.half_day_id = ANY (p_half_day_ids);
END;

-- Takes a step with half-days, all or none, for a caller who sees only the scope's half-days (NULL: all). A half-day that
-- changes its case's count locks the grant before itself, as whoever adds half-days does. A dispute ends when the company
-- attests after all; until then nothing is approved over it. What is approved only a caller who sees all may cancel, and not
-- while a charge stands on it: whoever charges holds the half-day (calendar.hold_approved).
CREATE FUNCTION calendar.move(
  call common.call, p_step calendar.step, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE plpgsql AS $$
DECLARE
  answer  jsonb := common.replay(call);
  ids     uuid[];
  charged uuid[] := '{}';
  bad     record;
BEGIN
  IF answer IS NULL THEN
    SELECT array_agg(DISTINCT id ORDER BY id) INTO ids FROM unnest(p_half_day_ids) AS id;
    IF p_step = 'cancel' THEN
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

  IF p_step = 'cancel' THEN
    charged := ARRAY(SELECT c.half_day_id FROM funding.charged_half_days(ids) c);
  END IF;
  SELECT id AS half_day_id, h.state, h.date, h.dispute, h.half_day_id IS NULL AS missing,
         h.consultant_id <> p_scope_consultant OR g.siren <> p_scope_siren AS hidden,
         p_step = 'approve' AND h.state = 'performed' AND h.dispute IS NOT NULL AS disputed,
         h.half_day_id = ANY (charged) AS charged
    INTO bad
    FROM unnest(ids) AS id
    LEFT JOIN calendar.half_day h ON h.half_day_id = id
    LEFT JOIN calendar.case_grant g ON g.case_id = h.case_id
   WHERE h.half_day_id IS NULL OR h.consultant_id <> p_scope_consultant OR g.siren <> p_scope_siren
      OR NOT calendar.may_take(h.state, p_step)
      OR p_step = 'cancel' AND h.state = 'approved'
         AND (h.half_day_id = ANY (charged) OR num_nonnulls(p_scope_consultant, p_scope_siren) > 0)
   ORDER BY missing DESC, hidden DESC NULLS LAST, disputed DESC NULLS LAST, charged DESC NULLS LAST, id
   LIMIT 1;
  IF bad.missing THEN
    PERFORM common.refuse('HALF_DAY_NOT_FOUND', 'half_day_id', bad.half_day_id::text);
  ELSIF bad.hidden THEN
    PERFORM common.refuse('NOT_ALLOWED');
  ELSIF bad.disputed THEN
    PERFORM common.refuse('HALF_DAY_DISPUTED', 'date', bad.date::text, 'why', bad.dispute, 'half_day_id', bad.half_day_id::text);
  ELSIF bad.charged AND p_step = 'cancel' AND num_nonnulls(p_scope_consultant, p_scope_siren) = 0 THEN
    PERFORM common.refuse('HALF_DAY_CHARGED', 'date', bad.date::text, 'half_day_id', bad.half_day_id::text);
  ELSIF bad.half_day_id IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAY_STATE', 'state', bad.state::text, 'half_day_id', bad.half_day_id::text);
  END IF;

  UPDATE calendar.half_day
     SET state = calendar.state_after(p_step), updated_at = now(),
         dispute = CASE p_step WHEN 'dispute' THEN p_reason WHEN 'cancel' THEN dispute END
   WHERE half_day_id = ANY (ids);
  IF p_step = 'cancel' THEN
    UPDATE calendar.case_grant g
       SET live_half_days = g.live_half_days - freed.half_days,
           granted_half_days = g.granted_half_days - CASE WHEN g.closed THEN freed.half_days ELSE 0 END
      FROM (SELECT h.case_id, count(*)::int AS half_days FROM calendar.half_day h WHERE h.half_day_id = ANY (ids) GROUP BY h.case_id) freed
     WHERE g.case_id = freed.case_id;
    PERFORM calendar.follow_first_day(ARRAY(SELECT DISTINCT h.case_id FROM calendar.half_day h WHERE h.half_day_id = ANY (ids)));
  END IF;

  PERFORM calendar.tell(call, CASE p_step WHEN 'reopen' THEN 'reopened' WHEN 'dispute' THEN 'disputed'
                                          ELSE calendar.state_after(p_step)::text END,
                        ids, jsonb_strip_nulls(jsonb_build_object('reason', p_reason)));
  SELECT jsonb_agg(r ORDER BY r.date, r.half, r.half_day_id) INTO answer
    FROM calendar.half_day_row r WHERE r.half_day_id = ANY (ids);
  PERFORM common.remember(call, answer);
  RETURN QUERY SELECT * FROM jsonb_populate_recordset(NULL::calendar.half_day_row, answer);
END $$;

CREATE FUNCTION calendar.attest_half_days(call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text)
RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'attest', p_half_day_ids, p_scope_consultant, p_scope_siren, NULL);

CREATE FUNCTION calendar.approve_half_days(call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text)
RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'approve', p_half_day_ids, p_scope_consultant, p_scope_siren, NULL);

CREATE FUNCTION calendar.cancel_half_days(
  call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'cancel', p_half_day_ids, p_scope_consultant, p_scope_siren, p_reason);

CREATE FUNCTION calendar.reopen_half_days(
  call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'reopen', p_half_day_ids, p_scope_consultant, p_scope_siren, p_reason);

-- The company says that half-days did not take place as recorded: back to the consultant, with the reason.
CREATE FUNCTION calendar.dispute_half_days(
  call common.call, p_half_day_ids uuid[], p_scope_consultant bigint, p_scope_siren text, p_reason text
) RETURNS SETOF calendar.half_day_row
LANGUAGE sql
RETURN calendar.move(call, 'dispute', p_half_day_ids, p_scope_consultant, p_scope_siren, p_reason);

-- Published to enrolment: opens the grant of a case that it admits. The window is NULL where it runs from a date still to
-- come; p_not_before as in the table. No month is locked while it does.
CREATE FUNCTION calendar.open_grant(
  p_case_id bigint, p_siren text, p_programme text, p_granted int, p_department text, p_opens_with text, p_window_months int,
  p_starts_on date, p_ends_on date, p_admitted_on date, p_not_before date
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(calendar.month_lock(), hashtext(p_programme));
  INSERT INTO calendar.case_grant (case_id, siren, programme, granted_half_days, department, opens_with, window_months, starts_on,
                                   ends_on, not_before, open_from)
  VALUES (p_case_id, p_siren, p_programme, p_granted, p_department, p_opens_with, p_window_months,
          coalesce(p_starts_on, CASE p_opens_with WHEN 'first_day' THEN p_admitted_on ELSE 'infinity' END),
          coalesce(p_ends_on, 'infinity'), p_not_before, calendar.open_from(p_programme));
END $$;

-- Published to funding: what the signature of the agreement opens, where the rulebook counts from it.
CREATE FUNCTION calendar.agreement_signed(p_case_id bigint, p_signed_on date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held calendar.case_grant;
BEGIN
  SELECT * INTO held FROM calendar.case_grant g WHERE g.case_id = p_case_id;
  IF held.opens_with <> 'agreement' AND held.not_before IS DISTINCT FROM 'infinity' THEN
    RETURN;  -- neither ever changes to these
  END IF;
  UPDATE calendar.case_grant g
     SET starts_on = CASE g.opens_with WHEN 'agreement' THEN p_signed_on ELSE g.starts_on END,
         ends_on = CASE g.opens_with WHEN 'agreement' THEN p_signed_on + make_interval(months => g.window_months) ELSE g.ends_on END,
         not_before = CASE g.not_before WHEN 'infinity' THEN p_signed_on ELSE g.not_before END
   WHERE g.case_id = p_case_id
  RETURNING g.* INTO held;
  IF held.opens_with = 'agreement' THEN
    PERFORM enrolment.open_window(p_case_id, held.ends_on);
  END IF;
END $$;

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
  RETURN (SELECT min(h.date)
            FROM assignment.assigned_period p
            JOIN calendar.half_day h USING (case_id)
           WHERE p.assignment_id = p_assignment_id AND h.assignment_id = p_assignment_id AND h.date > p_after
             AND h.state <> 'cancelled');
END $$;

-- Published to assignment: where consultants are expected or were, and how many half-days a case may still take.
CREATE VIEW calendar.busy_half_day AS
SELECT consultant_id, date, half, case_id, assignment_id, state FROM calendar.half_day WHERE state <> 'cancelled';

CREATE VIEW calendar.case_places AS
SELECT case_id, granted_half_days - live_half_days AS places, starts_on, ends_on FROM calendar.case_grant;

-- Published to assignment, which holds every assignment of those who give and of those who take while it calls: nobody
-- else can enter a half-day of theirs meanwhile. What is planned after a day under p_from_assignment[n] passes to
-- p_to_assignment[n], all or none; what took place stays with who did it. A row a half-day: `refusal` NULL, or why it
-- cannot pass: NOT_ASSIGNED (the new assignment does not cover the day), CONSULTANT_ABSENT, SLOT_TAKEN. If one cannot,
-- nothing is written. Dates, halves and grants do not change, so law 1 is untouched; the slot's index holds law 2.
CREATE FUNCTION calendar.hand_over(call common.call, p_from_assignment bigint[], p_to_assignment bigint[], p_after date)
RETURNS TABLE (half_day_id uuid, from_assignment bigint, date date, half calendar.half, refusal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
  moves jsonb;
BEGIN
  -- In the order of their ids, as whoever attests or cancels them goes.
  PERFORM FROM calendar.half_day h
    WHERE h.case_id IN (SELECT p.case_id FROM assignment.assigned_period p WHERE p.assignment_id = ANY (p_from_assignment))
      AND h.assignment_id = ANY (p_from_assignment) AND h.date > p_after AND h.state = 'planned'
    ORDER BY h.half_day_id
      FOR UPDATE;
  -- A second statement, so that it sees what changed while the first waited.
  SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.date, m.half, m.half_day_id), '[]') INTO moves
    FROM (SELECT h.half_day_id, h.assignment_id AS from_assignment, h.date, h.half, h.case_id, p.assignment_id AS to_assignment,
                 h.consultant_id AS from_consultant, p.consultant_id AS to_consultant,
                 CASE
                   WHEN p.assignment_id IS NULL OR h.date NOT BETWEEN p.starts_on AND p.ends_on THEN 'NOT_ASSIGNED'
                   WHEN EXISTS (SELECT FROM assignment.absent_period b
                                 WHERE b.consultant_id = p.consultant_id AND h.date BETWEEN b.starts_on AND b.ends_on)
                     THEN 'CONSULTANT_ABSENT'
                   WHEN EXISTS (SELECT FROM calendar.half_day t
                                 WHERE (t.consultant_id, t.date, t.half) = (p.consultant_id, h.date, h.half)
                                   AND t.state <> 'cancelled') THEN 'SLOT_TAKEN'
                 END AS refusal
            FROM unnest(p_from_assignment, p_to_assignment) AS i (from_assignment, to_assignment)
            JOIN assignment.assigned_period g ON g.assignment_id = i.from_assignment
            JOIN calendar.half_day h
                   ON h.case_id = g.case_id AND h.assignment_id = g.assignment_id AND h.date > p_after AND h.state = 'planned'
            LEFT JOIN assignment.assigned_period p
                   ON p.assignment_id = i.to_assignment AND (p.case_id, p.phase) = (h.case_id, h.phase)) m;

  IF NOT EXISTS (SELECT FROM jsonb_array_elements(moves) AS m (move) WHERE m.move ->> 'refusal' IS NOT NULL) THEN
    UPDATE calendar.half_day h
       SET consultant_id = (m.move ->> 'to_consultant')::bigint, assignment_id = (m.move ->> 'to_assignment')::bigint,
           updated_at = now()
      FROM jsonb_array_elements(moves) AS m (move)
     WHERE h.half_day_id = (m.move ->> 'half_day_id')::uuid;
    IF moves <> '[]' THEN
      PERFORM audit.append_many(array_agg(call.request_id), array_agg(call.actor), 'calendar',
                                array_agg('half_day.handed_over'::text), array_agg('half_day/' || (m.move ->> 'half_day_id')),
                                array_agg((m.move ->> 'case_id')::bigint),
                                array_agg(jsonb_build_object('from', m.move -> 'from_consultant', 'to', m.move -> 'to_consultant')))
        FROM jsonb_array_elements(moves) AS m (move);
    END IF;
  END IF;
  RETURN QUERY
    SELECT r.half_day_id, r.from_assignment, r.date, r.half, r.refusal
      FROM jsonb_to_recordset(moves) AS r (half_day_id uuid, from_assignment bigint, date date, half calendar.half, refusal text)
     ORDER BY r.date, r.half, r.half_day_id;
END $$;

-- Published to funding: what may be charged (law 7).
CREATE VIEW calendar.approved_half_day AS
SELECT half_day_id, case_id, consultant_id, phase, date, half FROM calendar.half_day WHERE state = 'approved';

-- Published to funding: the same of one case, held until the transaction ends: nobody cancels one meanwhile. Taken in the order
-- in which calendar.move takes them.
CREATE FUNCTION calendar.hold_approved(p_case_id bigint) RETURNS SETOF calendar.approved_half_day
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT h.half_day_id, h.case_id, h.consultant_id, h.phase, h.date, h.half
    FROM calendar.half_day h
   WHERE h.case_id = p_case_id AND h.state = 'approved'
   ORDER BY h.half_day_id
     FOR SHARE;
END;

-- Published to funding: how many half-days of a case may still come to be charged, or be cancelled.
CREATE FUNCTION calendar.half_days_waiting(p_case_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT count(*) FROM calendar.half_day h WHERE h.case_id = p_case_id AND h.state IN ('planned', 'performed', 'attested');
END;

-- Published to funding and enrolment: the day that ends a time given in working days (Monday to Friday, without the holidays of the whole
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

-- Laws 1 to 3, from the half-days themselves; and law 10 of the months that are locked: what stands there is settled, and
-- every case of the programme knows of it.
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
                   WHERE h.state <> 'cancelled') w) o
  UNION ALL
  SELECT 10, count(*), count(*) FILTER (WHERE m.wrong),
         coalesce(string_agg(m.what, E'\n') FILTER (WHERE m.wrong AND m.nth <= 5), '')
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.wrong ORDER BY w.what) AS nth
            FROM (SELECT h.state NOT IN ('approved', 'cancelled') AS wrong,
                         format('half-day %s is %s in the locked month %s', h.half_day_id, h.state, left(h.sheet_month::text, 7)) AS what
                    FROM calendar.half_day h
                    JOIN calendar.case_grant g ON g.case_id = h.case_id AND h.sheet_month < g.open_from
                  UNION ALL
                  SELECT g.open_from <> calendar.open_from(g.programme),
                         format('case %s: months open from %s, %s for its programme', g.case_id, g.open_from,
                                calendar.open_from(g.programme))
                    FROM calendar.case_grant g
                  UNION ALL
                  SELECT EXISTS (SELECT FROM calendar.locked_month l WHERE l.programme = m.programme AND l.month < m.month)
                         AND NOT EXISTS (SELECT FROM calendar.locked_month l
                                          WHERE l.programme = m.programme AND l.month = m.month - '1 month'::interval),
                         format('programme %s: month %s is locked before an earlier one', m.programme, left(m.month::text, 7))
                    FROM calendar.locked_month m) w) m;
END;

GRANT SELECT, INSERT ON calendar.half_day TO jalon_calendar;
GRANT UPDATE (state, note, non_working_day, updated_at, performed_on, dispute) ON calendar.half_day TO jalon_calendar;
GRANT SELECT, INSERT ON calendar.locked_month TO jalon_calendar;
GRANT SELECT ON calendar.case_grant, calendar.holiday, calendar.half_day_row, calendar.case_calendar TO jalon_calendar;
GRANT UPDATE (live_half_days, granted_half_days, ends_on) ON calendar.case_grant TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.hold, calendar.fits_first_day, calendar.follow_first_day, calendar.judge_entries, calendar.enter_in_turn, calendar.enter,
  calendar.why_not_entered, calendar.record_half_days, calendar.plan, calendar.plan_half_days,
  calendar.month_of, calendar.month_lock, calendar.open_from, calendar.state_after, calendar.may_take, calendar.tell, calendar.move,
  calendar.attest_half_days, calendar.approve_half_days, calendar.cancel_half_days, calendar.reopen_half_days,
  calendar.dispute_half_days
  TO jalon_calendar;

GRANT USAGE ON SCHEMA calendar TO
  jalon_enrolment_owner, jalon_enrolment, jalon_assignment_owner, jalon_assignment, jalon_funding_owner, jalon_funding, jalon_audit;
GRANT EXECUTE ON FUNCTION calendar.open_grant, calendar.close_grant TO jalon_enrolment_owner, jalon_enrolment;
GRANT EXECUTE ON FUNCTION calendar.first_live_half_day, calendar.first_live_half_day_of_assignment, calendar.hand_over
  TO jalon_assignment_owner, jalon_assignment;
GRANT SELECT ON calendar.busy_half_day, calendar.case_places, calendar.holiday TO jalon_assignment_owner, jalon_assignment;
GRANT SELECT ON calendar.approved_half_day TO jalon_funding_owner, jalon_funding;
GRANT EXECUTE ON FUNCTION
  calendar.hold_approved, calendar.half_days_waiting, calendar.working_days_after, calendar.agreement_signed
  TO jalon_funding_owner, jalon_funding;
GRANT EXECUTE ON FUNCTION calendar.working_days_after TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION calendar.check_laws TO jalon_audit;

COMMIT;
