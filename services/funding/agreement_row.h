#ifndef JALON_FUNDING_AGREEMENT_ROW_H_
#define JALON_FUNDING_AGREEMENT_ROW_H_

#include <string>
#include <string_view>
#include <vector>

#include "jalon/funding/v1/funding_service.pb.h"
#include "storage/params.h"
#include "storage/rows.h"

namespace jalon::funding {

// A row of funding.agreement_row.
v1::Agreement ReadAgreementRow(const storage::Rows& rows);

// What string_agg joined with commas.
std::vector<std::string> SplitList(std::string_view text);

// The terms without their reasoning, as funding.agreement.basis keeps them.
std::string BasisOf(const v1::Quote& quote);

// The arrays of phases and shares that sign_agreement and amend_agreement take.
void AppendShares(const v1::Quote& quote, storage::Params* params);

}  // namespace jalon::funding

#endif  // JALON_FUNDING_AGREEMENT_ROW_H_
