// Flags of a command from a file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace hearth::apps {

// Gives the command the flags that the file names and the command line does not. A line each, `clusters = 2`
// for
// `--clusters 2`; empty lines and lines that begin with # are skipped. Throws CLI::FileError if there is no
// such file, CLI::ConfigError for a line that is none or a flag that the command does not have, and what a
// bad value throws.
void ApplyConfigFile(CLI::App* command, const std::string& path);

}  // namespace hearth::apps
