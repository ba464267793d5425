#pragma once

#include <string_view>

#include "wire/unary_rpc.h"

namespace hearth::wire {

/// The handler of a unary method of SparkConnectService, by its name ("Config"); nullptr for a name that is
/// none. ExecutePlan and ReattachExecute are ExecuteStream's.
const UnaryRpc::Handler* FindUnaryHandler(std::string_view method);

}  // namespace hearth::wire
