// Series, alternatives, the waiting list, holidays and the calendar as a grid.
#include "clients/cli/planning.h"

#include <algorithm>
#include <array>
#include <map>

#include "clients/cli/csv_writer.h"
#include "clients/cli/day.h"
#include "clients/rpc/call_error.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::cli {
namespace {

using calendar::v1::BoardLine;
using calendar::v1::GetPlanningBoardRequest;
using calendar::v1::GetPlanningBoardResponse;
using calendar::v1::PlanSeriesRequest;
using calendar::v1::PlanSeriesResponse;
using calendar::v1::SkippedSlot;
using calendar::v1::StandIn;
using calendar::v1::SuggestAlternativesRequest;
using calendar::v1::SuggestAlternativesResponse;
using calendar::v1::Weekday;
using calendar::v1::WeeklyHalf;
using Slot = calendar::v1::HalfDaySlot;  // the other HalfDaySlot is what was typed

constexpr std::array<Words, 7> kWeekdays = {{{"lundi", "Monday"},
                                             {"mardi", "Tuesday"},
                                             {"mercredi", "Wednesday"},
                                             {"jeudi", "Thursday"},
                                             {"vendredi", "Friday"},
                                             {"samedi", "Saturday"},
                                             {"dimanche", "Sunday"}}};

const char* WeekdayOf(const std::string& date, Language language) {
  const unsigned iso = Date::Parse(date)->weekday().iso_encoding();
  return kWeekdays[iso - 1].In(language);
}

// "jeudi 02/04/2026 matin".
std::string Moment(const Slot& slot, Language language) {
  return std::string(WeekdayOf(slot.date(), language)) + " " + DateForPeople(slot.date(), language) + " " +
         FormatField(slot, "half", language);
}

// ---- day series

absl::Status AddWeekly(Session& session, const Inputs& inputs, PlanSeriesRequest* request) {
  for (const std::string& typed : inputs.All("every")) {
    auto half = ParseWeeklyHalf(typed, session.language());
    if (!half.ok()) return half.status();
    *request->mutable_weekly()->add_halves() = *half;
  }
  if (inputs.Has("count") && inputs.Integer("count") < 1) {
    return absl::InvalidArgumentError(
        session.Say({"--count : au moins 1 ; sans --count, tant que le dossier en a",
                     "--count: at least 1; without --count, as many as the case has left"}));
  }
  request->mutable_weekly()->set_count(
      static_cast<int>(std::min<int64_t>(inputs.Integer("count"), INT32_MAX)));
  return absl::OkStatus();
}

absl::Status AddPattern(Session& session, const Inputs& inputs, PlanSeriesRequest* request) {
  if (inputs.Has("every") == inputs.Has("spread")) {
    return absl::InvalidArgumentError(
        session.Say({"--every ou --spread, l’un des deux", "--every or --spread, one of the two"}));
  }
  if (inputs.Has("every")) return AddWeekly(session, inputs, request);
  if (inputs.Has("count")) {
    return absl::InvalidArgumentError(
        session.Say({"--count va avec --every ; --spread dit déjà combien",
                     "--count goes with --every; --spread already says how many"}));
  }
  request->mutable_spread()->set_half_days(static_cast<int>(inputs.Integer("spread")));
  if (inputs.Has("half")) {
    const auto half = ParseHalf(inputs.Text("half"), session.language());
    if (!half.ok()) return half.status();
    request->mutable_spread()->set_half(*half);
  }
  return absl::OkStatus();
}

constexpr int kRefusalsForPeople = 10;

// A row a half-day, placed or not: what a spreadsheet can filter.
void PrintSeriesCsv(Session& session, const PlanSeriesResponse& series, bool preview) {
  const bool none = series.refusal() != common::v1::REASON_UNSPECIFIED;
  session.out() << CsvRecord({"date", "half", "result", "half_day_id", "message"});
  const auto half_of = [](const auto& slot) {
    return slot.half() == common::v1::HALF_MORNING ? "morning" : "afternoon";
  };
  for (const Slot& slot : series.half_days()) {
    session.out() << CsvRecord({slot.date(), half_of(slot),
                                none      ? "would_be_planned"
                                : preview ? "to_be_planned"
                                          : "planned",
                                none || preview ? "" : slot.half_day_id(), ""});
  }
  for (const SkippedSlot& slot : series.skipped())
    session.out() << CsvRecord({slot.date(), half_of(slot), "refused", "", slot.message()});
}

// Planned and left out together, in the order of time.
void PrintSeries(Session& session, const PlanSeriesResponse& series, bool preview) {
  const Language language = session.language();
  std::map<std::pair<std::string, int>, std::vector<std::string>> rows;
  const bool none = series.refusal() != common::v1::REASON_UNSPECIFIED;
  const Words placed = none      ? Words{"trouverait place", "would find a place"}
                       : preview ? Words{"à planifier", "to be planned"}
                                 : Words{"planifiée", "planned"};
  for (const Slot& slot : series.half_days())
    rows[{slot.date(), slot.half()}] = {session.Say(placed), none ? "" : slot.half_day_id()};
  // A series without any place has a whole year of refusals: the first tell enough.
  const bool many = none && series.skipped_size() > kRefusalsForPeople;
  const int told = many ? kRefusalsForPeople : series.skipped_size();
  for (int i = 0; i < told; ++i) {
    const SkippedSlot& slot = series.skipped(i);
    rows.try_emplace({slot.date(), slot.half()}, std::vector<std::string>{Printable(slot.message()), ""});
  }
  Table table({{session.Say({"Date", "Date"})},
               {session.Say({"Jour", "Day"})},
               {session.Say({"Moment", "Half"})},
               {session.Say({"Résultat", "Outcome"})},
               {session.Say({"Identifiant", "Id"})}});
  for (const auto& [at, outcome] : rows) {
    Slot slot;
    slot.set_half(static_cast<common::v1::Half>(at.second));
    table.Add({at.first, WeekdayOf(at.first, language), FormatField(slot, "half", language), outcome[0],
               outcome[1]});
  }
  table.Print(session.out());
  if (told < series.skipped_size()) {
    session.out() << session.Say({"… et ", "… and "}) << series.skipped_size() - told
                  << session.Say({" autres sans place ; --csv les donne toutes",
                                  " more without a place; --csv gives them all"})
                  << '\n';
  }
  if (!series.message().empty()) session.out() << Printable(series.message()) << '\n';
  if (preview && series.message().empty()) {
    session.out() << session.Say(
                         {"Rien n’est planifié. Pour planifier exactement ceci : la même commande, --etag ",
                          "Nothing is planned. To plan exactly this: the same command, --etag "})
                  << series.etag() << session.Say({" à la place de --dry-run", " in place of --dry-run"})
                  << '\n';
  }
}

int RunSeries(Session& session, const Inputs& inputs) {
  PlanSeriesRequest request;
  request.set_request_id(session.request_id());
  request.set_case_id(inputs.Integer("case"));
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_phase(inputs.Text("phase"));
  request.set_from(inputs.Text("from"));
  request.set_until(inputs.Text("until"));
  request.set_note(inputs.Text("note"));
  request.set_validate_only(inputs.Has("dry-run"));
  request.set_etag(inputs.Text("etag"));
  const absl::Status pattern = AddPattern(session, inputs, &request);
  if (!pattern.ok()) return session.Misused(std::string(pattern.message().data(), pattern.message().size()));
  const auto answer = session.client().Call<PlanSeriesResponse>("CalendarService.PlanSeries", request,
                                                                session.call_options());
  if (!answer.ok()) {
    if (CallErrorOf(answer.status()).reason != "STALE_ETAG" || !session.for_people())
      return session.Fail(answer.status());
    session.err() << session.Say({"jalon : La série a changé depuis l’essai ; relancez --dry-run.\n",
                                  "jalon: The series has changed since the dry run; run --dry-run again.\n"});
    return kRefused;
  }
  if (session.for_people()) {
    PrintSeries(session, *answer, request.validate_only());
  } else if (session.format() == Format::kCsv) {
    PrintSeriesCsv(session, *answer, request.validate_only());
  } else {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  }
  return answer->refusal() == common::v1::REASON_UNSPECIFIED ? kDone : kRefused;
}

// ---- day alternatives

int RunAlternatives(Session& session, const Inputs& inputs) {
  const auto slots = ParseHalfDaySlots(inputs.Text("date"), inputs.Text("half"), session.language());
  if (!slots.ok()) return session.Fail(slots.status());
  SuggestAlternativesRequest request;
  request.set_case_id(inputs.Integer("case"));
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_phase(inputs.Text("phase"));
  request.set_date(slots->front().date);
  request.set_half(slots->front().half);
  const auto answer = session.client().Call<SuggestAlternativesResponse>(
      "CalendarService.SuggestAlternatives", request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (session.for_people()) {
    PrintAlternatives(session, *answer);
  } else {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  }
  return kDone;
}

// ---- calendar show

bool HasBit(const std::string& bits, int n) {
  const size_t byte = static_cast<size_t>(n / 8);
  return byte < bits.size() && (static_cast<unsigned char>(bits[byte]) >> (n % 8) & 1) != 0;
}

// A day in one character: taken morning above, afternoon below. Whoever has left by then is crossed out.
const char* DayCell(const BoardLine& line, Date first, int day) {
  if (!line.left_on().empty() && first.AddDays(day).ToIso() > line.left_on()) return "×";
  const bool morning = HasBit(line.busy(), 2 * day), afternoon = HasBit(line.busy(), 2 * day + 1);
  if (morning && afternoon) return "█";
  if (morning) return "▀";
  if (afternoon) return "▄";
  return HasBit(line.off(), 2 * day) && HasBit(line.off(), 2 * day + 1) ? " " : "·";
}

std::string DaysOfMonth(Date first, Date last) {
  std::string days;
  for (unsigned day = static_cast<unsigned>(first.ymd().day());
       day <= static_cast<unsigned>(last.ymd().day()); ++day)
    days += std::to_string(day % 10);
  return days;
}

void PrintBoardMonth(Session& session, const GetPlanningBoardResponse& board, Date first, Date last) {
  const int start = Date::Parse(board.from())->DaysUntil(first), end = start + first.DaysUntil(last);
  Table table({{session.Say({"N°", "No."}), true},
               {session.Say({"Consultant", "Consultant"})},
               {first.FirstOfMonth().ToIso() + "  " + DaysOfMonth(first, last)}});
  for (const BoardLine& line : board.lines()) {
    std::string cells = std::string(first.FirstOfMonth().ToIso().size() + 2, ' ');
    for (int day = start; day <= end; ++day) cells += DayCell(line, *Date::Parse(board.from()), day);
    table.Add({std::to_string(line.consultant_id()), Printable(line.name()), cells});
  }
  table.Print(session.out());
}

void PrintBoard(Session& session, const GetPlanningBoardResponse& board) {
  if (board.lines().empty()) {
    session.out() << session.Say({"Personne n’est affecté pendant cette période.",
                                  "Nobody is assigned during this period."})
                  << '\n';
    return;
  }
  const Date until = *Date::Parse(board.until());
  for (Date first = *Date::Parse(board.from());;) {
    const Date last = std::min(first.FirstOfMonth().LastDay(), until);
    PrintBoardMonth(session, board, first, last);
    session.out() << '\n';
    if (last == until) break;
    first = last.AddDays(1);
  }
  const bool anyone_left = std::ranges::any_of(board.lines(), [&](const BoardLine& line) {
    return !line.left_on().empty() && line.left_on() < board.until();
  });
  session.out() << session.Say({"█ pris, ▀ le matin, ▄ l’après-midi, · libre",
                                "█ taken, ▀ in the morning, ▄ in the afternoon, · free"})
                << (anyone_left ? session.Say({", × parti du programme", ", × left the programme"}) : "")
                << '\n';
}

// A record a half-day that is taken or off: what a spreadsheet can filter.
void PrintBoardCsv(Session& session, const GetPlanningBoardResponse& board) {
  session.out() << CsvRecord({"consultant_id", "name", "date", "half", "state"});
  const Date from = *Date::Parse(board.from());
  const int days = from.DaysUntil(*Date::Parse(board.until())) + 1;
  for (const BoardLine& line : board.lines()) {
    for (int n = 0; n < 2 * days; ++n) {
      const bool busy = HasBit(line.busy(), n);
      const bool gone = !line.left_on().empty() && from.AddDays(n / 2).ToIso() > line.left_on();
      session.out() << CsvRecord({std::to_string(line.consultant_id()), line.name(),
                                  from.AddDays(n / 2).ToIso(), n % 2 == 0 ? "morning" : "afternoon",
                                  busy                    ? "busy"
                                  : gone                  ? "gone"
                                  : HasBit(line.off(), n) ? "off"
                                                          : "free"});
    }
  }
}

int RunCalendarShow(Session& session, const Inputs& inputs) {
  GetPlanningBoardRequest request;
  request.set_from(inputs.Text("from"));
  request.set_until(inputs.Text("until"));
  for (const std::string& consultant : inputs.All("consultant"))
    request.add_consultant_ids(std::stoll(consultant));
  const auto board = session.client().Call<GetPlanningBoardResponse>("CalendarService.GetPlanningBoard",
                                                                     request, session.call_options());
  if (!board.ok()) return session.Fail(board.status());
  switch (session.format()) {
    case Format::kTable:
      PrintBoard(session, *board);
      break;
    case Format::kCsv:
      PrintBoardCsv(session, *board);
      break;
    case Format::kJson:
      PrintAnswer(session.out(), session.format(), session.language(), *board);
      break;
  }
  return kDone;
}

Argument CaseNumber(const char* field) {
  return Positional({"DOSSIER", "CASE"}, field, {"Numéro du dossier", "Number of the case"});
}
Argument ConsultantNumber(const char* field) {
  return Positional({"CONSULTANT", "CONSULTANT"}, field,
                    {"Numéro du consultant", "Number of the consultant"});
}
Argument PhaseOption(const char* field) {
  return Default("accompaniment", Of(Kind::kCode, Option("--phase", field, {"Phase", "Phase"})));
}

void AddSeriesCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "day",
       .name = "series",
       .about =
           {"Planifier une série : chaque mardi matin, ou dix jours répartis. Les moments impossibles sont "
            "passés et dits ; le reste est planifié, tout ou rien",
            "Plan a series: every Tuesday morning, or ten days spread out. Moments that cannot be are left "
            "out and told; the rest is planned, all or none"},
       .arguments =
           {Of(Kind::kInteger, CaseNumber("")), Of(Kind::kInteger, ConsultantNumber("")), PhaseOption(""),
            Fills({"weekly.halves"}, Repeated(Option("--every", "",
                                                     {"mardi:am, jeudi:pm ou vendredi (la journée)",
                                                      "tuesday:am, thursday:pm or friday (the whole day)"}))),
            Of(Kind::kInteger, Option("--count", "",
                                      {"Nombre de demi-journées ; sinon tant que le dossier en a",
                                       "Number of half-days; otherwise as many as the case has left"})),
            Fills({"spread.half_days"},
                  Of(Kind::kDays,
                     Option("--spread", "", {"Jours à répartir, comme 10", "Days to spread, as 10"}))),
            Option("--half", "", {"Avec --spread : am ou pm seulement", "With --spread: am or pm only"}),
            Required(Of(Kind::kDate, Option("--from", "", {"Premier jour", "First day"}))),
            Of(Kind::kDate, Option("--until", "",
                                   {"Dernier jour ; sinon celui de la période du dossier",
                                    "Last day; otherwise that of the case’s window"})),
            Option("--note", "", {"Note de chaque demi-journée", "Note of each half-day"}),
            Flag("--dry-run", "",
                 {"Montrer la série sans la planifier", "Show the series without planning it"}),
            Option("--etag", "",
                   {"Celui d’un essai : planifier exactement cette série, ou rien",
                    "That of a dry run: plan exactly this series, or nothing"})},
       .run = RunSeries});
  commands.push_back(
      {.group = "day",
       .name = "alternatives",
       .about = {"Que faire d’une demi-journée qui ne trouve pas place",
                 "What to do with a half-day that finds no place"},
       .arguments = {Of(Kind::kInteger, CaseNumber("")), Of(Kind::kInteger, ConsultantNumber("")),
                     Positional({"DATE", "DATE"}, "",
                                {"2026-03-14:am ou 2026-03-14:pm", "2026-03-14:am or 2026-03-14:pm"}),
                     PhaseOption(""), Option("--half", "", {"am ou pm", "am or pm"})},
       .run = RunAlternatives});
}

void AddWaitingCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "waiting",
       .name = "join",
       .about = {"Mettre un dossier en attente d’une place", "Have a case wait for a place"},
       .arguments =
           {CaseNumber("case_id"), ConsultantNumber("consultant_id"), PhaseOption("phase"),
            Required(Option("--from", "from", {"Premier jour qui conviendrait", "First day that would do"})),
            Required(Option("--until", "until", {"Dernier jour", "Last day"})),
            Option("--half", "half", {"am ou pm ; sinon l’un ou l’autre", "am or pm; otherwise either"})},
       .method = "CalendarService.JoinWaitingList"});
  commands.push_back(
      {.group = "waiting",
       .name = "list",
       .about = {"Qui attend, et la première place libre pour lui",
                 "Who waits, and the first place free for them"},
       .arguments = {Option("--case", "case_id", {"D’un dossier", "Of a case"}),
                     Option("--consultant", "consultant_id", {"D’un consultant", "Of a consultant"}),
                     Flag("--all", "show_left", {"Aussi les attentes finies", "Ended waits too"})},
       .method = "CalendarService.ListWaiting"});
  commands.push_back({.group = "waiting",
                      .name = "leave",
                      .about = {"Finir une attente", "End a wait"},
                      .arguments = {Positional({"ATTENTE", "WAITING"}, "waiting_id",
                                               {"Numéro de l’attente", "Number of the wait"})},
                      .method = "CalendarService.LeaveWaitingList"});
}

