// Rows for people to read.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace hearth::apps {

// Without control characters, which become spaces: texts of clients shall not move a terminal's cursor.
std::string OneLine(std::string text);

// Columns as wide as their widest cell, two spaces apart; those whose name begins with '>' to the right.
class TextTable {
 public:
  explicit TextTable(std::initializer_list<const char*> columns);

  // As many cells as there are columns, each as OneLine.
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
