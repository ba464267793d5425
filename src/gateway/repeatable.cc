#include "gateway/repeatable.h"

#include <spark/connect/base.pb.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "spark/fingerprint/sources.h"
#include "spark/sql/parser.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {

/// The query of a CREATE VIEW in SQL.
spark::RelationPtr QueryOfView(const spark::RelationPtr& sql) {
  const auto* text = sql->As<spark::SqlText>();
  if (text == nullptr) return nullptr;
  const spark::Statement statement = spark::ParseStatement(text->query);
  const auto* command = std::get_if<spark::Command>(&statement);
  const auto* view = command == nullptr ? nullptr : std::get_if<spark::CreateView>(command);
  return view == nullptr ? nullptr : view->plan;
}

/// What the plan gives: the rows of a query, or those of the view that it makes. Null if it is neither.
spark::RelationPtr RowsOf(const grpc::Slice& encoded) {
  ::spark::connect::Plan plan;
  wire::DecodeMessage(encoded, &plan);
  const auto decoded = spark::DecodePlan(plan);
  if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) return *relation;
  const auto& command = std::get<spark::ConnectCommand>(decoded);
  if (const auto* view = std::get_if<spark::CreateView>(&command)) return view->plan;
  const auto* sql = std::get_if<spark::SqlCommand>(&command);
  return sql == nullptr ? nullptr : QueryOfView(sql->input);
}

using Entry = SessionSnapshot::Entry;

/// The change that made what this name meant at a position; null if it was no view then.
const Entry* MakerOf(const std::string& view, uint64_t position, const SessionSnapshot& bound) {
  const Entry* maker = nullptr;
  for (const Entry& entry : *bound.changes) {
    if (entry.position < position && entry.change->view == view) maker = &entry;
  }
  return maker == nullptr || maker->change->is_drop ? nullptr : maker;
}

/// Nothing else gives names and functions another meaning.
bool HasOnlyViews(const SessionSnapshot& bound) {
  return std::none_of(bound.changes->begin(), bound.changes->end(),
                      [](const Entry& entry) { return entry.change->view.empty(); });
}

/// A plan, and when its names got their meaning.
struct Reader {
  grpc::Slice plan;
  uint64_t position;
};

}  // namespace

std::optional<std::set<std::string>> FilesOfRepeatable(const grpc::Slice& plan,
                                                       const SessionSnapshot& bound) {
  if (!HasOnlyViews(bound)) return std::nullopt;
  std::set<std::string> files;
  spark::Sources all;
  std::set<uint64_t> seen;
  std::vector<Reader> readers = {{plan, bound.position + 1}};
  try {
    while (!readers.empty()) {
      const Reader reader = std::move(readers.back());
      readers.pop_back();
      const spark::RelationPtr rows = RowsOf(reader.plan);
      auto sources = rows == nullptr ? std::nullopt : spark::SourcesOf(rows);
      if (!sources) return std::nullopt;
      all.sorts += sources->sorts;
      all.cuts += sources->cuts;
      all.is_loose |= sources->is_loose;
      files.merge(sources->paths);
      for (const std::string& name : sources->names) {
        const Entry* const view = MakerOf(name, reader.position, bound);
        if (view == nullptr) return std::nullopt;
        if (seen.insert(view->position).second) readers.push_back({view->change->plan, view->position});
      }
    }
  } catch (const spark::Error&) {
    return std::nullopt;
  }
  if (all.may_change_sorted_rows()) return std::nullopt;
  return files;
}

}  // namespace hearth::gateway
