#include "area/process.h"
#include "inbox/inbox_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-inboxd", {jalon::inbox::InboxArea()}, argc, argv);
}
