#include "apps/lifeline.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace hearth::apps {

void WatchLifeline(int fd) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([fd] {
    ::pthread_setname_np(::pthread_self(), "lifeline");
    char byte;
    while (::read(fd, &byte, 1) > 0 || errno == EINTR) {
    }
    // Nobody is there to take results or to collect us: no clean up that could hang.
    ::_exit(1);
  }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace hearth::apps
