-- Deploy jalon:ownership to pg
-- requires: enrolment

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

-- Who owns whom, and the yearly accounts: what the three computations about a company read (its European size class, its
-- French category, its single undertaking). The rules themselves are in services/enrolment; the single undertaking is
-- computed here as well, because other areas must be able to ask for it, and to lock it, inside their own transactions.

-- Whoever holds or is held: a French company by its SIREN, anyone else by a code of the officer's choice.
CREATE TABLE enrolment.party (
  party_id text COLLATE "C" NOT NULL CONSTRAINT party_pkey PRIMARY KEY,
  -- The investors between venture_capital and small_local_authority are those of Recommendation 2003/361/EC, annex,
  -- art. 3(2), second subparagraph: up to half of a company, they leave it autonomous.
  kind     text NOT NULL CONSTRAINT party_kind_known CHECK (kind IN (
             'enterprise', 'natural_person', 'public_body', 'venture_capital', 'public_investment', 'business_angel',
             'university', 'institutional_investor', 'small_local_authority')),
  name     text NOT NULL,
  country  text NOT NULL CONSTRAINT party_country_two_letters CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT party_named_by_siren_or_code CHECK (party_id ~ '^([0-9]{9}|[a-z][a-z0-9-]{0,63})$'),
  CONSTRAINT party_siren_is_french CHECK (country = 'FR' OR party_id !~ '^[0-9]')
);

-- What one party holds of another, from starts_on until the day before ends_on (NULL: still). Rows are never deleted: a
-- decision taken on them can be shown for ever. Percentages are in hundredths of a percent: 25 % is 2500.
CREATE TABLE enrolment.link (
  link_id          bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT link_pkey PRIMARY KEY,
  holder_id        text COLLATE "C" NOT NULL CONSTRAINT link_of_holder REFERENCES enrolment.party,
  held_id          text COLLATE "C" NOT NULL CONSTRAINT link_of_held REFERENCES enrolment.party,
  capital          int    NOT NULL CONSTRAINT link_capital_is_a_share CHECK (capital BETWEEN 0 AND 10000),
  votes            int    NOT NULL CONSTRAINT link_votes_are_a_share CHECK (votes BETWEEN 0 AND 10000),
  -- Control by other means than the votes above: the cases of Recommendation 2003/361/EC, annex, art. 3(3), and of
  -- Regulation (EU) 2023/2831, art. 2(2), which read alike.
  controls         text[] NOT NULL CONSTRAINT link_controls_known CHECK (
                     controls <@ ARRAY['votes_majority', 'board_majority', 'dominant_influence', 'shareholders_agreement']),
  market           text,    -- of a natural person's link: enterprises of one market code are on the same or adjacent markets
  investment_cents bigint CONSTRAINT link_investment_not_negative CHECK (investment_cents >= 0),  -- of a business angel
  starts_on        date   NOT NULL,
  ends_on          date,
  source           text   NOT NULL,  -- the evidence: where it is written
  declared_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT link_joins_two CHECK (holder_id <> held_id),
  CONSTRAINT link_holds_something CHECK (capital > 0 OR votes > 0 OR cardinality(controls) > 0),
  CONSTRAINT link_ends_after_it_starts CHECK (ends_on >= starts_on)  -- equal: it never held
);
CREATE INDEX link_by_holder ON enrolment.link (holder_id);
CREATE INDEX link_by_held ON enrolment.link (held_id);
-- One link at a time from one party to another; declare_link refuses every overlap under the lock of the group.
CREATE UNIQUE INDEX one_live_link ON enrolment.link (holder_id, held_id) WHERE ends_on IS NULL;

-- The accounts of a closed year. `consolidates`: whose figures they hold already, so that they are not counted again.
CREATE TABLE enrolment.accounts (
  party_id             text COLLATE "C" NOT NULL CONSTRAINT accounts_of_party REFERENCES enrolment.party,
  closed_on            date   NOT NULL,
  headcount_hundredths bigint NOT NULL CONSTRAINT accounts_headcount_not_negative CHECK (headcount_hundredths >= 0),
  turnover_cents       bigint NOT NULL CONSTRAINT accounts_turnover_not_negative CHECK (turnover_cents >= 0),
  balance_sheet_cents  bigint NOT NULL CONSTRAINT accounts_balance_sheet_not_negative CHECK (balance_sheet_cents >= 0),
  consolidates         text[] NOT NULL,
  source               text   NOT NULL,
  declared_at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT accounts_pkey PRIMARY KEY (party_id, closed_on)
);

