#include "engine/service/stored_table.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "engine/duckdb/error.h"

namespace hearth::engine {
namespace {

class StoredTable final : public spark::StoredRows {
 public:
  StoredTable(std::string table, spark::DataType type, EngineRuntime& runtime)
      : StoredRows(std::move(table), std::move(type)), runtime_(runtime) {}

  ~StoredTable() override {
    try {
      runtime_.database().Connect().Execute("DROP TABLE IF EXISTS \"" + name + "\"");
    } catch (const DuckDbError& error) {
      // The table stays until the process ends, and its memory with it: nobody waits for an answer here.
      std::fprintf(stderr, "hearth engine: cannot drop %s: %s\n", name.c_str(), error.message().c_str());
    }
  }

 private:
  EngineRuntime& runtime_;
};

// FNV-1a: the same in every process, unlike absl::Hash.
unsigned __int128 Digest(std::string_view text, unsigned __int128 from) {
  constexpr unsigned __int128 kPrime = (static_cast<unsigned __int128>(1) << 88) | 0x13B;
  for (const char c : text) from = (from ^ static_cast<uint8_t>(c)) * kPrime;
  return from;
}

std::string UuidOf(unsigned __int128 bits) {
  char text[37];
  const auto high = static_cast<uint64_t>(bits >> 64);
  const auto low = static_cast<uint64_t>(bits);
  // Version 8, made as its maker likes, in the common variant.
  std::snprintf(text, sizeof(text), "%08x-%04x-8%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16) & 0xFFFF, static_cast<unsigned>(high) & 0xFFF,
                (static_cast<unsigned>(low >> 48) & 0x3FFF) | 0x8000,
                static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text;
}

}  // namespace

StoredRowsPtr Store(const spark::TypedPlan& plan, QueryRunner& runner, EngineRuntime& runtime) {
  static std::atomic<uint64_t> next{0};
  auto table =
      std::make_shared<const StoredTable>("stored_" + std::to_string(++next), spark::SchemaOf(plan), runtime);
  runner.Store(plan, table->name);
  return table;
}

std::string StoredRowsTable::Add(std::string_view request, StoredRowsPtr rows) {
  constexpr unsigned __int128 kOffset =
      (static_cast<unsigned __int128>(0x6c62272e07bb0142ULL) << 64) | 0x62b821756295c58dULL;
  const unsigned __int128 digest = Digest(request, kOffset);
  absl::MutexLock lock(&mutex_);
  const int times = times_stored_[UuidOf(digest)]++;
  std::string id = UuidOf(Digest(std::to_string(times), digest));
  rows_[id] = std::move(rows);
  return id;
}

StoredRowsPtr StoredRowsTable::Find(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : found->second;
}

void StoredRowsTable::Remove(const std::string& id) {
  StoredRowsPtr outlives_lock;
  absl::MutexLock lock(&mutex_);
  const auto found = rows_.find(id);
  if (found == rows_.end()) return;
  outlives_lock = std::move(found->second);
  rows_.erase(found);
}

}  // namespace hearth::engine
