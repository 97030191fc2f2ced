#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "jalon/audit/v1/audit_service.pb.h"

namespace jalon::cli {
namespace {

using audit::v1::VerifyLawsResponse;

void PrintLaw(Session& session, const VerifyLawsResponse& law) {
  switch (session.format()) {
    case Format::kJson:
      session.out() << Json(law, false) << '\n';
      break;
    case Format::kCsv:
      session.out() << CsvRecord(FlatValues(law));
      break;
    case Format::kTable: {
      const bool holds = law.breaches() == 0;
      const std::string& title = session.language() == Language::kFrench ? law.title_fr() : law.title_en();
      session.out() << (holds ? "✓" : "✗") << session.Say({" loi ", " law "}) << law.law()
                    << session.Say({" : ", ": "}) << Printable(title) << " — " << law.checked()
                    << session.Say({" vérifiés", " checked"});
      if (!holds) session.out() << ", " << law.breaches() << session.Say({" infractions", " breaches"});
      session.out() << '\n';
      for (size_t start = 0; !holds && start < law.sample().size();) {
        const size_t end = std::min(law.sample().find('\n', start), law.sample().size());
        session.out() << "    " << Printable(std::string_view(law.sample()).substr(start, end - start))
                      << '\n';
        start = end + 1;
      }
      break;
    }
  }
  session.out().flush();
}

int RunVerify(Session& session, const Inputs&) {
  if (session.format() == Format::kCsv)
    session.out() << CsvRecord(FlatNames(VerifyLawsResponse::descriptor()));
  const auto stream = session.client().Stream("AuditService.VerifyLaws", audit::v1::VerifyLawsRequest());
  VerifyLawsResponse law;
  int laws = 0;
  int broken = 0;
  while (stream->Read(&law)) {
    ++laws;
    broken += law.breaches() > 0;
    PrintLaw(session, law);
  }
  if (const absl::Status status = stream->Finish(); !status.ok()) return session.Fail(status);
  if (session.for_people()) {
    if (laws == 0) {
      session.err() << session.Say({"Aucune loi n’a été vérifiée.", "No law was checked."}) << '\n';
    } else if (broken == 0) {
      session.out() << session.Say({"Toutes les lois tiennent.", "Every law holds."}) << '\n';
    } else {
      session.out() << broken
                    << session.Say({broken == 1 ? " loi enfreinte sur " : " lois enfreintes sur ",
                                    broken == 1 ? " law broken of " : " laws broken of "})
                    << laws << ".\n";
    }
  }
  return broken > 0 || laws == 0 ? kRefused : kDone;
}

}  // namespace

void AddVerifyCommand(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "",
       .name = "verify",
       .about = {"Revérifier chaque loi sur les données, une ligne par loi ; sortie 1 si l’une est enfreinte",
                 "Recheck every law on live data, a line a law; exit 1 when one is broken"},
       .run = RunVerify});
}

}  // namespace jalon::cli
