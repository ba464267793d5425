#include "apps/config_file.h"

#include <fstream>
#include <set>

namespace hearth::apps {

namespace {

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

void ApplyConfigFile(CLI::App* command, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw CLI::FileError::Missing(path);
  std::set<CLI::Option*> given;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    line = Trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    const std::string where = path + ":" + std::to_string(number) + ": ";
    const size_t equals = line.find('=');
    if (equals == std::string::npos)
      throw CLI::ConfigError(where + "no NAME = VALUE");  // It may hold a secret.
    const std::string name = Trimmed(line.substr(0, equals));
    CLI::Option* option = command->get_option_no_throw("--" + name);
    if (option == nullptr || name == "config" || name.rfind("help", 0) == 0) {
      throw CLI::ConfigError(where + "there is no flag --" + name);
    }
    if (!given.insert(option).second) throw CLI::ConfigError(where + name + " is given twice");
    if (option->count() > 0) continue;  // The command line has the last word.
    option->add_result(Trimmed(line.substr(equals + 1)));
    option->run_callback();
  }
}

}  // namespace hearth::apps
