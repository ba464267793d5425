// HEARTH_CHECK(condition) << "what should be impossible: " << value;
//
// For what cannot happen unless the program is wrong: prints file, line, condition and text to standard
// error, then aborts. It stays on in every build. What input or the environment can cause is an error, not a
// check.
#pragma once

#include <sstream>

namespace hearth::base {

// Collects the text of a failed check; its destructor aborts the process.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  CheckFailure(const CheckFailure&) = delete;
  CheckFailure& operator=(const CheckFailure&) = delete;
  [[noreturn]] ~CheckFailure();

  std::ostream& stream() { return text_; }

 private:
  std::ostringstream text_;
};

}  // namespace hearth::base

#define HEARTH_CHECK(condition)                                  \
  while (__builtin_expect(!static_cast<bool>(condition), false)) \
  ::hearth::base::CheckFailure(__FILE__, __LINE__, #condition).stream()
