import { OnnxError } from './error.js';
import type { AttributeMessage, NodeMessage, TensorMessage } from './schema.js';

/** "Conv 'conv1'": how errors name a node. Exporters often leave the name out; an output's always there. */
export function nodeName(node: NodeMessage): string {
  return `${node.opType || 'node'} '${node.name || node.outputs.find((name) => name !== '') || ''}'`;
}

/** The attributes of a node by name and type; each with its default. Throws an OnnxError for one of another type. */
export class Attributes {
  readonly #node: NodeMessage;
  readonly #byName: Map<string, AttributeMessage>;

  constructor(node: NodeMessage) {
    this.#node = node;
    this.#byName = new Map(node.attributes.map((attribute) => [attribute.name ?? '', attribute]));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  integer(name: string, absent: number): number {
    return this.#value(name, 'an integer', ({ i, f }) => (f === undefined ? i : undefined), 2) ?? absent;
  }

  float(name: string, absent: number): number {
    return this.#value(name, 'a float', ({ f, i }) => (i === undefined ? f : undefined), 1) ?? absent;
  }

  text(name: string, absent: string): string {
    const bytes = this.#value(name, 'a string', ({ s }) => s, 3);
    return bytes === undefined ? absent : new TextDecoder().decode(bytes);
  }

  integers(name: string): number[] | undefined {
    return this.#list(name, 'a list of integers', ({ ints }) => ints, 7);
  }

  floats(name: string): number[] | undefined {
    return this.#list(name, 'a list of floats', ({ floats }) => floats, 6);
  }

  texts(name: string): string[] | undefined {
    const decoder = new TextDecoder();
    const list = this.#list(name, 'a list of strings', ({ strings }) => strings, 8);
    return list?.map((bytes) => decoder.decode(bytes));
  }

  tensor(name: string): TensorMessage | undefined {
    return this.#value(name, 'a tensor', ({ t }) => t, 4);
  }

  /** proto2 writers may leave the type out, and zero values need not be written where it is given. */
  #value<T>(
    name: string,
    what: string,
    read: (attribute: AttributeMessage) => T | undefined,
    type: number,
  ): T | undefined {
    const attribute = this.#byName.get(name);
    if (attribute === undefined) return undefined;
    const value = read(attribute);
    if (value !== undefined) return value;
    if (attribute.type === type && type <= 2) return 0 as T;
    throw this.#wrong(name, what);
  }

  #list<T>(name: string, what: string, read: (attribute: AttributeMessage) => T[], type: number) {
    const attribute = this.#byName.get(name);
    if (attribute === undefined) return undefined;
    const list = read(attribute);
    if (list.length === 0 && (attribute.type ?? type) !== type) throw this.#wrong(name, what);
    return list;
  }

  #wrong(name: string, what: string): OnnxError {
    return new OnnxError(`${nodeName(this.#node)}: attribute '${name}' isn't ${what}`);
  }
}
