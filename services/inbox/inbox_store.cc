#include "inbox/inbox_store.h"

#include "storage/params.h"

namespace jalon::inbox {
namespace {

using storage::Params;
using storage::Statement;

// Longer than the escalation leaves between two mails with a link.
constexpr int kLinkDays = 14;

constexpr Statement kWaiting{"inbox_waiting", R"sql(
SELECT kind, subject, case_id, consultant_id, siren, company_name, consultant_name, month, half_days, since, due, detail
  FROM inbox.what_waits($1::date, $2::bigint, $3::text))sql",
                             storage::Planned::kEachTime};

constexpr Statement kSubscribe{"subscribe", R"sql(
SELECT * FROM inbox.subscribe(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6, $7, $8))sql"};

constexpr Statement kSubscription{"get_subscription", R"sql(
SELECT * FROM inbox.subscription_row s WHERE s."#recipient" = $1)sql"};

// $1: number before which the page begins; $2: rows. A filter that is NULL does not apply.
constexpr Statement kListMails{"list_mails", R"sql(
SELECT m.*, m.mail_id::text AS "#key"
  FROM inbox.mail_row m
 WHERE ($1::bigint IS NULL OR m.mail_id < $1)
   AND ($3::bigint IS NULL OR m.case_id = $3)
   AND ($4::text IS NULL OR m.kind = $4)
   AND ($5::text IS NULL OR m.state = $5)
 ORDER BY m.mail_id DESC
 LIMIT $2)sql",
                               storage::Planned::kEachTime};

constexpr Statement kPageKey{"inbox_page_key", "SELECT common.page_key() AS key"};

constexpr Statement kDecideDigests{"decide_digests", R"sql(
SELECT inbox.decide_digests($1::date) AS decided)sql"};

constexpr Statement kLastSteps{"last_steps", R"sql(
SELECT place, step, taken_on FROM inbox.last_steps($1::bigint[], $2::bigint[], $3::date[], $4::date[]))sql"};

constexpr Statement kTakeSteps{"take_steps", R"sql(
SELECT inbox.take_steps($1::date, $2::bigint[], $3::bigint[], $4::text[], $5::date[], $6::date[], $7::int[]) AS taken)sql"};

constexpr Statement kClaim{"claim_mail", R"sql(
SELECT * FROM inbox.claim_mail())sql"};

constexpr Statement kSettle{"settle_mail", R"sql(
SELECT inbox.settle_mail($1::bigint, $2, $3::bytea))sql"};

constexpr Statement kOpenLink{"send_attestation_link", R"sql(
SELECT path, code, expires_on FROM calendar.send_attestation_link($1::bigint, $2::bigint, $3::date, $4::int))sql"};

std::string TextOf(const storage::Rows& rows, int row, const char* column) {
  return rows.IsNull(row, column) ? "" : std::string(rows.Text(row, column));
}
int64_t IntOf(const storage::Rows& rows, int row, const char* column) {
  return rows.IsNull(row, column) ? 0 : rows.Int(row, column);
}
std::optional<Date> DateOf(const storage::Rows& rows, int row, const char* column) {
  return rows.IsNull(row, column) ? std::nullopt : Date::Parse(rows.Text(row, column));
}

std::string FirstOf(const std::string& month) {
  return month + "-01";
}

Waiting WaitingOf(const storage::Rows& rows, int row) {
  return {.kind = storage::EnumValue<v1::InboxKind>(rows.Text(row, "kind")),
          .subject = TextOf(rows, row, "subject"),
          .case_id = IntOf(rows, row, "case_id"),
          .consultant_id = IntOf(rows, row, "consultant_id"),
          .siren = TextOf(rows, row, "siren"),
          .company_name = TextOf(rows, row, "company_name"),
          .consultant_name = TextOf(rows, row, "consultant_name"),
          .month = TextOf(rows, row, "month"),
          .half_days = static_cast<int>(IntOf(rows, row, "half_days")),
          .since = DateOf(rows, row, "since"),
          .due = DateOf(rows, row, "due"),
          .detail = TextOf(rows, row, "detail")};
}

// The sheets' case, consultant, month and day of being ready, as four arrays.
template <class Range, class SheetOf>
void AppendSheets(Params& params, const Range& range, SheetOf sheet_of, bool with_siren) {
  params.Array(range, [&](const auto& one) { return sheet_of(one).case_id; });
  params.Array(range, [&](const auto& one) { return sheet_of(one).consultant_id; });
  if (with_siren) params.Array(range, [&](const auto& one) { return sheet_of(one).siren; });
  params.Array(range, [&](const auto& one) { return FirstOf(sheet_of(one).month); });
  params.Array(range, [&](const auto& one) { return sheet_of(one).due->ToIso(); });
}

}  // namespace

absl::StatusOr<std::vector<Waiting>> InboxStore::ReadWaiting(const Limits& limits, Date today,
                                                             const Scope& scope) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(limits, kWaiting,
                        Params().Text(today.ToIso()).IntOrNull(scope.consultant_id).TextOrNull(scope.siren)));
  std::vector<Waiting> waiting;
  waiting.reserve(static_cast<size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) waiting.push_back(WaitingOf(rows, row));
  return waiting;
}

