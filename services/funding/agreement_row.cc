#include "funding/agreement_row.h"

#include <algorithm>
#include <string>
#include <utility>

namespace jalon::funding {

v1::Agreement ReadAgreementRow(const storage::Rows& rows) {
  v1::Agreement agreement = rows.Read<v1::Agreement>(0);
  agreement.mutable_terms()->ParseFromString(rows.Bytes(0, "#terms"));
  return agreement;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string BasisOf(const v1::Quote& quote) {
  v1::Quote basis = quote;
  for (v1::CoverageLine& line : *basis.mutable_lines()) line.clear_trace();
  return basis.SerializeAsString();
}

void AppendShares(const v1::Quote& quote, storage::Params* params) {
  std::vector<std::pair<const std::string*, const v1::Share*>> shares;  // with their phase
  for (const v1::CoverageLine& line : quote.lines())
    for (const v1::Share& share : line.shares()) shares.emplace_back(&line.phase(), &share);
  params->Array(quote.lines(), [](const auto& line) { return line.phase(); });
  params->Array(quote.lines(), [](const auto& line) { return line.half_days(); });
  params->Array(quote.lines(), [](const auto& line) { return line.cost().cents(); });
  params->Array(quote.lines(), [](const auto& line) { return line.company().cents(); });
  params->Array(quote.lines(), [](const auto& line) { return line.eligible_cost().cents(); });
  params->Array(quote.lines(), [](const auto& line) { return line.stack_cap().numerator(); });
  params->Array(quote.lines(), [](const auto& line) { return line.stack_cap().denominator(); });
  params->Array(shares, [](const auto& share) { return *share.first; });
  params->Array(shares, [](const auto& share) { return share.second->funder(); });
  params->Array(shares, [](const auto& share) { return share.second->amount().cents(); });
  params->ArrayOrNulls(shares, [](const auto& share) {
    return share.second->has_ceiling() ? std::to_string(share.second->ceiling().cents()) : "";
  });
}

}  // namespace jalon::funding
