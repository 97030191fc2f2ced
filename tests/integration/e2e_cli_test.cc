#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// A programme from a SIREN to the funders' summary through the built command line, in both topologies. The
// amounts are those of the worked case: a PME of Lille whose agreement is signed on 2025-03-10.
namespace jalon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kUnplanned[] = "7d4c1b5e-6a0f-4f0c-9d5b-6f6c7d0c1a02";

class CommandLine : public ::testing::TestWithParam<Topology> {
 protected:
  CommandLine() { WriteFile(settings_, stack_.ClientSettings(kOfficer)); }

  Finished Jalon(std::vector<std::string> words, const std::string& language = "fr") {
    std::vector<std::string> command = {BinDir() + "/jalon", "--config", settings_, "--lang", language};
    command.insert(command.end(), words.begin(), words.end());
    return test::Run(command);
  }
  // What a command that must succeed answers, as JSON.
  template <class Response>
  Response Answer(std::vector<std::string> words) {
    words.insert(words.begin(), "--json");
    const Finished finished = Jalon(words);
    EXPECT_EQ(finished.status, 0) << ::testing::PrintToString(words) << "\n"
                                  << finished.output << finished.errors;
    Response response;
    const auto parsed = google::protobuf::util::JsonStringToMessage(finished.output, &response);
    EXPECT_TRUE(parsed.ok()) << parsed << "\n" << finished.output;
    return response;
  }

  std::vector<std::string> WithDates(std::vector<std::string> words, const std::string& first,
                                     int half_days) {
    int added = 0;
    for (Date day = *Date::Parse(first); added < half_days; day = day.AddDays(1)) {
      if (!IsWorkingDay(day)) continue;
      words.push_back(day.ToIso() + (half_days - added == 1 ? ":am" : ""));
      added += 2;
    }
    return words;
  }

  // Bpifrance at 45 % in place of 50 %, over the one agreement.
  void TriesADraft() {
    const std::string published = SourceDir() + "/deploy/rulebooks/ia-booster-hdf.yaml";
    EXPECT_THAT(Jalon({"rulebook", "impact", published}).output, HasSubstr("ne change rien"));
    const std::string draft = stack_.dir() + "/draft.yaml";
    std::string source = ReadFile(published);
    source.replace(source.find("rate: 50 %"), 10, "rate: 45 %");
    WriteFile(draft, source);

    const Finished told = Jalon({"rulebook", "impact", draft}, "en");
    EXPECT_EQ(told.status, 0) << told.errors;
    EXPECT_THAT(told.output, HasSubstr("€20,500.00"));
    EXPECT_THAT(told.output, HasSubstr("+€2,600.00"));
    const Finished csv = Jalon({"--csv", "rulebook", "impact", draft});
    EXPECT_THAT(csv.output, HasSubstr("shares.bpifrance.before,shares.bpifrance.after,"));
    EXPECT_THAT(csv.output, HasSubstr(",31500.00,28900.00,15600.00,15600.00,"));
    EXPECT_THAT(csv.errors, HasSubstr("region-hdf")) << "the sums stand beside the lines";
    const Finished json = Jalon({"--json", "rulebook", "impact", draft});
    EXPECT_EQ(std::count(json.output.begin(), json.output.end(), '\n'), 2) << "a case, and the sums";
    EXPECT_THAT(json.output, HasSubstr("\n{\"summary\":{"));

    std::string next = ReadFile(published);
    next.replace(next.find("version: 1"), 10, "version: 2");
    WriteFile(draft, next);
    EXPECT_THAT(Jalon({"rulebook", "publish", draft, "--dry-run"}).output, HasSubstr("rien n’est publié"));
    WriteFile(draft, "programme: x\nversion: zero\n");
    const Finished wrong = Jalon({"rulebook", "impact", draft});
    EXPECT_EQ(wrong.status, 1);
    EXPECT_EQ(wrong.output, "");
    EXPECT_THAT(wrong.errors, HasSubstr("draft.yaml:2:")) << "each problem at its place";
    EXPECT_EQ(Jalon({"rulebook", "impact", stack_.dir() + "/no-such-file"}).status, 2);
  }

  Cluster cluster_;
  Stack stack_{cluster_, {.topology = GetParam(), .database_dir = "", .flags = {}, .await_serving = true}};
  const std::string settings_ = stack_.dir() + "/client.conf";
};

INSTANTIATE_TEST_SUITE_P(Topologies, CommandLine,
                         ::testing::Values(Topology::kOneProcess, Topology::kOnePerArea),
                         [](const auto& run) {
                           return run.param == Topology::kOneProcess ? "OneProcess" : "OnePerArea";
                         });

