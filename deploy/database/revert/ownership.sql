-- Revert jalon:ownership from pg

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

DROP FUNCTION enrolment.add_accounts, enrolment.end_link, enrolment.declare_link, enrolment.know_party,
              enrolment.ownership_etag, enrolment.ownership_around;
DROP VIEW enrolment.accounts_row, enrolment.link_row, enrolment.case_undertaking;
DROP TABLE enrolment.case_assessment;
DROP FUNCTION enrolment.join_groups, enrolment.change_groups, enrolment.lock_single_undertaking, enrolment.single_undertaking_members,
              enrolment.single_undertaking, enrolment.undertaking_of, enrolment.joins_undertakings, enrolment.hold_groups,
              enrolment.most_in_group;
DROP TABLE enrolment.ownership_group, enrolment.accounts, enrolment.link, enrolment.party;

COMMIT;
