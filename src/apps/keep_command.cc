#include "apps/keep_command.h"

#include <memory>
#include <string>

#include "fleet/launch/keeper.h"

namespace hearth::apps {

namespace {
constexpr int kListeningFd = 3;
}  // namespace

void AddKeepCommand(CLI::App& app, int* status) {
  auto socket = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("keep", "Keeps a cluster for its gateway")->group("");
  command->add_option("socket", *socket, "Where a gateway finds it: descriptor 3 listens there")->required();
  command->callback([socket, status] { *status = fleet::Keep(kListeningFd); });
}

}  // namespace hearth::apps