-- Groups: companies that control one another on any date whatever, past or to come, by the links declared so far. Two
-- companies that form a single undertaking on some date are therefore in one group, and a group never splits: it only
-- joins another. `root` names its group; the root's own row is the group's narrow row, the one to lock.
--
-- HOW TO LOCK A SINGLE UNDERTAKING. Call enrolment.lock_single_undertaking(siren, date) in the transaction that awards
-- aid, before reading what its members already had. It locks the root's row until the end of the transaction, and
-- answers with the members as they then are. So, of two awards to one single undertaking, the second waits for the
-- first and then sees it; and no link that would change the single undertaking commits in between. Take it after
-- enrolment.lock_case and before any envelope, once a transaction: whoever needs several cases of one single
-- undertaking locks the cases first. A company without links has a group of its own, made when first locked.
--   Why it is sound: a root that is absorbed gets another root in the same update, so whoever waited for it finds that
-- it is no root any more, holds nothing, and looks for the new one. Locks on several roots go in the order of their
-- names; a link that joins more than two groups may break that order, and PostgreSQL then ends one transaction of the
-- circle with 40P01, which the storage room runs again.
CREATE TABLE enrolment.ownership_group (
  party_id text COLLATE "C" NOT NULL CONSTRAINT ownership_group_pkey PRIMARY KEY,
  root     text COLLATE "C" NOT NULL CONSTRAINT ownership_group_root REFERENCES enrolment.ownership_group,
  version  bigint NOT NULL DEFAULT 0  -- of a root: grows with every change of a link of its group
) WITH (fillfactor = 80);
CREATE INDEX ownership_group_by_root ON enrolment.ownership_group (root);

-- Parties in one group at the most: what a lock and a computation may cost.
CREATE FUNCTION enrolment.most_in_group() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1000;

-- Locks the groups of these parties until the end of the transaction; returns their roots.
CREATE FUNCTION enrolment.hold_groups(p_parties text[]) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  roots text[];
  held  int;
BEGIN
  FOR round IN 1 .. 100 LOOP
    INSERT INTO enrolment.ownership_group (party_id, root)
    SELECT DISTINCT p.party, p.party FROM unnest(p_parties) AS p (party)
     WHERE NOT EXISTS (SELECT FROM enrolment.ownership_group g WHERE g.party_id = p.party)
     ORDER BY 1
    ON CONFLICT DO NOTHING;
    SELECT array_agg(DISTINCT g.root) INTO roots FROM enrolment.ownership_group g WHERE g.party_id = ANY (p_parties);
    SELECT count(*) INTO held
      FROM (SELECT FROM enrolment.ownership_group g
             WHERE g.party_id = ANY (roots) AND g.root = g.party_id
             ORDER BY g.party_id
               FOR NO KEY UPDATE) l;
    IF held = cardinality(roots) THEN
      RETURN roots;
    END IF;
    -- One was absorbed while this waited for it.
  END LOOP;
  RAISE EXCEPTION 'the groups of % keep changing', p_parties USING ERRCODE = 'serialization_failure';
END $$;

