#include "assignment/matching_store.h"

#include <algorithm>

#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using storage::Params;
using storage::Planned;
using storage::Rows;
using storage::Statement;

constexpr Statement kReadCases{"cases_to_match", R"sql(
SELECT * FROM assignment.cases_to_match($1::bigint[]))sql",
                               Planned::kEachTime};

constexpr Statement kCasesWithoutConsultant{"cases_without_consultant", R"sql(
SELECT c AS case_id FROM assignment.cases_without_consultant($1, $2, $3::date, $4::int) c)sql",
                                            Planned::kEachTime};

constexpr Statement kRoster{"roster", R"sql(
SELECT * FROM assignment.roster($1::date))sql"};

constexpr Statement kOccupations{"occupations", R"sql(
SELECT * FROM assignment.occupations($1::date, $2::date))sql",
                                 Planned::kEachTime};

constexpr Statement kTies{"ties", R"sql(
SELECT * FROM assignment.ties($1::bigint[], $2::date, NULL))sql",
                          Planned::kEachTime};

constexpr Statement kHistory{"history", R"sql(
SELECT * FROM assignment.history($1::bigint[]))sql",
                             Planned::kEachTime};

constexpr Statement kLeftBehind{"left_behind", R"sql(
SELECT * FROM assignment.left_behind($1::bigint, $2::date))sql"};

constexpr Statement kCreateAssignments{"create_assignments", R"sql(
SELECT array_to_string(assignment_ids, ' ') AS assignment_ids, decode(told, 'base64') AS told
  FROM assignment.create_assignments(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, encode($6::bytea, 'base64'), $7::bigint[],
                                     $8::bigint[], $9::text[], $10::date[], $11::date[]))sql"};

// As the function above keeps it.
constexpr Statement kFirstProposals{"first_proposals", R"sql(
SELECT (SELECT string_agg(e.value, ' ' ORDER BY e.place)
          FROM jsonb_array_elements_text(r.answer -> 'assignment_ids') WITH ORDINALITY AS e (value, place)) AS assignment_ids,
       decode(r.answer ->> 'told', 'base64') AS told
  FROM common.replay(ROW($1::uuid, $2::bytea, $3, $4)::common.call) AS r (answer)
 WHERE r.answer IS NOT NULL)sql"};

constexpr Statement kReassign{"reassign_consultant", R"sql(
SELECT case_id, company_name, phase, to_consultant_id, to_consultant_name, starts_on, ends_on, half_day_id, date, half, refusal,
       decode(told, 'base64') AS told
  FROM assignment.reassign_consultant(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::boolean, $6::bigint, $7::date, $8::boolean,
                                      $9, encode($10::bytea, 'base64'), $11::bigint[], $12::bigint[]))sql"};

Date DateIn(const Rows& rows, int row, std::string_view column) {
  return *Date::Parse(rows.Text(row, column));
}

std::optional<Date> DateOrNothing(const Rows& rows, int row, std::string_view column) {
  if (rows.IsNull(row, column)) return std::nullopt;
  return DateIn(rows, row, column);
}

