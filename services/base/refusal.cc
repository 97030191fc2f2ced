#include "base/refusal.h"

#include <charconv>
#include <utility>

#include "absl/strings/cord.h"
#include "base/cents.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "jalon/common/v1/options.pb.h"

namespace jalon {
namespace {

constexpr std::string_view kPrefix = "REASON_";
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";

const common::v1::Refusal& RefusalOf(Reason reason) {
  const auto* value = common::v1::Reason_descriptor()->FindValueByNumber(reason);
  return value->options().GetExtension(common::v1::refusal);
}

absl::StatusCode CodeOf(const common::v1::Refusal& refusal) {
  google::rpc::Code code = google::rpc::UNKNOWN;
  google::rpc::Code_Parse(refusal.code(), &code);
  return static_cast<absl::StatusCode>(code);
}

// An error travels in headers, of which gRPC's clients take 8 KB; a sentence stands in them four times.
constexpr size_t kMostValueBytes = 1000;
constexpr size_t kMostListBytes = 400;
constexpr size_t kMostViolationBytes = 3000;

std::string Clipped(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // whole characters
  return text.substr(0, end) + "…";
}

// States as the database writes them, which is how the contract names them, in French.
std::string_view StateInFrench(std::string_view state) {
  constexpr std::pair<std::string_view, std::string_view> kStates[] = {
      {"open", "ouvert"},       {"admitted", "admis"},     {"rejected", "rejeté"},
      {"withdrawn", "retiré"},  {"planned", "planifiée"},  {"performed", "réalisée"},
      {"attested", "attestée"}, {"approved", "approuvée"}, {"cancelled", "annulée"},
  };
  for (const auto& [english, french] : kStates)
    if (state == english) return french;
  return state;
}

// A metadata value as a person reads it: by its key, an amount in cents, a state, or text.
std::string Told(const std::string& key, const std::string& value, Language language) {
  if (key.ends_with("_cents")) {
    int64_t cents = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), cents);
    const auto amount = error == std::errc() ? Cents::FromUntrusted(cents) : std::nullopt;
    if (amount) return FormatEuros(*amount, language);
  }
  if (key == "state" && language == Language::kFrench) return std::string(StateInFrench(value));
  return value;
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (const auto payload = status.GetPayload(kErrorInfoUrl)) info.ParseFromString(std::string(*payload));
  return info;
}

}  // namespace

absl::Status Refuse(Reason reason, const Metadata& given) {
  Metadata metadata = given;
  for (auto& [key, value] : metadata) value = Clipped(value, kMostValueBytes);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(reason)));
  info.set_domain("jalon");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  absl::Status status(CodeOf(RefusalOf(reason)), Sentence(reason, metadata, Language::kEnglish));
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  return ReasonFromName(InfoOf(status).reason());
}

Metadata MetadataOf(const absl::Status& status) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  return {info.metadata().begin(), info.metadata().end()};
}

std::string Sentence(Reason reason, const Metadata& metadata, Language language) {
  const common::v1::Refusal& refusal = RefusalOf(reason);
  const std::string& pattern = language == Language::kFrench ? refusal.fr() : refusal.en();
  std::string sentence;
  for (size_t at = 0; at < pattern.size();) {
    const size_t open = pattern.find('{', at);
    const size_t close = open == std::string::npos ? open : pattern.find('}', open);
    if (close == std::string::npos) return sentence.append(pattern, at);
    sentence.append(pattern, at, open - at);
    const std::string key = pattern.substr(open + 1, close - open - 1);
    const auto found = metadata.find(key);
    sentence += found == metadata.end() ? "?" : Told(key, found->second, language);
    at = close + 1;
  }
  return sentence;
}

std::string_view ReasonName(Reason reason) {
  std::string_view name = common::v1::Reason_Name(reason);
  name.remove_prefix(std::min(kPrefix.size(), name.size()));
  return name;
}

Reason ReasonFromName(std::string_view name) {
  Reason reason = common::v1::REASON_UNSPECIFIED;
  common::v1::Reason_Parse(std::string(kPrefix).append(name), &reason);
  return reason;
}

absl::Status RefuseInvalid(const std::vector<Violation>& violations, Language language) {
  google::rpc::BadRequest bad;
  std::string all;
  size_t bytes = 0;
  for (const Violation& violation : violations) {
    const std::string& text = language == Language::kFrench ? violation.fr : violation.en;
    // As many as fit; whoever mends them hears of the others next.
    bytes += violation.field.size() + text.size() + 8;
    if (bytes > kMostViolationBytes) break;
    auto* field = bad.add_field_violations();
    field->set_field(violation.field);
    field->set_description(text);
    all += (all.empty() ? "" : " ; ") + violation.field + " : " + text;
  }
  absl::Status status =
      Refuse(common::v1::REASON_INVALID_REQUEST, {{"violations", Clipped(all, kMostListBytes)}});
  status.SetPayload(kBadRequestUrl, absl::Cord(bad.SerializeAsString()));
  return status;
}

}  // namespace jalon
