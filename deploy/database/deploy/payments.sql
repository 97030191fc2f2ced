-- Deploy jalon:payments to pg
-- requires: agreements
-- requires: pages

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

-- What is to be paid is gathered in batches, one funder each; an order carries a reference of its own through the bank and
-- back (end-to-end id), which is how a line of a statement finds it. Orders only grow, and each ends once at the most: paid
-- by one line of the bank, or cancelled.
CREATE TABLE funding.payment_batch (
  batch_id    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT payment_batch_pkey PRIMARY KEY,
  funder      text        NOT NULL CONSTRAINT payment_batch_of_funder REFERENCES funding.funder,
  until       date        NOT NULL,  -- what was charged up to then
  created_at  timestamptz NOT NULL DEFAULT now(),
  exported_at timestamptz            -- when its file was first given out
);
CREATE INDEX payment_batch_by_funder ON funding.payment_batch (funder, batch_id);

CREATE TABLE funding.payment_order (
  order_id      bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT payment_order_pkey PRIMARY KEY,
  batch_id      bigint NOT NULL CONSTRAINT payment_order_of_batch REFERENCES funding.payment_batch,
  agreement_id  bigint NOT NULL,
  funder        text   NOT NULL,
  amount_cents  bigint NOT NULL CONSTRAINT payment_order_positive CHECK (amount_cents > 0),
  end_to_end_id text COLLATE "C" GENERATED ALWAYS AS ('JALON-' || batch_id || '-' || order_id) STORED
                       CONSTRAINT payment_order_by_end_to_end_id UNIQUE,
  CONSTRAINT payment_order_of_share FOREIGN KEY (agreement_id, funder) REFERENCES funding.agreement_funder
);
CREATE INDEX payment_order_by_batch ON funding.payment_order (batch_id, order_id);
CREATE INDEX payment_order_by_share ON funding.payment_order (agreement_id, funder);

-- Lines of the bank that paid an order. The key names the line whatever file it comes in: no line pays twice.
CREATE TABLE funding.bank_line (
  bank_key     text COLLATE "C" NOT NULL CONSTRAINT bank_line_once PRIMARY KEY,
  booked_on    date   NOT NULL,
  amount_cents bigint NOT NULL,
  reference    text   NOT NULL,
  label        text   NOT NULL,
  posting_id   bigint NOT NULL CONSTRAINT bank_line_posting REFERENCES funding.posting
);
CREATE TABLE funding.payment_order_end (
  order_id bigint NOT NULL CONSTRAINT payment_order_ends_once PRIMARY KEY CONSTRAINT payment_order_end_of REFERENCES funding.payment_order,
  bank_key text COLLATE "C" CONSTRAINT bank_line_pays_once UNIQUE CONSTRAINT payment_order_paid_by REFERENCES funding.bank_line,
  reason   text NOT NULL,  -- of a cancellation
  ended_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT payment_order_end_has_its_reason CHECK ((bank_key IS NULL) = (reason <> ''))
);
CREATE TRIGGER payment_order_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.payment_order
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER bank_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.bank_line
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER payment_order_end_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.payment_order_end
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

CREATE INDEX agreement_funder_to_pay ON funding.agreement_funder (funder, agreement_id) WHERE charged_cents > paid_cents;

-- An order as the contract's jalon.funding.v1.PaymentOrder. The beneficiary of the aid is always the company; an expert is
-- told by the numbers of the consultants whose half-days are charged.
CREATE VIEW funding.payment_order_row AS
SELECT o.order_id, o.batch_id, o.end_to_end_id, a.case_id, o.funder, o.amount_cents AS amount, a.payee, a.siren,
       n.name AS company_name,
       CASE a.payee WHEN 'expert' THEN (
         SELECT string_agg(DISTINCT h.consultant_id::text, ', ' ORDER BY h.consultant_id::text)
           FROM calendar.approved_half_day h JOIN funding.charge c USING (half_day_id) WHERE h.case_id = a.case_id) END AS consultants,
       CASE WHEN e.order_id IS NULL THEN 'open' WHEN e.bank_key IS NULL THEN 'cancelled' ELSE 'paid' END AS state,
       l.booked_on AS paid_on, e.reason
  FROM funding.payment_order o
  JOIN funding.agreement a USING (agreement_id)
  LEFT JOIN enrolment.company_name n ON n.siren = a.siren
  LEFT JOIN funding.payment_order_end e USING (order_id)
  LEFT JOIN funding.bank_line l USING (bank_key);

