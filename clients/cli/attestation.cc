#include <algorithm>

#include "base/date.h"
#include "clients/cli/command.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::cli {
namespace {

using calendar::v1::AttestByCodeRequest;
using calendar::v1::AttestByCodeResponse;
using calendar::v1::CreateAttestationLinkRequest;
using calendar::v1::CreateAttestationLinkResponse;
using calendar::v1::HalfDay;
using calendar::v1::ListHalfDaysRequest;
using calendar::v1::ListHalfDaysResponse;

// Address and code stand alone on their lines: they are to be copied, and are never told again.
int RunAddAttestation(Session& session, const Inputs& inputs) {
  CreateAttestationLinkRequest request;
  request.set_request_id(session.request_id());
  request.set_case_id(inputs.Integer("case"));
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_month(inputs.Text("month"));
  if (inputs.Has("days") && inputs.Integer("days") == 0) {
    return session.Misused(
        session.Say({"--days : au moins 1 ; 14 sans précision", "--days: at least 1; 14 unless given"}));
  }
  request.set_valid_days(
      static_cast<int32_t>(std::clamp<int64_t>(inputs.Integer("days"), INT32_MIN, INT32_MAX)));
  const auto answer = session.client().Call<CreateAttestationLinkResponse>(
      "CalendarService.CreateAttestationLink", request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
    return kDone;
  }
  PrintSingle(session.out(), session.language(), answer->link());
  if (answer->replaced_link_id() != 0)
    session.out() << '\n'
                  << session.Say({"Le lien n° ", "Link no. "}) << answer->replaced_link_id()
                  << session.Say({" de cette feuille, resté ouvert, est révoqué : celui-ci le remplace.",
                                  " of this sheet was still open and is revoked: this one takes its place."})
                  << '\n';
  session.out() << '\n'
                << session.Say({"Pour l’entreprise seule ; ni l’un ni l’autre ne sera plus montré :",
                                "For the company alone; neither is shown again:"})
                << '\n'
                << session.Say({"Adresse ", "Address "}) << answer->url() << '\n'
                << session.Say({"Code    ", "Code    "}) << answer->code() << '\n';
  return kDone;
}

// Half-days of the sheet that wait for the company's word.
absl::StatusOr<std::vector<std::string>> Waiting(Session& session, const Inputs& inputs) {
  ListHalfDaysRequest request;
  request.set_page_size(1000);
  request.mutable_filter()->set_case_id(inputs.Integer("case"));
  request.mutable_filter()->set_consultant_id(inputs.Integer("consultant"));
  request.mutable_filter()->set_state(calendar::v1::HALF_DAY_STATE_PERFORMED);
  const auto page = session.client().Call<ListHalfDaysResponse>("CalendarService.ListHalfDays", request,
                                                                session.call_options());
  if (!page.ok()) return page.status();
  std::vector<std::string> ids;
  for (const HalfDay& half_day : page->half_days())
    if (half_day.sheet_month() == inputs.Text("month")) ids.push_back(half_day.half_day_id());
  return ids;
}

// Attests what waits on the sheet, save what --dispute names.
int RunCode(Session& session, const Inputs& inputs) {
  AttestByCodeRequest request;
  request.set_request_id(session.request_id());
  request.set_case_id(inputs.Integer("case"));
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_month(inputs.Text("month"));
  request.set_code(inputs.Text("code"));
  auto& attestation = *request.mutable_attestation();
  attestation.set_signer(inputs.Text("signer"));
  const auto waiting = Waiting(session, inputs);
  if (!waiting.ok()) return session.Fail(waiting.status());
  std::vector<std::string> attested = *waiting;
  for (const std::string& typed : inputs.All("dispute")) {
    const size_t equals = typed.find('=');
    if (equals == std::string::npos) {
      return session.Misused(session.Say({"--dispute : IDENTIFIANT=MOTIF", "--dispute: ID=REASON"}));
    }
    auto* dispute = attestation.add_disputes();
    dispute->set_half_day_id(typed.substr(0, equals));
    dispute->set_reason(typed.substr(equals + 1));
    std::erase(attested, dispute->half_day_id());
  }
  for (std::string& id : attested) attestation.add_half_day_ids(std::move(id));
  return session.CallAndPrint("CalendarService.AttestByCode", request);
}

std::vector<Argument> SheetArguments() {
  return {Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"}),
          Positional({"CONSULTANT", "CONSULTANT"}, "consultant_id",
                     {"Numéro du consultant", "Number of the consultant"}),
          Positional({"MOIS", "MONTH"}, "month", {"Mois de la feuille", "Month of the sheet"})};
}

}  // namespace

void AddAttestationCommands(std::vector<Command>& commands) {
  std::vector<Argument> add = SheetArguments(), code = SheetArguments();
  add.push_back(Option("--days", "valid_days",
                       {"Durée en jours ; 14 sans précision", "Days it is good; 14 unless given"}));
  code.push_back(Positional({"CODE", "CODE"}, "code",
                            {"Le code que lit l’entreprise", "The code that the company reads"}));
  code.push_back(Required(Option("--signer", "attestation.signer",
                                 {"Qui parle pour l’entreprise", "Who speaks for the company"})));
  code.push_back(
      Fills({"attestation.disputes"}, Repeated(Option("--dispute", "",
                                                      {"IDENTIFIANT=MOTIF d’une demi-journée contestée",
                                                       "ID=REASON of a half-day that is disputed"}))));
  std::vector<Argument> list = {
      Option("--case", "case_id", {"D’un dossier", "Of a case"}),
      Option("--consultant", "consultant_id", {"D’un consultant", "Of a consultant"}),
      Option("--month", "month", {"D’un mois", "Of a month"}),
      Flag("--ended", "ended", {"Les révoqués et les utilisés aussi", "Revoked and used ones too"})};
  commands.push_back({.group = "attestation",
                      .name = "add",
                      .about = {"Faire le lien et le code par lesquels l’entreprise atteste une feuille",
                                "Make the link and the code by which the company attests a sheet"},
                      .arguments = std::move(add),
                      .method = "CalendarService.CreateAttestationLink",
                      .run = RunAddAttestation});
  commands.push_back({.group = "attestation",
                      .name = "list",
                      .about = {"Liens d’attestation, sans leurs adresses, que personne ne garde",
                                "Attestation links, without their addresses, which nobody keeps"},
                      .arguments = std::move(list),
                      .method = "CalendarService.ListAttestationLinks"});
  commands.push_back({.group = "attestation",
                      .name = "code",
                      .about = {"Attester une feuille au téléphone, avec le code que lit l’entreprise",
                                "Attest a sheet over the phone, with the code that the company reads"},
                      .arguments = std::move(code),
                      .method = "CalendarService.AttestByCode",
                      .run = RunCode});
  commands.push_back({.group = "attestation",
                      .name = "revoke",
                      .about = {"Révoquer le lien d’une feuille", "Revoke the link of a sheet"},
                      .arguments = SheetArguments(),
                      .method = "CalendarService.RevokeAttestationLink"});
}

}  // namespace jalon::cli
