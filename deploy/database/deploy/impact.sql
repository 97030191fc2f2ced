-- Deploy jalon:impact to pg
-- requires: agreements

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

-- The envelopes of these funders, had agreements reserved otherwise: by the envelope drawn on or, where that is NULL, by the
-- funder, region and day of signature that choose one, so many cents more and so many of them in the last 90 days. What finds no
-- envelope stands in a row without one. The needs' arrays run in parallel.
CREATE FUNCTION funding.envelopes_under(
  p_funders text[], p_envelope_id bigint[], p_funder text[], p_region text[], p_signed_on date[], p_cents bigint[], p_lately bigint[]
) RETURNS TABLE (
  envelope_id bigint, funder text, region text, ends_on date, allocated bigint, reserved_before bigint, reserved_after bigint,
  shortfall bigint, runs_out_on_before date, runs_out_on_after date
)
LANGUAGE sql STABLE AS $$
  WITH need AS (
    SELECT coalesce(n.envelope_id, funding.envelope_for(n.funder, n.cents, n.region, n.signed_on)) AS envelope_id, n.funder,
           sum(n.cents)::bigint AS cents, sum(n.lately)::bigint AS lately
      FROM unnest(p_envelope_id, p_funder, p_region, p_signed_on, p_cents, p_lately)
           AS n (envelope_id, funder, region, signed_on, cents, lately)
     GROUP BY 1, 2
  )
  SELECT e.envelope_id, e.funder, e.region, e.ends_on, e.allocated_cents, e.reserved_cents, e.reserved_cents + w.cents,
         nullif(greatest(e.reserved_cents + w.cents - e.allocated_cents, 0), 0), funding.runs_out_on(e, funding.day_now()),
         funding.runs_out_on(e, funding.day_now(), w.cents, w.lately)
    FROM funding.envelope e
    LEFT JOIN need n ON n.envelope_id = e.envelope_id
   CROSS JOIN LATERAL (SELECT coalesce(n.cents, 0) AS cents, coalesce(n.lately, 0) AS lately) w
   WHERE e.funder = ANY (p_funders) OR n.envelope_id IS NOT NULL
  UNION ALL
  SELECT 0, n.funder, '', NULL, 0, 0, n.cents, n.cents, NULL, NULL
    FROM need n
   WHERE n.envelope_id IS NULL AND n.cents > 0
   ORDER BY 2, 1
$$;

GRANT EXECUTE ON FUNCTION funding.envelopes_under TO jalon_funding;

COMMIT;
