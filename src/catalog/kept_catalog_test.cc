#include "catalog/kept_catalog.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "catalog/manifest.h"
#include "catalog/memory_store.h"

namespace hearth::catalog {
namespace {

namespace fs = std::filesystem;

/// The local file system, which stops working before a rename if it is told to.
class BreakingStorage final : public Storage {
 public:
  absl::StatusOr<bool> Exists(const std::string& path) override { return local_.Exists(path); }
  absl::StatusOr<std::vector<std::string>> ListVisible(const std::string& folder) override {
    return local_.ListVisible(folder);
  }
  absl::StatusOr<Contents> ListAll(const std::string& path, const std::string& except) override {
    return local_.ListAll(path, except);
  }
  absl::StatusOr<std::vector<std::string>> ListFolders(const std::string& folder,
                                                       const std::string& prefix) override {
    return local_.ListFolders(folder, prefix);
  }
  absl::Status MakeFolder(const std::string& path) override { return local_.MakeFolder(path); }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (renames_left == 0) return absl::UnavailableError("broken");
    --renames_left;
    return local_.Rename(from, to);
  }
  absl::Status RemoveFile(const std::string& path) override { return local_.RemoveFile(path); }
  absl::Status RemoveFolder(const std::string& path) override { return local_.RemoveFolder(path); }
  absl::Status RemoveEmptyFolder(const std::string& path) override { return local_.RemoveEmptyFolder(path); }

  int renames_left = 1000;

 private:
  LocalStorage local_;
};

class KeptCatalogTest : public testing::Test {
 protected:
  KeptCatalogTest() : folder_(testing::TempDir() + "/hearth-catalog-XXXXXX") {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    Reopen();
  }
  ~KeptCatalogTest() override {
    catalog_.reset();
    fs::remove_all(folder_);
  }

  /// As the next server finds it.
  void Reopen() {
    catalog_.reset();
    auto opened = KeptCatalog::Open(store_, storage_, {.warehouse = folder_, .owner = "ada", .log = {}});
    ASSERT_TRUE(opened.ok()) << opened.status();
    catalog_ = *std::move(opened);
  }

  std::shared_ptr<const Table> Find(const std::string& table) {
    return catalog_->FindTable({"default", table})->table;
  }
  uint64_t VersionOf(const std::string& table) { return Find(table) == nullptr ? 0 : Find(table)->version; }

  Change Creation(const std::string& table) {
    Change change;
    change.expected = {{KeyOf(TableName{"default", table}), 0}};
    change.tables.push_back(
        {.name = {"default", table}, .provider = "parquet", .location = folder_ + "/" + table});
    change.manifest.made_folders = {folder_ + "/" + table};
    return change;
  }
  /// An insert of files, which are staged.
  Change Insert(const std::string& table, const std::string& operation,
                const std::vector<std::string>& files) {
    const std::string location = folder_ + "/" + table;
    const std::string staging = location + "/" + kStagingPrefix + operation;
    fs::create_directories(staging);
    Change change;
    change.operation = operation;
    change.expected = {{KeyOf(TableName{"default", table}), VersionOf(table)}};
    change.written = {{"default", table}};
    for (const std::string& file : files) {
      std::ofstream(staging + "/" + file) << file;
      change.manifest.renames.emplace_back(staging + "/" + file, location + "/" + file);
    }
    change.manifest.staging = {staging};
    return change;
  }
  std::vector<std::string> Files(const std::string& table) {
    std::vector<std::string> names;
    const auto files = storage_->ListVisible(folder_ + "/" + table);
    for (const std::string& path : *files) {
      names.push_back(fs::path(path).filename().string());
    }
    return names;
  }

