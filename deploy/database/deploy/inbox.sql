-- Deploy jalon:inbox to pg
-- requires: waiting pages

BEGIN;
SET LOCAL ROLE jalon_inbox_owner;

-- How often the inbox comes by mail. An officer has an address here, a consultant one with its contact; a consultant without a
-- row gets a digest a day. Switched off, an officer's address is forgotten.
CREATE TABLE inbox.subscription (
  recipient  text COLLATE "C" NOT NULL CONSTRAINT subscription_pkey PRIMARY KEY
                              CONSTRAINT subscriber_known CHECK (recipient ~ '^(officer/.+|consultant/[0-9]+)$'),
  email      text CONSTRAINT subscriber_email_plain CHECK (email ~ '^[!-~]+@[!-~]+$'),
  language   text        NOT NULL CONSTRAINT subscriber_language_spoken CHECK (language IN ('fr', 'en')),
  frequency  text        NOT NULL CONSTRAINT frequency_known CHECK (frequency IN ('daily', 'weekly', 'off')),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT officer_has_address CHECK ((email IS NOT NULL) = (recipient ~ '^officer/' AND frequency <> 'off'))
);

-- The mails decided on. One mail for one reason: a second one with the same recipient, kind and key cannot be. Nothing here is
-- personal but an officer's name, which the audit has too: the address and the text are made when it is sent.
--
-- A mail goes out at most once. It is claimed first, in a transaction of its own; whoever claimed it sends it and says what came
-- of it. It is due again only where the server certainly did not take it; one whose sender died stays claimed for good.
CREATE TABLE inbox.mail (
  mail_id       bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT mail_pkey PRIMARY KEY,
  recipient     text COLLATE "C" NOT NULL,  -- as officer/marie, consultant/7, contact/732829320
  kind          text        NOT NULL CONSTRAINT mail_kind_known CHECK (kind IN ('digest', 'reminder')),
  key           text COLLATE "C" NOT NULL,
  case_id       bigint,
  consultant_id bigint,
  month         date,
  step          int CONSTRAINT step_of_three CHECK (step BETWEEN 1 AND 3),
  state         text        NOT NULL DEFAULT 'due' CONSTRAINT mail_state_known
                            CHECK (state IN ('due', 'claimed', 'sent', 'unknown', 'refused', 'given_up', 'not_needed')),
  content       bytea,  -- SHA-256 of what a digest told
  tries         int         NOT NULL DEFAULT 0,
  decided_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  next_at       timestamptz NOT NULL DEFAULT now(),
  gives_up_at   timestamptz NOT NULL,
  CONSTRAINT one_mail_for_one_reason UNIQUE (recipient, kind, key),
  CONSTRAINT reminder_of_a_sheet CHECK ((kind = 'reminder') = (num_nonnulls(case_id, consultant_id, month, step) = 4)),
  CONSTRAINT told_only_if_sent CHECK (content IS NULL OR state IN ('sent', 'unknown'))
);
CREATE INDEX mail_due ON inbox.mail (next_at) WHERE state = 'due';
CREATE INDEX mail_by_case ON inbox.mail (case_id, mail_id) WHERE case_id IS NOT NULL;

-- The steps taken for a sheet, since its half-days were ready: new half-days on it begin anew.
CREATE TABLE inbox.reminder_step (
  case_id       bigint NOT NULL,
  consultant_id bigint NOT NULL,
  month         date   NOT NULL,
  ready_on      date   NOT NULL,
  step          int    NOT NULL CONSTRAINT reminder_step_of_three CHECK (step BETWEEN 1 AND 3),
  taken_on      date   NOT NULL,
  CONSTRAINT reminder_step_once PRIMARY KEY (case_id, consultant_id, month, ready_on, step)
);

CREATE VIEW inbox.subscription_row AS
SELECT s.recipient AS "#recipient", s.email, s.language, s.frequency FROM inbox.subscription s;

-- A mail as the contract's jalon.inbox.v1.Mail.
CREATE VIEW inbox.mail_row AS
SELECT m.mail_id, m.kind, m.recipient, m.key, m.state, m.decided_at, m.updated_at, m.tries, m.case_id FROM inbox.mail m;

