#include "clients/cli/impact.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/cents.h"
#include "clients/cli/csv_writer.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

using funding::v1::CaseImpact;
using funding::v1::ImpactCondition;
using funding::v1::ImpactShare;
using funding::v1::ImpactSummary;
using funding::v1::MeasureRulebookImpactRequest;
using funding::v1::MeasureRulebookImpactResponse;

// So many fit a screen.
constexpr size_t kCasesForPeople = 20;

std::string Change(int64_t before, int64_t after, Language language) {
  const int64_t cents = after - before;
  return (cents > 0 ? "+" : "") + FormatEuros(Cents(cents), language);
}

int64_t Weight(const CaseImpact& one) {
  return std::abs(one.after().aid().cents() - one.before().aid().cents()) +
         std::abs(one.after().company().cents() - one.before().company().cents());
}

// What is worse first; of equals, what moves more money, then the older case.
bool ComesBefore(const CaseImpact& a, const CaseImpact& b) {
  if (a.effect() != b.effect()) return a.effect() > b.effect();
  const int64_t first = Weight(a), second = Weight(b);
  return first != second ? first > second : a.case_id() < b.case_id();
}

class ImpactPrinter {
 public:
  explicit ImpactPrinter(Session& session) : session_(session) {}

  void Begin(const funding::v1::ImpactOutset& outset) {
    programme_ = outset.programme();
    funders_.assign(outset.funders().begin(), outset.funders().end());
    progress_.emplace(session_.err(), isatty(STDERR_FILENO) != 0, programme_, outset.live_cases());
    if (session_.format() != Format::kCsv) return;
    std::vector<std::string> names = FlatNames(CaseImpact::descriptor());
    for (const std::string& funder : funders_) {
      names.push_back("shares." + funder + ".before");
      names.push_back("shares." + funder + ".after");
    }
    names.push_back("unmet");
    session_.out() << CsvRecord(names);
  }

  void Take(const MeasureRulebookImpactResponse& response) {
    for (const CaseImpact& one : response.cases()) {
      if (session_.format() == Format::kCsv) session_.out() << CsvRecord(CsvCells(one));
      if (session_.format() == Format::kJson) session_.out() << Json(one, false) << '\n';
      if (session_.for_people()) Keep(one);
    }
    if (progress_) progress_->Set(response.examined(), std::to_string(response.examined()));
  }

  void Clear() {
    if (progress_) progress_->Clear();
  }

  // The sums go beside CSV, so that its lines are all of cases.
  void Finish(const ImpactSummary& summary) {
    Clear();
    if (session_.format() == Format::kJson) {
      session_.out() << "{\"summary\":" << Json(summary, false) << "}\n";
      return;
    }
    if (session_.for_people()) PrintCases();
    PrintSummary(session_.for_people() ? session_.out() : session_.err(), summary);
  }

 private:
  std::vector<std::string> CsvCells(const CaseImpact& one) const {
    std::vector<std::string> cells = FlatValues(one);
    for (const std::string& funder : funders_) {
      const auto share = std::find_if(one.shares().begin(), one.shares().end(),
                                      [&](const ImpactShare& of) { return of.funder() == funder; });
      const std::vector<std::string> values =
          share == one.shares().end() ? std::vector<std::string>(3) : FlatValues(*share);
      cells.push_back(values[1]);
      cells.push_back(one.refused().empty() ? values[2] : "");
    }
    cells.push_back(Unmet(one));
    return cells;
  }

  std::string Unmet(const CaseImpact& one) const {
    std::string text;
    for (const ImpactCondition& condition : one.unmet()) {
      text.append(text.empty() ? "" : " ")
          .append(session_.language() == Language::kFrench ? condition.evidence_fr()
                                                           : condition.evidence_en());
    }
    return text;
  }

  // Only as many as are shown, whatever comes.
  void Keep(const CaseImpact& one) {
    ++cases_;
    const auto place = std::upper_bound(kept_.begin(), kept_.end(), one, ComesBefore);
    if (place == kept_.end() && kept_.size() == kCasesForPeople) return;
    kept_.insert(place, one);
    if (kept_.size() > kCasesForPeople) kept_.pop_back();
  }

