// Ends this process when the one that started it is gone.
#pragma once

namespace hearth::apps {

// Watches a descriptor, the reading end of a pipe whose writing end the parent holds, and exits at its end.
// Starts a thread with all signals blocked, so it may be called before the main thread has decided on
// signals.
void WatchLifeline(int fd);

}  // namespace hearth::apps
