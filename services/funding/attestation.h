#ifndef JALON_FUNDING_ATTESTATION_H_
#define JALON_FUNDING_ATTESTATION_H_

#include "base/language.h"
#include "document/document.h"
#include "jalon/funding/v1/de_minimis.pb.h"

namespace jalon::funding {

// The letter by which whoever grants de minimis aid tells the company of it: its amount as gross grant
// equivalent, and the regulation by name (Regulation (EU) 2023/2831, article 7(4); in agriculture and
// fishery, Regulations (EU) 1408/2013 and 717/2014, article 6). From the facts alone: the same ones make the
// same letter.
document::Document AttestationLetter(const v1::DeMinimisAttestation& attestation, Language language);

}  // namespace jalon::funding

#endif  // JALON_FUNDING_ATTESTATION_H_
