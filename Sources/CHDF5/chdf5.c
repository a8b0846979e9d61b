#include "chdf5.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

// The header's constants would call the library, which is not linked, to open and check itself.
#undef H5CHECK
#define H5CHECK
#undef H5OPEN
#define H5OPEN

// The functions and variables of libhdf5 that are used, each a pointer filled in by chdf5_load.
#define FUNCTIONS(X)                                                                                                   \
  X(H5open) X(H5dont_atexit) X(H5Eset_auto2) X(H5Fopen) X(H5Fcreate) X(H5Fclose) X(H5Fflush) X(H5Fget_file_image)      \
  X(H5Pcreate) X(H5Pclose) X(H5Pset_fapl_core) X(H5Pset_file_image) X(H5Pset_file_image_callbacks)                     \
  X(H5Pset_create_intermediate_group) X(H5Pset_obj_track_times) X(H5Pget_layout) X(H5Pget_external_count)              \
  X(H5Gcreate2) X(H5Gopen2) X(H5Gclose) X(H5Gget_info) X(H5Lget_name_by_idx) X(H5Oopen) X(H5Oclose) X(H5Iget_type)     \
  X(H5Screate) X(H5Screate_simple) X(H5Sclose) X(H5Sget_simple_extent_ndims) X(H5Sget_simple_extent_dims)              \
  X(H5Sget_simple_extent_type) X(H5Dcreate2) X(H5Dopen2) X(H5Dclose) X(H5Dwrite) X(H5Dget_offset) \
  X(H5Dread) X(H5Dget_space) X(H5Dget_type) X(H5Dget_create_plist) X(H5Dget_storage_size) X(H5Acreate2) X(H5Aclose)    \
  X(H5Awrite) X(H5Tcopy) X(H5Tclose) X(H5Tset_size) X(H5Tset_cset) X(H5Tget_class) X(H5Tget_size) X(H5Tget_sign)

#define VARIABLES(X)                                                                                                   \
  X(H5T_NATIVE_FLOAT_g) X(H5T_NATIVE_DOUBLE_g) X(H5T_NATIVE_INT32_g) X(H5T_NATIVE_INT64_g) X(H5T_NATIVE_UINT8_g)       \
  X(H5T_IEEE_F32LE_g) X(H5T_IEEE_F64LE_g) X(H5T_STD_I32LE_g) X(H5T_STD_I64LE_g) X(H5T_STD_U8LE_g) X(H5T_C_S1_g)        \
  X(H5P_CLS_FILE_ACCESS_ID_g) X(H5P_CLS_LINK_CREATE_ID_g) X(H5P_CLS_DATASET_CREATE_ID_g)

static struct {
#define POINTER(name) __typeof__(&name) name;
  FUNCTIONS(POINTER)
  VARIABLES(POINTER)
#undef POINTER
  // Named differently between versions of the library; they fill in structures that start alike in all of them.
  herr_t (*link_info)(hid_t, const char *, void *, hid_t);
  herr_t (*object_info)(hid_t, const char *, void *, hid_t);
} h5;

static int open_library(void) {
  static const char *const names[] = {"libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so",
                                      "libhdf5.so.103",        "libhdf5.so.310",        "libhdf5.so"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return -1;
#define FIND(name) \
  if (!(h5.name = (__typeof__(h5.name))dlsym(library, #name))) return -1;
  FUNCTIONS(FIND)
  VARIABLES(FIND)
#undef FIND
  *(void **)&h5.link_info = dlsym(library, "H5Lget_info1");
  if (!h5.link_info) *(void **)&h5.link_info = dlsym(library, "H5Lget_info");
  *(void **)&h5.object_info = dlsym(library, "H5Oget_info_by_name1");
  if (!h5.object_info) *(void **)&h5.object_info = dlsym(library, "H5Oget_info_by_name");
  if (!h5.link_info || !h5.object_info) return -1;
  h5.H5dont_atexit();
  return h5.H5open() < 0 ? -1 : 0;
}

int chdf5_load(void) {
  static int state = 1;  // not tried yet
  if (state > 0) state = open_library();
  // Whether errors are printed is a setting of the calling thread.
  if (state == 0) h5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return state;
}

// MARK: Files in memory

// A file opened from memory uses the caller's bytes as they are: what the library would allocate and copy is they.
static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)size, (void)operation;
  return image;
}
static void *image_memcpy(void *target, const void *source, size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)source, (void)size, (void)operation, (void)image;
  return target;
}
static void *image_realloc(void *pointer, size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)pointer, (void)size, (void)operation, (void)image;
  return NULL;
}
static herr_t image_free(void *pointer, H5FD_file_image_op_t operation, void *image) {
  (void)pointer, (void)operation, (void)image;
  return 0;
}
static void *image_keep(void *image) { return image; }
static herr_t image_release(void *image) {
  (void)image;
  return 0;
}

