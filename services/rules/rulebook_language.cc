#include "rules/rulebook_language.h"

#include <initializer_list>

#include "jalon/common/v1/types.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/rulebook.h"

namespace jalon::rules {
namespace {

using enum FieldKind;

constexpr Word kSizeClasses[] = {
    {"micro", common::v1::SIZE_CLASS_MICRO},   {"small", common::v1::SIZE_CLASS_SMALL},
    {"medium", common::v1::SIZE_CLASS_MEDIUM}, {"pme", kPme},
    {"eti", common::v1::SIZE_CLASS_ETI},       {"large", common::v1::SIZE_CLASS_LARGE}};
constexpr Word kOneSizeClass[] = {{"micro", common::v1::SIZE_CLASS_MICRO},
                                  {"small", common::v1::SIZE_CLASS_SMALL},
                                  {"medium", common::v1::SIZE_CLASS_MEDIUM},
                                  {"eti", common::v1::SIZE_CLASS_ETI},
                                  {"large", common::v1::SIZE_CLASS_LARGE}};
constexpr Word kFixingDates[] = {{"application", programme::v1::FIXING_DATE_APPLICATION},
                                 {"admission", programme::v1::FIXING_DATE_ADMISSION},
                                 {"agreement", programme::v1::FIXING_DATE_AGREEMENT},
                                 {"first_day", programme::v1::FIXING_DATE_FIRST_DAY}};
// Before the first day nothing has started anyway.
constexpr Word kStartGates[] = {{"application", programme::v1::FIXING_DATE_APPLICATION},
                                {"admission", programme::v1::FIXING_DATE_ADMISSION},
                                {"agreement", programme::v1::FIXING_DATE_AGREEMENT}};
constexpr Word kPayees[] = {{"expert", programme::v1::PAYEE_KIND_EXPERT},
                            {"company", programme::v1::PAYEE_KIND_COMPANY}};
constexpr Word kDeMinimis[] = {{"general", programme::v1::DE_MINIMIS_REGIME_GENERAL},
                               {"agriculture", programme::v1::DE_MINIMIS_REGIME_AGRICULTURE},
                               {"fishery", programme::v1::DE_MINIMIS_REGIME_FISHERY}};
constexpr Word kAtCeiling[] = {{"trim", programme::v1::AT_CEILING_TRIM},
                               {"refuse", programme::v1::AT_CEILING_REFUSE}};
constexpr Word kBases[] = {{"company", programme::v1::HEADCOUNT_BASIS_COMPANY},
                           {"site", programme::v1::HEADCOUNT_BASIS_SITE},
                           {"group", programme::v1::HEADCOUNT_BASIS_GROUP}};

// As the contract bounds the same numbers in requests.
constexpr int64_t kMaxHalfDays = 1'000;
constexpr int64_t kMaxMonths = 120;
constexpr int64_t kMaxAgeMonths = 1'200;
constexpr int64_t kMaxTurnover = 100'000'000'000'000;
constexpr int64_t kPrice = kMaxPrice.value();

constexpr std::string_view kTitleFr = "Intitulé en français";
constexpr std::string_view kTitleEn = "Title in French";

std::vector<Field> Joined(std::initializer_list<std::vector<Field>> lists) {
  std::vector<Field> all;
  for (const std::vector<Field>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

std::vector<Field> Titles() {
  return {
      {.key = "title_fr", .kind = kTitle, .fr = kTitleFr, .en = kTitleEn, .required = true},
      {.key = "title_en",
       .kind = kTitle,
       .fr = "Intitulé en anglais",
       .en = "Title in English",
       .required = true},
  };
}

std::vector<Field> Dates() {
  return {
      {.key = "valid_from",
       .kind = kDay,
       .fr = "Premier jour, inclus ; absent : depuis toujours",
       .en = "First day, inclusive; absent: since ever"},
      {.key = "valid_until",
       .kind = kDay,
       .fr = "Dernier jour, inclus ; absent : sans fin",
       .en = "Last day, inclusive; absent: without end"},
  };
}

// The fields of Scope stand directly in a tariff or a coverage.
std::vector<Field> ScopeFields() {
  return {
      {.key = "size_classes",
       .kind = kWord,
       .fr = "Tailles européennes visées ; pme : micro, small et medium",
       .en = "European sizes it is for; pme: micro, small and medium",
       .max_items = std::size(kSizeClasses),
       .words = kSizeClasses,
       .path = "scope.size_classes"},
      {.key = "regions",
       .kind = kRegion,
       .fr = "Codes INSEE des régions visées",
       .en = "INSEE codes of the regions it is for",
       .max_items = 50,
       .path = "scope.regions"},
      {.key = "min_headcount",
       .kind = kHeadcount,
       .fr = "Effectif minimal inclus, en ETP",
       .en = "Least headcount, inclusive, in FTE",
       .path = "scope.min_headcount_hundredths"},
      {.key = "max_headcount",
       .kind = kHeadcount,
       .fr = "Effectif maximal inclus, en ETP ; « moins de 50 » s’écrit 49,99",
       .en = "Greatest headcount, inclusive, in FTE; “fewer than 50” is written 49,99",
       .path = "scope.max_headcount_hundredths"},
      {.key = "headcount_basis",
       .kind = kWord,
       .fr = "De qui on compte l’effectif : entreprise (sinon), site ou groupe",
       .en = "Whose staff counts: the company (otherwise), the site or the group",
       .words = kBases,
       .path = "scope.headcount_basis"},
      {.key = "min_age_months",
       .kind = kInteger,
       .fr = "Âge minimal, en mois révolus, à la date qui fixe les conditions",
       .en = "Least age, in whole months, on the date that fixes the terms",
       .max = kMaxAgeMonths,
       .path = "scope.min_age_months"},
      {.key = "max_age_months",
       .kind = kInteger,
       .fr = "Âge maximal, en mois révolus",
       .en = "Greatest age, in whole months",
       .max = kMaxAgeMonths,
       .path = "scope.max_age_months"},
      {.key = "statuses",
       .kind = kCode,
       .fr = "Statuts visés, codes du programme : un seul suffit",
       .en = "Statuses it is for, codes of the programme: one suffices",
       .max_items = 50,
       .path = "scope.statuses"},
  };
}

std::vector<Field> PeriodFields() {
  return {
      {.key = "calendar_years",
       .kind = kInteger,
       .fr = "Sur tant d’années civiles, celle en cours comprise",
       .en = "Over so many calendar years, the present one included",
       .min = 1,
       .max = 10,
       .path = "period.calendar_years"},
      {.key = "rolling_years",
       .kind = kInteger,
       .fr = "Sur tant d’années glissantes, de date à date",
       .en = "Over so many rolling years, by date",
       .min = 1,
       .max = 10,
       .path = "period.rolling_years"},
  };
}
const Choice kOnePeriod{{"calendar_years", "rolling_years"}};

std::vector<Field> Amounts() {
  return {
      {.key = "cost", .kind = kMoney, .fr = "Coût attendu", .en = "Cost expected", .max = kPrice},
      {.key = "aid", .kind = kMoney, .fr = "Aide attendue", .en = "Aid expected", .max = kPrice},
      {.key = "company",
       .kind = kMoney,
       .fr = "Part attendue de l’entreprise",
       .en = "Company’s part expected",
       .max = kPrice},
  };
}

const Block& CoverageBlock() {
  static const Block block{
      "coverage",
      Joined({{{.key = "funder",
                .kind = kCode,
                .fr = "Financeur, un de ceux de funders",
                .en = "Funder, one of funders",
                .required = true},
               {.key = "rate",
                .kind = kShare,
                .fr = "Part du coût éligible",
                .en = "Share of the eligible cost"},
               {.key = "remaining_charge",
                .kind = kMoney,
                .fr = "Reste à charge publié : l’entreprise paie exactement cela, le financeur le reste",
                .en = "Published remaining charge: the company pays exactly this, the funder the rest",
                .max = kPrice},
               {.key = "flat_amount",
                .kind = kMoney,
                .fr = "Forfait, quel que soit le coût, sans le dépasser",
                .en = "Flat amount, whatever the cost, and no more than it",
                .max = kPrice},
               {.key = "amount_per_day",
                .kind = kMoney,
                .fr = "Montant par jour éligible de deux demi-journées",
                .en = "Amount for each eligible day of two half-days",
                .max = kPrice},
               {.key = "ceiling",
                .kind = kMoney,
                .fr = "Le plus que ce financeur paie pour cette phase d’un dossier",
                .en = "The most this funder pays for this phase of one case",
                .max = kPrice},
               {.key = "at_ceiling",
                .kind = kWord,
                .fr = "Au plafond : écrêter (trim, sinon) ou refuser en bloc (refuse)",
                .en = "At the ceiling: trim (otherwise) or refuse whole",
                .words = kAtCeiling}},
              ScopeFields()}),
      {{{"rate", "remaining_charge", "flat_amount", "amount_per_day"}}}};
  return block;
}

const Block& TariffBlock() {
  static const Block block{
      "tariff",
      Joined({Dates(),
              {{.key = "min_half_days",
                .kind = kInteger,
                .fr = "Demi-journées au moins, pour que ce tarif vaille",
                .en = "Least half-days for which this tariff holds",
                .min = 1,
                .max = kMaxHalfDays},
               {.key = "max_half_days",
                .kind = kInteger,
                .fr = "Demi-journées au plus",
                .en = "Most half-days",
                .min = 1,
                .max = kMaxHalfDays},
               {.key = "fixed_price",
                .kind = kMoney,
                .fr = "Prix de toute la phase, quels que soient les jours",
                .en = "Price of the whole phase, whatever the days",
                .max = kPrice},
               {.key = "max_day_rate",
                .kind = kMoney,
                .fr = "À la journée, au prix convenu ; plus haut est refusé",
                .en = "By the day, at the rate agreed; higher is refused",
                .max = kPrice},
               {.key = "any_day_rate",
                .kind = kYes,
                .fr = "À la journée, quel que soit le prix convenu",
                .en = "By the day, at whatever rate is agreed"},
               {.key = "agreed_price",
                .kind = kYes,
                .fr = "Au montant convenu : celui d’un devis ou d’une facture",
                .en = "At the amount agreed: that of a quotation or an invoice"},
               {.key = "eligible_day_rate",
                .kind = kMoney,
                .fr = "Au plus tant par jour est éligible ; l’entreprise paie l’excédent",
                .en = "No more than so much a day is eligible; the company pays the excess",
                .max = kPrice},
               {.key = "eligible_half_days",
                .kind = kInteger,
                .fr = "Au plus tant de demi-journées sont éligibles",
                .en = "No more than so many half-days are eligible",
                .min = 1,
                .max = kMaxHalfDays},
               {.key = "eligible_cost",
                .kind = kMoney,
                .fr = "Au plus tant du coût est éligible",
                .en = "No more than so much of the cost is eligible",
                .max = kPrice},
               {.key = "min_cost",
                .kind = kMoney,
                .fr = "Un coût éligible moindre n’est pas aidé du tout",
                .en = "A smaller eligible cost is not aided at all",
                .max = kPrice},
               {.key = "stack_cap",
                .kind = kShare,
                .fr = "À la place de celui du règlement",
                .en = "In place of that of the rulebook"}},
              ScopeFields(),
              {{.key = "coverage",
                .kind = kBlock,
                .fr = "Qui prend quoi ; d’un même financeur, la première ligne qui convient compte",
                .en = "Who takes what; of one funder, the first line that fits counts",
                .max_items = kMaxCoverages,
                .block = &CoverageBlock()}}}),
      {{{"fixed_price", "max_day_rate", "agreed_price", "any_day_rate"}}}};
  return block;
}

const Block& PhaseBlock() {
  static const Block block{
      "phase",
      Joined({{{.key = "code",
                .kind = kCode,
                .fr = "Code de la phase, comme diagnosis",
                .en = "Code of the phase, as diagnosis",
                .required = true}},
              Titles(),
              {{.key = "chargeable",
                .kind = kYesNo,
                .fr = "Si elle se paie ; sinon elle n’a ni tarif ni demi-journée",
                .en = "Whether it is paid for; if not it has no tariff and no half-day",
                .required = true},
               {.key = "prerequisites",
                .kind = kCode,
                .fr = "Phases sans lesquelles celle-ci ne se convient pas",
                .en = "Phases without which this one is not agreed",
                .max_items = kMaxPhases},
               {.key = "opens_after_months",
                .kind = kInteger,
                .fr = "Ses demi-journées ont lieu tant de mois au plus tôt après le début de la période",
                .en = "Its half-days take place so many months after the start of the window at the earliest",
                .min = 1,
                .max = kMaxMonths},
               {.key = "window_months",
                .kind = kInteger,
                .fr = "Et pendant tant de mois ; absent : jusqu’à la fin de la période",
                .en = "And during so many months; absent: until the end of the window",
                .min = 1,
                .max = kMaxMonths},
               {.key = "gaps_intended",
                .kind = kYesNo,
                .fr = "Les vides entre ses tarifs sont voulus",
                .en = "The gaps between its tariffs are on purpose"},
               {.key = "tariffs",
                .kind = kBlock,
                .fr = "Prix et prises en charge, selon les dates, les jours et l’entreprise",
                .en = "Prices and coverages, by dates, days and company",
                .max_items = kMaxTariffs,
                .block = &TariffBlock()}}}),
      {}};
  return block;
}

const Block& RegionAgreementBlock() {
  static const Block block{"region_agreement",
                           Joined({{{.key = "region",
                                     .kind = kRegion,
                                     .fr = "Code INSEE de la région signataire",
                                     .en = "INSEE code of the region that signed",
                                     .required = true}},
                                   Dates()}),
                           {}};
  return block;
}

const Block& RequestsBlock() {
  static const Block block{"requests",
                           Joined({{{.key = "max",
                                     .kind = kInteger,
                                     .fr = "Demandes qu’une entreprise peut faire",
                                     .en = "Applications that a company may make",
                                     .required = true,
                                     .min = 1,
                                     .max = 1'000}},
                                   PeriodFields()}),
                           {kOnePeriod}};
  return block;
}

const Block& EligibilityBlock() {
  static const Block block{
      "eligibility",
      {{.key = "min_headcount",
        .kind = kHeadcount,
        .fr = "Effectif minimal inclus, en ETP",
        .en = "Least headcount, inclusive, in FTE",
        .path = "min_headcount_hundredths"},
       {.key = "max_headcount",
        .kind = kHeadcount,
        .fr = "Effectif maximal inclus, en ETP ; « moins de 250 » s’écrit 249,99",
        .en = "Greatest headcount, inclusive, in FTE; “fewer than 250” is written 249,99",
        .path = "max_headcount_hundredths"},
       {.key = "headcount_basis",
        .kind = kWord,
        .fr = "De qui on compte l’effectif : entreprise (sinon), site ou groupe",
        .en = "Whose staff counts: the company (otherwise), the site or the group",
        .words = kBases},
       {.key = "min_turnover",
        .kind = kMoney,
        .fr = "Chiffre d’affaires minimal inclus",
        .en = "Least turnover, inclusive",
        .max = kMaxTurnover,
        .path = "min_turnover_cents"},
       {.key = "max_turnover",
        .kind = kMoney,
        .fr = "Chiffre d’affaires maximal inclus",
        .en = "Greatest turnover, inclusive",
        .max = kMaxTurnover,
        .path = "max_turnover_cents"},
       {.key = "max_balance_sheet",
        .kind = kMoney,
        .fr = "Total du bilan maximal inclus ; avec max_turnover, l’un des deux suffit",
        .en = "Greatest balance sheet total, inclusive; beside max_turnover one of the two suffices",
        .max = kMaxTurnover,
        .path = "max_balance_sheet_cents"},
       {.key = "min_age_months",
        .kind = kInteger,
        .fr = "Âge minimal à la demande, en mois révolus",
        .en = "Least age at the application, in whole months",
        .max = kMaxAgeMonths},
       {.key = "max_age_months",
        .kind = kInteger,
        .fr = "Âge maximal à la demande, en mois révolus",
        .en = "Greatest age at the application, in whole months",
        .max = kMaxAgeMonths},
       {.key = "independent",
        .kind = kYesNo,
        .fr = "Aucune autre entreprise n’en détient 25 % ou plus",
        .en = "No other enterprise holds 25 % or more of it"},
       {.key = "size_classes",
        .kind = kWord,
        .fr = "Tailles européennes admises ; pme : micro, small et medium",
        .en = "European sizes admitted; pme: micro, small and medium",
        .max_items = std::size(kSizeClasses),
        .words = kSizeClasses},
       {.key = "statuses",
        .kind = kCode,
        .fr = "Statuts admis, codes du programme : un seul suffit",
        .en = "Statuses admitted, codes of the programme: one suffices",
        .max_items = 50},
       {.key = "regions",
        .kind = kRegion,
        .fr = "Codes INSEE des régions admises ; absent : toute la France",
        .en = "INSEE codes of the regions admitted; absent: the whole of France",
        .max_items = 50},
       {.key = "region_agreements",
        .kind = kBlock,
        .fr = "Régions qui ont signé, et de quand à quand",
        .en = "Regions that signed, and from when until when",
        .max_items = 50,
        .block = &RegionAgreementBlock()},
       {.key = "naf_included",
        .kind = kNaf,
        .fr = "Débuts des codes NAF admis ; absent : tous",
        .en = "Beginnings of the NAF codes admitted; absent: all",
        .max_items = 1'000},
       {.key = "naf_excluded",
        .kind = kNaf,
        .fr = "Débuts des codes NAF exclus",
        .en = "Beginnings of the NAF codes excluded",
        .max_items = 1'000},
       {.key = "requests",
        .kind = kBlock,
        .fr = "Combien de demandes sur quelle durée",
        .en = "How many applications over how long",
        .block = &RequestsBlock()}},
      {}};
  return block;
}

const Block& CompanyCeilingBlock() {
  static const Block block{"company_ceiling",
                           Joined({{{.key = "ceiling",
                                     .kind = kMoney,
                                     .fr = "Le plus qu’une entreprise reçoit, tous dossiers ensemble",
                                     .en = "The most a company gets, all cases together",
                                     .required = true,
                                     .max = kPrice},
                                    {.key = "at_ceiling",
                                     .kind = kWord,
                                     .fr = "Au plafond : écrêter (trim, sinon) ou refuser en bloc (refuse)",
                                     .en = "At the ceiling: trim (otherwise) or refuse whole",
                                     .words = kAtCeiling}},
                                   PeriodFields(),
                                   {{.key = "phases",
                                     .kind = kCode,
                                     .fr = "Phases dont l’aide compte ; sans elles : toutes",
                                     .en = "Phases whose aid counts; absent: all",
                                     .max_items = kMaxPhases},
                                    {.key = "funders",
                                     .kind = kCode,
                                     .fr = "Financeurs dont l’aide compte ; sans eux : tous",
                                     .en = "Funders whose aid counts; absent: all",
                                     .max_items = kMaxFunders}}}),
                           {kOnePeriod}};
  return block;
}

const Block& ShareBlock() {
  static const Block block{
      "share",
      {{.key = "funder", .kind = kCode, .fr = "Financeur", .en = "Funder", .required = true},
       {.key = "amount",
        .kind = kMoney,
        .fr = "Sa part attendue",
        .en = "Its share expected",
        .required = true,
        .max = kPrice}},
      {}};
  return block;
}

std::vector<Field> Shares() {
  return {{.key = "shares",
           .kind = kBlock,
           .fr = "Parts attendues, financeur par financeur",
           .en = "Shares expected, funder by funder",
           .max_items = kMaxFunders,
           .block = &ShareBlock()}};
}

const Block& EarlierAidBlock() {
  static const Block block{
      "earlier_aid",
      {{.key = "granted_on",
        .kind = kDay,
        .fr = "Jour de l’octroi",
        .en = "Day of the grant",
        .required = true},
       {.key = "amount", .kind = kMoney, .fr = "Montant", .en = "Amount", .required = true, .max = kPrice},
       {.key = "phase",
        .kind = kCode,
        .fr = "Phase aidée ; sans elle, l’aide compte pour toutes",
        .en = "Phase aided; absent: the aid counts for every one"},
       {.key = "funder",
        .kind = kCode,
        .fr = "Financeur ; sans lui, l’aide compte pour tous",
        .en = "Funder; absent: the aid counts for every one"}},
      {}};
  return block;
}

const Block& FactsBlock() {
  static const Block block{
      "facts",
      {{.key = "headcount",
        .kind = kHeadcount,
        .fr = "Effectif de l’entreprise, en ETP",
        .en = "Headcount of the company, in FTE",
        .path = "headcount_hundredths"},
       {.key = "site_headcount",
        .kind = kHeadcount,
        .fr = "Effectif du site accompagné",
        .en = "Headcount of the site accompanied",
        .path = "site_headcount_hundredths"},
       {.key = "group_headcount",
        .kind = kHeadcount,
        .fr = "Effectif avec les entreprises liées et partenaires",
        .en = "Headcount with linked enterprises and partners",
        .path = "group_headcount_hundredths"},
       {.key = "size_class",
        .kind = kWord,
        .fr = "Taille européenne ; sinon déduite de l’effectif",
        .en = "European size; otherwise drawn from the headcount",
        .words = kOneSizeClass},
       {.key = "turnover", .kind = kMoney, .fr = "Chiffre d’affaires", .en = "Turnover", .max = kMaxTurnover},
       {.key = "balance_sheet",
        .kind = kMoney,
        .fr = "Total du bilan",
        .en = "Balance sheet total",
        .max = kMaxTurnover},
       {.key = "region", .kind = kRegion, .fr = "Code INSEE de la région", .en = "INSEE code of the region"},
       {.key = "naf", .kind = kNaf, .fr = "Code NAF", .en = "NAF code"},
       {.key = "created_on", .kind = kDay, .fr = "Jour de la création", .en = "Day of its creation"},
       {.key = "independent",
        .kind = kYesNo,
        .fr = "Si elle est indépendante",
        .en = "Whether it is independent"},
       {.key = "statuses",
        .kind = kCode,
        .fr = "Statuts, codes du programme",
        .en = "Statuses, codes of the programme",
        .max_items = 50},
       {.key = "applied_on", .kind = kDay, .fr = "Jour de la demande", .en = "Day of the application"},
       {.key = "admitted_on", .kind = kDay, .fr = "Jour de l’admission", .en = "Day of the admission"},
       {.key = "signed_on", .kind = kDay, .fr = "Jour de la convention", .en = "Day of the agreement"},
       {.key = "first_day", .kind = kDay, .fr = "Premier jour d’accompagnement", .en = "First day of work"},
       {.key = "earlier_aid",
        .kind = kBlock,
        .fr = "Aides déjà reçues du programme",
        .en = "Aid it had from the programme before",
        .max_items = 50,
        .block = &EarlierAidBlock()},
       {.key = "earlier_requests",
        .kind = kDay,
        .fr = "Jours de ses demandes précédentes",
        .en = "Days of its earlier applications",
        .max_items = 50},
       {.key = "phases_done",
        .kind = kCode,
        .fr = "Phases déjà faites, pour celles qui les demandent",
        .en = "Phases done before, for those that require them",
        .max_items = kMaxPhases}},
      {}};
  return block;
}

const Block& ExamplePhaseBlock() {
  static const Block block{"example_phase",
                           Joined({{{.key = "phase",
                                     .kind = kCode,
                                     .fr = "Code de la phase convenue",
                                     .en = "Code of the phase agreed",
                                     .required = true},
                                    {.key = "half_days",
                                     .kind = kInteger,
                                     .fr = "Demi-journées convenues",
                                     .en = "Half-days agreed",
                                     .required = true,
                                     .min = 1,
                                     .max = kMaxHalfDays},
                                    {.key = "day_rate",
                                     .kind = kMoney,
                                     .fr = "Prix convenu de la journée",
                                     .en = "Day rate agreed",
                                     .max = kPrice},
                                    {.key = "price",
                                     .kind = kMoney,
                                     .fr = "Montant convenu, là où le prix l’est",
                                     .en = "Amount agreed, where the price is",
                                     .max = kPrice}},
                                   Amounts(),
                                   Shares()}),
                           {}};
  return block;
}

const Block& ExampleBlock() {
  static const Block block{
      "example",
      Joined({Titles(),
              {{.key = "facts",
                .kind = kBlock,
                .fr = "Ce qu’est le dossier ; le reste est celui d’une entreprise admise",
                .en = "What the case is; the rest is that of a company that qualifies",
                .block = &FactsBlock()},
               {.key = "phases",
                .kind = kBlock,
                .fr = "Ce qui a été convenu",
                .en = "What was agreed",
                .required = true,
                .max_items = kMaxPhases,
                .block = &ExamplePhaseBlock()}},
              Amounts(),
              Shares(),
              {{.key = "refused",
                .kind = kTitle,
                .fr = "Motif du refus attendu, comme NO_TARIFF ou NOT_ELIGIBLE",
                .en = "Reason of the refusal expected, as NO_TARIFF or NOT_ELIGIBLE"}}}),
      {}};
  return block;
}

std::vector<Field> Identity() {
  return Joined({{{.key = "programme",
                   .kind = kCode,
                   .fr = "Code du programme",
                   .en = "Code of the programme",
                   .required = true},
                  {.key = "version",
                   .kind = kInteger,
                   .fr = "Version, à partir de 1, sans trou",
                   .en = "Version, from 1, without a gap",
                   .required = true,
                   .min = 1,
                   .max = 100'000}},
                 Titles()});
}

std::vector<Field> Timing() {
  return {
      {.key = "in_force_from",
       .kind = kDay,
       .fr = "Premier jour de cette version ; absent : depuis toujours",
       .en = "First day of this version; absent: since ever"},
      {.key = "transition_by",
       .kind = kWord,
       .fr = "Date du dossier qui choisit la version ; absent : celle de terms_fixed_by",
       .en = "Date of the case that chooses the version; absent: that of terms_fixed_by",
       .words = kFixingDates},
      {.key = "terms_fixed_by",
       .kind = kWord,
       .fr = "Date du dossier qui fixe ses conditions",
       .en = "Date of the case that fixes its terms",
       .required = true,
       .words = kFixingDates},
      {.key = "cap_half_days",
       .kind = kInteger,
       .fr = "Demi-journées au plus par dossier",
       .en = "Most half-days of a case",
       .required = true,
       .min = 1,
       .max = kMaxHalfDays},
      {.key = "window_months",
       .kind = kInteger,
       .fr = "Mois pendant lesquels les demi-journées ont lieu",
       .en = "Months during which half-days take place",
       .required = true,
       .min = 1,
       .max = kMaxMonths},
      {.key = "window_from",
       .kind = kWord,
       .fr = "Date d’où courent ces mois ; absent : l’admission",
       .en = "Date from which these months run; absent: the admission",
       .words = kFixingDates},
      {.key = "billing_deadline_months",
       .kind = kInteger,
       .fr = "Mois de plus pour facturer ; absent : pas d’échéance",
       .en = "Months more to bill; absent: no deadline",
       .min = 1,
       .max = kMaxMonths},
      {.key = "no_start_before",
       .kind = kWord,
       .fr = "Rien ne commence avant cette date du dossier",
       .en = "Nothing starts before this date of the case",
       .words = kStartGates},
      {.key = "conflict_months",
       .kind = kInteger,
       .fr = "Mois sans intervention d’un consultant chez un ancien client ; absent : pas de règle",
       .en = "Months that keep a consultant away from a former client; absent: no rule",
       .min = 1,
       .max = kMaxMonths},
      {.key = "tacit_acceptance_working_days",
       .kind = kInteger,
       .fr = "Le silence vaut acceptation après tant de jours ouvrés",
       .en = "Silence is an acceptance after so many working days",
       .min = 1,
       .max = 1'000},
  };
}

std::vector<Field> Coverings() {
  return {
      {.key = "stack_cap",
       .kind = kShare,
       .fr = "Toutes aides publiques ensemble, en part du coût éligible",
       .en = "All public aid together, as a share of the eligible cost",
       .required = true},
      {.key = "de_minimis",
       .kind = kWord,
       .fr = "Règlement de minimis dont relève l’aide ; absent : aucun",
       .en = "De minimis regulation the aid falls under; absent: none",
       .words = kDeMinimis},
      {.key = "payee",
       .kind = kWord,
       .fr = "À qui l’aide est versée",
       .en = "To whom the aid is paid",
       .required = true,
       .words = kPayees},
      {.key = "funders",
       .kind = kCode,
       .fr = "Financeurs, dans l’ordre où leurs aides se cumulent",
       .en = "Funders, in the order in which their aid stacks",
       .required = true,
       .max_items = kMaxFunders},
      {.key = "company_ceilings",
       .kind = kBlock,
       .fr = "Ce qu’une entreprise reçoit au plus, dans le temps",
       .en = "What a company gets at the most, over time",
       .max_items = 10,
       .block = &CompanyCeilingBlock()},
  };
}

std::vector<Field> Parts() {
  return {
      {.key = "eligibility",
       .kind = kBlock,
       .fr = "Qui est admis ; toute borne est incluse",
       .en = "Who qualifies; every bound is inclusive",
       .block = &EligibilityBlock()},
      {.key = "phases",
       .kind = kBlock,
       .fr = "Les phases du parcours",
       .en = "The phases of the path",
       .required = true,
       .max_items = kMaxPhases,
       .block = &PhaseBlock()},
      {.key = "examples",
       .kind = kBlock,
       .fr = "Exemples chiffrés que le règlement doit reproduire pour être publié",
       .en = "Worked examples that the rulebook must reproduce to be published",
       .max_items = kMaxExamples,
       .block = &ExampleBlock()},
  };
}

}  // namespace

const Block& RulebookBlock() {
  static const Block block{"rulebook", Joined({Identity(), Timing(), Coverings(), Parts()}), {}};
  return block;
}

}  // namespace jalon::rules
