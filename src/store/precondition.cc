#include "store/precondition.h"

#include "store/keys.h"

namespace hearth::store {

absl::Status CheckPrecondition(const Batch::Precondition& precondition,
                               std::optional<std::string_view> value) {
  if (precondition.condition == Batch::Condition::kAbsent) {
    if (!value) return absl::OkStatus();
    return absl::AbortedError(QuotedKey(precondition.key) + " is there already");
  }
  if (!value) return absl::AbortedError(QuotedKey(precondition.key) + " is not there");
  if (*value == precondition.value) return absl::OkStatus();
  return absl::AbortedError(QuotedKey(precondition.key) + " has another value than expected");
}

}  // namespace hearth::store