std::string TextOrNothing(const Rows& rows, int row, std::string_view column) {
  return rows.IsNull(row, column) ? std::string() : std::string(rows.Text(row, column));
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

WorkingWeek WeekOf(const v1::Consultant& consultant) {
  WorkingWeek week;
  if (consultant.working_halves_size() > 0) week.halves = 0;
  for (const int half : consultant.working_halves()) week.halves |= 1 << (half - 1);
  if (consultant.max_half_days_per_week() > 0) week.most_half_days = consultant.max_half_days_per_week();
  return week;
}

Person PersonOf(const v1::Consultant& row, Date from, Date until) {
  Person person{.consultant_id = row.consultant_id(),
                .name = row.name(),
                .skills = {},
                .regions = {row.regions().begin(), row.regions().end()},
                .sectors = {row.sectors().begin(), row.sectors().end()},
                .languages = {row.languages().begin(), row.languages().end()},
                .home = PlaceOfCommune(row.home_commune()),
                .radius_km = row.radius_km(),
                .day_rate_cents = row.day_rate().cents(),
                .accredited_until = Date::Parse(row.accredited_until()),
                .accredited = {},
                .left_on = Date::Parse(row.left_on()),
                .diary = Diary(from, until, WeekOf(row))};
  for (int i = 0; i < row.skills_size(); ++i) person.skills.push_back({row.skills(i), row.skill_levels(i)});
  return person;
}

// Adds a row of kOccupations to the person it is about.
void AddOccupation(const Rows& rows, int row, Person* person) {
  const std::string_view kind = rows.Text(row, "kind");
  if (kind == "accredited") {
    person->accredited.push_back({std::string(rows.Text(row, "programme")), DateIn(rows, row, "starts_on"),
                                  DateOrNothing(rows, row, "ends_on")});
  } else if (kind == "absent") {
    person->diary.TakeOff(DateIn(rows, row, "starts_on"), DateIn(rows, row, "ends_on"));
  } else {
    person->diary.Take(DateIn(rows, row, "starts_on"), static_cast<unsigned>(rows.Int(row, "halves")));
  }
}

Tie TieIn(const Rows& rows, int row) {
  const std::string_view kind = rows.Text(row, "kind");
  return {.kind = kind == "declared"   ? TieKind::kDeclared
                  : kind == "employer" ? TieKind::kEmployer
                                       : TieKind::kClient,
          .siren = std::string(rows.Text(row, "siren")),
          .ended_on = DateOrNothing(rows, row, "ended_on")};
}

v1::HandedHalfDay HandedIn(const Rows& rows, int row) {
  v1::HandedHalfDay handed;
  handed.set_half_day_id(std::string(rows.Text(row, "half_day_id")));
  handed.set_date(std::string(rows.Text(row, "date")));
  handed.set_half(storage::EnumValue<common::v1::Half>(rows.Text(row, "half")));
  if (!rows.IsNull(row, "refusal")) {
    const Reason reason = ReasonFromName(rows.Text(row, "refusal"));
    handed.set_refusal(std::string(ReasonName(reason)));
    handed.set_message_fr(Sentence(reason, {}, Language::kFrench));
    handed.set_message_en(Sentence(reason, {}, Language::kEnglish));
  }
  return handed;
}

// A phase that passes on is one row a half-day, or one without. The first row has what was told of those who
// were chosen.
v1::ReassignConsultantResponse HandoversIn(const Rows& rows) {
  v1::ReassignConsultantResponse response, chosen;
  if (!rows.empty()) chosen.ParseFromString(rows.Bytes(0, "told"));
  for (int row = 0; row < rows.size(); ++row) {
    const int last = response.handovers_size() - 1;
    const bool same = last >= 0 && response.handovers(last).case_id() == rows.Int(row, "case_id") &&
                      response.handovers(last).phase() == rows.Text(row, "phase") &&
                      response.handovers(last).starts_on() == rows.Text(row, "starts_on");
    v1::Handover& handover = same ? *response.mutable_handovers(last) : *response.add_handovers();
    handover.set_case_id(rows.Int(row, "case_id"));
    handover.set_company_name(std::string(rows.Text(row, "company_name")));
    handover.set_phase(std::string(rows.Text(row, "phase")));
    if (!rows.IsNull(row, "to_consultant_id")) {
      handover.set_to_consultant_id(rows.Int(row, "to_consultant_id"));
      handover.set_to_consultant_name(std::string(rows.Text(row, "to_consultant_name")));
    }
    handover.set_starts_on(std::string(rows.Text(row, "starts_on")));
    handover.set_ends_on(std::string(rows.Text(row, "ends_on")));
    for (const v1::Handover& told : chosen.handovers()) {
      if (same || told.case_id() != handover.case_id() || handover.to_consultant_id() == 0) continue;
      handover.set_points(told.points());
      *handover.mutable_parts() = told.parts();
      *handover.mutable_why_not() = told.why_not();
    }
    if (rows.IsNull(row, "half_day_id")) continue;
    *handover.add_handed() = HandedIn(rows, row);
    response.set_half_days(response.half_days() + 1);
  }
  return response;
}

// What was told, with the numbers of the assignments that were made.
v1::ProposeAssignmentsResponse ProposalsIn(const Rows& rows) {
  v1::ProposeAssignmentsResponse told;
  told.ParseFromString(rows.Bytes(0, "told"));
  if (rows.IsNull(0, "assignment_ids")) return told;
  const std::vector<std::string> ids = Words(rows.Text(0, "assignment_ids"));
  for (int i = 0; i < told.proposals_size() && i < static_cast<int>(ids.size()); ++i)
    told.mutable_proposals(i)->set_assignment_id(std::stoll(ids[static_cast<size_t>(i)]));
  return told;
}

}  // namespace

