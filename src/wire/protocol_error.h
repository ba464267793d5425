#pragma once

#include <string_view>

#include "spark/error.h"

/// Errors of the protocol itself, as Apache Spark's server throws them.
namespace hearth::wire {

/// INVALID_HANDLE.<what>, e.g. "SESSION_CHANGED".
spark::Error InvalidHandle(std::string_view what, std::string_view handle);

/// OPERATION_CANCELED: what an interrupted operation ends with.
spark::Error OperationCanceled(std::string_view operation_id);

/// INVALID_CURSOR.DISCONNECTED: what a reader gets that a newer one replaced.
spark::Error CursorDisconnected();

/// CONNECT_INVALID_PLAN.CANNOT_PARSE; `why` is for people.
spark::Error CannotParsePlan(std::string_view why);

}  // namespace hearth::wire