TEST_P(CommandLine, TakesACompanyFromItsSirenToTheSummary) {
  // The programme and its money.
  EXPECT_EQ(Jalon({"ping"}).status, 0);
  Answer<programme::v1::PublishRulebookResponse>(
      {"rulebook", "publish", SourceDir() + "/deploy/rulebooks/ia-booster-hdf.yaml"});
  for (const char* funder : {"bpifrance", "region-hdf"}) {
    Answer<funding::v1::CreateFunderResponse>({"funder", "add", funder, funder});
    Answer<funding::v1::CreateEnvelopeResponse>(
        {"envelope", "add", funder, "100000", "--from", "2025-01-01", "--until", "2025-12-31"});
  }

  // A file with a row that is wrong on purpose: it is told, the other goes in.
  const Finished import = Jalon({"company", "import", SourceDir() + "/docs/example-companies.csv"});
  EXPECT_THAT(import.errors + import.output, HasSubstr("123456789"));
  EXPECT_EQ(Jalon({"company", "show", "732829320"}).status, 0);
  EXPECT_NE(Jalon({"company", "show", "123456789"}).status, 0);

  // A daughter, and what follows for the size and the single undertaking.
  const auto link = Answer<enrolment::v1::DeclareLinkResponse>(
                        {"company", "link", "add", "732 829 320", "552100554", "--capital", "60 %", "--votes",
                         "50,01", "--control", "board-majority", "--from", "2020-01-01", "--held-name",
                         "Ateliers du Nord", "--source", "statuts"})
                        .link();
  EXPECT_EQ(link.votes_hundredths(), 50'01);
  Answer<enrolment::v1::AddAccountsResponse>({"company", "accounts", "add", "552100554", "--closed-on",
                                              "2024-12-31", "--headcount", "30,5", "--turnover", "4000000",
                                              "--balance-sheet", "2000000", "--source", "liasse fiscale"});
  EXPECT_THAT(Jalon({"company", "link", "list", "552100554"}).output, HasSubstr("50,01"));
  EXPECT_THAT(Jalon({"company", "accounts", "list", "552100554"}).output, HasSubstr("30,5"));

  const auto opened = Answer<enrolment::v1::OpenCaseResponse>(
      {"case", "open", "732829320", "--headcount", "120", "--turnover", "18000000", "--balance-sheet",
       "9000000", "--year-closed-on", "2024-12-31", "--independent", "--applied-on", "2025-01-02"});
  const std::string case_id = std::to_string(opened.case_().case_id());
  EXPECT_TRUE(Answer<enrolment::v1::CheckCaseResponse>({"case", "check", case_id}).eligible());
  Answer<enrolment::v1::AdmitCaseResponse>({"case", "admit", case_id, "--admitted-on", "2025-01-06"});
  const std::string facts = Jalon({"company", "facts", "732829320", "--on", "06/01/2025"}).output;
  EXPECT_THAT(facts, HasSubstr("moyenne entreprise"));
  EXPECT_THAT(facts, HasSubstr("150,5"));
  EXPECT_THAT(facts, HasSubstr("Catégorie française"));
  EXPECT_THAT(facts, HasSubstr("Entreprise unique (règlement (UE) 2023/2831) : 552100554"));
  EXPECT_THAT(
      Jalon({"company", "link", "end", std::to_string(link.link_id()), "--on", "2025-02-01", "--source", "x"})
          .status,
      0);
  EXPECT_THAT(Jalon({"company", "facts", "732829320", "--on", "2025-02-01"}, "en").output,
              HasSubstr("Alone"));
  EXPECT_EQ(Jalon({"case", "facts", case_id}).output, facts) << "as the admission froze it";
  const std::string consultant = std::to_string(Answer<assignment::v1::CreateConsultantResponse>(
                                                    {"consultant", "add", "Claire Durand", "--day-rate",
                                                     "1300", "--skill", "computer-vision", "--region", "32"})
                                                    .consultant()
                                                    .consultant_id());
  for (const char* phase : {"diagnosis", "accompaniment"})
    Answer<assignment::v1::CreateAssignmentResponse>(
        {"assignment", "add", case_id, consultant, "--phase", phase});

  // A series as it would be, then that very one; the choices beside a clash; the waiting list; who is where.
  std::vector<std::string> series = {"day",     "series",   case_id,  consultant,   "--phase", "diagnosis",
                                     "--every", "mardi:am", "--from", "2025-06-03", "--count", "3"};
  series.push_back("--dry-run");
  const auto preview = Answer<calendar::v1::PlanSeriesResponse>(series);
  EXPECT_THAT(preview.half_days(), SizeIs(3));
  EXPECT_THAT(Jalon(series).output, HasSubstr(preview.etag()));
  series.back() = "--etag=" + preview.etag();
  EXPECT_THAT(Answer<calendar::v1::PlanSeriesResponse>(series).half_days(), SizeIs(3));
  EXPECT_THAT(Jalon(series).errors, HasSubstr("La série a changé depuis l’essai"))
      << "the calendar is another by now";
  const Finished clash_of_plans =
      Jalon({"day", "plan", case_id, consultant, "2025-06-03:am", "--phase", "diagnosis"}, "en");
  EXPECT_EQ(clash_of_plans.status, 1);
  EXPECT_THAT(clash_of_plans.output, HasSubstr("jalon waiting join"));
  const Finished half_clash = Jalon({"day", "plan", case_id, consultant, "2025-06-03:am", "2025-06-04:am",
                                     "--phase", "diagnosis", "--id", NewId(), "--id", kUnplanned});
  EXPECT_EQ(half_clash.status, 1);
  EXPECT_THAT(half_clash.output, HasSubstr("aurait été acceptée"));
  EXPECT_THAT(half_clash.output, HasSubstr("Rien n’est planifié : 1 sur 2 refusée."));
  EXPECT_THAT(half_clash.output, ::testing::Not(HasSubstr(kUnplanned))) << "there is nothing under it";
  EXPECT_THAT(Jalon({"--csv", "day", "series", case_id, consultant, "--phase", "diagnosis", "--every",
                     "jeudi:am", "--from", "2025-06-05", "--count", "1", "--dry-run"})
                  .output,
              HasSubstr("2025-06-05,morning,to_be_planned,"));
  EXPECT_THAT(
      Jalon({"day", "alternatives", case_id, consultant, "2025-06-10:am", "--phase", "diagnosis"}).output,
      HasSubstr("déjà"));
  const auto waiting = Answer<calendar::v1::JoinWaitingListResponse>(
                           {"waiting", "join", case_id, consultant, "--phase", "diagnosis", "--from",
                            "2025-06-03", "--until", "2025-06-30", "--half", "am"})
                           .waiting();
  EXPECT_THAT(Jalon({"waiting", "list"}).output, HasSubstr("2025-06-30"));
  EXPECT_EQ(Jalon({"waiting", "leave", std::to_string(waiting.waiting_id())}).status, 0);
  EXPECT_THAT(Jalon({"calendar", "show", "--from", "2025-06-01", "--until", "2025-07-31"}).output,
              HasSubstr("▀"));
  EXPECT_THAT(Jalon({"calendar", "show", "--from", "2199-12-01", "--until", "2199-12-31"}).output,
              HasSubstr("Personne"));
  EXPECT_THAT(
      Jalon({"calendar", "show", "--from", "2199-12-01", "--until", "2199-12-31", "--consultant", consultant})
          .output,
      HasSubstr("2199-12"))
      << "the last month that there is";
  EXPECT_THAT(Jalon({"--csv", "calendar", "show", "--from", "2025-06-03", "--until", "2025-06-03"}).output,
              HasSubstr("2025-06-03,morning,busy"));
  EXPECT_THAT(Jalon({"holiday", "list", "2025", "--department", "67"}).output, HasSubstr("2025-04-18"));
  EXPECT_TRUE(Answer<calendar::v1::SetSolidarityDayResponse>({"holiday", "solidarity", "2030", "--worked"})
                  .holiday()
                  .worked());
  Answer<calendar::v1::CancelHalfDaysResponse>({"day", "cancel", "--case", case_id, "--reason", "essai"});
  // What a choice rests on, and the choice with its reasons.
  const auto updated = Answer<assignment::v1::UpdateConsultantResponse>(
                           {"consultant", "update", consultant, "--skill", "nlp:3", "--skill",
                            "computer-vision", "--home", "59350", "--radius", "80", "--works", "lundi matin",
                            "--works", "tuesday-morning", "--weekly", "8"})
                           .consultant();
  EXPECT_THAT(updated.skill_levels(), testing::ElementsAre(3, 2));
  EXPECT_THAT(updated.working_halves(), SizeIs(2));
  EXPECT_EQ(updated.name(), "Claire Durand");
  const auto whole_week = Answer<assignment::v1::UpdateConsultantResponse>(
      {"consultant", "update", consultant, "--clear", "working_halves", "--clear", "max_half_days_per_week"});
  EXPECT_THAT(whole_week.consultant().working_halves(), SizeIs(0));
  EXPECT_EQ(whole_week.consultant().radius_km(), 80);
  EXPECT_EQ(Jalon({"consultant", "update", consultant, "--skill", "nlp:4"}).status, 2);
  EXPECT_EQ(Jalon({"consultant", "update", consultant}).status, 1) << "nothing is said to change";
  Answer<assignment::v1::CreateConsultantResponse>(
      {"consultant", "add", "Paul Petit", "--day-rate", "900", "--skill", "nlp", "--home", "59512"});
  const Finished candidates =
      Jalon({"assignment", "candidates", case_id, "--phase", "accompaniment", "--skill", "nlp", "--from",
             "2025-02-01", "--until", "2025-12-31", "--days", "5", "--details"});
  EXPECT_EQ(candidates.status, 0) << candidates.errors;
  EXPECT_THAT(candidates.output, HasSubstr("1. Paul Petit"));
  EXPECT_THAT(candidates.output, HasSubstr("Compétences voulues, 1 sur 1"));
  EXPECT_THAT(candidates.output, HasSubstr("Y est déjà affecté."));
  const Finished proposed = Jalon({"assignment", "propose", case_id, "--phase", "accompaniment", "--from",
                                   "2025-02-01", "--until", "2025-12-31", "--days", "5"},
                                  "en");
  EXPECT_EQ(proposed.status, 0) << proposed.errors;
  EXPECT_THAT(proposed.output, HasSubstr("Paul Petit"));
  EXPECT_THAT(proposed.output, HasSubstr("no other choice gives more"));

  // An absence declared by mistake is taken back.
  const auto absence = Answer<assignment::v1::AddAbsenceResponse>(
                           {"consultant", "absence", consultant, "2025-04-01", "2025-04-04"})
                           .absence();
  EXPECT_EQ(Jalon({"day", "record", case_id, consultant, "2025-04-01", "--phase", "diagnosis"}).status, 1);
  EXPECT_EQ(Jalon({"consultant", "absence-remove", std::to_string(absence.absence_id())}).status, 0);
  EXPECT_THAT(Jalon({"consultant", "absence-remove", std::to_string(absence.absence_id())}).errors,
              HasSubstr("Aucune absence"));
  EXPECT_THAT(
      Jalon({"consultant", "conflict-withdraw", consultant, "552100554", "--reason", "saisi par erreur"})
          .errors,
      HasSubstr("pas de conflit"));

  // Three half-days, and a fourth where the consultant is already.
  const std::vector<std::string> record_three = {"--request-id", "5d4c1b5e-6a0f-4f0c-9d5b-6f6c7d0c1a01",
                                                 "day",          "record",
                                                 case_id,        consultant,
                                                 "2025-04-01",   "2025-04-02:am",
                                                 "--phase",      "diagnosis"};
  const auto three = Answer<calendar::v1::RecordHalfDaysResponse>(record_three);
  EXPECT_THAT(three.outcomes(), SizeIs(3));
  // Sent again after a cut, it is the same half-days.
  EXPECT_EQ(Answer<calendar::v1::RecordHalfDaysResponse>(record_three).SerializeAsString(),
            three.SerializeAsString());
  EXPECT_EQ(Answer<calendar::v1::EditHalfDayNoteResponse>(
                {"day", "note", three.outcomes(0).half_day_id(), "Atelier qualité"})
                .half_day()
                .note(),
            "Atelier qualité");
  EXPECT_THAT(Jalon({"day", "show", three.outcomes(0).half_day_id()}).output, HasSubstr("note corrigée"));
  EXPECT_THAT(Jalon({"sheet", "approve", "--month", "2025-04", "--programme", "foo"}).errors,
              HasSubstr("Aucun programme « foo »"));
  EXPECT_THAT(Jalon({"holiday", "list", "2027", "--department", "99"}).errors, HasSubstr("un département"));
  const Finished clash =
      Jalon({"day", "record", case_id, consultant, "2025-04-02:am", "--phase", "diagnosis"}, "en");
  EXPECT_EQ(clash.status, 1);
  EXPECT_THAT(clash.output + clash.errors, HasSubstr("already has a half-day"));
  EXPECT_THAT(clash.output, HasSubstr("0 recorded, 1 refused"));

  // The rest of the ten days of diagnosis, and forty of accompaniment.
  Answer<calendar::v1::RecordHalfDaysResponse>(
      {"day", "record", case_id, consultant, "2025-04-02:pm", "--phase", "diagnosis"});
  Answer<calendar::v1::RecordHalfDaysResponse>(
      WithDates({"day", "record", case_id, consultant, "--phase", "diagnosis"}, "2025-04-03", 16));
  Answer<calendar::v1::RecordHalfDaysResponse>(
      WithDates({"day", "record", case_id, consultant, "--phase", "accompaniment"}, "2025-05-02", 80));
  const Finished over = Jalon({"day", "record", case_id, consultant, "2025-09-22:am"}, "en");
  EXPECT_EQ(over.status, 1) << "a hundred half-days are granted";
  EXPECT_THAT(over.output + over.errors, HasSubstr("is taken"));

  // A calendar's address, told once; without HTTP, the path of it.
  const auto feed = Answer<calendar::v1::CreateFeedResponse>(
      {"feed", "add", "--consultant", consultant, "--label", "téléphone de Claire"});
  EXPECT_THAT(feed.url(), ::testing::MatchesRegex("/calendar/[A-Za-z0-9_-]+\\.ics"));
  EXPECT_THAT(Jalon({"feed", "list"}).output, HasSubstr("téléphone de Claire"));
  const auto portfolio = Answer<calendar::v1::CreateFeedResponse>({"feed", "add", "--portfolio", case_id});
  Answer<calendar::v1::SetFeedCasesResponse>(
      {"feed", "cases", std::to_string(portfolio.feed().feed_id()), case_id});
  Answer<calendar::v1::RevokeFeedResponse>({"feed", "revoke", std::to_string(feed.feed().feed_id())});
  EXPECT_THAT(Jalon({"feed", "list"}).output, ::testing::Not(HasSubstr("téléphone de Claire")));
  EXPECT_EQ(Jalon({"feed", "add", "--consultant", consultant, "--case", case_id}).status, 2);

  // The company attests May over the phone.
  const auto sheet_link = Answer<calendar::v1::CreateAttestationLinkResponse>(
      {"attestation", "add", case_id, consultant, "2025-05"});
  const auto by_phone = [&](const std::string& code) {
    return Jalon({"attestation", "code", case_id, consultant, "2025-05", code, "--signer", "Jeanne Martin"});
  };
  EXPECT_THAT(by_phone("wrong").errors, HasSubstr("huit chiffres")) << "a slip, and no try";
  EXPECT_THAT(by_phone(sheet_link.code() == "00000000" ? "00000001" : "00000000").errors,
              HasSubstr("essais restants : 4"));
  EXPECT_EQ(Jalon({"attestation", "revoke", case_id, consultant, "2025-05"}).status, 0);
  EXPECT_THAT(by_phone(sheet_link.code()).errors, HasSubstr("a été révoqué"));
  Answer<calendar::v1::CreateAttestationLinkResponse>({"attestation", "add", case_id, consultant, "2025-05"});
  EXPECT_THAT(Jalon({"attestation", "add", case_id, consultant, "2025-05"}).output,
              HasSubstr("celui-ci le remplace"));
  const auto last_link = Answer<calendar::v1::CreateAttestationLinkResponse>(
      {"attestation", "add", case_id, consultant, "2025-05"});
  EXPECT_EQ(by_phone(last_link.code()).status, 0);
  EXPECT_THAT(Jalon({"attestation", "list", "--case", case_id, "--ended"}).output,
              HasSubstr("Jeanne Martin"));
  // Nothing is left to do after the last one, so nobody needs to take over.
  EXPECT_EQ(Jalon({"assignment", "reassign", consultant, "--last-day", "2025-12-31", "--to", "12"}).status,
            2);
  const Finished handover = Jalon(
      {"assignment", "reassign", consultant, "--last-day", "2025-12-31", "--leaves", "--dry-run"}, "en");
  EXPECT_EQ(handover.status, 0) << handover.errors;
  EXPECT_THAT(handover.output, HasSubstr("ends, nothing is left to do"));

  // Nothing is charged before it is attested, approved and agreed.
  EXPECT_EQ(Jalon({"funding", "charge", case_id}).status, 1);
  const auto attested = Answer<calendar::v1::AttestHalfDaysResponse>(
      {"day", "attest", three.outcomes(0).half_day_id(), three.outcomes(1).half_day_id(),
       three.outcomes(2).half_day_id()});
  EXPECT_THAT(attested.half_days(), SizeIs(3));
  Answer<calendar::v1::AttestHalfDaysResponse>({"day", "attest", "--case", case_id});

  // A month by its sheet, the rest by the half-day.
  const auto sheets = Answer<calendar::v1::ListSheetsResponse>({"sheet", "list", "--case", case_id});
  EXPECT_THAT(sheets.sheets(), SizeIs(4)) << "April to July";
  EXPECT_THAT(
      Answer<calendar::v1::ApproveSheetsResponse>({"sheet", "approve", "--month", "2025-04"}).sheets(),
      SizeIs(0))
      << "recorded late and without a note: to be read first";
  // Under one id, as when it is sent again after a part of the selection went through.
  const std::string approval = NewId();
  const auto approve = [&](const char* month) {
    return Answer<calendar::v1::ApproveSheetsResponse>(
        {"sheet", "approve", "--month", month, "--with-unusual", "--request-id", approval});
  };
  const auto april = approve("2025-04"), may = approve("2025-05");
  ASSERT_THAT(april.sheets(), SizeIs(1));
  EXPECT_EQ(april.sheets(0).approved(), 20);
  ASSERT_THAT(may.sheets(), SizeIs(1));
  EXPECT_THAT(approve("2025-05").sheets(), SizeIs(0)) << "it is done";
  EXPECT_THAT(
      Answer<calendar::v1::ApproveHalfDaysResponse>({"day", "approve", "--case", case_id}).half_days(),
      SizeIs(80 - may.sheets(0).approved()));

  // Printed, verified, locked.
  const std::string pdf = stack_.dir() + "/feuille.pdf", xlsx = stack_.dir() + "/feuille.xlsx";
  EXPECT_EQ(Jalon({"sheet", "pdf", case_id, consultant, "2025-04", "--out", pdf}).status, 0);
  EXPECT_EQ(ReadFile(pdf).substr(0, 5), "%PDF-");
  const Finished book = Jalon({"sheet", "xlsx", case_id, consultant, "2025-04", "--out", xlsx});
  EXPECT_EQ(book.status, 0);
  EXPECT_THAT(book.errors, HasSubstr("Écrit : " + xlsx));
  EXPECT_EQ(ReadFile(xlsx).substr(0, 2), "PK");
  const auto sheet =
      Answer<calendar::v1::GetSheetResponse>({"sheet", "show", case_id, consultant, "2025-04"});
  EXPECT_TRUE(Answer<calendar::v1::CheckSheetResponse>(
                  {"sheet", "verify", case_id, consultant, "2025-04", sheet.code()})
                  .genuine());
  const Finished forged = Jalon({"sheet", "verify", case_id, consultant, "2025-05", sheet.code()});
  EXPECT_EQ(forged.status, 1) << "what a script goes by";
  EXPECT_THAT(forged.output, HasSubstr("Non conforme"));
  // By the titles of the rulebook.
  const Finished shown = Jalon({"sheet", "show", case_id, consultant, "2025-04"});
  EXPECT_THAT(shown.output, HasSubstr("Diag Data IA"));
  EXPECT_THAT(shown.output, ::testing::Not(::testing::AnyOf(HasSubstr("title_fr"), HasSubstr("diagnosis"))));
  EXPECT_EQ(Jalon({"month", "lock", "ia-booster-hdf", "2025-05"}).status, 1) << "April comes first";
  EXPECT_EQ(Answer<calendar::v1::LockMonthResponse>({"month", "lock", "ia-booster-hdf", "2025-04"})
                .rolled_half_days(),
            0);
  EXPECT_THAT(Jalon({"day", "show", three.outcomes(0).half_day_id()}).output, HasSubstr("approuvée"));

  const std::vector<std::string> terms = {case_id,        "--signed-on", "2025-03-10",           "--phase",
                                          "diagnosis:10", "--phase",     "accompaniment:40@1300"};
  std::vector<std::string> quote = {"agreement", "quote"}, sign = {"agreement", "sign"};
  quote.insert(quote.end(), terms.begin(), terms.end());
  sign.insert(sign.end(), terms.begin(), terms.end());
  const auto quoted = Answer<funding::v1::QuoteAgreementResponse>(quote).quote();
  ASSERT_EQ(quoted.lines_size(), 2);
  const auto& diagnosis = quoted.lines(0);
  EXPECT_EQ(diagnosis.cost().cents(), 13'000'00);
  EXPECT_EQ(diagnosis.company().cents(), 7'500'00);
  ASSERT_EQ(diagnosis.shares_size(), 1);
  EXPECT_EQ(diagnosis.shares(0).amount().cents(), 5'500'00);
  const auto& accompaniment = quoted.lines(1);
  EXPECT_EQ(accompaniment.cost().cents(), 52'000'00);
  EXPECT_EQ(accompaniment.company().cents(), 10'400'00);
  ASSERT_EQ(accompaniment.shares_size(), 2);
  EXPECT_EQ(accompaniment.shares(0).amount().cents(), 26'000'00);
  EXPECT_EQ(accompaniment.shares(1).amount().cents(), 15'600'00);
  auto try_sign = sign;
  try_sign.push_back("--dry-run");
  EXPECT_EQ(Answer<funding::v1::SignAgreementResponse>(try_sign).agreement().agreement_id(), 0);
  EXPECT_THAT(Jalon(try_sign).output, HasSubstr("À l’essai : rien n’est signé."));
  const auto agreement = Answer<funding::v1::SignAgreementResponse>(sign).agreement();
  EXPECT_EQ(agreement.terms().SerializeAsString(), quoted.SerializeAsString())
      << "what was quoted is what is signed";

  // The reasoning is told from the terms as signed.
  const Finished explained = Jalon({"agreement", "explain", case_id}, "en");
  EXPECT_EQ(explained.status, 0) << explained.errors;
  EXPECT_THAT(explained.output,
              HasSubstr("published remaining charge of €7,500.00 out of €13,000.00, hence €5,500.00."));
  EXPECT_THAT(explained.output, HasSubstr("remaining charge of the company     €17,900.00\n"));
  EXPECT_THAT(explained.output, HasSubstr("Rounding: none"));

  TriesADraft();

  const auto charged = Answer<funding::v1::ChargeHalfDaysResponse>({"funding", "charge", case_id});
  EXPECT_EQ(charged.half_days(), 100);
  EXPECT_EQ(charged.cost().cents(), 65'000'00);
  EXPECT_EQ(charged.aid().cents(), 47'100'00);
  EXPECT_EQ(charged.company().cents(), 17'900'00);
  EXPECT_EQ(Jalon({"funding", "charge", case_id}).status, 1) << "once";
  Answer<funding::v1::RecordPaymentResponse>(
      {"funding", "pay", case_id, "bpifrance", "31500", "--on", "2025-10-01", "--reference", "VIR-2025-1"});

  // A batch that is not there leaves the file of one that was.
  const std::string batch = stack_.dir() + "/lot.csv";
  const Finished batched = Jalon({"payment", "export", "--funder", "region-hdf", "--out", batch});
  EXPECT_EQ(batched.status, 0) << batched.errors;
  const std::string orders = ReadFile(batch);
  EXPECT_THAT(orders, HasSubstr("15600.00"));
  EXPECT_EQ(Jalon({"payment", "file", "77", "--out", batch}).status, 1);
  EXPECT_EQ(Jalon({"payment", "export", "--funder", "nope", "--out", batch}).status, 1);
  EXPECT_EQ(ReadFile(batch), orders);
  EXPECT_THAT(Jalon({"agreement", "quote", case_id, "--phase", "accompaniment:20"}).errors,
              HasSubstr("--phase accompaniment:20 : précisez le tarif journalier"));
  EXPECT_THAT(Jalon({"funding", "pay", case_id, "bpifrance", "0", "--reference", "x"}).errors,
              HasSubstr("MONTANT : entre 0,01\u00A0€ et "));
  EXPECT_THAT(Jalon({"rulebook", "show", "ia-booster-hdf@9"}).errors, HasSubstr("n’a pas de version 9"));
  EXPECT_THAT(Jalon({"funding", "ledger"}).output, HasSubstr("engagé (bpifrance)"));

  // The summary adds up to the cent, whichever way it is cut.
  const auto summary =
      Answer<funding::v1::SummarizeFundingResponse>({"funding", "summary", "--by", "funder"});
  ASSERT_EQ(summary.rows_size(), 2);
  EXPECT_EQ(summary.rows(0).funder(), "bpifrance");
  EXPECT_EQ(summary.rows(0).charged().cents(), 31'500'00);
  EXPECT_EQ(summary.rows(0).paid().cents(), 31'500'00);
  EXPECT_EQ(summary.rows(1).charged().cents(), 15'600'00);
  for (const char* by : {"funder", "funder,region,month", "month,phase", "size_class,programme"}) {
    const auto cut = Answer<funding::v1::SummarizeFundingResponse>({"funding", "summary", "--by", by});
    int64_t sum = 0;
    for (const auto& row : cut.rows()) sum += row.charged().cents();
    EXPECT_EQ(sum, 47'100'00) << by;
    EXPECT_EQ(cut.total().charged().cents(), 47'100'00) << by;
  }
  const Finished exported = Jalon({"funding", "export"});
  EXPECT_EQ(exported.status, 0);
  EXPECT_THAT(exported.output, HasSubstr("paid:bpifrance"));
  // Each export says what it was asked for.
  EXPECT_THAT(Jalon({"funding", "export", "--funder", "bpifrance"}, "en").output,
              HasSubstr("# Ledger entries\r\n# Funder,bpifrance\r\nentry_id,"));
  EXPECT_THAT(Jalon({"funding", "export", "--funder", "bpifrance", "--json"}).output,
              HasSubstr("\"funder\":\"bpifrance\""));
  EXPECT_THAT(Jalon({"funding", "summary", "--by", "region", "--csv"}, "en").output,
              HasSubstr("# Summary\r\n"));
  EXPECT_EQ(summary.filter().group_by_size(), 1);

  EXPECT_THAT(Jalon({"deminimis", "attestation", case_id, "--csv"}).output,
              AllOf(HasSubstr("reference,granted_on,amount"), HasSubstr(",2025-03-10,")));
  const std::string letter = stack_.dir() + "/letter.pdf";
  const Finished written = Jalon({"deminimis", "attestation", case_id, "--pdf", letter});
  EXPECT_EQ(written.status, 0) << written.errors;
  EXPECT_EQ(ReadFile(letter).substr(0, 5), "%PDF-");
  EXPECT_NE(
      Jalon({"deminimis", "attestation", case_id, "--pdf", stack_.dir() + "/nowhere/letter.pdf"}).status, 0);

  const Finished verified = Jalon({"verify"}, "en");
  EXPECT_EQ(verified.status, 0) << verified.output << verified.errors;
  EXPECT_THAT(verified.output, HasSubstr("Every law holds."));
}

// At fifty days the ceiling of Bpifrance binds.
TEST_P(CommandLine, QuotesTheWorkedCaseOfFiftyDays) {
  Programme programme(stack_);
  const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{100});
  const auto quoted = Answer<funding::v1::QuoteAgreementResponse>(
                          {"agreement", "quote", std::to_string(case_id), "--signed-on", "2025-03-10",
                           "--phase", "accompaniment:50@1300"})
                          .quote();
  ASSERT_EQ(quoted.lines_size(), 1);
  EXPECT_EQ(quoted.cost().cents(), 65'000'00);
  ASSERT_EQ(quoted.lines(0).shares_size(), 2);
  EXPECT_EQ(quoted.lines(0).shares(0).amount().cents(), 30'000'00);
  EXPECT_EQ(quoted.lines(0).shares(1).amount().cents(), 19'500'00);
  EXPECT_EQ(quoted.company().cents(), 15'500'00);
}

