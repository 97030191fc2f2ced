-- Deploy jalon:programme to pg
-- requires: audit

BEGIN;
SET LOCAL ROLE jalon_programme_owner;

-- A published rulebook never changes: a case can always be judged again by the very text it was admitted under. The
-- columns beside `rulebook` are what the database itself must know of it to hold the laws.
CREATE TABLE programme.rulebook_version (
  programme     text        NOT NULL,
  version       int         NOT NULL CONSTRAINT rulebook_version_from_one CHECK (version >= 1),
  title_fr      text        NOT NULL,
  title_en      text        NOT NULL,
  source        text        NOT NULL,  -- the file as it was written, comments included
  source_hash   text        NOT NULL,  -- SHA-256, in hexadecimal
  rulebook      bytea       NOT NULL,  -- jalon.programme.v1.Rulebook, serialised
  cap_half_days int         NOT NULL CONSTRAINT rulebook_cap_positive CHECK (cap_half_days > 0),
  window_months int         NOT NULL CONSTRAINT rulebook_window_positive CHECK (window_months > 0),
  -- For so long after a mission nobody works for the same client in the programme; 0: no rule.
  conflict_months int       NOT NULL CONSTRAINT rulebook_conflict_months_not_negative CHECK (conflict_months >= 0),
  in_force_from date        NOT NULL,  -- '-infinity': since ever
  -- The date of a case that chooses its version.
  transition_by text        NOT NULL CONSTRAINT rulebook_transition_known
                                     CHECK (transition_by IN ('application', 'admission', 'agreement', 'first_day')),
  -- The date of a case that its window runs from, and the one before which nothing starts ('': no such rule).
  window_from     text      NOT NULL CONSTRAINT rulebook_window_from_known
                                     CHECK (window_from IN ('application', 'admission', 'agreement', 'first_day')),
  no_start_before text      NOT NULL CONSTRAINT rulebook_no_start_before_known
                                     CHECK (no_start_before IN ('', 'application', 'admission', 'agreement')),
  billing_deadline_months int,  -- after the end of the window; NULL: no deadline
  tacit_acceptance_working_days int,  -- NULL: silence is no acceptance
  statuses      text[]      NOT NULL,  -- of companies, that some rule names
  published_at  timestamptz NOT NULL DEFAULT now(),
  published_by  text        NOT NULL,
  CONSTRAINT rulebook_version_pkey PRIMARY KEY (programme, version),
  CONSTRAINT rulebook_hash_of_source CHECK (source_hash = encode(sha256(convert_to(source, 'UTF8')), 'hex'))
);

CREATE TABLE programme.rulebook_phase (
  programme  text    NOT NULL,
  version    int     NOT NULL,
  phase      text    NOT NULL,
  chargeable boolean NOT NULL,
  title_fr   text    NOT NULL,
  title_en   text    NOT NULL,
  -- Its own part of the case's window: 0 from the first day, 0 until the last one.
  opens_after_months int    NOT NULL CONSTRAINT rulebook_phase_opens_in_window CHECK (opens_after_months >= 0),
  window_months      int    NOT NULL CONSTRAINT rulebook_phase_window_not_negative CHECK (window_months >= 0),
  prerequisites      text[] NOT NULL,
  CONSTRAINT rulebook_phase_pkey PRIMARY KEY (programme, version, phase),
  CONSTRAINT rulebook_phase_of_version FOREIGN KEY (programme, version) REFERENCES programme.rulebook_version
);

CREATE TRIGGER rulebook_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON programme.rulebook_version
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER rulebook_phase_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON programme.rulebook_phase
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- A version as the contract's jalon.programme.v1.RulebookVersion.
CREATE VIEW programme.rulebook_version_row AS
SELECT v.programme, v.version, v.title_fr, v.title_en, v.source_hash, v.published_at, v.published_by
  FROM programme.rulebook_version v;

