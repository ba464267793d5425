#include "gateway/session_effect.h"

#include <spark/connect/base.pb.h>

#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "spark/connect/plan_decoder.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::gateway {

namespace {

struct EffectOfCommand {
  SessionEffect operator()(const spark::SetConfiguration& set) const {
    SessionEffect effect;
    if (set.is_reset || (set.key && set.value)) effect.setting = set;
    return effect;
  }
  SessionEffect operator()(const spark::CreateView& view) const {
    SessionEffect effect;
    const bool surely = view.is_temporary && !view.is_global && !view.if_not_exists && view.name.size() == 1;
    if (surely) effect.view = absl::AsciiStrToLower(view.name[0]);
    effect.is_certain = view.replace;
    return effect;
  }
  SessionEffect operator()(const spark::DropView& view) const {
    SessionEffect effect;
    if (view.name.size() == 1) effect.view = absl::AsciiStrToLower(view.name[0]);
    effect.is_certain = view.if_exists;
    effect.is_drop = true;
    return effect;
  }
  template <typename Other>
  SessionEffect operator()(const Other&) const {
    return {};
  }
};

SessionEffect EffectOfFunction(const std::string& name) {
  SessionEffect effect;
  effect.function = absl::AsciiStrToLower(name);
  effect.is_certain = true;
  return effect;
}

SessionEffect EffectOfRelation(const spark::Relation& relation) {
  const auto* text = relation.As<spark::SqlText>();
  if (text == nullptr) return {};
  const spark::Statement statement = spark::ParseStatement(text->query);
  const auto* command = std::get_if<spark::Command>(&statement);
  return command == nullptr ? SessionEffect{} : std::visit(EffectOfCommand(), *command);
}

}  // namespace

SessionEffect SessionEffectOf(const ::spark::connect::Plan& plan) {
  const auto& command = plan.command();
  if (command.has_register_function()) return EffectOfFunction(command.register_function().function_name());
  if (command.has_register_table_function()) {
    return EffectOfFunction(command.register_table_function().function_name());
  }
  if (plan.root().catalog().has_drop_temp_view()) {
    // Its answer tells whether there was one, so it is not certain.
    return EffectOfCommand()(spark::DropView{{plan.root().catalog().drop_temp_view().view_name()}, false});
  }
  try {
    const auto decoded = spark::DecodePlan(plan);
    if (const auto* relation = std::get_if<spark::RelationPtr>(&decoded)) return EffectOfRelation(**relation);
    const auto* connect = std::get_if<spark::ConnectCommand>(&decoded);
    if (const auto* view = std::get_if<spark::CreateView>(connect)) return EffectOfCommand()(*view);
    if (const auto* sql = std::get_if<spark::SqlCommand>(connect)) return EffectOfRelation(*sql->input);
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
