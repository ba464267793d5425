#pragma once

namespace hearth::apps {

// Raises the number of descriptors that this process may have to what it is allowed to raise it to (many
// systems start a process with 1,024): one a connection and file. Call before threads are there.
void RaiseDescriptorLimit();

}  // namespace hearth::apps
