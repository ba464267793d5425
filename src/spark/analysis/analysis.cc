#include "spark/analysis/analysis.h"

namespace hearth::spark {

bool Analysis::Setting(std::string_view key) const {
  return LowerCase(environment.Configuration(key)) == "true";
}

}  // namespace hearth::spark
