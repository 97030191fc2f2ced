-- Deploy jalon:agreements to pg
-- requires: envelopes

BEGIN;

SET LOCAL ROLE jalon_funding_owner;

-- Amends an agreement (avenant): replaces its terms by those that were quoted on its version `p_version`, reserves or gives
-- back the difference, and keeps both. The arrays are those of sign_agreement. Nothing goes below what is charged. Locks, in
-- this order: the case, the single undertaking, the agreement, the period, the envelopes.
-- Refusals, in order: CASE_NOT_FOUND, AGREEMENT_NOT_FOUND, CASE_NOT_ADMITTED, AGREEMENT_RELEASED, QUOTE_STALE,
-- AMENDED_BEFORE, AMENDMENT_BELOW_CHARGED, NOTHING_AMENDED, DE_MINIMIS_EXCEEDED, ENVELOPE_NOT_FOUND, ENVELOPE_EXHAUSTED.
CREATE FUNCTION funding.amend_agreement(
  call common.call, p_case_id bigint, p_case_etag text, p_version int, p_amended_on date, p_reason text, p_terms bytea, p_basis bytea,
  p_phase text[], p_half_days int[], p_cost_cents bigint[], p_company_cents bigint[],
  p_eligible_cents bigint[], p_stack_cap_numerator bigint[], p_stack_cap_denominator bigint[],
  p_share_phase text[], p_share_funder text[], p_share_cents bigint[], p_share_ceiling_cents bigint[]
) RETURNS SETOF funding.agreement_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  facts  record;
  a      funding.agreement;
  before funding.agreement;
  latest date;
  below  record;
