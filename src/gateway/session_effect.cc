#include "gateway/session_effect.h"

#include <spark/connect/base.pb.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::gateway {

namespace {

std::string LowerCase(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

struct EffectOfCommand {
  SessionEffect operator()(const spark::SetConfiguration& set) const { return {set, "", "", false}; }
  SessionEffect operator()(const spark::CreateView& view) const {
    const bool surely = view.is_temporary && !view.is_global && !view.if_not_exists && view.name.size() == 1;
    return {std::nullopt, surely ? LowerCase(view.name[0]) : "", "", false};
  }
  SessionEffect operator()(const spark::DropView& view) const {
    return {std::nullopt, view.name.size() == 1 ? LowerCase(view.name[0]) : "", "", true};
  }
  template <typename Other>
  SessionEffect operator()(const Other&) const {
    return {};
  }
};

SessionEffect EffectOfRelation(const spark::Relation& relation) {
  const auto* text = relation.As<spark::SqlText>();
  if (text == nullptr) return {};
  const spark::Statement statement = spark::ParseStatement(text->query);
  const auto* command = std::get_if<spark::Command>(&statement);
  return command == nullptr ? SessionEffect{} : std::visit(EffectOfCommand(), *command);
}

}  // namespace

SessionEffect SessionEffectOf(const ::spark::connect::Plan& plan) {
  switch (plan.command().command_type_case()) {
    case ::spark::connect::Command::kRegisterFunction:
      return {std::nullopt, "", LowerCase(plan.command().register_function().function_name()), false};
    case ::spark::connect::Command::kRegisterTableFunction:
      return {std::nullopt, "", LowerCase(plan.command().register_table_function().function_name()), false};
    default: break;
  }
  try {
    const auto decoded = spark::DecodePlan(plan);
    if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) return EffectOfRelation(**relation);
    const auto* command = std::get_if<spark::ConnectCommand>(&decoded);
    if (const auto* view = std::get_if<spark::CreateView>(command)) return EffectOfCommand()(*view);
    if (const auto* sql = std::get_if<spark::SqlCommand>(command)) return EffectOfRelation(*sql->input);
  } catch (const spark::Error&) {
    // The cluster says what is wrong with it, or knows more than we do.
  }
  return {};
}

void Apply(const spark::SetConfiguration& setting, wire::SessionConfiguration::Pairs* pairs) {
  if (!setting.is_reset) {
    if (setting.key && setting.value) pairs->insert_or_assign(*setting.key, *setting.value);
  } else if (setting.key) {
    pairs->erase(*setting.key);
  } else {
    std::erase_if(*pairs,
                  [](const auto& pair) { return wire::SessionConfiguration::IsModifiable(pair.first); });
  }
}

}  // namespace hearth::gateway
