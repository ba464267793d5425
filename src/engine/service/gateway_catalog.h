// The catalog of the gateway that this engine works for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "catalog/catalog.h"
#include "wire/limits.h"

namespace hearth::engine {

// `address`: "unix:PATH" of its service. Connects at the first call. INVALID_ARGUMENT for what is no address.
absl::StatusOr<std::unique_ptr<catalog::Catalog>> ConnectCatalog(const std::string& address,
                                                                 const std::string& warehouse,
                                                                 const wire::Limits& limits);

}  // namespace hearth::engine
