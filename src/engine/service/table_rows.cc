#include "engine/service/table_rows.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "catalog/manifest.h"
#include "engine/duckdb/vector_view.h"
#include "engine/lower/quoting.h"
#include "engine/service/line_files.h"
#include "engine/service/query_runner.h"
#include "engine/service/table_catalog.h"
#include "spark/analysis/scope.h"
#include "wire/connect_server.h"
#include "wire/uuid.h"

namespace hearth::engine {
namespace {

namespace fs = std::filesystem;
using spark::DataType;
using spark::Error;

constexpr char kNullPartition[] = "__HIVE_DEFAULT_PARTITION__";

// Characters that Hive does not have in the name of a folder.
bool IsEscaped(unsigned char c) {
  return c < 0x20 || c == 0x7F ||
         std::string_view("\"#%'*/:=?\\{[]^").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (!IsEscaped(static_cast<unsigned char>(c))) {
      out += c;
      continue;
    }
    char hexadecimal[4];
    std::snprintf(hexadecimal, sizeof(hexadecimal), "%%%02X", static_cast<unsigned char>(c));
    out += hexadecimal;
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// DuckDB escapes more than Hive does, in the same way.
std::string Unescaped(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0;
    out += is_escape ? static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])) : text[i];
    if (is_escape) i += 2;
  }
  return out;
}

// "b=a%20b/c=1" as DuckDB wrote it, as Spark would have.
std::string HiveFolder(const fs::path& folder) {
  std::string out;
  for (const fs::path& part : folder) {
    const std::string text = part.string();
    const size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    out += (out.empty() ? "" : "/") +
           PartitionFolder(Unescaped(text.substr(0, equals)), Unescaped(text.substr(equals + 1)));
  }
  return out;
}

struct Codec {
  std::string_view option;  // as Spark calls it
  std::string_view duckdb;  // as DuckDB does
  std::string_view extension;
};
constexpr Codec kCodecs[] = {{"snappy", "snappy", ".snappy"}, {"uncompressed", "uncompressed", ""},
                             {"none", "uncompressed", ""},    {"gzip", "gzip", ".gz"},
                             {"zstd", "zstd", ".zstd"},       {"lz4_raw", "lz4_raw", ".lz4raw"}};

const Codec& CodecOf(const catalog::Properties& options, wire::Session& session) {
  std::string wanted =
      session.configuration().GetOption("spark.sql.parquet.compression.codec").value_or("snappy");
  for (const char* option : {"parquet.compression", "compression"}) {
    for (const auto& [key, value] : options) {
      if (SameName(key, option)) wanted = value;
    }
  }
  const std::string name = absl::AsciiStrToLower(wanted);
  for (const Codec& codec : kCodecs) {
    if (codec.option == name) return codec;
  }
  throw Error::Decline("Parquet files compressed by " + wanted);
}

// Gives what DuckDB says of a COPY with RETURN_FILES: how many rows, and the files.
class WrittenFiles final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk chunk) override {
    const VectorView counts(duckdb_data_chunk_get_vector(chunk, 0));
    const duckdb_vector lists = duckdb_data_chunk_get_vector(chunk, 1);
    const auto* entries = static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(lists));
    const VectorView names(duckdb_list_vector_get_child(lists));
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
      rows += counts.data<int64_t>()[row];
      for (idx_t i = 0; i < entries[row].length; ++i) {
        files.emplace_back(names.string(entries[row].offset + i));
      }
    }
    return true;
  }

  int64_t rows = 0;
  std::vector<std::string> files;
};

// Removes what was staged, unless it goes on into a manifest.
class Staging {
 public:
  Staging(const RowTarget& target, CommandContext& context)
      : path_(target.staging_root + "/" + catalog::kStagingPrefix + NameFor(context.operation)),
        operation_(context.operation),
        catalog_(context.runtime.catalog()) {
    is_announced_ = target.is_elsewhere && !operation_.empty();
    if (is_announced_) TableCatalog(context).Announce(operation_, path_);
    std::error_code error;
    fs::remove_all(path_, error);  // Of an attempt before, whose process is dead.
    fs::create_directories(path_, error);
    if (error) {
      Remove();
      throw Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                               "Cannot write to " + target.staging_root + ": " + error.message());
    }
  }
  ~Staging() {
    if (!kept_) Remove();
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::string& path() const { return path_; }
  void Keep() { kept_ = true; }

 private:
  void Remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    // If the catalog does not hear it, it removes later what is not there.
    if (is_announced_) catalog_.Announce(operation_, "").IgnoreError();
  }

  static std::string NameFor(const std::string& operation) {
    std::string name;
    for (const char c : operation) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
    return name.empty() ? wire::NewUuid() : name;
  }

  const std::string path_;
  const std::string operation_;
  catalog::Catalog& catalog_;
  bool is_announced_ = false;
  bool kept_ = false;
};

// The columns that are in the files.
DataType DataSchema(const RowTarget& target) {
  const auto& fields = target.schema.fields();
  const size_t count = fields.size() - target.partition_columns.size();
  return DataType::Struct({fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(count)});
}

std::string Below(const std::string& folder, const std::string& inner) {
  return folder + (folder.empty() || inner.empty() ? "" : "/") + inner;
}

struct StagedFiles {
  // Each with its folder below the location.
  std::vector<std::pair<std::string, std::string>> files;
  std::string extension;
};

