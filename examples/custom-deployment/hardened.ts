// A toolchain of one's own: here a compiler with the flags of a house. One that is no command that takes arguments as
// g++ does (a build service, a container) is an object with `name`, `fix` and `find()`; see docs/deploying.md.
import { compilerDriver, type Toolchain } from 'impulsekit/node';

export const hardened = (): Toolchain =>
  compilerDriver({
    name: 'acme-hardened',
    fix: 'On Debian or Ubuntu: "sudo apt install g++".',
    commands: [['g++'], ['clang++']],
    flags: ['-static-pie', '-fPIE', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-Wl,-z,relro,-z,now'],
  });
