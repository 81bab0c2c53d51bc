import { ProblemError } from "./problem.ts";

/** The raw bytes of a request. @throws {ProblemError} too_large, before the rest is read */
export async function readBody(request: Request, most: number): Promise<Buffer> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  if (!request.body) return Buffer.alloc(0);
  // A length that was told holds: Node ends the body there.
  if (request.headers.has("content-length")) return Buffer.from(await request.arrayBuffer());
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > most) throw tooLarge(most);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const tooLarge = (most: number) => new ProblemError("too_large", `The body may hold ${most} bytes.`);
