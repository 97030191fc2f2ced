#include "funding/funding_service.h"

#include "base/paris.h"
#include "base/refusal.h"
#include "document/document.h"
#include "funding/attestation.h"
#include "rpc/validator.h"
#include "rules/coverage.h"
#include "rules/rulebook.h"
#include "rules/rulebook_report.h"

namespace jalon::funding {
namespace {

using rpc::CallContext;

// Digits of a transaction id that every cursor stays below: 2^63 has 19.
constexpr size_t kLongestCursor = 18;

// The one funder whose money this caller sees; empty: every funder's.
std::string OnlyFunder(const rpc::Principal& principal) {
  return principal.SeesAll() ? "" : principal.funder;
}

// The date that the rulebook names. A first day that is still to come is fixed by the signature.
std::string TermsDate(const CaseTerms& terms, const std::string& signed_on) {
  switch (terms.rulebook->terms_fixed_by()) {
    case programme::v1::FIXING_DATE_APPLICATION:
      return terms.applied_on;
    case programme::v1::FIXING_DATE_ADMISSION:
      return terms.admitted_on;
    case programme::v1::FIXING_DATE_FIRST_DAY:
      return terms.first_day.empty() ? signed_on : terms.first_day;
    default:
      return signed_on;
  }
}

rules::CoverageFacts FactsOf(const CaseTerms& terms, const std::string& signed_on) {
  return {.size_class = terms.size_class,
          .region = terms.region,
          .headcount_hundredths = terms.headcount_hundredths,
          .site_headcount_hundredths = terms.site_headcount_hundredths,
          .group_headcount_hundredths = terms.group_headcount_hundredths,
          .created_on = terms.created_on,
          .statuses = terms.statuses,
          .terms_date = *Date::Parse(TermsDate(terms, signed_on)),
          .granted_on = *Date::Parse(signed_on),
          .earlier_aid = terms.earlier_aid,
          .phases_done = terms.phases_done};
}

int TotalHalfDays(const std::vector<v1::CoverageLine>& lines) {
  int total = 0;
  for (const v1::CoverageLine& line : lines) total += line.half_days();
  return total;
}

void SetEuros(common::v1::Money* money, int64_t cents) {
  money->set_cents(cents);
  money->set_currency("EUR");
}

void AddLines(std::vector<v1::CoverageLine> lines, v1::Quote* quote) {
  int64_t cost = 0, company = 0;
  for (v1::CoverageLine& line : lines) {
    cost += line.cost().cents();
    company += line.company().cents();
    *quote->add_lines() = std::move(line);
  }
  SetEuros(quote->mutable_cost(), cost);
  SetEuros(quote->mutable_aid(), cost - company);
  SetEuros(quote->mutable_company(), company);
}

using AgreedPhases = google::protobuf::RepeatedPtrField<v1::AgreedPhase>;

absl::StatusOr<v1::Quote> MakeQuote(const programme::v1::Rulebook& rulebook, int64_t case_id,
                                    const rules::CoverageFacts& facts, int granted_half_days,
                                    const AgreedPhases& phases) {
  v1::Quote quote;
  quote.set_case_id(case_id);
  quote.set_programme(rulebook.programme());
  quote.set_rulebook_version(rulebook.version());
  quote.set_terms_date(facts.terms_date.ToIso());
  *quote.mutable_facts() = rules::StoredFacts(facts);
  rules::CoverageOutcome outcome = rules::ComputeCoverage(rulebook, facts, phases);
  if (const auto* refusal = std::get_if<rules::CoverageRefusal>(&outcome))
    return Refuse(refusal->reason, refusal->metadata);
  auto& lines = std::get<std::vector<v1::CoverageLine>>(outcome);
  if (TotalHalfDays(lines) > granted_half_days)
    return Refuse(common::v1::REASON_DAYS_OVER_GRANT, {{"granted", std::to_string(granted_half_days)}});
  AddLines(std::move(lines), &quote);
  return quote;
}

// Under which ceiling the programme's aid falls; unspecified: it is no de minimis aid.
v1::AidRegime DeMinimisRegime(const programme::v1::Rulebook& rulebook) {
  switch (rulebook.de_minimis()) {
    case programme::v1::DE_MINIMIS_REGIME_GENERAL:
      return v1::AID_REGIME_GENERAL;
    case programme::v1::DE_MINIMIS_REGIME_AGRICULTURE:
      return v1::AID_REGIME_AGRICULTURE;
    case programme::v1::DE_MINIMIS_REGIME_FISHERY:
      return v1::AID_REGIME_FISHERY;
    default:
      return v1::AID_REGIME_UNSPECIFIED;
  }
}

// What two quotes agree on and give, whatever reasoning led there.
bool SameTerms(v1::Quote a, v1::Quote b) {
  for (v1::Quote* quote : {&a, &b}) {
    quote->clear_facts();
    for (v1::CoverageLine& line : *quote->mutable_lines()) line.clear_trace();
  }
  return a.SerializeAsString() == b.SerializeAsString();
}

}  // namespace

FundingService::FundingService(storage::Database* database)
    : rpc::Service(v1::QuoteAgreementRequest::descriptor()->file()->service(0)),
      store_(database),
      agreements_(database),
      de_minimis_(database),
      impact_(database),
      payments_(database),
      summaries_(database) {
  using namespace v1;
  Unary<CreateFunderRequest, CreateFunderResponse>(
      "CreateFunder", [this](auto& c, const auto& r) { return CreateFunder(c, r); });
  Unary<ListFundersRequest, ListFundersResponse>(
      "ListFunders", [this](auto& c, const auto&) { return store_.ListFunders(c); });
  Unary<CreateEnvelopeRequest, CreateEnvelopeResponse>(
      "CreateEnvelope", [this](auto& c, const auto& r) { return CreateEnvelope(c, r); });
  Unary<ListEnvelopesRequest, ListEnvelopesResponse>(
      "ListEnvelopes", [this](auto& c, const auto& r) { return ListEnvelopes(c, r); });
  Unary<ChangeEnvelopeRequest, ChangeEnvelopeResponse>(
      "ChangeEnvelope", [this](auto& c, const auto& r) { return store_.ChangeEnvelope(c, r); });
  Unary<ListEnvelopeAlertsRequest, ListEnvelopeAlertsResponse>(
      "ListEnvelopeAlerts",
      [this](auto& c, const auto& r) { return store_.ListAlerts(c, r, OnlyFunder(c.principal)); });
  Unary<QuoteAgreementRequest, QuoteAgreementResponse>(
      "QuoteAgreement", [this](auto& c, const auto& r) { return QuoteAgreement(c, r); });
  Unary<SignAgreementRequest, SignAgreementResponse>(
      "SignAgreement", [this](auto& c, const auto& r) { return SignAgreement(c, r); });
  Unary<AmendAgreementRequest, AmendAgreementResponse>(
      "AmendAgreement", [this](auto& c, const auto& r) { return AmendAgreement(c, r); });
  Unary<ReleaseAgreementRequest, ReleaseAgreementResponse>(
      "ReleaseAgreement",
      [this](auto& c, const auto& r) { return agreements_.Release(c, r, Today().ToIso()); });
  Stream<MeasureRulebookImpactRequest, MeasureRulebookImpactResponse>(
      "MeasureRulebookImpact",
      [this](auto& c, const auto& r, const auto& send) { return MeasureRulebookImpact(c, r, send); });
  Unary<GetAgreementRequest, GetAgreementResponse>(
      "GetAgreement", [this](auto& c, const auto& r) { return GetAgreement(c, r); });
  Unary<ChargeHalfDaysRequest, ChargeHalfDaysResponse>(
      "ChargeHalfDays", [this](auto& c, const auto& r) { return store_.Charge(c, r); });
  Unary<ReverseChargeRequest, ReverseChargeResponse>(
      "ReverseCharge", [this](auto& c, const auto& r) { return store_.Reverse(c, r); });
  Unary<RecordPaymentRequest, RecordPaymentResponse>(
      "RecordPayment", [this](auto& c, const auto& r) { return RecordPayment(c, r); });
  AddPayments();
  AddDeMinimis();
  Unary<ListLedgerEntriesRequest, ListLedgerEntriesResponse>(
      "ListLedgerEntries",
      [this](auto& c, const auto& r) { return store_.ListLedger(c, r, OnlyFunder(c.principal)); });
  Unary<SummarizeFundingRequest, SummarizeFundingResponse>(
      "SummarizeFunding", [this](auto& c, const auto& r) { return SummarizeFunding(c, r); });
  Stream<ExportLedgerRequest, ExportLedgerResponse>(
      "ExportLedger", [this](auto& c, const auto& r, const auto& send) {
        return store_.ExportLedger(c, r.filter(), OnlyFunder(c.principal), send);
      });
  Stream<ExportLedgerChangesRequest, ExportLedgerChangesResponse>(
      "ExportLedgerChanges",
      [this](auto& c, const auto& r, const auto& send) { return ExportChanges(c, r, send); });
  Unary<ClosePeriodRequest, ClosePeriodResponse>(
      "ClosePeriod", [this](auto& c, const auto& r) { return ClosePeriod(c, r); });
  Unary<ListPeriodsRequest, ListPeriodsResponse>(
      "ListPeriods", [this](auto& c, const auto& r) { return store_.ListPeriods(c, r); });
  Unary<GetPeriodRequest, GetPeriodResponse>(
      "GetPeriod", [this](auto& c, const auto& r) { return store_.GetPeriod(c, r); });
}

void FundingService::AddPayments() {
  using namespace v1;
  Unary<CreatePaymentBatchRequest, CreatePaymentBatchResponse>(
      "CreatePaymentBatch", [this](auto& c, const auto& r) { return payments_.Create(c, r); });
  Unary<IssuePaymentBatchRequest, IssuePaymentBatchResponse>(
      "IssuePaymentBatch", [this](auto& c, const auto& r) { return payments_.Issue(c, r); });
  Unary<ListPaymentBatchesRequest, ListPaymentBatchesResponse>(
      "ListPaymentBatches", [this](auto& c, const auto& r) { return payments_.ListBatches(c, r); });
  Unary<ListPaymentOrdersRequest, ListPaymentOrdersResponse>(
      "ListPaymentOrders", [this](auto& c, const auto& r) { return payments_.ListOrders(c, r); });
  Unary<CancelPaymentOrderRequest, CancelPaymentOrderResponse>(
      "CancelPaymentOrder", [this](auto& c, const auto& r) { return payments_.Cancel(c, r); });
  Unary<ReconcilePaymentsRequest, ReconcilePaymentsResponse>(
      "ReconcilePayments", [this](auto& c, const auto& r) { return ReconcilePayments(c, r); });
}

void FundingService::AddDeMinimis() {
  using namespace v1;
  Unary<GetDeMinimisHeadroomRequest, GetDeMinimisHeadroomResponse>(
      "GetDeMinimisHeadroom", [this](auto& c, const auto& r) { return GetDeMinimisHeadroom(c, r); });
  Unary<GetDeMinimisAttestationRequest, GetDeMinimisAttestationResponse>(
      "GetDeMinimisAttestation", [this](auto& c, const auto& r) { return GetDeMinimisAttestation(c, r); });
  Unary<DeclareAidRequest, DeclareAidResponse>("DeclareAid",
                                               [this](auto& c, const auto& r) { return DeclareAid(c, r); });
  Unary<ConfirmAidRequest, ConfirmAidResponse>("ConfirmAid",
                                               [this](auto& c, const auto& r) { return ConfirmAid(c, r); });
  Unary<ListRegisterEntriesRequest, ListRegisterEntriesResponse>(
      "ListRegisterEntries", [this](auto& c, const auto& r) { return de_minimis_.ListRegister(c, r); });
  Unary<ConfirmRegisteredRequest, ConfirmRegisteredResponse>(
      "ConfirmRegistered", [this](auto& c, const auto& r) { return ConfirmRegistered(c, r); });
}

absl::StatusOr<v1::CreateFunderResponse> FundingService::CreateFunder(
    CallContext& call, const v1::CreateFunderRequest& request) {
  v1::CreateFunderResponse response;
  ASSIGN_OR_RETURN(*response.mutable_funder(), store_.CreateFunder(call, request));
  return response;
}

absl::StatusOr<v1::CreateEnvelopeResponse> FundingService::CreateEnvelope(
    CallContext& call, const v1::CreateEnvelopeRequest& request) {
  v1::CreateEnvelopeResponse response;
  ASSIGN_OR_RETURN(*response.mutable_envelope(), store_.CreateEnvelope(call, request));
  return response;
}

absl::StatusOr<v1::ListEnvelopesResponse> FundingService::ListEnvelopes(
    CallContext& call, const v1::ListEnvelopesRequest& request) {
  const std::string only = OnlyFunder(call.principal);
  if (!only.empty() && !request.funder().empty() && request.funder() != only)
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  return store_.ListEnvelopes(call, only.empty() ? request.funder() : only);
}

// What QuoteAgreement shows and SignAgreement signs.
absl::StatusOr<SignableQuote> FundingService::Quote(CallContext& call, int64_t case_id,
                                                    const std::string& signed_on,
                                                    const AgreedPhases& phases) {
  ASSIGN_OR_RETURN(const CaseTerms terms, store_.ReadCaseTerms(call, case_id, signed_on));
  if (terms.state != "admitted")
    return Refuse(common::v1::REASON_CASE_NOT_ADMITTED, {{"case_id", std::to_string(case_id)}});
  if (!terms.rulebook)
    return Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", terms.programme}});

  SignableQuote signable;
  signable.case_etag = terms.etag;
  signable.siren = terms.siren;
  signable.region = terms.region;
  signable.payee = terms.rulebook->payee() == programme::v1::PAYEE_KIND_COMPANY ? "company" : "expert";
  signable.de_minimis = DeMinimisRegime(*terms.rulebook);
  ASSIGN_OR_RETURN(signable.quote, MakeQuote(*terms.rulebook, case_id, FactsOf(terms, signed_on),
                                             terms.granted_half_days, phases));
  return signable;
}

// What AmendAgreement signs: by the rulebook and for the company as they were at the signature, beside what
// the company had since on its other cases.
absl::StatusOr<Amendment> FundingService::QuoteAmendment(CallContext& call,
                                                         const v1::AmendAgreementRequest& request) {
  ASSIGN_OR_RETURN(const CaseTerms now, store_.ReadCaseTerms(call, request.case_id()));
  ASSIGN_OR_RETURN(const SignedTerms terms, agreements_.ReadSigned(call, request.case_id()));
  if (now.state != "admitted")
    return Refuse(common::v1::REASON_CASE_NOT_ADMITTED, {{"case_id", std::to_string(request.case_id())}});
  std::optional<rules::CoverageFacts> facts = rules::FactsOf(terms.quote);
  if (!facts) return absl::InternalError("the facts of a signed quote cannot be read");
  facts->earlier_aid = now.earlier_aid;
  facts->phases_done = now.phases_done;
  Amendment amendment;
  amendment.case_etag = now.etag;
  amendment.version = terms.version;
  ASSIGN_OR_RETURN(amendment.quote, MakeQuote(*terms.rulebook, request.case_id(), *facts,
                                              now.granted_half_days, request.phases()));
  // Other facts alone amend nothing, which the database sees by the bytes.
  if (SameTerms(amendment.quote, terms.quote)) amendment.quote = terms.quote;
  return amendment;
}

absl::StatusOr<v1::QuoteAgreementResponse> FundingService::QuoteAgreement(
    CallContext& call, const v1::QuoteAgreementRequest& request) {
  ASSIGN_OR_RETURN(const SignableQuote signable,
                   Quote(call, request.case_id(), request.signed_on(), request.phases()));
  v1::QuoteAgreementResponse response;
  *response.mutable_quote() = signable.quote;
  RETURN_IF_ERROR(store_.ReadNeeds(call, signable, request.signed_on(), response.mutable_envelopes()));
  if (signable.de_minimis != v1::AID_REGIME_UNSPECIFIED) {
    ASSIGN_OR_RETURN(*response.mutable_headroom(),
                     de_minimis_.Headroom(call, signable.siren, request.signed_on(), signable.de_minimis));
  }
  return response;
}

absl::StatusOr<v1::SignAgreementResponse> FundingService::SignAgreement(
    CallContext& call, const v1::SignAgreementRequest& request) {
  v1::SignAgreementResponse response;
  const absl::StatusOr<SignableQuote> signable =
      Quote(call, request.case_id(), request.signed_on(), request.phases());
  if (signable.ok()) {
    ASSIGN_OR_RETURN(*response.mutable_agreement(), store_.Sign(call, request, *signable));
    return response;
  }
  if (request.validate_only()) return signable.status();
  // A retry has its first answer even where today's rulebook would refuse.
  ASSIGN_OR_RETURN(std::optional<v1::Agreement> known, store_.FindSigned(call));
  if (!known) return signable.status();
  *response.mutable_agreement() = *std::move(known);
  return response;
}

absl::StatusOr<v1::AmendAgreementResponse> FundingService::AmendAgreement(
    CallContext& call, const v1::AmendAgreementRequest& request) {
  v1::AmendAgreementResponse response;
  const absl::StatusOr<Amendment> amendment = QuoteAmendment(call, request);
  if (amendment.ok()) {
    ASSIGN_OR_RETURN(*response.mutable_agreement(), agreements_.Amend(call, request, *amendment));
    return response;
  }
  if (request.validate_only()) return amendment.status();
  // A retry has its first answer, whatever has become of the case since.
  ASSIGN_OR_RETURN(std::optional<v1::Agreement> known, store_.FindSigned(call));
  if (!known) return amendment.status();
  *response.mutable_agreement() = *std::move(known);
  return response;
}

absl::Status FundingService::MeasureRulebookImpact(
    CallContext& call, const v1::MeasureRulebookImpactRequest& request,
    const rpc::Sender<v1::MeasureRulebookImpactResponse>& send) {
  const rules::ParsedRulebook draft = rules::ParseRulebook(request.source());
  if (!draft.problems.empty()) {
    return Refuse(common::v1::REASON_RULEBOOK_INVALID,
                  {{"problems", rules::WhyNotPublished(draft, call.language)}});
  }
  return impact_.Measure(call, draft.rulebook, request.include_unchanged(), send);
}

absl::StatusOr<v1::GetDeMinimisHeadroomResponse> FundingService::GetDeMinimisHeadroom(
    CallContext& call, const v1::GetDeMinimisHeadroomRequest& request) {
  if (!call.principal.SeesAll() && call.principal.siren != request.siren())
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  v1::GetDeMinimisHeadroomResponse response;
  ASSIGN_OR_RETURN(*response.mutable_headroom(),
                   de_minimis_.Headroom(call, request.siren(), request.on(), request.regime()));
  return response;
}

absl::StatusOr<v1::GetDeMinimisAttestationResponse> FundingService::GetDeMinimisAttestation(
    CallContext& call, const v1::GetDeMinimisAttestationRequest& request) {
  v1::GetDeMinimisAttestationResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_attestation(),
      de_minimis_.Attest(call, request.case_id(), call.principal.SeesAll() ? "" : call.principal.siren));
  ASSIGN_OR_RETURN(*response.mutable_pdf(),
                   document::ToPdf(AttestationLetter(response.attestation(), call.language)));
  return response;
}

