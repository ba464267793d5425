#include "placement/files/file_facts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "placement/files/file_listing.h"
#include "placement/files/parquet_footer.h"
#include "placement/size/amount_text.h"

namespace hearth::placement {

namespace {

using Instant = std::chrono::steady_clock::time_point;
using SummaryPtr = std::shared_ptr<const ParquetSummary>;

/// Values of partitions that are told apart.
constexpr size_t kPartitionsMax = 10'000;
/// Of lines, as long as nobody has counted them.
constexpr double kBytesOfALine = 100;
constexpr double kSpreadOfLines = 0.9;
/// Compressed lines are about so much shorter.
constexpr double kCompression = 4;
/// Of the rest, where only some files could be looked at, and where nobody knows how many there are.
constexpr double kSpreadOfARest = 0.4;
constexpr double kSpreadOfACut = 1.5;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  /// All of these bytes, or false.
  bool Read(char* bytes, size_t count, int64_t offset) const {
    while (fd_ >= 0 && count > 0) {
      const ssize_t got = ::pread(fd_, bytes, count, offset);
      if (got <= 0) return false;
      bytes += got;
      count -= static_cast<size_t>(got);
      offset += got;
    }
    return fd_ >= 0;
  }

 private:
  const int fd_;
};

/// nullptr: it is no Parquet that can be read.
SummaryPtr ReadFooter(const ListedFile& file, size_t footer_bytes_max) {
  constexpr int64_t kTailBytes = 32 << 10;  // most footers are in it
  const int64_t in_tail = std::min(file.bytes, kTailBytes);
  if (in_tail < 12) return nullptr;
  const Descriptor descriptor(file.path);
  std::string tail(static_cast<size_t>(in_tail), '\0');
  if (!descriptor.Read(tail.data(), tail.size(), file.bytes - in_tail)) return nullptr;
  const auto size = ParquetFooterSize(std::string_view(tail).substr(tail.size() - 8));
  if (!size || *size > footer_bytes_max || static_cast<int64_t>(*size) + 12 > file.bytes) return nullptr;
  std::optional<ParquetSummary> summary;
  if (*size + 8 <= tail.size()) {
    summary = ReadParquetFooter(std::string_view(tail).substr(tail.size() - 8 - *size, *size));
  } else {
    std::string footer(*size, '\0');
    if (!descriptor.Read(footer.data(), footer.size(), file.bytes - 8 - static_cast<int64_t>(*size)))
      return nullptr;
    summary = ReadParquetFooter(footer);
  }
  return summary ? std::make_shared<const ParquetSummary>(std::move(*summary)) : nullptr;
}

bool IsParquet(const std::string& format) { return format.empty() || format == "parquet"; }

bool IsCompressed(const std::string& path) {
  for (const char* ending : {".gz", ".bz2", ".zst", ".snappy", ".lz4", ".deflate"}) {
    if (absl::EndsWith(path, ending)) return true;
  }
  return false;
}

/// Adds up what files say.
class Sum {
 public:
  void AddParquet(const ListedFile& file, const ParquetSummary& summary) {
    Count(file, summary.rows);
    for (const ColumnFacts& column : summary.columns) Merge(column, summary.rows);
    known_bytes_ += static_cast<double>(file.bytes);
  }
  void AddLines(const ListedFile& file) {
    const double bytes = static_cast<double>(file.bytes) * (IsCompressed(file.path) ? kCompression : 1);
    Count(file, std::max(1.0, bytes / kBytesOfALine));
    facts_.spread = kSpreadOfLines;
  }
  void AddUnread(const ListedFile& file) { unread_.push_back(&file); }

  InputFacts Conclude(const std::string& format, size_t files, bool is_cut) {
    AddRest();
    for (ColumnFacts& column : facts_.columns) Conclude(column);
    for (auto& [name, shares] : partitions_) {
      ColumnFacts column{.name = name, .distinct = static_cast<double>(shares.size())};
      for (const auto& [value, rows] : shares) column.partitions.emplace_back(value, Share(rows));
      facts_.columns.push_back(std::move(column));
    }
    if (is_cut) facts_.spread = std::max(facts_.spread, kSpreadOfACut);
    facts_.description = absl::StrCat(is_cut ? "at least " : "", BytesText(facts_.bytes), " of ",
                                      IsParquet(format) ? "Parquet" : format,
                                      files == 1 ? "" : absl::StrCat(" in ", files, " files"), ", ",
                                      facts_.spread > 0 ? "about " : "", CountText(facts_.rows), " rows");
    return std::move(facts_);
  }

