-- Verify jalon:ownership on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE enrolment.link_link_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_funding;
DO $$
DECLARE
  alone record;
BEGIN
  SELECT * INTO STRICT alone FROM enrolment.single_undertaking('000000000', '2026-01-01');
  ASSERT alone.undertaking = '000000000' AND alone.members = ARRAY['000000000'] AND alone.etag = '000000000/0',
         'a company without links is a single undertaking of its own';
  ASSERT alone = (SELECT l FROM enrolment.lock_single_undertaking('000000000', '2026-01-01') l), 'and can be locked';
  ASSERT alone = (SELECT l FROM enrolment.lock_single_undertaking('000000000', '2026-01-01') l), 'more than once';
  ASSERT NOT has_table_privilege('enrolment.ownership_group', 'SELECT, INSERT, UPDATE, DELETE'), 'reads what is published only';
END $$;

SET LOCAL ROLE jalon_enrolment;
INSERT INTO enrolment.company (siren, name, ceased) VALUES ('000000000', 'Écluse', false), ('000000018', 'Phare', false);
DO $$
DECLARE
  call common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  link enrolment.link_row;
BEGIN
  -- A German parent has the majority of one company, and with it that of another: a chain, and votes added up.
  SELECT * INTO STRICT link
    FROM enrolment.declare_link(call, 'de-mutter', '', 'Mutter', 'DE', '000000000', '', '', '', 6000, 6000, '{}', NULL, NULL,
                                '2026-01-01', NULL, 'verify');
  ASSERT link = (SELECT l FROM enrolment.declare_link(call, 'de-mutter', '', '', '', '000000000', '', '', '', 0, 0, '{}', NULL,
                                                      NULL, NULL, NULL, '') l), 'a retry has the first answer (law 11)';
  call.request_id := gen_random_uuid();
  PERFORM enrolment.declare_link(call, 'de-mutter', '', '', '', '000000018', '', '', '', 2600, 2600, '{}', NULL, NULL,
                                 '2026-01-01', NULL, 'verify');
  call.request_id := gen_random_uuid();
  PERFORM enrolment.declare_link(call, '000000000', '', '', '', '000000018', '', '', '', 2600, 2600, '{}', NULL, NULL,
                                 '2026-02-01', NULL, 'verify');
  ASSERT (SELECT u.members = '{000000000,de-mutter}' FROM enrolment.single_undertaking('000000000', '2026-01-31') u),
         'before the last link, two';
  ASSERT (SELECT (u.undertaking, u.members) = ('000000000', '{000000000,000000018,de-mutter}'::text[])
            FROM enrolment.single_undertaking('000000018', '2026-02-01') u), 'and with it, three';
  ASSERT (SELECT count(DISTINCT g.root) = 1 FROM enrolment.ownership_group g
           WHERE g.party_id IN ('000000000', '000000018', 'de-mutter')), 'in one group';
  call.request_id := gen_random_uuid();
  PERFORM enrolment.end_link(call, link.link_id, '2026-03-01', 'verify');
  ASSERT (SELECT u.members = '{000000018}' FROM enrolment.single_undertaking('000000018', '2026-03-01') u), 'and then none';
  ASSERT (SELECT count(*) = 3 FROM enrolment.single_undertaking_members('000000018', '2026-02-28')), 'but not before';

  call.request_id := gen_random_uuid();
  PERFORM enrolment.add_accounts(call, 'de-mutter', '2025-12-31', 100, 200, 300, '{}', 'verify', false);
  ASSERT (SELECT count(*) = 7 FROM enrolment.ownership_around('000000018')), 'three parties, three links, one year of accounts';
END $$;

ROLLBACK;