CREATE VIEW funding.payment_batch_row AS
SELECT b.batch_id, b.funder, b.until, b.created_at, b.exported_at,
       CASE WHEN t.open = 0 THEN 'settled' WHEN b.exported_at IS NULL THEN 'open' ELSE 'exported' END AS state,
       t.orders, t.amount, t.paid
  FROM funding.payment_batch b
 CROSS JOIN LATERAL (
   SELECT count(*)::int AS orders, count(*) FILTER (WHERE e.order_id IS NULL) AS open, coalesce(sum(o.amount_cents), 0)::bigint AS amount,
          coalesce(sum(o.amount_cents) FILTER (WHERE e.bank_key IS NOT NULL), 0)::bigint AS paid
     FROM funding.payment_order o LEFT JOIN funding.payment_order_end e USING (order_id)
    WHERE o.batch_id = b.batch_id) t;

-- Gathers what a funder owes on what was charged up to a day: charged, less paid, less what open orders already ask for.
-- Agreements are held in the order of their numbers, so that two batches never ask for the same money.
-- Refusals, in order: FUNDER_NOT_FOUND, NOTHING_TO_PAY.
CREATE FUNCTION funding.create_payment_batch(call common.call, p_funder text, p_until date) RETURNS SETOF funding.payment_batch_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint;
  result funding.payment_batch_row;
BEGIN
  IF answer IS NULL THEN
    IF NOT EXISTS (SELECT FROM funding.funder f WHERE f.funder = p_funder) THEN
      PERFORM common.refuse('FUNDER_NOT_FOUND', 'funder', p_funder);
    END IF;
    PERFORM FROM funding.agreement a
      WHERE a.agreement_id IN (SELECT f.agreement_id FROM funding.agreement_funder f
                                WHERE f.funder = p_funder AND f.charged_cents > f.paid_cents)
      ORDER BY a.agreement_id FOR NO KEY UPDATE;
    answer := common.replay(call);  -- a copy of this call waited for the agreements
  END IF;
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.payment_batch_row, answer);
    RETURN;
  END IF;

  INSERT INTO funding.payment_batch (funder, until) VALUES (p_funder, p_until) RETURNING batch_id INTO id;
  INSERT INTO funding.payment_order (batch_id, agreement_id, funder, amount_cents)
  SELECT id, f.agreement_id, f.funder, owed.cents
    FROM funding.agreement_funder f
    JOIN funding.agreement a USING (agreement_id)
   CROSS JOIN LATERAL (
     SELECT (SELECT coalesce(-sum(m.amount_cents), 0)::bigint FROM funding.entry m
              WHERE m.case_id = a.case_id AND m.funder = f.funder AND m.side = 'aid' AND m.half_day_id IS NOT NULL
                AND m.posted_on <= p_until)
            - f.paid_cents
            - (SELECT coalesce(sum(o.amount_cents), 0)::bigint FROM funding.payment_order o
                WHERE (o.agreement_id, o.funder) = (f.agreement_id, f.funder)
                  AND NOT EXISTS (SELECT FROM funding.payment_order_end e WHERE e.order_id = o.order_id)) AS cents) owed
   WHERE f.funder = p_funder AND f.charged_cents > f.paid_cents AND owed.cents > 0
   ORDER BY f.agreement_id;
  IF NOT FOUND THEN
    PERFORM common.refuse('NOTHING_TO_PAY', 'funder', p_funder);
  END IF;
  SELECT * INTO STRICT result FROM funding.payment_batch_row r WHERE r.batch_id = id;
  PERFORM audit.append(call, 'funding', 'payment_batch.created', 'payment_batch/' || id, NULL,
                       jsonb_build_object('funder', p_funder, 'until', p_until, 'orders', result.orders, 'cents', result.amount));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Notes that a batch's file was given out. Refusals: BATCH_NOT_FOUND.
CREATE FUNCTION funding.issue_payment_batch(call common.call, p_batch_id bigint) RETURNS SETOF funding.payment_batch_row
LANGUAGE plpgsql AS $$
DECLARE
  held   funding.payment_batch;
  answer jsonb;
  result funding.payment_batch_row;
