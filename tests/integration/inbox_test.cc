#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "jalon/inbox/v1/inbox_service.pb.h"
#include "tests/support/programme.h"
#include "tests/support/world.h"

// What waits for whom, and the mails that tell of it, at a real SMTP server.
namespace jalon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;

// tests/support/smtp_server.py at work.
class SmtpServer {
 public:
  explicit SmtpServer(const std::string& dir, int port = 0)
      : dir_(dir),
        process_({SourceDir() + "/tests/support/smtp_server.py", dir, std::to_string(port)},
                 Process::Options{.log = "", .piped = true, .outlive = false, .environment = {}}) {
    std::string line;
    EXPECT_TRUE(process_.ReadLine(&line)) << "the SMTP server does not start";
    port_ = line;
  }
  int port() const { return std::stoi(port_); }
  void Do(const std::string& mode) const { WriteFile(dir_ + "/mode", mode); }
  void Kill() {
    process_.Signal(SIGKILL);
    process_.Wait();
  }

 private:
  const std::string dir_;
  Process process_;
  std::string port_;
};

class InboxTest : public ::testing::Test {
 protected:
  InboxTest() : box_(MakeDirectory("mail", cluster_.dir())) {
    smtp_ = std::make_unique<SmtpServer>(box_);
    stack_ = std::make_unique<Stack>(cluster_, Flags());
    programme_ = std::make_unique<Programme>(*stack_);
  }

  Stack::Options Flags() const {
    return {.topology = Topology::kOneProcess,
            .database_dir = "",
            .flags = {"--smtp-url", "smtp://127.0.0.1:" + std::to_string(smtp_->port()), "--mail-from",
                      "Jalon <jalon@exemple.fr>", "--digest-hour", "0", "--http", "127.0.0.1:0"},
            .await_serving = true};
  }

  // Chores run when a process starts, so that no test waits for their next turn.
  void Restart() {
    EXPECT_EQ(stack_->Stop(), 0);
    stack_->Start();
  }
  std::string Sql(const std::string& sql) const { return cluster_.Sql(sql); }
  void Await(const std::string& question, const std::string& answer) const {
    for (int i = 0; i < 600; ++i) {
      if (Sql(question) == answer) return;
      std::this_thread::sleep_for(50ms);
    }
    ADD_FAILURE() << "never " << answer << " but " << Sql(question) << ": " << question;
  }
  // States of mails to a recipient, in the order in which they were decided on.
  void AwaitStates(const std::string& recipient, const std::string& states) const {
    Await("select coalesce(string_agg(state, ' ' order by mail_id), '') from inbox.mail where recipient = '" +
              recipient + "'",
          states);
  }
  // What was decided for today was decided for yesterday; in two statements, as keys are unique at every
  // instant.
  void PassADay() const {
    Sql("update inbox.mail set key = 'was ' || key where kind = 'digest' and key !~ 'W'");
    Sql("update inbox.mail set key = (substr(key, 5)::date - 1)::text, gives_up_at = gives_up_at - interval "
        "'1 day' "
        "where key ~ '^was '");
  }
  void PassAWeekOfReminders() const { Sql("update inbox.reminder_step set taken_on = taken_on - 7"); }

  // Messages in the order in which they came, as the server's reader of mail understands them.
  std::vector<std::string> Messages() const {
    std::vector<std::string> all;
    for (int n = 1; std::filesystem::exists(box_ + "/" + std::to_string(n) + ".txt"); ++n)
      all.push_back(ReadFile(box_ + "/" + std::to_string(n) + ".txt"));
    return all;
  }
  std::vector<std::string> MessagesTo(const std::string& address) const {
    std::vector<std::string> to;
    for (const std::string& message : Messages())
      if (message.starts_with("Envelope: jalon@exemple.fr > " + address + "\n")) to.push_back(message);
    return to;
  }