absl::StatusOr<std::map<int64_t, MatchedCase>> MatchingStore::ReadCases(
    const rpc::CallContext& call, const std::vector<int64_t>& case_ids) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadCases, Params().Array(case_ids)));
  std::map<int64_t, MatchedCase> cases;
  for (int row = 0; row < rows.size(); ++row) {
    const int64_t id = rows.Int(row, "case_id");
    cases[id] = {.case_id = id,
                 .company_name = std::string(rows.Text(row, "company_name")),
                 .programme = std::string(rows.Text(row, "programme")),
                 .admitted = rows.Text(row, "state") == "admitted",
                 .region = TextOrNothing(rows, row, "region"),
                 .commune = TextOrNothing(rows, row, "commune"),
                 .naf = TextOrNothing(rows, row, "naf"),
                 .admitted_on = DateOrNothing(rows, row, "admitted_on"),
                 .window_ends_on = DateOrNothing(rows, row, "window_ends_on"),
                 .places = rows.IsNull(row, "places") ? 0 : static_cast<int>(rows.Int(row, "places")),
                 .phases = Words(TextOrNothing(rows, row, "phases"))};
  }
  return cases;
}

absl::StatusOr<std::vector<int64_t>> MatchingStore::CasesWithoutConsultant(const rpc::CallContext& call,
                                                                           const std::string& programme,
                                                                           const std::string& phase, Date on,
                                                                           int limit) const {
  ASSIGN_OR_RETURN(const Rows rows,
                   Read(call, kCasesWithoutConsultant,
                        Params().TextOrNull(programme).Text(phase).Text(on.ToIso()).Int(limit)));
  std::vector<int64_t> ids;
  for (int row = 0; row < rows.size(); ++row) ids.push_back(rows.Int(row, "case_id"));
  return ids;
}

absl::StatusOr<std::vector<Person>> MatchingStore::ReadPeople(const rpc::CallContext& call, Date from,
                                                              Date until) const {
  ASSIGN_OR_RETURN(const Rows roster, Read(call, kRoster, Params().Text(from.ToIso())));
  ASSIGN_OR_RETURN(const Rows occupations,
                   Read(call, kOccupations, Params().Text(from.ToIso()).Text(until.ToIso())));
  std::vector<Person> people;
  std::map<int64_t, size_t> place_of;
  for (int row = 0; row < roster.size(); ++row) {
    people.push_back(PersonOf(roster.Read<v1::Consultant>(row), from, until));
    place_of[people.back().consultant_id] = people.size() - 1;
  }
  for (int row = 0; row < occupations.size(); ++row) {
    if (occupations.IsNull(row, "consultant_id")) {
      const Date holiday = DateIn(occupations, row, "starts_on");
      for (Person& person : people) person.diary.TakeOff(holiday, holiday);
    } else if (const auto found = place_of.find(occupations.Int(row, "consultant_id"));
               found != place_of.end()) {
      AddOccupation(occupations, row, &people[found->second]);
    }
  }
  for (Person& person : people) {
    if (person.left_on) person.diary.TakeOff(person.left_on->AddDays(1), until);
    person.diary.Close();
  }
  return people;
}