 private:
  double Share(double rows) const { return facts_.rows > 0 ? rows / facts_.rows : 0; }

  void Count(const ListedFile& file, double rows) {
    facts_.bytes += static_cast<double>(file.bytes);
    facts_.rows += rows;
    for (const auto& [name, value] : file.partitions) {
      auto& shares = partitions_[name];
      if (shares.size() < kPartitionsMax || shares.contains(value)) shares[value] += rows;
    }
  }

  void Merge(const ColumnFacts& column, double rows) {
    const auto [place, is_new] = places_.try_emplace(column.name, facts_.columns.size());
    if (is_new) {
      facts_.columns.push_back({.name = column.name});
      ranges_.push_back({column.range, false});
    }
    ColumnFacts& sum = facts_.columns[place->second];
    sum.stored_bytes += column.stored_bytes;
    sum.raw_bytes += column.raw_bytes;
    sum.nulls += column.nulls;
    sum.distinct = std::max(sum.distinct, column.distinct);
    auto& [range, is_gone] = ranges_[place->second];
    if (!column.range) is_gone |= rows > 0;
    if (column.range && range) {
      range->first = std::min(range->first, column.range->first);
      range->second = std::max(range->second, column.range->second);
    } else if (column.range) {
      range = column.range;
    }
  }

  void Conclude(ColumnFacts& column) {
    const auto& [range, is_gone] = ranges_[static_cast<size_t>(&column - facts_.columns.data())];
    if (!is_gone) column.range = range;
  }

  /// Files that were not looked at are like the others.
  void AddRest() {
    if (unread_.empty()) return;
    const double rows_of_a_byte = known_bytes_ > 0 ? facts_.rows / known_bytes_ : 1 / kBytesOfALine;
    double bytes = 0;
    for (const ListedFile* file : unread_) {
      Count(*file, static_cast<double>(file->bytes) * rows_of_a_byte);
      bytes += static_cast<double>(file->bytes);
    }
    const double growth = known_bytes_ > 0 ? 1 + bytes / known_bytes_ : 1;
    for (ColumnFacts& column : facts_.columns) {
      column.stored_bytes *= growth;
      column.raw_bytes *= growth;
      column.nulls *= growth;
    }
    facts_.spread = std::max(facts_.spread, known_bytes_ > 0 ? kSpreadOfARest : kSpreadOfLines);
  }

  InputFacts facts_;
  std::unordered_map<std::string, size_t> places_;
  std::vector<std::pair<std::optional<std::pair<double, double>>, bool>> ranges_;
  std::map<std::string, std::unordered_map<std::string, double>> partitions_;
  std::vector<const ListedFile*> unread_;
  double known_bytes_ = 0;
};

}  // namespace

/// Lives as long as somebody reads, so that a file system that hangs holds nobody but its thread.
class FileFacts::Reader {
 public:
  explicit Reader(Limits limits) : limits_(limits) {}

  /// A question, and its answer when there is one.
  struct Question {
    FileSet files;
    Instant deadline;
    bool is_answered = false;
    std::shared_ptr<const InputFacts> answer;
  };