BEGIN
  SELECT * INTO held FROM funding.payment_batch b WHERE b.batch_id = p_batch_id FOR NO KEY UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.payment_batch_row, answer);
    RETURN;
  END IF;
  IF held.batch_id IS NULL THEN
    PERFORM common.refuse('BATCH_NOT_FOUND', 'batch_id', p_batch_id::text);
  END IF;
  UPDATE funding.payment_batch b SET exported_at = now() WHERE b.batch_id = p_batch_id AND b.exported_at IS NULL;
  SELECT * INTO STRICT result FROM funding.payment_batch_row r WHERE r.batch_id = p_batch_id;
  PERFORM audit.append(call, 'funding', 'payment_batch.issued', 'payment_batch/' || p_batch_id, NULL, '{}');
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Cancels an order that the bank will not execute: its amount can be asked for again.
-- Refusals, in order: ORDER_NOT_FOUND, ORDER_ENDED.
CREATE FUNCTION funding.cancel_payment_order(call common.call, p_end_to_end_id text, p_reason text)
RETURNS SETOF funding.payment_order_row
LANGUAGE plpgsql AS $$
DECLARE
  held   funding.payment_order;
  answer jsonb;
  result funding.payment_order_row;
BEGIN
  SELECT * INTO held FROM funding.payment_order o WHERE o.end_to_end_id = p_end_to_end_id;
  PERFORM FROM funding.agreement a WHERE a.agreement_id = held.agreement_id FOR NO KEY UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.payment_order_row, answer);
    RETURN;
  END IF;
  IF held.order_id IS NULL THEN
    PERFORM common.refuse('ORDER_NOT_FOUND', 'order', p_end_to_end_id);
  END IF;
  IF EXISTS (SELECT FROM funding.payment_order_end e WHERE e.order_id = held.order_id) THEN
    PERFORM common.refuse('ORDER_ENDED', 'order', p_end_to_end_id);
  END IF;
  INSERT INTO funding.payment_order_end (order_id, reason) VALUES (held.order_id, p_reason);
  SELECT * INTO STRICT result FROM funding.payment_order_row r WHERE r.order_id = held.order_id;
  PERFORM audit.append(call, 'funding', 'payment_order.cancelled', 'payment_order/' || held.order_id, result.case_id,
                       jsonb_build_object('reason', p_reason));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Holds the lines of a bank against the open orders; the arrays run in parallel, an element a line, and so does the answer.
-- A line is matched (its order is paid), known (it paid before), doubtful (a person must say; `candidates` are open orders of
-- its amount) or refused; `refusal` says why. Only what is matched changes anything, and nothing does when p_validate_only.
-- Agreements are held in the order of their numbers, then the envelopes.
CREATE FUNCTION funding.reconcile_payments(
  call common.call, p_validate_only boolean, p_bank_key text[], p_booked_on date[], p_amount_cents bigint[], p_reference text[],
  p_label text[]
) RETURNS TABLE (outcome text, refusal text, end_to_end_id text, case_id bigint, candidates text[], payable bigint, not_before date)
LANGUAGE plpgsql AS $$
DECLARE
  answer  jsonb := common.replay(call);
  answers jsonb := '[]';
  agreements bigint[];
  line    record;
  held    record;
  known   funding.bank_line;
  a       funding.agreement;
  f       funding.agreement_funder;
  taken   bigint[] := '{}';
  seen    text[] := '{}';
