// Rows for people to read.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace hearth::apps {

// Columns as wide as their widest cell, two spaces apart; those whose name begins with '>' to the right.
class TextTable {
 public:
  explicit TextTable(std::initializer_list<const char*> columns);

  // As many cells as there are columns. Control characters become spaces.
  void Add(std::vector<std::string> cells);
  // The names of the columns, then a line each row. Trailing spaces are left out.
  std::string ToString() const;

 private:
  struct Column {
    std::string name;
    bool right;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hearth::apps
