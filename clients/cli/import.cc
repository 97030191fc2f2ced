#include "clients/cli/import.h"

#include "clients/cli/words.h"

namespace jalon::cli {

std::string WhyUnread(CsvReader::Outcome outcome, Language language) {
  switch (outcome) {
    case CsvReader::Outcome::kUnclosedQuote:
      return Words{"guillemet ouvert et jamais fermé", "quote opened and never closed"}.In(language);
    case CsvReader::Outcome::kTextAfterQuote:
      return Words{"texte après un guillemet fermant", "text after a closing quote"}.In(language);
    case CsvReader::Outcome::kTooLong:
      return Words{"ligne de plus de 64 Kio", "line of more than 64 KiB"}.In(language);
    default:
      return Words{"la suite du fichier est illisible (gzip coupé ou abîmé)",
                   "the rest of the file cannot be read (gzip cut short or damaged)"}
          .In(language);
  }
}

ImportReader::ImportReader(std::unique_ptr<ByteSource> source, Language language, Tell tell)
    : reader_(std::move(source)), language_(language), tell_(std::move(tell)) {}

std::optional<std::string> ImportReader::ReadHeader() {
  reader_.GuessSeparator();
  const CsvReader::Outcome outcome = reader_.Next(&fields_);
  if (outcome == CsvReader::Outcome::kEnd) {
    return Words{"le fichier est vide", "the file is empty"}.In(language_);
  }
  if (outcome == CsvReader::Outcome::kRecord) {
    header_.emplace(fields_);
    if (header_->usable()) return std::nullopt;
  }
  return Words{
      "la première ligne ne nomme ni colonne « siren » ni « siret » : attendu, un fichier StockUniteLegale "
      "ou "
      "StockEtablissement de l’Insee, tel quel ou en gzip",
      "the first line names neither a “siren” nor a “siret” column: expected, one of Insee's "
      "StockUniteLegale "
      "or StockEtablissement files, as it is or gzipped"}
      .In(language_);
}

void ImportReader::Refuse(const std::string& siren, const std::string& sentence) {
  ++refused_;
  tell_(reader_.line(), siren, sentence, true);
}

std::optional<ImportRow> ImportReader::Next() {
  while (true) {
    const CsvReader::Outcome outcome = reader_.Next(&fields_);
    if (outcome == CsvReader::Outcome::kEnd) return std::nullopt;
    ++rows_;
    if (outcome != CsvReader::Outcome::kRecord) {
      Refuse("", WhyUnread(outcome, language_));
      continue;
    }
    SireneResult result = ReadSireneRow(*header_, fields_);
    const std::string& reason = language_ == Language::kFrench ? result.reason_fr : result.reason_en;
    switch (result.verdict) {
      case SireneResult::kRefused:
        Refuse(result.company.siren(), reason);
        break;
      case SireneResult::kNotASeat:
        ++other_establishments_;
        break;
      case SireneResult::kCompany:
        if (!reason.empty()) tell_(reader_.line(), result.company.siren(), reason, false);
        return ImportRow{reader_.line(), std::move(result.company)};
    }
  }
}

}  // namespace jalon::cli