absl::StatusOr<v1::DeclareAidResponse> FundingService::DeclareAid(CallContext& call,
                                                                  const v1::DeclareAidRequest& request) {
  if (!call.principal.SeesAll() && call.principal.siren != request.siren())
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  return de_minimis_.Declare(call, request);
}

absl::StatusOr<v1::ConfirmAidResponse> FundingService::ConfirmAid(CallContext& call,
                                                                  const v1::ConfirmAidRequest& request) {
  return de_minimis_.Confirm(call, request);
}

absl::StatusOr<v1::ConfirmRegisteredResponse> FundingService::ConfirmRegistered(
    CallContext& call, const v1::ConfirmRegisteredRequest& request) {
  return de_minimis_.ConfirmRegistered(call, request);
}

// A line that is not what the contract takes is refused by itself: a statement of the bank is not to be
// corrected.
absl::StatusOr<v1::ReconcilePaymentsResponse> FundingService::ReconcilePayments(
    CallContext& call, const v1::ReconcilePaymentsRequest& request) {
  v1::ReconcilePaymentsResponse response;
  for (int i = 0; i < request.lines_size(); ++i) response.add_lines();
  std::vector<PaymentStore::ToReconcile> sound;
  for (int i = 0; i < request.lines_size(); ++i) {
    v1::ReconciledLine* const outcome = response.mutable_lines(i);
    const std::vector<Violation> violations = rpc::Violations(request.lines(i));
    if (violations.empty()) {
      sound.push_back({&request.lines(i), outcome});
    } else {
      outcome->set_outcome(v1::RECONCILE_OUTCOME_REFUSED);
      outcome->set_refusal(common::v1::REASON_INVALID_REQUEST);
      outcome->set_message(
          Sentence(outcome->refusal(), MetadataOf(RefuseInvalid(violations, call.language)), call.language));
    }
  }
  if (!sound.empty()) RETURN_IF_ERROR(payments_.Reconcile(call, request.validate_only(), sound));
  return response;
}