  void PrintCases() {
    if (kept_.empty()) return;
    const Language language = session_.language();
    Table table({{session_.Say({"Dossier", "Case"}), true},
                 {session_.Say({"Entreprise", "Company"})},
                 {session_.Say({"Effet", "Effect"})},
                 {session_.Say({"Aide", "Aid"}), true},
                 {session_.Say({"Sous le projet", "Under the draft"}), true},
                 {session_.Say({"Reste à charge", "Remaining charge"}), true},
                 {session_.Say({"Sous le projet", "Under the draft"}), true},
                 {session_.Say({"Pourquoi", "Why"})}});
    for (const CaseImpact& one : kept_) {
      const auto amount = [&](bool has, const common::v1::Money& money) {
        return has ? FormatEuros(Cents(money.cents()), language) : std::string();
      };
      const std::string why = !one.refused().empty()
                                  ? (language == Language::kFrench ? one.refused_fr() : one.refused_en())
                                  : Unmet(one);
      table.Add({std::to_string(one.case_id()), Shortened(Printable(one.company_name()), 30),
                 FormatField(one, "effect", language), amount(one.has_before(), one.before().aid()),
                 amount(one.has_after(), one.after().aid()), amount(one.has_before(), one.before().company()),
                 amount(one.has_after(), one.after().company()), Shortened(Printable(why), 60)});
    }
    table.Print(session_.out());
    if (cases_ > static_cast<int64_t>(kept_.size())) {
      session_.out() << session_.Say({"… et ", "… and "}) << cases_ - static_cast<int64_t>(kept_.size())
                     << session_.Say({" autres ; --csv les donne tous", " others; --csv gives them all"})
                     << '\n';
    }
    session_.out() << '\n';
  }

  void PrintSummary(std::ostream& out, const ImpactSummary& summary) {
    if (summary.changed_agreements() + summary.refused_agreements() + summary.newly_eligible() +
            summary.no_longer_eligible() ==
        0) {
      out << session_.Say({"Le projet ne change rien aux dossiers en cours de ",
                           "The draft changes nothing to the live cases of "})
          << Printable(programme_) << session_.Say({" : ", ": "}) << summary.live_cases() << ".\n";
      if (summary.eligibility_untold() == 0) return;
    }
    PrintSingle(out, session_.language(), summary);
    PrintMoney(out, summary);
    PrintList(out, session_.language(), summary, "refusals", true);
    PrintList(out, session_.language(), summary, "envelopes", true);
  }

  void PrintMoney(std::ostream& out, const ImpactSummary& summary) {
    if (summary.agreements() == 0) return;
    const Language language = session_.language();
    Table table({{session_.Say({"Qui paie", "Who pays"})},
                 {session_.Say({"Conventions touchées", "Agreements touched"}), true},
                 {session_.Say({"Aujourd’hui", "Today"}), true},
                 {session_.Say({"dont refusé", "of it refused"}), true},
                 {session_.Say({"Sous le projet", "Under the draft"}), true},
                 {session_.Say({"Écart hors refus", "Change, refusals left out"}), true}});
    const auto add = [&](const std::string& who, const std::string& agreements,
                         const common::v1::Money& before, const common::v1::Money& refused,
                         const common::v1::Money& after) {
      return std::vector<std::string>{who,
                                      agreements,
                                      FormatEuros(Cents(before.cents()), language),
                                      FormatEuros(Cents(refused.cents()), language),
                                      FormatEuros(Cents(after.cents()), language),
                                      Change(before.cents() - refused.cents(), after.cents(), language)};
    };
    for (const auto& funder : summary.funders()) {
      table.Add(add(Printable(funder.funder()), std::to_string(funder.agreements()), funder.before(),
                    funder.refused(), funder.after()));
    }
    table.Add(add(session_.Say({"entreprises (reste à charge)", "companies (remaining charge)"}), "",
                  summary.before().company(), summary.refused().company(), summary.after().company()));
    table.SetTotal(add(session_.Say({"coût", "cost"}), "", summary.before().cost(), summary.refused().cost(),
                       summary.after().cost()));
    out << '\n';
    table.Print(out);
  }

  Session& session_;
  std::string programme_;
  std::vector<std::string> funders_;
  std::optional<Progress> progress_;
  std::vector<CaseImpact> kept_;
  int64_t cases_ = 0;
};

}  // namespace

int MeasureImpact(Session& session, const std::string& draft, bool all,
                  const std::function<int(const absl::Status&)>& fail) {
  MeasureRulebookImpactRequest request;
  request.set_source(draft);
  request.set_include_unchanged(all);
  ImpactPrinter printer(session);
  const auto stream = session.client().Stream("FundingService.MeasureRulebookImpact", request);
  std::optional<ImpactSummary> summary;
  MeasureRulebookImpactResponse response;
  while (stream->Read(&response)) {
    if (response.has_outset()) printer.Begin(response.outset());
    printer.Take(response);
    if (response.has_summary()) summary = response.summary();
  }
  printer.Clear();
  if (const absl::Status status = stream->Finish(); !status.ok()) return fail(status);
  if (summary) printer.Finish(*summary);
  return kDone;
}

}  // namespace jalon::cli
