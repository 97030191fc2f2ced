#include "clients/cli/seats.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "clients/cli/import.h"
#include "clients/cli/sirene.h"
#include "clients/cli/words.h"

namespace jalon::cli {
namespace {

uint32_t Number(std::string_view digits) {
  uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

std::optional<std::string> SeatIndex::Read(std::unique_ptr<ByteSource> source, Language language,
                                           const Tell& tell) {
  CsvReader reader(std::move(source));
  reader.GuessSeparator();
  std::vector<std::string_view> fields;
  if (reader.Next(&fields) != CsvReader::Outcome::kRecord || !SireneHeader(fields).locates_seats()) {
    return Words{
        "--seats : la première ligne ne nomme pas les colonnes « siret » (ou « siren » et « nic ») et "
        "« codeCommuneEtablissement » : attendu, un fichier StockEtablissement de l’Insee, tel quel ou en "
        "gzip",
        "--seats: the first line does not name the columns “siret” (or “siren” and “nic”) and "
        "“codeCommuneEtablissement”: expected, Insee's StockEtablissement file, as it is or gzipped"}
        .In(language);
  }
  const SireneHeader header(fields);
  for (CsvReader::Outcome outcome; (outcome = reader.Next(&fields)) != CsvReader::Outcome::kEnd;) {
    // Of a file cut short nobody knows which seats are missing.
    if (outcome == CsvReader::Outcome::kSourceDamaged)
      return "--seats" + std::string(Words{" : ", ": "}.In(language)) + WhyUnread(outcome, language);
    if (outcome != CsvReader::Outcome::kRecord) {
      tell(reader.line(), "", WhyUnread(outcome, language));
      continue;
    }
    const SireneResult row = ReadSireneSeat(header, fields);
    if (row.verdict == SireneResult::kRefused)
      tell(reader.line(), row.company.siren(), language == Language::kFrench ? row.reason_fr : row.reason_en);
    if (row.verdict != SireneResult::kCompany) continue;
    if (seats_.size() == most_) {
      const std::string most = std::to_string(most_);
      return Words{"--seats : plus de ", "--seats: more than "}.In(language) + most +
             Words{" sièges ; ne gardez d’abord que les lignes de vos départements",
                   " seats; keep only the rows of your departments first"}
                 .In(language);
    }
    Seat seat{Number(row.company.siren()), Number(row.company.seat_nic()), {}};
    std::copy_n(row.company.commune().begin(), sizeof seat.commune, seat.commune);
    seats_.push_back(seat);
  }
  std::stable_sort(seats_.begin(), seats_.end(),
                   [](const Seat& a, const Seat& b) { return a.siren < b.siren; });
  return std::nullopt;
}

bool SeatIndex::Complete(enrolment::v1::Company* company) const {
  if (!company->commune().empty()) return true;
  const Seat wanted{Number(company->siren()), Number(company->seat_nic()), {}};
  const auto [begin, end] = std::equal_range(seats_.begin(), seats_.end(), wanted,
                                             [](const Seat& a, const Seat& b) { return a.siren < b.siren; });
  // The legal unit names its seat. Where it does not, only one establishment that calls itself the seat will
  // do.
  const Seat* found = nullptr;
  for (auto seat = begin; seat != end; ++seat) {
    if (seat->nic == wanted.nic || (company->seat_nic().empty() && end - begin == 1)) found = &*seat;
  }
  if (found == nullptr) return false;
  company->set_commune(std::string(found->commune, sizeof found->commune));
  company->set_seat_nic(jalon::internal::ZeroPadded(found->nic, 5));
  return true;
}

}  // namespace jalon::cli
