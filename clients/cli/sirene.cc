#include "clients/cli/sirene.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/commune.h"
#include "base/date.h"
#include "base/siren.h"
#include "base/text.h"

namespace jalon::cli {
namespace {

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// What Insee writes for data its holder does not let it publish.
constexpr std::string_view kNotPublished = "[ND]";

bool IsNafRev2(std::string_view code) {
  using jalon::internal::IsDigit;
  return code.size() == 6 && IsDigit(code[0]) && IsDigit(code[1]) && code[2] == '.' && IsDigit(code[3]) &&
         IsDigit(code[4]) && code[5] >= 'A' && code[5] <= 'Z';
}

bool IsDigits(std::string_view text, size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), jalon::internal::IsDigit);
}

const std::array<std::string_view, 16> kBands = {"NN", "00", "01", "02", "03", "11", "12", "21",
                                                 "22", "31", "32", "41", "42", "51", "52", "53"};

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F; });
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    const unsigned char second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

SireneHeader::SireneHeader(const std::vector<std::string_view>& names) : width_(names.size()) {
  static const auto& columns = *new std::map<std::string, Column>{
      {"siren", kSiren},
      {"siret", kSiret},
      {"nic", kNic},
      {"etablissementsiege", kIsSeat},
      {"denominationunitelegale", kDenomination},
      {"denominationusuelle1unitelegale", kUsualName},
      {"nomunitelegale", kPersonName},
      {"nomusageunitelegale", kPersonUsedName},
      {"prenomusuelunitelegale", kFirstName},
      {"denominationusuelleetablissement", kTradeName},
      {"enseigne1etablissement", kSign},
      {"categoriejuridiqueunitelegale", kLegalCategory},
      {"activiteprincipaleunitelegale", kNaf},
      {"nomenclatureactiviteprincipaleunitelegale", kNafNomenclature},
      {"trancheeffectifsunitelegale", kBand},
      {"datecreationunitelegale", kCreated},
      {"etatadministratifunitelegale", kState},
      {"nicsiegeunitelegale", kSeatNic},
      {"codecommuneetablissement", kCommune},
      {"activiteprincipaleetablissement", kEstablishmentNaf},
      {"nomenclatureactiviteprincipaleetablissement", kEstablishmentNomenclature},
      {"trancheeffectifsetablissement", kEstablishmentBand},
      {"datecreationetablissement", kEstablishmentCreated},
      {"etatadministratifetablissement", kEstablishmentState},
  };
  std::fill(std::begin(places_), std::end(places_), -1);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto column = columns.find(LowerAscii(jalon::internal::Trim(names[i])));
    if (column != columns.end() && places_[column->second] < 0) places_[column->second] = static_cast<int>(i);
  }
}

// One row seen through its header.
class SireneRow {
 public:
  SireneRow(const SireneHeader& header, const std::vector<std::string_view>& fields)
      : header_(header), fields_(fields) {}

  SireneResult Read() const {
    SireneResult result;
    if (fields_.size() != header_.width()) return WrongWidth();
    for (const std::string_view field : fields_) {
      if (!IsValidUtf8(field)) {
        return Refuse(
            "texte qui n’est pas en UTF-8 (convertissez le fichier : iconv -f WINDOWS-1252 -t UTF-8)",
            "text that is not UTF-8 (convert the file: iconv -f WINDOWS-1252 -t UTF-8)");
      }
    }
    if (Is(SireneHeader::kIsSeat, "false")) {
      result.verdict = SireneResult::kNotASeat;
      return result;
    }
    enrolment::v1::Company& company = result.company;
    if (auto refusal = ReadSiren(company); refusal.verdict == SireneResult::kRefused) return refusal;
    company.set_name(Name());
    if (company.name().empty()) {
      return Refuse("aucune dénomination, ni nom : la fiche n’est pas diffusée",
                    "neither denomination nor name: the record is not published", company.siren());
    }
    if (company.name().size() > 900 || HasControl(company.name())) {
      return Refuse("dénomination illisible", "unreadable denomination", company.siren());
    }
    ReadActivity(company);
    ReadPlace(company);
    ReadCreation(result);
    return result;
  }

  SireneResult ReadSeat() const {
    SireneResult result;
    if (fields_.size() != header_.width()) return WrongWidth();
    result.verdict = SireneResult::kNotASeat;
    if (Is(SireneHeader::kIsSeat, "false")) return result;
    enrolment::v1::Company& company = result.company;
    if (auto refusal = ReadSiren(company); refusal.verdict == SireneResult::kRefused) return refusal;
    ReadPlace(company);
    if (!company.seat_nic().empty() && !company.commune().empty()) result.verdict = SireneResult::kCompany;
    return result;
  }

 private:
  using Column = SireneHeader::Column;

  SireneResult WrongWidth() const {
    const std::string wanted = std::to_string(header_.width());
    const std::string found = std::to_string(fields_.size());
    return Refuse("la ligne a " + found + " colonnes au lieu de " + wanted,
                  "the row has " + found + " columns instead of " + wanted);
  }

