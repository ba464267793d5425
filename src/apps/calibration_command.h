// hearth calibration: how what was expected of operations compares with what they took.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddCalibrationCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