  void Subscribe(const std::string& token, const std::string& email, inbox::v1::Frequency frequency,
                 const std::string& language = "fr") const {
    inbox::v1::SetSubscriptionRequest request;
    request.set_request_id(NewId());
    request.set_email(email);
    request.set_frequency(frequency);
    request.set_language(language);
    EXPECT_THAT(
        stack_->Connect(token)
            ->Call<inbox::v1::SetSubscriptionResponse>("InboxService.SetSubscription", request, Patient())
            .status(),
        IsAccepted());
  }
  void GivenContact(const std::string& siren, const std::string& name, const std::string& email) const {
    enrolment::v1::SetContactRequest request;
    request.set_request_id(NewId());
    request.mutable_contact()->set_siren(siren);
    request.mutable_contact()->set_name(name);
    request.mutable_contact()->set_email(email);
    programme_->Must<enrolment::v1::SetContactResponse>("EnrolmentService.SetContact", request);
  }
  void GivenConsultantContact(int64_t consultant, const std::string& email) const {
    assignment::v1::SetConsultantContactRequest request;
    request.set_request_id(NewId());
    request.mutable_contact()->set_consultant_id(consultant);
    request.mutable_contact()->set_email(email);
    request.mutable_contact()->set_language("en");
    programme_->Must<assignment::v1::SetConsultantContactResponse>("AssignmentService.SetConsultantContact",
                                                                   request);
  }

  // A half-day that waits for the company's word, recorded a month ago.
  struct Sheet {
    std::string siren;
    int64_t case_id, consultant;
    std::string half_day_id;
  };
  Sheet GivenSheetToAttest() const {
    Sheet sheet;
    sheet.siren = programme_->GivenCompany();
    sheet.case_id = programme_->GivenCaseWithGrant(HalfDays{10}, kAdmittedOn, sheet.siren);
    sheet.consultant = programme_->GivenConsultant();
    programme_->GivenAssignment(sheet.case_id, sheet.consultant);
    const auto entry = EntryOf(sheet.case_id, sheet.consultant, NthWorkingHalfDay(0));
    EXPECT_THAT(Record(programme_->officer(), entry), IsAccepted());
    Sql("update calendar.half_day set performed_on = performed_on - 31 where half_day_id = '" +
        entry.half_day_id() + "'");
    sheet.half_day_id = entry.half_day_id();
    return sheet;
  }

  std::vector<inbox::v1::InboxItem> ItemsOf(const std::string& token, int page_size = 0) const {
    const auto client = stack_->Connect(token);
    std::vector<inbox::v1::InboxItem> items;
    inbox::v1::ListInboxRequest request;
    request.set_page_size(page_size);
    do {
      const auto page =
          client->Call<inbox::v1::ListInboxResponse>("InboxService.ListInbox", request, Patient());
      EXPECT_THAT(page.status(), IsAccepted());
      if (!page.ok()) break;
      items.insert(items.end(), page->items().begin(), page->items().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return items;
  }

  static std::string LinkIn(const std::string& message) {
    const size_t at = message.find("/attest/");
    return at == std::string::npos ? "" : message.substr(at + 8, message.find('\n', at) - at - 8);
  }
  absl::Status Open(const std::string& token) const {
    calendar::v1::OpenAttestationRequest request;
    request.set_token(token);
    return stack_->Connect("")
        ->Call<calendar::v1::OpenAttestationResponse>("CalendarService.OpenAttestation", request, Patient())
        .status();
  }

  Cluster cluster_;
  const std::string box_;
  std::unique_ptr<SmtpServer> smtp_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<Programme> programme_;
};

TEST_F(InboxTest, EachSeesTheOwnAndWhatHurtsFirst) {
  const Sheet sheet = GivenSheetToAttest();
  const int64_t undecided = programme_->GivenOpenCase();
  const auto officer = ItemsOf(kOfficer);
  EXPECT_THAT(officer,
              Contains(AllOf(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_CASE_UNDECIDED),
                             Property(&inbox::v1::InboxItem::case_id, undecided))));
  EXPECT_THAT(officer,
              Contains(AllOf(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_SHEET_TO_ATTEST),
                             Property(&inbox::v1::InboxItem::severity, inbox::v1::INBOX_SEVERITY_OVERDUE),
                             Property(&inbox::v1::InboxItem::case_id, sheet.case_id))));
  EXPECT_TRUE(std::is_sorted(officer.begin(), officer.end(),
                             [](const auto& a, const auto& b) { return a.severity() < b.severity(); }));
  const auto in_pages = ItemsOf(kOfficer, 1);
  ASSERT_EQ(in_pages.size(), officer.size());
  for (size_t i = 0; i < officer.size(); ++i)
    EXPECT_EQ(in_pages[i].SerializeAsString(), officer[i].SerializeAsString());

