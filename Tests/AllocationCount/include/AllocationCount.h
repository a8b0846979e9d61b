/// Counts the allocations of a thread, by standing before the C library's own functions in the test program.
#pragma once

/// Begins counting on this thread, from 0.
void allocation_count_begin(void);

/// Ends counting on this thread; returns how many blocks were allocated.
long allocation_count_end(void);
