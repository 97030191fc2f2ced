-- Deploy jalon:funding to pg
-- requires: calendar
-- requires: de_minimis

BEGIN;
SET LOCAL ROLE jalon_funding_owner;

CREATE TABLE funding.funder (
  funder text NOT NULL CONSTRAINT funder_pkey PRIMARY KEY,
  name   text NOT NULL
);

-- Money set aside. The counters are guarded by one CHECK (law 6); whoever changes them holds the row.
CREATE TABLE funding.envelope (
  envelope_id     bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT envelope_pkey PRIMARY KEY,
  funder          text   NOT NULL CONSTRAINT envelope_of_funder REFERENCES funding.funder,
  region          text   NOT NULL,  -- '': every region
  starts_on       date   NOT NULL,
  ends_on         date   NOT NULL,
  allocated_cents bigint NOT NULL,
  reserved_cents  bigint NOT NULL DEFAULT 0,
  charged_cents   bigint NOT NULL DEFAULT 0,
  paid_cents      bigint NOT NULL DEFAULT 0,
  CONSTRAINT envelope_not_overspent CHECK (
    0 <= paid_cents AND paid_cents <= charged_cents AND charged_cents <= reserved_cents AND reserved_cents <= allocated_cents),
  CONSTRAINT envelope_period_not_empty CHECK (starts_on <= ends_on)
) WITH (fillfactor = 50);  -- few rows, changed by every signature, charge and payment (HOT)
CREATE INDEX envelope_by_funder ON funding.envelope (funder, envelope_id);

-- How far the books of a programme are closed: nothing is posted into a month up to there (law 10). The row stands from
-- before the first posting on, so that whoever posts finds it to hold.
CREATE TABLE funding.period_end (
  programme      text COLLATE "C" NOT NULL CONSTRAINT period_end_pkey PRIMARY KEY,
  closed_through date NOT NULL  -- first day of the last closed month; -infinity: none
);
CREATE FUNCTION funding.stays_closed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR NEW.programme <> OLD.programme OR NEW.closed_through < OLD.closed_through THEN
    RAISE EXCEPTION 'a closed month is never opened again' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER period_end_grows BEFORE UPDATE OR DELETE ON funding.period_end
  FOR EACH ROW EXECUTE FUNCTION funding.stays_closed();
CREATE TRIGGER period_end_kept BEFORE TRUNCATE ON funding.period_end
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- First keys of the advisory locks taken here.
CREATE FUNCTION funding.period_lock() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1246841938;
CREATE FUNCTION funding.day_lock() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1246838873;

