#include "wire/protocol_error.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::wire {

using spark::Error;
using spark::ExceptionKind;

Error InvalidHandle(std::string_view what, std::string_view handle) {
  return Error(ExceptionKind::kSql, "INVALID_HANDLE." + std::string(what), {{"handle", std::string(handle)}});
}

Error OperationCanceled() { return Error(ExceptionKind::kSql, "OPERATION_CANCELED", {}); }

Error OperationCanceled(std::string_view why) {
  const Error plain = OperationCanceled();
  return Error::WithMessage(plain.kind(), plain.condition(), plain.sql_state(), {},
                            absl::StrCat("[", plain.condition(), "] Operation has been canceled. ",
                                         std::string(why), " SQLSTATE: ", plain.sql_state()));
}

Error CursorDisconnected() { return Error(ExceptionKind::kSql, "INVALID_CURSOR.DISCONNECTED", {}); }

Error CannotParsePlan(std::string_view why) {
  return Error(ExceptionKind::kSql, "CONNECT_INVALID_PLAN.CANNOT_PARSE", {{"errorMsg", std::string(why)}});
}

Error CursorNotReattachable() { return Error(ExceptionKind::kSql, "INVALID_CURSOR.NOT_REATTACHABLE", {}); }

Error InvalidCloneSessionRequest(std::string_view what, std::string_view target_session_id) {
  return Error(ExceptionKind::kSql, "INVALID_CLONE_SESSION_REQUEST." + std::string(what),
               {{"targetSessionId", std::string(target_session_id)}});
}

Error JavaError(ExceptionKind kind, std::string message) {
  return Error::WithMessage(kind, "", "", {}, std::move(message));
}

}  // namespace hearth::wire
