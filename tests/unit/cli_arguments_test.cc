#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "clients/cli/agreement.h"
#include "clients/cli/app.h"
#include "clients/cli/day.h"
#include "clients/cli/planning.h"
#include "clients/cli/settings.h"
#include "clients/rpc/contracts.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::cli {
namespace {

using enum Language;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Environment With(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto value = values.find(name);
    return value == values.end() ? std::nullopt : std::optional(value->second);
  };
}

struct Ran {
  int exit_code;
  std::string out;
  std::string err;
};

Ran Jalon(const std::vector<std::string>& words,
          std::map<std::string, std::string> environment = {{"LANG", "en"}}) {
  std::ostringstream out, err;
  const int exit_code = RunCommandLine(words, With(std::move(environment)), out, err);
  return {exit_code, out.str(), err.str()};
}

Parsed ParseEnglish(const std::vector<std::string>& words) {
  return Parse(words, kEnglish);
}

TEST(CommandLine, FillsTheRequestFromItsArguments) {
  const Parsed parsed = ParseEnglish({"case", "open", "732 829 320", "--headcount", "120,5", "--turnover",
                                      "15 000 000", "--balance-sheet=9000000", "--year-closed-on",
                                      "31/12/2025", "--independent", "--applied-on", "2026-01-15", "--json"});
  ASSERT_THAT(parsed.problems, IsEmpty());
  ASSERT_NE(parsed.command, nullptr);
  EXPECT_TRUE(parsed.global.contains("json"));
  std::ostringstream out, err;
  Settings settings;
  settings.request_id = "00000000-0000-4000-8000-000000000001";
  Session session(settings, out, err);
  const auto message = MakeRequest(session, *parsed.command, parsed.inputs);
  const auto& request = dynamic_cast<const enrolment::v1::OpenCaseRequest&>(*message);
  EXPECT_EQ(request.request_id(), settings.request_id);
  EXPECT_EQ(request.siren(), "732829320");
  EXPECT_EQ(request.applied_on(), "2026-01-15");
  EXPECT_EQ(request.facts().headcount_hundredths(), 12'050);
  EXPECT_EQ(request.facts().turnover().cents(), 1'500'000'000);
  EXPECT_EQ(request.facts().year_closed_on(), "2025-12-31");
  EXPECT_TRUE(request.facts().independent());
}

TEST(CommandLine, TellsEveryProblemAtOnce) {
  const Ran ran = Jalon({"case", "open", "123", "--turnover", "lots"});
  EXPECT_EQ(ran.exit_code, kMisused);
  EXPECT_THAT(ran.err, HasSubstr("SIREN"));
  EXPECT_THAT(ran.err, HasSubstr("--turnover"));
  EXPECT_THAT(ran.err, HasSubstr("--headcount"));
  EXPECT_THAT(ran.err, HasSubstr("jalon case open --help"));
}

TEST(CommandLine, SuggestsWhatWasMeant) {
  EXPECT_THAT(Jalon({"case", "amdit", "3"}).err, HasSubstr("perhaps admit?"));
  EXPECT_THAT(Jalon({"cas"}).err, HasSubstr("perhaps case?"));
  EXPECT_THAT(Jalon({"case", "reject", "3", "--raeson", "x"}).err, HasSubstr("perhaps --reason?"));
}

TEST(CommandLine, TellsAnUnknownOptionWithoutWhatFollowsFromIt) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"case", "show", "--datte", "x"}, {"day", "list", "--datte", "x"}}) {
    const Ran ran = Jalon(words);
    EXPECT_THAT(ran.err, HasSubstr("--datte"));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
  }
}

TEST(CommandLine, SpeaksNoOtherLanguageInTheirPlace) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--lang", "de", "case", "list"}, {"case", "list", "--lang=es"}}) {
    const Ran ran = Jalon(words);
    EXPECT_EQ(ran.exit_code, kMisused);
    EXPECT_THAT(ran.err, HasSubstr("fr, en"));
  }
}

TEST(CommandLine, RefusesANumberOfNoneWhereNoneMeansOtherwise) {
  EXPECT_THAT(
      Jalon({"day", "series", "1", "1", "--every", "tuesday", "--from", "2026-01-05", "--count", "0"}).err,
      HasSubstr("--count: at least 1"));
  EXPECT_THAT(Jalon({"attestation", "add", "1", "1", "2026-01", "--days", "0"}).err,
              HasSubstr("--days: at least 1"));
}