-- The month in which to post what belongs to `p_month`: itself, or the first open one after it. It stays open until the
-- caller's transaction ends. The advisory lock is for fairness, as those who share a row could keep a closing out for
-- ever; the row's is for the truth, whatever the caller's isolation. Locks are taken in this order: the agreement, the
-- period, its envelopes.
CREATE FUNCTION funding.open_month(p_programme text, p_month date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  closed date;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(funding.period_lock(), hashtext(p_programme));
  SELECT e.closed_through INTO closed FROM funding.period_end e WHERE e.programme = p_programme FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'programme % has no books', p_programme USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE WHEN p_month > closed THEN p_month ELSE closed + interval '1 month' END;
END $$;

-- The civil day in metropolitan France, and its number for a lock.
CREATE FUNCTION funding.day_now() RETURNS date LANGUAGE sql VOLATILE
RETURN (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date;
CREATE FUNCTION funding.day_number(p_day date) RETURNS int LANGUAGE sql IMMUTABLE RETURN p_day - '2000-01-01'::date;
-- The day of what is posted now, held open until the caller's transaction ends: one that posts at midnight cannot add
-- to a day of which somebody already had the summary.
CREATE FUNCTION funding.posting_day() RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
  day date;
BEGIN
  LOOP
    day := funding.day_now();
    PERFORM pg_advisory_xact_lock_shared(funding.day_lock(), funding.day_number(day));
    EXIT WHEN day = funding.day_now();
  END LOOP;
  RETURN day;
END $$;
-- Whether nothing can be posted on that day, or an earlier one, any more. What is read after it is final.
CREATE FUNCTION funding.day_is_over(p_day date) RETURNS boolean LANGUAGE sql VOLATILE
RETURN p_day < funding.day_now() AND NOT EXISTS (
  SELECT FROM pg_locks l
   WHERE l.locktype = 'advisory' AND l.classid::bigint = funding.day_lock() AND l.objid::bigint <= funding.day_number(p_day)
     AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()));

-- The section (A to U) of a code of the French nomenclature of activities, NAF rév. 2, as 62.01Z; '' for none.
CREATE FUNCTION funding.naf_section(p_naf text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN coalesce((
  SELECT s.section
    FROM (VALUES ('A', 1, 3), ('B', 5, 9), ('C', 10, 33), ('D', 35, 35), ('E', 36, 39), ('F', 41, 43), ('G', 45, 47),
                 ('H', 49, 53), ('I', 55, 56), ('J', 58, 63), ('K', 64, 66), ('L', 68, 68), ('M', 69, 75), ('N', 77, 82),
                 ('O', 84, 84), ('P', 85, 85), ('Q', 86, 88), ('R', 90, 93), ('S', 94, 96), ('T', 97, 98), ('U', 99, 99))
         AS s (section, first, last)
   WHERE CASE WHEN p_naf ~ '^[0-9]{2}' THEN left(p_naf, 2)::int BETWEEN s.first AND s.last END), '');

-- A signed agreement: its terms, and what the laws need of them. An amendment replaces the terms and the amounts, whose every
-- version stays below; the date that fixed the terms, the rulebook's version and who is served never change.
CREATE TABLE funding.agreement (
  agreement_id          bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT agreement_pkey PRIMARY KEY,
  case_id               bigint NOT NULL CONSTRAINT one_agreement_per_case UNIQUE,
  siren                 text   NOT NULL,
  programme             text   NOT NULL,
  rulebook_version      int    NOT NULL,
  region                text   NOT NULL,
  department            text   NOT NULL,
  size_class            text   NOT NULL,
  sector                text   NOT NULL,
  signed_on             date   NOT NULL,
  terms_date            date   NOT NULL,
  terms                 bytea  NOT NULL,  -- jalon.funding.v1.Quote, serialised
  -- The terms without their reasoning: the facts, phases and amounts alone, for whoever reads those of many agreements.
  basis                 bytea  NOT NULL,
  version               int    NOT NULL DEFAULT 1,
  payee                 text   NOT NULL CONSTRAINT payee_known CHECK (payee IN ('expert', 'company')),
  de_minimis            text   NOT NULL,  -- the regime that the aid falls under; none: it is no de minimis aid
  released_on           date,             -- what was not charged by then is given back, and nothing more is charged
  -- By when the aid is expected to be charged, which the forecast goes by: the end of the case's window as it stood at the
  -- signature or, where it opens later, of one that opens with the signature. It never changes.
  due_on                date   NOT NULL,
  cost_cents            bigint NOT NULL,
  aid_cents             bigint NOT NULL,
  company_cents         bigint NOT NULL,
  CONSTRAINT agreement_adds_up CHECK (cost_cents = aid_cents + company_cents),  -- law 5
  CONSTRAINT agreement_cents_not_negative CHECK (aid_cents >= 0 AND company_cents >= 0)
);

-- What a company had from a programme, for ceilings over its cases.
CREATE INDEX agreement_by_company ON funding.agreement (siren, programme);

CREATE INDEX agreement_to_release ON funding.agreement (case_id) WHERE released_on IS NULL;

-- What was agreed, from when, and why: the signature, then each amendment.
CREATE TABLE funding.agreement_version (
  agreement_id  bigint      NOT NULL CONSTRAINT agreement_version_of REFERENCES funding.agreement,
  version       int         NOT NULL,
  valid_from    date        NOT NULL,
  reason        text        NOT NULL,  -- '': the signature
  terms         bytea       NOT NULL,
  cost_cents    bigint      NOT NULL,
  aid_cents     bigint      NOT NULL,
  company_cents bigint      NOT NULL,
  agreed_at     timestamptz NOT NULL DEFAULT now(),
  agreed_by     text        NOT NULL,
  CONSTRAINT agreement_version_pkey PRIMARY KEY (agreement_id, version),
  CONSTRAINT agreement_version_adds_up CHECK (cost_cents = aid_cents + company_cents)
);
CREATE TRIGGER agreement_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.agreement_version
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- A line of an agreement. Law 4 stands here: all aid on the line, within the stack cap of its tariff, of what of the cost is
-- eligible; a funder's own ceiling stands on its share.
CREATE TABLE funding.agreement_phase (
  agreement_id          bigint NOT NULL CONSTRAINT agreement_phase_of REFERENCES funding.agreement,
  phase                 text   NOT NULL,
  place                 int    NOT NULL,  -- in the order of the terms
  half_days             int    NOT NULL,
  cost_cents            bigint NOT NULL,
  aid_cents             bigint NOT NULL,
  company_cents         bigint NOT NULL,
  eligible_cents        bigint NOT NULL,
  stack_cap_numerator   bigint NOT NULL,
  stack_cap_denominator bigint NOT NULL,
  charged_half_days     int    NOT NULL DEFAULT 0,
  charged_cost_cents    bigint NOT NULL DEFAULT 0,
  charged_aid_cents     bigint NOT NULL DEFAULT 0,
  charged_company_cents bigint NOT NULL DEFAULT 0,
  CONSTRAINT agreement_phase_pkey PRIMARY KEY (agreement_id, phase),
  CONSTRAINT phase_adds_up CHECK (cost_cents = aid_cents + company_cents),
  CONSTRAINT aid_within_stack_cap CHECK (aid_cents::numeric * stack_cap_denominator <= eligible_cents::numeric * stack_cap_numerator),
  CONSTRAINT stack_cap_is_a_rate CHECK (stack_cap_numerator BETWEEN 0 AND stack_cap_denominator AND stack_cap_denominator > 0),
  CONSTRAINT eligible_within_cost CHECK (eligible_cents BETWEEN 0 AND cost_cents),
  CONSTRAINT phase_charged_adds_up CHECK (charged_cost_cents = charged_aid_cents + charged_company_cents),
  CONSTRAINT agreed_half_days_not_exceeded CHECK (charged_half_days BETWEEN 0 AND half_days),
  CONSTRAINT agreed_aid_not_exceeded CHECK (charged_aid_cents BETWEEN 0 AND aid_cents),
  CONSTRAINT agreed_company_part_not_exceeded CHECK (charged_company_cents BETWEEN 0 AND company_cents)
) WITH (fillfactor = 80);

CREATE TABLE funding.agreement_share (
  agreement_id  bigint NOT NULL,
  phase         text   NOT NULL,
  funder        text   NOT NULL CONSTRAINT agreement_share_of_funder REFERENCES funding.funder,
  place         int    NOT NULL,  -- in the order in which aid stacks
  agreed_cents  bigint NOT NULL,
  ceiling_cents bigint,  -- the most this funder pays of the line; NULL: no ceiling of its own
  charged_cents bigint NOT NULL DEFAULT 0,
  -- Of what was agreed, given back to the envelope; the rest is reserved.
  released_cents bigint NOT NULL DEFAULT 0 CONSTRAINT released_share_not_negative CHECK (released_cents >= 0),
  CONSTRAINT agreement_share_pkey PRIMARY KEY (agreement_id, phase, funder),
  CONSTRAINT agreement_share_of_phase FOREIGN KEY (agreement_id, phase) REFERENCES funding.agreement_phase,
  CONSTRAINT share_within_ceiling CHECK (agreed_cents <= ceiling_cents),
  CONSTRAINT agreed_share_not_exceeded CHECK (0 <= charged_cents AND charged_cents + released_cents <= agreed_cents)
) WITH (fillfactor = 80);

-- Laws 4 and 5 across rows: the shares of a line are its aid, and the lines are the agreement. Judged at the end of the
-- transaction, as the rows come one after the other; charges touch none of these columns.
CREATE FUNCTION funding.agreement_is_its_lines() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM funding.agreement_phase p
              WHERE p.agreement_id = NEW.agreement_id
                AND p.aid_cents <> (SELECT coalesce(sum(s.agreed_cents), 0) FROM funding.agreement_share s
                                     WHERE (s.agreement_id, s.phase) = (p.agreement_id, p.phase)))
     OR EXISTS (SELECT FROM funding.agreement a
                 WHERE a.agreement_id = NEW.agreement_id
                   AND (a.cost_cents, a.aid_cents) <> (SELECT coalesce(sum(p.cost_cents), 0), coalesce(sum(p.aid_cents), 0)
                                                         FROM funding.agreement_phase p WHERE p.agreement_id = a.agreement_id)) THEN
    RAISE EXCEPTION 'agreement % is not its lines', NEW.agreement_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_is_its_lines', SCHEMA = 'funding', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER agreement_is_its_lines AFTER INSERT OR UPDATE OF cost_cents, aid_cents ON funding.agreement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funding.agreement_is_its_lines();
CREATE CONSTRAINT TRIGGER agreement_is_its_lines AFTER INSERT OR UPDATE OF cost_cents, aid_cents ON funding.agreement_phase
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funding.agreement_is_its_lines();
CREATE CONSTRAINT TRIGGER agreement_is_its_lines AFTER INSERT OR UPDATE OF agreed_cents ON funding.agreement_share
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funding.agreement_is_its_lines();

-- What one funder owes on one case, and the envelope it draws on.
CREATE TABLE funding.agreement_funder (
  agreement_id   bigint NOT NULL CONSTRAINT agreement_funder_of REFERENCES funding.agreement,
  funder         text   NOT NULL CONSTRAINT agreement_funder_is REFERENCES funding.funder,
  envelope_id    bigint NOT NULL CONSTRAINT agreement_funder_draws_on REFERENCES funding.envelope,
  reserved_cents bigint NOT NULL,
  charged_cents  bigint NOT NULL DEFAULT 0,
  paid_cents     bigint NOT NULL DEFAULT 0,
  CONSTRAINT agreement_funder_pkey PRIMARY KEY (agreement_id, funder),
  CONSTRAINT payment_not_over_charged CHECK (0 <= paid_cents AND paid_cents <= charged_cents AND charged_cents <= reserved_cents)
) WITH (fillfactor = 80);
CREATE INDEX agreement_funder_by_envelope ON funding.agreement_funder (envelope_id);

-- The ledger. A posting moves amounts between accounts; its entries are its legs and add up to zero. Both only grow.
CREATE TYPE funding.posting_kind AS ENUM ('reservation', 'charge', 'reversal', 'payment', 'amendment', 'release');
-- reservation: reserved + / commitment −; amendment: the same by the difference; release: the same, negative.
-- charge: cost + / aid −, company −. reversal: the charge's legs, opposite.
-- payment: aid + / paid −.
CREATE TYPE funding.side AS ENUM ('cost', 'aid', 'company', 'reserved', 'commitment', 'paid');

CREATE TABLE funding.posting (
  posting_id bigint               NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT posting_pkey PRIMARY KEY,
  kind       funding.posting_kind NOT NULL,
  case_id    bigint               NOT NULL,
  posted_at  timestamptz          NOT NULL DEFAULT now(),
  reference  text                 NOT NULL,  -- of a payment: the transfer; of a reversal, amendment or release: the reason
  request_id uuid                 NOT NULL
);

CREATE TABLE funding.entry (
  entry_id        bigint       NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT entry_pkey PRIMARY KEY,
  posting_id      bigint       NOT NULL CONSTRAINT entry_of_posting REFERENCES funding.posting,
  case_id         bigint       NOT NULL,
  half_day_id     uuid,
  amount_cents    bigint       NOT NULL,
  line_cost_cents bigint       NOT NULL DEFAULT 0,  -- on a cost or aid leg: cost of the half-day that it bears on
  -- Transaction that wrote it: sequence numbers are not in commit order, so the summary folds by transactions.
  txid            xid8         NOT NULL DEFAULT pg_current_xact_id(),
  month           date         NOT NULL CONSTRAINT entry_month_by_its_first CHECK (extract(day FROM month) = 1),
  half_days       smallint     NOT NULL DEFAULT 0,  -- on a cost or aid leg: 1, reversed −1
  side            funding.side NOT NULL,
  funder          text COLLATE "C" NOT NULL,
  programme       text COLLATE "C" NOT NULL,
  region          text COLLATE "C" NOT NULL,
  department      text COLLATE "C" NOT NULL,
  phase           text COLLATE "C" NOT NULL,
  size_class      text COLLATE "C" NOT NULL,
  sector          text COLLATE "C" NOT NULL,
  posted_on       date         NOT NULL,  -- the civil day in France; set below, whatever is given
  -- On a leg that changes what is reserved and not charged: the month in which the case's window ends.
  due_month       date CONSTRAINT entry_due_month_by_its_first CHECK (extract(day FROM due_month) = 1)
);
CREATE INDEX entry_by_posting ON funding.entry (posting_id);
CREATE INDEX entry_by_case ON funding.entry (case_id, entry_id);
CREATE INDEX entry_by_funder ON funding.entry (funder, entry_id);
CREATE INDEX entry_by_month ON funding.entry (month, entry_id);
CREATE INDEX entry_by_txid ON funding.entry (txid, entry_id);
CREATE INDEX entry_by_day ON funding.entry (posted_on);

CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.posting
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.entry
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Nobody chooses when an entry was posted: summaries of a past day, and what changed since, rest on it.
CREATE FUNCTION funding.date_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.posted_on := funding.posting_day();
  NEW.txid := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER entry_dated BEFORE INSERT ON funding.entry FOR EACH ROW EXECUTE FUNCTION funding.date_entry();

-- Law 10: nothing enters a closed month. The commands find an open one; this is for whoever does not ask.
CREATE FUNCTION funding.month_is_open() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  book record;
BEGIN
  FOR book IN SELECT l.programme, min(l.month) AS month FROM legs l GROUP BY l.programme LOOP
    IF funding.open_month(book.programme, book.month) <> book.month THEN
      RAISE EXCEPTION 'month % of programme % is closed', book.month, book.programme
        USING ERRCODE = 'check_violation', CONSTRAINT = 'month_is_open', SCHEMA = 'funding', TABLE = 'entry';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER month_is_open AFTER INSERT ON funding.entry REFERENCING NEW TABLE AS legs
  FOR EACH STATEMENT EXECUTE FUNCTION funding.month_is_open();

-- How many cases and companies there are, as entries that only grow: a case counts in the month of its signature, once in
-- all and once for each of its funders, its phases, and its funders within its phases ('': whichever), which are the scopes
-- below; a summary reads one of the four sorts. A company counts in each scope where it first signed: `companies` among the
-- cases of the programme, `companies_anywhere` among all. An amendment adds a scope or takes it off again.
CREATE TABLE funding.case_entry (
  case_id            bigint NOT NULL,
  siren              text COLLATE "C" NOT NULL,
  txid               xid8   NOT NULL DEFAULT pg_current_xact_id(),
  month              date   NOT NULL CONSTRAINT case_entry_month_by_its_first CHECK (extract(day FROM month) = 1),
  cases              smallint NOT NULL,
  companies          smallint NOT NULL,
  companies_anywhere smallint NOT NULL,
  funder             text COLLATE "C" NOT NULL,
  programme          text COLLATE "C" NOT NULL,
  region             text COLLATE "C" NOT NULL,
  department         text COLLATE "C" NOT NULL,
  phase              text COLLATE "C" NOT NULL,
  size_class         text COLLATE "C" NOT NULL,
  sector             text COLLATE "C" NOT NULL,
  posted_on          date   NOT NULL
);
CREATE INDEX case_entry_by_company ON funding.case_entry (siren, case_id);
CREATE INDEX case_entry_by_txid ON funding.case_entry (txid);
CREATE INDEX case_entry_by_day ON funding.case_entry (posted_on);
CREATE TRIGGER case_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.case_entry
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER case_entry_dated BEFORE INSERT ON funding.case_entry FOR EACH ROW EXECUTE FUNCTION funding.date_entry();
CREATE TRIGGER case_month_is_open AFTER INSERT ON funding.case_entry REFERENCING NEW TABLE AS legs
  FOR EACH STATEMENT EXECUTE FUNCTION funding.month_is_open();

-- Law 5: the legs of a posting are written by one statement and add up to zero.
CREATE FUNCTION funding.legs_add_up() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM legs GROUP BY posting_id HAVING sum(amount_cents) <> 0) THEN
    RAISE EXCEPTION 'the legs of a posting do not add up to zero'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'legs_add_up', SCHEMA = 'funding', TABLE = 'entry';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER legs_add_up AFTER INSERT ON funding.entry REFERENCING NEW TABLE AS legs
  FOR EACH STATEMENT EXECUTE FUNCTION funding.legs_add_up();

-- Law 7: a half-day is charged at most once, ever; a reversed one is not charged again under the same id.
CREATE TABLE funding.charge (
  half_day_id   uuid   NOT NULL CONSTRAINT charged_once PRIMARY KEY,
  agreement_id  bigint NOT NULL,
  phase         text   NOT NULL,
  posting_id    bigint NOT NULL CONSTRAINT charge_posted_once UNIQUE CONSTRAINT charge_posting REFERENCES funding.posting,
  cost_cents    bigint NOT NULL,
  aid_cents     bigint NOT NULL,
  company_cents bigint NOT NULL,
  CONSTRAINT charge_of_phase FOREIGN KEY (agreement_id, phase) REFERENCES funding.agreement_phase,
  CONSTRAINT charge_adds_up CHECK (cost_cents = aid_cents + company_cents),
  CONSTRAINT charge_cents_not_negative CHECK (aid_cents >= 0 AND company_cents >= 0)
);
CREATE INDEX charge_by_phase ON funding.charge (agreement_id, phase);
CREATE TABLE funding.reversal (
  half_day_id uuid   NOT NULL CONSTRAINT reversed_once PRIMARY KEY CONSTRAINT reversal_of_charge REFERENCES funding.charge,
  posting_id  bigint NOT NULL CONSTRAINT reversal_posted_once UNIQUE CONSTRAINT reversal_posting REFERENCES funding.posting
);
CREATE TRIGGER charge_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.charge
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON funding.reversal
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- The contract's resources.
CREATE VIEW funding.funder_row AS SELECT funder, name FROM funding.funder;

CREATE VIEW funding.envelope_row AS
SELECT envelope_id, funder, region, starts_on, ends_on, allocated_cents AS allocated, reserved_cents AS reserved,
       charged_cents AS charged, paid_cents AS paid
  FROM funding.envelope;

