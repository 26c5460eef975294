/** The first byte of every encoded value: what it is and, for small ones, the value itself. */

/** 0x00 to 0x7f: the integer itself. */
export const SMALL_INTEGER = 0x80;
/** 0x80 to 0xbf: a string of 0 to 63 units, taken from the heap. */
export const SHORT_STRING = 0x80;
/** 0xc0 to 0xcf and one byte more: an object of one of 4096 shapes, its values follow. */
export const SHAPE = 0xc0;
/** 0xd0 to 0xdf: an array of 0 to 15 elements. */
export const SHORT_ARRAY = 0xd0;

export const NULL = 0xe0;
export const UNDEFINED = 0xe1;
export const FALSE = 0xe2;
export const TRUE = 0xe3;
/** One unsigned byte n: the integer -1 - n. */
export const NEGATIVE_BYTE = 0xe4;
export const INTEGER_16 = 0xe5;
export const INTEGER_32 = 0xe6;
export const DOUBLE = 0xe7;
/** A 32-bit count of units, taken from the heap. */
export const LONG_STRING = 0xe8;
/** A 32-bit count of elements. */
export const LONG_ARRAY = 0xe9;
/** A 32-bit count of pairs of a string value and a value: an object of a shape that is not worth remembering. */
export const OBJECT = 0xea;
export const DATE = 0xeb;
export const BIGINT_64 = 0xec;
/** A string value: the decimal digits. */
export const BIGINT_TEXT = 0xed;
export const MAP = 0xee;
export const SET = 0xef;
/** A byte that says which view, a 32-bit count of bytes, the bytes. */
export const BYTES = 0xf0;
/** A 32-bit count of bytes in the format of node:v8. */
export const V8 = 0xf1;
/** In place of the number of an action that was seen before: its name is a string value that follows. */
export const NAMED = 0xff;

/** Shapes and actions that one dictionary remembers. */
export const DICTIONARY_SIZE = 4096;
/** Objects with more keys are encoded with them. */
export const SHAPE_KEYS = 48;
/** Values nested deeper than this are left to node:v8, which guards its stack. */
export const MAX_DEPTH = 64;