TEST(CommandLine, TellsWhatIsWrongWithAWordAfterAColonOrAsItsPredicate) {
  EXPECT_THAT(Jalon({"company", "show", "781563201"}, {}).err, HasSubstr("« 781563201 » : la clé"));
  EXPECT_THAT(Jalon({"case", "show", "x"}, {}).err, HasSubstr("« x » n’est pas"));
}

TEST(CommandLine, CallsAFileAFile) {
  EXPECT_THAT(Jalon({"sheet", "pdf", "--help"}, {}).out, HasSubstr("--out FICHIER"));
}

TEST(CommandLine, SpeaksFrenchUnlessAskedOtherwise) {
  EXPECT_THAT(Jalon({"case", "amdit"}, {}).err, HasSubstr("commande inconnue"));
  EXPECT_THAT(Jalon({"case", "amdit"}, {{"LANG", "fr_FR.UTF-8"}}).err, HasSubstr("commande inconnue"));
  EXPECT_THAT(Jalon({"case", "amdit"}, {{"LANG", "C.UTF-8"}}).err, HasSubstr("commande inconnue"));
  EXPECT_THAT(Jalon({"case", "amdit", "--lang", "en"}, {{"LANG", "fr_FR.UTF-8"}}).err,
              HasSubstr("unknown command"));
  EXPECT_THAT(Jalon({"case", "amdit", "--lang=fr"}, {{"LANG", "en_GB"}}).err, HasSubstr("commande inconnue"));
}

TEST(CommandLine, TakesAPercentageWithTwoDecimalsAtTheMost) {
  const auto normal = [](const char* text) -> std::string {
    const auto result = Normalise(Kind::kPercent, text, Language::kFrench);
    const auto* value = std::get_if<Normal>(&result);
    return value == nullptr ? "refused" : value->value;
  };
  EXPECT_EQ(normal("25"), "2500");
  EXPECT_EQ(normal("33,33 %"), "3333");
  EXPECT_EQ(normal("50.5%"), "5050");
  EXPECT_EQ(normal("100"), "10000");
  for (const char* wrong : {"100,01", "101", "24,999", "-1", "a", "", "%", "10001"})
    EXPECT_EQ(normal(wrong), "refused") << wrong;
}

TEST(CommandLine, HelpsAtEveryLevelInBothLanguages) {
  for (const char* language : {"fr", "en"}) {
    EXPECT_THAT(Jalon({"--help", "--lang", language}).out, HasSubstr("company"));
    for (const Command& command : AllCommands()) {
      std::vector<std::string> words;
      if (!command.group.empty()) words.push_back(command.group);
      std::istringstream name(command.name);  // of one word or two, as "link add"
      for (std::string word; name >> word;) words.push_back(word);
      words.insert(words.end(), {"-h", "--lang", language});
      const Ran ran = Jalon(words);
      EXPECT_EQ(ran.exit_code, kDone) << command.group << " " << command.name;
      EXPECT_THAT(ran.out,
                  HasSubstr("jalon " + (command.group.empty() ? "" : command.group + " ") + command.name));
      EXPECT_NE(std::string(command.about.fr), "");
      EXPECT_NE(std::string(command.about.en), "");
      for (const Argument& argument : command.arguments) {
        EXPECT_NE(std::string(argument.help.In(LanguageFromTag(language))), "")
            << command.name << " " << argument.name.en;
      }
    }
  }
}

TEST(CommandLine, NamesADefaultInTheLanguageOfTheHelp) {
  EXPECT_THAT(Jalon({"case", "admit", "--help", "--lang", "fr"}).out,
              AllOf(HasSubstr("(par défaut : aujourd’hui)"), Not(HasSubstr("today"))));
  EXPECT_THAT(Jalon({"case", "admit", "--help", "--lang", "en"}).out, HasSubstr("(default: today)"));
  EXPECT_THAT(Jalon({"day", "record", "--help", "--lang", "fr"}).out,
              HasSubstr("(par défaut : accompaniment)"));
}

TEST(CommandLine, ReadsNoMoreOfAFileThanARulebookMayHave) {
  const Ran endless = Jalon({"rulebook", "check", "/dev/zero", "--lang", "en"});
  EXPECT_EQ(endless.exit_code, kMisused);
  EXPECT_THAT(endless.out, HasSubstr("/dev/zero:1:1: "));
}