CREATE VIEW funding.agreement_row AS
SELECT a.agreement_id, a.signed_on, v.version, v.valid_from, v.reason, a.payee, a.released_on, v.terms AS "#terms",
       a.case_id AS "#case_id", a.siren AS "#siren", v.version = a.version AS "#current"
  FROM funding.agreement a
  JOIN funding.agreement_version v USING (agreement_id);

CREATE VIEW funding.phase_progress_row AS
SELECT phase, half_days AS agreed_half_days, charged_half_days, charged_cost_cents AS charged_cost, agreement_id AS "#agreement_id",
       place AS "#place"
  FROM funding.agreement_phase
 WHERE half_days > 0;  -- an amendment may leave none of a phase

CREATE VIEW funding.ledger_entry_row AS
SELECT e.entry_id, e.posting_id, p.kind,
       CASE e.side WHEN 'company' THEN 'company' WHEN 'cost' THEN 'cost:' || e.phase ELSE e.side || ':' || e.funder END AS account,
       e.amount_cents AS amount, e.case_id, e.half_day_id, e.funder, e.region, e.phase, e.size_class,
       to_char(e.month, 'YYYY-MM') AS month, p.posted_at, e.programme, e.department, e.sector, e.posted_on, e.half_days,
       e.line_cost_cents AS line_cost, a.siren, n.name AS company_name, e.month AS "#month", e.txid AS "#txid"
  FROM funding.entry e
  JOIN funding.posting p USING (posting_id)
  LEFT JOIN funding.agreement a ON a.case_id = e.case_id
  LEFT JOIN enrolment.company_name n ON n.siren = a.siren;

-- What an entry adds to the summaries. Cost legs have no funder and count the half-days once; aid legs count them for
-- each funder that bears a share. A summary reads the one sort or the other, never both. What is reserved and not charged is
-- forecast in the month in which the case's window ends: by then it is charged, or lapses.
CREATE VIEW funding.measured_entry AS
SELECT e.txid, e.programme, e.funder, e.region, e.department, e.month, e.phase, e.size_class, e.sector, e.posted_on, 1 AS entries,
       e.half_days::bigint AS half_days, e.line_cost_cents AS cost,
       CASE WHEN e.side = 'reserved' THEN e.amount_cents ELSE 0 END AS reserved,
       CASE WHEN e.side = 'aid' AND e.half_day_id IS NOT NULL THEN -e.amount_cents ELSE 0 END AS charged,
       CASE WHEN e.side = 'paid' THEN -e.amount_cents ELSE 0 END AS paid,
       0::bigint AS forecast, 0::bigint AS cases, 0::bigint AS companies, 0::bigint AS companies_anywhere
  FROM funding.entry e
 WHERE e.side IN ('cost', 'aid', 'reserved', 'paid')
UNION ALL
SELECT e.txid, e.programme, e.funder, e.region, e.department, e.due_month, e.phase, e.size_class, e.sector, e.posted_on, 0,
       0, 0, 0, 0, 0, e.amount_cents, 0, 0, 0
  FROM funding.entry e
 WHERE (e.side = 'reserved' OR e.side = 'aid' AND e.half_day_id IS NOT NULL) AND e.due_month IS NOT NULL
UNION ALL
SELECT c.txid, c.programme, c.funder, c.region, c.department, c.month, c.phase, c.size_class, c.sector, c.posted_on, 0,
       0, 0, 0, 0, 0, 0, c.cases, c.companies, c.companies_anywhere
  FROM funding.case_entry c;

-- The rollups. One has every dimension and no day. The service reads them when it starts, and has the rest from the entries
-- since. Codes are ASCII: collation "C", here and in the entries, sorts and groups them byte by byte.
CREATE TABLE funding.summary_cell (
  programme  text COLLATE "C" NOT NULL,
  funder     text COLLATE "C" NOT NULL,
  region     text COLLATE "C" NOT NULL,
  department text COLLATE "C" NOT NULL,
  month      date   NOT NULL,
  phase      text COLLATE "C" NOT NULL,
  size_class text COLLATE "C" NOT NULL,
  sector     text COLLATE "C" NOT NULL,
  entries    bigint NOT NULL,
  half_days  bigint NOT NULL,
  cost       bigint NOT NULL,
  reserved   bigint NOT NULL,
  charged    bigint NOT NULL,
  paid       bigint NOT NULL,
  forecast   bigint NOT NULL,
  cases      bigint NOT NULL,
  companies  bigint NOT NULL,
  companies_anywhere bigint NOT NULL,
  CONSTRAINT summary_cell_pkey PRIMARY KEY (programme, funder, region, department, month, phase, size_class, sector)
) WITH (fillfactor = 50);
CREATE INDEX summary_cell_by_month ON funding.summary_cell (programme, month);

-- The other has few dimensions at a time and when it was posted: cut by cut, for what is asked together, and '' in the
-- dimensions that a cut does not tell apart. Each cut has its sums by day, from the first of the month to its 5th, 10th, 15th,
-- 20th and 25th, and by month: as of any day there are the months before to read, one of those five, and the few days between
-- it and the day. As many rows as its words and days combine, whatever the number of companies.
CREATE TYPE funding.summary_cut AS ENUM (
  'region',  -- by day alone, which the service's memory has room for
  'place',   -- region and department
  'size',    -- region, phase and size class
  'sector');
CREATE TYPE funding.summary_span AS ENUM (
  'day',
  'since_first',  -- from the first of the month to posted_on
  'month');       -- posted_on: its first day
CREATE TABLE funding.summary_posted (
  cut         funding.summary_cut NOT NULL,
  span        funding.summary_span NOT NULL,
  posted_on   date   NOT NULL,
  programme   text COLLATE "C" NOT NULL,
  funder      text COLLATE "C" NOT NULL,
  region      text COLLATE "C" NOT NULL,
  department  text COLLATE "C" NOT NULL,
  month       date   NOT NULL,
  phase       text COLLATE "C" NOT NULL,
  size_class  text COLLATE "C" NOT NULL,
  sector      text COLLATE "C" NOT NULL,
  entries     bigint NOT NULL,
  half_days   bigint NOT NULL,
  cost        bigint NOT NULL,
  reserved    bigint NOT NULL,
  charged     bigint NOT NULL,
  paid        bigint NOT NULL,
  forecast    bigint NOT NULL,
  cases       bigint NOT NULL,  -- where phases are not told apart: whatever their phases
  companies   bigint NOT NULL,
  companies_anywhere bigint NOT NULL,
  CONSTRAINT summary_posted_pkey
    PRIMARY KEY (cut, span, posted_on, programme, funder, region, department, month, phase, size_class, sector)
) WITH (fillfactor = 50);
-- Where the rollups end: they hold every entry of an earlier transaction, and no other.
CREATE TABLE funding.summary_end (
  one       boolean NOT NULL DEFAULT true CONSTRAINT summary_end_pkey PRIMARY KEY CONSTRAINT summary_end_one CHECK (one),
  next_txid xid8    NOT NULL
);
INSERT INTO funding.summary_end (next_txid) VALUES ('0');

-- The spans of summary_posted that have what was posted on a day.
CREATE FUNCTION funding.spans_of(p_day date) RETURNS TABLE (span funding.summary_span, posted_on date)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT 'day'::funding.summary_span, p_day
  UNION ALL
  SELECT 'since_first', date_trunc('month', p_day)::date + n - 1 FROM generate_series(5, 25, 5) AS n WHERE n >= extract(day FROM p_day)
  UNION ALL
  SELECT 'month', date_trunc('month', p_day)::date;
END;

