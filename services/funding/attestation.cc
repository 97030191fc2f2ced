#include "funding/attestation.h"

#include "base/cents.h"
#include "base/date.h"
#include "base/wording.h"

namespace jalon::funding {
namespace {

struct Regulation {
  const char* number_fr;
  const char* number_en;
  const char* name_fr;
  const char* name_en;
};

Regulation RegulationOf(v1::AidRegime regime) {
  switch (regime) {
    case v1::AID_REGIME_AGRICULTURE:
      return {
          "règlement (UE) n° 1408/2013", "Regulation (EU) No 1408/2013",
          "règlement (UE) n° 1408/2013 de la Commission du 18 décembre 2013 relatif à l’application des "
          "articles 107 "
          "et 108 du traité sur le fonctionnement de l’Union européenne aux aides de minimis dans le secteur "
          "de "
          "l’agriculture",
          "Commission Regulation (EU) No 1408/2013 of 18 December 2013 on the application of Articles 107 "
          "and 108 of "
          "the Treaty on the Functioning of the European Union to de minimis aid in the agriculture sector"};
    case v1::AID_REGIME_FISHERY:
      return {"règlement (UE) n° 717/2014", "Regulation (EU) No 717/2014",
              "règlement (UE) n° 717/2014 de la Commission du 27 juin 2014 concernant l’application des "
              "articles 107 et "
              "108 du traité sur le fonctionnement de l’Union européenne aux aides de minimis dans le "
              "secteur de la pêche "
              "et de l’aquaculture",
              "Commission Regulation (EU) No 717/2014 of 27 June 2014 on the application of Articles 107 and "
              "108 of the "
              "Treaty on the Functioning of the European Union to de minimis aid in the fishery and "
              "aquaculture sector"};
    default:
      return {"règlement (UE) 2023/2831", "Regulation (EU) 2023/2831",
              "règlement (UE) 2023/2831 de la Commission du 13 décembre 2023 relatif à l’application des "
              "articles 107 et "
              "108 du traité sur le fonctionnement de l’Union européenne aux aides de minimis",
              "Commission Regulation (EU) 2023/2831 of 13 December 2023 on the application of Articles 107 "
              "and 108 of the "
              "Treaty on the Functioning of the European Union to de minimis aid"};
  }
}

// Writes one letter.
class Letter {
 public:
  Letter(const v1::DeMinimisAttestation& attestation, Language language)
      : told_(attestation), language_(language), regulation_(RegulationOf(attestation.regime())) {}

  document::Document Write() const {
    std::string grantors;
    for (const v1::Grantor& grantor : told_.grantors())
      grantors += (grantors.empty() ? "" : ", ") + grantor.name();
    return {.language = language_,
            .title = Say("Attestation d’aide de minimis", "Attestation of de minimis aid"),
            .author = grantors,
            .date = *Date::Parse(told_.granted_on()),
            .header = grantors,
            .reference = told_.reference(),
            .footer = Say(regulation_.number_fr, regulation_.number_en),
            .blocks = {Opening(), Facts(), document::Heading{Say("Octroi et registre", "Grant and register")},
                       Grants(), document::Heading{Say("Financeurs", "Grantors")}, Grantors(),
                       document::Heading{Say("Entreprise unique", "Single undertaking")},
                       MembersIntroduction(), Members(), Ceiling(), Signatures()}};
  }

 private:
  std::string Say(const std::string& fr, const std::string& en) const {
    return language_ == Language::kFrench ? Typeset(fr) : en;
  }
  std::string On(const std::string& iso) const { return FormatDate(*Date::Parse(iso), language_); }
  std::string Euros(const common::v1::Money& amount) const {
    return FormatEuros(Cents(amount.cents()), language_);
  }
  std::string CaseNumber() const { return std::to_string(told_.case_id()); }

  document::Block Opening() const {
    return document::Paragraph{
        Say("Les financeurs ci-dessous informent l’entreprise " + told_.company_name() + " (SIREN " +
                told_.siren() + ") que l’aide de ce dossier lui est accordée au titre du " +
                regulation_.name_fr + ". Elle a le caractère d’une aide de minimis au sens de ce règlement.",
            "The grantors below inform the company " + told_.company_name() + " (SIREN " + told_.siren() +
                ") that the aid of this case is granted to it under " + regulation_.name_en +
                ". It is de minimis aid within the meaning of that regulation.")};
  }

  document::Block Facts() const {
    return document::Facts{
        {{Say("Programme", "Programme"), Say(told_.programme_title_fr(), told_.programme_title_en())},
         {Say("Dossier", "Case"), Say("n° ", "no. ") + CaseNumber()},
         {Say("Référence de la décision", "Reference of the decision"), told_.reference()},
         GrantedOn(),
         {Say("Équivalent-subvention brut", "Gross grant equivalent"), Euros(told_.amount())}}};
  }