TEST(CommandLine, SaysThatNothingAnswersAndHowToSendTheSameCommandAgain) {
  const Ran ran = Jalon({"case", "withdraw", "3", "--reason", "x", "--server",
                         "unix:/nonexistent/jalond.sock", "--timeout", "1"});
  EXPECT_EQ(ran.exit_code, kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("no service answers"));
  EXPECT_THAT(ran.err, HasSubstr("--request-id "));
  EXPECT_EQ(ran.out, "");
}

TEST(CommandLine, TellsAFailureAsJsonToAProgram) {
  const Ran ran =
      Jalon({"case", "list", "--json", "--server", "unix:/nonexistent/jalond.sock", "--timeout", "1"});
  EXPECT_EQ(ran.exit_code, kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("\"code\":\"UNAVAILABLE\""));
  EXPECT_EQ(ran.out, "") << "half a document is none";
}

TEST(CommandLine, ReadsOptionsWithSeveralValuesWithoutEatingPositionals) {
  const Parsed parsed = ParseEnglish(
      {"consultant", "add", "--region", "32", "Zoé Caron", "--region=11,93", "--day-rate", "900"});
  ASSERT_THAT(parsed.problems, IsEmpty());
  EXPECT_EQ(parsed.inputs.Text("name"), "Zoé Caron");
  EXPECT_THAT(parsed.inputs.All("region"), ElementsAre("32", "11", "93"));
}

TEST(CommandLine, RefusesWhatIsTooMuch) {
  EXPECT_THAT(Jalon({"company", "show", "732829320", "356000000"}).err, HasSubstr("one word too many"));
  EXPECT_EQ(Jalon({"case", "list", "--json", "--csv"}).exit_code, kMisused);
  EXPECT_EQ(Jalon({"case", "list", "--timeout", "0"}).exit_code, kMisused);
  EXPECT_EQ(Jalon({"case", "withdraw", "1", "--reason", "x", "--request-id", "nope"}).exit_code, kMisused);
  EXPECT_EQ(Jalon({}).exit_code, kMisused);
}

TEST(Commands, FillOnlyFieldsThatTheContractsHave) {
  for (const Command& command : AllCommands()) {
    if (command.method.empty()) continue;
    const auto* method = FindMethod(command.method);
    ASSERT_NE(method, nullptr) << command.method;
    for (const Argument& argument : command.arguments) {
      if (argument.field.empty()) continue;
      EXPECT_NE(FindField(method->input_type(), argument.field), nullptr)
          << command.method << " " << argument.field;
    }
  }
}