-- What waits in every area, with names.
CREATE FUNCTION inbox.what_waits(p_today date, p_consultant_id bigint, p_siren text)
RETURNS TABLE (kind text, subject text, case_id bigint, consultant_id bigint, siren text, company_name text, consultant_name text,
               month text, half_days int, since date, due date, detail text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT w.kind, w.subject, w.case_id, w.consultant_id, w.siren, n.name, c.name, left(w.month::text, 7), w.half_days, w.since, w.due,
         w.detail
    FROM (SELECT * FROM enrolment.what_waits(p_today, p_consultant_id, p_siren)
          UNION ALL
          SELECT * FROM assignment.what_waits(p_today, p_consultant_id, p_siren)
          UNION ALL
          SELECT * FROM calendar.what_waits(p_today, p_consultant_id, p_siren)
          UNION ALL
          SELECT * FROM funding.what_waits(p_today, p_consultant_id, p_siren)) w
    LEFT JOIN enrolment.company_name n ON n.siren = w.siren
    LEFT JOIN assignment.consultant_name c ON c.consultant_id = w.consultant_id;
END;

-- Whom mail goes to, where, and in which language.
CREATE VIEW inbox.reader AS
SELECT s.recipient, NULL::bigint AS consultant_id, substr(s.recipient, 9) AS name, s.email, s.language, s.frequency, NULL::date AS left_on
  FROM inbox.subscription s
 WHERE s.email IS NOT NULL
UNION ALL
SELECT 'consultant/' || c.consultant_id, c.consultant_id, c.name, c.email, coalesce(s.language, c.language),
       coalesce(s.frequency, 'daily'), c.left_on
  FROM assignment.mail_contact c
  LEFT JOIN inbox.subscription s ON s.recipient = 'consultant/' || c.consultant_id
UNION ALL
SELECT 'contact/' || c.siren, NULL, c.name, c.email, c.language, 'off', NULL
  FROM enrolment.mail_contact c;

-- Nothing of an address is remembered: a retry has the subscription as it is by then.
CREATE FUNCTION inbox.subscribe(call common.call, p_recipient text, p_email text, p_language text, p_frequency text)
RETURNS SETOF inbox.subscription_row
LANGUAGE plpgsql AS $$
BEGIN
  IF common.replay(call) IS NULL THEN
    INSERT INTO inbox.subscription (recipient, email, language, frequency)
    VALUES (p_recipient, p_email, p_language, p_frequency)
    ON CONFLICT ON CONSTRAINT subscription_pkey DO UPDATE
       SET email = excluded.email, language = excluded.language, frequency = excluded.frequency, updated_at = now();
    PERFORM audit.append(call, 'inbox', 'subscription.set', p_recipient, NULL, jsonb_build_object('frequency', p_frequency));
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM inbox.subscription_row s WHERE s."#recipient" = p_recipient;
END $$;

-- Decides on the digests of the day or the week that are not decided on yet. One is given up when its day or week ends.
-- Replicas may do it at once: the constraint lets one of each pass.
CREATE FUNCTION inbox.decide_digests(p_today date) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
  WITH decided AS (
    INSERT INTO inbox.mail (recipient, kind, key, gives_up_at)
    SELECT r.recipient, 'digest', d.key, d.ends_on::timestamp AT TIME ZONE 'Europe/Paris'
      FROM inbox.reader r
     CROSS JOIN LATERAL (SELECT CASE r.frequency WHEN 'daily' THEN p_today::text ELSE to_char(p_today, 'IYYY"-W"IW') END AS key,
                                CASE r.frequency WHEN 'daily' THEN p_today + 1
                                                 ELSE p_today + 8 - extract(isodow FROM p_today)::int END AS ends_on) d
     WHERE r.frequency <> 'off' AND coalesce(r.left_on >= p_today, true)
       AND NOT EXISTS (SELECT FROM inbox.mail m WHERE (m.recipient, m.kind, m.key) = (r.recipient, 'digest', d.key))
    ON CONFLICT ON CONSTRAINT one_mail_for_one_reason DO NOTHING
    RETURNING 1
  )
  SELECT count(*) FROM decided;
END;

-- Takes steps for sheets; the arrays run in parallel. Step 1 writes to the company's contact, step 2 to the contact and the
-- consultant, step 3 to the officers. One already taken has no second effect.
CREATE FUNCTION inbox.take_steps(
  p_today date, p_case_id bigint[], p_consultant_id bigint[], p_siren text[], p_month date[], p_ready_on date[], p_step int[]
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  taken    bigint;
  subjects text[];
  cases    bigint[];
  details  jsonb[];
BEGIN
  WITH given AS (
    SELECT * FROM unnest(p_case_id, p_consultant_id, p_siren, p_month, p_ready_on, p_step)
                    AS g (case_id, consultant_id, siren, month, ready_on, step)
  ), step AS (
    INSERT INTO inbox.reminder_step (case_id, consultant_id, month, ready_on, step, taken_on)
    SELECT g.case_id, g.consultant_id, g.month, g.ready_on, g.step, p_today
      FROM given g
     ORDER BY g.case_id, g.consultant_id, g.month
    ON CONFLICT ON CONSTRAINT reminder_step_once DO NOTHING
    RETURNING *
  ), mail AS (
    INSERT INTO inbox.mail (recipient, kind, key, case_id, consultant_id, month, step, gives_up_at)
    SELECT r.recipient, 'reminder', concat_ws('/', s.case_id, s.consultant_id, left(s.month::text, 7), s.ready_on, s.step),
           s.case_id, s.consultant_id, s.month, s.step, now() + interval '5 days'
      FROM step s
      JOIN given g USING (case_id, consultant_id, month)
     CROSS JOIN LATERAL (SELECT 'contact/' || g.siren AS recipient WHERE s.step < 3
                         UNION ALL
                         SELECT 'consultant/' || s.consultant_id WHERE s.step = 2
                         UNION ALL
                         SELECT o.recipient FROM inbox.subscription o WHERE s.step = 3 AND o.email IS NOT NULL) r
    ON CONFLICT ON CONSTRAINT one_mail_for_one_reason DO NOTHING
  )
  SELECT count(*), array_agg(concat_ws('/', 'sheet', s.case_id, s.consultant_id, left(s.month::text, 7))), array_agg(s.case_id),
         array_agg(jsonb_build_object('step', s.step, 'ready_on', s.ready_on))
    INTO taken, subjects, cases, details
    FROM step s;
  IF taken > 0 THEN
    PERFORM audit.append_many(array_agg(gen_random_uuid()), array_agg('jalon'::text), 'inbox', array_agg('reminder.decided'::text),
                              array_agg(t.subject), array_agg(t.case_id), array_agg(t.details))
      FROM unnest(subjects, cases, details) AS t (subject, case_id, details);
  END IF;
  RETURN taken;
END $$;

-- The last step taken for sheets, and when: those of the arrays that have one.
CREATE FUNCTION inbox.last_steps(p_case_id bigint[], p_consultant_id bigint[], p_month date[], p_ready_on date[])
RETURNS TABLE (place bigint, step int, taken_on date)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT g.place, l.step, l.taken_on
    FROM unnest(p_case_id, p_consultant_id, p_month, p_ready_on) WITH ORDINALITY AS g (case_id, consultant_id, month, ready_on, place)
   CROSS JOIN LATERAL (SELECT s.step, s.taken_on FROM inbox.reminder_step s
                        WHERE (s.case_id, s.consultant_id, s.month, s.ready_on) = (g.case_id, g.consultant_id, g.month, g.ready_on)
                        ORDER BY s.step DESC LIMIT 1) l;
END;

-- Claims the next mail that is due; no row where none is. Those whose time is over are given up. `email` NULL: nobody to send it
-- to. `told`: what the recipient's last digest told.
CREATE FUNCTION inbox.claim_mail()
RETURNS TABLE (mail_id bigint, kind text, recipient text, case_id bigint, consultant_id bigint, month text, step int, tries int,
               name text, email text, language text, frequency text, told bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  claimed inbox.mail;
BEGIN
  UPDATE inbox.mail m SET state = 'given_up', updated_at = now()
   WHERE m.mail_id IN (SELECT d.mail_id FROM inbox.mail d WHERE d.state = 'due' AND d.gives_up_at <= now() FOR UPDATE SKIP LOCKED);
  UPDATE inbox.mail m SET state = 'claimed', updated_at = now()
   WHERE m.mail_id = (SELECT d.mail_id FROM inbox.mail d WHERE d.state = 'due' AND d.next_at <= now() AND d.gives_up_at > now()
                       ORDER BY d.next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING m.* INTO claimed;
  IF claimed.mail_id IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT claimed.mail_id, claimed.kind, claimed.recipient, claimed.case_id, claimed.consultant_id, left(claimed.month::text, 7),
           claimed.step, claimed.tries, r.name, r.email, r.language, r.frequency,
           (SELECT m.content FROM inbox.mail m
             WHERE m.recipient = claimed.recipient AND m.content IS NOT NULL ORDER BY m.mail_id DESC LIMIT 1)
      FROM (SELECT 1) AS one
      LEFT JOIN inbox.reader r ON r.recipient = claimed.recipient;
END $$;

-- Says what came of a claimed mail. Due again, it waits for 2, 4, 8, … minutes, an hour at the most.
CREATE FUNCTION inbox.settle_mail(p_mail_id bigint, p_state text, p_content bytea) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  UPDATE inbox.mail m
     SET state = p_state, content = p_content, updated_at = now(), tries = m.tries + (p_state = 'due')::int,
         next_at = CASE WHEN p_state = 'due' THEN now() + make_interval(mins => least(60, 1 << least(m.tries + 1, 6)))
                        ELSE m.next_at END
   WHERE m.mail_id = p_mail_id AND m.state = 'claimed';
END;

GRANT SELECT, INSERT ON inbox.subscription, inbox.mail, inbox.reminder_step TO jalon_inbox;
GRANT UPDATE (email, language, frequency, updated_at) ON inbox.subscription TO jalon_inbox;
GRANT UPDATE (state, content, tries, updated_at, next_at) ON inbox.mail TO jalon_inbox;
GRANT SELECT ON inbox.subscription_row, inbox.mail_row, inbox.reader TO jalon_inbox;
GRANT EXECUTE ON FUNCTION
  inbox.what_waits, inbox.subscribe, inbox.decide_digests, inbox.take_steps, inbox.last_steps, inbox.claim_mail, inbox.settle_mail
  TO jalon_inbox;

-- Every service needs all that came up to here.
SET LOCAL ROLE jalon_common_owner;
CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 4;

COMMIT;