void AddHolidayCommands(std::vector<Command>& commands) {
  const Argument year = Positional({"ANNEE", "YEAR"}, "year", {"De 2000 à 2100", "2000 to 2100"});
  commands.push_back({.group = "holiday",
                      .name = "list",
                      .about = {"Jours fériés d’une année", "Public holidays of a year"},
                      .arguments = {year, Option("--department", "department",
                                                 {"Aussi ceux d’un département, comme 67 ou 971",
                                                  "Those of a department too, as 67 or 971"})},
                      .method = "CalendarService.ListHolidays"});
  commands.push_back(
      {.group = "holiday",
       .name = "solidarity",
       .about = {"Dire si le lundi de Pentecôte est travaillé (journée de solidarité)",
                 "Say whether Whit Monday is worked (solidarity day)"},
       .arguments = {year, Flag("--worked", "worked",
                                {"Travaillé ; sans cela, férié", "Worked; without it, a holiday"})},
       .method = "CalendarService.SetSolidarityDay"});
}

}  // namespace

absl::StatusOr<WeeklyHalf> ParseWeeklyHalf(const std::string& typed, Language language) {
  const size_t colon = typed.find(':');
  std::string day = typed.substr(0, colon);
  for (char& c : day) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  WeeklyHalf half;
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    std::string english = kWeekdays[i].en;
    english[0] = static_cast<char>(english[0] - 'A' + 'a');
    const std::string french = kWeekdays[i].fr;
    // Three letters tell the days of a language apart, and no two languages' but one: mardi, mar.
    if (day == french || day == english || day == french.substr(0, 3) || day == english.substr(0, 3))
      half.set_weekday(static_cast<Weekday>(i + 1));
  }
  if (half.weekday() == calendar::v1::WEEKDAY_UNSPECIFIED) {
    return absl::InvalidArgumentError(typed + Words{" : un jour de la semaine est attendu, comme mardi:am",
                                                    ": a day of the week is expected, as tuesday:am"}
                                                  .In(language));
  }
  if (colon == std::string::npos) return half;
  const auto moment = ParseHalf(typed.substr(colon + 1), language);
  if (!moment.ok()) return moment.status();
  half.set_half(*moment);
  return half;
}

