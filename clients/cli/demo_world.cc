#include "clients/cli/demo_world.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/commune.h"
#include "base/text.h"
#include "clients/cli/working_days.h"

namespace jalon::cli {
namespace {

struct Commune {
  const char* insee;
  int weight;
};
// INSEE codes, weighted towards Hauts-de-France; the rest stands for programmes that come from beyond.
constexpr std::array<Commune, 40> kCommunes = {{
    {"59350", 190}, {"59512", 70}, {"59599", 70}, {"59183", 60}, {"59606", 45}, {"59178", 35}, {"59122", 25},
    {"59392", 22},  {"59009", 45}, {"59378", 25}, {"59328", 20}, {"62193", 40}, {"62041", 40}, {"62498", 35},
    {"62119", 25},  {"62160", 25}, {"62765", 20}, {"62427", 15}, {"80021", 80}, {"80001", 15}, {"80561", 6},
    {"60057", 35},  {"60159", 35}, {"60175", 20}, {"60612", 15}, {"02691", 35}, {"02408", 15}, {"02722", 18},
    {"02168", 8},   {"75056", 40}, {"69123", 18}, {"67482", 14}, {"57463", 8},  {"68224", 6},  {"31555", 12},
    {"44109", 12},  {"33063", 10}, {"35238", 10}, {"97209", 6},  {"97411", 6},
}};

struct Sector {
  const char* naf;
  const char* words[3];  // with which such firms are named
  int weight;
};
constexpr std::array<Sector, 32> kSectors = {{
    {"25.62B", {"MECANIQUE", "USINAGE", "MECANIQUE DE PRECISION"}, 8},
    {"25.11Z", {"METALLERIE", "CONSTRUCTIONS METALLIQUES", "CHARPENTES"}, 6},
    {"22.29A", {"PLASTIQUES", "PLASTURGIE", "INJECTION"}, 5},
    {"10.71C", {"BOULANGERIE", "MAISON", "FOURNIL"}, 6},
    {"10.13A", {"SALAISONS", "CHARCUTERIE", "TRAITEUR"}, 4},
    {"10.85Z", {"PLATS CUISINES", "SAVEURS", "CONSERVERIE"}, 3},
    {"13.20Z", {"TISSAGES", "FILATURES", "TEXTILES"}, 5},
    {"13.96Z", {"TEXTILES TECHNIQUES", "NON-TISSES", "TEXTILES"}, 3},
    {"16.23Z", {"MENUISERIE", "ATELIERS DU BOIS", "CHARPENTE"}, 5},
    {"17.21A", {"CARTONNAGES", "EMBALLAGES", "CARTONNERIE"}, 3},
    {"18.12Z", {"IMPRIMERIE", "ARTS GRAPHIQUES", "IMPRESSION"}, 4},
    {"20.42Z", {"LABORATOIRES", "COSMETIQUES", "PARFUMS"}, 2},
    {"23.13Z", {"VERRERIES", "CRISTALLERIE", "VERRE"}, 2},
    {"27.12Z", {"TABLEAUX ELECTRIQUES", "ELECTRICITE INDUSTRIELLE", "AUTOMATISMES"}, 3},
    {"28.22Z", {"LEVAGE", "MANUTENTION", "CONVOYEURS"}, 3},
    {"30.20Z", {"FERROVIAIRE", "MATERIEL FERROVIAIRE", "RAIL"}, 2},
    {"33.12Z", {"MAINTENANCE INDUSTRIELLE", "SERVICES INDUSTRIELS", "MAINTENANCE"}, 5},
    {"38.32Z", {"RECYCLAGE", "VALORISATION", "RECUPERATION"}, 3},
    {"41.20B", {"CONSTRUCTION", "BATIMENT", "ENTREPRISE GENERALE"}, 7},
    {"43.22A", {"PLOMBERIE", "GENIE CLIMATIQUE", "CHAUFFAGE"}, 6},
    {"46.69B", {"FOURNITURES INDUSTRIELLES", "NEGOCE", "DISTRIBUTION"}, 6},
    {"46.90Z", {"NEGOCE", "COMPTOIR", "DISTRIBUTION"}, 5},
    {"47.91B", {"VENTE EN LIGNE", "COMMERCE", "E-COMMERCE"}, 4},
    {"49.41A", {"TRANSPORTS", "MESSAGERIES", "TRANSPORTS ROUTIERS"}, 8},
    {"52.10B", {"LOGISTIQUE", "ENTREPOTS", "PLATEFORME"}, 5},
    {"62.01Z", {"LOGICIELS", "NUMERIQUE", "INFORMATIQUE"}, 7},
    {"62.02A", {"CONSEIL", "SYSTEMES", "INGENIERIE"}, 5},
    {"69.20Z", {"EXPERTISE COMPTABLE", "FIDUCIAIRE", "AUDIT"}, 4},
    {"71.12B", {"BUREAU D'ETUDES", "INGENIERIE", "ETUDES"}, 6},
    {"73.11Z", {"COMMUNICATION", "AGENCE", "STUDIO"}, 4},
    {"81.22Z", {"PROPRETE", "NETTOYAGE", "SERVICES"}, 4},
    {"86.90B", {"LABORATOIRE", "ANALYSES", "BIOLOGIE"}, 2},
}};

constexpr std::array<const char*, 48> kSurnames = {
    "LEFEBVRE", "DUBOIS",   "DELATTRE",   "VANDAMME", "LECLERCQ",  "VASSEUR",     "CARPENTIER", "CARON",
    "LEROY",    "DELANNOY", "BAILLEUL",   "WATTEL",   "DESMET",    "CUVELIER",    "DESCHAMPS",  "HENNEBELLE",
    "LEMAIRE",  "FOURNIER", "ROUSSEL",    "DHAENENS", "VERHAEGHE", "COUSIN",      "DELMOTTE",   "FLAMENT",
    "MERCIER",  "DUMONT",   "BLONDEL",    "PETIT",    "LEGRAND",   "DELEPLANQUE", "BOULANGER",  "MASSE",
    "PRUVOST",  "HERBAUT",  "QUENNESSON", "SALOME",   "TANGHE",    "DELAHAYE",    "POTIER",     "BRASSEUR",
    "LECOCQ",   "DEGROOTE", "MARECHAL",   "THERY",    "WILLEMS",   "CORDIER",     "HOCHART",    "DECROIX"};
constexpr std::array<const char*, 16> kPlaces = {
    "DU NORD",     "DES FLANDRES", "DU HAINAUT",   "DE L'ARTOIS", "DE LA LYS",  "DE PICARDIE",
    "DE L'OISE",   "DE LA SOMME",  "DU LITTORAL",  "DE L'ESCAUT", "DES WEPPES", "DU BEFFROI",
    "DE LA DEULE", "DU TERNOIS",   "DE THIERACHE", "DU CAMBRESIS"};
constexpr std::array<const char*, 32> kFirstNames = {
    "Camille", "Sophie",  "Julien",  "Nadia",   "Thomas",  "Claire", "Mehdi",   "Aurélie",
    "Nicolas", "Élodie",  "Karim",   "Hélène",  "Antoine", "Samira", "Benoît",  "Lucie",
    "Damien",  "Inès",    "Mathieu", "Pauline", "Xavier",  "Fatima", "Grégory", "Marion",
    "Olivier", "Justine", "Pierre",  "Yasmine", "Vincent", "Émilie", "Rémi",    "Charlotte"};
constexpr std::array<const char*, 14> kSkills = {
    "data-strategy", "computer-vision", "nlp",          "generative-ai",  "predictive-maintenance",
    "forecasting",   "mlops",           "data-quality", "process-mining", "change-management",
    "cybersecurity", "energy",          "logistics",    "quality-control"};
constexpr std::array<const char*, 10> kNotes = {"Cadrage des cas d’usage",
                                                "Cartographie des données",
                                                "Atelier avec les chefs d’équipe",
                                                "Maquette sur données réelles",
                                                "Mesure de la qualité des données",
                                                "Choix de la solution",
                                                "Essai en atelier",
                                                "Formation des utilisateurs",
                                                "Point d’étape avec la direction",
                                                "Restitution et feuille de route"};

uint64_t Mix(uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

uint64_t Hash(uint64_t seed, std::string_view text) {
  for (const char c : text) seed = Mix(seed ^ static_cast<unsigned char>(c));
  return seed;
}

template <class Weighted>
const Weighted& Pick(Random& random, const Weighted* first, size_t count) {
  int total = 0;
  for (size_t i = 0; i < count; ++i) total += first[i].weight;
  int left = random.Below(total);
  for (size_t i = 0; i < count; ++i) {
    left -= first[i].weight;
    if (left < 0) return first[i];
  }
  return first[count - 1];
}

// Eight digits and the one that makes their Luhn sum a multiple of ten. A firm's never starts with 0, 1 or 2;
// the eighth of each block stays apart by its index, so no two companies of a world share a SIREN.
std::string MakeSiren(uint64_t seed, int index) {
  // An affine walk over 70 million numbers visits each once.
  constexpr uint64_t kCount = 70'000'000;
  constexpr uint64_t kStep = 41'256'937;  // prime to kCount
  const uint64_t place = (seed % kCount + static_cast<uint64_t>(index) * kStep) % kCount;
  std::string digits = std::to_string(30'000'000 + place);
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

const char* BandOf(int staff) {
  struct Step {
    int from;
    const char* band;
  };
  constexpr std::array<Step, 14> kSteps = {{{5000, "52"},
                                            {2000, "51"},
                                            {1000, "42"},
                                            {500, "41"},
                                            {250, "32"},
                                            {200, "31"},
                                            {100, "22"},
                                            {50, "21"},
                                            {20, "12"},
                                            {10, "11"},
                                            {6, "03"},
                                            {3, "02"},
                                            {1, "01"},
                                            {0, "00"}}};
  for (const Step& step : kSteps) {
    if (staff >= step.from) return step.band;
  }
  return "NN";
}

Date Ymd(int year, unsigned month, unsigned day) {
  return *Date::FromYmd(year, month, day);
}

// Weeks from Monday to Sunday, counted from the one of 1 January 1970, a Thursday.
int WeekOf(Date date) {
  return (static_cast<int>(date.days().time_since_epoch().count()) + 3) / 7;
}

Date NextWorkingDay(Date date, std::string_view department) {
  while (!IsWorkingDay(date, department)) date = date.AddDays(1);
  return date;
}

// The first days of the programme: the tariff of the accompaniment is in force from 1 December 2023.
Date FirstApplication() {
  return Ymd(2023, 11, 6);
}
Date FirstSignature() {
  return Ymd(2023, 12, 1);
}

std::string Capitalised(std::string_view name) {
  std::string text(name);
  for (size_t i = 1; i < text.size(); ++i) text[i] = static_cast<char>(text[i] - 'A' + 'a');
  return text;
}

}  // namespace

uint64_t Random::Next() {
  const uint64_t value = Mix(state_);
  state_ += 0x9E3779B97F4A7C15;
  return value;
}

DemoWorld::DemoWorld(const DemoSize& size) : size_(size) {
  // Other sizes are another world: no identifier of one means something else in another.
  seed_ = Mix(size.seed);
  for (const int count : {size.companies, size.cases, size.consultants}) {
    seed_ = Mix(seed_ ^ static_cast<uint64_t>(count));
  }
}

std::string DemoWorld::RequestId(std::string_view kind, uint64_t index) const {
  return Uuid::FromSeed(Hash(seed_, kind), index).str();
}

Random DemoWorld::For(std::string_view kind, uint64_t index) const {
  return Random(Mix(Hash(seed_, kind) + index * 0x9E3779B97F4A7C15));
}

int DemoWorld::CompanyOfCase(int index) const {
  return static_cast<int>(static_cast<int64_t>(index) * size_.companies / size_.cases);
}

int DemoWorld::CaseOfCompany(int company) const {
  const int near = static_cast<int>(static_cast<int64_t>(company) * size_.cases / size_.companies);
  for (int index = std::max(0, near - 1); index <= near + 1 && index < size_.cases; ++index) {
    if (CompanyOfCase(index) == company) return index;
  }
  return -1;
}

DemoStage DemoWorld::StageOf(int case_index) const {
  if (case_index == size_.cases - 1)
    return DemoStage::kOpen;  // opened last, so that it tells a load that ended
  if (case_index == 0) return DemoStage::kPaid;
  struct Part {
    DemoStage stage;
    int weight;
  };
  constexpr std::array<Part, kDemoStages> kParts = {{{DemoStage::kOpen, 9},
                                                     {DemoStage::kRejected, 12},
                                                     {DemoStage::kWithdrawn, 5},
                                                     {DemoStage::kAdmitted, 8},
                                                     {DemoStage::kUnderWay, 38},
                                                     {DemoStage::kApproved, 7},
                                                     {DemoStage::kCharged, 10},
                                                     {DemoStage::kPaid, 11}}};
  Random random = For("stage", static_cast<uint64_t>(case_index));
  return Pick(random, kParts.data(), kParts.size()).stage;
}

int DemoWorld::RejectionOf(int case_index) const {
  return For("rejection", static_cast<uint64_t>(case_index)).Below(5);
}

Date DemoWorld::YoungApplication(int case_index) const {
  return Ymd(2024, 2, 1).AddDays(For("young", static_cast<uint64_t>(case_index)).Below(600));
}

enrolment::v1::Company DemoWorld::Company(int index) const {
  Random random = For("company", static_cast<uint64_t>(index));
  const Sector& sector = Pick(random, kSectors.data(), kSectors.size());
  const Commune& commune = Pick(random, kCommunes.data(), kCommunes.size());
  enrolment::v1::Company company;
  company.set_siren(MakeSiren(Hash(seed_, "siren"), index));

  const std::string word = sector.words[random.Below(3)];
  const std::string surname = random.Of(kSurnames);
  switch (random.Below(5)) {
    case 0:
      company.set_name(surname + " " + word);
      break;
    case 1:
      company.set_name(word + " " + random.Of(kPlaces));
      break;
    case 2:
      company.set_name("ETABLISSEMENTS " + surname);
      break;
    case 3:
      company.set_name(word + " " + surname + " ET FILS");
      break;
    default:
      company.set_name(word + " " + surname);
      break;
  }
  company.set_legal_category(random.Chance(55) ? "5710" : random.Chance(70) ? "5499" : "5599");
  company.set_naf(sector.naf);
  company.set_seat_nic("000" + std::to_string(random.Between(10, 99)));
  company.set_commune(commune.insee);
  const int age_years = static_cast<int>(60 * random.Unit() * random.Unit());
  Date created = Ymd(2021 - age_years, static_cast<unsigned>(random.Between(1, 12)),
                     static_cast<unsigned>(random.Between(1, 28)));
  // Most firms of the register are small; those that apply are seen in Case.
  int staff = static_cast<int>(std::exp(1.0 + 4.2 * random.Unit()));
  company.set_ceased(random.Chance(2));

  const int case_index = CaseOfCompany(index);
  if (case_index >= 0) {
    const DemoCase the_case = Case(case_index, Ymd(2026, 1, 1));
    staff = static_cast<int>(the_case.facts.headcount_hundredths() / 100);
    company.set_ceased(false);
    if (StageOf(case_index) == DemoStage::kRejected) {
      const int rejection = RejectionOf(case_index);
      company.set_ceased(rejection == 4);
      if (rejection == 2) created = YoungApplication(case_index).AddDays(-random.Between(60, 300));
    }
  }
  company.set_headcount_band(BandOf(staff));
  company.set_created_on(created.ToIso());
  return company;
}

std::string DemoWorld::CompanyDepartment(int index) const {
  return DepartmentOfCommune(Company(index).commune()).value_or("");
}

std::string DemoWorld::CompanyRegion(int index) const {
  const auto region = RegionOfDepartment(CompanyDepartment(index));
  return region ? std::string(region->code) : "";
}

DemoCase DemoWorld::Case(int index, Date today) const {
  Random random = For("case", static_cast<uint64_t>(index));
  const DemoStage stage = StageOf(index);
  const int rejection = stage == DemoStage::kRejected ? RejectionOf(index) : -1;

  // What the company declares. Six firms in seven are SMEs, as in the programme.
  int staff =
      random.Chance(86) ? static_cast<int>(std::exp(2.5 + 2.9 * random.Unit())) : random.Between(250, 1800);
  staff = std::max(staff, 12);
  if (rejection == 0) staff = random.Between(2, 9);
  int64_t turnover_cents = int64_t{staff} * random.Between(9'500, 26'000) * 1000;
  turnover_cents = std::max<int64_t>(turnover_cents, 120'000'000);
  if (rejection == 1) turnover_cents = int64_t{random.Between(180, 950)} * 100'000;
  const int64_t balance_cents = turnover_cents / 100 * random.Between(45, 90);

  // How long ago it applied, by how far it came: growing requests, so more of them lately.
  const int since_start = std::max(0, FirstApplication().DaysUntil(today));
  const auto days_ago = [&](int nearest, int farthest) {
    farthest = std::min(farthest, since_start);
    nearest = std::min(nearest, farthest);
    const double unit = random.Unit();
    return nearest + static_cast<int>((farthest - nearest) * unit * std::sqrt(unit));
  };
  int ago = 0;
  switch (stage) {
    case DemoStage::kOpen:
      ago = days_ago(1, 45);
      break;
    case DemoStage::kAdmitted:
      ago = days_ago(24, 75);  // admitted, 18 days and a long weekend later at the latest, by today
      break;
    case DemoStage::kUnderWay:
      ago = days_ago(60, 420);
      break;
    case DemoStage::kApproved:
      ago = days_ago(300, 520);
      break;
    case DemoStage::kRejected:
    case DemoStage::kWithdrawn:
      ago = days_ago(60, 1000);
      break;
    case DemoStage::kCharged:
    case DemoStage::kPaid:
      ago = days_ago(380, 5000);
      break;
  }
  // The first case tells when the demonstration was loaded, so it does not depend on it; nor does one refused
  // for its age, whose company is in the register before that.
  const Date applied = index == 0       ? FirstApplication()
                       : rejection == 2 ? YoungApplication(index)
                                        : today.AddDays(-ago);
  const Date admitted = NextWorkingDay(applied.AddDays(index == 0 ? 10 : random.Between(6, 18)), "59");
  const Date signed_on = NextWorkingDay(
      std::max(admitted.AddDays(index == 0 ? 7 : random.Between(4, 15)), FirstSignature()), "59");

  enrolment::v1::CompanyFacts facts;
  facts.set_headcount_hundredths(int64_t{staff} * 100 + (random.Chance(25) ? 50 : 0));
  facts.mutable_turnover()->set_cents(turnover_cents);
  facts.mutable_balance_sheet()->set_cents(balance_cents);
  const int year = static_cast<int>(applied.ymd().year());
  facts.set_year_closed_on(Ymd(year - 1, 12, 31).ToIso());
  facts.set_independent(rejection != 3);

  // The days that each tariff of the diagnosis is sold for.
  int diagnosis = 20;
  if (signed_on >= Ymd(2026, 6, 17)) {
    diagnosis = 16;
  } else if (signed_on >= Ymd(2026, 1, 1)) {
    diagnosis = 16 + 2 * random.Below(3);
  }
  const int accompaniment = random.Chance(25) ? 0 : 2 * random.Between(8, 40);
  const int agreed = diagnosis + accompaniment;
  const int granted = random.Chance(30) ? 0 : std::min(100, (agreed + 9) / 10 * 10);
  return {.index = index,
          .company = CompanyOfCase(index),
          .stage = stage,
          .applied_on = applied,
          .admitted_on = admitted,
          .signed_on = signed_on,
          .facts = std::move(facts),
          .granted_half_days = granted,
          .diagnosis_half_days = diagnosis,
          .accompaniment_half_days = accompaniment,
          .withdrawn_before_admission = random.Chance(40),
          .consultant = -1};
}

// One case in ten has a neighbour of the register: a daughter, a partner, the other firm of its owner, or
// none but a fund. One refused for not being independent has the mother that explains it.
DemoGroup DemoWorld::Group(int case_index) const {
  DemoGroup group;
  const bool dependent = StageOf(case_index) == DemoStage::kRejected && RejectionOf(case_index) == 3;
  const int neighbour = CompanyOfCase(case_index) + 1;
  if (!dependent && (case_index % 10 != 4 || neighbour >= size_.companies || CaseOfCompany(neighbour) >= 0))
    return group;

  Random random = For("group", static_cast<uint64_t>(case_index));
  const std::string mine = Company(CompanyOfCase(case_index)).siren();
  const std::string number = std::to_string(case_index);
  const auto link = [&](const std::string& holder, const std::string& held,
                        int share) -> enrolment::v1::Link& {
    enrolment::v1::Link& made = group.links.emplace_back();
    made.mutable_holder()->set_party_id(holder);
    made.mutable_held()->set_party_id(held);
    made.set_capital_hundredths(share);
    made.set_votes_hundredths(share);
    made.set_starts_on("2018-01-01");
    made.set_source("Registre des mouvements de titres");
    return made;
  };
  const auto accounts = [&](const std::string& party, int staff) {
    for (int year = 2022; year <= 2025; ++year, staff += random.Between(-2, 4)) {
      enrolment::v1::Accounts& made = group.accounts.emplace_back();
      made.set_party_id(party);
      made.set_closed_on(Ymd(year, 12, 31).ToIso());
      made.set_headcount_hundredths(int64_t{staff} * 100);
      made.mutable_turnover()->set_cents(int64_t{staff} * random.Between(9'500, 26'000) * 1000);
      made.mutable_balance_sheet()->set_cents(int64_t{staff} * random.Between(5'000, 20'000) * 1000);
      made.set_source("Liasse fiscale");
    }
  };
  const auto owner = [&](enrolment::v1::Link& of, const char* name, enrolment::v1::PartyKind kind,
                         const char* country) {
    of.mutable_holder()->set_name(name);
    of.mutable_holder()->set_kind(kind);
    of.mutable_holder()->set_country(country);
  };
  if (dependent) {
    const std::string mother = "de-mutter-" + number;
    owner(link(mother, mine, 60'00), "Mutter Beteiligungs GmbH", enrolment::v1::PARTY_KIND_ENTERPRISE, "DE");
    accounts(mother, random.Between(300, 900));
    return group;
  }
  const std::string other = Company(neighbour).siren();
  switch (case_index / 10 % 4) {
    case 0:
      link(mine, other, 70'00);
      accounts(other, random.Between(10, 60));
      break;
    case 1:
      link(mine, other, 33'33);
      accounts(other, random.Between(10, 90));
      break;
    case 2:
      for (const std::string& firm : {mine, other}) {
        enrolment::v1::Link& of = link("p-fondatrice-" + number, firm, 100'00);
        owner(of, "Fondatrice", enrolment::v1::PARTY_KIND_NATURAL_PERSON, "FR");
        of.set_market("industrie");
      }
      accounts(other, random.Between(10, 40));
      break;
    default:
      owner(link("fonds-" + number, mine, 35'00), "Fonds d’amorçage régional",
            enrolment::v1::PARTY_KIND_VENTURE_CAPITAL, "FR");
  }
  return group;
}

DemoConsultant DemoWorld::Consultant(int index, Date today) const {
  Random random = For("consultant", static_cast<uint64_t>(index));
  DemoConsultant consultant;
  consultant.name = std::string(random.Of(kFirstNames)) + " " + Capitalised(random.Of(kSurnames));
  const int skills = random.Between(2, 5);
  for (int i = 0; i < skills; ++i) {
    const std::string skill = random.Of(kSkills);
    if (std::find(consultant.skills.begin(), consultant.skills.end(), skill) == consultant.skills.end()) {
      consultant.skills.push_back(skill);
    }
  }
  if (index % 8 == 7) {
    // Travels: every region that has cases.
    consultant.regions = {"32", "11", "84", "44", "76", "52", "75", "53", "02", "04"};
  } else {
    consultant.regions = {"32"};
    if (random.Chance(20)) consultant.regions.push_back("11");
  }
  consultant.day_rate_cents = int64_t{random.Between(16, 26)} * 5'000;  // 800 to 1,300 euros
  if (random.Chance(15)) consultant.accredited_until = "2039-12-31";

  const int last_year = static_cast<int>(today.ymd().year()) + 1;
  for (int year = 2024; year <= last_year; ++year) {
    if (random.Chance(25)) {
      const Date monday = Ymd(year, 2, static_cast<unsigned>(random.Between(8, 20)));
      consultant.absences.push_back({monday, monday.AddDays(4), "Congés"});
    }
    const Date summer =
        Ymd(year, static_cast<unsigned>(random.Between(7, 8)), static_cast<unsigned>(random.Between(1, 12)));
    consultant.absences.push_back({summer, summer.AddDays(random.Between(11, 18)), "Congés d’été"});
    if (random.Chance(30)) {
      const Date day = Ymd(year, static_cast<unsigned>(random.Between(10, 11)),
                           static_cast<unsigned>(random.Between(3, 25)));
      consultant.absences.push_back({day, day.AddDays(random.Between(0, 2)), "Formation"});
    }
    if (random.Chance(70))
      consultant.absences.push_back({Ymd(year, 12, 24), Ymd(year, 12, 31), "Fêtes de fin d’année"});
  }
  if (index % 4 == 0) consultant.conflicts.push_back(random.Below(size_.cases));
  AddProfile(index, &consultant);
  return consultant;
}

// What a choice between consultants rests on; drawn apart, so that it changes nothing of the rest.
void DemoWorld::AddProfile(int index, DemoConsultant* consultant) const {
  Random random = For("profile", static_cast<uint64_t>(index));
  for (size_t i = 0; i < consultant->skills.size(); ++i)
    consultant->skill_levels.push_back(random.Between(1, 3));
  constexpr std::array<const char*, 6> kSections = {"C", "F", "G", "H", "J", "M"};
  for (const char* section : kSections)
    if (random.Chance(35)) consultant->sectors.push_back(section);
  consultant->languages = {"fr"};
  if (random.Chance(45)) consultant->languages.push_back("en");
  if (random.Chance(15)) consultant->languages.push_back("nl");
  // Most live in Hauts-de-France, as do most companies.
  consultant->home_commune = Pick(random, kCommunes.data(), kCommunes.size()).insee;
  const bool travels = consultant->regions.size() > 2;
  consultant->radius_km = travels || random.Chance(40) ? 0 : 50 * random.Between(2, 5);
  constexpr int kNoWednesday = 0b11'1100'1111, kNoFridayAfternoon = 0b01'1111'1111;
  consultant->working_halves = index % 7 == 2 ? kNoWednesday : index % 9 == 4 ? kNoFridayAfternoon : 0;
  consultant->max_half_days_per_week = index % 8 == 6 ? 8 : 0;
  consultant->accredited = index % 3 == 1;
  consultant->former_client = index % 12 == 5 ? random.Below(size_.cases) : -1;
  if (consultant->former_client >= 0) consultant->ties.push_back(consultant->former_client);
  // Some work in the daughter of a company that has a case (Group): the tie is found, not declared.
  constexpr int kFirstMother = 4, kNextMother = 40;
  const int mother = kFirstMother + kNextMother * (index / 20);
  if (index % 20 == 3 && mother < size_.cases && !Group(mother).links.empty()) {
    consultant->employer_siren = Group(mother).links[0].held().party_id();
    consultant->ties.push_back(mother);
  }
}

bool DemoConsultant::Works(Date date, bool morning) const {
  constexpr int kMondayToFriday = 0b11'1111'1111;
  const int halves = working_halves == 0 ? kMondayToFriday : working_halves;
  const int bit = 2 * (static_cast<int>(date.weekday().iso_encoding()) - 1) + (morning ? 0 : 1);
  return (halves >> bit & 1) != 0;
}

DemoCalendar::DemoCalendar(const DemoWorld& world, std::vector<DemoConsultant> consultants)
    : world_(world), consultants_(std::move(consultants)), load_(consultants_.size(), 0) {}

int DemoCalendar::Assign(int case_index, const std::string& region) {
  int best = -1;
  int any = -1;
  for (size_t i = 0; i < consultants_.size(); ++i) {
    const DemoConsultant& consultant = consultants_[i];
    const auto is_among = [case_index](const std::vector<int>& cases) {
      return std::find(cases.begin(), cases.end(), case_index) != cases.end();
    };
    if (is_among(consultant.conflicts) || is_among(consultant.ties)) continue;
    const bool works_there =
        std::find(consultant.regions.begin(), consultant.regions.end(), region) != consultant.regions.end();
    int& chosen = works_there ? best : any;
    if (chosen < 0 || load_[i] < load_[static_cast<size_t>(chosen)]) chosen = static_cast<int>(i);
  }
  const int chosen = best >= 0 ? best : any;
  if (chosen >= 0) ++load_[static_cast<size_t>(chosen)];
  return chosen;
}

bool DemoCalendar::IsAbsent(int consultant, Date date) const {
  const auto& absences = consultants_[static_cast<size_t>(consultant)].absences;
  return std::any_of(absences.begin(), absences.end(), [date](const DemoAbsence& absence) {
    return absence.starts_on <= date && date <= absence.ends_on;
  });
}

bool DemoCalendar::IsFree(int consultant, Date date, bool morning) const {
  return !taken_.contains({consultant, static_cast<int>(date.days().time_since_epoch().count()), morning});
}

std::vector<DemoHalfDay> DemoCalendar::Try(const DemoCase& the_case, const std::string& department,
                                           Date last_day, int percent) {
  Random random(Mix(world_.size().seed ^ (static_cast<uint64_t>(the_case.index) << 20) ^
                    static_cast<uint64_t>(percent)));
  std::vector<DemoHalfDay> half_days;
  Date date = the_case.signed_on.AddDays(random.Between(2, 9));
  const DemoConsultant& consultant = consultants_[static_cast<size_t>(the_case.consultant)];
  std::map<int, int> of_week;  // half-days of this case
  const auto is_full = [&](Date day) {
    const auto known = weekly_.find({the_case.consultant, WeekOf(day)});
    return consultant.max_half_days_per_week > 0 &&
           of_week[WeekOf(day)] + (known == weekly_.end() ? 0 : known->second) >=
               consultant.max_half_days_per_week;
  };
  for (const auto& [phase, count] : {std::pair("diagnosis", the_case.diagnosis_half_days),
                                     std::pair("accompaniment", the_case.accompaniment_half_days)}) {
    for (int done = 0; done < count && date <= last_day; date = date.AddDays(1)) {
      if (!IsWorkingDay(date, department) || !random.Chance(percent) || IsAbsent(the_case.consultant, date))
        continue;
      const int which = random.Below(4);  // mostly whole days, as a visit costs a journey
      for (const bool morning : {true, false}) {
        if (done == count || (which == 0 && !morning) || (which == 1 && morning)) continue;
        if (!IsFree(the_case.consultant, date, morning)) continue;
        if (!consultant.Works(date, morning) || is_full(date)) continue;
        ++of_week[WeekOf(date)];
        const auto number = static_cast<uint64_t>(the_case.index) * 1000 + half_days.size();
        half_days.push_back({world_.RequestId("half-day", number), phase, date, morning,
                             random.Chance(97) ? random.Of(kNotes) : ""});
        ++done;
      }
    }
  }
  return half_days;
}

std::vector<DemoHalfDay> DemoCalendar::Schedule(const DemoCase& the_case, const std::string& department,
                                                Date last_day, bool must_finish_by_last_day) {
  const auto wanted = static_cast<size_t>(the_case.diagnosis_half_days + the_case.accompaniment_half_days);
  std::vector<DemoHalfDay> half_days = Try(the_case, department, last_day, 25);
  if (must_finish_by_last_day && half_days.size() < wanted)
    half_days = Try(the_case, department, last_day, 100);
  for (const DemoHalfDay& half_day : half_days) {
    taken_.insert({the_case.consultant, static_cast<int>(half_day.date.days().time_since_epoch().count()),
                   half_day.morning});
    ++weekly_[{the_case.consultant, WeekOf(half_day.date)}];
  }
  return half_days;
}

}  // namespace jalon::cli