-- Published: every version, and from when it governs.
CREATE VIEW programme.published_rulebook AS
SELECT v.programme, v.version, v.rulebook, v.cap_half_days, v.window_months, v.in_force_from, v.transition_by, v.window_from,
       v.no_start_before, v.tacit_acceptance_working_days, v.statuses, v.conflict_months, v.title_fr, v.title_en
  FROM programme.rulebook_version v;

-- Published: the version that governs a case, the greatest in force on the date of the case that it names; no row where
-- none is. A date still to come counts as the day of the signature, or else as today. A version published later leaves
-- the cases before its own first day where they were.
CREATE FUNCTION programme.rulebook_in_force(
  p_programme text, p_applied_on date, p_admitted_on date, p_signed_on date, p_first_day date
) RETURNS SETOF programme.published_rulebook
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT v.*
    FROM programme.published_rulebook v
   WHERE v.programme = p_programme
     AND v.in_force_from <= coalesce(CASE v.transition_by
                                       WHEN 'application' THEN p_applied_on
                                       WHEN 'admission' THEN p_admitted_on
                                       WHEN 'agreement' THEN p_signed_on
                                       ELSE coalesce(p_first_day, p_signed_on)
                                     END, (now() AT TIME ZONE 'Europe/Paris')::date)
   ORDER BY v.version DESC
   LIMIT 1
$$;

-- Published: what every version allows, for whoever rechecks a case by the version it was admitted under.
CREATE VIEW programme.rulebook_limit AS
SELECT v.programme, v.version, v.cap_half_days, v.window_months, v.billing_deadline_months
  FROM programme.rulebook_version v;

-- Published: the programmes whose silence may be an acceptance, in some version.
CREATE VIEW programme.tacit_programme AS
SELECT DISTINCT v.programme
  FROM programme.rulebook_version v
 WHERE v.tacit_acceptance_working_days > 0;

-- Published: the phases that may hold half-days of the grant.
CREATE VIEW programme.chargeable_phase AS
SELECT p.programme, p.version, p.phase
  FROM programme.rulebook_phase p
 WHERE p.chargeable;

-- Published: when half-days of a phase may take place within a case's window, and which phases come first. Of these only
-- the chargeable ones have half-days by which that can be seen.
CREATE VIEW programme.phase_order AS
SELECT p.programme, p.version, p.phase, p.opens_after_months, p.window_months,
       ARRAY(SELECT q.phase FROM programme.rulebook_phase q
              WHERE (q.programme, q.version) = (p.programme, p.version) AND q.chargeable AND q.phase = ANY (p.prerequisites)
              ORDER BY q.phase) AS prerequisites
  FROM programme.rulebook_phase p;

-- Published: a row for each phase that some version gives a part of the window or phases before it. Where a programme has none,
-- there is nothing to ask of phase_order: that is one look into an index that is all but empty.
CREATE INDEX rulebook_phase_in_order ON programme.rulebook_phase (programme)
  WHERE opens_after_months > 0 OR window_months > 0 OR prerequisites <> '{}';
CREATE VIEW programme.ordered_phase AS
SELECT p.programme, p.version, p.phase
  FROM programme.rulebook_phase p
 WHERE p.opens_after_months > 0 OR p.window_months > 0 OR p.prerequisites <> '{}';

-- Published: what people call a phase.
CREATE VIEW programme.phase_title AS
SELECT p.programme, p.version, p.phase, p.title_fr, p.title_en
  FROM programme.rulebook_phase p;