  // What was granted since the first day was so on days of its own: the table tells how much on each.
  bool GrantedAtOnce() const { return told_.first_granted_on() == told_.granted_on(); }
  document::Facts::Fact GrantedOn() const {
    if (GrantedAtOnce()) return {Say("Date d’octroi", "Date of the grant"), On(told_.granted_on())};
    return {Say("Octrois", "Grants"), Say("du ", "from ") + On(told_.first_granted_on()) +
                                          Say(" au ", " to ") + On(told_.granted_on()) +
                                          Say(", détaillés ci-dessous", ", in detail below")};
  }

  std::string RegisterOf(const v1::AttestedGrant& grant) const {
    if (!grant.register_reference().empty())
      return Say("n° ", "no. ") + grant.register_reference() + Say(", le ", ", on ") +
             On(grant.registered_on());
    if (!grant.due_on().empty())
      return Say("à inscrire au plus tard le ", "to be entered by ") + On(grant.due_on());
    return Say("octroi antérieur au registre", "granted before the register");
  }

  document::Block Grants() const {
    document::Table table{
        .columns = {{Say("Date", "Date"), document::Align::kLeft, 2},
                    {Say("Nature", "Nature"), document::Align::kLeft, 2},
                    {Say("Registre national des aides de minimis", "National register of de minimis aid"),
                     document::Align::kLeft, 5},
                    {Say("Équivalent-subvention brut", "Gross grant equivalent"), document::Align::kRight,
                     3}},
        .total = {Say("Total", "Total"), "", "", Euros(told_.amount())}};
    for (const v1::AttestedGrant& grant : told_.grants()) {
      table.rows.push_back(
          {On(grant.granted_on()),
           grant.amount().cents() < 0 ? Say("réduction", "reduction") : Say("octroi", "grant"),
           RegisterOf(grant), Euros(grant.amount())});
    }
    return table;
  }

  document::Block Grantors() const {
    document::Table table{
        .columns = {{Say("Financeur", "Grantor"), document::Align::kLeft, 3},
                    {Say("Part de l’aide", "Share of the aid"), document::Align::kRight, 1}},
        .total = {Say("Total", "Total"), Euros(told_.amount())}};
    for (const v1::Grantor& grantor : told_.grantors())
      table.rows.push_back({grantor.name(), Euros(grantor.amount())});
    return table;
  }

  document::Block MembersIntroduction() const {
    return document::Paragraph{Say(
        "Au sens de l’article 2, paragraphe 2, du règlement, l’aide compte pour l’entreprise unique que "
        "forment, à la date " +
            std::string(GrantedAtOnce() ? "d’octroi" : "du dernier octroi") + ", les entreprises suivantes :",
        "Within the meaning of Article 2(2) of the regulation, the aid counts for the single undertaking "
        "that the following enterprises form on the date of the " +
            std::string(GrantedAtOnce() ? "grant:" : "last grant:"))};
  }

  document::Block Members() const {
    document::Table table{.columns = {{"SIREN", document::Align::kLeft, 1},
                                      {Say("Dénomination", "Name"), document::Align::kLeft, 3}}};
    for (const v1::UndertakingMember& member : told_.members())
      table.rows.push_back({member.siren(), member.name().empty() ? "–" : member.name()});
    return table;
  }

  document::Block Ceiling() const {
    return document::Paragraph{
        Say("Les aides de minimis accordées par la France à une entreprise unique ne peuvent excéder " +
                Euros(told_.ceiling()) +
                " sur toute période de trois ans (article 3, paragraphe 2). Chaque octroi depuis le 1er "
                "janvier 2026 est inscrit au registre central des aides de minimis dans les vingt jours "
                "ouvrables (article 6) ; les données de l’aide sont conservées dix ans à compter de son "
                "octroi. "
                "L’entreprise fait état de cette aide dans toute "
                "déclaration "
                "d’aides de minimis qu’elle signe pendant les trois ans qui suivent son octroi.",
            "De minimis aid granted by France to a single undertaking may not exceed " +
                Euros(told_.ceiling()) +
                " over any period of three years (Article 3(2)). Each grant since 1 January 2026 is entered "
                "in "
                "the central register of de minimis aid within twenty working days (Article 6); the records "
                "of the aid are kept for ten years from its grant. The company states this aid in every "
                "declaration of de "
                "minimis aid "
                "that it signs in the three years after its grant."),
        document::Tone::kSmall};
  }

  document::Block Signatures() const {
    return document::Signatures{
        {{Say("Pour les financeurs", "For the grantors"),
          Say("Nom, qualité, date et signature :", "Name, capacity, date and signature:")},
         {Say("Reçu par l’entreprise", "Received by the company"),
          Say("Nom, qualité, date et signature :", "Name, capacity, date and signature:")}}};
  }

  const v1::DeMinimisAttestation& told_;
  const Language language_;
  const Regulation regulation_;
};

}  // namespace

document::Document AttestationLetter(const v1::DeMinimisAttestation& attestation, Language language) {
  return Letter(attestation, language).Write();
}

}  // namespace jalon::funding
