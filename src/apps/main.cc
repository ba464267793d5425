#include <CLI/CLI.hpp>

#include "apps/engine_command.h"

int main(int argc, char** argv) {
  CLI::App app("Serverless Spark in one program");
  app.require_subcommand(1);
  int status = 0;
  hearth::apps::AddEngineCommand(app, &status);
  CLI11_PARSE(app, argc, argv);
  return status;
}
