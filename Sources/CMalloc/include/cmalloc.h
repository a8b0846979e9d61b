/// glibc's own words about its heap, which Swift's module of it leaves out: `mallopt`.
#pragma once

#include <malloc.h>
