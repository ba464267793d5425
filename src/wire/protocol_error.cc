#include "wire/protocol_error.h"

#include <string>

namespace hearth::wire {

using spark::Error;
using spark::ExceptionKind;

Error InvalidHandle(std::string_view what, std::string_view handle) {
  return Error(ExceptionKind::kSql, "INVALID_HANDLE." + std::string(what), {{"handle", std::string(handle)}});
}

Error OperationCanceled(std::string_view operation_id) {
  return Error(ExceptionKind::kSql, "OPERATION_CANCELED", {{"operationId", std::string(operation_id)}});
}

Error CursorDisconnected() { return Error(ExceptionKind::kSql, "INVALID_CURSOR.DISCONNECTED", {}); }

Error CannotParsePlan(std::string_view why) {
  return Error(ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
               {{"errorMsg", std::string(why)}});
}

}  // namespace hearth::wire