-- Publishes a version. Versions count from 1 without a gap. The last arrays run in parallel, an element a phase; its
-- prerequisites are codes with a space between. What is not given of a phase is not set; without a title it is called by its
-- code. Refusals, in order: RULEBOOK_INVALID (here: its number does not follow), RULEBOOK_VERSION_EXISTS.
CREATE FUNCTION programme.publish_rulebook(
  call common.call, p_programme text, p_version int, p_title_fr text, p_title_en text, p_source text, p_source_hash text,
  p_rulebook bytea, p_cap_half_days int, p_window_months int, p_in_force_from date, p_transition_by text,
  p_window_from text, p_no_start_before text, p_billing_deadline_months int, p_tacit_acceptance_working_days int, p_statuses text[],
  p_phases text[], p_chargeable boolean[], p_conflict_months int DEFAULT 0,
  p_opens_after_months int[] DEFAULT '{}', p_phase_window_months int[] DEFAULT '{}', p_prerequisites text[] DEFAULT '{}',
  p_phase_titles_fr text[] DEFAULT '{}', p_phase_titles_en text[] DEFAULT '{}'
) RETURNS SETOF programme.rulebook_version_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  newest int;
  result programme.rulebook_version_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::programme.rulebook_version_row, answer);
    RETURN;
  END IF;

  SELECT max(v.version) INTO newest FROM programme.rulebook_version v WHERE v.programme = p_programme;
  IF p_version > coalesce(newest, 0) + 1 THEN
    PERFORM common.refuse('RULEBOOK_INVALID', 'problems', format('version: %s > %s', p_version, coalesce(newest, 0) + 1));
  END IF;

  INSERT INTO programme.rulebook_version
         (programme, version, title_fr, title_en, source, source_hash, rulebook, cap_half_days, window_months,
          in_force_from, transition_by, window_from, no_start_before, billing_deadline_months, tacit_acceptance_working_days,
          statuses, conflict_months, published_by)
  VALUES (p_programme, p_version, p_title_fr, p_title_en, p_source, p_source_hash, p_rulebook, p_cap_half_days,
          p_window_months, coalesce(p_in_force_from, '-infinity'), p_transition_by, p_window_from, p_no_start_before,
          p_billing_deadline_months, p_tacit_acceptance_working_days, p_statuses, p_conflict_months, call.actor)
  ON CONFLICT ON CONSTRAINT rulebook_version_pkey DO NOTHING;
  IF NOT FOUND THEN
    answer := common.replay(call);  -- perhaps a copy of this very request published it since
    IF answer IS NULL THEN
      PERFORM common.refuse('RULEBOOK_VERSION_EXISTS', 'version', p_version::text);
    END IF;
    RETURN NEXT jsonb_populate_record(NULL::programme.rulebook_version_row, answer);
    RETURN;
  END IF;
  INSERT INTO programme.rulebook_phase (programme, version, phase, chargeable, title_fr, title_en, opens_after_months, window_months,
                                        prerequisites)
  SELECT p_programme, p_version, p.phase, p.chargeable, coalesce(nullif(p.title_fr, ''), p.phase),
         coalesce(nullif(p.title_en, ''), p.phase), coalesce(p.opens_after_months, 0), coalesce(p.window_months, 0),
         coalesce(string_to_array(p.prerequisites, ' '), '{}')
    FROM unnest(p_phases, p_chargeable, p_opens_after_months, p_phase_window_months, p_prerequisites, p_phase_titles_fr,
                p_phase_titles_en)
         AS p (phase, chargeable, opens_after_months, window_months, prerequisites, title_fr, title_en);

  SELECT * INTO STRICT result
    FROM programme.rulebook_version_row r
   WHERE r.programme = p_programme AND r.version = p_version;
  PERFORM audit.append(call, 'programme', 'rulebook.published', format('rulebook/%s/%s', p_programme, p_version), NULL,
                       jsonb_build_object('source_hash', p_source_hash));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

GRANT USAGE ON SCHEMA programme TO
  jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON programme.published_rulebook, programme.rulebook_limit, programme.chargeable_phase TO
  jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_programme, jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON programme.tacit_programme TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION programme.rulebook_in_force TO
  jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_programme, jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON programme.phase_order, programme.phase_title, programme.ordered_phase TO jalon_calendar_owner;
GRANT SELECT ON programme.ordered_phase TO jalon_calendar;
GRANT SELECT, INSERT ON programme.rulebook_version, programme.rulebook_phase TO jalon_programme;
GRANT SELECT ON programme.rulebook_version_row TO jalon_programme;
GRANT EXECUTE ON FUNCTION programme.publish_rulebook TO jalon_programme;

COMMIT;
