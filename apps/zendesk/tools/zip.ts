import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  /** With forward slashes, relative. */
  path: string;
  data: Uint8Array;
}

/** 1980-01-01 00:00, the earliest time a zip knows: the same files always make the same archive. */
const dosDate = 0x0021;
const utf8Names = 0x0800;
const deflated = 8;

/** A zip archive (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16) of a few small files. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { path, data } of entries) {
    const name = Buffer.from(path, "utf8");
    const packed = deflateRawSync(data, { level: 9 });
    const common = commonFields(data, packed, name);
    const local = Buffer.concat([uint32(0x04034b50), common, name, packed]);
    // Version made by, the shared fields, no comment, disk 0, no attributes, and where the file starts.
    const central = [uint32(0x02014b50), uint16(20), common, uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset), name];
    locals.push(local);
    centrals.push(Buffer.concat(central));
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const count = uint16(entries.length);
  const end = [uint32(0x06054b50), uint16(0), uint16(0), count, count, uint32(directory.length), uint32(offset), uint16(0)];
  return Buffer.concat([...locals, directory, ...end]);
}

/** Version needed, flags, method, time, date, checksum, sizes, and the lengths of name and extra field. */
function commonFields(data: Uint8Array, packed: Buffer, name: Buffer): Buffer {
  return Buffer.concat([
    ...[20, utf8Names, deflated, 0, dosDate].map(uint16),
    ...[crc32(data), packed.length, data.length].map(uint32),
    ...[name.length, 0].map(uint16),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
