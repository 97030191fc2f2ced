#include "programme/programme_store.h"

#include <set>

#include "base/refusal.h"
#include "storage/labels.h"

namespace jalon::programme {
namespace {

using storage::Params;
using storage::Statement;

constexpr Statement kList{"list_programmes", R"sql(
SELECT DISTINCT ON (v.programme) v.*
  FROM programme.rulebook_version_row v
 ORDER BY v.programme, v.version DESC)sql"};

constexpr Statement kReadRulebook{"read_rulebook", R"sql(
SELECT r.programme AS "version.programme", r.version AS "version.version", r.title_fr AS "version.title_fr",
       r.title_en AS "version.title_en", r.source_hash AS "version.source_hash", r.published_at AS "version.published_at",
       r.published_by AS "version.published_by", v.source, v.rulebook AS "#rulebook"
  FROM programme.rulebook_version_row r
  JOIN programme.rulebook_version v USING (programme, version)
 WHERE r.programme = $1 AND ($2::int = 0 OR r.version = $2)
 ORDER BY r.version DESC
 LIMIT 1)sql"};

constexpr Statement kPublish{"publish_rulebook", R"sql(
SELECT * FROM programme.publish_rulebook(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::int, $7, $8, $9, $10, $11::bytea,
                                         $12::int, $13::int, $14::date, $15, $16, $17, $18::int, $19::int, $20::text[],
                                         $21::text[], $22::boolean[], $23::int, $24::int[], $25::int[], $26::text[],
                                         $27::text[], $28::text[]))sql"};

constexpr Statement kNewestVersion{"newest_version", R"sql(
SELECT coalesce(max(v.version), 0) AS version FROM programme.rulebook_version v WHERE v.programme = $1)sql"};

// Codes with a space between.
std::string PrerequisitesOf(const v1::Phase& phase) {
  std::string codes;
  for (const std::string& code : phase.prerequisites()) codes.append(codes.empty() ? "" : " ").append(code);
  return codes;
}

// The date of a case that chooses its version: the one that fixes its terms, where the rulebook names no
// other.
std::string TransitionBy(const v1::Rulebook& rulebook) {
  return storage::EnumLabel(rulebook.transition_by() == v1::FIXING_DATE_UNSPECIFIED
                                ? rulebook.terms_fixed_by()
                                : rulebook.transition_by());
}

std::string WindowFrom(const v1::Rulebook& rulebook) {
  return storage::EnumLabel(rulebook.window_from() == v1::FIXING_DATE_UNSPECIFIED ? v1::FIXING_DATE_ADMISSION
                                                                                  : rulebook.window_from());
}

// Every status that some rule names: those that a company may declare.
std::set<std::string> StatusesOf(const v1::Rulebook& rulebook) {
  std::set<std::string> statuses;
  const auto add = [&](const auto& named) { statuses.insert(named.begin(), named.end()); };
  add(rulebook.eligibility().statuses());
  for (const v1::Phase& phase : rulebook.phases()) {
    for (const v1::Tariff& tariff : phase.tariffs()) {
      add(tariff.scope().statuses());
      for (const v1::Coverage& coverage : tariff.coverage()) add(coverage.scope().statuses());
    }
  }
  return statuses;
}

}  // namespace

absl::StatusOr<v1::ListProgrammesResponse> ProgrammeStore::List(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kList));
  v1::ListProgrammesResponse response;
  rows.ReadAll(response.mutable_programmes());
  return response;
}

absl::StatusOr<v1::GetRulebookResponse> ProgrammeStore::ReadRulebook(
    const rpc::CallContext& call, const v1::GetRulebookRequest& request) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadRulebook, Params().Text(request.programme()).Int(request.version())));
  if (rows.empty())
    return Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", request.programme()}});
  v1::GetRulebookResponse response = rows.Read<v1::GetRulebookResponse>(0);
  response.mutable_rulebook()->ParseFromString(rows.Bytes(0, "#rulebook"));
  return response;
}

absl::Status ProgrammeStore::TryPublish(const rpc::CallContext& call, const v1::Rulebook& rulebook) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kNewestVersion, Params().Text(rulebook.programme())));
  const int64_t next = rows.Int(0, "version") + 1;
  const std::string version = std::to_string(rulebook.version());
  // As programme.publish_rulebook says it.
  if (rulebook.version() > next) {
    return Refuse(common::v1::REASON_RULEBOOK_INVALID,
                  {{"problems", "version: " + version + " > " + std::to_string(next)}});
  }
  if (rulebook.version() < next)
    return Refuse(common::v1::REASON_RULEBOOK_VERSION_EXISTS, {{"version", version}});
  return absl::OkStatus();
}

absl::StatusOr<v1::RulebookVersion> ProgrammeStore::Publish(const rpc::CallContext& call,
                                                            const v1::Rulebook& rulebook,
                                                            const std::string& source,
                                                            const std::string& source_hash) const {
  return CommandOne<v1::RulebookVersion>(
      call, kPublish,
      Params()
          .Text(rulebook.programme())
          .Int(rulebook.version())
          .Text(rulebook.title_fr())
          .Text(rulebook.title_en())
          .Text(source)
          .Text(source_hash)
          .Bytes(rulebook.SerializeAsString())
          .Int(rulebook.cap_half_days())
          .Int(rulebook.window_months())
          .TextOrNull(rulebook.in_force_from())
          .Text(TransitionBy(rulebook))
          .Text(WindowFrom(rulebook))
          .Text(storage::EnumLabel(rulebook.no_start_before()))
          .IntOrNull(rulebook.billing_deadline_months())
          .IntOrNull(rulebook.tacit_acceptance_working_days())
          .Array(StatusesOf(rulebook))
          .Array(rulebook.phases(), [](const auto& phase) { return phase.code(); })
          .Array(rulebook.phases(), [](const auto& phase) { return phase.chargeable(); })
          .Int(rulebook.conflict_months())
          .Array(rulebook.phases(), [](const auto& phase) { return phase.opens_after_months(); })
          .Array(rulebook.phases(), [](const auto& phase) { return phase.window_months(); })
          .Array(rulebook.phases(), PrerequisitesOf)
          .Array(rulebook.phases(), [](const auto& phase) { return phase.title_fr(); })
          .Array(rulebook.phases(), [](const auto& phase) { return phase.title_en(); }));
}

}  // namespace jalon::programme
