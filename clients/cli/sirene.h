#ifndef JALON_CLIENTS_CLI_SIRENE_H_
#define JALON_CLIENTS_CLI_SIRENE_H_

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/words.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

// From a row of Insee's files StockUniteLegale and StockEtablissement, or of one that joins both, to a
// company.
namespace jalon::cli {

// Columns by name, never by place: the file gained columns in 2026, and joined files order them as they like.
class SireneHeader {
 public:
  explicit SireneHeader(const std::vector<std::string_view>& names);

  // Whether rows can be read at all: a SIREN, or a SIRET that holds one.
  bool usable() const { return At(kSiren) >= 0 || At(kSiret) >= 0; }
  // Whether rows tell which establishment they are, and where it lies.
  bool locates_seats() const {
    return At(kCommune) >= 0 && (At(kSiret) >= 0 || (At(kSiren) >= 0 && At(kNic) >= 0));
  }
  size_t width() const { return width_; }

 private:
  friend class SireneRow;
  enum Column {
    kSiren,
    kSiret,
    kNic,
    kIsSeat,
    kDenomination,
    kUsualName,
    kPersonName,
    kPersonUsedName,
    kFirstName,
    kTradeName,
    kSign,
    kLegalCategory,
    kNaf,
    kNafNomenclature,
    kBand,
    kCreated,
    kState,
    kSeatNic,
    kCommune,
    kEstablishmentNaf,
    kEstablishmentNomenclature,
    kEstablishmentBand,
    kEstablishmentCreated,
    kEstablishmentState,
    kColumns
  };
  int At(Column column) const { return places_[column]; }

  int places_[kColumns];
  size_t width_;
};

struct SireneResult {
  enum Verdict { kCompany, kRefused, kNotASeat } verdict = kCompany;
  enrolment::v1::Company company;
  // Of a refused row, or a remark on a company that goes in all the same; empty in both languages: none.
  std::string reason_fr;
  std::string reason_en;
};

SireneResult ReadSireneRow(const SireneHeader& header, const std::vector<std::string_view>& fields);

// Of a row of StockEtablissement only where the seat is: SIREN, NIC and commune. kNotASeat: another
// establishment, or one whose commune is not told.
SireneResult ReadSireneSeat(const SireneHeader& header, const std::vector<std::string_view>& fields);

bool IsValidUtf8(std::string_view text);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_SIRENE_H_
