#include "engine/service/shown_relation.h"

namespace hearth::engine {

spark::DataType ShownRelation::Schema() const {
  const char* name = form == Form::kText ? "show_string" : "html_string";
  return spark::DataType::Struct({{name, spark::DataType::String(), false}});
}

std::string ShownRelation::Text(const TextTable& table) const {
  return form == Form::kText ? ShowString(table, num_rows, truncate, vertical)
                             : HtmlString(table, num_rows, truncate);
}

std::optional<ShownRelation> AsShown(const spark::Relation& relation) {
  if (const auto* show = relation.As<spark::ShowString>()) {
    return ShownRelation{ShownRelation::Form::kText, show->input, show->num_rows, show->truncate,
                         show->vertical};
  }
  if (const auto* html = relation.As<spark::HtmlString>()) {
    return ShownRelation{ShownRelation::Form::kHtml, html->input, html->num_rows, html->truncate, false};
  }
  return std::nullopt;
}

}  // namespace hearth::engine
