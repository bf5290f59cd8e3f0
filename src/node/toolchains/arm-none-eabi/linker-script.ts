/** Where code, constants, variables, heap and stack go; origins and sizes come from the command line as symbols. */
export const LINKER_SCRIPT = `/* SPDX-License-Identifier: Apache-2.0 */
ENTRY(reset)
MEMORY {
  flash : ORIGIN = flashOrigin, LENGTH = flashBytes
  ram : ORIGIN = ramOrigin, LENGTH = ramBytes
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
    KEEP(*(.init))
    KEEP(*(.fini))
  } > flash
  .rodata : ALIGN(16) {
    *(SORT_BY_ALIGNMENT(.rodata.*) .rodata)
    . = ALIGN(4);
  } > flash
  .ARM.extab : { *(.ARM.extab .ARM.extab.*) } > flash
  .ARM.exidx : {
    __exidx_start = . ;
    *(.ARM.exidx .ARM.exidx.*)
    __exidx_end = . ;
  } > flash
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
  end = . ;
  stackTop = ORIGIN(ram) + LENGTH(ram) ;
}
`;
