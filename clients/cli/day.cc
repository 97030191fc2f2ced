#include "clients/cli/day.h"

#include <algorithm>

#include "clients/cli/command.h"
#include "clients/cli/planning.h"
#include "clients/rpc/contracts.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::cli {
namespace {

using calendar::v1::ApproveHalfDaysRequest;
using calendar::v1::ApproveHalfDaysResponse;
using calendar::v1::AttestHalfDaysRequest;
using calendar::v1::AttestHalfDaysResponse;
using calendar::v1::CancelHalfDaysRequest;
using calendar::v1::CancelHalfDaysResponse;
using calendar::v1::DisputeHalfDaysRequest;
using calendar::v1::DisputeHalfDaysResponse;
using calendar::v1::HALF_DAY_STATE_ATTESTED;
using calendar::v1::HALF_DAY_STATE_PERFORMED;
using calendar::v1::HALF_DAY_STATE_PLANNED;
using calendar::v1::HalfDay;
using calendar::v1::HalfDayEntry;
using calendar::v1::HalfDayFilter;
using calendar::v1::HalfDayOutcome;
using calendar::v1::HalfDayState;
using calendar::v1::ListHalfDaysRequest;
using calendar::v1::ListHalfDaysResponse;
using calendar::v1::PlanHalfDaysRequest;
using calendar::v1::PlanHalfDaysResponse;
using calendar::v1::RecordHalfDaysRequest;
using calendar::v1::RecordHalfDaysResponse;
using calendar::v1::ReopenHalfDaysRequest;
using calendar::v1::ReopenHalfDaysResponse;
using calendar::v1::RescheduleHalfDaysRequest;
using calendar::v1::RescheduleHalfDaysResponse;
using calendar::v1::SuggestAlternativesRequest;
using calendar::v1::SuggestAlternativesResponse;
using common::v1::Half;

// A slot typed as DATE, DATE:am or DATE:pm.
absl::StatusOr<std::vector<HalfDaySlot>> ReadSlots(Session& session, const Inputs& inputs) {
  const std::string half = inputs.Text("half");
  std::vector<HalfDaySlot> slots;
  for (const std::string& typed : inputs.All("date")) {
    auto read = ParseHalfDaySlots(typed, half, session.language());
    if (!read.ok()) return read.status();
    slots.insert(slots.end(), read->begin(), read->end());
  }
  return slots;
}

absl::StatusOr<std::vector<HalfDayEntry>> ReadEntries(Session& session, const Inputs& inputs) {
  const auto slots = ReadSlots(session, inputs);
  if (!slots.ok()) return slots.status();
  if (inputs.Has("id") && inputs.All("id").size() != slots->size()) {
    return absl::InvalidArgumentError(
        session.Say({"--id : autant d’identifiants que de demi-journées", "--id: as many ids as half-days"}));
  }
  std::vector<HalfDayEntry> entries;
  for (size_t i = 0; i < slots->size(); ++i) {
    HalfDayEntry& entry = entries.emplace_back();
    entry.set_half_day_id(inputs.Has("id") ? inputs.All("id")[i] : session.NthId(i + 1));
    entry.set_case_id(inputs.Integer("case"));
    entry.set_consultant_id(inputs.Integer("consultant"));
    entry.set_phase(inputs.Text("phase"));
    entry.set_date((*slots)[i].date);
    entry.set_half((*slots)[i].half);
    entry.set_note(inputs.Text("note"));
    entry.set_non_working_day_confirmed(inputs.Has("confirm-non-working-day"));
  }
  return entries;
}

int CountRefused(const google::protobuf::RepeatedPtrField<HalfDayOutcome>& outcomes) {
  return static_cast<int>(std::count_if(outcomes.begin(), outcomes.end(), [](const HalfDayOutcome& outcome) {
    return outcome.refusal() != common::v1::REASON_UNSPECIFIED;
  }));
}

// How the half-days of a command go together, and the words for it.
struct Manner {
  bool all_or_none = false;
  bool dry_run = false;
  Words done;          // "planifiées"
  Words nothing = {};  // "Rien n’est planifié"
};

const char* Accepted(Session& session, const Manner& manner, bool any_refused) {
  if (manner.all_or_none && any_refused)
    return session.Say({"aurait été acceptée", "would have been accepted"});
  return manner.dry_run ? session.Say({"serait acceptée", "would be accepted"})
                        : session.Say({"acceptée", "accepted"});
}

// "32 enregistrées, 24 refusées", or that nothing was done.
void PrintCounts(Session& session, const Manner& manner, int asked, int refused) {
  std::ostream& out = session.out();
  if (manner.all_or_none && refused > 0) {
    out << session.Say(manner.nothing) << session.Say({" : ", ": "}) << refused
        << session.Say({" sur ", " of "}) << asked
        << session.Say({refused == 1 ? " refusée.\n" : " refusées.\n", " refused.\n"});
  } else if (manner.dry_run) {
    out << session.Say({"À l’essai : rien n’est fait.\n", "Dry run: nothing is done.\n"});
  } else {
    const int done = asked - refused;
    out << done << ' ' << session.Say(manner.done)
        << (session.language() == Language::kFrench && done > 1 ? "s" : "");
    if (refused > 0)
      out << ", " << refused << session.Say({refused == 1 ? " refusée" : " refusées", " refused"});
    out << '\n';
  }
}

// Outcomes beside the slots they are about: an identifier alone says nothing to a person. Where one refusal
// is that of all, the others get no identifier: there is nothing under it.
template <class Response>
int PrintOutcomes(Session& session, const std::vector<HalfDayEntry>& entries, Response& answer,
                  const Manner& manner) {
  const int refused = CountRefused(answer.outcomes());
  if (manner.all_or_none && refused > 0)
    for (HalfDayOutcome& outcome : *answer.mutable_outcomes())
      if (outcome.refusal() == common::v1::REASON_UNSPECIFIED) outcome.clear_half_day_id();
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), answer);
    return refused > 0 ? kRefused : kDone;
  }
  const auto& outcomes = answer.outcomes();
  Table table({{session.Say({"Date", "Date"})},
               {session.Say({"Moment", "Half"})},
               {session.Say({"Résultat", "Outcome"})},
               {session.Say({"Identifiant", "Id"})}});
  for (int i = 0; i < outcomes.size() && i < static_cast<int>(entries.size()); ++i) {
    const HalfDayEntry& entry = entries[static_cast<size_t>(i)];
    const HalfDayOutcome& outcome = outcomes[i];
    table.Add({entry.date(), FormatField(entry, "half", session.language()),
               outcome.refusal() == 0 ? Accepted(session, manner, refused > 0) : Printable(outcome.message()),
               outcome.refusal() == 0 && !manner.dry_run ? outcome.half_day_id() : ""});
  }
  table.Print(session.out());
  PrintCounts(session, manner, outcomes.size(), refused);
  return refused > 0 ? kRefused : kDone;
}

