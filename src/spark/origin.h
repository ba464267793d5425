// Where an expression or a relation came from: a piece of SQL text or a DataFrame call.
// Errors turn an Origin into Spark's query context.
#pragma once

#include <memory>
#include <string>

namespace hearth::spark {

// Immutable and shared by every node made from one parse; `start` and `stop` count characters
// (code points) of `sql_text` from 0, `stop` inclusive, as in Spark's QueryContext.
struct Origin {
  std::shared_ptr<const std::string> sql_text;  // null for a DataFrame call
  std::string object_type;                      // "VIEW" and the like when the text is a definition
  std::string object_name;
  int start = -1;
  int stop = -1;
  int line = 0;      // from 1
  int position = 0;  // column in the line, from 0

  std::string fragment;   // DataFrame: the method's name, e.g. "divide"
  std::string call_site;  // DataFrame: file and line of the user's code

  bool IsSql() const { return sql_text != nullptr; }
  bool IsDataFrame() const { return sql_text == nullptr && !fragment.empty(); }
};

using OriginPtr = std::shared_ptr<const Origin>;  // null: unknown

}  // namespace hearth::spark
