/** An image for QEMU's mps2 machines; where code and RAM begin and how much there is comes from the command line. */
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
  } > flash
  .rodata : ALIGN(4) {
    *(SORT_BY_ALIGNMENT(.rodata.*) .rodata)
    . = ALIGN(4);
  } > flash
  .ARM.exidx : { *(.ARM.exidx .ARM.exidx.*) } > flash
  .data : ALIGN(4) {
    dataStart = . ;
    *(.data .data.*)
    . = ALIGN(4);
    dataEnd = . ;
  } > ram AT > flash
  dataLoad = LOADADDR(.data) ;
  .bss (NOLOAD) : ALIGN(16) {
    bssStart = . ;
    *(SORT_BY_ALIGNMENT(.bss.*) .bss COMMON)
    . = ALIGN(4);
    bssEnd = . ;
  } > ram
  /* Buffers of the application, which nobody counts. */
  .application (NOLOAD) : ALIGN(16) { *(.application) } > ram
  stackTop = ORIGIN(ram) + LENGTH(ram) ;
  stackLow = stackTop - 0x10000 ;
}
`;
