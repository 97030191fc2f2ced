#include "assignment/assignment_store.h"

#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kCreateConsultant{"create_consultant", R"sql(
SELECT * FROM assignment.create_consultant(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::text[], $7::text[], $8::bigint,
                                           $9::date))sql"};

constexpr Statement kReadConsultant{"read_consultant", R"sql(
SELECT * FROM assignment.consultant_row WHERE consultant_id = $1)sql"};

constexpr Statement kListConsultants{"list_consultants", R"sql(
SELECT c.*, c.consultant_id::text AS "#key"
  FROM assignment.consultant_row c
 WHERE ($1::text IS NULL OR c.consultant_id > $1::bigint)
   AND ($3::text IS NULL OR $3 = ANY (c.skills))
   AND ($4::text IS NULL OR $4 = ANY (c.regions))
 ORDER BY c.consultant_id
 LIMIT $2)sql",
                                     Planned::kEachTime};

constexpr Statement kAddAbsence{"add_absence", R"sql(
SELECT * FROM assignment.add_absence(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date, $7::date, $8))sql"};

constexpr Statement kListAbsences{"list_absences", R"sql(
SELECT a.*, a.absence_id::text AS "#key"
  FROM assignment.absence_row a
 WHERE ($1::text IS NULL OR a.absence_id > $1::bigint)
   AND ($3::bigint IS NULL OR a.consultant_id = $3)
 ORDER BY a.absence_id
 LIMIT $2)sql",
                                  Planned::kEachTime};

constexpr Statement kDeclareConflict{"declare_conflict", R"sql(
SELECT * FROM assignment.declare_conflict(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::date, $6::bigint, $7, $8))sql"};

constexpr Statement kCreateAssignment{"create_assignment", R"sql(
SELECT * FROM assignment.create_assignment(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7, $8::date,
                                           $9::date))sql"};

constexpr Statement kEndAssignment{"end_assignment", R"sql(
SELECT * FROM assignment.end_assignment(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date))sql"};

constexpr Statement kListAssignments{"list_assignments", R"sql(
SELECT a.*, a.assignment_id::text AS "#key"
  FROM assignment.assignment_row a
 WHERE ($1::text IS NULL OR a.assignment_id > $1::bigint)
   AND ($3::bigint IS NULL OR a.case_id = $3)
   AND ($4::bigint IS NULL OR a.consultant_id = $4)
   AND ($5::bigint IS NULL OR a.consultant_id = $5)
 ORDER BY a.assignment_id
 LIMIT $2)sql",
                                     Planned::kEachTime};

}  // namespace

absl::StatusOr<v1::Consultant> AssignmentStore::CreateConsultant(
    const rpc::CallContext& call, const v1::CreateConsultantRequest& request) const {
  return CommandOne<v1::Consultant>(call, kCreateConsultant,
                                    Params()
                                        .Text(request.name())
                                        .Array(request.skills())
                                        .Array(request.regions())
                                        .Int(request.day_rate().cents())
                                        .TextOrNull(request.accredited_until()));
}

absl::StatusOr<v1::Consultant> AssignmentStore::ReadConsultant(const rpc::CallContext& call,
                                                               int64_t consultant_id) const {
  return ReadOne<v1::Consultant>(
      call, kReadConsultant, Params().Int(consultant_id),
      Refuse(common::v1::REASON_CONSULTANT_NOT_FOUND, {{"consultant_id", std::to_string(consultant_id)}}));
}

absl::StatusOr<rpc::Encoded<v1::ListConsultantsResponse>> AssignmentStore::ListConsultants(
    const rpc::CallContext& call, const v1::ListConsultantsRequest& request) const {
  const Params filter = Params().TextOrNull(request.skill()).TextOrNull(request.region());
  return ReadPage<v1::ListConsultantsResponse>(call, request, kListConsultants, filter, "consultants");
}

absl::StatusOr<v1::Absence> AssignmentStore::AddAbsence(const rpc::CallContext& call,
                                                        const v1::AddAbsenceRequest& request) const {
  return CommandOne<v1::Absence>(call, kAddAbsence,
                                 Params()
                                     .Int(request.consultant_id())
                                     .Text(request.starts_on())
                                     .Text(request.ends_on())
                                     .TextOrNull(request.label()));
}

absl::StatusOr<rpc::Encoded<v1::ListAbsencesResponse>> AssignmentStore::ListAbsences(
    const rpc::CallContext& call, const v1::ListAbsencesRequest& request) const {
  return ReadPage<v1::ListAbsencesResponse>(call, request, kListAbsences,
                                            Params().IntOrNull(request.consultant_id()), "absences");
}

absl::StatusOr<v1::Conflict> AssignmentStore::DeclareConflict(const rpc::CallContext& call,
                                                              const v1::DeclareConflictRequest& request,
                                                              Date today) const {
  return CommandOne<v1::Conflict>(
      call, kDeclareConflict,
      Params().Text(today.ToIso()).Int(request.consultant_id()).Text(request.siren()).Text(request.reason()));
}

absl::StatusOr<v1::Assignment> AssignmentStore::CreateAssignment(
    const rpc::CallContext& call, const v1::CreateAssignmentRequest& request) const {
  return CommandOne<v1::Assignment>(call, kCreateAssignment,
                                    Params()
                                        .Int(request.case_id())
                                        .Int(request.consultant_id())
                                        .Text(request.phase())
                                        .TextOrNull(request.starts_on())
                                        .TextOrNull(request.ends_on()));
}

absl::StatusOr<v1::Assignment> AssignmentStore::EndAssignment(const rpc::CallContext& call,
                                                              const v1::EndAssignmentRequest& request) const {
  return CommandOne<v1::Assignment>(call, kEndAssignment,
                                    Params().Int(request.assignment_id()).Text(request.ends_on()));
}

absl::StatusOr<rpc::Encoded<v1::ListAssignmentsResponse>> AssignmentStore::ListAssignments(
    const rpc::CallContext& call, const v1::ListAssignmentsRequest& request, int64_t only_consultant) const {
  const Params filter =
      Params().IntOrNull(request.case_id()).IntOrNull(request.consultant_id()).IntOrNull(only_consultant);
  return ReadPage<v1::ListAssignmentsResponse>(call, request, kListAssignments, filter, "assignments");
}

}  // namespace jalon::assignment
