import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// Protocol buffers by tables: a message is a record of fields, and its TypeScript type follows from the record.

interface Values {
  int32: number;
  /** int64 as a double: exact to 2^53, which is beyond any size; "to the end" (2^63 − 1) stays huge. */
  integer: number;
  int64: bigint;
  uint64: bigint;
  float: number;
  double: number;
  string: string;
  bytes: Uint8Array;
}
export type Kind = keyof Values;

export interface Field<K extends Kind | Message = Kind | Message, Many extends boolean = boolean> {
  number: number;
  kind: K;
  many: Many;
}
export interface Message {
  [name: string]: Field;
}

type Value<K> = K extends Kind ? Values[K] : K extends Message ? Decoded<K> : never;
type Given<K> = K extends Kind ? Values[K] : K extends Message ? Encodable<K> : never;

/** A message as read: a repeated field that is absent is empty, any other undefined. */
export type Decoded<M extends Message> = {
  [F in keyof M]: M[F] extends Field<infer K, infer Many>
    ? Many extends true
      ? Value<K>[]
      : Value<K> | undefined
    : never;
} & {
  /** Where in the file its first byte is. */
  at: number;
};

/** A message to write: what is left out isn't written. */
export type Encodable<M extends Message> = {
  [F in keyof M]?: M[F] extends Field<infer K, infer Many>
    ? Many extends true
      ? readonly Given<K>[]
      : Given<K>
    : never;
};

export const one = <K extends Kind | Message>(number: number, kind: K): Field<K, false> => ({
  number,
  kind,
  many: false,
});

export const many = <K extends Kind | Message>(number: number, kind: K): Field<K, true> => ({
  number,
  kind,
  many: true,
});

/** Bytes that are no such message, and where that showed. */
export class WireError extends Error {
  constructor(
    readonly byte: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const WIRE_TYPES: Record<Kind, WireType> = {
  int32: WireType.Varint,
  integer: WireType.Varint,
  int64: WireType.Varint,
  uint64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

const READERS: { [K in Kind]: (reader: BinaryReader) => Values[K] } = {
  int32: (reader) => reader.int32(),
  integer: (reader) => Number(reader.int64()),
  int64: (reader) => BigInt(reader.int64()),
  uint64: (reader) => BigInt(reader.uint64()),
  float: (reader) => reader.float(),
  double: (reader) => reader.double(),
  string: (reader) => reader.string(true),
  bytes: (reader) => reader.bytes(),
};

/** Throws a WireError for whatever isn't such a message; unknown fields are passed over. */
export function decode<M extends Message>(message: M, bytes: Uint8Array): Decoded<M> {
  const reader = new BinaryReader(bytes);
  try {
    return decodeUntil(message, reader, bytes.length) as Decoded<M>;
  } catch (error) {
    if (error instanceof WireError) throw error;
    // The library knows what is wrong, but not where; DataView says its part in engine's words.
    const past = error instanceof RangeError || reader.pos > bytes.length;
    const reason = past ? 'the data ends in the middle of a field' : (error as Error).message;
    throw new WireError(Math.min(reader.pos, bytes.length), reason, { cause: error });
  }
}

function decodeUntil(message: Message, reader: BinaryReader, end: number): Record<string, unknown> {
  const result: Record<string, unknown> = { at: reader.pos };
  const byNumber = new Map<number, [string, Field]>();
  for (const [name, field] of Object.entries(message)) {
    byNumber.set(field.number, [name, field]);
    result[name] = field.many ? [] : undefined;
  }
  while (reader.pos < end) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const [name, field] = byNumber.get(number) ?? [];
    if (name === undefined || field === undefined) reader.skip(wireType, number);
    else readField(name, field, wireType, reader, result);
    if (reader.pos > end) {
      const what = name === undefined ? `field ${number}` : `'${name}'`;
      throw new WireError(start, `${what} runs past the end of its message`);
    }
  }
  return result;
}

function readField(
  name: string,
  field: Field,
  wireType: WireType,
  reader: BinaryReader,
  result: Record<string, unknown>,
): void {
  const { kind } = field;
  const expected = typeof kind === 'string' ? WIRE_TYPES[kind] : WireType.LengthDelimited;
  const list = result[name] as unknown[];
  if (wireType === expected) {
    const value = typeof kind === 'string' ? READERS[kind](reader) : readMessage(name, kind, reader);
    if (field.many) list.push(value);
    else result[name] = value;
  } else if (field.many && wireType === WireType.LengthDelimited && typeof kind === 'string') {
    const end = lengthAhead(name, reader);
    while (reader.pos < end) list.push(READERS[kind](reader));
  } else {
    throw new WireError(reader.pos, `'${name}' has wire type ${wireType}, not ${expected}`);
  }
}

function readMessage(name: string, message: Message, reader: BinaryReader): unknown {
  return decodeUntil(message, reader, lengthAhead(name, reader));
}

/** Reads a length and returns where that many bytes end. */
function lengthAhead(name: string, reader: BinaryReader): number {
  const start = reader.pos;
  const length = reader.uint32();
  if (length > reader.len - reader.pos) {
    throw new WireError(
      start,
      `'${name}' should have ${length} bytes, and the file has ${reader.len - reader.pos} more`,
    );
  }
  return reader.pos + length;
}

/** The message as bytes. */
export function encode<M extends Message>(message: M, value: Encodable<M>): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(message, value as Record<string, unknown>, writer);
  return writer.finish();
}

function writeMessage(message: Message, value: Record<string, unknown>, writer: BinaryWriter): void {
  for (const [name, { number, kind, many }] of Object.entries(message)) {
    const given = value[name];
    if (given === undefined) continue;
    for (const item of many ? (given as unknown[]) : [given]) {
      if (typeof kind === 'string') {
        writer.tag(number, WIRE_TYPES[kind]);
        writeScalar(kind, item, writer);
      } else {
        writer.tag(number, WireType.LengthDelimited).fork();
        writeMessage(kind, item as Record<string, unknown>, writer);
        writer.join();
      }
    }
  }
}

function writeScalar(kind: Kind, value: unknown, writer: BinaryWriter): void {
  if (kind === 'bytes') writer.bytes(value as Uint8Array);
  else if (kind === 'string') writer.string(value as string);
  else if (kind === 'int64' || kind === 'integer') writer.int64(value as bigint | number);
  else if (kind === 'uint64') writer.uint64(value as bigint);
  else writer[kind](value as number);
}
