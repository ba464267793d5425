// Shortest first among users who have had alike: each user has an account of the slot time that was given to
// his operations. Whoever is ahead of the waiting user who has had least, by more than a lead, comes after
// all who are not.
//
// Accounts count only while there is a queue: whoever comes (back) to it begins where the one who has had
// least stands, and once nobody waits all are equal again.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "placement/operation.h"

namespace hearth::placement {

class FairQueue {
 public:
  void Push(Operation* operation);
  void Remove(Operation* operation);
  /// The next one; null if nobody waits.
  Operation* Front() const;
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  /// Slot time given to the user; negative: it was less than was charged before.
  void Charge(const std::string& user, Duration slot_time);
  /// How far ahead a user may be.
  void SetLead(Duration lead);

  size_t accounts() const { return accounts_.size(); }

 private:
  struct Account {
    std::string user;
    uint64_t number = 0;
    Duration served{0};
    bool is_ahead = false;
    std::set<Operation*, SoonerTurn> waiting;
  };
  struct SoonerFront {
    bool operator()(const Account* a, const Account* b) const {
      return SoonerTurn()(*a->waiting.begin(), *b->waiting.begin());
    }
  };
  struct ServedLess {
    bool operator()(const Account* a, const Account* b) const {
      return a->served != b->served ? a->served < b->served : a->number < b->number;
    }
  };

  Account& AccountOf(const std::string& user);
  void Enlist(Account* account);
  void Delist(Account* account);
  void CatchUp();
  void Forget();

  std::unordered_map<std::string, std::unique_ptr<Account>> accounts_;
  /// Of the accounts that wait: all by what they were given, and the two levels by their first operation.
  std::set<Account*, ServedLess> by_served_;
  std::set<Account*, SoonerFront> level_;
  std::set<Account*, SoonerFront> ahead_;
  std::set<Account*, ServedLess> ahead_by_served_;
  /// Those that do not wait, and were given more than `least_`.
  std::set<Account*, ServedLess> idle_;
  Duration least_{0};  ///< of those who wait; never goes back
  Duration most_{0};
  Duration lead_{0};
  uint64_t next_number_ = 0;
  size_t size_ = 0;
};

}  // namespace hearth::placement
