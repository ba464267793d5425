// What a glance at SQL text tells, without parsing it.
#pragma once

#include <string_view>

namespace hearth::spark {

enum class SqlEffect {
  kNone,           // a query, or one that only shows something
  kConfiguration,  // SET, RESET
  kSession,        // changes the session: temporary views, functions, variables, USE, CACHE
  kExternal,       // anything else: it may change what others see
};

// By its leading words. What it does not know is kExternal, the class that is never run twice.
SqlEffect EffectOfSql(std::string_view text);

}  // namespace hearth::spark
