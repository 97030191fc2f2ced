#ifndef JALON_CLIENTS_CLI_SEATS_H_
#define JALON_CLIENTS_CLI_SEATS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/language.h"
#include "clients/cli/csv_reader.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::cli {

// Where the seats of companies are, from Insee's StockEtablissement: its StockUniteLegale names the seat of
// each company and does not say where it is. The file is read once, row by row; what stays in memory is
// sixteen bytes a seat.
class SeatIndex {
 public:
  // About 100 MB. All of France has some 28 million: a larger file is to be cut down to a few regions first.
  static constexpr size_t kMostSeats = 4'000'000;

  // Receives the line of the file, the SIREN if known, and why the row is left out.
  using Tell = std::function<void(int64_t line, const std::string& siren, const std::string& sentence)>;

  explicit SeatIndex(size_t most = kMostSeats) : most_(most) {}

  // Nothing when the whole file was read, or why it cannot serve.
  std::optional<std::string> Read(std::unique_ptr<ByteSource> source, Language language, const Tell& tell);
  // Adds the commune of its seat to a company that has none. False when the file does not hold that seat.
  bool Complete(enrolment::v1::Company* company) const;
  size_t size() const { return seats_.size(); }

 private:
  struct Seat {
    uint32_t siren;
    uint32_t nic;
    char commune[5];
  };
  static_assert(sizeof(Seat) == 16);

  const size_t most_;
  std::vector<Seat> seats_;  // by SIREN, then as the file orders them
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_SEATS_H_