TEST(Completion, FollowsTheCommands) {
  EXPECT_THAT(Complete({"cas"}), ElementsAre("case"));
  EXPECT_THAT(Complete({"case", "re"}), ElementsAre("reject"));
  EXPECT_THAT(Complete({"company", "li"}), ElementsAre("link", "list"));
  EXPECT_THAT(Complete({"company", "link", ""}), ElementsAre("add", "end", "list"));
  EXPECT_THAT(Complete({"company", "link", "add", "--cap"}), ElementsAre("--capital"));
  EXPECT_THAT(Complete({"case", "list", "--st"}), ElementsAre("--state"));
  EXPECT_THAT(Complete({"case", "list", "--state", ""}),
              ElementsAre("open", "admitted", "rejected", "withdrawn"));
  EXPECT_THAT(Complete({"case", "list", "--j"}), Contains("--json"));
  EXPECT_THAT(Complete({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Complete({}), Contains("verify"));
}

TEST(Settings, PreferWhatIsTypedToTheEnvironmentToTheFile) {
  const std::string path = testing::TempDir() + "client.conf";
  std::ofstream(path) << "server=unix:/from/file\ntoken=from-file\nserver-calendar=host:1\ntimeout=3\n";
  const auto made =
      MakeSettings({{"config", path}, {"token", "typed"}}, With({{"JALON_SERVER", "from-environment:1"}}));
  ASSERT_TRUE(std::holds_alternative<Settings>(made));
  const Settings& settings = std::get<Settings>(made);
  EXPECT_EQ(settings.client.server, "from-environment:1");
  EXPECT_EQ(settings.client.token, "typed");
  EXPECT_EQ(settings.client.area_servers.at("calendar"), "host:1");
  EXPECT_EQ(settings.timeout, std::chrono::seconds(3));
}

TEST(Settings, RefuseAFileAskedForAndNotThereButNotTheUsualOne) {
  EXPECT_TRUE(std::holds_alternative<Problem>(MakeSettings({{"config", "/nonexistent"}}, With({}))));
  EXPECT_TRUE(std::holds_alternative<Problem>(MakeSettings({}, With({{"JALON_CONFIG", "/nonexistent"}}))));
  EXPECT_TRUE(std::holds_alternative<Settings>(MakeSettings({}, With({{"HOME", "/nonexistent"}}))));
}

TEST(Settings, RefuseATokenThatNoHeaderCanCarry) {
  EXPECT_TRUE(std::holds_alternative<Problem>(MakeSettings({{"token", "a\nb"}}, With({}))));
}

TEST(HalfDaySlots, AreQuotedWhenTheyCannotBeRead) {
  const auto why = [](const char* typed) {
    const absl::Status status = ParseHalfDaySlots(typed, "", kFrench).status();
    return std::string(status.message().data(), status.message().size());
  };
  EXPECT_THAT(why(""), HasSubstr("«  » n’est pas une date ;"));
  EXPECT_THAT(why("2026-2-3"), HasSubstr("écrivez 2026-03-14"));
  EXPECT_THAT(why("9999-12-31"), HasSubstr("1900 à 2199"));
  EXPECT_THAT(why("2026-02-30"), HasSubstr("n’est pas une date qui existe"));
  EXPECT_THAT(why("2026-03-14:soir"), HasSubstr("am (matin), pm (après-midi)"));
}

TEST(HalfDaySlots, AreADayOrOneOfItsHalves) {
  const auto day = ParseHalfDaySlots("14/03/2026", "", kEnglish);
  ASSERT_TRUE(day.ok());
  ASSERT_EQ(day->size(), 2u);
  EXPECT_EQ((*day)[0].date, "2026-03-14");
  const auto morning = ParseHalfDaySlots("2026-03-14:am", "pm", kEnglish);
  ASSERT_TRUE(morning.ok());
  ASSERT_EQ(morning->size(), 1u);
  EXPECT_EQ((*morning)[0].half, common::v1::HALF_MORNING);
  EXPECT_EQ(ParseHalfDaySlots("2026-03-14", "après-midi", kFrench)->front().half, common::v1::HALF_AFTERNOON);
  EXPECT_FALSE(ParseHalfDaySlots("2026-03-14:noon", "", kEnglish).ok());
  EXPECT_FALSE(ParseHalfDaySlots("2026-02-30", "", kEnglish).ok());
  EXPECT_FALSE(ParseHalfDaySlots("", "", kEnglish).ok());
}

TEST(AgreedPhase, IsAPhaseItsDaysAndMaybeItsRate) {
  const auto fixed = ParseAgreedPhase("diagnosis:10", kEnglish);
  ASSERT_TRUE(fixed.ok());
  EXPECT_EQ(fixed->half_days(), 20);
  EXPECT_FALSE(fixed->has_day_rate());
  const auto rated = ParseAgreedPhase("accompaniment:7,5@1 300,50", kFrench);
  ASSERT_TRUE(rated.ok());
  EXPECT_EQ(rated->half_days(), 15);
  EXPECT_EQ(rated->day_rate().cents(), 130'050);
  for (const char* wrong :
       {"", "diagnosis", ":10", "diagnosis:", "diagnosis:ten", "diagnosis:10@", "diagnosis:10@x"}) {
    EXPECT_FALSE(ParseAgreedPhase(wrong, kEnglish).ok()) << wrong;
  }
}

TEST(WeeklyHalves, AreReadInBothLanguages) {
  using namespace calendar::v1;
  const auto told = [](const char* typed) {
    const auto half = ParseWeeklyHalf(typed, kEnglish);
    return half.ok() ? std::to_string(half->weekday()) + common::v1::Half_Name(half->half()) : "wrong";
  };
  EXPECT_EQ(told("tuesday:am"), "2HALF_MORNING");
  EXPECT_EQ(told("Mardi:après-midi"), "2HALF_AFTERNOON");
  EXPECT_EQ(told("ven"), "5HALF_UNSPECIFIED") << "the whole day";
  EXPECT_EQ(told("mar:pm"), "2HALF_AFTERNOON");
  EXPECT_EQ(told("tuesday:noon"), "wrong");
  EXPECT_EQ(told("t:am"), "wrong");
  EXPECT_EQ(told(""), "wrong");
}

}  // namespace
}  // namespace jalon::cli
