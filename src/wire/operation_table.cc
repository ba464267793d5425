#include "wire/operation_table.h"

#include <algorithm>
#include <utility>

#include "wire/protocol_error.h"
#include "wire/session.h"
#include "wire/uuid.h"

namespace hearth::wire {

namespace {

bool Interrupt(Operation& operation) {
  // Most operations are over when they are removed: their error need not even be made.
  if (operation.results().ended()) return false;
  return operation.Cancel(FailureOf(OperationCanceled(operation.id())));
}

template <typename Matches>
std::vector<std::string> InterruptMatching(const std::vector<std::shared_ptr<Operation>>& operations,
                                           Matches matches) {
  std::vector<std::string> interrupted;
  for (const auto& operation : operations) {
    if (matches(*operation) && Interrupt(*operation)) interrupted.push_back(operation->id());
  }
  return interrupted;
}

}  // namespace

OperationTable::Admitted OperationTable::Admit(const std::shared_ptr<Session>& session,
                                               ExecuteRequest request, base::Instant now) {
  const bool given = !request.operation_id.empty();
  if (given && !IsUuid(request.operation_id)) throw InvalidHandle("FORMAT", request.operation_id);
  std::string id = given ? request.operation_id : NewUuid();

  // Made before the lock: its digest reads the whole plan.
  auto operation = std::make_shared<Operation>(session, std::move(request), id, limits_, now);
  absl::MutexLock lock(&mutex_);
  if (const auto living = living_.find(id); living != living_.end()) {
    if (living->second->plan_digest() != operation->plan_digest()) {
      throw InvalidHandle("OPERATION_ALREADY_EXISTS", id);
    }
    return {living->second, false};
  }
  if (RemembersLocked(id)) throw InvalidHandle("OPERATION_ABANDONED", id);
  living_.emplace(std::move(id), operation);
  return {std::move(operation), true};
}

std::shared_ptr<Operation> OperationTable::Get(std::string_view id) const {
  absl::MutexLock lock(&mutex_);
  if (const auto living = living_.find(id); living != living_.end()) return living->second;
  throw InvalidHandle(RemembersLocked(id) ? "OPERATION_ABANDONED" : "OPERATION_NOT_FOUND", id);
}

std::shared_ptr<Operation> OperationTable::Find(std::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto living = living_.find(id);
  return living == living_.end() ? nullptr : living->second;
}

bool OperationTable::RemembersLocked(std::string_view id) const { return finished_states_.count(id) != 0; }

void OperationTable::RememberLocked(const Operation& operation, base::Instant now) {
  const Operation::State state = operation.state();
  finished_.push_back({operation.id(), now});
  // What is stopped by being forgotten shows as cancelled, not as running for ever.
  const bool was_running = state == Operation::State::kRunning || state == Operation::State::kTerminating;
  finished_states_[operation.id()] = was_running ? Operation::State::kCancelled : state;
  if (finished_.size() > limits_.finished_operations_max) {
    finished_states_.erase(finished_.front().id);
    finished_.pop_front();
  }
}

void OperationTable::Remove(const std::shared_ptr<Operation>& operation, base::Instant now) {
  {
    absl::MutexLock lock(&mutex_);
    const auto living = living_.find(operation->id());
    if (living == living_.end() || living->second != operation) return;
    living_.erase(living);
    RememberLocked(*operation, now);
  }
  Interrupt(*operation);
}

std::vector<std::string> OperationTable::InterruptAll() {
  return InterruptMatching(Living(), [](const Operation&) { return true; });
}

std::vector<std::string> OperationTable::InterruptTag(std::string_view tag) {
  return InterruptMatching(Living(), [&](const Operation& operation) {
    const auto& tags = operation.request().tags;
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  });
}

std::vector<std::string> OperationTable::InterruptOperation(std::string_view id) {
  return InterruptMatching(Living(), [&](const Operation& operation) { return operation.id() == id; });
}

void OperationTable::Sweep(base::Instant now) {
  for (const auto& operation : Living()) {
    const auto since = operation->detached_since();
    // A new reader may have come between the old one's departure and its note of it: ask the buffer itself
    // too.
    const bool abandoned = since && !operation->results().attached();
    if (abandoned && now - *since >= limits_.detached_timeout) Remove(operation, now);
  }
  absl::MutexLock lock(&mutex_);
  while (!finished_.empty() && now - finished_.front().at >= limits_.finished_operation_memory) {
    finished_states_.erase(finished_.front().id);
    finished_.pop_front();
  }
}

std::vector<std::shared_ptr<Operation>> OperationTable::Living() const {
  std::vector<std::shared_ptr<Operation>> operations;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, operation] : living_) operations.push_back(operation);
  }
  std::stable_sort(operations.begin(), operations.end(),
                   [](const auto& a, const auto& b) { return a->started() < b->started(); });
  return operations;
}

std::optional<Operation::State> OperationTable::StateOfFinished(std::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = finished_states_.find(id);
  if (found == finished_states_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> OperationTable::FinishedIds() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const Finished& finished : finished_) ids.push_back(finished.id);
  return ids;
}

}  // namespace hearth::wire
