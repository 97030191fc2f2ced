#include <unistd.h>

#include <optional>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "base/uuid.h"
#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "clients/cli/import.h"
#include "clients/cli/seats.h"
#include "clients/rpc/call_error.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::cli {
namespace {

using enrolment::v1::ImportCompaniesRequest;
using enrolment::v1::ImportCompaniesResponse;

// Large enough that the round trip and the commit weigh little, small enough to stay far below a message's
// limit.
constexpr size_t kBatchRows = 2000;
// Keeps the server busy while the next batch is read, in flat memory.
constexpr int kBatchesInFlight = 4;

class Import {
 public:
  Import(Session& session, const std::string& path, std::unique_ptr<ByteSource> source, bool dry_run)
      : session_(session),
        dry_run_(dry_run),
        progress_(session.err(), isatty(STDERR_FILENO) != 0, path, source->TotalBytes()),
        reader_(std::move(source), session.language(),
                [this](int64_t line, const std::string& siren, const std::string& sentence, bool refused) {
                  Tell(line, siren, sentence, refused);
                }),
        pipeline_(session.client(), kBatchesInFlight) {}

  // Reads where the seats are, for companies whose row does not tell. Before Run.
  std::optional<std::string> ReadSeats(const std::string& path, std::unique_ptr<ByteSource> source) {
    seats_.emplace();
    return seats_->Read(std::move(source), session_.language(),
                        [&](int64_t line, const std::string& siren, const std::string& sentence) {
                          session_.err() << path << ", ";
                          Tell(line, siren, sentence, true);
                          ++seat_rows_refused_;
                        });
  }

  int Run() {
    if (const auto problem = reader_.ReadHeader()) return session_.Misused(*problem);
    while (failure_.ok()) {
      auto row = reader_.Next();
      if (!row) break;
      ++read_;
      if (seats_ && !seats_->Complete(&row->company)) ++without_seat_;
      Take(*std::move(row));
    }
    if (failure_.ok() && batch_.companies_size() > 0) Send();
    pipeline_.Drain();
    progress_.Clear();
    return Report();
  }

 private:
  void Take(ImportRow row) {
    // A SIREN twice in one batch could not be ordered by the server: the last row of the file counts.
    const auto [place, added] = places_.try_emplace(row.company.siren(), batch_.companies_size());
    if (!added) {
      *batch_.mutable_companies(place->second) = std::move(row.company);
      lines_[static_cast<size_t>(place->second)] = row.line;
      ++repeated_;
      return;
    }
    *batch_.add_companies() = std::move(row.company);
    lines_.push_back(row.line);
    if (lines_.size() == kBatchRows) Send();
  }