void PrintAlternatives(Session& session, const SuggestAlternativesResponse& found) {
  const Language language = session.language();
  std::ostream& out = session.out();
  out << (found.message().empty() ? session.Say({"Cette demi-journée est libre.", "This half-day is free."})
                                  : Printable(found.message()))
      << '\n';
  if (found.nearest().empty()) {
    out << session.Say({"Aucune demi-journée libre de ce consultant à soixante jours de là.",
                        "No free half-day of this consultant within sixty days."})
        << '\n';
  } else {
    out << session.Say({"Les plus proches :", "The nearest:"}) << '\n';
    for (const Slot& slot : found.nearest()) out << "  " << Moment(slot, language) << '\n';
  }
  if (!found.stand_ins().empty())
    out << session.Say({"Libres à ce moment :", "Free at that moment:"}) << '\n';
  for (const StandIn& stand_in : found.stand_ins()) {
    out << "  " << stand_in.consultant_id() << " " << Printable(stand_in.name())
        << session.Say(stand_in.assigned() ? Words{" (déjà sur le dossier)", " (already on the case)"}
                                           : Words{" (à affecter d’abord)", " (to be assigned first)"})
        << '\n';
  }
  out << session.Say(
      {"Ou attendre une place : jalon waiting join", "Or wait for a place: jalon waiting join"});
  if (found.waiting() > 0) {
    out << " (" << found.waiting()
        << session.Say({found.waiting() == 1 ? " dossier attend déjà" : " dossiers attendent déjà",
                        found.waiting() == 1 ? " case waits already" : " cases wait already"})
        << ")";
  }
  out << '\n';
}

void AddPlanningCommands(std::vector<Command>& commands) {
  AddSeriesCommands(commands);
  AddWaitingCommands(commands);
  AddHolidayCommands(commands);
  commands.push_back(
      {.group = "calendar",
       .name = "show",
       .about = {"Qui est pris quand, d’un coup d’œil", "Who is taken when, at a glance"},
       .arguments = {Required(Of(Kind::kDate, Option("--from", "", {"Premier jour", "First day"}))),
                     Required(Of(Kind::kDate, Option("--until", "", {"Dernier jour", "Last day"}))),
                     Repeated(Of(Kind::kInteger,
                                 Option("--consultant", "", {"Seulement ceux-là", "Only these"})))},
       .run = RunCalendarShow});
}

}  // namespace jalon::cli
