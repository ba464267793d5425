#include "engine/service/file_write.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "engine/service/line_format.h"
#include "engine/service/plan_inspection.h"
#include "engine/service/session_environment.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_creation.h"
#include "engine/service/table_rows.h"
#include "spark/analysis/scope.h"

namespace hearth::engine {
namespace {

namespace fs = std::filesystem;
using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using spark::SaveMode;
using spark::StructField;

// Options that change what Parquet files are written. Spark ignores what it does not know, but for names with
// a dot, which may be settings of Hadoop and Parquet.
void CheckParquetOptions(const catalog::Properties& options) {
  for (const auto& [key, value] : options) {
    const std::string name = absl::AsciiStrToLower(key);
    const bool is_known = name == "parquet.compression" || name == "compression";
    const bool matters =
        name.find('.') != std::string::npos || name == "maxrecordsperfile" || name == "timezone";
    if (matters && !is_known) throw Error::Decline("writing files with the option " + key + "=" + value);
  }
}

// What is to be written, by its text alone.
struct Request {
  std::string format;
  std::string location;
  catalog::Properties options;
};

Request Read(const spark::WriteFiles& write, const SessionEnvironment& environment) {
  Request request;
  request.format = absl::AsciiStrToLower(
      write.options.provider.value_or(environment.Configuration("spark.sql.sources.default")));
  if (request.format != "parquet" && !IsLineFormat(request.format))
    throw Error::Decline("writing files of " + request.format);
  std::optional<std::string> path = write.options.location;
  for (const auto& [key, value] : write.options.options) {
    if (!SameName(key, "path")) {
      request.options[key] = value;
    } else if (path) {
      throw Error::Decline("a write with two paths");
    } else {
      path = value;
    }
  }
  if (request.format == "parquet") CheckParquetOptions(request.options);
  if (!path) throw Error(ExceptionKind::kIllegalArgument, "_LEGACY_ERROR_TEMP_2047", {});
  request.location = LocationOf(*path);
  return request;
}

// The plan with the columns of the partitions last, under the names that the write gives them.
spark::TypedPlanPtr Arranged(const spark::TypedPlanPtr& plan, const std::vector<std::string>& partition) {
  std::vector<spark::Column> columns = plan->output;
  std::vector<spark::Column> last;
  for (const std::string& wanted : partition) {
    const auto is_wanted = [&](const spark::Column& column) { return SameName(column.name, wanted); };
    if (std::ranges::count_if(plan->output, is_wanted) > 1)
      throw Error::Decline("partitions by one of several columns of that name");
    const auto found = std::ranges::find_if(columns, is_wanted);
    if (found == columns.end() && std::ranges::none_of(last, is_wanted)) {
      throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1155",
                  {{"col", wanted}, {"schemaCatalog", spark::SchemaOf(*plan).simple_string()}});
    }
    if (found == columns.end()) {
      throw Error(ExceptionKind::kAnalysis, "COLUMN_ALREADY_EXISTS",
                  {{"columnName", spark::QuoteIdentifier(absl::AsciiStrToLower(wanted))}});
    }
    if (found->type.IsNested() || found->type.Is(spark::TypeId::kBinary)) {
      throw Error::Decline("partitions by a column of type " + found->type.sql());
    }
    last.push_back(*found);
    last.back().name = wanted;
    columns.erase(found);
  }
  if (!partition.empty() && columns.empty()) {
    throw Error(ExceptionKind::kAnalysis, "ALL_PARTITION_COLUMNS_NOT_ALLOWED", {});
  }
  columns.insert(columns.end(), last.begin(), last.end());
  spark::TypedExpressionList values;
  for (const spark::Column& column : columns) values.push_back(ReferenceTo(column));
  return spark::MakePlan(spark::TypedProject{plan, std::move(values)}, std::move(columns));
}

std::string DisplayName(const std::string& format) {
  if (format == "parquet") return "Parquet";
  return format == "text" ? "Text" : absl::AsciiStrToUpper(format);
}

// What the plan's columns are called and are, as Spark leaves it beside the rows.
DataType SchemaFor(const spark::TypedPlan& plan, const std::string& format) {
  const DataType schema = spark::SchemaOf(plan);
  if (schema.fields().empty()) {
    throw Error(ExceptionKind::kAnalysis, "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE",
                {{"format", DisplayName(format)}});
  }
  CheckColumns(schema.fields());
  return schema;
}

bool IsBelow(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

// One folder as it is when it is looked at, and the change that writes to it.
class FolderWrite {
 public:
  FolderWrite(const spark::WriteFiles& write, const Request& request, CommandContext& context)
      : write_(write), request_(request), context_(context), location_(request.location) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(location_, error);
    exists_ = fs::exists(status);
    is_folder_ = fs::is_directory(status);
    if (fs::is_symlink(status)) throw Error::Decline("writing files to a symbolic link");
    const std::string& warehouse = context.runtime.catalog().warehouse();
    if (!warehouse.empty() && (IsBelow(location_, warehouse) || IsBelow(warehouse, location_)))
      throw Error::Decline("writing files to a folder of tables");
  }

  // False: look again.
  bool Make(const spark::TypedPlanPtr& rows, const std::string& time_zone) {
    if (exists_ && write_.mode == SaveMode::kIgnore) return true;
    if (exists_ && write_.mode == SaveMode::kErrorIfExists) {
      throw Error(ExceptionKind::kAnalysis, "PATH_ALREADY_EXISTS", {{"outputPath", LocationText(location_)}});
    }
    if (exists_ && !is_folder_ && write_.mode == SaveMode::kAppend)
      throw Error::Decline("appending files to what is no folder");
    const bool is_dynamic = IsDynamic();
    if (write_.mode == SaveMode::kOverwrite && !is_dynamic && ReadsBelow(*rows, location_)) {
      throw Error(ExceptionKind::kAnalysis, "UNSUPPORTED_OVERWRITE.PATH",
                  {{"path", spark::QuoteIdentifier(LocationText(location_))}});
    }
    RowTarget target;
    target.location = location_;
    target.staging_root = StagingRoot();
    target.schema = SchemaFor(*rows, request_.format);
    target.format = request_.format;
    target.partition_columns = write_.options.partition_columns;
    target.options = request_.options;
    target.is_elsewhere = true;
    target.keeps_empty_file = true;
    catalog::Change change;
    change.operation = context_.operation;
    catalog::Manifest& manifest = change.manifest;
    const std::vector<std::string> partitions = WriteRows(*rows, target, context_, time_zone, &manifest);
    AddSuccess(&manifest);
    if (write_.mode == SaveMode::kErrorIfExists || write_.mode == SaveMode::kIgnore)
      change.expected_missing = {location_};
    if (write_.mode == SaveMode::kOverwrite && !is_dynamic) manifest.cleared = {location_};
    for (const std::string& partition : partitions) {
      if (is_dynamic) manifest.cleared.push_back(location_ + "/" + partition);
    }
    if (!exists_) MakeWhole(&manifest);
    return TableCatalog(context_).Commit(change);
  }

 private:
  bool IsDynamic() const {
    std::string mode =
        context_.session.configuration().GetOption("spark.sql.sources.partitionOverwriteMode").value_or("");
    for (const auto& [key, value] : request_.options) {
      if (!SameName(key, "partitionOverwriteMode")) continue;
      mode = value;
      if (!SameName(mode, "dynamic") && !SameName(mode, "static"))
        throw Error::Decline("the partition overwrite mode " + mode);
    }
    return write_.mode == SaveMode::kOverwrite && SameName(mode, "dynamic") &&
           !write_.options.partition_columns.empty();
  }

  // Readers of the folder, or of the one that it will be in, see nothing of what is staged there.
  std::string StagingRoot() const {
    if (is_folder_) return location_;
    fs::path folder = fs::path(location_).parent_path();
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
    return folder.string();
  }

  // The empty file that says that all is there.
  void AddSuccess(catalog::Manifest* manifest) const {
    const std::string staged = manifest->staging[0] + "/_SUCCESS";
    std::ofstream(staged).close();
    manifest->renames.emplace_back(staged, location_ + "/_SUCCESS");
  }

  // A folder that is not there yet comes by one rename, for those too who do not ask the catalog.
  void MakeWhole(catalog::Manifest* manifest) const {
    const std::string whole = manifest->staging[0] + "/whole";
    for (const auto& [from, to] : manifest->renames) {
      const fs::path place = whole / fs::path(to).lexically_relative(location_);
      std::error_code error;
      fs::create_directories(place.parent_path(), error);
      if (!error) fs::rename(from, place, error);
      if (error) {
        std::error_code ignored;
        fs::remove_all(manifest->staging[0], ignored);
        throw Error::WithMessage(ExceptionKind::kSpark, "", "", {},
                                 "Cannot write to " + place.string() + ": " + error.message());
      }
    }
    manifest->renames = {{whole, location_}};
  }

  const spark::WriteFiles& write_;
  const Request& request_;
  CommandContext& context_;
  const std::string location_;
  bool exists_ = false;
  bool is_folder_ = false;
};

}  // namespace

void WriteFiles(const spark::WriteFiles& write, CommandContext& context) {
  SessionEnvironment environment(context.session, context.runtime);
  const Request request = Read(write, environment);
  const spark::TypedPlanPtr rows =
      Arranged(environment.Analyze(write.query), write.options.partition_columns);
  SchemaFor(*rows, request.format);
  UntilMade([&] { return FolderWrite(write, request, context).Make(rows, environment.TimeZone()); });
}

}  // namespace hearth::engine
