// SQL texts of the repository: the golden corpus and the parser's own.
#pragma once

#include <string>
#include <vector>

namespace hearth::fuzz {

// Each case of tests/golden/*.test (a query, or the Python of a DataFrame case) and of src/spark/sql/*_corpus.inc.
std::vector<std::string> GoldenTexts();

}  // namespace hearth::fuzz
