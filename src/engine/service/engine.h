// The program behind `hearth engine`: a Spark Connect server on DuckDB.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "base/bytes.h"
#include "wire/limits.h"

namespace hearth::engine {

struct EngineOptions {
  // "HOST:PORT" (loopback only; port 0 takes a free one) or "unix:PATH".
  std::string listen = "127.0.0.1:15002";
  // For the whole process. DuckDB gets what is left after the process itself and results on their way.
  base::Bytes memory = base::Bytes::GiB(2);
  int threads = 2;
  // The folder of the tables, by default spark-warehouse in the current one. Without `catalog` what is in the
  // catalog ends with the process.
  std::string warehouse = "spark-warehouse";
  // "unix:PATH" of the gateway's catalog service, whose tables these are then.
  std::string catalog;
  // Spills go below it; empty: nothing spills, and queries fail when memory is full.
  std::string temp;
  // Configurations that every session starts with, over Spark's defaults.
  std::map<std::string, std::string> settings;
  wire::Limits limits;
  // How long running work may go on after SIGTERM.
  std::chrono::milliseconds grace = std::chrono::seconds(10);
};

// What is printed when everything has ended that SIGUSR1 asks to end.
inline constexpr char kReleasedLine[] = "hearth engine released all";

// Serves until SIGTERM or SIGINT and returns the process's exit status. Prints "hearth engine ready on
// HOST:PORT" (or unix:PATH) to standard output once clients can connect; what goes wrong before goes to
// standard error. SIGUSR1 ends all sessions and operations: whoever they were for is gone. Call it from the
// main thread before any other thread exists.
int RunEngine(const EngineOptions& options);

}  // namespace hearth::engine
