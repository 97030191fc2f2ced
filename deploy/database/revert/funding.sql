-- Revert jalon:funding from pg

BEGIN;

REVOKE USAGE ON SCHEMA funding FROM jalon_calendar_owner, jalon_calendar;
DROP FUNCTION
  funding.check_laws, funding.charged_half_days, funding.confirm_registered, funding.record_payment,
  funding.first_charged_day, funding.post_payment, funding.reverse_charge, funding.charge_half_days,
  funding.charge_approved, funding.billing_ends_on, funding.add_charged, funding.count_case,
  funding.charge_half_day, funding.pro_rata, funding.sign_agreement, funding.reserve,
  funding.envelope_for, funding.hold_envelopes, funding.create_envelope, funding.create_funder,
  funding.summarize, funding.summary_filter, funding.fold_summary, funding.posted_in_month, funding.spans_of;
DROP VIEW
  funding.register_row, funding.measured_entry, funding.ledger_entry_row,
  funding.phase_progress_row, funding.agreement_row, funding.envelope_row,
  funding.funder_row;
DROP TABLE
  funding.summary_end, funding.summary_posted, funding.summary_cell,
  funding.reversal, funding.charge, funding.entry, funding.case_entry,
  funding.posting,
  funding.agreement_version,
  funding.agreement_funder, funding.agreement_share, funding.agreement_phase, funding.agreement, funding.envelope, funding.funder,
  funding.period_end;
DROP FUNCTION
  funding.agreement_is_its_lines, funding.legs_add_up, funding.month_is_open, funding.date_entry,
  funding.stays_closed, funding.open_month, funding.period_lock,
  funding.posting_day, funding.day_is_over, funding.day_lock, funding.day_now, funding.day_number, funding.naf_section;
DROP TYPE funding.summary_span, funding.summary_cut, funding.side, funding.posting_kind;

COMMIT;
