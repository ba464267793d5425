#include "gateway/repeatable.h"

#include <spark/connect/base.pb.h>

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

/// The latest change that made it; null if none did, or if the session was through what nobody looks at here:
/// a function may stand for another one, USE gives names another meaning.
const SessionChange* MakerOf(const std::string& view, const SessionSnapshot& bound) {
  const SessionChange* maker = nullptr;
  for (const SessionSnapshot::Entry& entry : *bound.changes) {
    if (entry.change->view == view) maker = entry.change.get();
  }
  return maker == nullptr || maker->is_drop ? nullptr : maker;
}

bool HasOnlyViews(const SessionSnapshot& bound) {
  for (const SessionSnapshot::Entry& entry : *bound.changes) {
    if (entry.change->view.empty()) return false;
  }
  return true;
}

}  // namespace

std::optional<std::set<std::string>> FilesOfRepeatable(const grpc::Slice& plan,
                                                       const SessionSnapshot& bound) {
  if (!HasOnlyViews(bound)) return std::nullopt;
  std::set<std::string> files;
  std::set<std::string> seen;
  std::vector<grpc::Slice> plans = {plan};
  try {
    while (!plans.empty()) {
      const spark::RelationPtr rows = RowsOf(plans.back());
      plans.pop_back();
      auto sources = rows == nullptr ? std::nullopt : spark::SourcesOf(rows);
      if (!sources) return std::nullopt;
      files.merge(sources->paths);
      for (const std::string& name : sources->names) {
        if (!seen.insert(name).second) continue;
        const SessionChange* const view = MakerOf(name, bound);
        if (view == nullptr) return std::nullopt;
        plans.push_back(view->plan);
      }
    }
  } catch (const spark::Error&) {
    return std::nullopt;
  }
  return files;
}

}  // namespace hearth::gateway
