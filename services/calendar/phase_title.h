#ifndef JALON_CALENDAR_PHASE_TITLE_H_
#define JALON_CALENDAR_PHASE_TITLE_H_

#include <string>

#include "base/language.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::calendar {

// What people call a phase; its code where no rulebook says.
inline std::string TitleOf(const std::string& phase,
                           const google::protobuf::RepeatedPtrField<v1::PhaseTitle>& titles,
                           Language language) {
  for (const v1::PhaseTitle& title : titles)
    if (title.phase() == phase) return language == Language::kFrench ? title.title_fr() : title.title_en();
  return phase;
}

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_PHASE_TITLE_H_