BEGIN
  IF answer IS NULL THEN
    SELECT array_agg(DISTINCT o.agreement_id) INTO agreements
      FROM unnest(p_reference) AS l (reference) JOIN funding.payment_order o ON o.end_to_end_id = l.reference;
    PERFORM FROM funding.agreement g WHERE g.agreement_id = ANY (agreements) ORDER BY g.agreement_id FOR NO KEY UPDATE;
    -- The books of their programmes before the envelopes, as everywhere.
    PERFORM funding.open_month(b.programme, '2000-01-01')
       FROM (SELECT DISTINCT g.programme FROM funding.agreement g WHERE g.agreement_id = ANY (agreements) ORDER BY 1) b;
    PERFORM FROM funding.envelope e
      WHERE e.envelope_id IN (SELECT x.envelope_id FROM funding.agreement_funder x WHERE x.agreement_id = ANY (agreements))
      ORDER BY e.envelope_id FOR NO KEY UPDATE;
    answer := common.replay(call);  -- a copy of this call waited for them
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT r.* FROM jsonb_to_recordset(answer)
                   AS r (outcome text, refusal text, end_to_end_id text, case_id bigint, candidates text[], payable bigint,
                         not_before date);
    RETURN;
  END IF;

  FOR line IN
    SELECT * FROM unnest(p_bank_key, p_booked_on, p_amount_cents, p_reference, p_label)
                    WITH ORDINALITY AS l (bank_key, booked_on, amount_cents, reference, label, place) ORDER BY l.place
  LOOP
    outcome := 'refused'; refusal := ''; end_to_end_id := nullif(line.reference, ''); case_id := NULL; candidates := NULL;
    payable := 0; not_before := NULL;
    SELECT * INTO known FROM funding.bank_line b WHERE b.bank_key = line.bank_key;
    SELECT o.*, g.case_id, e.order_id IS NOT NULL OR o.order_id = ANY (taken) AS ended,
           (b.created_at AT TIME ZONE 'Europe/Paris')::date AS made_on INTO held
      FROM funding.payment_order o
      JOIN funding.payment_batch b USING (batch_id)
      JOIN funding.agreement g USING (agreement_id)
      LEFT JOIN funding.payment_order_end e USING (order_id)
     WHERE o.end_to_end_id = line.reference;
    case_id := held.case_id;
    IF line.bank_key = ANY (seen) THEN
      refusal := 'BANK_LINE_TWICE';
    ELSIF known.bank_key IS NOT NULL THEN
      IF (known.booked_on, known.amount_cents, known.reference) = (line.booked_on, line.amount_cents, line.reference) THEN
        outcome := 'known';
      ELSE
        refusal := 'BANK_LINE_DIFFERS';
      END IF;
    ELSIF line.booked_on > funding.day_now() THEN
      refusal := 'BANK_LINE_IN_FUTURE';
    ELSIF held.order_id IS NULL THEN
      SELECT array_agg(c.end_to_end_id ORDER BY c.order_id) INTO candidates
        FROM (SELECT o.order_id, o.end_to_end_id FROM funding.payment_order o
               WHERE o.amount_cents = line.amount_cents
                 AND NOT EXISTS (SELECT FROM funding.payment_order_end e WHERE e.order_id = o.order_id)
               ORDER BY o.order_id LIMIT 5) c;
      refusal := 'ORDER_NOT_FOUND';
      outcome := CASE WHEN candidates IS NULL THEN 'refused' ELSE 'doubtful' END;
    ELSIF held.ended THEN
      refusal := 'ORDER_ENDED';
    ELSIF held.amount_cents <> line.amount_cents THEN
      outcome := 'doubtful';
      refusal := 'ORDER_AMOUNT_DIFFERS';
    ELSIF line.booked_on < held.made_on THEN
      outcome := 'doubtful';
      refusal := 'BANK_LINE_TOO_EARLY';
      not_before := held.made_on;
    ELSE
      SELECT * INTO STRICT f FROM funding.agreement_funder x WHERE (x.agreement_id, x.funder) = (held.agreement_id, held.funder);
      IF f.paid_cents + line.amount_cents > f.charged_cents THEN
        outcome := 'doubtful';
        refusal := 'PAYMENT_OVER_CHARGED';
        payable := f.charged_cents - f.paid_cents;
      ELSE
        outcome := 'matched';
        taken := taken || held.order_id;
        IF NOT p_validate_only THEN
          SELECT * INTO STRICT a FROM funding.agreement g WHERE g.agreement_id = held.agreement_id;
          INSERT INTO funding.bank_line (bank_key, booked_on, amount_cents, reference, label, posting_id)
          VALUES (line.bank_key, line.booked_on, line.amount_cents, line.reference, line.label,
                  funding.post_payment(call, a, f, line.amount_cents, line.booked_on, line.reference));
          INSERT INTO funding.payment_order_end (order_id, bank_key, reason) VALUES (held.order_id, line.bank_key, '');
        END IF;
      END IF;
    END IF;
    seen := seen || line.bank_key;
    answers := answers || jsonb_build_object('outcome', outcome, 'refusal', refusal, 'end_to_end_id', end_to_end_id,
                                             'case_id', case_id, 'candidates', candidates, 'payable', payable,
                                             'not_before', not_before);
    RETURN NEXT;
  END LOOP;
  IF NOT p_validate_only THEN
    PERFORM common.remember(call, answers);
  END IF;
END $$;
CREATE INDEX payment_order_by_amount ON funding.payment_order (amount_cents);

GRANT SELECT, INSERT ON funding.payment_batch, funding.payment_order, funding.payment_order_end, funding.bank_line TO jalon_funding;
GRANT SELECT ON funding.payment_order_row, funding.payment_batch_row TO jalon_funding;
GRANT UPDATE (exported_at) ON funding.payment_batch TO jalon_funding;
GRANT EXECUTE ON FUNCTION
  funding.create_payment_batch, funding.issue_payment_batch, funding.cancel_payment_order, funding.reconcile_payments TO jalon_funding;

-- The funding service needs all that came up to here.
SET LOCAL ROLE jalon_common_owner;
CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 3;

COMMIT;