  EXPECT_THAT(ItemsOf(ConsultantToken(sheet.consultant)),
              ElementsAre(AllOf(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_SHEET_TO_ATTEST),
                                Property(&inbox::v1::InboxItem::consultant_id, sheet.consultant))));
  EXPECT_THAT(ItemsOf(ConsultantToken(sheet.consultant + 1)), IsEmpty());
  EXPECT_THAT(ItemsOf(CompanyToken(sheet.siren)),
              ElementsAre(Property(&inbox::v1::InboxItem::siren, sheet.siren)));

  calendar::v1::DisputeHalfDaysRequest dispute;
  dispute.set_request_id(NewId());
  dispute.add_half_day_ids(sheet.half_day_id);
  dispute.set_reason("personne n’est venu");
  programme_->Must<calendar::v1::DisputeHalfDaysResponse>("CalendarService.DisputeHalfDays", dispute);
  EXPECT_THAT(ItemsOf(ConsultantToken(sheet.consultant)),
              ElementsAre(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_SHEET_DISPUTED)));
  EXPECT_THAT(ItemsOf(CompanyToken(sheet.siren)), IsEmpty());

  EXPECT_THAT(Attest(programme_->officer(), sheet.half_day_id), IsAccepted());
  EXPECT_THAT(ItemsOf(ConsultantToken(sheet.consultant)), IsEmpty());
  EXPECT_THAT(ItemsOf(kOfficer),
              Contains(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_SHEET_TO_APPROVE)));
  EXPECT_THAT(Approve(programme_->officer(), sheet.half_day_id), IsAccepted());
  EXPECT_THAT(ItemsOf(kOfficer),
              Not(Contains(Property(&inbox::v1::InboxItem::kind, inbox::v1::INBOX_KIND_SHEET_TO_APPROVE))));
}

TEST_F(InboxTest, ADigestADayAndNeverTheSameTwice) {
  programme_->GivenOpenCase();
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_DAILY);
  Subscribe(kOtherOfficer, "john@example.org", inbox::v1::FREQUENCY_WEEKLY, "en");
  const int64_t idle = programme_->GivenConsultant();
  GivenConsultantContact(idle, "idle@exemple.fr");
  Restart();
  AwaitStates("officer/officer", "sent");
  AwaitStates("officer/other-officer", "sent");
  AwaitStates("consultant/" + std::to_string(idle), "not_needed");
  ASSERT_THAT(MessagesTo("marie@exemple.fr"), SizeIs(1));
  EXPECT_THAT(MessagesTo("marie@exemple.fr").front(),
              AllOf(HasSubstr("Subject: Jalon\u00A0: 1 point vous attend, dont 1 en retard"),
                    HasSubstr("From: Jalon <jalon@exemple.fr>"), HasSubstr("EN RETARD\n- "),
                    HasSubstr("candidature sans décision depuis"), Not(HasSubstr("Defect"))));
  ASSERT_THAT(MessagesTo("john@example.org"), SizeIs(1));
  EXPECT_THAT(MessagesTo("john@example.org").front(),
              AllOf(HasSubstr("Subject: Jalon: 1 item waits for you, 1 overdue"),
                    HasSubstr("application undecided for")));

  Restart();  // the same day
  PassADay();
  Restart();  // the next, with the same list
  AwaitStates("officer/officer", "sent not_needed");
  PassADay();
  programme_->GivenOpenCase();
  Restart();
  AwaitStates("officer/officer", "sent not_needed sent");
  EXPECT_THAT(MessagesTo("marie@exemple.fr"), SizeIs(2));
  EXPECT_THAT(MessagesTo("john@example.org"), SizeIs(1)) << "a week has one";

  Subscribe(kOfficer, "", inbox::v1::FREQUENCY_OFF);
  EXPECT_EQ(Sql("select count(*) from inbox.subscription where email like 'marie%'"), "0");
  PassADay();
  programme_->GivenOpenCase();
  Subscribe(kOtherOfficer, "john@example.org", inbox::v1::FREQUENCY_DAILY, "en");
  Restart();
  AwaitStates("officer/other-officer", "sent sent");
  AwaitStates("officer/officer", "sent not_needed sent");
}

TEST_F(InboxTest, AMailWhoseSenderDiedIsNotSentAgain) {
  programme_->GivenOpenCase();
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_DAILY);
  smtp_->Do("slow");
  Restart();
  AwaitStates("officer/officer", "claimed");
  stack_->Kill9();
  smtp_->Do("accept");
  stack_->Start();
  Subscribe(kOtherOfficer, "john@example.org", inbox::v1::FREQUENCY_DAILY, "en");
  Restart();
  AwaitStates("officer/other-officer", "sent");
  AwaitStates("officer/officer", "claimed");
  EXPECT_LE(MessagesTo("marie@exemple.fr").size(), 1u);
}

