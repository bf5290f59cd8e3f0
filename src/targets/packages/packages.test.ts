// Packages as their build systems read them, with stand-ins for the few functions of those.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ImpulseError } from '../../errors.js';
import type { Bundle } from '../../program.js';
import { has, run, unpack } from '../../testing/compilers.js';
import { arduino, cmsisPack, espIdfComponent, platformio, zephyrModule, zip } from '../index.js';
import { tinyProgram } from '../testing/tiny-program.js';

const ALL = { arduino, cmsisPack, espIdfComponent, platformio, zephyrModule };
const HOSTILE = ['a"\nname: evil', '</description><x>', `*/ \${X} #`];

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function folder(files: Bundle['files']): string {
  const dir = unpack({ files });
  dirs.push(dir);
  return dir;
}

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

const text = ({ files }: Bundle, path: string): string => String(files[path]);

describe('every package', () => {
  it('says what it is, and keeps fused arithmetic out of its sources, whatever compiles them', () => {
    for (const [name, deploy] of Object.entries(ALL)) {
      const { files } = deploy({ name: 'tiny', selfTest: true, dump: true, compatible: true }).emit(tinyProgram());
      expect(Object.keys(files), name).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'impulse.json']));
      const sources = Object.entries(files).filter(([path]) => path.endsWith('.cpp'));
      expect(sources.length, name).toBeGreaterThan(4);
      for (const [path, source] of sources) {
        expect(source, path).toMatch(/^\/\/ SPDX.*\n.*\n#if defined\(__clang__\)\n#pragma STDC FP_CONTRACT OFF\n/);
      }
    }
  });

  it('refuses options that its files cannot hold', () => {
    for (const deploy of Object.values(ALL)) {
      for (const bad of [{ name: '9' }, { name: 'x', author: 'a\nb' }, { name: 'x', version: 'r5' }]) {
        expect(
          codeOf(() => deploy(bad)),
          JSON.stringify(bad),
        ).toBe('BAD_OPTION');
      }
    }
    expect(codeOf(() => cmsisPack({ name: 'x', vendor: 'a.b' }))).toBe('BAD_OPTION');
    expect(codeOf(() => cmsisPack({ name: 'x'.repeat(33) }))).toBe('BAD_OPTION');
    expect(codeOf(() => platformio({ name: 'x'.repeat(51) }))).toBe('BAD_OPTION');
  });
});

describe('zip', () => {
  it('gives the same bytes in every time zone, and all files', () => {
    const bundle = platformio({ name: 'tiny' }).emit(tinyProgram());
    const zone = process.env.TZ;
    const [one, two] = ['UTC', 'Asia/Tokyo'].map((name) => {
      process.env.TZ = name;
      return zip(bundle, 'tiny.zip', { folder: 'tiny' }).files['tiny.zip'] as Uint8Array;
    });
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
    expect(one).toEqual(two);
    const files = unzipSync(one!);
    expect(Object.keys(files)).toEqual(Object.keys(bundle.files).map((path) => `tiny/${path}`));
    expect(new TextDecoder().decode(files['tiny/src/tiny.h'])).toBe(bundle.files['src/tiny.h']);
    const reversed = Object.fromEntries(Object.entries(bundle.files).reverse());
    expect(zip({ files: reversed }, 'tiny.zip', { folder: 'tiny' }).files['tiny.zip']).toEqual(one);
  });

  it('refuses paths that leave it', () => {
    expect(codeOf(() => zip({ files: { '../a': '' } }, 'a.zip'))).toBe('BAD_OPTION');
    expect(codeOf(() => zip({ files: { a: '' } }, 'a.zip', { folder: '/tmp' }))).toBe('BAD_OPTION');
  });
});