  void Write(const std::string& path) {
    fs::create_directories(fs::path(folder_ + "/" + path).parent_path());
    std::ofstream(folder_ + "/" + path) << "content";
  }
  /// Everything below a folder, by path.
  std::vector<std::string> All(const std::string& folder) {
    const fs::path root = folder_ + "/" + folder;
    std::vector<std::string> paths;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      paths.push_back(entry.path().lexically_relative(root).string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  std::string folder_;
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::shared_ptr<BreakingStorage> storage_ = std::make_shared<BreakingStorage>();
  std::unique_ptr<KeptCatalog> catalog_;
};

using Names = std::vector<std::string>;

TEST_F(KeptCatalogTest, HasTheDefaultDatabase) {
  const auto database = *catalog_->FindDatabase("default");
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(database->location, folder_);
  EXPECT_EQ(catalog_->ListDatabases()->size(), 1u);
}

TEST_F(KeptCatalogTest, KeepsWhatWasMade) {
  Change change = Creation("t");
  change.tables[0].schema = R"({"type":"struct","fields":[]})";
  change.tables[0].comment = "";
  change.tables[0].properties = {{"k", "v"}};
  ASSERT_TRUE(catalog_->Commit(change).ok());
  const uint64_t version = VersionOf("t");
  Reopen();
  ASSERT_NE(Find("t"), nullptr);
  EXPECT_EQ(Find("t")->version, version);
  EXPECT_EQ(Find("t")->schema, R"({"type":"struct","fields":[]})");
  EXPECT_EQ(Find("t")->comment, "");
  EXPECT_EQ(Find("t")->properties.at("k"), "v");
  EXPECT_TRUE(fs::is_directory(folder_ + "/t"));
}

TEST_F(KeptCatalogTest, TellsWhoseLookIsOld) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  EXPECT_TRUE(absl::IsAborted(catalog_->Commit(Creation("t"))));
  const uint64_t version = VersionOf("t");
  Change drop;
  drop.expected = {{KeyOf(TableName{"default", "t"}), version}};
  drop.dropped = {KeyOf(TableName{"default", "t"})};
  ASSERT_TRUE(catalog_->Commit(drop).ok());
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  EXPECT_GT(VersionOf("t"), version);
  EXPECT_TRUE(absl::IsAborted(catalog_->Commit(drop))) << "another table of that name stands there";
}

TEST_F(KeptCatalogTest, ADatabaseThatGotATableIsNotEmpty) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  Change drop;
  drop.expected_empty = {"default"};
  drop.dropped = {KeyOf("default")};
  EXPECT_TRUE(absl::IsAborted(catalog_->Commit(drop)));
}

TEST_F(KeptCatalogTest, AnOperationHappensOnce) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  const Change insert = Insert("t", "op", {"a"});
  ASSERT_TRUE(catalog_->Commit(insert).ok());
  const uint64_t written = Find("t")->data_version;
  EXPECT_EQ(Files("t"), Names{"a"});
  EXPECT_TRUE(*catalog_->WasMade("op"));
  EXPECT_TRUE(catalog_->Commit(insert).ok()) << "its files are gone, but they are where they belong";
  EXPECT_EQ(Find("t")->data_version, written);
  Reopen();
  EXPECT_TRUE(catalog_->Commit(insert).ok());
  EXPECT_EQ(Find("t")->data_version, written);
  EXPECT_EQ(Files("t"), Names{"a"});
}

TEST_F(KeptCatalogTest, InsertsDoNotDisturbEachOther) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  const uint64_t version = VersionOf("t");
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    const std::string name = "f" + std::to_string(i);
    writers.emplace_back(
        [this, change = Insert("t", name, {name})] { EXPECT_TRUE(catalog_->Commit(change).ok()); });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Files("t").size(), 8u);
  EXPECT_EQ(VersionOf("t"), version) << "rows do not make another table of it";
  EXPECT_TRUE(storage_->ListFolders(folder_ + "/t", kStagingPrefix)->empty());
}

TEST_F(KeptCatalogTest, WhatStandsThereMakesWay) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  ASSERT_TRUE(catalog_->Commit(Insert("t", "first", {"a", "b"})).ok());
  Change overwrite = Insert("t", "second", {"c"});
  overwrite.manifest.replaced = {folder_ + "/t"};
  ASSERT_TRUE(catalog_->Commit(overwrite).ok());
  EXPECT_EQ(Files("t"), Names{"c"});
}

TEST_F(KeptCatalogTest, GoesOnWhereItWasInterrupted) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  ASSERT_TRUE(catalog_->Commit(Insert("t", "first", {"old"})).ok());
  for (int renames = 0; renames < 2; ++renames) {
    const std::string operation = "op" + std::to_string(renames);
    Change overwrite = Insert("t", operation, {operation + "a", operation + "b"});
    overwrite.manifest.replaced = {folder_ + "/t"};
    storage_->renames_left = renames;
    EXPECT_TRUE(absl::IsUnknown(catalog_->Commit(overwrite)));
    EXPECT_EQ(Files("t").size(), static_cast<size_t>(renames)) << "half of it";
    storage_->renames_left = 1000;
    Reopen();
    EXPECT_EQ(Files("t"), (Names{operation + "a", operation + "b"}));
    EXPECT_TRUE(*catalog_->WasMade(operation));
    EXPECT_TRUE(catalog_->Commit(overwrite).ok());
    EXPECT_EQ(Files("t").size(), 2u);
  }
}

TEST_F(KeptCatalogTest, WhatCameAfterADropStays) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  Change drop;
  drop.expected = {{KeyOf(TableName{"default", "t"}), VersionOf("t")}};
  drop.dropped = {KeyOf(TableName{"default", "t"})};
  drop.manifest.removed_folders = {folder_ + "/t"};
  ASSERT_TRUE(catalog_->Commit(drop).ok());
  Reopen();
  EXPECT_EQ(Find("t"), nullptr);
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  ASSERT_TRUE(catalog_->Commit(Insert("t", "op", {"a"})).ok());
  Reopen();
  EXPECT_EQ(Files("t"), Names{"a"});
}