// Choices beside the first refusal, for people; what cannot be asked is left out, as the refusal is told.
void SuggestFor(Session& session, const std::vector<HalfDayEntry>& entries,
                const google::protobuf::RepeatedPtrField<HalfDayOutcome>& outcomes) {
  for (int i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].refusal() == common::v1::REASON_UNSPECIFIED) continue;
    const HalfDayEntry& entry = entries[static_cast<size_t>(i)];
    SuggestAlternativesRequest request;
    request.set_case_id(entry.case_id());
    request.set_consultant_id(entry.consultant_id());
    request.set_phase(entry.phase());
    request.set_date(entry.date());
    request.set_half(entry.half());
    const auto found = session.client().Call<SuggestAlternativesResponse>(
        "CalendarService.SuggestAlternatives", request, session.call_options());
    if (!found.ok() || found->refusal() == common::v1::REASON_UNSPECIFIED) return;
    session.out() << '\n'
                  << DateForPeople(entry.date(), session.language()) << " "
                  << FormatField(entry, "half", session.language()) << '\n';
    return PrintAlternatives(session, *found);
  }
}

template <class Request, class Response>
int SendEntries(Session& session, const Inputs& inputs, std::string_view method, Manner manner) {
  const auto entries = ReadEntries(session, inputs);
  if (!entries.ok()) {
    return session.Misused(std::string(entries.status().message().data(), entries.status().message().size()));
  }
  Request request;
  request.set_request_id(session.request_id());
  for (const HalfDayEntry& entry : *entries) *request.add_entries() = entry;
  if constexpr (requires { request.set_validate_only(true); })
    request.set_validate_only(inputs.Has("dry-run"));
  manner.dry_run = inputs.Has("dry-run");
  auto answer = session.client().Call<Response>(method, request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  const int exit_code = PrintOutcomes(session, *entries, *answer, manner);
  if (std::is_same_v<Request, PlanHalfDaysRequest> && exit_code == kRefused && session.for_people())
    SuggestFor(session, *entries, answer->outcomes());
  return exit_code;
}

// The half-days a change of state is about: those named, or all of a selection that are in the state it
// starts from.
absl::StatusOr<std::vector<std::string>> Select(Session& session, const Inputs& inputs,
                                                const std::vector<HalfDayState>& states) {
  std::vector<std::string> ids = inputs.All("half-day");
  const bool selects = inputs.Has("case") || inputs.Has("consultant") || inputs.Has("month");
  if (!selects) return ids;
  for (const HalfDayState state : states) {
    ListHalfDaysRequest request;
    request.set_page_size(1000);
    HalfDayFilter& filter = *request.mutable_filter();
    filter.set_case_id(inputs.Integer("case"));
    filter.set_consultant_id(inputs.Integer("consultant"));
    filter.set_from(inputs.Text("from"));
    filter.set_until(inputs.Text("until"));
    if (inputs.Has("month")) {
      const Month month = *Month::Parse(inputs.Text("month"));
      filter.set_from(month.FirstDay().ToIso());
      filter.set_until(month.LastDay().ToIso());
    }
    filter.set_state(state);
    do {
      const auto page = session.client().Call<ListHalfDaysResponse>("CalendarService.ListHalfDays", request,
                                                                    session.call_options());
      if (!page.ok()) return page.status();
      for (const HalfDay& half_day : page->half_days()) ids.push_back(half_day.half_day_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
  }
  return ids;
}

// Attest, approve, cancel and reopen: the same command with another method.
template <class Request, class Response>
int Change(Session& session, const Inputs& inputs, std::string_view method,
           const std::vector<HalfDayState>& from) {
  const auto ids = Select(session, inputs, from);
  if (!ids.ok()) return session.Fail(ids.status());
  if (ids->empty()) {
    const bool selects = inputs.Has("case") || inputs.Has("consultant") || inputs.Has("month");
    if (!selects) {
      return session.Misused(
          session.Say({"quelles demi-journées ? Leurs identifiants, ou --case, --consultant, --month",
                       "which half-days? Their ids, or --case, --consultant, --month"}));
    }
    if (session.for_people()) {
      session.out() << session.Say(
                           {"Aucune demi-journée dans l’état voulu.", "No half-day in the state wanted."})
                    << '\n';
    } else {
      PrintAnswer(session.out(), session.format(), session.language(), Response());
    }
    return kDone;
  }
  constexpr size_t kMost = 500;  // the contract's
  if (ids->size() > kMost) {
    return session.Misused(
        session.Say({"plus de 500 demi-journées : restreignez avec --month, --from ou --until",
                     "more than 500 half-days: narrow with --month, --from or --until"}));
  }
  Request request;
  request.set_request_id(session.request_id());
  for (const std::string& id : *ids) request.add_half_day_ids(id);
  if constexpr (requires { request.set_reason(""); }) request.set_reason(inputs.Text("reason"));
  return session.CallAndPrint(method, request);
}

// A move typed as ID=DATE:am or ID=DATE:pm.
absl::StatusOr<calendar::v1::HalfDayMove> ReadMove(Session& session, const std::string& typed) {
  const size_t equals = typed.find('=');
  const auto id = Normalise(Kind::kUuid, typed.substr(0, equals), session.language());
  if (equals == std::string::npos || std::holds_alternative<Problem>(id)) {
    return absl::InvalidArgumentError(typed +
                                      session.Say({" : attendu IDENTIFIANT=DATE:am ou IDENTIFIANT=DATE:pm",
                                                   ": expected ID=DATE:am or ID=DATE:pm"}));
  }
  const auto slots = ParseHalfDaySlots(typed.substr(equals + 1), "", session.language());
  if (!slots.ok()) return slots.status();
  if (slots->size() != 1) {
    return absl::InvalidArgumentError(typed + session.Say({" : dites am ou pm", ": say am or pm"}));
  }
  calendar::v1::HalfDayMove move;
  move.set_half_day_id(std::get<Normal>(id).value);
  move.set_date(slots->front().date);
  move.set_half(slots->front().half);
  return move;
}

int RunMove(Session& session, const Inputs& inputs) {
  RescheduleHalfDaysRequest request;
  request.set_request_id(session.request_id());
  request.set_validate_only(inputs.Has("dry-run"));
  std::vector<HalfDayEntry> shown;  // as PrintOutcomes shows them
  for (const std::string& typed : inputs.All("move")) {
    auto move = ReadMove(session, typed);
    if (!move.ok())
      return session.Misused(std::string(move.status().message().data(), move.status().message().size()));
    move->set_non_working_day_confirmed(inputs.Has("confirm-non-working-day"));
    HalfDayEntry& entry = shown.emplace_back();
    entry.set_date(move->date());
    entry.set_half(move->half());
    *request.add_moves() = *std::move(move);
  }
  auto answer = session.client().Call<RescheduleHalfDaysResponse>("CalendarService.RescheduleHalfDays",
                                                                  request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  return PrintOutcomes(session, shown, *answer,
                       {.all_or_none = true,
                        .dry_run = inputs.Has("dry-run"),
                        .done = {"déplacée", "moved"},
                        .nothing = {"Rien n’est déplacé", "Nothing is moved"}});
}

std::vector<Argument> EntryArguments() {
  return {
      Of(Kind::kInteger, Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"})),
      Of(Kind::kInteger,
         Positional({"CONSULTANT", "CONSULTANT"}, "", {"Numéro du consultant", "Number of the consultant"})),
      Repeated(Positional({"DATE", "DATE"}, "",
                          {"2026-03-14 (journée : deux demi-journées), 2026-03-14:am ou 2026-03-14:pm",
                           "2026-03-14 (a day: two half-days), 2026-03-14:am or 2026-03-14:pm"})),
      Default("accompaniment", Of(Kind::kCode, Option("--phase", "", {"Phase", "Phase"}))),
      Option("--half", "", {"am ou pm, pour toutes les dates", "am or pm, for every date"}),
      Option("--note", "", {"Note", "Note"}),
      Fills(
          {"entries.half_day_id"},
          Repeated(Of(
              Kind::kUuid,
              Option("--id", "",
                     {"Identifiant d’une demi-journée planifiée, ou choisi par vous ; dans l’ordre des dates",
                      "Id of a planned half-day, or chosen by you; in the order of the dates"})))),
      Flag("--confirm-non-working-day", "",
           {"Un week-end, un jour férié ou hors de la semaine ordinaire du consultant, exprès",
            "A weekend, a public holiday or outside the consultant’s ordinary week, on purpose"})};
}

std::vector<Argument> SelectionArguments() {
  Argument ids = Repeated(Of(Kind::kUuid, Positional({"DEMI-JOURNEE", "HALF-DAY"}, "",
                                                     {"Identifiants ; ou une sélection par les options",
                                                      "Ids; or a selection by the options"})));
  ids.required = false;
  return {ids,
          Of(Kind::kInteger, Option("--case", "", {"Toutes celles d’un dossier", "All those of a case"})),
          Of(Kind::kInteger,
             Option("--consultant", "", {"Toutes celles d’un consultant", "All those of a consultant"})),
          Of(Kind::kMonth, Option("--month", "", {"Du mois", "Of the month"})),
          Of(Kind::kDate, Option("--from", "", {"Depuis", "From"})),
          Of(Kind::kDate, Option("--until", "", {"Jusqu’à", "Until"}))};
}

std::vector<Argument> SelectionWithReason() {
  std::vector<Argument> arguments = SelectionArguments();
  arguments.push_back(Required(Option("--reason", "", {"Motif", "Reason"})));
  return arguments;
}

}  // namespace

std::string Quoted(const std::string& typed, Language language) {
  return Words{"« ", "“"}.In(language) + Printable(typed) + Words{" »", "”"}.In(language);
}

absl::StatusOr<std::vector<HalfDaySlot>> ParseHalfDaySlots(const std::string& typed, const std::string& half,
                                                           Language language) {
  const size_t colon = typed.find(':');
  const std::string suffix = colon == std::string::npos ? half : typed.substr(colon + 1);
  const auto date = Normalise(Kind::kDate, typed.substr(0, colon), language);
  if (const auto* problem = std::get_if<Problem>(&date))
    return absl::InvalidArgumentError(Quoted(typed.substr(0, colon), language) + " " + problem->sentence);
  const std::string& day = std::get<Normal>(date).value;
  if (suffix.empty())
    return std::vector<HalfDaySlot>{{day, common::v1::HALF_MORNING}, {day, common::v1::HALF_AFTERNOON}};
  const auto wanted = ParseHalf(suffix, language);
  if (!wanted.ok()) return wanted.status();
  return std::vector<HalfDaySlot>{{day, *wanted}};
}

absl::StatusOr<Half> ParseHalf(const std::string& typed, Language language) {
  const auto wanted = Normalise(Kind::kEnum, typed, language, FindField(HalfDay::descriptor(), "half"));
  if (const auto* problem = std::get_if<Problem>(&wanted))
    return absl::InvalidArgumentError(Quoted(typed, language) + " " + problem->sentence);
  Half value = common::v1::HALF_UNSPECIFIED;
  common::v1::Half_Parse(std::get<Normal>(wanted).value, &value);
  return value;
}

void AddDayCommands(std::vector<Command>& commands) {
  std::vector<Argument> plan_arguments = EntryArguments();
  plan_arguments.push_back(
      Flag("--dry-run", "", {"Vérifier sans rien planifier", "Check without planning anything"}));
  commands.push_back(
      {.group = "day",
       .name = "plan",
       .about = {"Planifier des demi-journées, toutes ou aucune", "Plan half-days, all or none"},
       .arguments = std::move(plan_arguments),
       .run = [](Session& session, const Inputs& inputs) {
         return SendEntries<PlanHalfDaysRequest, PlanHalfDaysResponse>(
             session, inputs, "CalendarService.PlanHalfDays",
             {.all_or_none = true,
              .done = {"planifiée", "planned"},
              .nothing = {"Rien n’est planifié", "Nothing is planned"}});
       }});
  commands.push_back({.group = "day",
                      .name = "record",
                      .about = {"Déclarer des demi-journées réalisées, planifiées ou non ; chacune pour "
                                "elle-même : un refus n’arrête pas les autres",
                                "Record half-days that took place, planned before or not; each by itself: a "
                                "refusal does not stop the others"},
                      .arguments = EntryArguments(),
                      .run = [](Session& session, const Inputs& inputs) {
                        return SendEntries<RecordHalfDaysRequest, RecordHalfDaysResponse>(
                            session, inputs, "CalendarService.RecordHalfDays",
                            {.done = {"enregistrée", "recorded"}});
                      }});
  commands.push_back({.group = "day",
                      .name = "attest",
                      .about = {"Attester, au nom de l’entreprise, que des demi-journées ont eu lieu",
                                "Attest, for the company, that half-days took place"},
                      .arguments = SelectionArguments(),
                      .run = [](Session& session, const Inputs& inputs) {
                        return Change<AttestHalfDaysRequest, AttestHalfDaysResponse>(
                            session, inputs, "CalendarService.AttestHalfDays", {HALF_DAY_STATE_PERFORMED});
                      }});
  commands.push_back({.group = "day",
                      .name = "approve",
                      .about = {"Certifier le service fait de demi-journées attestées",
                                "Certify the service done of attested half-days"},
                      .arguments = SelectionArguments(),
                      .run = [](Session& session, const Inputs& inputs) {
                        return Change<ApproveHalfDaysRequest, ApproveHalfDaysResponse>(
                            session, inputs, "CalendarService.ApproveHalfDays", {HALF_DAY_STATE_ATTESTED});
                      }});
  commands.push_back(
      {.group = "day",
       .name = "cancel",
       .about = {"Annuler des demi-journées pas encore attestées, ou approuvées à tort ; leur place "
                 "redevient libre",
                 "Cancel half-days not yet attested, or approved by mistake; their place is free again"},
       .arguments = SelectionWithReason(),
       .run = [](Session& session, const Inputs& inputs) {
         return Change<CancelHalfDaysRequest, CancelHalfDaysResponse>(
             session, inputs, "CalendarService.CancelHalfDays",
             {HALF_DAY_STATE_PLANNED, HALF_DAY_STATE_PERFORMED});
       }});
  commands.push_back({.group = "day",
                      .name = "reopen",
                      .about = {"Renvoyer au consultant des demi-journées attestées",
                                "Send attested half-days back to the consultant"},
                      .arguments = SelectionWithReason(),
                      .run = [](Session& session, const Inputs& inputs) {
                        return Change<ReopenHalfDaysRequest, ReopenHalfDaysResponse>(
                            session, inputs, "CalendarService.ReopenHalfDays", {HALF_DAY_STATE_ATTESTED});
                      }});
  commands.push_back(
      {.group = "day",
       .name = "dispute",
       .about = {"Contester, au nom de l’entreprise, des demi-journées : elles retournent au consultant",
                 "Dispute half-days, for the company: they go back to the consultant"},
       .arguments = SelectionWithReason(),
       .run = [](Session& session, const Inputs& inputs) {
         return Change<DisputeHalfDaysRequest, DisputeHalfDaysResponse>(
             session, inputs, "CalendarService.DisputeHalfDays",
             {HALF_DAY_STATE_PERFORMED, HALF_DAY_STATE_ATTESTED});
       }});
  commands.push_back(
      {.group = "day",
       .name = "move",
       .about =
           {"Déplacer des demi-journées planifiées, toutes ou aucune ; elles peuvent échanger leurs places",
            "Move planned half-days, all or none; they may trade places"},
       .arguments = {Fills({"moves"},
                           Repeated(Positional({"DEPLACEMENT", "MOVE"}, "",
                                               {"IDENTIFIANT=2026-10-05:am", "ID=2026-10-05:am"}))),
                     Flag("--confirm-non-working-day", "",
                          {"Le travail aura bien lieu un week-end ou un jour férié",
                           "The work will take place on a weekend or a public holiday"}),
                     Flag("--dry-run", "", {"Vérifier sans rien déplacer", "Check without moving anything"})},
       .run = RunMove});
  commands.push_back(
      {.group = "day",
       .name = "note",
       .about = {"Corriger la note d’une demi-journée pas encore attestée",
                 "Correct the note of a half-day that is not attested yet"},
       .arguments = {Positional({"DEMI-JOURNEE", "HALF-DAY"}, "half_day_id", {"Identifiant", "Id"}),
                     Positional({"NOTE", "NOTE"}, "note", {"La nouvelle note", "The new note"})},
       .method = "CalendarService.EditHalfDayNote"});
  commands.push_back(
      {.group = "day",
       .name = "show",
       .about = {"Une demi-journée et son histoire : qui a fait quoi, quand",
                 "A half-day and its history: who did what, when"},
       .arguments = {Positional({"DEMI-JOURNEE", "HALF-DAY"}, "half_day_id", {"Identifiant", "Id"})},
       .method = "CalendarService.GetHalfDay"});
  commands.push_back(
      {.group = "day",
       .name = "list",
       .about = {"Demi-journées, par date", "Half-days, by date"},
       .arguments = {Option("--case", "filter.case_id", {"D’un dossier", "Of a case"}),
                     Option("--consultant", "filter.consultant_id", {"D’un consultant", "Of a consultant"}),
                     Option("--state", "filter.state", {"État", "State"}),
                     Option("--from", "filter.from", {"Depuis", "From"}),
                     Option("--until", "filter.until", {"Jusqu’à", "Until"})},
       .method = "CalendarService.ListHalfDays"});
}

}  // namespace jalon::cli
