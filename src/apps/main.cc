#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "apps/calibration_command.h"
#include "apps/descriptor_limit.h"
#include "apps/engine_command.h"
#include "apps/explain_command.h"
#include "apps/keep_command.h"
#include "apps/run_command.h"
#include "apps/serve_command.h"
#include "apps/simulate_command.h"
#include "apps/status_command.h"
#include "apps/store_command.h"
#include "apps/token_command.h"

int main(int argc, char** argv) {
#ifdef NDEBUG
  // Debian builds abseil with its detector of lock cycles, which every lock of gRPC's then pays for too.
  // Debug builds keep it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  hearth::apps::RaiseDescriptorLimit();
  CLI::App app("Hearth: serverless Spark in one program. Point any Spark Connect client at `hearth serve`.");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of all commands");
  int status = 0;
  hearth::apps::AddServeCommand(app, &status);
  hearth::apps::AddRunCommand(app, &status);
  hearth::apps::AddStatusCommands(app, &status);
  hearth::apps::AddExplainCommand(app, &status);
  hearth::apps::AddCalibrationCommand(app, &status);
  hearth::apps::AddSimulateCommand(app, &status);
  hearth::apps::AddTokenCommand(app, &status);
  hearth::apps::AddStoreCommand(app, &status);
  hearth::apps::AddEngineCommand(app, &status);
  hearth::apps::AddKeepCommand(app, &status);
  CLI11_PARSE(app, argc, argv);
  // No destructors of statics: threads of gRPC may still be ending calls, and would find what they use
  // destroyed.
  std::fflush(nullptr);
  std::_Exit(status);
}
