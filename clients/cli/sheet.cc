#include <zlib.h>

#include <algorithm>

#include "base/half_day.h"
#include "base/uuid.h"
#include "clients/cli/command.h"
#include "clients/cli/output_file.h"
#include "clients/cli/xlsx_writer.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::cli {
namespace {

using calendar::v1::ApproveSheetsRequest;
using calendar::v1::ApproveSheetsResponse;
using calendar::v1::CheckSheetRequest;
using calendar::v1::CheckSheetResponse;
using calendar::v1::GetSheetDocumentRequest;
using calendar::v1::GetSheetDocumentResponse;
using calendar::v1::GetSheetRequest;
using calendar::v1::GetSheetResponse;
using calendar::v1::ListSheetsRequest;
using calendar::v1::ListSheetsResponse;
using calendar::v1::Sheet;
using calendar::v1::SheetHalfDay;

std::vector<Argument> SheetName() {
  return {Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"}),
          Positional({"CONSULTANT", "CONSULTANT"}, "consultant_id",
                     {"Numéro du consultant", "Number of the consultant"}),
          Positional({"MOIS", "MONTH"}, "month", {"Mois de la feuille", "Month of the sheet"})};
}

std::vector<Argument> SheetAndFile(Words help) {
  std::vector<Argument> arguments = SheetName();
  arguments.push_back(Required(Of(Kind::kFile, Option("--out", "", help))));
  return arguments;
}

template <class Request>
Request Named(const Inputs& inputs) {
  Request request;
  request.set_case_id(inputs.Integer("case"));
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_month(inputs.Text("month"));
  return request;
}

int RunPdf(Session& session, const Inputs& inputs) {
  const auto answer = session.client().Call<GetSheetDocumentResponse>(
      "CalendarService.GetSheetDocument", Named<GetSheetDocumentRequest>(inputs), session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  const std::string path = inputs.Text("out");
  return session.SayWritten(path, WriteWholeFile(path, answer->pdf()));
}

// What stands above the rows of the workbook.
std::vector<std::pair<std::string, std::string>> HeadOf(const GetSheetResponse& answer,
                                                        const Session& session) {
  const Sheet& sheet = answer.sheet();
  const auto days = [&](int32_t half_days) { return HalfDays(half_days).FormatDays(session.language()); };
  return {{session.Say({"Entreprise", "Company"}), sheet.company_name()},
          {"SIREN", sheet.siren()},
          {session.Say({"Dossier", "Case"}), std::to_string(sheet.case_id())},
          {session.Say({"Consultant", "Consultant"}), sheet.consultant_name()},
          {session.Say({"Mois", "Month"}), sheet.month()},
          {session.Say({"En tout", "In all"}), days(sheet.half_days())},
          {session.Say({"Approuvé", "Approved"}), days(sheet.approved())},
          {session.Say({"Code de vérification", "Verification code"}), answer.code()}};
}

std::string TitleOf(const std::string& phase, const GetSheetResponse& answer, Language language) {
  for (const auto& title : answer.phases())
    if (title.phase() == phase) return language == Language::kFrench ? title.title_fr() : title.title_en();
  return phase;
}

int RunXlsx(Session& session, const Inputs& inputs) {
  const auto answer = session.client().Call<GetSheetResponse>(
      "CalendarService.GetSheet", Named<GetSheetRequest>(inputs), session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  XlsxWriter::Columns columns;
  const auto* type = SheetHalfDay::descriptor();
  for (const char* name :
       {"date", "half", "phase", "note", "state", "dispute", "unusual", "performed_by", "performed_at",
        "attested_by", "attested_at", "approved_by", "approved_at", "half_day_id"})
    columns.push_back(type->FindFieldByName(name));
  const std::string path = inputs.Text("out");
  XlsxWriter workbook(path, session.language(), columns,
                      session.Say({"Feuille d’émargement", "Attendance sheet"}), HeadOf(*answer, session));
  for (SheetHalfDay half_day : answer->half_days()) {
    half_day.set_phase(TitleOf(half_day.phase(), *answer, session.language()));
    workbook.Add(half_day);
  }
  return session.SayWritten(path, workbook.Finish());
}

// A code that is not the sheet's is a failure: whoever asks in a script goes by the exit code.
int RunCheckSheet(Session& session, const Inputs& inputs) {
  auto request = Named<CheckSheetRequest>(inputs);
  request.set_code(inputs.Text("code"));
  const auto answer = session.client().Call<CheckSheetResponse>("CalendarService.CheckSheet", request,
                                                                session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  } else {
    PrintSingle(session.out(), session.language(), answer->sheet());
    session.out()
        << '\n'
        << (answer->genuine()
                ? session.Say({"Conforme : c’est le code de la feuille telle qu’elle est aujourd’hui.",
                               "Genuine: it is the code of the sheet as it now stands."})
                : session.Say({"Non conforme : ce n’est pas le code de la feuille. Il est faux, ou la "
                               "feuille a changé depuis l’impression.",
                               "Not genuine: it is not the code of the sheet. It is wrong, or the "
                               "sheet changed since it was printed."}))
        << '\n';
  }
  return answer->genuine() ? kDone : kRefused;
}

// The sheets of a selection on which something is attested; those with unusual half-days only when asked for.
class Approval {
 public:
  Approval(Session& session, const Inputs& inputs) : session_(session), inputs_(inputs) {}

  int Run() {
    const bool names_one = inputs_.Has("case") && inputs_.Has("consultant") && inputs_.Has("month");
    if (!inputs_.Has("month") && !inputs_.Has("case") && !inputs_.Has("consultant")) {
      return session_.Misused(session_.Say({"quelles feuilles ? --month, --case ou --consultant",
                                            "which sheets? --month, --case or --consultant"}));
    }
    if (const auto status = Select(inputs_.Has("with-unusual") || names_one); !status.ok())
      return session_.Fail(status);
    // What is approved already stays so if a later part fails: the same command goes on with the rest.
    constexpr int kSheetsACall = 500;  // the contract's
    ApproveSheetsResponse all;
    for (int from = 0; from < selected_.sheets_size(); from += kSheetsACall) {
      ApproveSheetsRequest part;
      for (int i = from; i < std::min(from + kSheetsACall, selected_.sheets_size()); ++i)
        *part.add_sheets() = selected_.sheets(i);
      part.set_request_id(IdOf(part));
      const auto answer = session_.client().Call<ApproveSheetsResponse>("CalendarService.ApproveSheets", part,
                                                                        session_.call_options());
      if (!answer.ok()) return session_.Fail(answer.status());
      all.MergeFrom(*answer);
    }
    if (!session_.for_people() || all.sheets_size() > 0)
      PrintAnswer(session_.out(), session_.format(), session_.language(), all);
    return SayLeft();
  }

 private:
  absl::Status Select(bool with_unusual) {
    ListSheetsRequest request;
    request.set_page_size(1000);
    auto& filter = *request.mutable_filter();
    filter.set_month(inputs_.Text("month"));
    filter.set_case_id(inputs_.Integer("case"));
    filter.set_consultant_id(inputs_.Integer("consultant"));
    filter.set_programme(inputs_.Text("programme"));
    do {
      const auto page = session_.client().Call<ListSheetsResponse>("CalendarService.ListSheets", request,
                                                                   session_.call_options());
      if (!page.ok()) return page.status();
      for (const Sheet& sheet : page->sheets()) Consider(sheet, with_unusual);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  void Consider(const Sheet& sheet, bool with_unusual) {
    if (sheet.attested() == 0) return;
    if (sheet.unusual_half_days() > 0 && !with_unusual) {
      ++left_for_reading_;
      return;
    }
    auto& ref = *selected_.add_sheets();
    ref.set_case_id(sheet.case_id());
    ref.set_consultant_id(sheet.consultant_id());
    ref.set_month(sheet.month());
    ref.set_etag(sheet.etag());
  }

  // By what it holds: sent again after a part of it went through, a command selects only the rest, which is
  // another request.
  std::string IdOf(const ApproveSheetsRequest& part) {
    const std::string bytes = part.SerializeAsString();
    return session_.NthId(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
  }

  int SayLeft() {
    if (!session_.for_people()) return kDone;
    if (left_for_reading_ > 0) {
      const bool one = left_for_reading_ == 1;
      session_.err() << left_for_reading_
                     << session_.Say({one ? " feuille" : " feuilles", one ? " sheet" : " sheets"})
                     << session_.Say(
                            {" à lire d’abord, pour ce qui y est inhabituel : jalon sheet list ; puis "
                             "--with-unusual",
                             " to be read first, for what is unusual there: jalon sheet list; then "
                             "--with-unusual"})
                     << '\n';
    } else if (selected_.sheets().empty()) {
      session_.out() << session_.Say({"Aucune feuille à approuver.", "No sheet to approve."}) << '\n';
    }
    return kDone;
  }

  Session& session_;
  const Inputs& inputs_;
  ApproveSheetsRequest selected_;
  int left_for_reading_ = 0;
};

}  // namespace

void AddSheetCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "sheet",
       .name = "list",
       .about = {"Feuilles d’un mois, d’un dossier ou d’un consultant ; les plus inhabituelles d’abord",
                 "Sheets of a month, a case or a consultant; the most unusual ones first"},
       .arguments = {Option("--month", "filter.month", {"Du mois", "Of the month"}),
                     Option("--case", "filter.case_id", {"D’un dossier", "Of a case"}),
                     Option("--consultant", "filter.consultant_id", {"D’un consultant", "Of a consultant"}),
                     Option("--state", "filter.state", {"Ce qu’elles attendent", "What they wait for"}),
                     Option("--programme", "filter.programme", {"D’un programme", "Of a programme"})},
       .method = "CalendarService.ListSheets"});
  commands.push_back({.group = "sheet",
                      .name = "show",
                      .about = {"Une feuille : demi-journées, signatures, code de vérification",
                                "A sheet: half-days, signatures, verification code"},
                      .arguments = SheetName(),
                      .method = "CalendarService.GetSheet"});
  commands.push_back(
      {.group = "sheet",
       .name = "approve",
       .about = {"Certifier le service fait de toutes les demi-journées attestées des feuilles choisies",
                 "Certify the service done of all attested half-days of the sheets chosen"},
       .arguments = {Of(Kind::kMonth, Option("--month", "", {"Du mois", "Of the month"})),
                     Of(Kind::kInteger, Option("--case", "", {"D’un dossier", "Of a case"})),
                     Of(Kind::kInteger, Option("--consultant", "", {"D’un consultant", "Of a consultant"})),
                     Of(Kind::kCode, Option("--programme", "", {"D’un programme", "Of a programme"})),
                     Flag("--with-unusual", "",
                          {"Aussi celles qui ont de l’inhabituel ; sous-entendu pour une seule feuille",
                           "Those with something unusual too; implied for a single sheet"})},
       .run = [](Session& session, const Inputs& inputs) { return Approval(session, inputs).Run(); }});
  commands.push_back({.group = "sheet",
                      .name = "pdf",
                      .about = {"La feuille d’émargement à imprimer", "The attendance sheet to print"},
                      .arguments = SheetAndFile({"Fichier PDF à écrire", "PDF file to write"}),
                      .run = RunPdf});
  commands.push_back({.group = "sheet",
                      .name = "xlsx",
                      .about = {"La feuille en classeur", "The sheet as a workbook"},
                      .arguments = SheetAndFile({"Classeur à écrire", "Workbook to write"}),
                      .run = RunXlsx});
  std::vector<Argument> with_code = SheetName();
  with_code.push_back(Positional({"CODE", "CODE"}, "code", {"Code imprimé", "Code printed"}));
  commands.push_back(
      {.group = "sheet",
       .name = "verify",
       .about = {"Le code imprimé est-il celui de la feuille telle qu’elle est aujourd’hui ? "
                 "Sortie 1 s’il ne l’est pas",
                 "Is the code printed that of the sheet as it now stands? Exit 1 when it is not"},
       .arguments = std::move(with_code),
       .method = "CalendarService.CheckSheet",
       .run = RunCheckSheet});
}

void AddMonthCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "month",
       .name = "lock",
       .about = {"Verrouiller un mois, définitivement : ce qui n’est pas approuvé passe au mois suivant",
                 "Lock a month, for ever: what is not approved goes on to the next month"},
       .arguments = {Positional({"PROGRAMME", "PROGRAMME"}, "programme",
                                {"Code du programme", "Code of the programme"}),
                     Positional({"MOIS", "MONTH"}, "month", {"Mois fini", "Month that is over"})},
       .method = "CalendarService.LockMonth"});
  commands.push_back({.group = "month",
                      .name = "list",
                      .about = {"Mois verrouillés", "Locked months"},
                      .arguments = {Option("--programme", "programme", {"D’un programme", "Of a programme"})},
                      .method = "CalendarService.ListLockedMonths"});
}

}  // namespace jalon::cli
