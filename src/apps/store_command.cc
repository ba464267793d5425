#include "apps/store_command.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "apps/data_directory.h"
#include "apps/store_location.h"

namespace hearth::apps {
namespace {

struct StoreOptions {
  std::string data;
  std::string store;
  int64_t version = 0;
};

absl::Status Migrate(const StoreOptions& options) {
  const auto location = StoreLocation::Of(options.store, /*on_command_line=*/true);
  if (!location.ok()) return location.status();
  if (!location->is_file()) return location->Migrate("", options.version);
  if (options.data.empty()) return absl::InvalidArgumentError("needs --data or --store");
  const auto data = DataDirectory::Open(options.data);
  if (!data.ok()) return data.status();
  return location->Migrate((*data)->store(), options.version);
}

int Run(const StoreOptions& options) {
  const absl::Status status = Migrate(options);
  if (!status.ok()) std::fprintf(stderr, "hearth store: %s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace

void AddStoreCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<StoreOptions>();
  CLI::App* command = app.add_subcommand(
      "store", "Takes the store of a server that does not run to another version of its tables");
  command->add_option("--data", options->data, "Folder of the server, if its store is in it");
  command->add_option("--store", options->store, "The server's --store, if it has one");
  command->add_option("--to", options->version, "Version, which an older Hearth names that refuses the store")
      ->required();
  command->callback([options, status] { *status = Run(*options); });
}

}  // namespace hearth::apps