BEGIN
  IF answer IS NULL THEN
    SELECT * INTO facts FROM enrolment.lock_case(p_case_id);
    IF facts.case_id IS NULL THEN
      PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
    END IF;
    PERFORM enrolment.lock_single_undertaking(facts.siren, p_amended_on);
    SELECT * INTO before FROM funding.agreement g WHERE g.case_id = p_case_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      PERFORM common.refuse('AGREEMENT_NOT_FOUND');
    END IF;
    answer := common.replay(call);  -- a copy of this call waited for the agreement
  END IF;
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.agreement_row, answer);
    RETURN;
  END IF;

  IF facts.state::text <> 'admitted' THEN
    PERFORM common.refuse('CASE_NOT_ADMITTED', 'case_id', p_case_id::text);
  END IF;
  IF before.released_on IS NOT NULL THEN
    PERFORM common.refuse('AGREEMENT_RELEASED', 'date', before.released_on::text);
  END IF;
  IF before.version <> p_version OR facts.etag <> p_case_etag THEN
    PERFORM common.refuse('QUOTE_STALE');
  END IF;
  SELECT v.valid_from INTO STRICT latest FROM funding.agreement_version v
   WHERE v.agreement_id = before.agreement_id AND v.version = before.version;
  IF p_amended_on < latest THEN
    PERFORM common.refuse('AMENDED_BEFORE', 'date', latest::text);
  END IF;
  SELECT p.phase, p.charged_half_days INTO below
    FROM funding.agreement_phase p
    LEFT JOIN unnest(p_phase, p_half_days, p_cost_cents, p_company_cents) AS n (phase, half_days, cost, company) USING (phase)
   WHERE agreement_id = before.agreement_id
     AND (p.charged_half_days > coalesce(n.half_days, 0) OR p.charged_cost_cents > coalesce(n.cost, 0)
          OR p.charged_company_cents > coalesce(n.company, 0)
          OR EXISTS (SELECT FROM funding.agreement_share s
                       LEFT JOIN unnest(p_share_phase, p_share_funder, p_share_cents) AS m (phase, funder, cents) USING (phase, funder)
                      WHERE s.agreement_id = before.agreement_id AND phase = p.phase AND s.charged_cents > coalesce(m.cents, 0)))
   ORDER BY p.place LIMIT 1;
  IF FOUND THEN
    PERFORM common.refuse('AMENDMENT_BELOW_CHARGED', 'phase', below.phase, 'half_days', below.charged_half_days::text);
  END IF;
  IF before.terms = p_terms THEN
    PERFORM common.refuse('NOTHING_AMENDED');
  END IF;

  UPDATE funding.agreement g
     SET terms = p_terms, basis = p_basis, version = g.version + 1, cost_cents = l.cost, aid_cents = l.cost - l.company,
         company_cents = l.company
    FROM (SELECT sum(l.cost) AS cost, sum(l.company) AS company FROM unnest(p_cost_cents, p_company_cents) AS l (cost, company)) l
   WHERE g.agreement_id = before.agreement_id
  RETURNING g.* INTO a;
  INSERT INTO funding.agreement_version (agreement_id, version, valid_from, reason, terms, cost_cents, aid_cents, company_cents, agreed_by)
  VALUES (a.agreement_id, a.version, p_amended_on, p_reason, p_terms, a.cost_cents, a.aid_cents, a.company_cents, call.actor);
  -- More is a new grant, of today; less takes back what was granted.
  IF a.de_minimis <> 'none' AND a.aid_cents > before.aid_cents THEN
    PERFORM funding.award_aid(call, a.siren, p_amended_on, a.de_minimis, p_case_id, a.aid_cents - before.aid_cents);
  ELSIF a.de_minimis <> 'none' THEN
    PERFORM funding.take_back_aid(call, p_case_id, before.aid_cents - a.aid_cents);
  END IF;
  PERFORM funding.replace_shares(call, a, p_amended_on, p_reason, p_phase, p_half_days, p_cost_cents, p_company_cents, p_eligible_cents,
                                 p_stack_cap_numerator, p_stack_cap_denominator, p_share_phase, p_share_funder, p_share_cents,
                                 p_share_ceiling_cents);

  RETURN QUERY SELECT * FROM funding.agreement_row r WHERE r.agreement_id = a.agreement_id AND r."#current";
  PERFORM audit.append(call, 'funding', 'agreement.amended', 'agreement/' || a.agreement_id, p_case_id,
                       jsonb_build_object('version', a.version, 'reason', p_reason, 'cost_cents', a.cost_cents, 'aid_cents', a.aid_cents,
                                          'company_cents', a.company_cents, 'aid_cents_before', before.aid_cents));
  PERFORM common.remember(call, (SELECT to_jsonb(r) FROM funding.agreement_row r WHERE r.agreement_id = a.agreement_id AND r."#current"));
END $$;

