#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hearth::base {

CheckFailure::CheckFailure(const char* file, int line, const char* condition) {
  text_ << file << ":" << line << ": check failed: " << condition << " ";
}

CheckFailure::~CheckFailure() {
  text_ << "\n";
  std::fputs(text_.str().c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace hearth::base