  void Send() {
    batch_.set_request_id(session_.NthId(batches_++));
    batch_.set_validate_only(dry_run_);
    if (!offline_) {
      pipeline_.Await(kBatchesInFlight);
      CallOptions options = session_.call_options();
      options.deadline = std::max(options.deadline, std::chrono::milliseconds(60'000));
      if (dry_run_) options.max_retries = 0;
      pipeline_.Call<ImportCompaniesResponse>(
          "EnrolmentService.ImportCompanies", std::move(batch_),
          [this, lines = std::move(lines_)](absl::StatusOr<ImportCompaniesResponse> answer) {
            Handle(lines, answer);
          },
          options);
    }
    batch_.Clear();
    lines_.clear();
    places_.clear();
    progress_.Set(reader_.source().BytesRead(), std::to_string(reader_.rows()));
  }

  void Handle(const std::vector<int64_t>& lines, const absl::StatusOr<ImportCompaniesResponse>& answer) {
    if (!answer.ok()) {
      // A file can be checked where no service runs; it just says less.
      if (dry_run_ && answer.status().code() == absl::StatusCode::kUnavailable) {
        offline_ = true;
      } else if (failure_.ok()) {
        failure_ = answer.status();
      }
      return;
    }
    added_ += answer->added();
    changed_ += answer->changed();
    unchanged_ += answer->unchanged();
    for (const auto& problem : answer->problems()) {
      const auto index = static_cast<size_t>(problem.index());
      Tell(index < lines.size() ? lines[index] : 0, problem.siren(),
           session_.language() == Language::kFrench ? problem.message_fr() : problem.message_en(), true);
      ++refused_by_service_;
    }
  }

  void Tell(int64_t line, const std::string& siren, const std::string& sentence, bool refused) {
    progress_.Clear();
    session_.err() << session_.Say({"ligne ", "line "}) << line << (siren.empty() ? "" : ", SIREN " + siren)
                   << session_.Say({" : ", ": "}) << Printable(sentence) << '\n';
    if (!refused) ++remarks_;
  }

  int Report() {
    const int64_t refused = reader_.refused() + refused_by_service_;
    if (session_.for_people()) {
      Table table({{session_.Say({dry_run_ ? "À l’essai" : "Import", dry_run_ ? "Dry run" : "Import"})},
                   {session_.Say({"Lignes", "Rows"}), true}});
      const auto line = [&](Words title, int64_t count) {
        if (count > 0) table.Add({session_.Say(title), std::to_string(count)});
      };
      table.Add({session_.Say({"lues", "read"}), std::to_string(reader_.rows())});
      line({"nouvelles entreprises", "new companies"}, added_);
      line({"entreprises mises à jour", "companies updated"}, changed_);
      line({"entreprises inchangées", "companies unchanged"}, unchanged_);
      if (dry_run_) line({"bonnes", "good"}, read_ - refused_by_service_);
      line({"établissements secondaires, passés", "other establishments, passed over"},
           reader_.other_establishments());
      line({"répétées, la dernière compte", "repeated, the last counts"}, repeated_);
      line({"sans siège dans le fichier --seats", "without a seat in the --seats file"}, without_seat_);
      line({"lignes de --seats refusées, voir ci-dessus", "rows of --seats refused, see above"},
           seat_rows_refused_);
      line({"avec une remarque ci-dessus", "with a remark above"}, remarks_);
      line({"refusées, voir ci-dessus", "refused, see above"}, refused);
      table.Print(session_.out());
    } else {
      const std::vector<std::pair<std::string, int64_t>> counts = {
          {"rows", reader_.rows()},
          {"good", read_ - refused_by_service_},
          {"added", added_},
          {"changed", changed_},
          {"unchanged", unchanged_},
          {"refused", refused},
          {"other_establishments", reader_.other_establishments()},
          {"without_seat", without_seat_}};
      PrintCounts(counts);
    }
    if (!failure_.ok()) return session_.Fail(failure_);
    if (offline_ && session_.for_people()) {
      session_.err() << session_.Say({"Aucun service ne répond : le fichier seul est vérifié.",
                                      "No service answers: the file alone is checked."})
                     << '\n';
    }
    return read_ == refused_by_service_ && refused > 0 ? kRefused : kDone;
  }

  void PrintCounts(const std::vector<std::pair<std::string, int64_t>>& counts) {
    const bool json = session_.format() == Format::kJson;
    std::vector<std::string> names, values;
    std::string document;
    for (const auto& [name, count] : counts) {
      names.push_back(name);
      values.push_back(std::to_string(count));
      document += (document.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(count);
    }
    session_.out() << (json ? document + "}\n" : CsvRecord(names) + CsvRecord(values));
  }

  Session& session_;
  const bool dry_run_;
  Progress progress_;
  ImportReader reader_;
  ImportCompaniesRequest batch_;
  std::vector<int64_t> lines_;                   // of the file, by place in the batch
  std::unordered_map<std::string, int> places_;  // in the batch, by SIREN
  std::optional<SeatIndex> seats_;
  int64_t seat_rows_refused_ = 0;
  int64_t without_seat_ = 0;
  int64_t read_ = 0;
  int64_t added_ = 0;
  int64_t changed_ = 0;
  int64_t unchanged_ = 0;
  int64_t refused_by_service_ = 0;
  int64_t repeated_ = 0;
  size_t batches_ = 0;
  int64_t remarks_ = 0;
  bool offline_ = false;
  absl::Status failure_;
  Pipeline pipeline_;  // last: it waits for calls that report to the members above
};

int RunImport(Session& session, const Inputs& inputs) {
  const std::string path = inputs.Text("file");
  auto source = OpenFile(path);
  if (source == nullptr) {
    return session.Misused(std::string(session.Say({"fichier illisible : ", "unreadable file: "})) + path);
  }
  Import import(session, path, std::move(source), inputs.Has("dry-run"));
  if (inputs.Has("seats")) {
    const std::string seats = inputs.Text("seats");
    auto seat_source = seats == "-" ? nullptr : OpenFile(seats);
    if (seat_source == nullptr) {
      return session.Misused(std::string(session.Say({"fichier illisible : ", "unreadable file: "})) + seats);
    }
    if (const auto problem = import.ReadSeats(seats, std::move(seat_source)))
      return session.Misused(*problem);
  }
  return import.Run();
}

}  // namespace

void AddCompanyCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "company",
       .name = "import",
       .about = {"Importer un fichier Sirene (StockUniteLegale, StockEtablissement ou les deux joints ; CSV "
                 "ou gzip). "
                 "Chaque mauvaise ligne est dite avec son numéro et sa raison ; les bonnes entrent.",
                 "Import a Sirene file (StockUniteLegale, StockEtablissement or both joined; CSV or gzip). "
                 "Each bad "
                 "row is reported with its line and reason; the good ones go in."},
       .arguments = {Positional(
                         {"FICHIER", "FILE"}, "",
                         {"Chemin du fichier ; - : entrée standard", "Path of the file; -: standard input"}),
                     Of(Kind::kFile,
                        Option("--seats", "",
                               {"StockEtablissement, d’où prendre la commune des sièges quand FICHIER est "
                                "StockUniteLegale ; 4 millions de sièges au plus",
                                "StockEtablissement, to take the communes of seats from where FILE is "
                                "StockUniteLegale; at most 4 million seats"}))},
       .method = "EnrolmentService.ImportCompanies",
       .run = RunImport});
  commands.push_back(
      {.group = "company",
       .name = "show",
       .about = {"Fiche d’une entreprise et ses dossiers", "Record of a company and its cases"},
       .arguments = {Positional({"SIREN", "SIREN"}, "siren", {"Neuf chiffres", "Nine digits"})},
       .method = "EnrolmentService.GetCompany"});
  commands.push_back(
      {.group = "company",
       .name = "list",
       .about = {"Entreprises, par nom", "Companies, by name"},
       .arguments = {Option("--name", "name_prefix", {"Début de la dénomination", "Beginning of the name"}),
                     Option("--region", "region",
                            {"Code INSEE de la région (32)", "INSEE code of the region (32)"})},
       .method = "EnrolmentService.ListCompanies"});
}

}  // namespace jalon::cli
