#include "area/process.h"
#include "audit/audit_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-auditd", {jalon::audit::AuditArea()}, argc, argv);
}