TEST_F(KeptCatalogTest, WhatWasOnlyStagedIsRemoved) {
  ASSERT_TRUE(catalog_->Commit(Creation("t")).ok());
  const Change insert = Insert("t", "dead", {"a"});
  Reopen();
  EXPECT_TRUE(Files("t").empty());
  EXPECT_FALSE(fs::exists(insert.manifest.staging[0]));
  EXPECT_TRUE(absl::IsNotFound(catalog_->Commit(insert))) << "nothing is made of files that are gone";
  EXPECT_FALSE(*catalog_->WasMade("dead"));
}

TEST_F(KeptCatalogTest, ClearsAFolderThatIsNoTables) {
  Write("out/p=1/.hidden.crc");
  Write("out/p=1/old");
  Write("out/_SUCCESS");
  Write("out/_hearth-other/staged");
  fs::create_directory_symlink(folder_ + "/elsewhere", folder_ + "/out/link");
  Write("elsewhere/kept");
  Write("out/_hearth-op/new");
  Write("out/_hearth-op/_SUCCESS");
  const std::string out = folder_ + "/out";
  Change change;
  change.operation = "op";
  change.manifest.cleared = {out};
  change.manifest.renames = {{out + "/_hearth-op/new", out + "/p=2/new"},
                             {out + "/_hearth-op/_SUCCESS", out + "/_SUCCESS"}};
  change.manifest.staging = {out + "/_hearth-op"};
  storage_->renames_left = 1;
  EXPECT_TRUE(absl::IsUnknown(catalog_->Commit(change)));
  storage_->renames_left = 1000;
  Reopen();
  EXPECT_EQ(All("out"), (Names{"_SUCCESS", "_hearth-other", "_hearth-other/staged", "p=2", "p=2/new"}));
  EXPECT_TRUE(fs::exists(folder_ + "/elsewhere/kept"));
  EXPECT_TRUE(*catalog_->WasMade("op"));
}

TEST_F(KeptCatalogTest, WhatWasAnnouncedAndNotMadeIsRemoved) {
  Write("out/_hearth-dead/rows");
  Write("out/_hearth-failed/rows");
  Write("out/_hearth-made/rows");
  const std::string out = folder_ + "/out";
  ASSERT_TRUE(catalog_->Announce("dead", out + "/_hearth-dead").ok());
  ASSERT_TRUE(catalog_->Announce("failed", out + "/_hearth-failed").ok());
  ASSERT_TRUE(catalog_->Announce("failed", "").ok());
  ASSERT_TRUE(catalog_->Announce("made", out + "/_hearth-made").ok());
  Change change;
  change.operation = "made";
  change.manifest.renames = {{out + "/_hearth-made/rows", out + "/rows"}};
  ASSERT_TRUE(catalog_->Commit(change).ok());
  Reopen();
  EXPECT_EQ(All("out"), (Names{"_hearth-failed", "_hearth-failed/rows", "_hearth-made", "rows"}));
  Write("out/_hearth-dead/rows");
  Reopen();
  EXPECT_TRUE(fs::exists(out + "/_hearth-dead/rows")) << "that was over";
  EXPECT_TRUE(absl::IsInvalidArgument(catalog_->Announce("op", out)));
  EXPECT_TRUE(absl::IsInvalidArgument(catalog_->Announce("op", "_hearth-relative")));
}

TEST_F(KeptCatalogTest, WhatWasClearedMayComeBack) {
  Write("out/data");
  Change change;
  change.manifest.cleared = {folder_ + "/out"};
  ASSERT_TRUE(catalog_->Commit(change).ok());
  EXPECT_FALSE(fs::exists(folder_ + "/out"));
  Write("out/data");
  Reopen();
  EXPECT_TRUE(fs::exists(folder_ + "/out/data")) << "it is somebody else's";
}

TEST_F(KeptCatalogTest, AFolderMovesIntoItsPlace) {
  Write("_hearth-op/whole/p=1/a");
  Change change;
  change.expected_missing = {folder_ + "/x/out"};
  change.manifest.renames = {{folder_ + "/_hearth-op/whole", folder_ + "/x/out"}};
  change.manifest.staging = {folder_ + "/_hearth-op"};
  ASSERT_TRUE(catalog_->Commit(change).ok());
  EXPECT_EQ(All("x"), (Names{"out", "out/p=1", "out/p=1/a"}));
  EXPECT_FALSE(fs::exists(folder_ + "/_hearth-op"));
  Write("_hearth-op/whole/p=1/b");
  EXPECT_TRUE(absl::IsAborted(catalog_->Commit(change))) << "there is something now";
  change.expected_missing = {};
  ASSERT_TRUE(catalog_->Commit(change).ok());
  EXPECT_EQ(All("x"), (Names{"out", "out/p=1", "out/p=1/a", "out/p=1/b"}));
}

TEST_F(KeptCatalogTest, TextIsUtf8) {
  Change change = Creation("t");
  change.tables[0].comment = "\xff";
  EXPECT_TRUE(absl::IsInvalidArgument(catalog_->Commit(change)));
}

}  // namespace
}  // namespace hearth::catalog
