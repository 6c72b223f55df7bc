// load.hpp - load() and describe() with a table of one's own, for tests.
#pragma once

#include "config/key_table.hpp"

namespace inlet::config {

LoadResult load(Table table, Sources const& sources);
std::string describe(Table table, Effective const& effective);

}  // namespace inlet::config
