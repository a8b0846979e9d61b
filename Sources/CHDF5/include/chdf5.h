// HDF5 files in memory, through libhdf5 opened on first use: it and what it pulls in cost milliseconds of start-up.
//
// Attributes are written here but not read: of a damaged string of variable length libhdf5 believes the length that the file
// claims, and takes gigabytes for it or writes beyond its buffer.
//
// Every function returns a negative number (or NULL) on failure and prints nothing. None is safe to call from two
// threads at once: the caller takes turns.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define CHDF5_MAX_RANK 32

// What the elements of a dataset are, as far as arrays can hold them.
enum chdf5_element {
  CHDF5_OTHER = 0,
  CHDF5_FLOAT32,  // half floats too
  CHDF5_FLOAT64,
  CHDF5_INT32,  // every integer that fits
  CHDF5_INT64,
  CHDF5_UINT8,
  CHDF5_BOOL,      // an enumeration of one byte
  CHDF5_BFLOAT16,  // two opaque bytes
};

enum chdf5_kind { CHDF5_GROUP = 1, CHDF5_DATASET = 2, CHDF5_UNKNOWN = 3 };

typedef struct {
  enum chdf5_element element;
  int rank;
  uint64_t shape[CHDF5_MAX_RANK];
  size_t stored_element_bytes;
  uint64_t stored_bytes;  // in the file: less than the elements take if compressed or never written
  int is_plain;           // the elements stand in the file one after the other, or in its header
} chdf5_dataset;

// Opens the library if it is not yet open; 0 if it is there. To be called on every thread before it opens a file.
int chdf5_load(void);

// Opens `count` bytes as a file to read; they must stay where they are until it is closed.
int64_t chdf5_open_image(const void *bytes, size_t count);
// Makes an empty file in memory that grows by `increment` bytes at a time.
int64_t chdf5_create_image(size_t increment);
// The bytes of the file in memory: how many, and a copy of them.
int64_t chdf5_image_size(int64_t file);
int chdf5_copy_image(int64_t file, void *bytes, size_t count);
int chdf5_close(int64_t file);

// Makes a group and those above it.
int chdf5_make_group(int64_t file, const char *path);
// Writes a dataset, making the groups above it. Elements in C order; rank 0 is a scalar. `place` is where the elements begin in the
// file's bytes, one after the other as they were given; without meaning where there are none.
int chdf5_write_dataset(int64_t file, const char *path, enum chdf5_element element, int rank, const uint64_t *shape,
                        const void *elements, int64_t *place);
// Writes an attribute that is one string: UTF-8, of variable length, as h5py does.
int chdf5_write_text(int64_t file, const char *path, const char *name, const char *text);
// Writes an attribute that is a list of such strings; an empty one is a list of no floats, as h5py makes it.
int chdf5_write_texts(int64_t file, const char *path, const char *name, const char *const *texts, size_t count);

// How many entries a group has.
int64_t chdf5_entry_count(int64_t file, const char *path);
// The name of the index-th entry by name (malloc'd), and what it is; links that lead elsewhere are CHDF5_UNKNOWN.
char *chdf5_entry(int64_t file, const char *path, uint64_t index, enum chdf5_kind *kind);
// Where the header of a group or dataset stands in the file's bytes.
int64_t chdf5_header_place(int64_t file, const char *path);
int chdf5_describe_dataset(int64_t file, const char *path, chdf5_dataset *dataset);
// Reads all elements, converted; `elements` has room for all of them.
int chdf5_read_dataset(int64_t file, const char *path, enum chdf5_element element, void *elements);
