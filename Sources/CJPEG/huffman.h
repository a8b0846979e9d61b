// The Huffman decoding of plain JPEGs, in place of libjpeg's own, which takes more than half of the time of a photograph.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct huffman huffman;

// Takes over the decoding of a picture that jpeg_start_decompress was just called for: its blocks come from `*decoder` then, which the
// caller frees behind jpeg_destroy_decompress. Where the picture is not plain (more than one scan, restarts, arithmetic codes), memory is
// short or the library is none that can be taken over, nothing changes and `*decoder` is NULL. `give_up` is called as soon as anything in
// the data is odd, and does not return: the library is to decode the picture from its beginning then, so that what is wrong is found,
// mended and said by it alone.
void huffman_take_over(j_decompress_ptr info, void (*give_up)(j_decompress_ptr info), huffman **decoder);

// After the last row: hands the library what stands behind the blocks, or gives up where that is not the end of the picture.
void huffman_finish(j_decompress_ptr info, huffman *decoder);