TEST_P(CommandLine, VerifyEndsInFailureOnABreach) {
  Programme programme(stack_);
  programme.GivenCaseWithGrant(HalfDays{4});
  EXPECT_EQ(Jalon({"verify"}).status, 0);
  cluster_.Sql("update calendar.case_grant set live_half_days = 1");
  const Finished verified = Jalon({"verify"}, "en");
  EXPECT_EQ(verified.status, 1);
  EXPECT_THAT(verified.output, HasSubstr("✗ law 1:"));
}

TEST_P(CommandLine, JoinsTheLegalUnitsToTheirSeats) {
  const std::string units = stack_.dir() + "/units.csv", seats = stack_.dir() + "/seats.csv";
  WriteFile(units,
            "siren,denominationUniteLegale,nicSiegeUniteLegale\n732829320,ATELIER DUPONT,00074\n"
            "552100554,SANS SIEGE,00013\n");
  WriteFile(seats,
            "siren,nic,siret,etablissementSiege,codeCommuneEtablissement\n"
            "732829320,00082,73282932000082,false,75056\n732829320,00074,73282932000074,true,59350\n");
  ASSERT_EQ(test::Run({"gzip", "-f", seats}).status, 0);
  const Finished import = Jalon({"company", "import", units, "--seats", seats + ".gz"});
  EXPECT_EQ(import.status, 0) << import.errors;
  EXPECT_THAT(import.output, HasSubstr("sans siège dans le fichier --seats"));
  const auto shown = Answer<enrolment::v1::GetCompanyResponse>({"company", "show", "732829320"}).company();
  EXPECT_EQ(shown.commune(), "59350");
  EXPECT_EQ(shown.region(), "32");
  EXPECT_EQ(Answer<enrolment::v1::GetCompanyResponse>({"company", "show", "552100554"}).company().commune(),
            "");
  // A file cut short would leave companies without a commune, silently: nothing goes in.
  const std::string bytes = ReadFile(seats + ".gz");
  WriteFile(seats + ".gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(Jalon({"company", "import", units, "--seats", seats + ".gz"}).status, 0);
  EXPECT_NE(Jalon({"company", "import", units, "--seats", stack_.dir() + "/nowhere"}).status, 0);
}

TEST_P(CommandLine, AFileOfRandomBytesImportsNothingAndHarmsNothing) {
  const std::string file = stack_.dir() + "/noise.csv";
  std::string noise(100'000, '\0');
  uint64_t state = Seed() | 1;
  for (char& byte : noise)
    byte = static_cast<char>((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  WriteFile(file, noise);
  EXPECT_NE(Jalon({"company", "import", file}).status, 0);
  WriteFile(file, "siren,denominationUniteLegale\n" + noise);
  const Finished imported = Jalon({"company", "import", file});
  EXPECT_LT(imported.status, 128) << "no signal ends it";
  EXPECT_EQ(cluster_.Sql("select count(*) from enrolment.company"), "0");
  EXPECT_TRUE(stack_.Serving());
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv);
}
