// How a kernel leaves its results.
#pragma once

namespace hg::fastcpu {

/// They are stored; added to what is there; or sent past the caches, which saves reading
/// each line before it is written, and is right for more than the caches would keep.
enum class Store { plain, add, past_cache };

}  // namespace hg::fastcpu
