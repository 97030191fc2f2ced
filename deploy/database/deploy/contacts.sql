-- Deploy jalon:contacts to pg
-- requires: matching attestation_links

-- Whom companies and consultants are reached by. Personal data stands here and nowhere else: the audit names people by
-- numbers only, a request's remembered answer holds none of it, and a row can be deleted at any time without a trace that
-- anything depends on.

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

CREATE TABLE enrolment.contact (
  siren      text COLLATE "C" NOT NULL CONSTRAINT contact_pkey PRIMARY KEY CONSTRAINT contact_of_company REFERENCES enrolment.company,
  name       text        NOT NULL CONSTRAINT contact_name_on_one_line CHECK (name !~ '[[:cntrl:]]'),
  email      text        NOT NULL CONSTRAINT contact_email_plain CHECK (email ~ '^[!-~]+@[!-~]+$'),
  phone      text        NOT NULL CONSTRAINT contact_phone_on_one_line CHECK (phone !~ '[[:cntrl:]]'),
  language   text        NOT NULL CONSTRAINT contact_language_spoken CHECK (language IN ('fr', 'en')),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- A contact as the contract's jalon.enrolment.v1.Contact.
CREATE VIEW enrolment.contact_row AS
SELECT c.siren, c.name, c.email, c.phone, c.language FROM enrolment.contact c;

-- A retry has the contact as it is by then: nothing of it is remembered. Refusals: COMPANY_NOT_FOUND.
CREATE FUNCTION enrolment.set_contact(call common.call, p_siren text, p_name text, p_email text, p_phone text, p_language text)
RETURNS SETOF enrolment.contact_row
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM enrolment.company c WHERE c.siren = p_siren FOR NO KEY UPDATE;  -- one command on it at a time
  IF NOT FOUND THEN
    PERFORM common.refuse('COMPANY_NOT_FOUND', 'siren', p_siren);
  END IF;
  IF common.replay(call) IS NULL THEN
    INSERT INTO enrolment.contact (siren, name, email, phone, language)
    VALUES (p_siren, p_name, p_email, p_phone, p_language)
    ON CONFLICT ON CONSTRAINT contact_pkey DO UPDATE
       SET name = excluded.name, email = excluded.email, phone = excluded.phone, language = excluded.language, updated_at = now();
    PERFORM audit.append(call, 'enrolment', 'contact.set', 'company/' || p_siren);
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM enrolment.contact_row c WHERE c.siren = p_siren;
END $$;

-- Services may delete nothing; the owner does it for them, here.
CREATE FUNCTION enrolment.erase_contact(call common.call, p_siren text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF common.replay(call) IS NULL THEN
    DELETE FROM enrolment.contact c WHERE c.siren = p_siren;
    IF FOUND THEN
      PERFORM audit.append(call, 'enrolment', 'contact.erased', 'company/' || p_siren);
    END IF;
    PERFORM common.remember(call, '[]');
  END IF;
END $$;

GRANT SELECT, INSERT ON enrolment.contact TO jalon_enrolment;
GRANT UPDATE (name, email, phone, language, updated_at) ON enrolment.contact TO jalon_enrolment;
GRANT SELECT ON enrolment.contact_row TO jalon_enrolment;
GRANT EXECUTE ON FUNCTION enrolment.set_contact, enrolment.erase_contact TO jalon_enrolment;

SET LOCAL ROLE jalon_assignment_owner;

CREATE TABLE assignment.contact (
  consultant_id bigint      NOT NULL CONSTRAINT consultant_contact_pkey PRIMARY KEY
                            CONSTRAINT contact_of_consultant REFERENCES assignment.consultant,
  email         text        NOT NULL CONSTRAINT consultant_email_plain CHECK (email ~ '^[!-~]+@[!-~]+$'),
  language      text        NOT NULL CONSTRAINT consultant_language_spoken CHECK (language IN ('fr', 'en')),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

-- The contract's jalon.assignment.v1.ConsultantContact.
CREATE VIEW assignment.contact_row AS
SELECT c.consultant_id, c.email, c.language FROM assignment.contact c;

-- Refusals: CONSULTANT_NOT_FOUND.
CREATE FUNCTION assignment.set_contact(call common.call, p_consultant_id bigint, p_email text, p_language text)
RETURNS SETOF assignment.contact_row
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF common.replay(call) IS NULL THEN
    INSERT INTO assignment.contact (consultant_id, email, language)
    VALUES (p_consultant_id, p_email, p_language)
    ON CONFLICT ON CONSTRAINT consultant_contact_pkey DO UPDATE
       SET email = excluded.email, language = excluded.language, updated_at = now();
    PERFORM audit.append(call, 'assignment', 'contact.set', 'consultant/' || p_consultant_id);
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM assignment.contact_row c WHERE c.consultant_id = p_consultant_id;
END $$;

CREATE FUNCTION assignment.erase_contact(call common.call, p_consultant_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF common.replay(call) IS NULL THEN
    DELETE FROM assignment.contact c WHERE c.consultant_id = p_consultant_id;
    IF FOUND THEN
      PERFORM audit.append(call, 'assignment', 'contact.erased', 'consultant/' || p_consultant_id);
    END IF;
    PERFORM common.remember(call, '[]');
  END IF;
END $$;

GRANT SELECT, INSERT ON assignment.contact TO jalon_assignment;
GRANT UPDATE (email, language, updated_at) ON assignment.contact TO jalon_assignment;
GRANT SELECT ON assignment.contact_row TO jalon_assignment;
GRANT EXECUTE ON FUNCTION assignment.set_contact, assignment.erase_contact TO jalon_assignment;

COMMIT;