absl::StatusOr<v1::RecordPaymentResponse> FundingService::RecordPayment(
    CallContext& call, const v1::RecordPaymentRequest& request) {
  return store_.RecordPayment(call, request);
}

absl::StatusOr<v1::GetAgreementResponse> FundingService::GetAgreement(
    CallContext& call, const v1::GetAgreementRequest& request) {
  v1::GetAgreementResponse response;
  ASSIGN_OR_RETURN(*response.mutable_agreement(),
                   store_.ReadAgreement(call, request.case_id(), request.version(),
                                        call.principal.SeesAll() ? "" : call.principal.siren));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> FundingService::SummarizeFunding(
    CallContext& call, const v1::SummarizeFundingRequest& request) {
  const std::string only = OnlyFunder(call.principal);
  if (!only.empty() && !request.funder().empty() && request.funder() != only)
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  v1::SummarizeFundingResponse rest;
  *rest.mutable_filter() = request;
  if (!only.empty()) rest.mutable_filter()->set_funder(only);
  ASSIGN_OR_RETURN(auto response, summaries_.Summarize(call, rest.filter()));
  rest.AppendToString(&response.wire);
  return response;
}

absl::Status FundingService::ExportChanges(CallContext& call, const v1::ExportLedgerChangesRequest& request,
                                           const rpc::Sender<v1::ExportLedgerChangesResponse>& send) {
  const std::string& cursor = request.cursor();
  if (cursor.find_first_not_of("0123456789") != std::string::npos || cursor.size() > kLongestCursor)
    return RefuseInvalid({{"cursor", "ce n’est pas un curseur rendu par cette méthode",
                           "not a cursor that this method returned"}},
                         call.language);
  v1::ExportLedgerChangesResponse last;
  ASSIGN_OR_RETURN(*last.mutable_cursor(),
                   store_.ExportChanges(call, request, OnlyFunder(call.principal), send));
  send(last);
  return absl::OkStatus();
}

absl::StatusOr<v1::ClosePeriodResponse> FundingService::ClosePeriod(CallContext& call,
                                                                    const v1::ClosePeriodRequest& request) {
  return store_.ClosePeriod(call, request);
}

area::Area FundingArea() {
  return {
      .name = "funding",
      .make_service =
          [](const area::Surroundings& around) { return std::make_unique<FundingService>(around.database); },
      .make_chores = [](const area::Surroundings& around) -> std::vector<area::Chore> {
        storage::Database* const database = around.database;
        return {{.name = "fold summaries",
                 .every = std::chrono::seconds(1),
                 .run = [database](const Limits& limits) { return FoldSummary(database, limits); }},
                {.name = "release withdrawn cases",
                 .every = std::chrono::seconds(5),
                 .run = [database](const Limits& limits) { return ReleaseWithdrawn(database, limits); }}};
      }};
}

}  // namespace jalon::funding