absl::StatusOr<Acquaintances> MatchingStore::ReadAcquaintances(const rpc::CallContext& call,
                                                               const std::vector<int64_t>& case_ids,
                                                               Date on) const {
  ASSIGN_OR_RETURN(const Rows ties, Read(call, kTies, Params().Array(case_ids).Text(on.ToIso())));
  ASSIGN_OR_RETURN(const Rows history, Read(call, kHistory, Params().Array(case_ids)));
  Acquaintances known;
  for (int row = 0; row < ties.size(); ++row)
    known[{ties.Int(row, "case_id"), ties.Int(row, "consultant_id")}].ties.push_back(TieIn(ties, row));
  for (int row = 0; row < history.size(); ++row) {
    Acquaintance& with = known[{history.Int(row, "case_id"), history.Int(row, "consultant_id")}];
    with.assigned.push_back({std::string(history.Text(row, "phase")), DateIn(history, row, "starts_on"),
                             DateIn(history, row, "ends_on")});
    with.half_days += static_cast<int>(history.Int(row, "half_days"));
  }
  return known;
}

absl::StatusOr<std::vector<LeftBehind>> MatchingStore::ReadLeftBehind(const rpc::CallContext& call,
                                                                      int64_t consultant_id,
                                                                      Date last_day) const {
  ASSIGN_OR_RETURN(const Rows rows,
                   Read(call, kLeftBehind, Params().Int(consultant_id).Text(last_day.ToIso())));
  std::vector<LeftBehind> left;
  int64_t assignment_id = 0;
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.Int(row, "assignment_id") != assignment_id) {
      assignment_id = rows.Int(row, "assignment_id");
      left.push_back({.case_id = rows.Int(row, "case_id"),
                      .phase = std::string(rows.Text(row, "phase")),
                      .from = DateIn(rows, row, "starts_on"),
                      .until = DateIn(rows, row, "ends_on"),
                      .needs_successor = rows.Bool(row, "needs_successor"),
                      .planned = {}});
    }
    if (!rows.IsNull(row, "date"))
      left.back().planned.push_back({DateIn(rows, row, "date"), rows.Text(row, "half") == "morning"});
  }
  return left;
}

absl::StatusOr<v1::ProposeAssignmentsResponse> MatchingStore::CreateAssignments(
    const rpc::CallContext& call, const std::string& nobody, const v1::ProposeAssignmentsResponse& response,
    const std::vector<NewAssignment>& wanted) const {
  Params params;
  params.TextOrNull(nobody).Bytes(response.SerializeAsString());
  params.Array(wanted, [](const auto& of) { return of.case_id; });
  params.Array(wanted, [](const auto& of) { return of.consultant_id; });
  params.Array(wanted, [](const auto& of) { return of.phase; });
  params.Array(wanted, [](const auto& of) { return of.from.ToIso(); });
  params.Array(wanted, [](const auto& of) { return of.until.ToIso(); });
  ASSIGN_OR_RETURN(const Rows rows, Command(call, kCreateAssignments, params));
  return ProposalsIn(rows);  // of the first answer, where another try of this call was faster
}

absl::StatusOr<std::optional<v1::ProposeAssignmentsResponse>> MatchingStore::FirstProposals(
    const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const Rows rows, Command(call, kFirstProposals, {}));
  if (rows.empty()) return std::nullopt;
  return ProposalsIn(rows);
}

absl::StatusOr<v1::ReassignConsultantResponse> MatchingStore::Reassign(
    const rpc::CallContext& call, const v1::ReassignConsultantRequest& request, const std::string& nobody,
    const std::map<int64_t, int64_t>& successors, const v1::ReassignConsultantResponse& chosen) const {
  Params params;
  params.Bool(request.validate_only())
      .Int(request.consultant_id())
      .Text(request.last_day())
      .Bool(request.leaves())
      .TextOrNull(nobody)
      .Bytes(chosen.SerializeAsString());
  params.Array(successors, [](const auto& of) { return of.first; });
  params.Array(successors, [](const auto& of) { return of.second; });
  ASSIGN_OR_RETURN(const Rows rows, Command(call, kReassign, params));
  return HandoversIn(rows);
}

}  // namespace jalon::assignment
