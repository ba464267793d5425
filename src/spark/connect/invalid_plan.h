// Errors about messages that say something that no Spark Connect client may say.
#pragma once

#include <string>
#include <string_view>

#include "spark/error.h"

namespace hearth::spark {

// InvalidPlanInput with the condition CONNECT_INVALID_PLAN.<sub_condition>.
Error InvalidPlan(std::string_view sub_condition, Error::Parameters parameters = {});

// A oneof of the message without a value (a newer client's kind reads as that too).
// `full_name` is the message's ("spark.connect.Relation"), `name` the oneof's ("rel_type").
Error OneOfNotSet(std::string full_name, std::string name);

// An enum value that means nothing in its place.
Error InvalidEnum(std::string full_name, std::string name, int number);

}  // namespace hearth::spark
