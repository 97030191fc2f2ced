-- Verify jalon:envelopes on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE funding.envelope_envelope_id_seq RESTART WITH 1000000000;
ALTER SEQUENCE funding.envelope_alert_alert_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_funding;
DO $$
DECLARE
  call  common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  today date := funding.day_now();
  id    bigint;
  state funding.envelope_state;
BEGIN
  INSERT INTO funding.funder (funder, name) VALUES ('-verify', 'Verify');
  INSERT INTO funding.envelope (funder, region, starts_on, ends_on, allocated_cents)
  VALUES ('-verify', '', today, today + 400, 1000) RETURNING envelope_id INTO id;
  PERFORM funding.change_reserved(call, id, 499);
  PERFORM funding.change_reserved(call, id, 251);
  PERFORM funding.change_reserved(call, id, -251);
  PERFORM funding.change_reserved(call, id, 2);
  PERFORM funding.change_reserved(call, id, 499);
  ASSERT (SELECT array_agg(a.threshold ORDER BY a.alert_id) = '{50,75,50,75,90,100}' FROM funding.envelope_alert a
           WHERE a.envelope_id = id), 'each crossing once';
  BEGIN
    PERFORM funding.change_reserved(call, id, 1);
    ASSERT false, 'never more than allocated';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'ENVELOPE_EXHAUSTED%', SQLERRM;
  END;
  SELECT * INTO STRICT state FROM funding.change_envelope(call, id, 2000, 'verify');
  ASSERT (state.reserved_share_hundredths, state.alert, state.runs_out_on) = (5000, 50, today + 90), state::text;
  ASSERT state = (SELECT c FROM funding.change_envelope(call, id, 3000, 'verify') c), 'a retry has the first answer (law 11)';
END $$;

ROLLBACK;
