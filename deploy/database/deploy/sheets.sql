-- Deploy jalon:sheets to pg
-- requires: calendar

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

-- Signs the verification codes of sheets. Drawn where the database is made and never changed: a printed code must still
-- verify after ten years.
CREATE TABLE calendar.sheet_key (
  key       bytea NOT NULL CONSTRAINT sheet_key_is_long CHECK (length(key) = 32),
  singleton bool DEFAULT true CONSTRAINT sheet_key_pkey PRIMARY KEY CONSTRAINT sheet_key_is_one CHECK (singleton)
);
-- gen_random_uuid() is PostgreSQL's cryptographically strong source; two carry 244 random bits.
INSERT INTO calendar.sheet_key (key) SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
CREATE TRIGGER sheet_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON calendar.sheet_key
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Moves planned half-days to another date or half, all or none: if one is refused, or under `p_validate_only`, nothing is
-- written and nothing remembered. They may trade places: only where all of them end up counts.
--
-- The assignments of their consultants are held alone, not shared: whoever adds half-days of these people waits, so that
-- the places found free stay free, and two movers never wait for each other's.
CREATE FUNCTION calendar.reschedule_half_days(
  call common.call, p_validate_only boolean, p_half_day_id uuid[], p_date date[], p_half calendar.half[], p_confirmed boolean[],
  p_scope_consultant bigint
) RETURNS TABLE (item int, half_day_id uuid, why calendar.refusal, state text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  people  bigint[];
  held    record;
  judged  record;
  outcome text[] := array_fill(''::text, ARRAY[cardinality(p_half_day_id)]);
  whys    calendar.refusal[] := array_fill(NULL::calendar.refusal, ARRAY[cardinality(p_half_day_id)]);
BEGIN
  IF common.replay(call) IS NULL THEN
    BEGIN
      people := ARRAY(SELECT DISTINCT h.consultant_id FROM calendar.half_day h WHERE h.half_day_id = ANY (p_half_day_id));
      PERFORM calendar.hold_weeks(people);
      PERFORM assignment.hold_consultants(people);
      SELECT (calendar.hold(array_agg(h.case_id ORDER BY e.item), array_agg(h.consultant_id ORDER BY e.item),
                            array_agg(h.phase ORDER BY e.item), array_agg(e.date ORDER BY e.item))).* INTO held
        FROM unnest(p_half_day_id, p_date) WITH ORDINALITY AS e (half_day_id, date, item)
        LEFT JOIN calendar.half_day h ON h.half_day_id = e.half_day_id;
      PERFORM FROM calendar.half_day h WHERE h.half_day_id = ANY (p_half_day_id) ORDER BY h.half_day_id FOR UPDATE;
      IF common.replay(call) IS NULL THEN
        IF EXISTS (SELECT FROM calendar.half_day h WHERE h.half_day_id = ANY (p_half_day_id) AND h.consultant_id <> ALL (people)) THEN
          RAISE EXCEPTION 'another consultant took over meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
        IF EXISTS (SELECT FROM calendar.half_day h
                    WHERE h.half_day_id = ANY (p_half_day_id) AND h.consultant_id <> p_scope_consultant) THEN
          PERFORM common.refuse('NOT_ALLOWED');
        END IF;
        outcome := calendar.judge_moves(p_half_day_id, p_date, p_half, p_confirmed, held.assignment_id, held.absent);
        IF '' <> ANY (outcome) THEN
          RAISE SQLSTATE 'JL002';  -- back to the BEGIN above: the variables stay, what was written does not
        END IF;
        PERFORM calendar.write_moves(call, p_half_day_id, p_date, p_half, held.assignment_id);
        FOR judged IN SELECT j.item, j.why FROM calendar.judge_planned(p_half_day_id, p_confirmed) j LOOP
          outcome[judged.item] := (judged.why).refusal;
          whys[judged.item] := judged.why;
        END LOOP;
        IF p_validate_only OR '' <> ANY (outcome) THEN
          RAISE SQLSTATE 'JL002';
        END IF;
        PERFORM common.remember(call, '[]');
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
    state := (SELECT h.state FROM calendar.half_day h WHERE h.half_day_id = p_half_day_id[i]);
    RETURN NEXT;
  END LOOP;
END $$;

-- Another note of a half-day that nobody has attested yet, for a caller who touches only the scope's half-days (NULL: all). The
-- audit tells that it was edited, never what it says: an event can never be purged. Refusals, in order: HALF_DAY_NOT_FOUND,
-- NOT_ALLOWED, HALF_DAY_STATE.
CREATE FUNCTION calendar.edit_note(call common.call, p_half_day_id uuid, p_note text, p_scope_consultant bigint)
RETURNS SETOF calendar.half_day_row
LANGUAGE plpgsql AS $$
DECLARE
  held   calendar.half_day;
  answer jsonb;
  result calendar.half_day_row;
BEGIN
  SELECT * INTO held FROM calendar.half_day h WHERE h.half_day_id = p_half_day_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::calendar.half_day_row, answer);
    RETURN;
  END IF;

  IF held.half_day_id IS NULL THEN
    PERFORM common.refuse('HALF_DAY_NOT_FOUND', 'half_day_id', p_half_day_id::text);
  ELSIF held.consultant_id <> p_scope_consultant THEN
    PERFORM common.refuse('NOT_ALLOWED');
  ELSIF held.state NOT IN ('planned', 'performed') THEN
    PERFORM common.refuse('HALF_DAY_STATE', 'state', held.state::text, 'half_day_id', p_half_day_id::text);
  END IF;
  IF held.note <> p_note THEN
    UPDATE calendar.half_day SET note = p_note, updated_at = now() WHERE half_day_id = p_half_day_id;
    PERFORM calendar.tell(call, 'note_edited', ARRAY[p_half_day_id], '{}');
  END IF;
  SELECT * INTO STRICT result FROM calendar.half_day_row r WHERE r.half_day_id = p_half_day_id;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Parallel to the items: '' where the half-day may move there, else the first refusal in the contract's order.
