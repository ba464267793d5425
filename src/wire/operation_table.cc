#include "wire/operation_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "wire/protocol_error.h"
#include "wire/session.h"
#include "wire/uuid.h"

namespace hearth::wire {

namespace {

bool Interrupt(Operation& operation) {
  if (operation.results().ended()) return false;
  return operation.Cancel(FailureOf(OperationCanceled()));
}

/// As Spark checks what a client tags its operations with.
void CheckTags(const std::vector<std::string>& tags) {
  const auto refuse = [](const char* message) {
    throw JavaError(spark::ExceptionKind::kJavaIllegalArgument, message);
  };
  for (const std::string& tag : tags) {
    if (tag.empty()) refuse("Spark Connect tag cannot be an empty string.");
    if (tag.find(',') != std::string::npos) refuse("Spark Connect tag cannot contain ','.");
  }
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
  if (request.operation_id && !IsUuid(*request.operation_id)) {
    throw InvalidHandle("FORMAT", *request.operation_id);
  }
  CheckTags(request.tags);
  std::string id = request.operation_id ? *request.operation_id : NewUuid();

  // Made before the lock: its digest reads the whole plan.
  auto operation = std::make_shared<Operation>(session, std::move(request), id, limits_, now);
  absl::MutexLock lock(&mutex_);
  if (const auto living = living_.find(id); living != living_.end()) {
    if (living->second->plan_digest() != operation->plan_digest()) {
      throw InvalidHandle("OPERATION_ALREADY_EXISTS", id);
    }
    return {living->second, false};
  }
  if (ends_.count(id) != 0) throw InvalidHandle("OPERATION_ABANDONED", id);
  living_.emplace(std::move(id), operation);
  return {std::move(operation), true};
}

OperationTable::Admitted OperationTable::Resume(const std::shared_ptr<Session>& session,
                                                ExecuteRequest request, ResultPrefix had, base::Instant now) {
  std::string id = *request.operation_id;
  auto operation = std::make_shared<Operation>(session, std::move(request), id, limits_, now, had);
  absl::MutexLock lock(&mutex_);
  if (ends_.count(id) != 0) return {nullptr, false};
  const auto [living, created] = living_.emplace(std::move(id), operation);
  return {living->second, created};
}

std::shared_ptr<Operation> OperationTable::Get(std::string_view id) const {
  absl::MutexLock lock(&mutex_);
  if (const auto living = living_.find(id); living != living_.end()) return living->second;
  const auto end = ends_.find(id);
  throw InvalidHandle(
      end != ends_.end() && end->second.abandoned ? "OPERATION_ABANDONED" : "OPERATION_NOT_FOUND", id);
}

std::shared_ptr<Operation> OperationTable::Find(std::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto living = living_.find(id);
  return living == living_.end() ? nullptr : living->second;
}

void OperationTable::RememberLocked(const Operation& operation, Removal why, base::Instant now) {
  const Operation::State state = operation.state();
  finished_.push_back({operation.id(), now});
  // What is stopped by being forgotten shows as cancelled, not as running for ever.
  ends_[operation.id()] = {state == Operation::State::kRunning ? Operation::State::kCancelled : state,
                           why == Removal::kAbandoned};
  if (finished_.size() > limits_.finished_operations_max) {
    ends_.erase(finished_.front().id);
    finished_.pop_front();
  }
}

void OperationTable::Remove(const std::shared_ptr<Operation>& operation, Removal why, base::Instant now) {
  {
    absl::MutexLock lock(&mutex_);
    const auto living = living_.find(operation->id());
    if (living == living_.end() || living->second != operation) return;
    living_.erase(living);
    RememberLocked(*operation, why, now);
  }
  // Most operations are over when they are removed: their error need not even be made.
  if (operation->results().ended()) return;
  operation->Cancel(FailureOf(why == Removal::kShutdown ? OperationCanceled() : CursorDisconnected()));
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

bool OperationTable::Cancel(std::string_view id, std::string_view why) {
  const auto operation = Find(id);
  return operation && !operation->results().ended() && operation->Cancel(FailureOf(OperationCanceled(why)));
}

void OperationTable::EndInTime(Operation& operation, base::Instant now) {
  if (operation.results().ended()) return;
  const auto passed = [&](std::chrono::milliseconds limit) {
    return limit.count() > 0 && now - operation.started() >= limit;
  };
  const auto cancel = [&](const char* what, std::chrono::milliseconds limit) {
    operation.Cancel(FailureOf(OperationCanceled(absl::StrCat(what, limit.count(), " ms, the most here."))));
  };
  if (passed(limits_.statement_timeout)) return cancel("It took longer than ", limits_.statement_timeout);
  if (!operation.begun() && passed(limits_.queue_timeout))
    cancel("It waited to begin for longer than ", limits_.queue_timeout);
}

void OperationTable::Sweep(base::Instant now) {
  for (const auto& operation : Living()) {
    EndInTime(*operation, now);
    const auto since = operation->detached_since();
    // A new reader may have come between the old one's departure and its note of it: ask the buffer itself
    // too.
    const bool abandoned = since && !operation->results().attached();
    if (abandoned && now - *since >= limits_.detached_timeout) Remove(operation, Removal::kAbandoned, now);
  }
  absl::MutexLock lock(&mutex_);
  while (!finished_.empty() && now - finished_.front().at >= limits_.finished_operation_memory) {
    ends_.erase(finished_.front().id);
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
  const auto end = ends_.find(id);
  if (end == ends_.end()) return std::nullopt;
  return end->second.state;
}

std::vector<std::string> OperationTable::FinishedIds() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const Finished& finished : finished_) ids.push_back(finished.id);
  return ids;
}

}  // namespace hearth::wire
