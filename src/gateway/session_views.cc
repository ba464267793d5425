#include "gateway/session_views.h"

#include <spark/connect/base.pb.h>

#include <variant>

#include "spark/connect/plan_decoder.h"
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

}  // namespace

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

const SessionSnapshot::Entry* MakerOf(const std::string& view, uint64_t position,
                                      const SessionSnapshot& bound) {
  const SessionSnapshot::Entry* maker = nullptr;
  for (const SessionSnapshot::Entry& entry : *bound.changes) {
    if (entry.position < position && entry.change->view == view) maker = &entry;
  }
  return maker == nullptr || maker->change->is_drop ? nullptr : maker;
}

}  // namespace hearth::gateway