CREATE FUNCTION calendar.judge_moves(
  p_half_day_id uuid[], p_date date[], p_half calendar.half[], p_confirmed boolean[], p_assignment_id bigint[], p_absent boolean[]
) RETURNS text[]
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH move AS MATERIALIZED (
    SELECT e.*, h.case_id, h.consultant_id, h.state, h.date AS was_on, h.non_working_day
      FROM unnest(p_half_day_id, p_date, p_half, p_confirmed, p_assignment_id, p_absent)
           WITH ORDINALITY AS e (half_day_id, date, half, confirmed, assignment_id, absent, item)
      LEFT JOIN calendar.half_day h ON h.half_day_id = e.half_day_id
  )
  SELECT array_agg(CASE
           WHEN m.state IS NULL THEN 'HALF_DAY_NOT_FOUND'
           -- Named before with another place.
           WHEN EXISTS (SELECT FROM move b
                         WHERE b.half_day_id = m.half_day_id AND b.item < m.item AND (b.date, b.half) <> (m.date, m.half))
             THEN 'HALF_DAY_ID_REUSED'
           WHEN m.state <> 'planned' THEN 'HALF_DAY_STATE'
           WHEN m.assignment_id IS NULL THEN 'NOT_ASSIGNED'
           WHEN m.date < g.not_before THEN 'BEFORE_APPROVAL'
           WHEN (m.date BETWEEN g.starts_on AND g.ends_on) IS NOT TRUE THEN 'OUTSIDE_WINDOW'
           WHEN m.absent THEN 'CONSULTANT_ABSENT'
           WHEN day.off AND NOT m.confirmed AND NOT (m.date = m.was_on AND m.non_working_day) THEN 'NON_WORKING_DAY'
           WHEN EXISTS (SELECT FROM calendar.half_day o
                         WHERE (o.consultant_id, o.date, o.half) = (m.consultant_id, m.date, m.half) AND o.state <> 'cancelled'
                           AND o.half_day_id <> ALL (p_half_day_id))
             OR EXISTS (SELECT FROM move b
                         WHERE (b.consultant_id, b.date, b.half) = (m.consultant_id, m.date, m.half) AND b.item < m.item
                           AND b.half_day_id <> m.half_day_id)
             THEN 'SLOT_TAKEN'
           ELSE '' END ORDER BY m.item)
    FROM move m
    LEFT JOIN calendar.case_grant g ON g.case_id = m.case_id
   CROSS JOIN LATERAL (SELECT extract(isodow FROM m.date) > 5
                           OR EXISTS (SELECT FROM calendar.holiday o
                                       WHERE o.date = m.date AND o.territory IN ('FR', g.department) AND NOT o.worked) AS off) AS day;
