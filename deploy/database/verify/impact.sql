-- Verify jalon:impact on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE funding.envelope_envelope_id_seq RESTART WITH 1000000000;
ALTER SEQUENCE funding.envelope_alert_alert_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_funding;
SELECT 1 / (count(*) >= 0)::int FROM enrolment.eligibility_facts f WHERE f.programme = '-verify';
DO $$
DECLARE
  call  common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  today date := funding.day_now();
  id    bigint;
  e     record;
BEGIN
  INSERT INTO funding.funder (funder, name) VALUES ('-verify', 'Verify'), ('-verify-2', 'Verify');
  INSERT INTO funding.envelope (funder, region, starts_on, ends_on, allocated_cents)
  VALUES ('-verify', '', today, today + 400, 1000) RETURNING envelope_id INTO id;
  PERFORM funding.change_reserved(call, id, 500);
  -- 100 more, half of them by a share that chooses this very envelope.
  SELECT * INTO STRICT e
    FROM funding.envelopes_under('{-verify}', ARRAY[id, NULL], '{-verify,-verify}', '{"",32}', ARRAY[NULL, today]::date[],
                                 '{50,50}', '{50,50}');
  ASSERT (e.envelope_id, e.reserved_before, e.reserved_after) = (id, 500, 600) AND e.shortfall IS NULL, e::text;
  ASSERT (e.runs_out_on_before, e.runs_out_on_after) = (today + 90, today + 60), e::text;
  SELECT * INTO STRICT e
    FROM funding.envelopes_under('{}', ARRAY[id], '{-verify}', '{""}', ARRAY[NULL]::date[], '{501}', '{0}');
  ASSERT e.shortfall = 1 AND e.runs_out_on_after IS NULL, 'nothing is left';
  SELECT * INTO STRICT e
    FROM funding.envelopes_under('{}', ARRAY[NULL]::bigint[], '{-verify-2}', '{32}', ARRAY[today], '{7}', '{0}');
  ASSERT (e.envelope_id, e.funder, e.shortfall) = (0, '-verify-2', 7), 'no envelope';
END $$;

ROLLBACK;
