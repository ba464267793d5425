#include "spark/connect/attribute_name.h"

#include <utility>

#include "spark/error.h"

namespace hearth::spark {
namespace {

// Reads one name from left to right. A part is quoted as a whole or not at all.
class AttributeNameParser {
 public:
  explicit AttributeNameParser(std::string_view name) : name_(name) {}

  std::vector<std::string> Parse() {
    for (at_ = 0; at_ < name_.size(); ++at_) {
      if (quoted_) {
        InsideQuotes();
      } else {
        OutsideQuotes();
      }
    }
    if (quoted_) Fail();
    parts_.push_back(std::move(part_));
    return std::move(parts_);
  }

 private:
  void InsideQuotes() {
    if (name_[at_] != '`') {
      part_ += name_[at_];
    } else if (Next() == '`') {
      part_ += '`';
      ++at_;
    } else {
      quoted_ = false;
      if (at_ + 1 < name_.size() && Next() != '.') Fail();
    }
  }

  void OutsideQuotes() {
    if (name_[at_] == '`') {
      if (!part_.empty()) Fail();
      quoted_ = true;
    } else if (name_[at_] == '.') {
      if (at_ == 0 || name_[at_ - 1] == '.' || at_ + 1 == name_.size()) Fail();
      parts_.push_back(std::exchange(part_, {}));
    } else {
      part_ += name_[at_];
    }
  }

  char Next() const { return at_ + 1 < name_.size() ? name_[at_ + 1] : '\0'; }

  [[noreturn]] void Fail() const {
    throw Error(ExceptionKind::kAnalysis, "INVALID_ATTRIBUTE_NAME_SYNTAX", {{"name", std::string(name_)}});
  }

  const std::string_view name_;
  size_t at_ = 0;
  bool quoted_ = false;
  std::string part_;
  std::vector<std::string> parts_;
};

}  // namespace

std::vector<std::string> ParseAttributeName(std::string_view name) {
  return AttributeNameParser(name).Parse();
}

}  // namespace hearth::spark
