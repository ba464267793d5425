#include "golden_sql.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"

namespace hearth::fuzz {
namespace {

namespace fs = std::filesystem;

// Cases begin after a line that starts with "===" and end at one of dashes or at the next case.
void AddCases(const fs::path& file, std::vector<std::string>* texts) {
  std::ifstream in(file);
  std::string line, text;
  bool inside = false;
  const auto close = [&] {
    if (inside && !text.empty()) texts->push_back(text);
    text.clear();
    inside = false;
  };
  while (std::getline(in, line)) {
    if (line.rfind("===", 0) == 0) {
      close();
      inside = true;
    } else if (line.rfind("---", 0) == 0) {
      close();
    } else if (inside) {
      text += (text.empty() ? "" : "\n") + line;
    }
  }
  close();
}

}  // namespace

std::vector<std::string> GoldenTexts() {
  const fs::path root = HEARTH_SOURCE_DIR;
  std::vector<fs::path> files;
  for (const auto& [folder, ending] : {std::pair("tests/golden", ".test"), std::pair("src/spark/sql", "_corpus.inc")}) {
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      const std::string name = entry.path().filename();
      if (name.size() > std::string(ending).size() && name.ends_with(ending)) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) AddCases(file, &texts);
  HEARTH_CHECK(texts.size() > 500) << "the corpus is not where it was";
  return texts;
}

}  // namespace hearth::fuzz
