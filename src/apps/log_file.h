// Lines appended to a file by several threads.
#pragma once

#include <string>

namespace hearth::apps {

// Thread safe. A line is handed to the system at once, in one piece. What cannot be written is dropped: a
// full disk must not stop queries.
class LogFile {
 public:
  explicit LogFile(const std::string& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void Write(const std::string& line);

 private:
  const int fd_;
};

}  // namespace hearth::apps
