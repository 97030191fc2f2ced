#include "clients/cli/agreement.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "clients/cli/command.h"
#include "rules/explanation.h"

namespace jalon::cli {
namespace {

using funding::v1::AgreedPhase;
using funding::v1::Agreement;
using funding::v1::AmendAgreementRequest;
using funding::v1::AmendAgreementResponse;
using funding::v1::CoverageLine;
using funding::v1::GetAgreementRequest;
using funding::v1::GetAgreementResponse;
using funding::v1::Quote;
using funding::v1::QuoteAgreementRequest;
using funding::v1::QuoteAgreementResponse;
using funding::v1::Share;
using funding::v1::SignAgreementRequest;
using funding::v1::SignAgreementResponse;
using funding::v1::TraceStep;

template <class Request>
absl::Status FillPhases(Session& session, const Inputs& inputs, Request& request) {
  request.set_case_id(inputs.Integer("case"));
  for (const std::string& typed : inputs.All("phase")) {
    auto phase = ParseAgreedPhase(typed, session.language());
    if (!phase.ok()) return phase.status();
    *request.add_phases() = *std::move(phase);
  }
  return absl::OkStatus();
}

std::string Text(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// A column a funder, in the order of the lines: who bears what is the question people ask.
void PrintQuote(Session& session, const Quote& quote) {
  const Language language = session.language();
  PrintSingle(session.out(), language, quote);
  std::vector<std::string> funders;
  for (const CoverageLine& line : quote.lines()) {
    for (const Share& share : line.shares()) {
      if (std::find(funders.begin(), funders.end(), share.funder()) == funders.end())
        funders.push_back(share.funder());
    }
  }
  std::vector<Table::Header> headers = {{session.Say({"Phase", "Phase"})},
                                        {session.Say({"Durée", "Length"}), true},
                                        {session.Say({"Coût", "Cost"}), true}};
  for (const std::string& funder : funders) headers.push_back({funder, true});
  headers.push_back({session.Say({"Reste à charge", "Remaining charge"}), true});
  Table table(headers);
  for (const CoverageLine& line : quote.lines()) {
    std::vector<std::string> cells = {line.phase(), FormatField(line, "half_days", language),
                                      FormatField(line, "cost", language)};
    for (const std::string& funder : funders) {
      std::string amount;
      for (const Share& share : line.shares()) {
        if (share.funder() == funder) amount = FormatField(share, "amount", language);
      }
      cells.push_back(amount);
    }
    cells.push_back(FormatField(line, "company", language));
    table.Add(std::move(cells));
  }
  session.out() << '\n';
  table.Print(session.out());
  session.out() << '\n' << session.Say({"Pourquoi", "Why"}) << '\n';
  for (const CoverageLine& line : quote.lines()) {
    for (const TraceStep& step : line.trace()) {
      const std::string& text = language == Language::kFrench ? step.text_fr() : step.text_en();
      session.out() << "  " << Printable(line.phase()) << session.Say({" : ", ": "}) << Printable(text);
      if (step.taken().cents() != 0) session.out() << " (−" << FormatField(step, "taken", language) << ")";
      session.out() << '\n';
    }
  }
}

// Line by line, so that nothing a name may hold can play with the screen.
void PrintExplanation(Session& session, const Quote& terms) {
  std::istringstream lines(rules::Explain(terms, session.language()));
  for (std::string line; std::getline(lines, line);) session.out() << Printable(line) << '\n';
}

void PrintAgreement(Session& session, const Agreement& agreement, const google::protobuf::Message& answer) {
  if (!session.for_people()) return PrintAnswer(session.out(), session.format(), session.language(), answer);
  if (agreement.agreement_id() == 0) {  // at a dry run
    session.out() << session.Say({"Convention", "Agreement"});
  } else {
    session.out() << session.Say({"Convention n° ", "Agreement no. "}) << agreement.agreement_id();
  }
  session.out() << session.Say({", signée le ", ", signed on "})
                << DateForPeople(agreement.signed_on(), session.language());
  if (agreement.version() > 1) {
    session.out() << session.Say({" ; version ", "; version "}) << agreement.version()
                  << session.Say({" depuis le ", " from "})
                  << DateForPeople(agreement.valid_from(), session.language()) << session.Say({" : ", ": "})
                  << Printable(agreement.reason());
  }
  if (!agreement.released_on().empty()) {
    session.out() << session.Say({" ; reliquat rendu le ", "; rest given back on "})
                  << DateForPeople(agreement.released_on(), session.language());
  }
  session.out() << "\n\n";
  PrintQuote(session, agreement.terms());
  PrintList(session.out(), session.language(), agreement, "progress", true);
}

void TellDryRun(Session& session, const Inputs& inputs) {
  if (session.for_people() && inputs.Has("dry-run"))
    session.out() << session.Say({"À l’essai : rien n’est signé.", "Dry run: nothing is signed."}) << '\n';
}

// Whether it could be signed: what the envelopes and the de minimis ceiling still leave.
void PrintRoom(Session& session, const QuoteAgreementResponse& answer) {
  PrintList(session.out(), session.language(), answer, "envelopes", true);
  if (!answer.has_headroom()) return;
  session.out() << '\n'
                << session.Say({"De minimis, avant cette convention", "De minimis, before this agreement"})
                << '\n';
  PrintSingle(session.out(), session.language(), answer.headroom());
}

// A refusal that names a phase without saying why: it is its price, more often than not.
int FailTerms(Session& session, const Inputs& inputs, const absl::Status& status) {
  const CallError error = CallErrorOf(status);
  const auto named = error.metadata.find("violations");
  size_t index = 0;
  if (session.format() == Format::kJson || error.reason != "INVALID_REQUEST" || !error.violations.empty() ||
      named == error.metadata.end() || std::sscanf(named->second.c_str(), "phases[%zu]", &index) != 1 ||
      index >= inputs.All("phase").size())
    return session.Fail(status);
  const std::string& typed = inputs.All("phase")[index];
  const std::string fields = named->second.substr(named->second.find('.') + 1);
  const bool priced = typed.find_first_of("@=") != std::string::npos;
  session.err() << "jalon" << session.Say({" : ", ": "}) << "--phase " << Printable(typed)
                << session.Say({" : ", ": "});
  if (fields == "phase") {
    session.err() << session.Say({"la même phase deux fois", "the same phase twice"});
  } else if (fields == "half_days") {
    session.err() << session.Say({"ce nombre de jours ne convient pas", "this number of days will not do"});
  } else if (priced) {
    session.err() << session.Say(
        {"ce prix ne convient pas à la phase", "this price does not suit the phase"});
  } else if (fields == "day_rate") {
    session.err() << session.Say({"précisez le tarif journalier, comme ", "give the day rate, as "})
                  << Printable(typed) << "@1100";
  } else {
    session.err() << session.Say({"précisez le prix, comme ", "give the price, as "}) << Printable(typed)
                  << "=12000";
  }
  session.err() << '\n';
  return kRefused;
}

int RunQuote(Session& session, const Inputs& inputs) {
  QuoteAgreementRequest request;
  request.set_signed_on(inputs.Text("signed-on"));
  if (const auto filled = FillPhases(session, inputs, request); !filled.ok())
    return session.Misused(Text(filled));
  const auto answer = session.client().Call<QuoteAgreementResponse>("FundingService.QuoteAgreement", request,
                                                                    session.call_options());
  if (!answer.ok()) return FailTerms(session, inputs, answer.status());
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  } else if (inputs.Has("explain")) {
    PrintExplanation(session, answer->quote());
    PrintRoom(session, *answer);
  } else {
    PrintQuote(session, answer->quote());
    PrintRoom(session, *answer);
  }
  return kDone;
}

int RunSign(Session& session, const Inputs& inputs) {
  SignAgreementRequest request;
  request.set_request_id(session.request_id());
  request.set_signed_on(inputs.Text("signed-on"));
  if (const auto filled = FillPhases(session, inputs, request); !filled.ok())
    return session.Misused(Text(filled));
  request.set_validate_only(inputs.Has("dry-run"));
  const auto answer = session.client().Call<SignAgreementResponse>("FundingService.SignAgreement", request,
                                                                   session.call_options());
  if (!answer.ok()) return FailTerms(session, inputs, answer.status());
  TellDryRun(session, inputs);
  PrintAgreement(session, answer->agreement(), *answer);
  return kDone;
}

int RunAmend(Session& session, const Inputs& inputs) {
  AmendAgreementRequest request;
  request.set_request_id(session.request_id());
  request.set_amended_on(inputs.Text("on"));
  request.set_reason(inputs.Text("reason"));
  if (const auto filled = FillPhases(session, inputs, request); !filled.ok())
    return session.Misused(Text(filled));
  request.set_validate_only(inputs.Has("dry-run"));
  const auto answer = session.client().Call<AmendAgreementResponse>("FundingService.AmendAgreement", request,
                                                                    session.call_options());
  if (!answer.ok()) return FailTerms(session, inputs, answer.status());
  TellDryRun(session, inputs);
  PrintAgreement(session, answer->agreement(), *answer);
  return kDone;
}

int RunShowAgreement(Session& session, const Inputs& inputs) {
  GetAgreementRequest request;
  request.set_version(static_cast<int32_t>(inputs.Integer("version")));
  request.set_case_id(inputs.Integer("case"));
  const auto answer = session.client().Call<GetAgreementResponse>("FundingService.GetAgreement", request,
                                                                  session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  PrintAgreement(session, answer->agreement(), *answer);
  return kDone;
}

int RunExplain(Session& session, const Inputs& inputs) {
  GetAgreementRequest request;
  request.set_case_id(inputs.Integer("case"));
  const auto answer = session.client().Call<GetAgreementResponse>("FundingService.GetAgreement", request,
                                                                  session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
    return kDone;
  }
  const Agreement& agreement = answer->agreement();
  session.out() << session.Say({"Convention n° ", "Agreement no. "}) << agreement.agreement_id()
                << session.Say({", signée le ", ", signed on "})
                << DateForPeople(agreement.signed_on(), session.language()) << '\n';
  PrintExplanation(session, agreement.terms());
  return kDone;
}

Argument CaseNumber() {
  return Of(Kind::kInteger, Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"}));
}

Argument Phases() {
  return Fills({"phases"},
               Required(Repeated(
                   Option("--phase", "",
                          {"PHASE:JOURS, PHASE:JOURS@TARIF_JOUR ou PHASE:JOURS=PRIX, comme diagnosis:10, "
                           "accompaniment:40@1300 ou audit:5=12000",
                           "PHASE:DAYS, PHASE:DAYS@DAY_RATE or PHASE:DAYS=PRICE, as diagnosis:10, "
                           "accompaniment:40@1300 or audit:5=12000"}))));
}

std::vector<Argument> QuoteArguments() {
  return {CaseNumber(), Phases(),
          Default("today",
                  Of(Kind::kDate, Option("--signed-on", "", {"Date de signature", "Date of signature"})))};
}

std::vector<Argument> WithExplain(std::vector<Argument> arguments) {
  arguments.push_back(Flag("--explain", "",
                           {"Le raisonnement en toutes lettres, plutôt qu’en tableau",
                            "The reasoning in full sentences rather than a table"}));
  return arguments;
}

}  // namespace

absl::StatusOr<AgreedPhase> ParseAgreedPhase(const std::string& typed, Language language) {
  const auto wrong = [&](const std::string& why) {
    return absl::InvalidArgumentError("--phase " + Printable(typed) + Words{" : ", ": "}.In(language) + why);
  };
  const size_t colon = typed.find(':');
  if (colon == std::string::npos || colon == 0) {
    return wrong(Words{"écrivez PHASE:JOURS, PHASE:JOURS@TARIF ou PHASE:JOURS=PRIX",
                       "write PHASE:DAYS, PHASE:DAYS@RATE or PHASE:DAYS=PRICE"}
                     .In(language));
  }
  const size_t at = typed.find_first_of("@=", colon);
  AgreedPhase phase;
  phase.set_phase(typed.substr(0, colon));
  const auto days = Normalise(
      Kind::kDays, typed.substr(colon + 1, at == std::string::npos ? at : at - colon - 1), language);
  if (const auto* problem = std::get_if<Problem>(&days)) return wrong(problem->sentence);
  phase.set_half_days(static_cast<int32_t>(std::stol(std::get<Normal>(days).value)));
  if (at != std::string::npos) {
    const auto rate = Normalise(Kind::kEuros, typed.substr(at + 1), language);
    if (const auto* problem = std::get_if<Problem>(&rate)) return wrong(problem->sentence);
    auto* const amount = typed[at] == '@' ? phase.mutable_day_rate() : phase.mutable_price();
    amount->set_cents(std::stoll(std::get<Normal>(rate).value));
  }
  return phase;
}

void AddAgreementCommands(std::vector<Command>& commands) {
  commands.push_back({.group = "agreement",
                      .name = "quote",
                      .about = {"Devis de la prise en charge, expliqué ligne à ligne ; ne change rien",
                                "Quote of the coverage, explained line by line; changes nothing"},
                      .arguments = WithExplain(QuoteArguments()),
                      .run = RunQuote});
  commands.push_back(
      {.group = "agreement",
       .name = "sign",
       .about = {"Signer la convention : fige les conditions et engage la part de chaque financeur",
                 "Sign the agreement: freezes the terms and reserves each funder's share"},
       .arguments = QuoteArguments(),
       .method = "FundingService.SignAgreement",
       .run = RunSign});
  commands.push_back(
      {.group = "agreement",
       .name = "explain",
       .about = {"Pourquoi chacun paie ce qu’il paie : le raisonnement signé, en toutes lettres",
                 "Why each pays what it pays: the reasoning as signed, in full sentences"},
       .arguments = {CaseNumber()},
       .run = RunExplain});
  commands.push_back(
      {.group = "agreement",
       .name = "show",
       .about = {"Convention d’un dossier et son avancement", "Agreement of a case and its progress"},
       .arguments = {CaseNumber(), Of(Kind::kInteger, Option("--version", "",
                                                             {"Version ; sinon celle en vigueur",
                                                              "Version; otherwise the one in force"}))},
       .run = RunShowAgreement});
  commands.push_back(
      {.group = "agreement",
       .name = "amend",
       .about = {"Signer un avenant : toutes les phases telles que convenues désormais",
                 "Sign an amendment: all phases as agreed from now on"},
       .arguments = {CaseNumber(), Phases(), Required(Option("--reason", "", {"Motif", "Reason"})),
                     Default("today",
                             Of(Kind::kDate,
                                Fills({"amended_on"},
                                      Option("--on", "", {"Date de l’avenant", "Date of the amendment"}))))},
       .method = "FundingService.AmendAgreement",
       .run = RunAmend});
  commands.push_back(
      {.group = "agreement",
       .name = "release",
       .about = {"Rendre aux enveloppes le reliquat d’un dossier retiré ou dont la période est finie",
                 "Give back the rest of a case that is withdrawn or whose window has ended"},
       .arguments = {Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"}),
                     Required(Option("--reason", "reason", {"Motif", "Reason"}))},
       .method = "FundingService.ReleaseAgreement"});
}

}  // namespace jalon::cli