END;

-- Writes moves that were found lawful, under the locks of calendar.reschedule_half_days.
CREATE FUNCTION calendar.write_moves(
  call common.call, p_half_day_id uuid[], p_date date[], p_half calendar.half[], p_assignment_id bigint[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  half_days bigint;
BEGIN
  PERFORM audit.append_many(array_agg(call.request_id), array_agg(call.actor), 'calendar', array_agg('half_day.rescheduled'::text),
                            array_agg('half_day/' || h.half_day_id), array_agg(h.case_id),
                            array_agg(jsonb_build_object('date', m.date, 'half', m.half, 'from_date', h.date, 'from_half', h.half)))
    FROM (SELECT DISTINCT * FROM unnest(p_half_day_id, p_date, p_half) AS m (half_day_id, date, half)) m
    JOIN calendar.half_day h USING (half_day_id)
   WHERE (h.date, h.half) <> (m.date, m.half);
  -- Whoever stands where another of them goes leaves first: an index sees each row by itself.
  UPDATE calendar.half_day h SET state = 'cancelled'
    FROM unnest(p_half_day_id, p_date, p_half) AS m (half_day_id, date, half)
    JOIN calendar.half_day mover ON mover.half_day_id = m.half_day_id
   WHERE h.half_day_id = ANY (p_half_day_id) AND h.half_day_id <> m.half_day_id
     AND (h.consultant_id, h.date, h.half) = (mover.consultant_id, m.date, m.half);
  UPDATE calendar.half_day h
     SET state = 'planned', date = m.date, half = m.half, assignment_id = m.assignment_id, updated_at = now(),
         sheet_month = greatest(calendar.month_of(m.date), g.open_from),
         non_working_day = extract(isodow FROM m.date) > 5
                           OR EXISTS (SELECT FROM calendar.holiday o
                                       WHERE o.date = m.date AND o.territory IN ('FR', g.department) AND NOT o.worked)
    FROM (SELECT DISTINCT * FROM unnest(p_half_day_id, p_date, p_half, p_assignment_id)
                                 AS m (half_day_id, date, half, assignment_id)) m,
         calendar.case_grant g
   WHERE h.half_day_id = m.half_day_id AND g.case_id = h.case_id;
END $$;

-- Locks a month of a programme for good. What is neither approved nor cancelled goes on to the sheet of the next month
-- and keeps its date. Whoever enters half-days holds the grant of the case: those at work are waited for and land in the
-- month, those who come later find it locked. One who attests or approves holds the half-day, and comes first or second too.
-- A row a sheet from which half-days went on; one with NULLs when all was settled.
-- Refusals, in order: PROGRAMME_NOT_FOUND, MONTH_NOT_OVER, MONTH_LOCKED, MONTH_LOCK_ORDER.
CREATE FUNCTION calendar.lock_month(call common.call, p_validate_only boolean, p_programme text, p_month date, p_today date)
RETURNS TABLE (locked_at timestamptz, case_id bigint, consultant_id bigint, planned bigint, performed bigint, attested bigint,
               disputed bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  answer jsonb := common.replay(call);
  next   date := p_month + '1 month'::interval;
  first  date;
  ids    uuid[];
BEGIN
  IF answer IS NULL THEN
    IF NOT EXISTS (SELECT FROM programme.published_rulebook r WHERE r.programme = p_programme) THEN
      PERFORM common.refuse('PROGRAMME_NOT_FOUND', 'programme', p_programme);
    END IF;
    IF p_month >= calendar.month_of(p_today) THEN
      PERFORM common.refuse('MONTH_NOT_OVER', 'month', left(p_month::text, 7));
    END IF;
    IF NOT p_validate_only THEN
      PERFORM pg_advisory_xact_lock(calendar.month_lock(), hashtext(p_programme));
      PERFORM FROM calendar.case_grant g WHERE g.programme = p_programme ORDER BY g.case_id FOR UPDATE;
      answer := common.replay(call);  -- a copy of this call waited for the locks
    END IF;
  END IF;
  IF answer IS NULL THEN
    first := calendar.open_from(p_programme);
    IF p_month < first THEN
      PERFORM common.refuse('MONTH_LOCKED', 'month', left(p_month::text, 7));
    END IF;
    IF first = '-infinity' THEN  -- the first lock may be of any month, but leaves none with half-days behind it
      SELECT coalesce(min(h.sheet_month), p_month) INTO first
        FROM calendar.half_day h JOIN calendar.case_grant g USING (case_id)
       WHERE g.programme = p_programme AND h.state <> 'cancelled';
    END IF;
    IF p_month > first THEN
      PERFORM common.refuse('MONTH_LOCK_ORDER', 'month', left(first::text, 7));
    END IF;

    IF p_validate_only THEN
      ids := ARRAY(SELECT w.half_day_id FROM calendar.unsettled(p_programme, p_month) w);
    ELSE
      -- Judged again as each row is once it is held: some may have been approved since.
      ids := ARRAY(SELECT h.half_day_id FROM calendar.half_day h
                    WHERE h.half_day_id IN (SELECT w.half_day_id FROM calendar.unsettled(p_programme, p_month) w)
                      AND h.state NOT IN ('approved', 'cancelled') AND h.sheet_month = p_month
                    ORDER BY h.half_day_id FOR UPDATE);
    END IF;
    SELECT jsonb_build_object('locked_at', now(), 'rolled', coalesce(jsonb_agg(s ORDER BY s.case_id, s.consultant_id), '[]'))
      INTO answer
      FROM (SELECT h.case_id, h.consultant_id, count(*) FILTER (WHERE h.state = 'planned') AS planned,
                   count(*) FILTER (WHERE h.state = 'performed') AS performed,
                   count(*) FILTER (WHERE h.state = 'attested') AS attested, count(h.dispute) AS disputed
              FROM calendar.half_day h WHERE h.half_day_id = ANY (ids)
             GROUP BY h.case_id, h.consultant_id) s;
    IF NOT p_validate_only THEN
      UPDATE calendar.half_day h SET sheet_month = next, updated_at = now() WHERE h.half_day_id = ANY (ids);
      UPDATE calendar.case_grant g SET open_from = next WHERE g.programme = p_programme;
      INSERT INTO calendar.locked_month (programme, month, locked_by) VALUES (p_programme, p_month, call.actor);
      PERFORM audit.append(call, 'calendar', 'month.locked', 'month/' || p_programme || '/' || left(p_month::text, 7), NULL,
                           jsonb_build_object('rolled', cardinality(ids)));
      IF cardinality(ids) > 0 THEN
        PERFORM calendar.tell(call, 'rolled', ids, jsonb_build_object('sheet_month', left(next::text, 7)));
      END IF;
      PERFORM common.remember(call, answer);
    END IF;
  END IF;
  RETURN QUERY
    SELECT (answer ->> 'locked_at')::timestamptz, r.case_id, r.consultant_id, r.planned, r.performed, r.attested, r.disputed
      FROM (SELECT) one
      LEFT JOIN jsonb_to_recordset(answer -> 'rolled')
                AS r (case_id bigint, consultant_id bigint, planned bigint, performed bigint, attested bigint, disputed bigint) ON true;
END $$;

-- What keeps the month of a programme from being settled. The half-days of a sheet are found by their dates; those of an
-- earlier date, which went on to it, by their own index.
CREATE FUNCTION calendar.unsettled(p_programme text, p_month date) RETURNS TABLE (half_day_id uuid)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT h.half_day_id
      FROM (SELECT h.half_day_id, h.case_id, h.state FROM calendar.half_day h
             WHERE h.sheet_month = p_month AND h.date >= p_month AND h.date < p_month + '1 month'::interval
            UNION ALL
            SELECT h.half_day_id, h.case_id, h.state FROM calendar.half_day h
             WHERE h.sheet_month = p_month AND h.sheet_month > h.date) h
      JOIN calendar.case_grant g USING (case_id)
     WHERE g.programme = p_programme AND h.state NOT IN ('approved', 'cancelled');
END $$;

-- What an officer looks at before approving.
CREATE TYPE calendar.unusual AS ENUM ('weekend', 'holiday', 'long_run', 'over_load', 'note_missing', 'late');

-- The live half-days of sheets, with what is unusual about each. A filter that is NULL does not apply; a month, a case or a
-- consultant is named. Planned anew at each call: what is named decides which index serves.
--   long_run: one of more than six days in a row on which the consultant worked, for whomever;
--   over_load: in a week (Monday to Sunday) of more half-days than the consultant takes on, or than ten;
--   late: recorded more than 30 days after its date.
CREATE FUNCTION calendar.sheet_half_days(p_month date, p_case_id bigint, p_consultant_id bigint, p_siren text, p_programme text)
RETURNS TABLE (half_day calendar.half_day, unusual calendar.unusual[])
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  RETURN QUERY
    WITH chosen AS MATERIALIZED (
      SELECT h.*
        FROM calendar.half_day h
       WHERE h.state <> 'cancelled'
         AND (p_month IS NULL OR h.sheet_month = p_month
                                 AND (h.date BETWEEN p_month AND p_month + 30 OR h.sheet_month > h.date))
         AND (p_case_id IS NULL OR h.case_id = p_case_id)
         AND (p_consultant_id IS NULL OR h.consultant_id = p_consultant_id)
         AND (p_siren IS NULL OR h.case_id IN (SELECT g.case_id FROM calendar.case_grant g WHERE g.siren = p_siren))
         AND (p_programme IS NULL OR h.case_id IN (SELECT g.case_id FROM calendar.case_grant g WHERE g.programme = p_programme))
    ), worked AS MATERIALIZED (
      SELECT w.consultant_id, w.date, count(*) AS halves
        FROM calendar.half_day w
       WHERE w.consultant_id IN (SELECT c.consultant_id FROM chosen c)
         AND w.date BETWEEN (SELECT min(c.date) - 6 FROM chosen c) AND (SELECT max(c.date) + 6 FROM chosen c)
         AND w.state IN ('performed', 'attested', 'approved')
       GROUP BY w.consultant_id, w.date
    ), run AS MATERIALIZED (
      SELECT s.consultant_id, s.date, count(*) OVER (PARTITION BY s.consultant_id, s.start) AS days
        FROM (SELECT w.consultant_id, w.date,
                     w.date - (row_number() OVER (PARTITION BY w.consultant_id ORDER BY w.date))::int AS start
                FROM worked w) s
    ), week AS MATERIALIZED (
      SELECT w.consultant_id, w.date - extract(isodow FROM w.date)::int AS sunday_before, sum(w.halves) AS halves
        FROM worked w
       GROUP BY 1, 2
    )
    SELECT ROW(c.*)::calendar.half_day,
           array_remove(ARRAY[
             CASE WHEN extract(isodow FROM c.date) > 5 THEN 'weekend' END,
             CASE WHEN c.non_working_day AND extract(isodow FROM c.date) <= 5 THEN 'holiday' END,
             CASE WHEN c.state <> 'planned' AND r.days > 6 THEN 'long_run' END,
             CASE WHEN c.state <> 'planned' AND k.halves > coalesce(p.max_half_days_per_week, 10) THEN 'over_load' END,
             CASE WHEN c.state <> 'planned' AND c.note = '' THEN 'note_missing' END,
             CASE WHEN c.performed_on - c.date > 30 THEN 'late' END]::calendar.unusual[], NULL)
      FROM chosen c
      LEFT JOIN run r ON (r.consultant_id, r.date) = (c.consultant_id, c.date)
      LEFT JOIN week k ON (k.consultant_id, k.sunday_before) = (c.consultant_id, c.date - extract(isodow FROM c.date)::int)
      LEFT JOIN assignment.consultant_capacity p ON p.consultant_id = c.consultant_id;
END $$;

-- Sheets as the contract's jalon.calendar.v1.Sheet: one a case, consultant and month that has live half-days. The state is
-- what the sheet waits for. The etag changes with whatever is done to its half-days.
CREATE FUNCTION calendar.sheets(p_month date, p_case_id bigint, p_consultant_id bigint, p_siren text, p_programme text)
RETURNS TABLE (
  case_id bigint, consultant_id bigint, month text, programme text, siren text, company_name text, consultant_name text, state text,
  half_days bigint, planned bigint, performed bigint, disputed bigint, attested bigint, approved bigint,
  unusual calendar.unusual[], unusual_half_days bigint, locked boolean, etag text
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.case_id, s.consultant_id, left(s.sheet_month::text, 7), f.programme, f.siren, f.company_name, n.name,
         CASE WHEN s.disputed > 0 THEN 'disputed' WHEN s.performed > 0 THEN 'performed' WHEN s.attested > 0 THEN 'attested'
              WHEN s.planned > 0 THEN 'planned' ELSE 'approved' END,
         s.half_days, s.planned, s.performed, s.disputed, s.attested, s.approved, s.unusual, s.unusual_half_days,
         s.sheet_month < g.open_from, s.etag
    FROM (SELECT (d.half_day).case_id, (d.half_day).consultant_id, (d.half_day).sheet_month,
                 count(*) AS half_days,
                 count(*) FILTER (WHERE (d.half_day).state = 'planned') AS planned,
                 count(*) FILTER (WHERE (d.half_day).state = 'performed') AS performed,
                 count((d.half_day).dispute) AS disputed,
                 count(*) FILTER (WHERE (d.half_day).state = 'attested') AS attested,
                 count(*) FILTER (WHERE (d.half_day).state = 'approved') AS approved,
                 array_remove(ARRAY[
                   CASE WHEN bool_or('weekend' = ANY (d.unusual)) THEN 'weekend' END,
                   CASE WHEN bool_or('holiday' = ANY (d.unusual)) THEN 'holiday' END,
                   CASE WHEN bool_or('long_run' = ANY (d.unusual)) THEN 'long_run' END,
                   CASE WHEN bool_or('over_load' = ANY (d.unusual)) THEN 'over_load' END,
                   CASE WHEN bool_or('note_missing' = ANY (d.unusual)) THEN 'note_missing' END,
                   CASE WHEN bool_or('late' = ANY (d.unusual)) THEN 'late' END]::calendar.unusual[], NULL) AS unusual,
                 count(*) FILTER (WHERE cardinality(d.unusual) > 0) AS unusual_half_days,
                 left(encode(sha256(convert_to(string_agg((d.half_day).half_day_id || ' ' || extract(epoch FROM (d.half_day).updated_at),
                                                          E'\n' ORDER BY (d.half_day).half_day_id), 'UTF8')), 'hex'), 16) AS etag
            FROM calendar.sheet_half_days(p_month, p_case_id, p_consultant_id, p_siren, p_programme) d
           GROUP BY 1, 2, 3) s
    JOIN calendar.case_grant g ON g.case_id = s.case_id
    JOIN enrolment.case_facts f ON f.case_id = s.case_id
    JOIN assignment.consultant_name n ON n.consultant_id = s.consultant_id;
END;

-- The half-days of one sheet as the contract's SheetHalfDay: what each is, and who took its steps when. Of a step taken
-- twice, as when the company attests again, the last counts; one that was taken back does not. For the company stands the name
-- that it signed with, where it signed by a link or a code.
CREATE FUNCTION calendar.sheet_lines(p_case_id bigint, p_consultant_id bigint, p_month date)
RETURNS TABLE (
  half_day_id uuid, phase text, date date, half calendar.half, state calendar.half_day_state, note text, dispute text,
  unusual calendar.unusual[], performed_by text, performed_at timestamptz, attested_by text, attested_at timestamptz,
  approved_by text, approved_at timestamptz
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH line AS MATERIALIZED (
    SELECT (d.half_day).*, d.unusual FROM calendar.sheet_half_days(p_month, p_case_id, p_consultant_id, NULL, NULL) d
  ), step AS MATERIALIZED (
    SELECT DISTINCT ON (t.subject, t.action) t.subject, t.action, coalesce(t.details ->> 'signer', t.actor) AS actor, t.at
      FROM audit.told(p_case_id, ARRAY(SELECT 'half_day/' || l.half_day_id FROM line l)) t
     ORDER BY t.subject, t.action, t.event_id DESC
  )
  SELECT l.half_day_id, l.phase, l.date, l.half, l.state, l.note, l.dispute, l.unusual, p.actor, p.at, a.actor, a.at, v.actor, v.at
    FROM line l
    LEFT JOIN step p ON (p.subject, p.action) = ('half_day/' || l.half_day_id, 'half_day.performed')
    LEFT JOIN step a ON (a.subject, a.action) = ('half_day/' || l.half_day_id, 'half_day.attested')
                        AND l.state IN ('attested', 'approved')
    LEFT JOIN step v ON (v.subject, v.action) = ('half_day/' || l.half_day_id, 'half_day.approved') AND l.state = 'approved'
   ORDER BY l.date, l.half, l.half_day_id;
END;

-- Approves what is attested on sheets, all of them or none. An etag that is not NULL must be the sheet's: the officer
-- approves what was read. What still waits for the company is left. A row a sheet, in the order given.
-- Refusals, in order: MONTH_LOCKED, SHEET_NOT_FOUND, STALE_ETAG.
CREATE FUNCTION calendar.approve_sheets(
  call common.call, p_case_id bigint[], p_consultant_id bigint[], p_month date[], p_etag text[]
) RETURNS TABLE (case_id bigint, consultant_id bigint, month text, approved bigint, "left" bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  answer jsonb := common.replay(call);
  ids    uuid[];
  bad    record;
BEGIN
  IF answer IS NULL THEN
    ids := ARRAY(SELECT h.half_day_id
                   FROM calendar.half_day h
                  WHERE h.case_id = ANY (p_case_id) AND h.state <> 'cancelled'
                    AND (h.case_id, h.consultant_id, h.sheet_month) IN (SELECT * FROM unnest(p_case_id, p_consultant_id, p_month))
                  ORDER BY h.half_day_id FOR UPDATE);
    answer := common.replay(call);  -- a copy of this call waited for the locks
  END IF;
  IF answer IS NULL THEN
    SELECT s.case_id, s.consultant_id, s.month, k.etag IS NULL AS missing, s.month < g.open_from AS locked
      INTO bad
      FROM unnest(p_case_id, p_consultant_id, p_month, p_etag) WITH ORDINALITY AS s (case_id, consultant_id, month, etag, item)
      LEFT JOIN calendar.case_grant g ON g.case_id = s.case_id
      LEFT JOIN LATERAL calendar.sheets(s.month, s.case_id, s.consultant_id, NULL, NULL) k ON true
     WHERE k.etag IS NULL OR s.month < g.open_from OR s.etag <> k.etag
     ORDER BY locked DESC NULLS LAST, missing DESC, s.item
     LIMIT 1;
    IF bad.locked THEN
      PERFORM common.refuse('MONTH_LOCKED', 'month', left(bad.month::text, 7));
    ELSIF bad.missing THEN
      PERFORM common.refuse('SHEET_NOT_FOUND', 'case_id', bad.case_id::text, 'consultant_id', bad.consultant_id::text,
                            'month', left(bad.month::text, 7));
    ELSIF bad.case_id IS NOT NULL THEN
      PERFORM common.refuse('STALE_ETAG');
    END IF;

    ids := ARRAY(SELECT h.half_day_id FROM calendar.half_day h WHERE h.half_day_id = ANY (ids) AND h.state = 'attested');
    UPDATE calendar.half_day h SET state = 'approved', updated_at = now() WHERE h.half_day_id = ANY (ids);
    IF cardinality(ids) > 0 THEN
      PERFORM calendar.tell(call, 'approved', ids, '{}');
    END IF;
    SELECT jsonb_agg(jsonb_build_object('case_id', s.case_id, 'consultant_id', s.consultant_id, 'month', left(s.month::text, 7),
                                        'approved', k.approved, 'left', k."left") ORDER BY s.item)
      INTO answer
      FROM unnest(p_case_id, p_consultant_id, p_month) WITH ORDINALITY AS s (case_id, consultant_id, month, item),
           LATERAL (SELECT count(*) FILTER (WHERE h.half_day_id = ANY (ids)) AS approved,
                           count(*) FILTER (WHERE h.state IN ('planned', 'performed')) AS "left"
                      FROM calendar.half_day h
                     WHERE (h.case_id, h.consultant_id, h.sheet_month) = (s.case_id, s.consultant_id, s.month)) k;
    PERFORM common.remember(call, answer);
  END IF;
  RETURN QUERY
    SELECT a.case_id, a.consultant_id, a.month, a.approved, a."left"
      FROM jsonb_to_recordset(answer) AS a (case_id bigint, consultant_id bigint, month text, approved bigint, "left" bigint);
END $$;

GRANT SELECT ON calendar.sheet_key TO jalon_calendar;
GRANT UPDATE (date, half, assignment_id, sheet_month) ON calendar.half_day TO jalon_calendar;
GRANT UPDATE (open_from) ON calendar.case_grant TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.reschedule_half_days, calendar.edit_note, calendar.judge_moves, calendar.write_moves, calendar.lock_month,
  calendar.unsettled, calendar.sheet_half_days, calendar.sheets, calendar.sheet_lines, calendar.approve_sheets
  TO jalon_calendar;

COMMIT;