TEST_F(InboxTest, WhileTheServerIsAwayMailWaits) {
  programme_->GivenOpenCase();
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_DAILY);
  const int port = smtp_->port();
  smtp_->Kill();
  Restart();
  Await("select state || tries from inbox.mail", "due1");
  SmtpServer back(box_, port);
  back.Do("busy");
  Sql("update inbox.mail set next_at = now()");
  Await("select state || tries from inbox.mail", "due2");
  EXPECT_THAT(Messages(), IsEmpty());
  back.Do("accept");
  Sql("update inbox.mail set next_at = now()");
  Await("select state || tries from inbox.mail", "sent2");
  EXPECT_THAT(MessagesTo("marie@exemple.fr"), SizeIs(1));
}

TEST_F(InboxTest, WhatIsRefusedOrLeftUnansweredIsNotTriedAgain) {
  programme_->GivenOpenCase();
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_DAILY);
  smtp_->Do("refuse");
  Restart();
  AwaitStates("officer/officer", "refused");
  smtp_->Do("drop");
  Subscribe(kOtherOfficer, "john@example.org", inbox::v1::FREQUENCY_DAILY, "en");
  Restart();
  AwaitStates("officer/other-officer", "unknown");
  smtp_->Do("accept");
  PassADay();
  programme_->GivenOpenCase();
  Restart();
  AwaitStates("officer/officer", "refused sent");
  AwaitStates("officer/other-officer", "unknown sent");
  EXPECT_EQ(Sql("select count(*) from inbox.mail where state = 'due'"), "0");
}

TEST_F(InboxTest, AMailWhoseDayIsOverIsGivenUp) {
  programme_->GivenOpenCase();
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_DAILY);
  smtp_->Do("busy");
  Restart();
  Await("select state || tries from inbox.mail", "due1");
  Sql("update inbox.mail set gives_up_at = now(), next_at = now()");
  AwaitStates("officer/officer", "given_up");
  EXPECT_THAT(Messages(), IsEmpty());
}

TEST_F(InboxTest, TwoProcessesSendEachMailOnce) {
  programme_->GivenOpenCase();
  EXPECT_EQ(stack_->Stop(), 0);
  Sql("insert into inbox.subscription (recipient, email, language, frequency) "
      "select 'officer/o' || n, 'o' || n || '@exemple.fr', 'fr', 'daily' from generate_series(1, 40) n");
  stack_->Start();
  Stack other(cluster_, Flags());
  Await("select count(*) from inbox.mail where state = 'sent'", "40");
  EXPECT_THAT(Messages(), SizeIs(40));
  for (int n = 1; n <= 40; ++n)
    EXPECT_THAT(MessagesTo("o" + std::to_string(n) + "@exemple.fr"), SizeIs(1)) << n;
}

