import type { Board } from './board.js';

/** `firmware.ld`: where code, constants and variables go, with the least room for the stack checked. */
export function linkerScript({ memory, stackBytes }: Board): string {
  const { flashOrigin, flashBytes, ramOrigin, ramBytes } = memory;
  return `/* SPDX-License-Identifier: Apache-2.0 */
ENTRY(reset)
MEMORY {
  flash : ORIGIN = ${hex(flashOrigin)}, LENGTH = ${flashBytes}
  ram : ORIGIN = ${hex(ramOrigin)}, LENGTH = ${ramBytes}
}
SECTIONS {
  .text : {
    KEEP(*(.vectors))
    *(.text .text.*)
    . = ALIGN(4);
    initStart = . ;
    KEEP(*(SORT(.init_array.*)))
    KEEP(*(.init_array))
    initEnd = . ;
  } > flash
  .rodata : ALIGN(16) {
    *(SORT_BY_ALIGNMENT(.rodata.*) .rodata)
    . = ALIGN(4);
  } > flash
  .ARM.extab : { *(.ARM.extab .ARM.extab.*) } > flash
  .ARM.exidx : { *(.ARM.exidx .ARM.exidx.*) } > flash
  .data : ALIGN(16) {
    dataStart = . ;
    *(.data .data.*)
    . = ALIGN(4);
    dataEnd = . ;
  } > ram AT > flash
  dataLoad = LOADADDR(.data) ;
  .bss (NOLOAD) : ALIGN(16) {
    bssStart = . ;
    *(SORT_BY_ALIGNMENT(.bss.*) .bss COMMON)
    . = ALIGN(16);
    bssEnd = . ;
  } > ram
  /* What a restart leaves alone. */
  .noinit (NOLOAD) : ALIGN(16) { *(.noinit) } > ram
  end = . ;
  stackTop = ORIGIN(ram) + LENGTH(ram) ;
}
ASSERT(stackTop - end >= ${stackBytes}, "no room for the stack: the impulse needs too much memory for this board")
`;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
