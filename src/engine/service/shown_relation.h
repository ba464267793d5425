// df.show() and its HTML form: relations whose one row is a table as text, made here and not by DuckDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/service/show_string.h"
#include "spark/plan/relation.h"

namespace hearth::engine {

struct ShownRelation {
  enum class Form { kText, kHtml };
  Form form = Form::kText;
  spark::RelationPtr input;
  int32_t num_rows = 0;
  int32_t truncate = 0;
  bool vertical = false;

  // One string column, not null: show_string or html_string.
  spark::DataType Schema() const;
  std::string Text(const TextTable& table) const;
};

// Nullopt for any other relation.
std::optional<ShownRelation> AsShown(const spark::Relation& relation);

}  // namespace hearth::engine