-- Of what the rollup has in a cut, that of the month of a day up to and with the day: the nearest span since the first, and the
-- days between, added or taken off again. NULL: nothing.
CREATE FUNCTION funding.posted_in_month(p_cut funding.summary_cut, p_day date) RETURNS TABLE (
  programme text, funder text, region text, department text, month date, phase text, size_class text, sector text, entries bigint,
  half_days bigint, cost bigint, reserved bigint, charged bigint, paid bigint, forecast bigint, cases bigint, companies bigint,
  companies_anywhere bigint
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.programme, p.funder, p.region, p.department, p.month, p.phase, p.size_class, p.sector, n.sign * p.entries,
         n.sign * p.half_days, n.sign * p.cost, n.sign * p.reserved, n.sign * p.charged, n.sign * p.paid, n.sign * p.forecast,
         n.sign * p.cases, n.sign * p.companies, n.sign * p.companies_anywhere
    FROM (SELECT date_trunc('month', p_day)::date - 1 AS before, extract(day FROM p_day)::int AS day,
                 least((extract(day FROM p_day)::int + 2) / 5 * 5, CASE p_cut WHEN 'region' THEN 0 ELSE 25 END) AS nearest) d
   CROSS JOIN LATERAL (VALUES ('since_first'::funding.summary_span, d.before + d.nearest, d.before + d.nearest, 1),
                              ('day', d.before + least(d.day, d.nearest) + 1, d.before + greatest(d.day, d.nearest),
                               CASE WHEN d.day < d.nearest THEN -1 ELSE 1 END)) AS n (span, first, last, sign)
    JOIN funding.summary_posted p ON p.cut = p_cut AND p.span = n.span AND p.posted_on BETWEEN n.first AND n.last;
END;

-- Folds into the rollups what no earlier transaction can still add to; returns how many cells changed. One at a time: a
-- second caller finds the end locked and leaves.
CREATE FUNCTION funding.fold_summary() RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  start   xid8;
  horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
  changed int;
BEGIN
  SELECT s.next_txid INTO start FROM funding.summary_end s FOR UPDATE SKIP LOCKED;
  IF NOT FOUND OR start >= horizon THEN
    RETURN 0;
  END IF;
  WITH fresh AS MATERIALIZED (
    SELECT programme, funder, region, department, month, phase, size_class, sector, posted_on, common.total(entries) AS entries,
           common.total(half_days) AS half_days, common.total(cost) AS cost, common.total(reserved) AS reserved,
           common.total(charged) AS charged, common.total(paid) AS paid, common.total(forecast) AS forecast, common.total(cases) AS cases,
           common.total(companies) AS companies, common.total(companies_anywhere) AS companies_anywhere
      FROM funding.measured_entry
     WHERE txid >= start AND txid < horizon
     GROUP BY programme, funder, region, department, month, phase, size_class, sector, posted_on
  ), posted AS (
    INSERT INTO funding.summary_posted AS p
    SELECT CASE 0 WHEN grouping(department) THEN 'place' WHEN grouping(phase) THEN 'size' WHEN grouping(sector) THEN 'sector'
                  ELSE 'region' END::funding.summary_cut,
           s.span, s.posted_on, programme, funder, coalesce(region, ''),
           coalesce(department, ''), month, coalesce(phase, ''), coalesce(size_class, ''), coalesce(sector, ''),
           common.total(entries), common.total(half_days), common.total(cost), common.total(reserved), common.total(charged),
           common.total(paid), common.total(forecast),
           CASE grouping(phase) WHEN 0 THEN common.total(cases) ELSE common.total(cases) FILTER (WHERE phase = '') END,
           CASE grouping(phase) WHEN 0 THEN common.total(companies) ELSE common.total(companies) FILTER (WHERE phase = '') END,
           CASE grouping(phase) WHEN 0 THEN common.total(companies_anywhere)
                                ELSE common.total(companies_anywhere) FILTER (WHERE phase = '') END
      FROM fresh CROSS JOIN LATERAL funding.spans_of(fresh.posted_on) AS s
     GROUP BY programme, funder, month, s.span, s.posted_on,
              GROUPING SETS ((region), (region, department), (region, phase, size_class), (sector))
    HAVING s.span = 'day' OR grouping(department, phase, sector) < 7
     ORDER BY 1, 2, 3  -- so that those of a day lie together, as they are read
    ON CONFLICT ON CONSTRAINT summary_posted_pkey DO UPDATE
      SET entries = p.entries + excluded.entries, half_days = p.half_days + excluded.half_days, cost = p.cost + excluded.cost,
          reserved = p.reserved + excluded.reserved, charged = p.charged + excluded.charged, paid = p.paid + excluded.paid,
          forecast = p.forecast + excluded.forecast, cases = p.cases + excluded.cases,
          companies = p.companies + excluded.companies, companies_anywhere = p.companies_anywhere + excluded.companies_anywhere
  )
  INSERT INTO funding.summary_cell AS c
  SELECT programme, funder, region, department, month, phase, size_class, sector, common.total(entries), common.total(half_days),
         common.total(cost), common.total(reserved), common.total(charged), common.total(paid), common.total(forecast),
         common.total(cases), common.total(companies), common.total(companies_anywhere)
    FROM fresh
   GROUP BY programme, funder, region, department, month, phase, size_class, sector
  ON CONFLICT ON CONSTRAINT summary_cell_pkey DO UPDATE
    SET entries = c.entries + excluded.entries, half_days = c.half_days + excluded.half_days, cost = c.cost + excluded.cost,
        reserved = c.reserved + excluded.reserved, charged = c.charged + excluded.charged, paid = c.paid + excluded.paid,
        forecast = c.forecast + excluded.forecast, cases = c.cases + excluded.cases,
        companies = c.companies + excluded.companies, companies_anywhere = c.companies_anywhere + excluded.companies_anywhere;
  GET DIAGNOSTICS changed = ROW_COUNT;
  UPDATE funding.summary_end SET next_txid = horizon;
  RETURN changed;
END $$;

-- The condition under which a row belongs to a summary; NULL: any.
CREATE FUNCTION funding.summary_filter(
  p_programme text, p_funder text, p_region text, p_department text, p_phase text, p_size_class text, p_sector text,
  p_from_month date, p_until_month date
) RETURNS text LANGUAGE sql IMMUTABLE
RETURN concat_ws(' AND ', 'true',
  CASE WHEN p_programme IS NOT NULL THEN format('programme = %L', p_programme) END,
  CASE WHEN p_funder IS NOT NULL THEN format('funder = %L', p_funder) END,
  CASE WHEN p_region IS NOT NULL THEN format('region = %L', p_region) END,
  CASE WHEN p_department IS NOT NULL THEN format('department = %L', p_department) END,
  CASE WHEN p_phase IS NOT NULL THEN format('phase = %L', p_phase) END,
  CASE WHEN p_size_class IS NOT NULL THEN format('size_class = %L', p_size_class) END,
  CASE WHEN p_sector IS NOT NULL THEN format('sector = %L', p_sector) END,
  CASE WHEN p_from_month IS NOT NULL THEN format('month >= %L::date', p_from_month) END,
  CASE WHEN p_until_month IS NOT NULL THEN format('month <= %L::date', p_until_month) END);

-- Totals of everything posted, exact to the last commit: the rollup and the entries after its end. For questions that
-- the service's memory cannot answer. STABLE: both, and where the one ends, are read under the one snapshot of the
-- caller's statement. `p_group_by` names dimensions of the contract; one that is not asked for stays NULL. The total over
-- all rows comes last, from the same scan. As of a day that is over, for a question that no cut of the rollup by day
-- answers, what was posted since is taken off again, so that the cost grows with that. The query is written for each
-- question and planned knowing how short the tail is.
--
-- Half-days and cost count once: in a row of one funder they are those it bears a share of, elsewhere those of the cost
-- legs, which have no funder. Cases and companies are read in the scope that the row, or the total, is of.
CREATE FUNCTION funding.summarize(
  p_group_by text[], p_programme text, p_funder text, p_region text, p_department text, p_phase text, p_size_class text,
  p_sector text, p_from_month date, p_until_month date, p_as_of date
) RETURNS TABLE (
  is_total boolean, programme text, funder text, region text, department text, month text, phase text, size_class text,
  sector text, half_days bigint, cost bigint, reserved bigint, charged bigint, paid bigint, forecast bigint, cases bigint,
  companies bigint
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  dimension text;
  shown     text[] := '{}';
  grouped   text[] := '{}';
  total     text;
  once      text;
  row_scope text := format('(funder <> '''') = %L AND (phase <> '''') = %L', p_funder IS NOT NULL OR 'funder' = ANY (p_group_by),
                           p_phase IS NOT NULL OR 'phase' = ANY (p_group_by));
  all_scope text := format('(funder <> '''') = %L AND (phase <> '''') = %L', p_funder IS NOT NULL, p_phase IS NOT NULL);
  counted   text := format('coalesce(CASE WHEN %%1$s THEN sum(%%2$s) FILTER (WHERE %s) ELSE sum(%%3$s) FILTER (WHERE %s) END, 0)::bigint',
                           all_scope, row_scope);
  of_all    text := CASE WHEN p_programme IS NULL THEN 'companies_anywhere' ELSE 'companies' END;
  of_row    text := CASE WHEN 'programme' = ANY (p_group_by) THEN 'companies' ELSE of_all END;
  asked     text[] := p_group_by || ARRAY(SELECT d FROM (VALUES ('region', p_region), ('department', p_department), ('phase', p_phase),
                                                                ('size_class', p_size_class), ('sector', p_sector)) AS f (d, value)
                                            WHERE value IS NOT NULL);
  cut       text := CASE WHEN NOT asked && ARRAY['phase', 'size_class', 'sector'] THEN 'place'
                         WHEN NOT asked && ARRAY['department', 'sector'] THEN 'size'
                         WHEN NOT asked && ARRAY['region', 'department', 'phase', 'size_class'] THEN 'sector' END;
  next_txid xid8 := (SELECT e.next_txid FROM funding.summary_end e);
BEGIN
  FOREACH dimension IN ARRAY ARRAY['programme', 'funder', 'region', 'department', 'month', 'phase', 'size_class', 'sector'] LOOP
    IF dimension = ANY (p_group_by) THEN
      shown := shown || CASE dimension WHEN 'month' THEN 'to_char(month, ''YYYY-MM'')' ELSE dimension END;
      grouped := grouped || dimension;
    ELSE
      shown := shown || 'NULL::text'::text;
    END IF;
  END LOOP;
  total := CASE WHEN grouped = '{}' THEN 'true' ELSE format('grouping(%I) > 0', grouped[1]) END;
  once := CASE WHEN p_funder IS NOT NULL THEN 'sum(%1$s)'
               WHEN 'funder' = ANY (grouped) THEN 'CASE WHEN %2$s THEN sum(%1$s) FILTER (WHERE funder = '''') ELSE sum(%1$s) END'
               ELSE 'sum(%1$s) FILTER (WHERE funder = '''')' END;
  RETURN QUERY EXECUTE format(
    $query$
      SELECT %1$s, %2$s, coalesce(%3$s, 0)::bigint, coalesce(%4$s, 0)::bigint,
             coalesce(sum(reserved), 0)::bigint, coalesce(sum(charged), 0)::bigint, coalesce(sum(paid), 0)::bigint,
             coalesce(sum(forecast), 0)::bigint, %9$s, %10$s
        FROM (SELECT programme, funder, region, department, month, phase, size_class, sector, entries,
                     half_days, cost, reserved, charged, paid, forecast, cases, companies, companies_anywhere
                FROM funding.%11$I
               WHERE %12$s AND %5$s
              UNION ALL
              SELECT programme, funder, region, department, month, phase, size_class, sector, entries,
                     half_days, cost, reserved, charged, paid, forecast, cases, companies, companies_anywhere
                FROM funding.posted_in_month(%13$L, $4)
               WHERE %5$s
              UNION ALL
              SELECT programme, funder, region, department, month, phase, size_class, sector, entries,
                     half_days, cost, reserved, charged, paid, forecast, cases, companies, companies_anywhere
                FROM funding.measured_entry
               WHERE txid >= $1 AND (%13$L IS NULL OR posted_on <= $2) AND %5$s
              UNION ALL
              SELECT programme, funder, region, department, month, phase, size_class, sector, -entries,
                     -half_days, -cost, -reserved, -charged, -paid, -forecast, -cases, -companies, -companies_anywhere
                FROM funding.measured_entry
               WHERE %13$L IS NULL AND posted_on > $2 AND %5$s) measured
       GROUP BY GROUPING SETS (%6$s ())
      HAVING %7$s
       ORDER BY %8$s
    $query$,
    total, array_to_string(shown, ', '), format(once, 'half_days', total), format(once, 'cost', total),
    funding.summary_filter(p_programme, p_funder, p_region, p_department, p_phase, p_size_class, p_sector, p_from_month, p_until_month),
    CASE WHEN grouped = '{}' THEN '' ELSE format('(%s),', array_to_string(grouped, ', ')) END,
    CASE WHEN grouped = '{}' THEN 'true'
         ELSE format('%s OR (sum(entries) > 0 OR sum(forecast) <> 0 OR sum(cases) FILTER (WHERE %s) <> 0)%s', total, row_scope,
                     CASE WHEN 'funder' = ANY (grouped) THEN ' AND funder <> ''''' ELSE '' END) END,
    array_to_string('1'::text || grouped, ', '), format(counted, total, 'cases', 'cases'), format(counted, total, of_all, of_row),
    CASE WHEN cut IS NULL THEN 'summary_cell' ELSE 'summary_posted' END,
    CASE WHEN cut IS NULL THEN 'true' ELSE format('cut = %L AND span = ''month'' AND posted_on < $3', cut) END, cut)
  USING next_txid, coalesce(p_as_of, 'infinity'), coalesce(date_trunc('month', p_as_of)::date, 'infinity'), p_as_of;
END $$;

-- Brings the counts of an agreement's case to what is agreed now. The caller holds the single undertaking, so no other case
-- of the company is signed or amended meanwhile, and has found the month open.
CREATE FUNCTION funding.count_case(a funding.agreement, p_month date) RETURNS void
LANGUAGE sql AS $$
  WITH agreed (funder, phase) AS (
    SELECT '', ''
    UNION
    SELECT '', p.phase FROM funding.agreement_phase p WHERE p.agreement_id = a.agreement_id AND p.half_days > 0
    UNION
    SELECT s.funder, p.phase
      FROM funding.agreement_share s CROSS JOIN LATERAL (VALUES (''), (s.phase)) AS p (phase)
     WHERE s.agreement_id = a.agreement_id AND s.agreed_cents > 0
  ), known AS (
    SELECT c.funder, c.phase, sum(c.cases) FILTER (WHERE c.case_id = a.case_id) AS own,
           sum(c.cases) FILTER (WHERE c.programme = a.programme) AS cases, sum(c.cases) AS cases_anywhere
      FROM funding.case_entry c WHERE c.siren = a.siren GROUP BY c.funder, c.phase
  ), change AS (
    SELECT funder, phase, 1 AS sign, coalesce(k.cases, 0) = 0 AS of_programme, coalesce(k.cases_anywhere, 0) = 0 AS of_all
      FROM agreed LEFT JOIN known k USING (funder, phase)
     WHERE coalesce(k.own, 0) = 0
    UNION ALL
    SELECT k.funder, k.phase, -1, k.cases = 1, k.cases_anywhere = 1
      FROM known k
     WHERE k.own > 0 AND NOT EXISTS (SELECT FROM agreed g WHERE (g.funder, g.phase) = (k.funder, k.phase))
  )
  INSERT INTO funding.case_entry (case_id, siren, month, cases, companies, companies_anywhere, funder, programme, region, department,
                                  phase, size_class, sector)
  SELECT a.case_id, a.siren, p_month, c.sign, CASE WHEN c.of_programme THEN c.sign ELSE 0 END,
         CASE WHEN c.of_all THEN c.sign ELSE 0 END, c.funder, a.programme, a.region, a.department, c.phase, a.size_class, a.sector
    FROM change c
$$;

CREATE FUNCTION funding.create_funder(call common.call, p_funder text, p_name text) RETURNS SETOF funding.funder_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  result funding.funder_row := (p_funder, p_name);
BEGIN
  IF answer IS NULL THEN
    INSERT INTO funding.funder (funder, name) VALUES (p_funder, p_name) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      answer := common.replay(call);  -- a copy of this call may have come first
      IF answer IS NULL THEN
        PERFORM common.refuse('FUNDER_EXISTS', 'funder', p_funder);
      END IF;
    END IF;
  END IF;
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.funder_row, answer);
    RETURN;
  END IF;
  PERFORM audit.append(call, 'funding', 'funder.created', 'funder/' || p_funder, NULL, jsonb_build_object('name', p_name));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

CREATE FUNCTION funding.create_envelope(
  call common.call, p_funder text, p_region text, p_starts_on date, p_ends_on date, p_allocated_cents bigint
) RETURNS SETOF funding.envelope_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint;
  result funding.envelope_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.envelope_row, answer);
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM funding.funder f WHERE f.funder = p_funder) THEN
    PERFORM common.refuse('FUNDER_NOT_FOUND', 'funder', p_funder);
  END IF;
  INSERT INTO funding.envelope (funder, region, starts_on, ends_on, allocated_cents)
  VALUES (p_funder, coalesce(p_region, ''), p_starts_on, p_ends_on, p_allocated_cents)
  RETURNING envelope_id INTO id;
  SELECT * INTO STRICT result FROM funding.envelope_row r WHERE r.envelope_id = id;
  PERFORM audit.append(call, 'funding', 'envelope.created', 'envelope/' || id, NULL, to_jsonb(result));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Holds, in the order of their ids, every envelope that may serve these funders' shares: those that the agreement draws on,
-- and those open to the region on the day.
CREATE FUNCTION funding.hold_envelopes(p_agreement_id bigint, p_funder text[], p_region text, p_on date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM funding.envelope e
    WHERE e.funder = ANY (p_funder)
      AND (e.region IN (p_region, '') AND p_on BETWEEN e.starts_on AND e.ends_on
           OR e.envelope_id IN (SELECT f.envelope_id FROM funding.agreement_funder f WHERE f.agreement_id = p_agreement_id))
    ORDER BY e.envelope_id FOR NO KEY UPDATE;
END $$;

-- The envelope that a new share of a funder draws on; NULL where none is open to the region on the day. One that suffices, the
-- region's own first, then the one that ends first.
CREATE FUNCTION funding.envelope_for(p_funder text, p_cents bigint, p_region text, p_on date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT e.envelope_id FROM funding.envelope e
   WHERE e.funder = p_funder AND e.region IN (p_region, '') AND p_on BETWEEN e.starts_on AND e.ends_on
   ORDER BY e.reserved_cents + p_cents <= e.allocated_cents DESC, e.region = '', e.ends_on, e.envelope_id
   LIMIT 1
$$;

-- Reserves a funder's share of an agreement that draws on none of its envelopes yet. The caller holds them.
-- Refusals, in order: ENVELOPE_NOT_FOUND, ENVELOPE_EXHAUSTED.
CREATE FUNCTION funding.reserve(
  call common.call, p_agreement_id bigint, p_funder text, p_cents bigint, p_region text, p_on date
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  chosen bigint := funding.envelope_for(p_funder, p_cents, p_region, p_on);
BEGIN
  IF chosen IS NULL THEN
    PERFORM common.refuse('ENVELOPE_NOT_FOUND', 'funder', p_funder);
  END IF;
  PERFORM funding.change_reserved(call, chosen, p_cents);
  INSERT INTO funding.agreement_funder (agreement_id, funder, envelope_id, reserved_cents)
  VALUES (p_agreement_id, p_funder, chosen, p_cents);
END $$;

-- Signs the agreement that was quoted, or changes nothing. The phases' arrays run in parallel, and so do the shares',
-- which stand in the order in which aid stacks. Locks, in this order: the case, the single undertaking, the agreement, the
-- case's grant, the period, the envelopes.
-- Refusals, in order: CASE_NOT_FOUND, CASE_NOT_ADMITTED, SIGNED_BEFORE_ADMISSION, SIGNED_AFTER_WINDOW, AGREEMENT_EXISTS,
-- QUOTE_STALE, DE_MINIMIS_EXCEEDED, ENVELOPE_NOT_FOUND, ENVELOPE_EXHAUSTED.
CREATE FUNCTION funding.sign_agreement(
  call common.call, p_case_id bigint, p_case_etag text, p_programme text, p_rulebook_version int, p_signed_on date,
  p_terms_date date, p_terms bytea, p_basis bytea, p_payee text, p_de_minimis_regime text,
  p_phase text[], p_half_days int[], p_cost_cents bigint[], p_company_cents bigint[],
  p_eligible_cents bigint[], p_stack_cap_numerator bigint[], p_stack_cap_denominator bigint[],
  p_share_phase text[], p_share_funder text[], p_share_cents bigint[], p_share_ceiling_cents bigint[]
) RETURNS SETOF funding.agreement_row
LANGUAGE plpgsql AS $$
DECLARE
  answer     jsonb := common.replay(call);
  facts      record;
  a          funding.agreement;
  posting    bigint;
  need       record;
  month      date;
  result     funding.agreement_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.agreement_row, answer);
    RETURN;
  END IF;

  SELECT * INTO facts FROM enrolment.lock_case(p_case_id);
  IF facts.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  IF facts.state::text <> 'admitted' THEN
    PERFORM common.refuse('CASE_NOT_ADMITTED', 'case_id', p_case_id::text);
  END IF;
  -- Where the signature fixes the terms, its date would otherwise choose the tariff. A window that opens with the signature,
  -- or with a first day still to come, has no end yet.
  IF p_signed_on < facts.admitted_on THEN
    PERFORM common.refuse('SIGNED_BEFORE_ADMISSION', 'date', p_signed_on::text, 'admitted_on', facts.admitted_on::text);
  END IF;
  IF p_signed_on > facts.window_ends_on THEN
    PERFORM common.refuse('SIGNED_AFTER_WINDOW', 'date', p_signed_on::text, 'ended_on', facts.window_ends_on::text);
  END IF;
  PERFORM enrolment.lock_single_undertaking(facts.siren, p_signed_on);

  INSERT INTO funding.agreement (case_id, siren, programme, rulebook_version, region, department, size_class, sector,
                                 due_on, signed_on, terms_date, terms, basis, payee, de_minimis, cost_cents,
                                 aid_cents, company_cents)
  SELECT p_case_id, facts.siren, p_programme, p_rulebook_version, coalesce(facts.region, ''), coalesce(facts.department, ''),
         coalesce(facts.size_class::text, ''), funding.naf_section(facts.naf),
         coalesce(facts.window_ends_on,
                  p_signed_on + make_interval(months => (SELECT l.window_months FROM programme.rulebook_limit l
                                                          WHERE (l.programme, l.version) = (p_programme, p_rulebook_version)))),
         p_signed_on, p_terms_date, p_terms, p_basis, p_payee, p_de_minimis_regime, sum(l.cost), sum(l.cost) - sum(l.company),
         sum(l.company)
    FROM unnest(p_cost_cents, p_company_cents) AS l (cost, company)
  ON CONFLICT ON CONSTRAINT one_agreement_per_case DO NOTHING
  RETURNING * INTO a;
  IF a.agreement_id IS NULL THEN
    answer := common.replay(call);  -- a copy of this call may have come first
    IF answer IS NULL THEN
      PERFORM common.refuse('AGREEMENT_EXISTS');
    END IF;
    RETURN NEXT jsonb_populate_record(NULL::funding.agreement_row, answer);
    RETURN;
  END IF;
  IF facts.etag <> p_case_etag OR facts.programme <> p_programme
     OR NOT EXISTS (SELECT
                      FROM programme.rulebook_in_force(
                             p_programme, facts.applied_on, facts.admitted_on, p_signed_on,
                             (SELECT min(h.date) FROM calendar.approved_half_day h WHERE h.case_id = p_case_id)) r
                     WHERE r.version = p_rulebook_version) THEN
    PERFORM common.refuse('QUOTE_STALE');
  END IF;
  IF a.de_minimis <> 'none' AND a.aid_cents > 0 THEN
    PERFORM funding.award_aid(call, a.siren, p_signed_on, a.de_minimis, p_case_id, a.aid_cents);
  END IF;

  PERFORM calendar.agreement_signed(p_case_id, p_signed_on);
  INSERT INTO funding.agreement_version (agreement_id, version, valid_from, reason, terms, cost_cents, aid_cents, company_cents, agreed_by)
  VALUES (a.agreement_id, 1, p_signed_on, '', p_terms, a.cost_cents, a.aid_cents, a.company_cents, call.actor);
  INSERT INTO funding.agreement_phase (agreement_id, phase, place, half_days, cost_cents, aid_cents, company_cents, eligible_cents,
                                       stack_cap_numerator, stack_cap_denominator)
  SELECT a.agreement_id, p.phase, p.place, p.half_days, p.cost, coalesce(s.cents, 0), p.company, p.eligible, p.numerator, p.denominator
    FROM unnest(p_phase, p_half_days, p_cost_cents, p_company_cents, p_eligible_cents, p_stack_cap_numerator, p_stack_cap_denominator)
         WITH ORDINALITY AS p (phase, half_days, cost, company, eligible, numerator, denominator, place)
    LEFT JOIN (SELECT phase, sum(cents) AS cents FROM unnest(p_share_phase, p_share_cents) AS s (phase, cents) GROUP BY phase) s
           ON s.phase = p.phase;
  INSERT INTO funding.agreement_share (agreement_id, phase, funder, place, agreed_cents, ceiling_cents)
  SELECT a.agreement_id, s.phase, s.funder, s.place, s.cents, s.ceiling
    FROM unnest(p_share_phase, p_share_funder, p_share_cents, p_share_ceiling_cents) WITH ORDINALITY
         AS s (phase, funder, cents, ceiling, place)
   WHERE s.cents > 0;

  INSERT INTO funding.period_end (programme, closed_through) VALUES (p_programme, '-infinity') ON CONFLICT DO NOTHING;
  month := funding.open_month(p_programme, date_trunc('month', p_signed_on)::date);

  PERFORM funding.hold_envelopes(a.agreement_id, p_share_funder, a.region, p_signed_on);
  FOR need IN
    SELECT s.funder, sum(s.agreed_cents)::bigint AS cents FROM funding.agreement_share s
     WHERE s.agreement_id = a.agreement_id GROUP BY s.funder ORDER BY min(s.place)
  LOOP
    PERFORM funding.reserve(call, a.agreement_id, need.funder, need.cents, a.region, p_signed_on);
  END LOOP;

  INSERT INTO funding.posting (kind, case_id, reference, request_id)
  VALUES ('reservation', p_case_id, '', call.request_id) RETURNING posting_id INTO posting;
  INSERT INTO funding.entry (posting_id, case_id, amount_cents, month, side, funder, programme, region, department, phase,
                             size_class, sector, due_month)
  SELECT posting, a.case_id, leg.sign * s.agreed_cents, month, leg.side, s.funder, a.programme, a.region, a.department, s.phase,
         a.size_class, a.sector, date_trunc('month', a.due_on)
    FROM funding.agreement_share s,
         (VALUES ('reserved'::funding.side, 1), ('commitment', -1)) AS leg (side, sign)
   WHERE s.agreement_id = a.agreement_id
   ORDER BY s.place, leg.side;
  PERFORM funding.count_case(a, month);

  SELECT * INTO STRICT result FROM funding.agreement_row r WHERE r.agreement_id = a.agreement_id AND r."#current";
  PERFORM audit.append(call, 'funding', 'agreement.signed', 'agreement/' || a.agreement_id, p_case_id,
                       jsonb_build_object('cost_cents', a.cost_cents, 'aid_cents', a.aid_cents, 'company_cents', a.company_cents,
                                          'rulebook_version', a.rulebook_version, 'terms_date', a.terms_date));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- What `part` of `whole` half-days makes of an amount, rounded half up; none of them negative.
CREATE FUNCTION funding.pro_rata(p_cents bigint, p_part int, p_whole int) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN (2 * p_cents * p_part + p_whole) / (2 * p_whole);

-- Charges one half-day of a phase. With it, the running total of the cost and of each share comes to its part of what
-- was agreed, rounded half up; the line is what is missing to that. The company bears the rest, never less than
-- nothing and never more than it agreed: where rounding would have it so, the funders' shares give way, the last that
-- stacks first cut, the first first raised. So all lines together make exactly the agreed amounts. The caller holds the
-- agreement.
CREATE FUNCTION funding.charge_half_day(call common.call, a funding.agreement, p_half_day_id uuid, p_phase text, p_date date)
RETURNS funding.charge
LANGUAGE plpgsql AS $$
DECLARE
  agreed  funding.agreement_phase;
  share   record;
  k       int;
  rest    bigint;               -- of the cost, not yet borne by anyone
  funders text[] := '{}';
  cents   bigint[] := '{}';
  room    bigint[] := '{}';     -- what each funder may still bear beyond its line
  change  bigint;
  line    funding.charge;
BEGIN
  IF a.released_on IS NOT NULL THEN
    PERFORM common.refuse('AGREEMENT_RELEASED', 'date', a.released_on::text);
  END IF;
  SELECT * INTO agreed FROM funding.agreement_phase p WHERE p.agreement_id = a.agreement_id AND p.phase = p_phase;
  IF NOT FOUND OR agreed.charged_half_days = agreed.half_days THEN
    PERFORM common.refuse('AGREED_DAYS_EXHAUSTED', 'phase', p_phase);
  END IF;
  k := agreed.charged_half_days + 1;
  line.cost_cents := greatest(funding.pro_rata(agreed.cost_cents, k, agreed.half_days) - agreed.charged_cost_cents, 0);
  rest := line.cost_cents;
  FOR share IN
    SELECT s.funder, s.agreed_cents - s.charged_cents AS left_cents,
           greatest(funding.pro_rata(s.agreed_cents, k, agreed.half_days) - s.charged_cents, 0) AS cents
      FROM funding.agreement_share s
     WHERE s.agreement_id = a.agreement_id AND s.phase = p_phase
     ORDER BY s.place
  LOOP
    funders := funders || share.funder;
    cents := cents || share.cents;
    room := room || (share.left_cents - share.cents);
    rest := rest - share.cents;
  END LOOP;
  line.company_cents := least(greatest(rest, 0), agreed.company_cents - agreed.charged_company_cents);
  rest := rest - line.company_cents;
  FOR i IN REVERSE cardinality(funders) .. 1 LOOP
    EXIT WHEN rest >= 0;
    change := least(cents[i], -rest);
    cents[i] := cents[i] - change;
    rest := rest + change;
  END LOOP;
  FOR i IN 1 .. cardinality(funders) LOOP
    EXIT WHEN rest <= 0;
    change := least(room[i], rest);
    cents[i] := cents[i] + change;
    rest := rest - change;
  END LOOP;
  line.aid_cents := line.cost_cents - line.company_cents;
  line.half_day_id := p_half_day_id;
  line.agreement_id := a.agreement_id;
  line.phase := p_phase;

  INSERT INTO funding.posting (kind, case_id, reference, request_id)
  VALUES ('charge', a.case_id, '', call.request_id) RETURNING posting_id INTO line.posting_id;
  INSERT INTO funding.charge SELECT line.*;
  INSERT INTO funding.entry (posting_id, case_id, half_day_id, amount_cents, line_cost_cents, month, half_days, side, funder,
                             programme, region, department, phase, size_class, sector, due_month)
  SELECT line.posting_id, a.case_id, p_half_day_id, leg.cents, CASE WHEN leg.side = 'company' THEN 0 ELSE line.cost_cents END,
         funding.open_month(a.programme, date_trunc('month', p_date)::date), CASE WHEN leg.side = 'company' THEN 0 ELSE 1 END,
         leg.side, leg.funder, a.programme, a.region, a.department, p_phase, a.size_class, a.sector,
         date_trunc('month', a.due_on)
    FROM (SELECT 'cost'::funding.side AS side, '' AS funder, line.cost_cents AS cents
          UNION ALL
          SELECT 'aid', s.funder, -s.cents FROM unnest(funders, cents) AS s (funder, cents)
          UNION ALL
          SELECT 'company', '', -line.company_cents) leg;
  UPDATE funding.agreement_share s SET charged_cents = s.charged_cents + c.cents
    FROM unnest(funders, cents) AS c (funder, cents)
   WHERE s.agreement_id = a.agreement_id AND s.phase = p_phase AND s.funder = c.funder;
  UPDATE funding.agreement_phase p
     SET charged_half_days = k, charged_cost_cents = p.charged_cost_cents + line.cost_cents,
         charged_aid_cents = p.charged_aid_cents + line.aid_cents, charged_company_cents = p.charged_company_cents + line.company_cents
   WHERE p.agreement_id = a.agreement_id AND p.phase = p_phase;
  RETURN line;
END $$;

-- Adds to what each funder was charged on an agreement, and to its envelopes, in the order of their ids.
CREATE FUNCTION funding.add_charged(p_agreement_id bigint, p_funder text[], p_cents bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM funding.envelope e
    WHERE e.envelope_id IN (SELECT f.envelope_id FROM funding.agreement_funder f
                             WHERE f.agreement_id = p_agreement_id AND f.funder = ANY (p_funder))
    ORDER BY e.envelope_id FOR NO KEY UPDATE;
  UPDATE funding.agreement_funder f SET charged_cents = f.charged_cents + c.cents
    FROM unnest(p_funder, p_cents) AS c (funder, cents)
   WHERE f.agreement_id = p_agreement_id AND f.funder = c.funder;
  UPDATE funding.envelope e SET charged_cents = e.charged_cents + c.cents
    FROM (SELECT f.envelope_id, sum(c.cents) AS cents
            FROM unnest(p_funder, p_cents) AS c (funder, cents)
            JOIN funding.agreement_funder f ON f.agreement_id = p_agreement_id AND f.funder = c.funder
           GROUP BY f.envelope_id) c
   WHERE e.envelope_id = c.envelope_id;
END $$;

-- The last day on which half-days of an agreement may be charged; NULL: there is no deadline, or the window is not open yet.
CREATE FUNCTION funding.billing_ends_on(a funding.agreement) RETURNS date
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT (f.window_ends_on + make_interval(months => l.billing_deadline_months))::date
    FROM enrolment.case_facts f, programme.rulebook_limit l
   WHERE f.case_id = a.case_id AND (l.programme, l.version) = (a.programme, a.rulebook_version);
END;

-- Charges every approved half-day of an agreement that is not charged yet, in the order of their dates. The caller holds the
-- agreement. Refusals, in order: BILLING_DEADLINE_PASSED, AGREEMENT_RELEASED, AGREED_DAYS_EXHAUSTED.
CREATE FUNCTION funding.charge_approved(
  call common.call, a funding.agreement, OUT half_days int, OUT cost bigint, OUT aid bigint, OUT company bigint
)
LANGUAGE plpgsql AS $$
DECLARE
  half_day record;
  line     funding.charge;
  lines    uuid[] := '{}';
  funders  text[];
  cents    bigint[];
BEGIN
  half_days := 0; cost := 0; aid := 0; company := 0;
  FOR half_day IN
    SELECT h.half_day_id, h.phase, h.date
      FROM calendar.hold_approved(a.case_id) h
     WHERE NOT EXISTS (SELECT FROM funding.charge c WHERE c.half_day_id = h.half_day_id)
     ORDER BY h.date, h.half, h.half_day_id
  LOOP
    IF half_days = 0 AND funding.billing_ends_on(a) < funding.day_now() THEN
      PERFORM common.refuse('BILLING_DEADLINE_PASSED', 'date', funding.billing_ends_on(a)::text);
    END IF;
    line := funding.charge_half_day(call, a, half_day.half_day_id, half_day.phase, half_day.date);
    half_days := half_days + 1;
    cost := cost + line.cost_cents;
    aid := aid + line.aid_cents;
    company := company + line.company_cents;
    lines := lines || line.half_day_id;
  END LOOP;
  IF half_days = 0 THEN
    RETURN;
  END IF;
  SELECT array_agg(e.funder), array_agg(e.cents) INTO funders, cents
    FROM (SELECT e.funder, -sum(e.amount_cents)::bigint AS cents
            FROM funding.charge c JOIN funding.entry e USING (posting_id)
           WHERE c.half_day_id = ANY (lines) AND e.side = 'aid'
           GROUP BY e.funder) e;
  PERFORM funding.add_charged(a.agreement_id, funders, cents);
  PERFORM audit.append(call, 'funding', 'half_days.charged', 'agreement/' || a.agreement_id, a.case_id,
                       jsonb_build_object('half_days', half_days, 'cost_cents', cost, 'aid_cents', aid, 'company_cents', company));
END $$;

-- Charges what is approved on a case, or nothing.
-- Refusals, in order: CASE_NOT_FOUND, AGREEMENT_NOT_FOUND, NOTHING_TO_CHARGE, BILLING_DEADLINE_PASSED, AGREEMENT_RELEASED,
-- AGREED_DAYS_EXHAUSTED.
CREATE FUNCTION funding.charge_half_days(call common.call, p_case_id bigint)
RETURNS TABLE (half_days int, cost bigint, aid bigint, company bigint)
LANGUAGE plpgsql AS $$
DECLARE
  answer   jsonb := common.replay(call);
  a        funding.agreement;
BEGIN
  IF answer IS NULL THEN
    SELECT * INTO a FROM funding.agreement g WHERE g.case_id = p_case_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      IF NOT EXISTS (SELECT FROM enrolment.case_facts c WHERE c.case_id = p_case_id) THEN
        PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
      END IF;
      PERFORM common.refuse('AGREEMENT_NOT_FOUND');
    END IF;
    answer := common.replay(call);  -- a copy of this call waited for the agreement
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT r.* FROM jsonb_to_record(answer) AS r (half_days int, cost bigint, aid bigint, company bigint);
    RETURN;
  END IF;

  SELECT c.* INTO half_days, cost, aid, company FROM funding.charge_approved(call, a) c;
  IF half_days = 0 THEN
    PERFORM common.refuse('NOTHING_TO_CHARGE');
  END IF;
  PERFORM common.remember(call, jsonb_build_object('half_days', half_days, 'cost', cost, 'aid', aid, 'company', company));
  RETURN NEXT;
END $$;

-- Published to calendar: those of half-days on which a charge stands.
CREATE FUNCTION funding.charged_half_days(p_half_day_ids uuid[]) RETURNS TABLE (half_day_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT c.half_day_id
    FROM funding.charge c
   WHERE c.half_day_id = ANY (p_half_day_ids)
     AND NOT EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = c.half_day_id);
END;

-- Reverses the charge of one half-day. What is paid stays covered by what is charged. The half-day stays approved and is never
-- charged again: if it is wrong the calendar cancels it, and a right one is recorded.
CREATE FUNCTION funding.reverse_charge(call common.call, p_half_day_id uuid, p_reason text)
RETURNS TABLE (cost bigint, aid bigint, company bigint)
LANGUAGE plpgsql AS $$
DECLARE
  answer  jsonb := common.replay(call);
  line    funding.charge;
  a       funding.agreement;
  posting bigint;
  funders text[];
  cents   bigint[];
BEGIN
  IF answer IS NULL THEN
    SELECT * INTO line FROM funding.charge c WHERE c.half_day_id = p_half_day_id;
    IF NOT FOUND THEN
      PERFORM common.refuse('CHARGE_NOT_FOUND');
    END IF;
    SELECT * INTO a FROM funding.agreement g WHERE g.agreement_id = line.agreement_id FOR NO KEY UPDATE;
    answer := common.replay(call);  -- a copy of this call waited for the agreement
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT r.* FROM jsonb_to_record(answer) AS r (cost bigint, aid bigint, company bigint);
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = p_half_day_id) THEN
    PERFORM common.refuse('ALREADY_REVERSED');
  END IF;
  SELECT array_agg(e.funder), array_agg(e.amount_cents) INTO funders, cents
    FROM funding.entry e WHERE e.posting_id = line.posting_id AND e.side = 'aid';
  IF EXISTS (SELECT FROM unnest(funders, cents) AS c (funder, cents)
               JOIN funding.agreement_funder f ON f.agreement_id = a.agreement_id AND f.funder = c.funder
              WHERE f.paid_cents > f.charged_cents + c.cents) THEN
    PERFORM common.refuse('PAID');
  END IF;

  INSERT INTO funding.posting (kind, case_id, reference, request_id)
  VALUES ('reversal', a.case_id, p_reason, call.request_id) RETURNING posting_id INTO posting;
  INSERT INTO funding.reversal (half_day_id, posting_id) VALUES (p_half_day_id, posting);
  INSERT INTO funding.entry (posting_id, case_id, half_day_id, amount_cents, line_cost_cents, month, half_days, side, funder,
                             programme, region, department, phase, size_class, sector, due_month)
  SELECT posting, e.case_id, e.half_day_id, -e.amount_cents, -e.line_cost_cents, funding.open_month(e.programme, e.month),
         -e.half_days, e.side, e.funder, e.programme, e.region, e.department, e.phase, e.size_class, e.sector, e.due_month
    FROM funding.entry e WHERE e.posting_id = line.posting_id ORDER BY e.entry_id;
  UPDATE funding.agreement_share s SET charged_cents = s.charged_cents + c.cents
    FROM unnest(funders, cents) AS c (funder, cents)
   WHERE s.agreement_id = a.agreement_id AND s.phase = line.phase AND s.funder = c.funder;
  UPDATE funding.agreement_phase p
     SET charged_half_days = p.charged_half_days - 1, charged_cost_cents = p.charged_cost_cents - line.cost_cents,
         charged_aid_cents = p.charged_aid_cents - line.aid_cents, charged_company_cents = p.charged_company_cents - line.company_cents
   WHERE p.agreement_id = a.agreement_id AND p.phase = line.phase;
  PERFORM funding.add_charged(a.agreement_id, funders, cents);

  cost := line.cost_cents; aid := line.aid_cents; company := line.company_cents;
  PERFORM audit.append(call, 'funding', 'charge.reversed', 'half_day/' || p_half_day_id, a.case_id,
                       jsonb_build_object('reason', p_reason, 'cost_cents', cost, 'aid_cents', aid, 'company_cents', company));
  PERFORM common.remember(call, jsonb_build_object('cost', cost, 'aid', aid, 'company', company));
  RETURN NEXT;
END $$;

-- Posts a payment that is no more than what is charged and not yet paid. The caller holds the agreement.
CREATE FUNCTION funding.post_payment(
  call common.call, a funding.agreement, f funding.agreement_funder, p_cents bigint, p_paid_on date, p_reference text
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  month   date := funding.open_month(a.programme, date_trunc('month', p_paid_on)::date);
  posting bigint;
BEGIN
  UPDATE funding.agreement_funder x SET paid_cents = x.paid_cents + p_cents
   WHERE x.agreement_id = a.agreement_id AND x.funder = f.funder;
  UPDATE funding.envelope e SET paid_cents = e.paid_cents + p_cents WHERE e.envelope_id = f.envelope_id;
  INSERT INTO funding.posting (kind, case_id, reference, request_id)
  VALUES ('payment', a.case_id, p_reference, call.request_id) RETURNING posting_id INTO posting;
  INSERT INTO funding.entry (posting_id, case_id, amount_cents, month, side, funder, programme, region, department, phase,
                             size_class, sector)
  SELECT posting, a.case_id, leg.sign * p_cents, month, leg.side, f.funder, a.programme, a.region, a.department, '', a.size_class,
         a.sector
    FROM (VALUES ('aid'::funding.side, 1), ('paid', -1)) AS leg (side, sign);
  PERFORM audit.append(call, 'funding', 'payment.recorded', 'posting/' || posting, a.case_id,
                       jsonb_build_object('agreement_id', a.agreement_id, 'funder', f.funder, 'cents', p_cents, 'paid_on', p_paid_on,
                                          'reference', p_reference));
  RETURN posting;
END $$;

-- The day of the first half-day on which a charge of a case stands: no payment comes before it. NULL where none does.
CREATE FUNCTION funding.first_charged_day(p_case_id bigint) RETURNS date LANGUAGE sql STABLE
RETURN (SELECT min(h.date) FROM calendar.approved_half_day h JOIN funding.charge c USING (half_day_id)
         WHERE h.case_id = p_case_id AND NOT EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = c.half_day_id));

-- Records that a funder paid part of what a case was charged. A transfer names no phase: its entries have none. Its reference
-- names it: for one case and funder it counts once, whatever the day.
-- Refusals, in order: AGREEMENT_NOT_FOUND, FUNDER_NOT_FOUND, PAYMENT_TWICE, PAYMENT_OVER_CHARGED, PAID_BEFORE_CHARGED_WORK.
CREATE FUNCTION funding.record_payment(
  call common.call, p_case_id bigint, p_funder text, p_cents bigint, p_paid_on date, p_reference text
) RETURNS TABLE (paid bigint, payable bigint)
LANGUAGE plpgsql AS $$
DECLARE
  answer  jsonb := common.replay(call);
  a       funding.agreement;
  f       funding.agreement_funder;
  twin    bigint;  -- what the same transfer paid already
BEGIN
  IF answer IS NULL THEN
    SELECT * INTO a FROM funding.agreement g WHERE g.case_id = p_case_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      PERFORM common.refuse('AGREEMENT_NOT_FOUND');
    END IF;
    answer := common.replay(call);  -- a copy of this call waited for the agreement
  END IF;
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT r.* FROM jsonb_to_record(answer) AS r (paid bigint, payable bigint);
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM funding.funder x WHERE x.funder = p_funder) THEN
    PERFORM common.refuse('FUNDER_NOT_FOUND', 'funder', p_funder);
  END IF;
  SELECT * INTO f FROM funding.agreement_funder x WHERE x.agreement_id = a.agreement_id AND x.funder = p_funder;
  SELECT e.amount_cents INTO twin
    FROM funding.entry e JOIN funding.posting p USING (posting_id)
   WHERE e.case_id = p_case_id AND e.funder = p_funder AND e.side = 'aid' AND p.kind = 'payment' AND p.reference = p_reference
   ORDER BY e.entry_id LIMIT 1;
  IF FOUND THEN
    PERFORM common.refuse('PAYMENT_TWICE', 'reference', p_reference, 'amount_cents', twin::text);
  END IF;
  IF f.agreement_id IS NULL OR f.paid_cents + p_cents > f.charged_cents THEN
    PERFORM common.refuse('PAYMENT_OVER_CHARGED', 'payable_cents', coalesce(f.charged_cents - f.paid_cents, 0)::text);
  END IF;
  IF p_paid_on < funding.first_charged_day(p_case_id) THEN
    PERFORM common.refuse('PAID_BEFORE_CHARGED_WORK', 'date', p_paid_on::text,
                          'first_on', funding.first_charged_day(p_case_id)::text);
  END IF;

  PERFORM funding.post_payment(call, a, f, p_cents, p_paid_on, p_reference);
  paid := f.paid_cents + p_cents;
  payable := f.charged_cents - paid;
  PERFORM common.remember(call, jsonb_build_object('paid', paid, 'payable', payable));
  RETURN NEXT;
END $$;

-- Our entries that the national register must have: granted since it is compulsory (art. 6(1): 1 January 2026), due within
-- 20 working days of the grant; an entry that takes aid back, of the day it was made. The authority, the instrument and the
-- activity (NACE) are what article 6(1) asks for besides.
CREATE VIEW funding.register_row AS
SELECT a.aid_id, a.siren, n.name AS company_name, a.regime, a.granted_on, a.amount_cents AS amount, a.reference, a.case_id,
       calendar.working_days_after(f.day, 20) AS due_on, r.registered_on, r.register_reference,
       (SELECT string_agg(u.name, ', ' ORDER BY u.name)
          FROM funding.agreement_funder s JOIN funding.funder u USING (funder) WHERE s.agreement_id = g.agreement_id) AS authority,
       'grant' AS instrument, g.sector, substring(k.naf FROM '^[0-9]{2}\.[0-9]{2}') AS nace_class, f.day AS "#from"
  FROM funding.aid a
  LEFT JOIN funding.agreement g ON g.case_id = a.case_id
  LEFT JOIN enrolment.case_facts k ON k.case_id = a.case_id
 CROSS JOIN LATERAL (SELECT CASE WHEN a.amount_cents < 0 THEN (a.recorded_at AT TIME ZONE 'Europe/Paris')::date
                                 ELSE a.granted_on END AS day) f
  LEFT JOIN enrolment.company_name n ON n.siren = a.siren
  LEFT JOIN funding.aid_registered r ON r.aid_id = a.aid_id
 WHERE a.origin = 'granted' AND a.granted_on >= '2026-01-01';

-- Notes that the register has an entry. Refusals, in order: AID_NOT_FOUND, REGISTERED_BEFORE_GRANT, ALREADY_REGISTERED.
CREATE FUNCTION funding.confirm_registered(call common.call, p_aid_id bigint, p_register_reference text, p_registered_on date)
RETURNS SETOF funding.register_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  entry  funding.register_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::funding.register_row, answer);
    RETURN;
  END IF;
  SELECT * INTO entry FROM funding.register_row r WHERE r.aid_id = p_aid_id;
  IF NOT FOUND THEN
    PERFORM common.refuse('AID_NOT_FOUND', 'aid_id', p_aid_id::text);
  END IF;
  IF p_registered_on < entry.granted_on THEN
    PERFORM common.refuse('REGISTERED_BEFORE_GRANT', 'aid_id', p_aid_id::text, 'date', p_registered_on::text,
                          'granted_on', entry.granted_on::text);
  END IF;
  INSERT INTO funding.aid_registered (aid_id, siren, register_reference, registered_on)
  VALUES (p_aid_id, entry.siren, p_register_reference, p_registered_on)
  ON CONFLICT ON CONSTRAINT aid_registered_once DO NOTHING;
  IF NOT FOUND THEN
    answer := common.replay(call);  -- a copy of this call may have come first
    IF answer IS NULL THEN
      PERFORM common.refuse('ALREADY_REGISTERED', 'aid_id', p_aid_id::text);
    END IF;
    RETURN NEXT jsonb_populate_record(NULL::funding.register_row, answer);
    RETURN;
  END IF;
  SELECT * INTO STRICT entry FROM funding.register_row r WHERE r.aid_id = p_aid_id;
  PERFORM audit.append(call, 'funding', 'aid.registered', 'aid/' || p_aid_id, entry.case_id, to_jsonb(entry));
  PERFORM common.remember(call, to_jsonb(entry));
  RETURN NEXT entry;
END $$;

-- Laws 4 to 8, from the agreements' shares and the ledger's entries; the counters are compared with them.
CREATE FUNCTION funding.check_laws() RETURNS SETOF common.law_check
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN NEXT funding.check_de_minimis();
  RETURN QUERY
  WITH share AS (
    SELECT s.agreement_id, s.phase, sum(s.agreed_cents) AS agreed, sum(s.charged_cents) AS charged
      FROM funding.agreement_share s GROUP BY s.agreement_id, s.phase
  ), breach (law, what) AS (
    SELECT 4, format('case %s, phase %s: aid of %s cents on an eligible cost of %s, of a cost of %s', a.case_id, p.phase,
                     coalesce(s.agreed, 0), p.eligible_cents, p.cost_cents)
      FROM funding.agreement a
      JOIN funding.agreement_phase p USING (agreement_id)
      LEFT JOIN share s USING (agreement_id, phase)
     WHERE coalesce(s.agreed, 0) * p.stack_cap_denominator > p.eligible_cents::numeric * p.stack_cap_numerator
        OR p.stack_cap_numerator > p.stack_cap_denominator OR p.eligible_cents > p.cost_cents
    UNION ALL
    SELECT 4, format('case %s, phase %s: %s gives %s cents, its ceiling is %s', a.case_id, s.phase, s.funder, s.agreed_cents,
                     s.ceiling_cents)
      FROM funding.agreement a
      JOIN funding.agreement_share s USING (agreement_id)
     WHERE s.agreed_cents > s.ceiling_cents
    UNION ALL
    SELECT 4, format('case %s: its lines make an aid of %s cents on a cost of %s, not of %s on %s', a.case_id, t.aid, t.cost,
                     a.aid_cents, a.cost_cents)
      FROM funding.agreement a
      JOIN (SELECT p.agreement_id, sum(p.cost_cents) AS cost, sum(coalesce(s.agreed, 0)) AS aid
              FROM funding.agreement_phase p LEFT JOIN share s USING (agreement_id, phase) GROUP BY p.agreement_id) t USING (agreement_id)
     WHERE (t.cost, t.aid) <> (a.cost_cents, a.aid_cents)
    UNION ALL
    SELECT 5, format('agreement %s, phase %s: shares and company part do not make the cost', p.agreement_id, p.phase)
      FROM funding.agreement_phase p LEFT JOIN share s USING (agreement_id, phase)
     WHERE p.cost_cents <> p.company_cents + coalesce(s.agreed, 0)
        OR p.charged_cost_cents <> p.charged_company_cents + coalesce(s.charged, 0)
    UNION ALL
    SELECT 5, format('posting %s does not add up to zero', e.posting_id)
      FROM funding.entry e GROUP BY e.posting_id HAVING sum(e.amount_cents) <> 0
    UNION ALL
    SELECT 5, format('agreement %s, phase %s: its lines make %s cents, %s are counted',
                     p.agreement_id, p.phase, coalesce(c.cents, 0), p.charged_cost_cents)
      FROM funding.agreement_phase p
      LEFT JOIN (SELECT c.agreement_id, c.phase, count(*) AS lines, sum(c.cost_cents) AS cents FROM funding.charge c
                  WHERE NOT EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = c.half_day_id)
                  GROUP BY c.agreement_id, c.phase) c USING (agreement_id, phase)
     WHERE (coalesce(c.lines, 0), coalesce(c.cents, 0)) <> (p.charged_half_days, p.charged_cost_cents)
    UNION ALL
    SELECT 6, format('agreement %s: %s reserves %s cents, its shares make %s', f.agreement_id, f.funder, f.reserved_cents, s.cents)
      FROM funding.agreement_funder f
      JOIN (SELECT s.agreement_id, s.funder, sum(s.agreed_cents - s.released_cents) AS cents
              FROM funding.agreement_share s GROUP BY s.agreement_id, s.funder) s USING (agreement_id, funder)
     WHERE s.cents <> f.reserved_cents
    UNION ALL
    SELECT 6, format('envelope %s: allocated %s, reserved %s, charged %s, paid %s',
                     e.envelope_id, e.allocated_cents, l.reserved, l.charged, l.paid)
      FROM funding.envelope e
      JOIN (SELECT e.envelope_id, coalesce(sum(m.amount_cents) FILTER (WHERE m.side = 'reserved'), 0) AS reserved,
                   coalesce(-sum(m.amount_cents) FILTER (WHERE m.side = 'aid' AND m.half_day_id IS NOT NULL), 0) AS charged,
                   coalesce(-sum(m.amount_cents) FILTER (WHERE m.side = 'paid'), 0) AS paid
              FROM funding.envelope e
              LEFT JOIN funding.agreement_funder f USING (envelope_id)
              LEFT JOIN funding.agreement a USING (agreement_id)
              LEFT JOIN funding.entry m ON m.case_id = a.case_id AND m.funder = f.funder
             GROUP BY e.envelope_id) l USING (envelope_id)
     WHERE NOT (0 <= l.paid AND l.paid <= l.charged AND l.charged <= l.reserved AND l.reserved <= e.allocated_cents)
        OR (l.reserved, l.charged, l.paid) <> (e.reserved_cents, e.charged_cents, e.paid_cents)
    UNION ALL
    SELECT 7, format('half-day %s is charged %s times', e.half_day_id, sum(e.half_days))
      FROM funding.entry e WHERE e.side = 'cost' GROUP BY e.half_day_id HAVING sum(e.half_days) NOT IN (0, 1)
    UNION ALL
    SELECT 7, format('half-day %s is charged and not approved', c.half_day_id)
      FROM funding.charge c
     WHERE NOT EXISTS (SELECT FROM calendar.approved_half_day h WHERE h.half_day_id = c.half_day_id)
       AND NOT EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = c.half_day_id)
  ), numbered AS (
    SELECT b.law, b.what, row_number() OVER (PARTITION BY b.law ORDER BY b.what) AS place FROM breach b
  )
  SELECT l.law, l.checked, count(n.law), coalesce(string_agg(n.what, E'\n' ORDER BY n.place) FILTER (WHERE n.place <= 5), '')
    FROM (SELECT 4 AS law, count(*) AS checked FROM funding.agreement_phase
          UNION ALL SELECT 5, count(*) FROM funding.entry
          UNION ALL SELECT 6, count(*) FROM funding.envelope
          UNION ALL SELECT 7, count(*) FROM funding.charge) l
    LEFT JOIN numbered n USING (law)
   GROUP BY l.law, l.checked
   ORDER BY l.law;
END $$;

GRANT SELECT ON
  funding.funder, funding.envelope, funding.agreement, funding.agreement_version, funding.agreement_phase, funding.agreement_share,
  funding.agreement_funder,
  funding.posting, funding.entry, funding.case_entry, funding.charge, funding.reversal,
  funding.summary_cell, funding.summary_posted,
  funding.summary_end, funding.period_end,
  funding.funder_row, funding.envelope_row, funding.agreement_row, funding.phase_progress_row, funding.ledger_entry_row,
  funding.measured_entry, funding.register_row TO jalon_funding;
GRANT INSERT ON
  funding.funder, funding.envelope, funding.agreement, funding.agreement_version, funding.agreement_phase, funding.agreement_share,
  funding.agreement_funder,
  funding.posting, funding.entry, funding.case_entry, funding.charge, funding.reversal,
  funding.summary_cell, funding.summary_posted,
  funding.period_end TO jalon_funding;
GRANT UPDATE (reserved_cents, charged_cents, paid_cents) ON funding.envelope TO jalon_funding;
GRANT UPDATE (terms, basis, version, cost_cents, aid_cents, company_cents, released_on)
  ON funding.agreement TO jalon_funding;
GRANT UPDATE (place, half_days, cost_cents, aid_cents, company_cents, eligible_cents, stack_cap_numerator, stack_cap_denominator,
              charged_half_days, charged_cost_cents, charged_aid_cents,
              charged_company_cents) ON funding.agreement_phase TO jalon_funding;
GRANT UPDATE (place, agreed_cents, ceiling_cents, charged_cents, released_cents) ON funding.agreement_share TO jalon_funding;
GRANT UPDATE (reserved_cents, charged_cents, paid_cents) ON funding.agreement_funder TO jalon_funding;
GRANT UPDATE (entries, half_days, cost, reserved, charged, paid, forecast, cases, companies, companies_anywhere)
  ON funding.summary_cell, funding.summary_posted TO jalon_funding;
GRANT UPDATE (closed_through) ON funding.period_end TO jalon_funding;
GRANT UPDATE (next_txid) ON funding.summary_end TO jalon_funding;
GRANT EXECUTE ON FUNCTION
  funding.create_funder, funding.create_envelope, funding.hold_envelopes, funding.envelope_for, funding.reserve,
  funding.sign_agreement, funding.pro_rata, funding.count_case,
  funding.charge_half_day, funding.add_charged, funding.billing_ends_on, funding.charge_approved, funding.charge_half_days,
  funding.reverse_charge,
  funding.post_payment, funding.first_charged_day, funding.record_payment, funding.confirm_registered,
  funding.fold_summary, funding.spans_of, funding.posted_in_month, funding.summarize,
  funding.summary_filter, funding.open_month, funding.period_lock, funding.day_lock, funding.day_now, funding.day_number,
  funding.posting_day, funding.day_is_over, funding.naf_section TO jalon_funding;
GRANT EXECUTE ON FUNCTION funding.check_laws TO jalon_audit;
GRANT USAGE ON SCHEMA funding TO jalon_calendar_owner, jalon_calendar;
GRANT EXECUTE ON FUNCTION funding.charged_half_days TO jalon_calendar_owner, jalon_calendar;

COMMIT;