int64_t chdf5_open_image(const void *bytes, size_t count) {
  hid_t access = h5.H5Pcreate(*h5.H5P_CLS_FILE_ACCESS_ID_g);
  if (access < 0) return -1;
  void *image = (void *)bytes;  // opened to read only: the library does not write to it
  H5FD_file_image_callbacks_t callbacks = {image_malloc, image_memcpy, image_realloc, image_free,
                                           image_keep,   image_release, image};
  hid_t file = -1;
  if (h5.H5Pset_fapl_core(access, 1 << 16, 0) >= 0 && h5.H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
      h5.H5Pset_file_image(access, image, count) >= 0)
    file = h5.H5Fopen("image", H5F_ACC_RDONLY, access);
  h5.H5Pclose(access);
  return file;
}

int64_t chdf5_create_image(size_t increment) {
  hid_t access = h5.H5Pcreate(*h5.H5P_CLS_FILE_ACCESS_ID_g);
  if (access < 0) return -1;
  hid_t file = -1;
  if (h5.H5Pset_fapl_core(access, increment, 0) >= 0) file = h5.H5Fcreate("image", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  h5.H5Pclose(access);
  return file;
}

int64_t chdf5_image_size(int64_t file) {
  if (h5.H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) return -1;
  return h5.H5Fget_file_image(file, NULL, 0);
}

int chdf5_copy_image(int64_t file, void *bytes, size_t count) {
  return h5.H5Fget_file_image(file, bytes, count) == (ssize_t)count ? 0 : -1;
}

int chdf5_close(int64_t file) { return h5.H5Fclose(file); }

// MARK: Writing

static hid_t making_groups_above(void) {
  hid_t links = h5.H5Pcreate(*h5.H5P_CLS_LINK_CREATE_ID_g);
  if (links >= 0) h5.H5Pset_create_intermediate_group(links, 1);
  return links;
}

int chdf5_make_group(int64_t file, const char *path) {
  hid_t links = making_groups_above();
  hid_t group = h5.H5Gcreate2(file, path, links, H5P_DEFAULT, H5P_DEFAULT);
  h5.H5Pclose(links);
  return group < 0 ? -1 : h5.H5Gclose(group);
}

static hid_t memory_type(enum chdf5_element element) {
  switch (element) {
    case CHDF5_FLOAT32: return *h5.H5T_NATIVE_FLOAT_g;
    case CHDF5_FLOAT64: return *h5.H5T_NATIVE_DOUBLE_g;
    case CHDF5_INT32: return *h5.H5T_NATIVE_INT32_g;
    case CHDF5_INT64: return *h5.H5T_NATIVE_INT64_g;
    case CHDF5_UINT8: return *h5.H5T_NATIVE_UINT8_g;
    default: return -1;
  }
}

static hid_t file_type(enum chdf5_element element) {
  switch (element) {
    case CHDF5_FLOAT32: return *h5.H5T_IEEE_F32LE_g;
    case CHDF5_FLOAT64: return *h5.H5T_IEEE_F64LE_g;
    case CHDF5_INT32: return *h5.H5T_STD_I32LE_g;
    case CHDF5_INT64: return *h5.H5T_STD_I64LE_g;
    case CHDF5_UINT8: return *h5.H5T_STD_U8LE_g;
    default: return -1;
  }
}

int chdf5_write_dataset(int64_t file, const char *path, enum chdf5_element element, int rank, const uint64_t *shape,
                        const void *elements, int64_t *place) {
  if (rank < 0 || rank > CHDF5_MAX_RANK || memory_type(element) < 0) return -1;
  hsize_t sizes[CHDF5_MAX_RANK];
  hsize_t count = 1;
  for (int axis = 0; axis < rank; axis++) count *= sizes[axis] = shape[axis];
  int result = -1;
  hid_t links = making_groups_above();
  hid_t creation = h5.H5Pcreate(*h5.H5P_CLS_DATASET_CREATE_ID_g);
  hid_t space = rank == 0 ? h5.H5Screate(H5S_SCALAR) : h5.H5Screate_simple(rank, sizes, NULL);
  if (links >= 0 && creation >= 0 && space >= 0) {
    h5.H5Pset_obj_track_times(creation, 0);  // equal contents make equal bytes
    hid_t dataset = h5.H5Dcreate2(file, path, file_type(element), space, links, creation, H5P_DEFAULT);
    if (dataset >= 0) {
      result = count == 0 ? 0 : h5.H5Dwrite(dataset, memory_type(element), H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
      *place = (int64_t)h5.H5Dget_offset(dataset);
      if (count > 0 && *place < 0) result = -1;
      h5.H5Dclose(dataset);
    }
  }
  if (space >= 0) h5.H5Sclose(space);
  if (creation >= 0) h5.H5Pclose(creation);
  if (links >= 0) h5.H5Pclose(links);
  return result;
}

// Takes over `type` and `space`.
static int write_attribute(int64_t file, const char *path, const char *name, hid_t type, hid_t space, const void *values) {
  int result = -1;
  hid_t object = h5.H5Oopen(file, path, H5P_DEFAULT);
  if (object >= 0 && type >= 0 && space >= 0) {
    hid_t attribute = h5.H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
      result = values ? h5.H5Awrite(attribute, type, values) : 0;
      h5.H5Aclose(attribute);
    }
  }
  if (space >= 0) h5.H5Sclose(space);
  if (type >= 0) h5.H5Tclose(type);
  if (object >= 0) h5.H5Oclose(object);
  return result;
}

static hid_t text_type(void) {
  hid_t type = h5.H5Tcopy(*h5.H5T_C_S1_g);
  if (type >= 0) h5.H5Tset_size(type, H5T_VARIABLE), h5.H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

int chdf5_write_text(int64_t file, const char *path, const char *name, const char *text) {
  return write_attribute(file, path, name, text_type(), h5.H5Screate(H5S_SCALAR), &text);
}

int chdf5_write_texts(int64_t file, const char *path, const char *name, const char *const *texts, size_t count) {
  hsize_t length = count;
  hid_t type = count == 0 ? h5.H5Tcopy(*h5.H5T_IEEE_F64LE_g) : text_type();
  return write_attribute(file, path, name, type, h5.H5Screate_simple(1, &length, NULL), count == 0 ? NULL : texts);
}

// MARK: Reading

static int is_hard_link(hid_t group, const char *name) {
  union {
    H5L_type_t type;
    char room[256];
  } link;
  return h5.link_info(group, name, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
}

// Whether every step of a path is a hard link: soft and external links may lead in circles, or to other files.
static int stays_inside(int64_t file, const char *path) {
  char *step = strdup(path);
  if (!step) return 0;
  int stays = 1;
  for (char *end = step; stays && *end;) {
    while (*end == '/') end++;
    if (!*end) break;
    while (*end && *end != '/') end++;
    char next = *end;
    *end = 0;
    stays = is_hard_link(file, step);
    *end = next;
  }
  free(step);
  return stays;
}

static hid_t open_group(int64_t file, const char *path) {
  return stays_inside(file, path) ? h5.H5Gopen2(file, path, H5P_DEFAULT) : -1;
}

static hid_t open_dataset(int64_t file, const char *path) {
  return stays_inside(file, path) ? h5.H5Dopen2(file, path, H5P_DEFAULT) : -1;
}

int64_t chdf5_entry_count(int64_t file, const char *path) {
  hid_t group = open_group(file, path);
  if (group < 0) return -1;
  H5G_info_t info;
  int64_t count = h5.H5Gget_info(group, &info) < 0 ? -1 : (int64_t)info.nlinks;
  h5.H5Gclose(group);
  return count;
}

char *chdf5_entry(int64_t file, const char *path, uint64_t index, enum chdf5_kind *kind) {
  *kind = CHDF5_UNKNOWN;
  hid_t group = open_group(file, path);
  if (group < 0) return NULL;
  char *name = NULL;
  ssize_t length = h5.H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, NULL, 0, H5P_DEFAULT);
  if (length > 0 && length < 1 << 16) name = malloc((size_t)length + 1);
  if (name && h5.H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, (size_t)length + 1,
                                    H5P_DEFAULT) != length) {
    free(name);
    name = NULL;
  }
  if (name) {
    if (is_hard_link(group, name)) {
      hid_t object = h5.H5Oopen(group, name, H5P_DEFAULT);
      if (object >= 0) {
        H5I_type_t type = h5.H5Iget_type(object);
        *kind = type == H5I_GROUP ? CHDF5_GROUP : type == H5I_DATASET ? CHDF5_DATASET : CHDF5_UNKNOWN;
        h5.H5Oclose(object);
      }
    }
  }
  h5.H5Gclose(group);
  return name;
}

int64_t chdf5_header_place(int64_t file, const char *path) {
  struct {
    unsigned long file_number;
    haddr_t place;
    char room[512];
  } info;
  // In a file that begins with the library's own bytes an address is a place.
  if (!stays_inside(file, path) || h5.object_info(file, path, &info, H5P_DEFAULT) < 0 || info.place > INT64_MAX) return -1;
  return (int64_t)info.place;
}

static enum chdf5_element element_of(hid_t type) {
  size_t size = h5.H5Tget_size(type);
  switch (h5.H5Tget_class(type)) {
    case H5T_FLOAT: return size <= 4 ? CHDF5_FLOAT32 : size == 8 ? CHDF5_FLOAT64 : CHDF5_OTHER;
    case H5T_INTEGER: {
      int is_signed = h5.H5Tget_sign(type) != H5T_SGN_NONE;
      if (size == 1 && !is_signed) return CHDF5_UINT8;
      if (size < 4 || (size == 4 && is_signed)) return CHDF5_INT32;
      return size <= 8 ? CHDF5_INT64 : CHDF5_OTHER;
    }
    case H5T_ENUM: return size == 1 ? CHDF5_BOOL : CHDF5_OTHER;
    case H5T_OPAQUE: return size == 2 ? CHDF5_BFLOAT16 : CHDF5_OTHER;
    default: return CHDF5_OTHER;
  }
}

int chdf5_describe_dataset(int64_t file, const char *path, chdf5_dataset *result) {
  memset(result, 0, sizeof *result);
  hid_t dataset = open_dataset(file, path);
  if (dataset < 0) return -1;
  int status = -1;
  hid_t type = h5.H5Dget_type(dataset), space = h5.H5Dget_space(dataset), creation = h5.H5Dget_create_plist(dataset);
  if (type >= 0 && space >= 0 && creation >= 0) {
    int rank = h5.H5Sget_simple_extent_ndims(space);
    H5S_class_t extent = h5.H5Sget_simple_extent_type(space);
    H5D_layout_t layout = h5.H5Pget_layout(creation);
    int is_here = h5.H5Pget_external_count(creation) <= 0 && layout != H5D_VIRTUAL;
    hsize_t sizes[CHDF5_MAX_RANK];
    if (is_here && rank >= 0 && rank <= CHDF5_MAX_RANK && (extent == H5S_SCALAR || extent == H5S_SIMPLE) &&
        (rank == 0 || h5.H5Sget_simple_extent_dims(space, sizes, NULL) == rank)) {
      result->element = element_of(type);
      result->rank = rank;
      for (int axis = 0; axis < rank; axis++) result->shape[axis] = sizes[axis];
      result->stored_element_bytes = h5.H5Tget_size(type);
      result->stored_bytes = h5.H5Dget_storage_size(dataset);
      result->is_plain = layout == H5D_CONTIGUOUS || layout == H5D_COMPACT;
      status = 0;
    }
  }
  if (type >= 0) h5.H5Tclose(type);
  if (space >= 0) h5.H5Sclose(space);
  if (creation >= 0) h5.H5Pclose(creation);
  h5.H5Dclose(dataset);
  return status;
}

int chdf5_read_dataset(int64_t file, const char *path, enum chdf5_element element, void *elements) {
  hid_t dataset = open_dataset(file, path);
  if (dataset < 0) return -1;
  int status = -1;
  hid_t stored = h5.H5Dget_type(dataset);
  if (stored >= 0 && element_of(stored) == element) {
    // What is not a number for the library is read as it stands: no conversion, the file's own bytes.
    hid_t type = element == CHDF5_BFLOAT16 || element == CHDF5_BOOL ? stored : memory_type(element);
    if (type >= 0) status = h5.H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
  }
  if (stored >= 0) h5.H5Tclose(stored);
  h5.H5Dclose(dataset);
  return status;
}
