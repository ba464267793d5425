#pragma once

#include <string>
#include <string_view>

#include "spark/error.h"

/// Errors of the protocol itself, as Apache Spark's server throws them.
namespace hearth::wire {

/// INVALID_HANDLE.<what>, e.g. "SESSION_CHANGED".
spark::Error InvalidHandle(std::string_view what, std::string_view handle);

/// OPERATION_CANCELED: what an interrupted operation ends with.
spark::Error OperationCanceled();

/// OPERATION_CANCELED too, for what was not cancelled by its client: `why` is a sentence for it.
spark::Error OperationCanceled(std::string_view why);

/// INVALID_CURSOR.DISCONNECTED: what a reader gets that a newer one replaced, or whose operation was
/// released.
spark::Error CursorDisconnected();

/// INVALID_CURSOR.NOT_REATTACHABLE: what asked for a reattachable operation is not for this one.
spark::Error CursorNotReattachable();

/// INVALID_CLONE_SESSION_REQUEST.<what>, e.g. "TARGET_SESSION_ID_FORMAT".
spark::Error InvalidCloneSessionRequest(std::string_view what, std::string_view target_session_id);

/// An error that Spark throws as a plain Java exception, without a condition.
spark::Error JavaError(spark::ExceptionKind kind, std::string message);

/// CONNECT_INVALID_PLAN.CANNOT_PARSE; `why` is for people.
spark::Error CannotParsePlan(std::string_view why);

}  // namespace hearth::wire
