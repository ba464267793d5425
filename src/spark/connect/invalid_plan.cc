#include "spark/connect/invalid_plan.h"

#include <utility>

namespace hearth::spark {

Error InvalidPlan(std::string_view sub_condition, Error::Parameters parameters) {
  return Error(ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN." + std::string(sub_condition),
               std::move(parameters));
}

Error OneOfNotSet(std::string full_name, std::string name) {
  return InvalidPlan("INVALID_ONE_OF_FIELD_NOT_SET",
                     {{"fullName", std::move(full_name)}, {"name", std::move(name)}});
}

Error InvalidEnum(std::string full_name, std::string name, int number) {
  return InvalidPlan(
      "INVALID_ENUM",
      {{"fullName", std::move(full_name)}, {"name", std::move(name)}, {"number", std::to_string(number)}});
}

}  // namespace hearth::spark