-- Whether a party of this kind passes a single undertaking on. Regulation (EU) 2023/2831, art. 2(2), speaks of
-- relationships between enterprises and through "one or more other enterprises": a natural person does not make one,
-- and neither does a public body (recital 4). A fund, an investment company or a university that controls is an
-- enterprise like another; the autonomous investors of the SME definition are no exception here.
CREATE FUNCTION enrolment.joins_undertakings(kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN kind IN ('enterprise', 'venture_capital', 'public_investment', 'university', 'institutional_investor');

-- The single undertaking of a party on a date, by Regulation (EU) 2023/2831, art. 2(2), points (a) to (d) and through
-- chains: two enterprises belong together when one, with those that already belong to it, has the majority of votes of
-- the other, or controls it otherwise. Sorted. Foreign members are told too: a chain may pass abroad, and it is the
-- ceiling that is counted by Member State (art. 3(2)), not the undertaking.
-- Every enterprise of the group starts under its own label; labels that belong together take the least of theirs, until
-- nothing moves.
CREATE FUNCTION enrolment.undertaking_of(p_party text, p_on date) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  parties text[];
  labels  int[];
  moved   bigint;
BEGIN
  SELECT array_agg(g.party_id ORDER BY g.party_id), array_agg(row_number ORDER BY g.party_id) INTO parties, labels
    FROM (SELECT m.party_id, (row_number() OVER (ORDER BY m.party_id))::int AS row_number
            FROM enrolment.ownership_group m
            JOIN enrolment.party y USING (party_id)
           WHERE m.root = (SELECT s.root FROM enrolment.ownership_group s WHERE s.party_id = p_party)
             AND enrolment.joins_undertakings(y.kind)) g;
  IF parties IS NULL OR NOT p_party = ANY (parties) THEN
    RETURN ARRAY[p_party];
  END IF;
  LOOP
    WITH member AS MATERIALIZED (
      SELECT * FROM unnest(parties, labels) AS m (party, label)
    ), pair AS MATERIALIZED (
      SELECT h.label AS a, d.label AS b
        FROM member h
        JOIN enrolment.link l ON l.holder_id = h.party AND l.starts_on <= p_on AND coalesce(l.ends_on > p_on, true)
        JOIN member d ON d.party = l.held_id AND d.label <> h.label
       GROUP BY h.label, d.party, d.label
      HAVING sum(l.votes) > 5000 OR bool_or(cardinality(l.controls) > 0)
    ), least_of AS (
      SELECT x.label, min(x.other) AS other
        FROM (SELECT a AS label, b AS other FROM pair UNION ALL SELECT b, a FROM pair) x
       WHERE x.other < x.label
       GROUP BY x.label
    )
    SELECT array_agg(coalesce(l.other, m.label) ORDER BY m.party), count(l.other) INTO labels, moved
      FROM member m
      LEFT JOIN least_of l USING (label);
    EXIT WHEN moved = 0;
  END LOOP;
  RETURN (SELECT array_agg(m.party ORDER BY m.party)
            FROM unnest(parties, labels) AS m (party, label)
           WHERE m.label = labels[array_position(parties, p_party)]);
END $$;

-- Published: the single undertaking of a company on a date, as known now; always one row. `undertaking` is its key, the
-- smallest SIREN among its members; `members` holds the company itself; `etag` changes whenever a link of the group does.
CREATE FUNCTION enrolment.single_undertaking(p_siren text, p_on date)
RETURNS TABLE (undertaking text, members text[], etag text)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT (SELECT min(m.party COLLATE "C") FROM unnest(u.members) AS m (party) WHERE m.party ~ '^[0-9]'), u.members,
         coalesce((SELECT r.party_id || '/' || r.version
                     FROM enrolment.ownership_group g
                     JOIN enrolment.ownership_group r ON r.party_id = g.root
                    WHERE g.party_id = p_siren), p_siren || '/0')
    FROM (SELECT enrolment.undertaking_of(p_siren, p_on) AS members) u;
END;

-- Published: its members, one a row.
CREATE FUNCTION enrolment.single_undertaking_members(p_siren text, p_on date) RETURNS SETOF text
LANGUAGE sql STABLE ROWS 5 SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT unnest(enrolment.undertaking_of(p_siren, p_on));
END;

-- Published: the same as enrolment.single_undertaking, held as it is until the caller's transaction ends; how and when
-- to call it stands above enrolment.ownership_group. In a READ COMMITTED transaction, as all are here.
CREATE FUNCTION enrolment.lock_single_undertaking(p_siren text, p_on date)
RETURNS TABLE (undertaking text, members text[], etag text)
LANGUAGE plpgsql ROWS 1 SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM enrolment.hold_groups(ARRAY[p_siren]);
  -- A second statement, so that it sees what was committed while the first waited.
  RETURN QUERY SELECT * FROM enrolment.single_undertaking(p_siren, p_on);
END $$;

-- Tells of a change of a link between these parties, whose groups the caller holds.
CREATE FUNCTION enrolment.change_groups(p_parties text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  UPDATE enrolment.ownership_group g SET version = g.version + 1
   WHERE g.party_id IN (SELECT m.root FROM enrolment.ownership_group m WHERE m.party_id = ANY (p_parties));
END;

-- Joins to the group of `p_root`, whose row the caller holds, every other one that it now controls a member of, and those
-- again, and so on. All links count, whatever their dates, each pair of parties by its greatest votes. A public body joins
-- nobody; a natural person does, since the SME definition may link the firms of one person (art. 3(3)).
CREATE FUNCTION enrolment.join_groups(p_root text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  head  text := p_root;
  other text;
  grown bigint;
  taken bigint;
BEGIN
  LOOP
    SELECT d.root INTO other
      FROM (SELECT l.holder_id, l.held_id, max(l.votes) AS votes, bool_or(cardinality(l.controls) > 0) AS controlled
              FROM enrolment.ownership_group g
              JOIN enrolment.party y ON y.party_id = g.party_id AND y.kind <> 'public_body'
              JOIN enrolment.link l ON l.holder_id = g.party_id
             WHERE g.root = head
             GROUP BY l.holder_id, l.held_id) h
      JOIN enrolment.ownership_group d ON d.party_id = h.held_id AND d.root <> head
     GROUP BY d.root, h.held_id
    HAVING sum(h.votes) > 5000 OR bool_or(h.controlled)
     ORDER BY d.root
     LIMIT 1;
    EXIT WHEN NOT FOUND;
    PERFORM enrolment.hold_groups(ARRAY[head, other]);
    SELECT count(*) FILTER (WHERE g.root = head), count(*) FILTER (WHERE g.root = other) INTO grown, taken
      FROM enrolment.ownership_group g WHERE g.root IN (head, other);
    CONTINUE WHEN taken = 0;  -- it was absorbed while this waited: look again for where its members are
    IF grown + taken > enrolment.most_in_group() THEN
      PERFORM common.refuse('GROUP_TOO_LARGE', 'most', enrolment.most_in_group()::text);
    END IF;
    -- The smaller moves under the larger.
    UPDATE enrolment.ownership_group g
       SET root = CASE WHEN grown >= taken THEN head ELSE other END
     WHERE g.root = CASE WHEN grown >= taken THEN other ELSE head END;
    IF grown < taken THEN
      head := other;
    END IF;
    UPDATE enrolment.ownership_group g SET version = g.version + 1 WHERE g.party_id = head;
  END LOOP;
END $$;

-- What an admission was decided on, for ever: the three computations with their evidence, as they were that day. Later
-- links and accounts never change it (law 9's trigger sees to that).
CREATE TABLE enrolment.case_assessment (
  case_id     bigint NOT NULL CONSTRAINT case_assessment_pkey PRIMARY KEY
                              CONSTRAINT case_assessment_of REFERENCES enrolment.support_case,
  assessed_on date   NOT NULL,
  undertaking text COLLATE "C" NOT NULL,  -- the key and the members of the single undertaking
  members     text[] NOT NULL,
  assessment  bytea  NOT NULL  -- jalon.enrolment.v1.CompanyAssessment, serialised
);
CREATE TRIGGER case_assessment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON enrolment.case_assessment
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Published: the single undertaking of an admitted case as the decision froze it. No row before the admission.
CREATE VIEW enrolment.case_undertaking AS
SELECT a.case_id, a.assessed_on, a.undertaking, a.members
  FROM enrolment.case_assessment a;

-- All that the computations about a company may need, whatever the date: its group; whoever holds something of a member,
-- and whoever the group holds a quarter of, with their own groups; the links among all these, and those of the public
-- bodies above them; the accounts of each, and where none were given for a year, what it declared in a case. One kind of
-- row after the other: `what` is party, link or accounts, and the columns of the others are NULL.
CREATE FUNCTION enrolment.ownership_around(p_siren text)
RETURNS TABLE (what text, party_id text, kind text, name text, country text, link_id bigint, held_id text, capital int, votes int,
               controls text[], market text, investment_cents bigint, starts_on date, ends_on date, closed_on date,
               headcount_hundredths bigint, turnover_cents bigint, balance_sheet_cents bigint, consolidates text[], source text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  core text[];
  near text[];
  wide text[];
BEGIN
  SELECT coalesce(array_agg(g.party_id), ARRAY[p_siren]) INTO core
    FROM enrolment.ownership_group g
   WHERE g.root = (SELECT s.root FROM enrolment.ownership_group s WHERE s.party_id = p_siren);

  SELECT array_agg(l.holder_id) INTO near FROM enrolment.link l WHERE l.held_id = ANY (core) AND NOT l.holder_id = ANY (core);
  SELECT coalesce(near, '{}') || coalesce(array_agg(h.held_id), '{}') INTO near
    FROM (SELECT m.held_id
            FROM (SELECT l.holder_id, l.held_id, max(l.capital) AS capital, max(l.votes) AS votes
                    FROM enrolment.link l
                   WHERE l.holder_id = ANY (core) AND NOT l.held_id = ANY (core)
                   GROUP BY l.holder_id, l.held_id) m
           GROUP BY m.held_id
          HAVING sum(m.capital) >= 2500 OR sum(m.votes) >= 2500) h;

  SELECT core || near || coalesce(array_agg(g.party_id), '{}') INTO wide
    FROM enrolment.ownership_group g
   WHERE g.root IN (SELECT n.root FROM enrolment.ownership_group n JOIN enrolment.party y USING (party_id)
                     WHERE n.party_id = ANY (near) AND y.kind NOT IN ('natural_person', 'public_body'))
     AND NOT g.party_id = ANY (near);

  RETURN QUERY
    SELECT 'link', l.holder_id, NULL, NULL, NULL, l.link_id, l.held_id, l.capital, l.votes, l.controls, l.market,
           l.investment_cents, l.starts_on, l.ends_on, NULL::date, NULL::bigint, NULL::bigint, NULL::bigint, NULL::text[], l.source
      FROM enrolment.link l
      JOIN enrolment.party y ON y.party_id = l.holder_id
     WHERE l.held_id = ANY (wide) AND (l.holder_id = ANY (wide) OR y.kind = 'public_body')
     ORDER BY l.link_id;
  RETURN QUERY
    SELECT 'party', y.party_id, y.kind, y.name, y.country, NULL::bigint, NULL, NULL::int, NULL::int, NULL::text[], NULL,
           NULL::bigint, NULL::date, NULL::date, NULL::date, NULL::bigint, NULL::bigint, NULL::bigint, NULL::text[], NULL
      FROM enrolment.party y
     WHERE y.party_id = ANY (wide) OR y.party_id IN (SELECT l.holder_id FROM enrolment.link l WHERE l.held_id = ANY (wide))
     ORDER BY y.party_id;
  RETURN QUERY
    SELECT 'accounts', a.party_id, NULL, NULL, NULL, NULL::bigint, NULL, NULL::int, NULL::int, NULL::text[], NULL,
           NULL::bigint, NULL::date, NULL::date, a.closed_on, a.headcount_hundredths, a.turnover_cents, a.balance_sheet_cents,
           a.consolidates, a.source
      FROM enrolment.accounts a
     WHERE a.party_id = ANY (wide)
    UNION ALL
    SELECT * FROM (
      SELECT DISTINCT ON (k.siren, k.year_closed_on)
             'accounts', k.siren, NULL, NULL, NULL, NULL::bigint, NULL, NULL::int, NULL::int, NULL::text[], NULL,
             NULL::bigint, NULL::date, NULL::date, k.year_closed_on, k.headcount_hundredths, k.turnover_cents,
             k.balance_sheet_cents, '{}'::text[], 'case/' || k.case_id
        FROM enrolment.support_case k
       WHERE k.siren = ANY (wide) AND k.state <> 'rejected'
         AND NOT EXISTS (SELECT FROM enrolment.accounts a WHERE (a.party_id, a.closed_on) = (k.siren, k.year_closed_on))
       ORDER BY k.siren, k.year_closed_on, k.case_id DESC) declared
    ORDER BY 2, 15;
END $$;

-- Changes with anything that ownership_around tells.
CREATE FUNCTION enrolment.ownership_etag(p_siren text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT md5(coalesce(string_agg(o::text, E'\n'), '')) FROM enrolment.ownership_around(p_siren) o;
END;

-- A link as the contract's jalon.enrolment.v1.Link.
CREATE VIEW enrolment.link_row AS
SELECT l.link_id, l.holder_id AS "holder.party_id", h.kind AS "holder.kind", h.name AS "holder.name", h.country AS "holder.country",
       l.held_id AS "held.party_id", d.kind AS "held.kind", d.name AS "held.name", d.country AS "held.country",
       l.capital AS capital_hundredths, l.votes AS votes_hundredths, l.controls, l.market, l.investment_cents AS investment,
       l.starts_on, l.ends_on, l.source, l.declared_at
  FROM enrolment.link l
  JOIN enrolment.party h ON h.party_id = l.holder_id
  JOIN enrolment.party d ON d.party_id = l.held_id;

-- Accounts as the contract's jalon.enrolment.v1.Accounts.
CREATE VIEW enrolment.accounts_row AS
SELECT a.party_id, a.closed_on, a.headcount_hundredths, a.turnover_cents AS turnover, a.balance_sheet_cents AS balance_sheet,
       a.consolidates, a.source, a.declared_at
  FROM enrolment.accounts a;

-- Makes a party known, or holds what is said of it against what is known. Nothing said ('' or NULL) is no contradiction:
-- a company of the register has its name there, and a party is a French enterprise unless something else is said.
CREATE FUNCTION enrolment.know_party(p_party_id text, p_kind text, p_name text, p_country text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  known enrolment.party;
  named text := coalesce(nullif(p_name, ''), (SELECT c.name FROM enrolment.company c WHERE c.siren = p_party_id));
BEGIN
  SELECT * INTO known FROM enrolment.party y WHERE y.party_id = p_party_id;
  IF known.party_id IS NULL THEN
    IF named IS NULL THEN
      PERFORM common.refuse('PARTY_NAME_MISSING', 'party', p_party_id);
    END IF;
    INSERT INTO enrolment.party (party_id, kind, name, country)
    VALUES (p_party_id, coalesce(nullif(p_kind, ''), 'enterprise'), named, coalesce(nullif(p_country, ''), 'FR'))
    ON CONFLICT DO NOTHING;
    -- Another command may have been first to tell of it.
    SELECT * INTO STRICT known FROM enrolment.party y WHERE y.party_id = p_party_id;
  END IF;
  IF known.kind <> nullif(p_kind, '') OR known.country <> nullif(p_country, '') THEN
    PERFORM common.refuse('PARTY_DIFFERS', 'party', p_party_id, 'kind', known.kind, 'country', known.country);
  END IF;
END $$;

-- Declares what one party holds of another. The groups of both are locked first, in the order of their roots: links of a
-- group come one at a time, and none while an award to it is under way.
-- Refusals, in order: PARTY_NAME_MISSING, PARTY_DIFFERS, HELD_IS_NO_ENTERPRISE, LINK_OVERLAPS, HOLDINGS_OVER_WHOLE,
-- GROUP_TOO_LARGE.
CREATE FUNCTION enrolment.declare_link(
  call common.call, p_holder_id text, p_holder_kind text, p_holder_name text, p_holder_country text,
  p_held_id text, p_held_kind text, p_held_name text, p_held_country text, p_capital int, p_votes int, p_controls text[],
  p_market text, p_investment_cents bigint, p_starts_on date, p_ends_on date, p_source text
) RETURNS SETOF enrolment.link_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb;
  id     bigint;
  whole  record;
  result enrolment.link_row;
BEGIN
  PERFORM enrolment.hold_groups(ARRAY[p_holder_id, p_held_id]);
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.link_row, answer);
    RETURN;
  END IF;

  PERFORM enrolment.know_party(p_holder_id, p_holder_kind, p_holder_name, p_holder_country);
  PERFORM enrolment.know_party(p_held_id, p_held_kind, p_held_name, p_held_country);
  IF EXISTS (SELECT FROM enrolment.party y
              WHERE y.party_id = p_held_id
                AND y.kind IN ('natural_person', 'business_angel', 'public_body', 'small_local_authority')) THEN
    PERFORM common.refuse('HELD_IS_NO_ENTERPRISE', 'party', p_held_id);
  END IF;
  IF EXISTS (SELECT FROM enrolment.link l
              WHERE (l.holder_id, l.held_id) = (p_holder_id, p_held_id)
                AND daterange(l.starts_on, l.ends_on) && daterange(p_starts_on, p_ends_on)) THEN
    PERFORM common.refuse('LINK_OVERLAPS');
  END IF;
  -- What is held of one company adds up to no more than the whole on the first day of any of its links.
  SELECT day.starts_on, p_capital + sum(l.capital) AS capital, p_votes + sum(l.votes) AS votes INTO whole
    FROM (SELECT p_starts_on AS starts_on
           UNION SELECT k.starts_on FROM enrolment.link k
                  WHERE k.held_id = p_held_id AND k.starts_on <@ daterange(p_starts_on, p_ends_on)) day
    JOIN enrolment.link l ON l.held_id = p_held_id AND day.starts_on <@ daterange(l.starts_on, l.ends_on)
   GROUP BY day.starts_on
  HAVING p_capital + sum(l.capital) > 10000 OR p_votes + sum(l.votes) > 10000
   ORDER BY day.starts_on
   LIMIT 1;
  IF FOUND THEN
    PERFORM common.refuse('HOLDINGS_OVER_WHOLE', 'party', p_held_id, 'date', whole.starts_on::text);
  END IF;

  INSERT INTO enrolment.link (holder_id, held_id, capital, votes, controls, market, investment_cents, starts_on, ends_on, source)
  VALUES (p_holder_id, p_held_id, p_capital, p_votes, p_controls, p_market, p_investment_cents, p_starts_on, p_ends_on, p_source)
  RETURNING link_id INTO id;
  PERFORM enrolment.change_groups(ARRAY[p_holder_id, p_held_id]);
  PERFORM enrolment.join_groups((SELECT g.root FROM enrolment.ownership_group g WHERE g.party_id = p_holder_id));

  SELECT * INTO STRICT result FROM enrolment.link_row r WHERE r.link_id = id;
  PERFORM audit.append(call, 'enrolment', 'link.declared', 'link/' || id, NULL,
                       jsonb_build_object('holder', p_holder_id, 'held', p_held_id, 'capital', p_capital, 'votes', p_votes,
                                          'controls', p_controls, 'starts_on', p_starts_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Ends a link on its first day without it; on its first day of all, it never held. Its group stays as it is: the link
-- still counts for the dates before.
-- Refusals, in order: LINK_NOT_FOUND, LINK_ENDED, LINK_ENDS_BEFORE_IT_STARTS.
CREATE FUNCTION enrolment.end_link(call common.call, p_link_id bigint, p_ends_on date, p_source text)
RETURNS SETOF enrolment.link_row
LANGUAGE plpgsql AS $$
DECLARE
  held   enrolment.link;
  answer jsonb;
  result enrolment.link_row;
BEGIN
  SELECT * INTO held FROM enrolment.link l WHERE l.link_id = p_link_id;
  IF held.link_id IS NOT NULL THEN
    PERFORM enrolment.hold_groups(ARRAY[held.holder_id, held.held_id]);
    SELECT * INTO STRICT held FROM enrolment.link l WHERE l.link_id = p_link_id FOR UPDATE;
  END IF;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.link_row, answer);
    RETURN;
  END IF;

  IF held.link_id IS NULL THEN
    PERFORM common.refuse('LINK_NOT_FOUND', 'link_id', p_link_id::text);
  END IF;
  IF held.ends_on IS NOT NULL THEN
    PERFORM common.refuse('LINK_ENDED', 'date', held.ends_on::text);
  END IF;
  IF p_ends_on < held.starts_on THEN
    PERFORM common.refuse('LINK_ENDS_BEFORE_IT_STARTS', 'date', held.starts_on::text);
  END IF;

  UPDATE enrolment.link l SET ends_on = p_ends_on WHERE l.link_id = p_link_id;
  PERFORM enrolment.change_groups(ARRAY[held.holder_id, held.held_id]);
  SELECT * INTO STRICT result FROM enrolment.link_row r WHERE r.link_id = p_link_id;
  PERFORM audit.append(call, 'enrolment', 'link.ended', 'link/' || p_link_id, NULL,
                       jsonb_build_object('holder', held.holder_id, 'held', held.held_id, 'ends_on', p_ends_on,
                                          'source', p_source));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Keeps the accounts of a closed year; those that are known already are replaced only when that is asked for, and the
-- event tells what they were.
-- Refusals, in order: PARTY_NAME_MISSING, ACCOUNTS_EXIST.
CREATE FUNCTION enrolment.add_accounts(
  call common.call, p_party_id text, p_closed_on date, p_headcount_hundredths bigint, p_turnover_cents bigint,
  p_balance_sheet_cents bigint, p_consolidates text[], p_source text, p_replace boolean
) RETURNS SETOF enrolment.accounts_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  before enrolment.accounts;
  result enrolment.accounts_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::enrolment.accounts_row, answer);
    RETURN;
  END IF;

  PERFORM enrolment.know_party(p_party_id, NULL, NULL, NULL);
  INSERT INTO enrolment.accounts AS a (party_id, closed_on, headcount_hundredths, turnover_cents, balance_sheet_cents,
                                       consolidates, source)
  VALUES (p_party_id, p_closed_on, p_headcount_hundredths, p_turnover_cents, p_balance_sheet_cents, p_consolidates, p_source)
  ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO STRICT before FROM enrolment.accounts a
     WHERE (a.party_id, a.closed_on) = (p_party_id, p_closed_on) FOR UPDATE;
    answer := common.replay(call);  -- perhaps a copy of this very request gave them since
    IF answer IS NOT NULL THEN
      RETURN NEXT jsonb_populate_record(NULL::enrolment.accounts_row, answer);
      RETURN;
    END IF;
    IF NOT p_replace THEN
      PERFORM common.refuse('ACCOUNTS_EXIST', 'party', p_party_id, 'date', p_closed_on::text);
    END IF;
    UPDATE enrolment.accounts a
       SET headcount_hundredths = p_headcount_hundredths, turnover_cents = p_turnover_cents,
           balance_sheet_cents = p_balance_sheet_cents, consolidates = p_consolidates, source = p_source, declared_at = now()
     WHERE (a.party_id, a.closed_on) = (p_party_id, p_closed_on);
  END IF;

  SELECT * INTO STRICT result FROM enrolment.accounts_row r WHERE (r.party_id, r.closed_on) = (p_party_id, p_closed_on);
  PERFORM audit.append(call, 'enrolment', 'accounts.given', 'party/' || p_party_id, NULL,
                       jsonb_strip_nulls(jsonb_build_object('now', to_jsonb(result), 'before', to_jsonb(before))));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

GRANT SELECT, INSERT ON enrolment.party, enrolment.link, enrolment.accounts TO jalon_enrolment;
GRANT UPDATE (ends_on) ON enrolment.link TO jalon_enrolment;
GRANT UPDATE (headcount_hundredths, turnover_cents, balance_sheet_cents, consolidates, source, declared_at)
  ON enrolment.accounts TO jalon_enrolment;
GRANT SELECT ON enrolment.ownership_group, enrolment.link_row, enrolment.accounts_row TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION
  enrolment.hold_groups, enrolment.join_groups, enrolment.change_groups, enrolment.know_party, enrolment.declare_link,
  enrolment.end_link, enrolment.add_accounts
  TO jalon_enrolment;
GRANT SELECT, INSERT ON enrolment.case_assessment TO jalon_enrolment;
GRANT SELECT ON enrolment.case_undertaking TO jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding, jalon_audit;
GRANT EXECUTE ON FUNCTION enrolment.ownership_around, enrolment.ownership_etag TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION enrolment.single_undertaking, enrolment.single_undertaking_members, enrolment.lock_single_undertaking TO
  jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding, jalon_audit;

COMMIT;
