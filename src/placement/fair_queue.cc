#include "placement/fair_queue.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::placement {

FairQueue::Account& FairQueue::AccountOf(const std::string& user) {
  std::unique_ptr<Account>& account = accounts_[user];
  if (!account) {
    account = std::make_unique<Account>();
    account->user = user;
    account->number = next_number_++;
    account->served = least_;
  }
  return *account;
}

void FairQueue::Enlist(Account* account) {
  account->is_ahead = account->served > least_ + lead_;
  by_served_.insert(account);
  (account->is_ahead ? ahead_ : level_).insert(account);
  if (account->is_ahead) ahead_by_served_.insert(account);
}

void FairQueue::Delist(Account* account) {
  by_served_.erase(account);
  (account->is_ahead ? ahead_ : level_).erase(account);
  if (account->is_ahead) ahead_by_served_.erase(account);
}

void FairQueue::Push(Operation* operation) {
  Account& account = AccountOf(operation->request.user);
  ++size_;
  if (!account.waiting.empty() && SoonerTurn()(*account.waiting.begin(), operation)) {
    account.waiting.insert(operation);
    return;
  }
  if (account.waiting.empty()) {
    idle_.erase(&account);
    account.served = std::max(account.served, least_);
  } else {
    Delist(&account);
  }
  account.waiting.insert(operation);
  Enlist(&account);
}

void FairQueue::Remove(Operation* operation) {
  Account& account = AccountOf(operation->request.user);
  HEARTH_CHECK(account.waiting.count(operation) == 1) << operation->request.operation;
  --size_;
  if (*account.waiting.begin() != operation) {
    account.waiting.erase(operation);
    return;
  }
  Delist(&account);
  account.waiting.erase(operation);
  account.waiting.empty() ? static_cast<void>(idle_.insert(&account)) : Enlist(&account);
  CatchUp();
}

Operation* FairQueue::Front() const {
  const auto& first = level_.empty() ? ahead_ : level_;
  return first.empty() ? nullptr : *(*first.begin())->waiting.begin();
}

void FairQueue::Charge(const std::string& user, Duration slot_time) {
  const auto found = accounts_.find(user);
  if (found == accounts_.end()) return;  // all were equal since
  Account* account = found->second.get();
  const bool waits = !account->waiting.empty();
  waits ? Delist(account) : static_cast<void>(idle_.erase(account));
  account->served = std::max(least_, account->served + slot_time);
  most_ = std::max(most_, account->served);
  waits ? Enlist(account) : static_cast<void>(idle_.insert(account));
  CatchUp();
}

void FairQueue::SetLead(Duration lead) {
  if (lead == lead_) return;
  lead_ = lead;
  // Rare: the size of the pool has changed.
  const std::vector<Account*> all(by_served_.begin(), by_served_.end());
  for (Account* account : all) Delist(account);
  for (Account* account : all) Enlist(account);
}

/// `least_` follows the one who has had least, and those whom it has reached are level again.
void FairQueue::CatchUp() {
  least_ = std::max(least_, by_served_.empty() ? most_ : (*by_served_.begin())->served);
  while (!ahead_by_served_.empty() && (*ahead_by_served_.begin())->served <= least_ + lead_) {
    Account* account = *ahead_by_served_.begin();
    Delist(account);
    Enlist(account);
  }
  Forget();
}

void FairQueue::Forget() {
  while (!idle_.empty() && (*idle_.begin())->served <= least_) {
    Account* account = *idle_.begin();
    idle_.erase(idle_.begin());
    accounts_.erase(std::string(account->user));
  }
}

}  // namespace hearth::placement
