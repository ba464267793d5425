// What an operation that changes its session does to it, as far as the gateway has to know.
#pragma once

#include <optional>
#include <string>

#include "gateway/session_log.h"
#include "spark/plan/command.h"
#include "wire/configuration.h"

namespace spark::connect {
class Plan;
}  // namespace spark::connect

namespace hearth::gateway {

struct SessionEffect {
  // SET or RESET: it changes the configuration and nothing else.
  std::optional<spark::SetConfiguration> setting;
  // See SessionChange.
  std::string view;
  std::string function;
  // It stands after it also where there was one of its name, or goes without an error where there was none:
  // what was there before does not matter.
  bool is_certain = false;
  // DROP VIEW, whose text does not tell a temporary view from one that others see.
  bool is_drop = false;
  Name name() const { return NameOf(view, function); }
};

// Of a plan that is not read-only. Never throws; parses SQL, so it needs the stack of that.
SessionEffect SessionEffectOf(const ::spark::connect::Plan& plan);

// Does to a record of what was set what a cluster did, which checked it.
void Apply(const spark::SetConfiguration& setting, wire::SessionConfiguration::Pairs* pairs);

}  // namespace hearth::gateway
