/** ONNX files made by hand, good and bad, for the tests of this folder. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface CraftedNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  /** Whole numbers, lists of them, text, or numbers with a fraction in an object. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;
}

export interface CraftedModel {
  readonly nodes: readonly CraftedNode[];
  /** Sizes of the input `x`; text is an unknown size. */
  readonly input?: readonly (number | string)[];
  readonly inputType?: number;
  readonly initializers?: Readonly<
    Record<string, { shape: readonly number[]; data: readonly number[]; type?: 'float' | 'int64'; external?: boolean }>
  >;
  readonly opset?: number;
  readonly output?: string;
  readonly moreInputs?: readonly string[];
}

type Write = (writer: BinaryWriter) => void;

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function value(
  writer: BinaryWriter,
  field: number,
  name: string,
  type: number,
  shape: readonly (number | string)[],
): void {
  message(writer, field, (v) => {
    text(v, 1, name);
    message(v, 2, (t) =>
      message(t, 1, (tensor) => {
        int(tensor, 1, type);
        message(tensor, 2, (s) => {
          for (const size of shape) {
            message(s, 1, (dim) => (typeof size === 'number' ? int(dim, 1, size) : text(dim, 2, size)));
          }
        });
      }),
    );
  });
}

function node(
  writer: BinaryWriter,
  { operator, inputs, outputs, name = '', domain, attributes = {} }: CraftedNode,
): void {
  message(writer, 1, (n) => {
    for (const input of inputs) text(n, 1, input);
    for (const output of outputs) text(n, 2, output);
    text(n, 3, name);
    text(n, 4, operator);
    for (const [key, given] of Object.entries(attributes)) {
      message(n, 5, (a) => {
        text(a, 1, key);
        if (typeof given === 'string') text(a, 4, given);
        else if (typeof given === 'number') int(a, 3, given);
        else if ('float' in given) a.tag(2, WireType.Bit32).float(given.float);
        else for (const one of given) int(a, 8, one);
      });
    }
    if (domain !== undefined) text(n, 7, domain);
  });
}

export function craft(model: CraftedModel): Uint8Array {
  const { nodes, input = [1, 4], inputType = 1, initializers = {}, opset = 13, output = 'y', moreInputs = [] } = model;
  const writer = new BinaryWriter();
  int(writer, 1, 8);
  message(writer, 7, (g) => {
    for (const one of nodes) node(g, one);
    for (const [name, { shape, data, type = 'float', external }] of Object.entries(initializers)) {
      message(g, 5, (t) => {
        for (const size of shape) int(t, 1, size);
        int(t, 2, type === 'float' ? 1 : 7);
        if (type === 'float') for (const v of data) t.tag(4, WireType.Bit32).float(v);
        else for (const v of data) int(t, 7, v);
        text(t, 8, name);
        if (external) int(t, 14, 1);
      });
    }
    value(g, 11, 'x', inputType, input);
    for (const name of moreInputs) value(g, 11, name, 1, [1, 4]);
    value(g, 12, output, 1, []);
  });
  message(writer, 8, (o) => int(o, 2, opset));
  return writer.finish();
}