  std::string_view Get(Column column) const {
    const int place = header_.At(column);
    if (place < 0) return {};
    const std::string_view text = jalon::internal::Trim(fields_[static_cast<size_t>(place)]);
    return text == kNotPublished ? std::string_view() : text;
  }
  std::string_view FirstOf(std::initializer_list<Column> columns) const {
    for (const Column column : columns) {
      if (const std::string_view text = Get(column); !text.empty()) return text;
    }
    return {};
  }
  bool Is(Column column, std::string_view value) const { return LowerAscii(Get(column)) == value; }

  static SireneResult Refuse(std::string fr, std::string en, std::string siren = "") {
    SireneResult result{.verdict = SireneResult::kRefused,
                        .company = {},
                        .reason_fr = std::move(fr),
                        .reason_en = std::move(en)};
    result.company.set_siren(std::move(siren));
    return result;
  }

  SireneResult ReadSiren(enrolment::v1::Company& company) const {
    const std::string_view siret = Get(SireneHeader::kSiret);
    std::string_view text = Get(SireneHeader::kSiren);
    if (text.empty()) text = siret.substr(0, 9);
    if (text.empty()) return Refuse("SIREN absent", "no SIREN");
    switch (CheckSiren(text).value_or(static_cast<IdentifierProblem>(-1))) {
      case IdentifierProblem::kNotDigits:
        return Refuse("SIREN qui n’est pas fait de chiffres", "SIREN not made of digits");
      case IdentifierProblem::kWrongLength:
        return Refuse("SIREN qui n’a pas neuf chiffres", "SIREN without nine digits");
      case IdentifierProblem::kBadChecksum:
        return Refuse("SIREN dont la clé est fausse", "SIREN with a wrong check digit",
                      std::string(text.substr(0, 9)));
    }
    company.set_siren(jalon::internal::WithoutSpaces(text));
    return {};
  }

  std::string Name() const {
    const std::string_view denomination = FirstOf({SireneHeader::kDenomination, SireneHeader::kUsualName});
    if (!denomination.empty()) return std::string(denomination);
    // A natural person carries no denomination: its own name, then the name over the door.
    const std::string_view last = FirstOf({SireneHeader::kPersonUsedName, SireneHeader::kPersonName});
    if (!last.empty()) {
      const std::string_view first = Get(SireneHeader::kFirstName);
      return (first.empty() ? "" : std::string(first) + " ") + std::string(last);
    }
    return std::string(FirstOf({SireneHeader::kTradeName, SireneHeader::kSign}));
  }

  void ReadActivity(enrolment::v1::Company& company) const {
    const std::string_view category = Get(SireneHeader::kLegalCategory);
    if (IsDigits(category, 4)) company.set_legal_category(std::string(category));
    // A code of an older nomenclature (NAP, NAF 1993) would be mistaken for one of today's.
    const bool unit = !Get(SireneHeader::kNaf).empty();
    const std::string_view naf = Get(unit ? SireneHeader::kNaf : SireneHeader::kEstablishmentNaf);
    const std::string_view nomenclature =
        Get(unit ? SireneHeader::kNafNomenclature : SireneHeader::kEstablishmentNomenclature);
    if (IsNafRev2(naf) && (nomenclature.empty() || nomenclature == "NAFRev2"))
      company.set_naf(std::string(naf));
    const std::string_view band = FirstOf({SireneHeader::kBand, SireneHeader::kEstablishmentBand});
    if (std::find(kBands.begin(), kBands.end(), band) != kBands.end())
      company.set_headcount_band(std::string(band));
    const bool has_unit_state = !Get(SireneHeader::kState).empty();
    company.set_ceased(has_unit_state ? Is(SireneHeader::kState, "c")
                                      : Is(SireneHeader::kEstablishmentState, "f"));
  }

  void ReadPlace(enrolment::v1::Company& company) const {
    std::string_view nic = FirstOf({SireneHeader::kSeatNic, SireneHeader::kNic});
    if (nic.empty() && Get(SireneHeader::kSiret).size() == 14) nic = Get(SireneHeader::kSiret).substr(9);
    if (IsDigits(nic, 5)) company.set_seat_nic(std::string(nic));
    const std::string_view commune = Get(SireneHeader::kCommune);
    if (DepartmentOfCommune(commune)) company.set_commune(std::string(commune));
  }

  void ReadCreation(SireneResult& result) const {
    const std::string_view created = FirstOf({SireneHeader::kCreated, SireneHeader::kEstablishmentCreated});
    // The register's mark for a date it does not know.
    if (created.empty() || created == "1900-01-01") return;
    if (Date::Parse(created)) {
      result.company.set_created_on(std::string(created));
      return;
    }
    result.reason_fr =
        "date de création « " + std::string(created) + " » qui n’existe pas : importée sans date";
    result.reason_en = "creation date “" + std::string(created) + "” does not exist: imported without a date";
  }

  const SireneHeader& header_;
  const std::vector<std::string_view>& fields_;
};

SireneResult ReadSireneRow(const SireneHeader& header, const std::vector<std::string_view>& fields) {
  return SireneRow(header, fields).Read();
}

SireneResult ReadSireneSeat(const SireneHeader& header, const std::vector<std::string_view>& fields) {
  return SireneRow(header, fields).ReadSeat();
}

}  // namespace jalon::cli
