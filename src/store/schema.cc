#include "store/schema.h"

#include "absl/strings/str_cat.h"

namespace hearth::store {

absl::Status NewerSchema(const std::string& store, int64_t version, int64_t known) {
  return absl::FailedPreconditionError(absl::StrCat(
      store, " was written by a newer Hearth: its schema is version ", version, ", this Hearth knows ", known,
      "; start the newer one, or let it take the store down first, by `hearth store --to ", known, "`"));
}

absl::Status CheckSchemaVersion(int64_t version, int64_t known) {
  if (version >= 1 && version <= known) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("no way to version ", version, " of the schema; known are 1 to ", known));
}

}  // namespace hearth::store