class RowsWriter {
 public:
  RowsWriter(const spark::TypedPlan& plan, const RowTarget& target) : plan_(plan), target_(target) {
    partitions_ = target.partition_columns.size() - target.fixed_partitions.size();
    data_columns_ = target.schema.fields().size() - target.partition_columns.size();
  }

  std::string Statement(const std::string& rows, const std::string& staging, const Codec& codec) const {
    std::string columns;
    std::string partition;
    for (size_t i = 0; i < data_columns_ + partitions_; ++i) {
      const bool is_partition = i >= data_columns_;
      const size_t field = is_partition ? i + target_.fixed_partitions.size() : i;
      const std::string name = QuoteName(target_.schema.fields()[field].name);
      const std::string value = "c" + std::to_string(i);
      // No text and no value are one partition, as in Hive.
      columns += (columns.empty() ? "" : ", ") + (is_partition ? "nullif(" + value + ", '')" : value) +
                 " AS " + name;
      if (is_partition) partition += (partition.empty() ? "" : ", ") + name;
    }
    std::string options = "FORMAT parquet, RETURN_FILES, COMPRESSION " + QuoteText(codec.duckdb) +
                          ", KV_METADATA {" + QuoteText("org.apache.spark.version") + ": " +
                          QuoteText(wire::kSparkVersion) + ", " +
                          QuoteText("org.apache.spark.sql.parquet.row.metadata") + ": " +
                          QuoteText(DataSchema(target_).json()) + "}";
    std::string to = staging + "/rows";
    if (!partition.empty()) {
      to = staging;
      options += ", PARTITION_BY (" + partition + "), OVERWRITE_OR_IGNORE";
    }
    return "COPY (SELECT " + columns + " FROM (" + rows + ")) TO " + QuoteText(to) + " (" + options + ")";
  }

  // The plan with partition columns as Spark's text of them.
  spark::TypedPlanPtr WithTextPartitions() const { return WithTextFrom(plan_, data_columns_); }

  // Where a staged file belongs, below the location.
  std::string FolderOf(const std::string& file, const std::string& staging) const {
    return Below(FixedFolder(), HiveFolder(fs::path(file).lexically_relative(staging).parent_path()));
  }

 private:
  std::string FixedFolder() const {
    std::string folder;
    for (const auto& [column, value] : target_.fixed_partitions) {
      folder = Below(folder, PartitionFolder(column, value));
    }
    return folder;
  }

  const spark::TypedPlan& plan_;
  const RowTarget& target_;
  size_t data_columns_ = 0;
  size_t partitions_ = 0;
};

StagedFiles StageParquet(const spark::TypedPlan& plan, const RowTarget& target, const std::string& staging,
                         wire::Session& session, QueryRunner& runner) {
  const Codec& codec = CodecOf(target.options, session);
  const RowsWriter writer(plan, target);
  WrittenFiles written;
  runner.RunInside(
      *writer.WithTextPartitions(),
      [&](const std::string& rows) { return writer.Statement(rows, staging, codec); }, written);
  StagedFiles staged{{}, std::string(codec.extension) + ".parquet"};
  if (written.rows == 0 && !target.keeps_empty_file) return staged;  // A table knows its columns.
  for (const std::string& file : written.files)
    staged.files.emplace_back(file, writer.FolderOf(file, staging));
  return staged;
}

StagedFiles StageLines(const spark::TypedPlan& plan, const RowTarget& target, const std::string& staging,
                       const std::string& time_zone, QueryRunner& runner) {
  const auto format = MakeLineFormat(target.format, DataSchema(target), target.options, time_zone);
  return {WriteLines(plan, *format, target.partition_columns, staging, runner),
          std::string(format->extension())};
}

}  // namespace

std::string PartitionFolder(const std::string& column, const std::optional<std::string>& value) {
  return Escaped(column) + "=" + (value && !value->empty() ? Escaped(*value) : kNullPartition);
}

RowTarget TargetOf(const catalog::Table& table, std::string staging_root) {
  RowTarget target;
  target.location = table.location;
  target.staging_root = std::move(staging_root);
  target.schema = SchemaOf(table);
  target.partition_columns = table.partition_columns;
  target.options = table.options;
  target.is_elsewhere = table.kind == catalog::TableKind::kExternal;
  return target;
}

std::vector<std::string> WriteRows(const spark::TypedPlan& plan, const RowTarget& target,
                                   CommandContext& context, const std::string& time_zone,
                                   catalog::Manifest* manifest) {
  Staging staging(target, context);
  QueryRunner runner(context.runtime, context.cancellation, time_zone);
  const StagedFiles staged = IsLineFormat(target.format)
                                 ? StageLines(plan, target, staging.path(), time_zone, runner)
                                 : StageParquet(plan, target, staging.path(), context.session, runner);
  manifest->staging.push_back(staging.path());
  // Spark's names: of the task, the job, the file of that task.
  const std::string job =
      wire::NewUuid() + (target.partition_columns.empty() ? "-c000" : ".c000") + staged.extension;
  std::map<std::string, int> folders;
  for (const auto& [file, folder] : staged.files) {
    const std::string to = Below(target.location, folder);
    manifest->renames.emplace_back(file, absl::StrFormat("%s/part-%05d-%s", to, folders[folder]++, job));
  }
  staging.Keep();
  std::vector<std::string> names;
  for (const auto& [folder, files] : folders) names.push_back(folder);
  return names;
}

}  // namespace hearth::engine
