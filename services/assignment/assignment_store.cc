#include "assignment/assignment_store.h"

#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kCreateConsultant{"create_consultant", R"sql(
SELECT * FROM assignment.create_consultant(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::text[], $7::text[], $8::bigint,
                                           $9::date, $10::int[], $11::text[], $12::text[], $13, $14::int, $15, $16::int,
                                           $17::int))sql"};

constexpr Statement kUpdateConsultant{"update_consultant", R"sql(
SELECT * FROM assignment.update_consultant(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7::text[], $8, $9::text[],
                                           $10::text[], $11::bigint, $12::date, $13::int[], $14::text[], $15::text[], $16,
                                           $17::int, $18, $19::int, $20::int))sql"};

constexpr Statement kRetireConsultant{"retire_consultant", R"sql(
SELECT * FROM assignment.retire_consultant(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date))sql"};

constexpr Statement kAccredit{"accredit_consultant", R"sql(
SELECT * FROM assignment.accredit(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7::date, $8::date))sql"};

constexpr Statement kDeclarePreviousClient{"declare_previous_client", R"sql(
SELECT * FROM assignment.declare_previous_client(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::date, $6::bigint, $7,
                                                 $8::date))sql"};

constexpr Statement kReadAccreditations{"read_accreditations", R"sql(
SELECT * FROM assignment.accreditation_row WHERE consultant_id = $1 ORDER BY programme, starts_on)sql"};

constexpr Statement kReadConflicts{"read_conflicts", R"sql(
SELECT * FROM assignment.conflict_row WHERE consultant_id = $1 ORDER BY siren)sql"};

constexpr Statement kReadPreviousClients{"read_previous_clients", R"sql(
SELECT * FROM assignment.previous_client_row WHERE consultant_id = $1 ORDER BY ended_on DESC, siren)sql"};

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

constexpr Statement kRemoveAbsence{"remove_absence", R"sql(
SELECT * FROM assignment.remove_absence(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint))sql"};

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

constexpr Statement kWithdrawConflict{"withdraw_conflict", R"sql(
SELECT * FROM assignment.withdraw_conflict(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7))sql"};

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

// As assignment.consultant keeps it: the contract numbers the halves of the week from 1, in their order.
int64_t WorkingBits(const google::protobuf::RepeatedField<int>& halves) {
  int64_t bits = 0;
  for (const int half : halves) bits |= int64_t{1} << (half - 1);
  return bits;
}

// What create and update take alike, be it given in the request itself or as a Consultant.
template <class Attributes>
Params AttributeParams(const Attributes& given) {
  std::vector<int64_t> levels(given.skill_levels().begin(), given.skill_levels().end());
  constexpr int64_t kPractised = 2;
  if (levels.empty()) levels.assign(static_cast<size_t>(given.skills_size()), kPractised);
  return Params()
      .Text(given.name())
      .Array(given.skills())
      .Array(given.regions())
      .Int(given.day_rate().cents())
      .TextOrNull(given.accredited_until())
      .Array(levels)
      .Array(given.sectors())
      .Array(given.languages())
      .TextOrNull(given.home_commune())
      .IntOrNull(given.radius_km())
      .TextOrNull(given.employer_siren())
      .IntOrNull(WorkingBits(given.working_halves()))
      .IntOrNull(given.max_half_days_per_week());
}

}  // namespace

absl::StatusOr<v1::Consultant> AssignmentStore::CreateConsultant(
    const rpc::CallContext& call, const v1::CreateConsultantRequest& request) const {
  return CommandOne<v1::Consultant>(call, kCreateConsultant, AttributeParams(request));
}

absl::StatusOr<v1::Consultant> AssignmentStore::UpdateConsultant(
    const rpc::CallContext& call, const v1::UpdateConsultantRequest& request) const {
  const v1::Consultant& consultant = request.consultant();
  return CommandOne<v1::Consultant>(call, kUpdateConsultant,
                                    Params()
                                        .Int(consultant.consultant_id())
                                        .TextOrNull(consultant.etag())
                                        .Array(request.update_mask())
                                        .Append(AttributeParams(consultant)));
}

absl::StatusOr<v1::Consultant> AssignmentStore::RetireConsultant(
    const rpc::CallContext& call, const v1::RetireConsultantRequest& request) const {
  return CommandOne<v1::Consultant>(call, kRetireConsultant,
                                    Params().Int(request.consultant_id()).Text(request.left_on()));
}

absl::StatusOr<v1::Accreditation> AssignmentStore::Accredit(
    const rpc::CallContext& call, const v1::AccreditConsultantRequest& request) const {
  return CommandOne<v1::Accreditation>(call, kAccredit,
                                       Params()
                                           .Int(request.consultant_id())
                                           .Text(request.programme())
                                           .Text(request.starts_on())
                                           .TextOrNull(request.ends_on()));
}

absl::StatusOr<v1::PreviousClient> AssignmentStore::DeclarePreviousClient(
    const rpc::CallContext& call, const v1::DeclarePreviousClientRequest& request, Date today) const {
  return CommandOne<v1::PreviousClient>(call, kDeclarePreviousClient,
                                        Params()
                                            .Text(today.ToIso())
                                            .Int(request.consultant_id())
                                            .Text(request.siren())
                                            .Text(request.ended_on()));
}

absl::StatusOr<v1::GetConsultantResponse> AssignmentStore::ReadConsultant(const rpc::CallContext& call,
                                                                          int64_t consultant_id) const {
  const Params of_consultant = Params().Int(consultant_id);
  v1::GetConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_consultant(),
                   ReadOne<v1::Consultant>(call, kReadConsultant, of_consultant,
                                           Refuse(common::v1::REASON_CONSULTANT_NOT_FOUND,
                                                  {{"consultant_id", std::to_string(consultant_id)}})));
  ASSIGN_OR_RETURN(const storage::Rows accreditations, Read(call, kReadAccreditations, of_consultant));
  accreditations.ReadAll(response.mutable_accreditations());
  ASSIGN_OR_RETURN(const storage::Rows conflicts, Read(call, kReadConflicts, of_consultant));
  conflicts.ReadAll(response.mutable_conflicts());
  ASSIGN_OR_RETURN(const storage::Rows clients, Read(call, kReadPreviousClients, of_consultant));
  clients.ReadAll(response.mutable_previous_clients());
  return response;
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

absl::StatusOr<v1::Absence> AssignmentStore::RemoveAbsence(const rpc::CallContext& call, int64_t absence_id,
                                                           int64_t only_consultant) const {
  return CommandOne<v1::Absence>(call, kRemoveAbsence, Params().Int(absence_id).IntOrNull(only_consultant));
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

absl::StatusOr<v1::Conflict> AssignmentStore::WithdrawConflict(
    const rpc::CallContext& call, const v1::WithdrawConflictRequest& request) const {
  return CommandOne<v1::Conflict>(
      call, kWithdrawConflict,
      Params().Int(request.consultant_id()).Text(request.siren()).Text(request.reason()));
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
