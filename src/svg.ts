type Attributes = Readonly<Record<string, string | number>>;

/** Text as it may stand in XML, whatever it holds. */
export function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML does not allow even when escaped
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
      .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
  );
}

/** Cuts a label to a length that fits. */
export function short(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}\u2026` : text;
}

/** An element of inner markup. */
export function element(name: string, attributes: Attributes, inner?: string): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${typeof value === 'number' ? place(value) : escaped(value)}"`;
  });
  return inner === undefined ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${inner}</${name}>`;
}

/** An element with text in it. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

/** A place in the drawing, to a hundredth of a pixel. */
export function place(value: number): string {
  return String(Math.round(value * 100) / 100);
}