  std::shared_ptr<const InputFacts> Ask(const std::shared_ptr<Reader>& self, const FileSet& files) {
    const auto question = std::make_shared<Question>();
    question->files = files;
    question->deadline = std::chrono::steady_clock::now() + limits_.time_max;
    absl::MutexLock lock(&mutex_);
    if (IsHanging()) return nullptr;
    questions_.push_back(question);
    if (idle_threads_ < questions_.size() && threads_ < limits_.hanging_max + 1) {
      ++threads_;
      std::thread([self] { self->Run(); }).detach();
    }
    // Who reads keeps to the deadline by itself, unless the system holds it.
    const absl::Duration wait = absl::FromChrono(limits_.time_max + limits_.time_max / 4);
    const auto is_answered = [&question] { return question->is_answered; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_answered), wait)) {
      std::erase(questions_, question);
      return nullptr;
    }
    return question->answer;
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    is_over_ = true;
  }

 private:
  struct Key {
    int64_t bytes;
    int64_t modified_ns;
    uint64_t inode;
    bool operator==(const Key&) const = default;
  };
  struct Remembered {
    Key key;
    SummaryPtr summary;
  };

  /// All threads are in questions that should have been answered long ago.
  bool IsHanging() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    if (threads_ <= limits_.hanging_max || running_.size() < threads_) return false;
    // The one that should end last.
    return *running_.rbegin() + limits_.time_max / 4 < std::chrono::steady_clock::now();
  }

  void Run() {
    absl::MutexLock lock(&mutex_);
    while (true) {
      ++idle_threads_;
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return is_over_ || !questions_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      --idle_threads_;
      if (is_over_) return;
      const auto question = std::move(questions_.front());
      questions_.pop_front();
      const auto running = running_.insert(question->deadline);
      mutex_.Unlock();
      auto answer = Answer(question->files, question->deadline);
      mutex_.Lock();
      running_.erase(running);
      question->answer = std::move(answer);
      question->is_answered = true;
    }
  }

  std::shared_ptr<const InputFacts> Answer(const FileSet& files, Instant deadline) {
    const auto is_over = [deadline] { return std::chrono::steady_clock::now() >= deadline; };
    Listing listing;
    bool any = false;
    for (const std::string& path : files.paths) {
      if (is_over()) listing.is_cut = true;
      if (listing.is_cut) break;
      any |= ListFiles(path, limits_.files_max, is_over, &listing);
    }
    if (!any) return nullptr;
    Sum sum;
    bool is_read = false;
    for (const ListedFile& file : listing.files) {
      if (!IsParquet(files.format)) {
        sum.AddLines(file);
      } else if (const SummaryPtr summary = SummaryOf(file, is_over() && is_read)) {
        is_read = true;
        sum.AddParquet(file, *summary);
      } else {
        sum.AddUnread(file);
      }
    }
    return std::make_shared<const InputFacts>(
        sum.Conclude(files.format, listing.files.size(), listing.is_cut));
  }

  /// nullptr if it is not remembered, and there is no time to read it or nothing to be read.
  SummaryPtr SummaryOf(const ListedFile& file, bool is_late) {
    const Key key{file.bytes, file.modified_ns, file.inode};
    {
      absl::MutexLock lock(&mutex_);
      const auto found = remembered_.find(file.path);
      if (found != remembered_.end() && found->second.key == key) return found->second.summary;
    }
    if (is_late) return nullptr;
    SummaryPtr summary = ReadFooter(file, limits_.footer_bytes_max);
    const size_t columns = summary == nullptr ? 0 : summary->columns.size();
    absl::MutexLock lock(&mutex_);
    if (remembered_.size() >= limits_.remembered_max || columns_ + columns > limits_.columns_max) {
      remembered_.clear();
      columns_ = 0;
    }
    columns_ += columns;  // of what it takes the place of too: that is seldom
    remembered_[file.path] = {key, summary};
    return summary;
  }

  const Limits limits_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Question>> questions_ ABSL_GUARDED_BY(mutex_);
  size_t threads_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t idle_threads_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  /// Deadlines of questions that are being answered.
  std::multiset<Instant> running_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Remembered> remembered_ ABSL_GUARDED_BY(mutex_);
  size_t columns_ ABSL_GUARDED_BY(mutex_) = 0;
};

FileFacts::FileFacts(Limits limits) : reader_(std::make_shared<Reader>(limits)) {}

FileFacts::~FileFacts() { reader_->Stop(); }

std::shared_ptr<const InputFacts> FileFacts::Look(const FileSet& files) {
  return reader_->Ask(reader_, files);
}

}  // namespace hearth::placement