TEST_F(InboxTest, RemindersEscalateAndThenStop) {
  const Sheet sheet = GivenSheetToAttest();
  Sql("update enrolment.company set name = E'Acme\\r\\nBcc: tous@exemple.fr\\r\\n\\r\\nPayez ici' where "
      "siren = '" +
      sheet.siren + "'");
  GivenContact(sheet.siren, "Zoé \"<x@y.fr>\" Ñandú", "zoe@exemple.fr");
  GivenConsultantContact(sheet.consultant, "claire@exemple.fr");
  Subscribe(kOfficer, "marie@exemple.fr", inbox::v1::FREQUENCY_WEEKLY);
  const auto reminders = [&](const std::string& states) {
    Await(
        "select string_agg(recipient || ' ' || step || ' ' || state, ', ' order by step, recipient) from "
        "inbox.mail "
        "where kind = 'reminder'",
        states);
  };
  const std::string contact = "contact/" + sheet.siren,
                    consultant = "consultant/" + std::to_string(sheet.consultant);

  Restart();
  reminders(contact + " 1 sent");
  const std::string first = MessagesTo("zoe@exemple.fr").at(0);
  EXPECT_THAT(first, AllOf(HasSubstr("Subject: Feuille de janvier 2024 à attester, Acme"),
                           HasSubstr("Bonjour Zoé"), HasSubstr("1 demi-journée d’accompagnement"),
                           Not(HasSubstr("\nBcc:")), Not(HasSubstr("\nPayez")), Not(HasSubstr("Defect"))));
  EXPECT_THAT(Open(LinkIn(first)), IsAccepted());
  Restart();
  PassAWeekOfReminders();
  Restart();
  reminders(contact + " 1 sent, " + consultant + " 2 sent, " + contact + " 2 sent");
  const std::string second = MessagesTo("zoe@exemple.fr").at(1);
  EXPECT_THAT(second, AllOf(HasSubstr("Rappel"), HasSubstr("dernier rappel")));
  EXPECT_THAT(Open(LinkIn(first)), HasReason(REASON_LINK_INVALID)) << "the newer link takes its place";
  EXPECT_THAT(Open(LinkIn(second)), IsAccepted());
  const auto to_claire = MessagesTo("claire@exemple.fr");
  EXPECT_THAT(to_claire, Contains(AllOf(HasSubstr("still not attested"), Not(HasSubstr("/attest/")))));

  PassAWeekOfReminders();
  Restart();
  reminders(contact + " 1 sent, " + consultant + " 2 sent, " + contact + " 2 sent, officer/officer 3 sent");
  EXPECT_THAT(MessagesTo("marie@exemple.fr"),
              Contains(AllOf(HasSubstr("À vous de jouer"), Not(HasSubstr("/attest/")))));
  PassAWeekOfReminders();
  Restart();
  PassAWeekOfReminders();
  Restart();
  // A sheet of another case shows that reminders are still decided on.
  const Sheet other = GivenSheetToAttest();
  Restart();
  Await("select count(*) from inbox.reminder_step where case_id = " + std::to_string(other.case_id), "1");
  EXPECT_EQ(Sql("select count(*) from inbox.mail where kind = 'reminder' and case_id = " +
                std::to_string(sheet.case_id)),
            "4");
  EXPECT_THAT(VerifyLaws(programme_->officer()), IsEmpty());
}

TEST_F(InboxTest, AnErasedContactLeavesNothingBehindAndStopsNothing) {
  const Sheet sheet = GivenSheetToAttest();
  GivenContact(sheet.siren, "Zoé Quenotte", "zoe.quenotte@exemple.fr");
  enrolment::v1::EraseContactRequest erase;
  erase.set_request_id(NewId());
  erase.set_siren(sheet.siren);
  programme_->Must<enrolment::v1::EraseContactResponse>("EnrolmentService.EraseContact", erase);
  programme_->Must<enrolment::v1::EraseContactResponse>("EnrolmentService.EraseContact", erase);
  for (const char* table : {"common.request", "audit.event", "inbox.mail", "enrolment.contact"})
    EXPECT_EQ(Sql(std::string("select count(*) from ") + table + " t where t::text ilike '%quenotte%'"), "0")
        << table;
  Restart();
  AwaitStates("contact/" + sheet.siren, "not_needed");
  EXPECT_THAT(Messages(), IsEmpty());
  EXPECT_THAT(ItemsOf(CompanyToken(sheet.siren)), SizeIs(1));
  EXPECT_THAT(Attest(programme_->officer(), sheet.half_day_id), IsAccepted());
  enrolment::v1::GetContactRequest get;
  get.set_siren(sheet.siren);
  EXPECT_FALSE(
      programme_->Must<enrolment::v1::GetContactResponse>("EnrolmentService.GetContact", get).has_contact());
}

TEST_F(InboxTest, AddressesThatAreNoneAreRefused) {
  const std::string siren = programme_->GivenCompany();
  for (const char* bad :
       {"zoe", "zoe@exemple.fr\nBcc: x@y.fr", "zoe@exemple.fr> <x@y.fr", "zoe@exemple.fr x"}) {
    enrolment::v1::SetContactRequest request;
    request.set_request_id(NewId());
    request.mutable_contact()->set_siren(siren);
    request.mutable_contact()->set_name("Zoé");
    request.mutable_contact()->set_email(bad);
    EXPECT_THAT(programme_->Try<enrolment::v1::SetContactResponse>("EnrolmentService.SetContact", request),
                HasReason(REASON_INVALID_REQUEST));
  }
  enrolment::v1::SetContactRequest request;
  request.set_request_id(NewId());
  request.mutable_contact()->set_siren(siren);
  request.mutable_contact()->set_name("Zoé\nBcc: x@y.fr");
  request.mutable_contact()->set_email("zoe@exemple.fr");
  EXPECT_THAT(programme_->Try<enrolment::v1::SetContactResponse>("EnrolmentService.SetContact", request),
              HasReason(REASON_INVALID_REQUEST));
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv);
}
