#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "catalog/change.h"
#include "catalog/objects.h"

namespace hearth::catalog {

/// Objects and changes as JSON, in records and between processes. What is left out has its default; what a
/// later version added is ignored. Decoding fails with DATA_LOSS for anything else.
std::string Encode(const Database& database);
std::string Encode(const Table& table);
std::string Encode(const Manifest& manifest);
std::string Encode(const Change& change);
absl::StatusOr<Database> DecodeDatabase(std::string_view record);
absl::StatusOr<Table> DecodeTable(std::string_view record);
absl::StatusOr<Manifest> DecodeManifest(std::string_view record);
absl::StatusOr<Change> DecodeChange(std::string_view record);

/// Whether the record can hold it: all texts are UTF-8. INVALID_ARGUMENT if not.
absl::Status CheckText(const Change& change);

}  // namespace hearth::catalog
