#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "gateway/journal.h"
#include "store/sqlite_store.h"

namespace hearth::gateway {

/// For tests: a journal in a folder that ends with it.
class TemporaryJournal {
 public:
  TemporaryJournal() {
    std::string pattern = testing::TempDir() + "/hearth-journal-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    Open();
  }
  ~TemporaryJournal() {
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }

  Journal& operator*() { return *journal_; }
  Journal* operator->() { return journal_.get(); }
  /// For who wants to own it; this object only keeps its folder then.
  std::unique_ptr<Journal> Take() { return std::move(journal_); }
  const std::string& directory() const { return directory_; }
  /// Where the files of its sessions are.
  std::string files() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/sessions"))
      return entry.path().string();
    return "";
  }

  /// Hands the store to `work`, between two servers.
  void WhileClosed(const std::function<void(store::Store& store)>& work) {
    journal_.reset();
    work(**store::OpenSqliteStore({.path = directory_ + "/store.db"}));
    Open();
  }

  /// As the next server finds it.
  void Reopen() {
    journal_.reset();
    Open();
  }

 private:
  void Open() {
    auto store = store::OpenSqliteStore({.path = directory_ + "/store.db"});
    EXPECT_TRUE(store.ok()) << store.status();
    auto journal = Journal::Of(*std::move(store), {.folder = directory_ + "/sessions", .closed_max = 2});
    EXPECT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }

  std::string directory_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace hearth::gateway
