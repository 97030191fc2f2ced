#include "clients/cli/bank_file.h"

#include <map>
#include <regex>

#include "base/text.h"
#include "clients/cli/import.h"
#include "clients/cli/sirene.h"
#include "clients/cli/values.h"
#include "clients/cli/words.h"

namespace jalon::cli {
namespace {

// What the contract takes of a line. One beyond it is refused by itself, and the file goes on.
constexpr int64_t kMostCents = 100'000'000'000'000;

enum BankColumn { kKey, kDate, kAmount, kReference, kLabel, kColumns };

// A column's name without case, accents and whatever is no letter: "Référence de bout en bout" is
// referencedeboutenbout.
std::string Plain(std::string_view name) {
  static const std::pair<std::string_view, char> kAccents[] = {{"é", 'e'}, {"É", 'e'}, {"è", 'e'}, {"ê", 'e'},
                                                               {"à", 'a'}, {"û", 'u'}, {"ç", 'c'}};
  std::string plain;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    for (const auto& [accented, letter] : kAccents) {
      if (name.substr(i, accented.size()) != accented) continue;
      c = letter;
      i += accented.size() - 1;
      break;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') plain += c;
  }
  return plain;
}

int ColumnNamed(std::string_view name) {
  static const auto& names = *new std::map<std::string, BankColumn>{
      {"id", kKey},
      {"identifiant", kKey},
      {"numero", kKey},
      {"numerodoperation", kKey},
      {"transactionid", kKey},
      {"bankkey", kKey},
      {"date", kDate},
      {"datecomptable", kDate},
      {"datedoperation", kDate},
      {"dateoperation", kDate},
      {"datedepaiement", kDate},
      {"bookedon", kDate},
      {"bookingdate", kDate},
      {"paidon", kDate},
      {"montant", kAmount},
      {"amount", kAmount},
      {"debit", kAmount},
      {"reference", kReference},
      {"referencedeboutenbout", kReference},
      {"endtoendid", kReference},
      {"libelle", kLabel},
      {"label", kLabel},
      {"description", kLabel},
  };
  const auto found = names.find(Plain(name));
  return found == names.end() ? kColumns : found->second;
}

std::string OrderIn(const std::string& reference, const std::string& label) {
  static const std::regex kOrder("JALON-[0-9]{1,18}-[0-9]{1,18}");
  std::smatch found;
  for (const std::string* text : {&reference, &label})
    if (std::regex_search(*text, found, kOrder)) return found[0];
  return reference;
}

// At most `most` bytes, whole characters.
std::string Start(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

class Reading {
 public:
  Reading(std::unique_ptr<ByteSource> source, Language language)
      : reader_(std::move(source)), language_(language) {}

  BankFile Read() {
    reader_.GuessSeparator();
    if (ReadHeader()) {
      for (auto outcome = Next(); outcome != CsvReader::Outcome::kEnd; outcome = Next()) Take(outcome);
      Sign();
      Name();
    }
    return std::move(file_);
  }

 private:
  CsvReader::Outcome Next() { return reader_.Next(&fields_); }
  const char* Say(Words words) const { return words.In(language_); }

  bool ReadHeader() {
    std::fill(std::begin(places_), std::end(places_), -1);
    if (Next() == CsvReader::Outcome::kRecord) {
      for (size_t i = 0; i < fields_.size(); ++i)
        if (const int column = ColumnNamed(fields_[i]); column != kColumns && places_[column] < 0)
          places_[column] = static_cast<int>(i);
    }
    const auto lacks = [this](BankColumn column) { return places_[column] < 0; };
    if (lacks(kDate)) file_.problem = Say({"il manque la colonne date", "the column date is missing"});
    if (lacks(kAmount)) file_.problem = Say({"il manque la colonne montant", "the column amount is missing"});
    if (lacks(kReference) && lacks(kLabel))
      file_.problem =
          Say({"il manque la colonne référence ou libellé", "the column reference or label is missing"});
    return file_.problem.empty();
  }

  std::string Field(BankColumn column) const {
    const int place = places_[column];
    if (place < 0 || static_cast<size_t>(place) >= fields_.size()) return "";
    return std::string(jalon::internal::Trim(fields_[static_cast<size_t>(place)]));
  }

  void Take(CsvReader::Outcome outcome) {
    BankFileLine line;
    line.line = reader_.line();
    if (outcome != CsvReader::Outcome::kRecord) {
      line.problem = WhyUnread(outcome, language_);
    } else {
      for (const std::string_view field : fields_)
        if (!IsValidUtf8(field))
          line.problem = Say({"texte qui n’est pas de l’UTF-8", "text that is not UTF-8"});
      if (line.problem.empty()) Fill(line);
    }
    file_.lines.push_back(std::move(line));
  }

  void Fill(BankFileLine& line) {
    auto& bank_line = line.bank_line;
    const auto date = Normalise(jalon::cli::Kind::kDate, Field(kDate), language_);
    std::string amount = Field(kAmount);
    const bool negative = !amount.empty() && amount[0] == '-';
    if (negative) amount = std::string(jalon::internal::Trim(std::string_view(amount).substr(1)));
    const auto cents = Normalise(jalon::cli::Kind::kEuros, amount, language_);
    if (const auto* wrong = std::get_if<Problem>(&date)) {
      line.problem = Field(kDate) + " " + wrong->sentence;
    } else if (const auto* other = std::get_if<Problem>(&cents)) {
      line.problem = Field(kAmount) + " " + other->sentence;
    } else {
      bank_line.set_booked_on(std::get<Normal>(date).value);
      const int64_t value = std::stoll(std::get<Normal>(cents).value);
      if (value > kMostCents) {
        line.problem =
            Field(kAmount) + Say({" : plus qu’aucun ordre ne porte", ": more than any order carries"});
        return;
      }
      bank_line.mutable_amount()->set_cents(negative ? -value : value);
      any_negative_ |= negative;
      bank_line.set_reference(Start(OrderIn(Field(kReference), Field(kLabel)), 100));
      bank_line.set_label(Start(Field(kLabel), 500));
      bank_line.set_bank_key(Start(Field(kKey), 200));
      if (value == 0) line.problem = Say({"montant nul", "no amount"});
    }
  }

  void Sign() {
    for (BankFileLine& line : file_.lines) {
      if (!line.problem.empty()) continue;
      const int64_t cents = line.bank_line.amount().cents();
      if (any_negative_ && cents > 0)
        line.problem = Say({"crédit : il ne paie aucun ordre", "a credit: it pays no order"});
      line.bank_line.mutable_amount()->set_cents(cents < 0 ? -cents : cents);
    }
  }

  void Name() {
    std::map<std::string, int> equals;
    for (BankFileLine& line : file_.lines) {
      if (!line.problem.empty() || !line.bank_line.bank_key().empty()) continue;
      const auto& bank_line = line.bank_line;
      const std::string name = bank_line.booked_on() + "|" + std::to_string(bank_line.amount().cents()) +
                               "|" + Start(bank_line.reference(), 40) + "|" + Start(bank_line.label(), 100);
      line.bank_line.set_bank_key(name + "|" + std::to_string(++equals[name]));
    }
  }

  CsvReader reader_;
  const Language language_;
  std::vector<std::string_view> fields_;
  int places_[kColumns];
  bool any_negative_ = false;
  BankFile file_;
};

}  // namespace

BankFile ReadBankFile(std::unique_ptr<ByteSource> source, Language language) {
  return Reading(std::move(source), language).Read();
}

}  // namespace jalon::cli
