#ifndef JALON_CLIENTS_CLI_DEMO_RULEBOOK_H_
#define JALON_CLIENTS_CLI_DEMO_RULEBOOK_H_

namespace jalon::cli {

// deploy/rulebooks/ia-booster-hdf.yaml as it was when the program was built, so that `jalon demo load` works
// from anywhere.
extern const char kDemoRulebook[];

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_DEMO_RULEBOOK_H_
