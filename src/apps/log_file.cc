#include "apps/log_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace hearth::apps {

LogFile::LogFile(const std::string& path)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

void LogFile::Write(const std::string& line) {
  const std::string whole = line + "\n";
  // With O_APPEND one write is one piece, whoever else writes.
  if (fd_ >= 0) (void)!::write(fd_, whole.data(), whole.size());
}

}  // namespace hearth::apps
