#include "area/process.h"
#include "funding/funding_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-fundingd", {jalon::funding::FundingArea()}, argc, argv);
}
