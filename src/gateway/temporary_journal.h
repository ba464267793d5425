#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
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
  const std::string& directory() const { return directory_; }

  /// As the next server finds it.
  void Reopen() {
    journal_.reset();
    Open();
  }

 private:
  void Open() {
    auto store = store::OpenSqliteStore({.path = directory_ + "/store.db"});
    EXPECT_TRUE(store.ok()) << store.status();
    journal_ = std::make_unique<Journal>(*std::move(store), directory_ + "/sessions");
  }

  std::string directory_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace hearth::gateway