-- Puts other phases and shares in the place of an agreement's, and posts what is reserved more or less. The caller holds the
-- agreement and has seen that nothing goes below what is charged; the constraints see to it again.
CREATE FUNCTION funding.replace_shares(
  call common.call, a funding.agreement, p_on date, p_reason text,
  p_phase text[], p_half_days int[], p_cost_cents bigint[], p_company_cents bigint[],
  p_eligible_cents bigint[], p_stack_cap_numerator bigint[], p_stack_cap_denominator bigint[],
  p_share_phase text[], p_share_funder text[], p_share_cents bigint[], p_share_ceiling_cents bigint[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  month   date := funding.open_month(a.programme, date_trunc('month', p_on)::date);
  changed text[];   -- phase, funder, and by how many cents, in parallel
  funders text[];
  cents   bigint[];
  posting bigint;
  need    record;
BEGIN
  SELECT array_agg(phase ORDER BY s.place, m.place, phase), array_agg(funder ORDER BY s.place, m.place, phase),
         array_agg(coalesce(m.cents, 0) - coalesce(s.agreed_cents, 0) ORDER BY s.place, m.place, phase)
    INTO changed, funders, cents
    FROM (SELECT x.phase, x.funder, x.place, x.agreed_cents FROM funding.agreement_share x WHERE x.agreement_id = a.agreement_id) s
    FULL JOIN (SELECT * FROM unnest(p_share_phase, p_share_funder, p_share_cents) WITH ORDINALITY
                              AS m (phase, funder, cents, place) WHERE m.cents > 0) m USING (phase, funder)
   WHERE coalesce(m.cents, 0) <> coalesce(s.agreed_cents, 0);

  UPDATE funding.agreement_phase p
     SET half_days = coalesce(n.half_days, 0), cost_cents = coalesce(n.cost, 0), company_cents = coalesce(n.company, 0),
         aid_cents = coalesce(n.cost - n.company, 0), eligible_cents = coalesce(n.eligible, 0),
         stack_cap_numerator = coalesce(n.numerator, p.stack_cap_numerator),
         stack_cap_denominator = coalesce(n.denominator, p.stack_cap_denominator), place = coalesce(n.place, p.place)
    FROM funding.agreement_phase o
    LEFT JOIN unnest(p_phase, p_half_days, p_cost_cents, p_company_cents, p_eligible_cents, p_stack_cap_numerator,
                     p_stack_cap_denominator) WITH ORDINALITY
              AS n (phase, half_days, cost, company, eligible, numerator, denominator, place) ON n.phase = o.phase
   WHERE o.agreement_id = a.agreement_id AND (p.agreement_id, p.phase) = (o.agreement_id, o.phase);
  INSERT INTO funding.agreement_phase (agreement_id, phase, place, half_days, cost_cents, aid_cents, company_cents, eligible_cents,
                                       stack_cap_numerator, stack_cap_denominator)
  SELECT a.agreement_id, n.phase, n.place, n.half_days, n.cost, n.cost - n.company, n.company, n.eligible, n.numerator, n.denominator
    FROM unnest(p_phase, p_half_days, p_cost_cents, p_company_cents, p_eligible_cents, p_stack_cap_numerator, p_stack_cap_denominator)
         WITH ORDINALITY AS n (phase, half_days, cost, company, eligible, numerator, denominator, place)
  ON CONFLICT ON CONSTRAINT agreement_phase_pkey DO NOTHING;
  UPDATE funding.agreement_share s
     SET agreed_cents = coalesce(m.cents, 0), ceiling_cents = m.ceiling, place = coalesce(m.place, s.place)
    FROM funding.agreement_share o
    LEFT JOIN unnest(p_share_phase, p_share_funder, p_share_cents, p_share_ceiling_cents) WITH ORDINALITY
              AS m (phase, funder, cents, ceiling, place)
           ON (m.phase, m.funder) = (o.phase, o.funder)
   WHERE o.agreement_id = a.agreement_id AND (s.agreement_id, s.phase, s.funder) = (o.agreement_id, o.phase, o.funder);
  INSERT INTO funding.agreement_share (agreement_id, phase, funder, place, agreed_cents, ceiling_cents)
  SELECT a.agreement_id, m.phase, m.funder, m.place, m.cents, m.ceiling
    FROM unnest(p_share_phase, p_share_funder, p_share_cents, p_share_ceiling_cents) WITH ORDINALITY
         AS m (phase, funder, cents, ceiling, place)
   WHERE m.cents > 0
  ON CONFLICT ON CONSTRAINT agreement_share_pkey DO NOTHING;
  PERFORM funding.count_case(a, month);
  IF changed IS NULL THEN
    RETURN;
  END IF;

  PERFORM funding.hold_envelopes(a.agreement_id, funders, a.region, p_on);
  FOR need IN
    SELECT c.funder, sum(c.cents)::bigint AS cents, f.envelope_id
      FROM unnest(funders, cents) AS c (funder, cents)
      LEFT JOIN funding.agreement_funder f ON (f.agreement_id, f.funder) = (a.agreement_id, c.funder)
     GROUP BY c.funder, f.envelope_id
     ORDER BY f.envelope_id, c.funder
  LOOP
    IF need.envelope_id IS NULL THEN
      PERFORM funding.reserve(call, a.agreement_id, need.funder, need.cents, a.region, p_on);
    ELSE
      PERFORM funding.change_reserved(call, need.envelope_id, need.cents);
      UPDATE funding.agreement_funder f SET reserved_cents = f.reserved_cents + need.cents
       WHERE (f.agreement_id, f.funder) = (a.agreement_id, need.funder);
    END IF;
  END LOOP;

  INSERT INTO funding.posting (kind, case_id, reference, request_id)
  VALUES ('amendment', a.case_id, p_reason, call.request_id) RETURNING posting_id INTO posting;
  INSERT INTO funding.entry (posting_id, case_id, amount_cents, month, side, funder, programme, region, department, phase,
                             size_class, sector, due_month)
  SELECT posting, a.case_id, leg.sign * c.cents, month, leg.side, c.funder, a.programme, a.region, a.department, c.phase,
         a.size_class, a.sector, date_trunc('month', a.window_ends_on)
    FROM unnest(changed, funders, cents) WITH ORDINALITY AS c (phase, funder, cents, nth),
         (VALUES ('reserved'::funding.side, 1), ('commitment', -1)) AS leg (side, sign)
   ORDER BY c.nth, leg.side;
END $$;

-- Gives back what is reserved and not charged: of a withdrawn case, or once its window has ended (unused days lapse). What
-- was approved is charged first, so nothing may still wait for approval; after the billing deadline it lapses too. Done
-- again, it gives back what a reversal freed.
-- Refusals, in order: CASE_NOT_FOUND, AGREEMENT_NOT_FOUND, CASE_IN_PROGRESS, HALF_DAYS_WAITING, AGREED_DAYS_EXHAUSTED,
-- NOTHING_TO_RELEASE.
CREATE FUNCTION funding.release_agreement(call common.call, p_case_id bigint, p_today date, p_reason text)
RETURNS TABLE (released bigint, charged bigint, charged_half_days int)
LANGUAGE plpgsql AS $$
DECLARE
  answer  jsonb := common.replay(call);
  facts   record;
  a       funding.agreement;
  month   date;
  posting bigint;
BEGIN
  IF answer IS NULL THEN
    SELECT * INTO facts FROM enrolment.lock_case(p_case_id);
    IF facts.case_id IS NULL THEN
      PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
    END IF;
    SELECT * INTO a FROM funding.agreement g WHERE g.case_id = p_case_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      PERFORM common.refuse('AGREEMENT_NOT_FOUND');
    END IF;
    answer := common.replay(call);  -- a copy of this call waited for the agreement
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT r.* FROM jsonb_to_record(answer) AS r (released bigint, charged bigint, charged_half_days int);
    RETURN;
  END IF;
  IF facts.state::text <> 'withdrawn' AND coalesce(facts.window_ends_on, 'infinity') >= p_today THEN
    PERFORM common.refuse('CASE_IN_PROGRESS', 'date', coalesce(facts.window_ends_on::text, '–'));
  END IF;
  IF calendar.half_days_waiting(p_case_id) > 0 THEN
    PERFORM common.refuse('HALF_DAYS_WAITING', 'half_days', calendar.half_days_waiting(p_case_id)::text);
  END IF;
  month := funding.open_month(a.programme, date_trunc('month', p_today)::date);
  PERFORM funding.hold_envelopes(a.agreement_id, ARRAY(SELECT f.funder FROM funding.agreement_funder f
                                                        WHERE f.agreement_id = a.agreement_id), '', NULL);
  charged_half_days := 0; charged := 0;
  IF a.released_on IS NULL AND coalesce(funding.billing_ends_on(a), 'infinity') >= funding.day_now() THEN
    SELECT c.half_days, c.aid INTO charged_half_days, charged FROM funding.charge_approved(call, a) c;
  END IF;
  SELECT coalesce(sum(s.agreed_cents - s.released_cents - s.charged_cents), 0) INTO released
    FROM funding.agreement_share s WHERE s.agreement_id = a.agreement_id;
  IF released = 0 AND a.released_on IS NOT NULL THEN
    PERFORM common.refuse('NOTHING_TO_RELEASE');
  END IF;

  UPDATE funding.agreement g SET released_on = p_today WHERE g.agreement_id = a.agreement_id;
  IF released > 0 THEN
    INSERT INTO funding.posting (kind, case_id, reference, request_id)
    VALUES ('release', p_case_id, p_reason, call.request_id) RETURNING posting_id INTO posting;
    INSERT INTO funding.entry (posting_id, case_id, amount_cents, month, side, funder, programme, region, department, phase,
                               size_class, sector, due_month)
    SELECT posting, p_case_id, -leg.sign * (s.agreed_cents - s.released_cents - s.charged_cents), month, leg.side, s.funder,
           a.programme, a.region, a.department, s.phase, a.size_class, a.sector, date_trunc('month', a.window_ends_on)
      FROM funding.agreement_share s,
           (VALUES ('reserved'::funding.side, 1), ('commitment', -1)) AS leg (side, sign)
     WHERE s.agreement_id = a.agreement_id AND s.agreed_cents > s.released_cents + s.charged_cents
     ORDER BY s.place, leg.side;
    PERFORM funding.give_back(call, a.agreement_id);
    IF a.de_minimis <> 'none' THEN
      PERFORM funding.take_back_aid(call, p_case_id, released);
    END IF;
  END IF;
  PERFORM audit.append(call, 'funding', 'agreement.released', 'agreement/' || a.agreement_id, p_case_id,
                       jsonb_build_object('reason', p_reason, 'released_cents', released, 'charged_half_days', charged_half_days));
  PERFORM common.remember(call, jsonb_build_object('released', released, 'charged', charged, 'charged_half_days', charged_half_days));
  RETURN NEXT;
END $$;

-- Takes the uncharged rest off an agreement's shares and gives it back to its envelopes, in the order of their ids.
CREATE FUNCTION funding.give_back(call common.call, p_agreement_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  f record;
BEGIN
  UPDATE funding.agreement_share s SET released_cents = s.agreed_cents - s.charged_cents
   WHERE s.agreement_id = p_agreement_id AND s.agreed_cents > s.released_cents + s.charged_cents;
  FOR f IN
    SELECT x.funder, x.envelope_id, x.reserved_cents - x.charged_cents AS cents
      FROM funding.agreement_funder x
     WHERE x.agreement_id = p_agreement_id AND x.reserved_cents > x.charged_cents
     ORDER BY x.envelope_id, x.funder
  LOOP
    UPDATE funding.agreement_funder x SET reserved_cents = x.charged_cents
     WHERE (x.agreement_id, x.funder) = (p_agreement_id, f.funder);
    PERFORM funding.change_reserved(call, f.envelope_id, -f.cents);
  END LOOP;
END $$;

-- Releases the agreements of withdrawn cases on which nothing waits any more; returns how many. One that is refused is left
-- for an officer and does not keep the others back.
CREATE FUNCTION funding.release_withdrawn(p_limit int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  done int := 0;
  k    record;
BEGIN
  FOR k IN
    SELECT a.case_id FROM funding.agreement a JOIN enrolment.case_facts f USING (case_id)
     WHERE a.released_on IS NULL AND f.state = 'withdrawn' AND calendar.half_days_waiting(a.case_id) = 0
     ORDER BY a.case_id
     LIMIT p_limit
  LOOP
    BEGIN
      PERFORM funding.release_agreement(ROW(gen_random_uuid(), '\x', 'ReleaseAgreement', 'jalon')::common.call, k.case_id,
                                        funding.day_now(), 'case withdrawn');
      done := done + 1;
    EXCEPTION WHEN SQLSTATE 'JL001' THEN
      NULL;  -- as AGREED_DAYS_EXHAUSTED: the charge tells an officer why
    END;
  END LOOP;
  RETURN done;
END $$;

GRANT EXECUTE ON FUNCTION
  funding.amend_agreement, funding.replace_shares, funding.release_agreement, funding.give_back, funding.release_withdrawn
  TO jalon_funding;

COMMIT;
