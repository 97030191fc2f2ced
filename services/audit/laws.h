#ifndef JALON_AUDIT_LAWS_H_
#define JALON_AUDIT_LAWS_H_

// The laws of the product, in the words in which `jalon verify` reports them.
namespace jalon::audit {

struct Law {
  int number;
  const char* fr;
  const char* en;
};

inline constexpr Law kLaws[] = {
    {1, "Aucun dossier ne dépasse ses demi-journées accordées, ni l’accord le plafond du règlement",
     "No case exceeds its half-days granted, nor a grant the rulebook’s cap"},
    {2, "Un consultant n’est qu’à un endroit à la fois", "A consultant is in one place at a time"},
    {3, "Chaque demi-journée tient dans une affectation, hors des absences et des conflits d’intérêts",
     "Every half-day lies inside an assignment, outside absences and conflicts of interest"},
    {4, "L’aide publique ne dépasse jamais le cumul permis ni le plafond d’un financeur",
     "Public aid never exceeds the stack cap nor a funder’s ceiling"},
    {5, "Sur chaque ligne, parts des financeurs + reste à charge = coût, au centime",
     "On every line, funder shares + remaining charge = cost, to the cent"},
    {6, "Aucune enveloppe n’est dépassée : payé ≤ liquidé ≤ engagé ≤ alloué",
     "No envelope is overspent: paid ≤ charged ≤ reserved ≤ allocated"},
    {7, "Une demi-journée est liquidée une fois au plus, et seulement approuvée",
     "A half-day is charged at most once, and only when approved"},
    {8, "Aucune entreprise unique ne dépasse le plafond de minimis sur trois ans glissants",
     "No single undertaking exceeds the de minimis ceiling over any rolling three years"},
    {9, "Le journal d’audit et le grand livre sont intacts : la chaîne d’empreintes se vérifie",
     "Audit trail and ledger are intact: the hash chain verifies"},
    {10,
     "Un mois clos ne change plus : sa synthèse, recalculée, a la même empreinte ; un mois verrouillé est "
     "réglé",
     "A closed month never changes: its summary, computed again, has the same digest; a locked one is "
     "settled"},
    {11, "Une demande n’a qu’un effet", "A request has one effect"},
};

}  // namespace jalon::audit

#endif  // JALON_AUDIT_LAWS_H_
