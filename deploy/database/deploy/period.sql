-- Deploy jalon:period to pg
-- requires: funding

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

-- A closed month of a programme: its summary, frozen. It holds every earlier month that was still open, too.
CREATE TABLE funding.period (
  programme text COLLATE "C" NOT NULL CONSTRAINT period_of REFERENCES funding.period_end,
  month     date        NOT NULL CONSTRAINT period_month_by_its_first CHECK (extract(day FROM month) = 1),
  content   text        NOT NULL,  -- as period_content writes it
  digest    bytea       NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT now(),
  closed_by text        NOT NULL,
  CONSTRAINT period_pkey PRIMARY KEY (programme, month),
  CONSTRAINT period_digest CHECK (digest = sha256(convert_to(content, 'UTF8')))
);
CREATE TRIGGER period_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.period
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- The contract's Period.
CREATE VIEW funding.period_row AS
SELECT programme, to_char(month, 'YYYY-MM') AS month, encode(digest, 'hex') AS sha256, closed_at, closed_by,
       month::text AS "#month", content AS "#content"
  FROM funding.period;

-- The canonical bytes of a summary: a line for the programme and the last month, one of titles, then one for each
-- combination of values after the month `p_after` and up to `p_month`, sorted byte by byte, amounts in cents. No value
-- holds a comma: all are codes.
CREATE FUNCTION funding.period_head(p_programme text, p_month date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN format(E'jalon period 1,%s,%s\n', p_programme, extract(year FROM p_month) || '-' || lpad(extract(month FROM p_month)::text, 2, '0'))
       || E'month,funder,region,department,phase,size_class,sector,half_days,cost,reserved,charged,paid\n';

-- From the ledger, entry by entry: what the checks compare with.
CREATE FUNCTION funding.period_content(p_programme text, p_after date, p_month date) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT funding.period_head(p_programme, p_month) || coalesce(string_agg(c.line, '' ORDER BY c.line), '')
    FROM (SELECT (concat_ws(',', to_char(e.month, 'YYYY-MM'), e.funder, e.region, e.department, e.phase, e.size_class, e.sector,
                            sum(e.half_days), sum(e.cost), sum(e.reserved), sum(e.charged), sum(e.paid)) || E'\n') COLLATE "C" AS line
            FROM funding.measured_entry e
           WHERE e.entries > 0 AND e.programme = p_programme AND e.month > p_after AND e.month <= p_month
           GROUP BY e.month, e.funder, e.region, e.department, e.phase, e.size_class, e.sector) c;
END;

-- The same from the rollup and the entries since, under one snapshot: a closing holds postings as long as this takes, so it
-- grows with the rows that the months have, and not with their entries.
CREATE FUNCTION funding.period_rollup(p_programme text, p_after date, p_month date) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT funding.period_head(p_programme, p_month) || coalesce(string_agg(c.line, '' ORDER BY c.line), '')
    FROM (SELECT (concat_ws(',', to_char(e.month, 'YYYY-MM'), e.funder, e.region, e.department, e.phase, e.size_class, e.sector,
                            sum(e.half_days), sum(e.cost), sum(e.reserved), sum(e.charged), sum(e.paid)) || E'\n') COLLATE "C" AS line
            FROM (SELECT s.month, s.funder, s.region, s.department, s.phase, s.size_class, s.sector, s.entries, s.half_days, s.cost,
                         s.reserved, s.charged, s.paid
                    FROM funding.summary_cell s
                   WHERE s.programme = p_programme AND s.month > p_after AND s.month <= p_month
                  UNION ALL
                  SELECT m.month, m.funder, m.region, m.department, m.phase, m.size_class, m.sector, m.entries, m.half_days, m.cost,
                         m.reserved, m.charged, m.paid
                    FROM funding.measured_entry m
                   WHERE m.txid >= (SELECT x.next_txid FROM funding.summary_end x)
                     AND m.programme = p_programme AND m.month > p_after AND m.month <= p_month) e
           GROUP BY e.month, e.funder, e.region, e.department, e.phase, e.size_class, e.sector
          HAVING sum(e.entries) > 0) c;
END;

-- Closes a month of a programme's books, and every earlier one that is still open: waits for the postings under way,
-- keeps out those that come, and freezes the summary. Refusals, in order: PROGRAMME_NOT_FOUND, PERIOD_NOT_OVER,
-- PERIOD_CLOSED.
CREATE FUNCTION funding.close_period(call common.call, p_programme text, p_month date) RETURNS SETOF funding.period_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  closed date;
  frozen text;
BEGIN
  IF answer IS NULL THEN
    IF NOT EXISTS (SELECT FROM programme.published_rulebook r WHERE r.programme = p_programme) THEN
      PERFORM common.refuse('PROGRAMME_NOT_FOUND', 'programme', p_programme);
    END IF;
    IF p_month >= date_trunc('month', funding.day_now()) THEN
      PERFORM common.refuse('PERIOD_NOT_OVER', 'month', to_char(p_month, 'YYYY-MM'));
    END IF;
    INSERT INTO funding.period_end (programme, closed_through) VALUES (p_programme, '-infinity') ON CONFLICT DO NOTHING;
    PERFORM pg_advisory_xact_lock(funding.period_lock(), hashtext(p_programme));
    SELECT e.closed_through INTO closed FROM funding.period_end e WHERE e.programme = p_programme FOR UPDATE;
    answer := common.replay(call);  -- a copy of this call may have come first
  END IF;
  IF answer IS NULL THEN
    IF p_month <= closed THEN
      PERFORM common.refuse('PERIOD_CLOSED', 'month', to_char(p_month, 'YYYY-MM'), 'until', to_char(closed, 'YYYY-MM'));
    END IF;
    UPDATE funding.period_end SET closed_through = p_month WHERE programme = p_programme;
    frozen := funding.period_rollup(p_programme, closed, p_month);
    INSERT INTO funding.period (programme, month, content, digest, closed_by)
    VALUES (p_programme, p_month, frozen, sha256(convert_to(frozen, 'UTF8')), call.actor);
    answer := jsonb_build_object('month', p_month);
    PERFORM audit.append(call, 'funding', 'period.closed', 'period/' || p_programme || '/' || to_char(p_month, 'YYYY-MM'), NULL,
                         jsonb_build_object('sha256', encode(sha256(convert_to(frozen, 'UTF8')), 'hex')));
    PERFORM common.remember(call, answer);
  END IF;
  RETURN QUERY SELECT r.* FROM funding.period_row r WHERE r.programme = p_programme AND r."#month" = answer ->> 'month';
END $$;

-- Law 10: every closed period, computed again from the ledger; and nothing closed without being frozen.
CREATE FUNCTION funding.check_periods() RETURNS common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT 10, count(*), count(*) FILTER (WHERE c.wrong),
         coalesce(string_agg(c.what, E'\n' ORDER BY c.what) FILTER (WHERE c.wrong), '')
    FROM (SELECT sha256(convert_to(funding.period_content(
                   p.programme, coalesce(lag(p.month) OVER (PARTITION BY p.programme ORDER BY p.month), '-infinity'), p.month), 'UTF8'))
                 <> p.digest OR sha256(convert_to(p.content, 'UTF8')) <> p.digest AS wrong,
                 format('programme %s: closed month %s has changed', p.programme, to_char(p.month, 'YYYY-MM')) AS what
            FROM funding.period p
          UNION ALL
          SELECT e.closed_through IS DISTINCT FROM coalesce((SELECT max(p.month) FROM funding.period p WHERE p.programme = e.programme),
                                                            '-infinity'),
                 format('programme %s: closed through %s without its summary', e.programme, e.closed_through)
            FROM funding.period_end e) c;
END;

GRANT SELECT ON funding.period, funding.period_row TO jalon_funding;
GRANT INSERT ON funding.period TO jalon_funding;
GRANT EXECUTE ON FUNCTION funding.period_head, funding.period_content, funding.period_rollup, funding.close_period TO jalon_funding;
GRANT EXECUTE ON FUNCTION funding.check_periods TO jalon_audit;

COMMIT;
