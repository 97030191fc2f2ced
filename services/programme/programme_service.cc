#include "programme/programme_service.h"

#include "base/refusal.h"
#include "rpc/digest.h"
#include "rules/rulebook.h"
#include "rules/rulebook_diff.h"
#include "rules/rulebook_report.h"

namespace jalon::programme {
namespace {

using rpc::CallContext;

}  // namespace

ProgrammeService::ProgrammeService(storage::Database* database)
    : rpc::Service(v1::PublishRulebookRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Unary<ListProgrammesRequest, ListProgrammesResponse>(
      "ListProgrammes", [this](auto& c, const auto&) { return store_.List(c); });
  Unary<GetRulebookRequest, GetRulebookResponse>(
      "GetRulebook", [this](auto& c, const auto& r) { return store_.ReadRulebook(c, r); });
  Unary<CheckRulebookRequest, CheckRulebookResponse>(
      "CheckRulebook", [](auto&, const auto& r) -> absl::StatusOr<CheckRulebookResponse> {
        return rules::ReportProblems(r.source());
      });
  Unary<TestRulebookRequest, TestRulebookResponse>(
      "TestRulebook", [](auto&, const auto& r) -> absl::StatusOr<TestRulebookResponse> {
        return rules::ReportExamples(r.source());
      });
  Unary<DiffRulebooksRequest, DiffRulebooksResponse>(
      "DiffRulebooks", [this](auto& c, const auto& r) { return DiffRulebooks(c, r); });
  Unary<PublishRulebookRequest, PublishRulebookResponse>(
      "PublishRulebook", [this](auto& c, const auto& r) { return PublishRulebook(c, r); });
}

absl::StatusOr<v1::PublishRulebookResponse> ProgrammeService::PublishRulebook(
    CallContext& call, const v1::PublishRulebookRequest& request) {
  const rules::ParsedRulebook parsed = rules::ParseRulebook(request.source());
  if (const std::string why = rules::WhyNotPublished(parsed, call.language); !why.empty())
    return Refuse(common::v1::REASON_RULEBOOK_INVALID, {{"problems", why}});
  v1::PublishRulebookResponse response;
  const std::string source_hash = rpc::Hex(rpc::Sha256(request.source()));
  if (request.validate_only()) {
    RETURN_IF_ERROR(store_.TryPublish(call, parsed.rulebook));
    response.mutable_version()->set_programme(parsed.rulebook.programme());
    response.mutable_version()->set_version(parsed.rulebook.version());
    response.mutable_version()->set_title_fr(parsed.rulebook.title_fr());
    response.mutable_version()->set_title_en(parsed.rulebook.title_en());
    response.mutable_version()->set_source_hash(source_hash);
    return response;
  }
  ASSIGN_OR_RETURN(*response.mutable_version(),
                   store_.Publish(call, parsed.rulebook, request.source(), source_hash));
  return response;
}

absl::StatusOr<v1::DiffRulebooksResponse> ProgrammeService::DiffRulebooks(
    CallContext& call, const v1::DiffRulebooksRequest& request) {
  const rules::ParsedRulebook before = rules::ParseRulebook(request.before()),
                              after = rules::ParseRulebook(request.after());
  for (const rules::ParsedRulebook* each : {&before, &after}) {
    if (each->problems.empty()) continue;
    return Refuse(common::v1::REASON_RULEBOOK_INVALID,
                  {{"problems", rules::WhyNotPublished(*each, call.language)}});
  }
  v1::DiffRulebooksResponse response;
  for (auto& change : rules::DiffRulebooks(before.rulebook, after.rulebook))
    *response.add_changes() = std::move(change);
  return response;
}

area::Area ProgrammeArea() {
  return {.name = "programme", .make_service = [](const area::Surroundings& around) {
            return std::make_unique<ProgrammeService>(around.database);
          }};
}

}  // namespace jalon::programme