absl::StatusOr<v1::Subscription> InboxStore::Subscribe(const rpc::CallContext& call,
                                                       const std::string& recipient,
                                                       const v1::SetSubscriptionRequest& request) const {
  const bool off = request.frequency() == v1::FREQUENCY_OFF;
  Params params;
  params.Text(recipient).TextOrNull(off ? "" : request.email());
  params.Text(!request.language().empty()          ? request.language()
              : call.language == Language::kFrench ? "fr"
                                                   : "en");
  params.Text(storage::EnumLabel(request.frequency()));
  return CommandOne<v1::Subscription>(call, kSubscribe, params);
}

absl::StatusOr<v1::Subscription> InboxStore::ReadSubscription(const rpc::CallContext& call,
                                                              const std::string& recipient) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kSubscription, Params().Text(recipient)));
  return rows.empty() ? v1::Subscription() : rows.Read<v1::Subscription>(0);
}

absl::StatusOr<rpc::Encoded<v1::ListMailsResponse>> InboxStore::ListMails(
    const rpc::CallContext& call, const v1::ListMailsRequest& request) const {
  Params params;
  params.IntOrNull(request.case_id()).TextOrNull(storage::EnumLabel(request.kind()));
  params.TextOrNull(storage::EnumLabel(request.state()));
  return ReadPage<v1::ListMailsResponse>(call, request, kListMails, params, "mails");
}

absl::StatusOr<std::string> InboxStore::ReadPageKey(const Limits& limits) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(limits, kPageKey, {}));
  return rows.Bytes(0, "key");
}

absl::Status InboxStore::DecideDigests(const Limits& limits, Date today) const {
  return Read(limits, kDecideDigests, Params().Text(today.ToIso())).status();
}

absl::StatusOr<std::vector<std::optional<StepTaken>>> InboxStore::LastSteps(
    const Limits& limits, const std::vector<const Waiting*>& sheets) const {
  Params params;
  AppendSheets(
      params, sheets, [](const Waiting* sheet) -> const Waiting& { return *sheet; }, false);
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(limits, kLastSteps, params));
  std::vector<std::optional<StepTaken>> last(sheets.size());
  for (int row = 0; row < rows.size(); ++row) {
    last[static_cast<size_t>(rows.Int(row, "place")) - 1] =
        StepTaken{static_cast<int>(rows.Int(row, "step")), *Date::Parse(rows.Text(row, "taken_on"))};
  }
  return last;
}

absl::Status InboxStore::TakeSteps(const Limits& limits, Date today, const std::vector<Step>& steps) const {
  Params params;
  params.Text(today.ToIso());
  AppendSheets(
      params, steps, [](const Step& step) -> const Waiting& { return *step.sheet; }, true);
  params.Array(steps, [](const Step& step) { return static_cast<int64_t>(step.step); });
  return Read(limits, kTakeSteps, params).status();
}

absl::StatusOr<std::optional<Claimed>> InboxStore::Claim(const Limits& limits) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(limits, kClaim, {}));
  if (rows.empty()) return std::nullopt;
  Claimed mail;
  mail.mail_id = rows.Int(0, "mail_id");
  mail.kind = storage::EnumValue<v1::MailKind>(rows.Text(0, "kind"));
  mail.recipient = TextOf(rows, 0, "recipient");
  mail.case_id = IntOf(rows, 0, "case_id");
  mail.consultant_id = IntOf(rows, 0, "consultant_id");
  mail.month = TextOf(rows, 0, "month");
  mail.step = static_cast<int>(IntOf(rows, 0, "step"));
  mail.name = TextOf(rows, 0, "name");
  mail.email = TextOf(rows, 0, "email");
  mail.language = TextOf(rows, 0, "language") == "en" ? Language::kEnglish : Language::kFrench;
  mail.frequency = storage::EnumValue<v1::Frequency>(TextOf(rows, 0, "frequency"));
  if (!rows.IsNull(0, "told")) mail.told = rows.Bytes(0, "told");
  return mail;
}

absl::Status InboxStore::Settle(const Limits& limits, int64_t mail_id, v1::MailState state,
                                std::string_view told) const {
  Params params;
  params.Int(mail_id).Text(storage::EnumLabel(state));
  told.empty() ? params.Null() : params.Bytes(told);
  return Read(limits, kSettle, params).status();
}

absl::StatusOr<Key> InboxStore::OpenLink(const Limits& limits, const Claimed& mail,
                                         const std::string& public_url) const {
  ASSIGN_OR_RETURN(
      const storage::Rows rows,
      Read(limits, kOpenLink,
           Params().Int(mail.case_id).Int(mail.consultant_id).Text(FirstOf(mail.month)).Int(kLinkDays)));
  return Key{.url = public_url.empty() ? "" : public_url + TextOf(rows, 0, "path"),
             .code = TextOf(rows, 0, "code"),
             .expires_on = DateOf(rows, 0, "expires_on")};
}

}  // namespace jalon::inbox
