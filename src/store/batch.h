#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace hearth::store {

/// Changes that happen together or not at all, if the store is as the preconditions say. Keys and values are
/// any bytes, the empty string among them.
///
/// All preconditions are looked at before the first change is made, against what the batches before this one
/// left. The changes are then made in the order in which they were added, so that an erased prefix can be
/// filled again in the same batch. A batch without changes is a question ("is this still so?") or, without
/// preconditions too, a mark: it is done when everything before it is durable.
class Batch {
 public:
  enum class Change { kPut, kErase, kErasePrefix };
  struct Step {
    Change change;
    std::string key;    ///< or the prefix
    std::string value;  ///< of kPut
  };
  enum class Condition { kAbsent, kHasValue };
  struct Precondition {
    Condition condition;
    std::string key;
    std::string value;  ///< of kHasValue
  };

  /// Inserts or replaces.
  Batch& Put(std::string key, std::string value) {
    return Add({Change::kPut, std::move(key), std::move(value)});
  }
  /// A key that is not there is no error.
  Batch& Erase(std::string key) { return Add({Change::kErase, std::move(key), {}}); }
  /// The empty prefix erases everything.
  Batch& ErasePrefix(std::string prefix) { return Add({Change::kErasePrefix, std::move(prefix), {}}); }

  Batch& RequireAbsent(std::string key) { return Add({Condition::kAbsent, std::move(key), {}}); }
  /// Compare-and-set, with a Put of the same key. A value that says its version makes A-B-A impossible.
  Batch& RequireValue(std::string key, std::string value) {
    return Add({Condition::kHasValue, std::move(key), std::move(value)});
  }

  const std::vector<Precondition>& preconditions() const { return preconditions_; }
  const std::vector<Step>& steps() const { return steps_; }
  /// Of all keys and values in it: what counts against the limit of the queue.
  size_t bytes() const { return bytes_; }

 private:
  Batch& Add(Step step) {
    bytes_ += step.key.size() + step.value.size();
    steps_.push_back(std::move(step));
    return *this;
  }
  Batch& Add(Precondition precondition) {
    bytes_ += precondition.key.size() + precondition.value.size();
    preconditions_.push_back(std::move(precondition));
    return *this;
  }

  std::vector<Precondition> preconditions_;
  std::vector<Step> steps_;
  size_t bytes_ = 0;
};

}  // namespace hearth::store