const IDENTIFIERS = {
  Cvendor: /^[A-Za-z0-9][A-Za-z0-9\-\s]{1,31}$/,
  Cclass: /^[A-Za-z0-9][A-Za-z0-9_+()'/\-\s.]{1,31}$/,
  Cgroup: /^[A-Za-z0-9][A-Za-z0-9_+()'/\-\s.]{1,31}$/,
  Csub: /^[A-Za-z0-9][A-Za-z0-9_+():/\- .]{0,31}$/,
  Cversion: /^\d+\.\d+\.\d+$/,
};

describe('descriptions', () => {
  it('library.json keeps the published schema', () => {
    const bundle = platformio({ name: 'tiny', author: 'Ada <ada@example.com>' }).emit(tinyProgram({ labels: HOSTILE }));
    const { description, ...manifest } = JSON.parse(text(bundle, 'library.json'));
    expect(manifest).toMatchObject({
      name: 'tiny',
      version: '1.0.0',
      license: 'Apache-2.0',
      headers: ['tiny_inferencing.h'],
    });
    expect(manifest.authors).toEqual([{ name: 'Ada', email: 'ada@example.com' }]);
    const authorsOf = (author: string): unknown =>
      JSON.parse(text(platformio({ name: 'tiny', author }).emit(tinyProgram()), 'library.json')).authors;
    // Its reader drops authors with an address that is none, and names of more than 50 characters.
    expect(authorsOf('Ada <no address>')).toEqual([{ name: 'Ada <no address>' }]);
    expect(authorsOf('A'.repeat(99))).toEqual([{ name: 'A'.repeat(50) }]);
    expect(description.length).toBeLessThanOrEqual(255);
    expect(Object.keys(bundle.files)).toContain(`src/${manifest.headers[0]}`);
  });

  it('module.yml and idf_component.yml are YAML with what their readers want', () => {
    const program = tinyProgram({ labels: HOSTILE });
    expect(parse(text(zephyrModule({ name: 'tiny' }).emit(program), 'zephyr/module.yml'))).toEqual({
      name: 'tiny',
      build: { cmake: 'zephyr', kconfig: 'zephyr/Kconfig' },
    });
    const component = parse(
      text(espIdfComponent({ name: 'tiny', author: 'A "b" <c>' }).emit(program), 'idf_component.yml'),
    );
    expect(component).toMatchObject({ version: '1.0.0', license: 'Apache-2.0', maintainers: ['A "b" <c>'] });
    expect(Object.keys(component).sort()).toEqual(
      ['dependencies', 'description', 'license', 'maintainers', 'url', 'version'].sort(),
    );
  });

  it('the pdsc has the elements that the schema requires, and names files that are there', () => {
    const bundle = cmsisPack({ name: 'tiny', vendor: 'Ac_me', author: 'A & <b>' }).emit(
      tinyProgram({ labels: HOSTILE }),
    );
    const pdsc = text(bundle, 'Ac_me.tiny.pdsc');
    for (const element of ['vendor', 'name', 'description', 'url', 'releases', 'components', 'license']) {
      expect(pdsc.match(new RegExp(`<${element}>`, 'g')), element).not.toBeNull();
    }
    expect(pdsc).toContain('<release version="1.0.0">');
    // The patterns of the schema for the parts of a component's identifier.
    for (const [attribute, pattern] of Object.entries(IDENTIFIERS)) {
      expect(new RegExp(`<component [^>]*${attribute}="([^"]*)"`).exec(pdsc)?.[1], attribute).toMatch(pattern);
    }
    expect(pdsc).toContain('A &amp; &lt;b&gt;');
    const names = [...pdsc.matchAll(/<file category="(\w+)" name="([^"]+)"\/>/g)].map(([, , name]) => name!);
    const paths = Object.keys(bundle.files);
    for (const name of names)
      expect(
        paths.some((path) => path === name || path.startsWith(name)),
        name,
      ).toBe(true);
    const compiled = paths.filter((path) => path.endsWith('.cpp'));
    expect(names).toEqual(expect.arrayContaining(compiled));
  });

  it.skipIf(!has('xmllint'))('the pdsc is XML', () => {
    const { files } = cmsisPack({ name: 'tiny', author: 'A & <b>' }).emit(tinyProgram({ labels: HOSTILE }));
    run('xmllint', ['--noout', 'impulsekit.tiny.pdsc'], folder(files));
  });
});

const MAIN = `#include <stdio.h>
#include "tiny_inferencing.h"
int main() {
  static const float window[tiny::kInputSize] = {1.0f};
  tiny::Result result;
  return tiny::run(window, &result) == tiny::Status::kOk ? 0 : 1;
}
`;

/** A project around a package: `stand-in.cmake` has the functions of the build system. */
function buildsWith(bundle: Bundle, standIn: string): void {
  const dir = folder(Object.fromEntries(Object.entries(bundle.files).map(([path, file]) => [`package/${path}`, file])));
  writeFileSync(join(dir, 'main.cpp'), MAIN);
  writeFileSync(join(dir, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.10)\nproject(app CXX)\n${standIn}`);
  mkdirSync(join(dir, 'build'));
  run('cmake', ['-S', '.', '-B', 'build', '-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror'], dir);
  run('cmake', ['--build', 'build'], dir);
  run('./build/app', [], dir);
}

// Zephyr's own functions, reduced to what one application without a kernel needs.
const ZEPHYR = `cmake_policy(SET CMP0079 NEW)
add_library(zephyr_interface INTERFACE)
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY \${name})
  add_library(\${name} STATIC "")
  set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS \${name})
  target_link_libraries(\${name} PUBLIC zephyr_interface)
endmacro()
function(zephyr_library_sources source)
  target_sources(\${ZEPHYR_CURRENT_LIBRARY} PRIVATE \${source} \${ARGN})
endfunction()
function(zephyr_library_compile_options item)
  target_compile_options(\${ZEPHYR_CURRENT_LIBRARY} PRIVATE \${item} \${ARGN})
endfunction()
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE \${ARGN})
endfunction()
add_subdirectory(package/zephyr)
get_property(libraries GLOBAL PROPERTY ZEPHYR_LIBS)
add_executable(app main.cpp)
target_link_libraries(app zephyr_interface \${libraries})
`;

describe.skipIf(!has('cmake') || !has('g++'))('build files', () => {
  it('of a Zephyr module build what is selected', () => {
    const bundle = zephyrModule({ name: 'tiny' }).emit(tinyProgram());
    expect(text(bundle, 'zephyr/Kconfig')).toMatch(
      /^config IMPULSEKIT_TINY\n\tbool "Impulse tiny"\n\tdepends on CPP$/m,
    );
    buildsWith(bundle, `set(CONFIG_IMPULSEKIT_TINY y)\n${ZEPHYR}`);
    expect(() => buildsWith(bundle, ZEPHYR)).toThrow('tiny_inferencing.h');
  });

  it('of an ESP-IDF component build', () => {
    const standIn = `function(idf_component_register)
  cmake_parse_arguments(C "" "" "SRCS;INCLUDE_DIRS" \${ARGN})
  add_library(component STATIC \${C_SRCS})
  target_include_directories(component PUBLIC \${C_INCLUDE_DIRS})
  set(COMPONENT_LIB component PARENT_SCOPE)
endfunction()
add_subdirectory(package)
add_executable(app main.cpp)
target_link_libraries(app component)
`;
    buildsWith(espIdfComponent({ name: 'tiny', selfTest: true }).emit(tinyProgram()), standIn);
  });

  it('are not needed where a tool compiles src/ by itself', () => {
    const dir = folder(platformio({ name: 'tiny', dump: true }).emit(tinyProgram()).files);
    writeFileSync(join(dir, 'main.cpp'), MAIN);
    run('sh', ['-c', 'g++ -std=c++11 -Wall -Wextra -Werror -Isrc -o app main.cpp $(find src -name "*.cpp")'], dir);
    run('./app', [], dir);
  });
});
