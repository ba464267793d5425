// A printed expression, and the columns that expressions refer to.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "engine/lower/duck_type.h"
#include "spark/analysis/typed_expression.h"

namespace hearth::engine {

struct Fragment {
  enum class Form {
    kColumn,    // a name; printing it twice costs nothing
    kConstant,  // a literal, perhaps in a cast
    kExpression,
  };

  std::string sql;  // binds at least as tightly as a parenthesized expression
  DuckType type;
  Form form = Form::kExpression;
  bool raises = false;         // holds a raising function: runs only for the rows that Spark runs it for
  bool has_aggregate = false;  // not to be printed inside another aggregate or a WHERE
  bool has_window = false;
};

// How each column in reach is printed.
using Columns = std::map<spark::ColumnId, Fragment>;

// Marks `out` with what its part brings along.
inline void Inherit(Fragment* out, const Fragment& part) {
  out->raises = out->raises || part.raises;
  out->has_aggregate = out->has_aggregate || part.has_aggregate;
  out->has_window = out->has_window || part.has_window;
}

}  // namespace hearth::engine
