-- Deploy jalon:envelopes to pg
-- requires: funding

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

-- When the reserved share of an envelope came to 50, 75, 90 and 100 % of what is allocated: one row each time it rises past
-- one of them. One that falls back under it may cross it again.
CREATE TABLE funding.envelope_alert (
  alert_id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT envelope_alert_pkey PRIMARY KEY,
  envelope_id     bigint      NOT NULL CONSTRAINT envelope_alert_of REFERENCES funding.envelope,
  threshold       int         NOT NULL CONSTRAINT envelope_alert_threshold CHECK (threshold IN (50, 75, 90, 100)),
  reserved_cents  bigint      NOT NULL,
  allocated_cents bigint      NOT NULL,
  crossed_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX envelope_alert_by_envelope ON funding.envelope_alert (envelope_id, alert_id);
CREATE TRIGGER envelope_alert_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.envelope_alert
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- What was reserved on an envelope on each civil day in France, what was given back taken off: forecasts rest on it.
CREATE TABLE funding.envelope_day (
  envelope_id    bigint NOT NULL CONSTRAINT envelope_day_of REFERENCES funding.envelope,
  day            date   NOT NULL,
  reserved_cents bigint NOT NULL,
  CONSTRAINT envelope_day_pkey PRIMARY KEY (envelope_id, day)
) WITH (fillfactor = 50);

-- Records the thresholds that an envelope has risen past. The caller holds and has changed it.
CREATE FUNCTION funding.alert_envelope(call common.call, p_before funding.envelope, p_now funding.envelope) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  crossed int;
BEGIN
  FOREACH crossed IN ARRAY ARRAY[50, 75, 90, 100] LOOP
    IF p_before.reserved_cents::numeric * 100 < p_before.allocated_cents::numeric * crossed
       AND p_now.reserved_cents::numeric * 100 >= p_now.allocated_cents::numeric * crossed THEN
      INSERT INTO funding.envelope_alert (envelope_id, threshold, reserved_cents, allocated_cents)
      VALUES (p_now.envelope_id, crossed, p_now.reserved_cents, p_now.allocated_cents);
      PERFORM audit.append(call, 'funding', 'envelope.alerted', format('envelope/%s/%s', p_now.envelope_id, crossed), NULL,
                           jsonb_build_object('threshold', crossed, 'reserved_cents', p_now.reserved_cents,
                                              'allocated_cents', p_now.allocated_cents));
    END IF;
  END LOOP;
END $$;

-- Reserves on an envelope, or gives back (negative). Every change of what is reserved goes through here. The caller holds the
-- envelope. Refusals: ENVELOPE_EXHAUSTED.
CREATE FUNCTION funding.change_reserved(call common.call, p_envelope_id bigint, p_cents bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  before funding.envelope;
  now    funding.envelope;
BEGIN
  IF p_cents = 0 THEN
    RETURN;
  END IF;
  SELECT * INTO STRICT before FROM funding.envelope e WHERE e.envelope_id = p_envelope_id FOR NO KEY UPDATE;
  IF before.reserved_cents + p_cents > before.allocated_cents THEN
    PERFORM common.refuse('ENVELOPE_EXHAUSTED', 'funder', before.funder, 'needed_cents', p_cents::text,
                          'left_cents', greatest(before.allocated_cents - before.reserved_cents, 0)::text);
  END IF;
  UPDATE funding.envelope e SET reserved_cents = e.reserved_cents + p_cents WHERE e.envelope_id = p_envelope_id RETURNING * INTO now;
  INSERT INTO funding.envelope_day AS d (envelope_id, day, reserved_cents) VALUES (p_envelope_id, funding.day_now(), p_cents)
  ON CONFLICT ON CONSTRAINT envelope_day_pkey DO UPDATE SET reserved_cents = d.reserved_cents + excluded.reserved_cents;
  PERFORM funding.alert_envelope(call, before, now);
END $$;

-- The day on which an envelope runs out if reservations go on as in the last 90 days, today included: what is left, divided by
-- their mean a day, in whole days, rounded up. NULL where nothing (or less) was reserved in that time, where the envelope ends
-- first, and where nothing is left. For a what-if, so many more cents reserved than there are, and so many of them lately.
CREATE FUNCTION funding.runs_out_on(e funding.envelope, p_today date, p_more bigint DEFAULT 0, p_more_lately bigint DEFAULT 0)
RETURNS date
LANGUAGE sql STABLE AS $$
  SELECT p_today + f.days::int
    FROM (SELECT ceil((e.allocated_cents - e.reserved_cents - p_more)::numeric * 90
                      / nullif(greatest(coalesce(sum(d.reserved_cents), 0) + p_more_lately, 0), 0)) AS days
            FROM funding.envelope_day d
           WHERE d.envelope_id = e.envelope_id AND d.day > p_today - 90 AND d.day <= p_today) f
   WHERE e.reserved_cents + p_more < e.allocated_cents AND f.days <= e.ends_on - p_today
$$;

-- An envelope as the contract's jalon.funding.v1.Envelope. The share is rounded down: it says 100 when nothing is left.
CREATE VIEW funding.envelope_state AS
SELECT e.envelope_id, e.funder, e.region, e.starts_on, e.ends_on, e.allocated_cents AS allocated, e.reserved_cents AS reserved,
       e.charged_cents AS charged, e.paid_cents AS paid,
       div(e.reserved_cents::numeric * 10000, e.allocated_cents)::int AS reserved_share_hundredths,
       (SELECT max(t.threshold) FROM (VALUES (50), (75), (90), (100)) AS t (threshold)
         WHERE e.reserved_cents::numeric * 100 >= e.allocated_cents::numeric * t.threshold) AS alert,
       funding.runs_out_on(e, funding.day_now()) AS runs_out_on
  FROM funding.envelope e;

CREATE VIEW funding.envelope_alert_row AS
SELECT a.alert_id, a.envelope_id, e.funder, a.threshold, a.reserved_cents AS reserved, a.allocated_cents AS allocated, a.crossed_at
  FROM funding.envelope_alert a
  JOIN funding.envelope e USING (envelope_id);

-- Allocates more or less to an envelope, not less than what is reserved.
-- Refusals, in order: ENVELOPE_UNKNOWN, ENVELOPE_BELOW_RESERVED.
CREATE FUNCTION funding.change_envelope(call common.call, p_envelope_id bigint, p_allocated_cents bigint, p_reason text)
RETURNS SETOF funding.envelope_state
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
  before funding.envelope;
  now    funding.envelope;
  result funding.envelope_state;
BEGIN
  SELECT * INTO before FROM funding.envelope e WHERE e.envelope_id = p_envelope_id FOR NO KEY UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.envelope_state, answer);
    RETURN;
  END IF;
  IF before.envelope_id IS NULL THEN
    PERFORM common.refuse('ENVELOPE_UNKNOWN', 'envelope_id', p_envelope_id::text);
  END IF;
  IF p_allocated_cents < before.reserved_cents THEN
    PERFORM common.refuse('ENVELOPE_BELOW_RESERVED', 'reserved_cents', before.reserved_cents::text);
  END IF;
  UPDATE funding.envelope e SET allocated_cents = p_allocated_cents WHERE e.envelope_id = p_envelope_id RETURNING * INTO now;
  PERFORM audit.append(call, 'funding', 'envelope.changed', 'envelope/' || p_envelope_id, NULL,
                       jsonb_build_object('before_cents', before.allocated_cents, 'allocated_cents', p_allocated_cents,
                                          'reason', p_reason));
  PERFORM funding.alert_envelope(call, before, now);
  SELECT * INTO STRICT result FROM funding.envelope_state r WHERE r.envelope_id = p_envelope_id;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

GRANT SELECT ON funding.envelope_alert, funding.envelope_day, funding.envelope_state, funding.envelope_alert_row TO jalon_funding;
GRANT INSERT ON funding.envelope_alert, funding.envelope_day TO jalon_funding;
GRANT UPDATE (reserved_cents) ON funding.envelope_day TO jalon_funding;
GRANT UPDATE (allocated_cents) ON funding.envelope TO jalon_funding;
GRANT EXECUTE ON FUNCTION funding.alert_envelope, funding.change_reserved, funding.runs_out_on, funding.change_envelope TO jalon_funding;

COMMIT;
