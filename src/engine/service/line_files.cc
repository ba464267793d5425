#include "engine/service/line_files.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "engine/duckdb/vector_view.h"
#include "engine/service/table_rows.h"
#include "spark/analysis/scope.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;

// Lines wait for so many bytes of one file, and of all, before they are written: no file stays open.
constexpr size_t kFileBytes = size_t{1} << 20;
constexpr size_t kAllBytes = size_t{64} << 20;

class LineFiles final : public RowSink {
 public:
  LineFiles(const LineFormat& format, const std::vector<std::string>& partition_columns, std::string folder)
      : format_(format), partition_columns_(partition_columns), folder_(std::move(folder)) {}

  void Begin(const std::vector<duckdb_logical_type>& types) override {
    columns_ = types.size();
    if (partition_columns_.empty()) FileIn("");
  }

  bool Take(duckdb_data_chunk chunk) override {
    std::vector<VectorView> views;
    for (size_t i = 0; i < columns_; ++i) views.emplace_back(duckdb_data_chunk_get_vector(chunk, i));
    LineFormat::Cells cells(columns_ - partition_columns_.size());
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
      const auto cell = [&](size_t column) {
        return views[column].IsValid(row) ? std::optional<std::string_view>(views[column].string(row))
                                          : std::nullopt;
      };
      for (size_t i = 0; i < cells.size(); ++i) cells[i] = cell(i);
      std::string folder;
      for (size_t i = 0; i < partition_columns_.size(); ++i) {
        const std::optional<std::string_view> value = cell(cells.size() + i);
        folder +=
            (folder.empty() ? "" : "/") +
            PartitionFolder(partition_columns_[i], value ? std::optional<std::string>(*value) : std::nullopt);
      }
      File& file = FileIn(folder);
      const size_t before = file.waiting.size();
      format_.Append(cells, &file.waiting);
      waiting_ += file.waiting.size() - before;
      if (file.waiting.size() >= kFileBytes) Flush(file);
      if (waiting_ >= kAllBytes) FlushAll();
    }
    return true;
  }

  std::vector<std::pair<std::string, std::string>> Finish() {
    FlushAll();
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& [folder, file] : files_) files.emplace_back(file.path, folder);
    return files;
  }

 private:
  struct File {
    std::string path;
    std::string waiting;
  };

  File& FileIn(const std::string& folder) {
    const auto [found, is_new] = files_.try_emplace(folder);
    if (is_new) {
      found->second.path = folder_ + "/lines-" + std::to_string(files_.size());
      found->second.waiting = format_.Header();
      waiting_ += found->second.waiting.size();
    }
    return found->second;
  }

  void Flush(File& file) {
    std::ofstream stream(file.path, std::ios::binary | std::ios::app);
    stream << file.waiting;
    stream.close();
    if (!stream)
      throw Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {}, "Cannot write to " + file.path);
    waiting_ -= file.waiting.size();
    file.waiting.clear();
  }

  void FlushAll() {
    for (auto& [folder, file] : files_) Flush(file);
  }

  const LineFormat& format_;
  const std::vector<std::string>& partition_columns_;
  const std::string folder_;
  size_t columns_ = 0;
  std::map<std::string, File> files_;
  size_t waiting_ = 0;
};

}  // namespace

spark::TypedPlanPtr WithTextFrom(const spark::TypedPlan& plan, size_t first) {
  // Beyond what an analysis counts to.
  constexpr spark::ColumnId kTextColumns = spark::ColumnId{1} << 52;
  spark::TypedExpressionList values;
  std::vector<spark::Column> columns;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    const spark::Column& column = plan.output[i];
    spark::TypedExpressionPtr value = ReferenceTo(column);
    columns.push_back(column);
    if (i >= first && !column.type.Is(spark::TypeId::kString)) {
      value = spark::MakeTyped(spark::CastTo{value}, DataType::String(), true);
      columns.back().id = kTextColumns + static_cast<spark::ColumnId>(i);
      columns.back().type = DataType::String();
    }
    values.push_back(std::move(value));
  }
  auto input = std::make_shared<const spark::TypedPlan>(plan);
  return spark::MakePlan(spark::TypedProject{std::move(input), std::move(values)}, std::move(columns));
}

std::vector<std::pair<std::string, std::string>> WriteLines(const spark::TypedPlan& plan,
                                                            const LineFormat& format,
                                                            const std::vector<std::string>& partition_columns,
                                                            const std::string& folder, QueryRunner& runner) {
  LineFiles files(format, partition_columns, folder);
  runner.Run(*WithTextFrom(plan, 0), files);
  return files.Finish();
}

}  // namespace hearth::engine
