#include "gateway/kept_session.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/change_record.h"
#include "gateway/journal_records.h"
#include "wire/artifact_upload.h"
#include "wire/crc32.h"

namespace hearth::gateway {

namespace {
/// More no session has; a number beyond is none.
constexpr uint64_t kArtifactsMax = 10'000'000;
}  // namespace

void SessionReassembly::Damaged(std::string why) {
  if (damage_.empty()) damage_ = std::move(why);
}

void SessionReassembly::Take(std::string_view rest, const absl::StatusOr<std::string_view>& value) {
  if (rest == "opened") opened_ = true;
  if (rest == kCopying) copying_ = true;
  const size_t slash = rest.find('/');
  const std::string_view kind = slash == std::string_view::npos ? "" : rest.substr(0, slash);
  if (kind == kBegun) {
    // One that is damaged is one result that its client has to ask for again.
    auto begun = value.ok() ? DecodeBegun(*value) : std::nullopt;
    if (begun) session_.begun.insert_or_assign(std::string(rest.substr(slash + 1)), *std::move(begun));
    return;
  }
  if (!value.ok()) return Damaged(std::string(value.status().message()));
  if (rest == "opened") {
    SessionRecord record = DecodeSession(*value);
    session_.key = std::move(record.key);
    session_.opened = record.when;
    return;
  }
  if (kind.empty()) return;
  const std::string name(rest.substr(slash + 1));
  if (kind == "configuration") session_.configuration.insert_or_assign(name, std::string(*value));
  if (kind == "change") TakeChange(name, *value);
  if (kind == "artifact") TakeArtifact(name, *value);
}

void SessionReassembly::TakeChange(const std::string& position, std::string_view value) {
  auto decoded = DecodeChange(value);
  uint64_t number = 0;
  if (!decoded || !absl::SimpleAtoi(position, &number))
    return Damaged(absl::StrCat("its change ", position, " is no record"));
  if (decoded->plan_is_elsewhere) {
    const auto plan = files_.Read(id(), "change-" + position);
    if (!plan) return Damaged(absl::StrCat("the file of its change ", position, " is gone"));
    if (decoded->plan_crc32 && *decoded->plan_crc32 != wire::Crc32(*plan))
      return Damaged(absl::StrCat("the file of its change ", position, " is not what was written"));
    decoded->change.plan = grpc::Slice(*plan);
  }
  session_.changes.push_back({number, std::make_shared<SessionChange>(std::move(decoded->change))});
}

void SessionReassembly::TakeArtifact(const std::string& index, std::string_view value) {
  const ArtifactRecord record = DecodeArtifact(value);
  uint64_t number = 0;
  if (!absl::SimpleAtoi(index, &number) || number > kArtifactsMax)
    return Damaged(absl::StrCat("its artifact ", index, " is no record"));
  auto content = files_.Read(id(), "artifact-" + index);
  const bool whole = content && content->size() == record.size && wire::Crc32(*content) == record.crc32;
  if (session_.artifacts.size() <= number) session_.artifacts.resize(number + 1);
  // A client sends a block of local data again, which is gone.
  if (!whole && wire::IsCacheBlock(record.name)) return;
  if (!whole) return Damaged(absl::StrCat("its artifact ", record.name, " is not what was uploaded"));
  session_.artifacts[number] = {record.name, std::make_shared<const std::string>(*std::move(content))};
}

}  // namespace hearth::gateway
